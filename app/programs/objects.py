"""Objects of another CPython process, read from its memory: attributes, items, globals, cells.

py-spy shows local variables, and of an object no more than its type and its address. What a loop reads is mostly an
attribute or a global, so those are looked up here, by the layouts of CPython 3.11 to 3.15 on 64 bits with the GIL. Nothing
is written and nothing is called in the process. It goes on meanwhile: what cannot be read, or does not look as it must, is
unknown.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

VERSIONS = range(11, 16)  # of Python 3

_POINTER = struct.Struct("<Q")
_SIGNED = struct.Struct("<q")

# Offsets that are the same in all of them, in bytes.
_TYPE = 8
_SIZE = 16  # of what has a number of items
_TP_NAME, _TP_BASICSIZE, _TP_FLAGS, _TP_DICT, _TP_DICTOFFSET, _TP_MRO = 24, 32, 168, 264, 288, 344
_DICT_KEYS, _DICT_VALUES = 32, 40
_CODE_NAMES, _CODE_KINDS, _CODE_FILE, _CODE_QUALNAME = 96, 104, 112, 128
_FUNCTION_GLOBALS, _FUNCTION_CODE, _FUNCTION_CLOSURE = 16, 48, 72
_METHOD_FUNCTION = 16
_CELL_CONTENT = 16
_MEMBER = 40  # of the descriptor of a slot
_RLOCK_OWNER = 24
_SOCKET_TIMEOUT = 40  # ns; negative if there is none
_SET_USED = 24
_LIST_ITEMS = 24

_INLINE_VALUES, _MANAGED_DICT, _HEAP_TYPE, _IS_TYPE = 1 << 2, 1 << 4, 1 << 9, 1 << 31
_FREE_VARIABLE = 0x80
_UNICODE_KEYS = (1, 2)

_MOST_ENTRIES = 200_000
_MOST_TEXT = 4_096
_MOST_BASES = 200


class UnreadableError(Exception):
    """Something is not there, or does not look as it must; the message, if there is one, says why it is not known."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of an object.

    Attributes:
        type: the name of its type.
        text: the value where it is a truth value, None or a number; else what its type tells, as in "an empty list".
        truth: whether it counts as true; None if that cannot be told without calling its methods.
        literal: the value as Python writes it, for comparing; also of a short str, which is not shown. None of others.
        is_member: whether it is a member of an Enum, which ``text`` names.
    """

    type: str
    text: str
    truth: bool | None
    literal: str | None = None
    is_member: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether ``text`` is the value itself."""
        return self.literal == self.text


class Objects:
    """Reads objects of a process by their addresses; any one thread.

    Args:
        read: returns so many bytes at an address; OSError if they cannot be read.
        minor: of the process's Python 3.
    """

    def __init__(self, read: Callable[[int, int], bytes], minor: int) -> None:
        if minor not in VERSIONS:
            raise UnreadableError
        self._read = read
        self._minor = minor
        self._names: dict[int, str] = {}  # of types
        self._texts: dict[int, str] = {}
        self._class_attributes: dict[tuple[int, str], int | None] = {}
        self._data = 48 if minor == 11 else 40  # where the letters of a str begin
        self._items = 32 if minor >= 14 else 24  # of a tuple
        self._cached_keys = {11: 872, 15: 888}.get(minor, 880)  # of a class

    # -- bytes -----------------------------------------------------------------------------------------------------

    def _bytes(self, address: int, size: int) -> bytes:
        if not 4_096 <= address < 1 << 56:
            raise UnreadableError
        try:
            data = self._read(address, size)
        except (OSError, OverflowError, ValueError):
            raise UnreadableError from None
        if len(data) != size:
            raise UnreadableError
        return data

    def _pointer(self, address: int) -> int:
        value: int = _POINTER.unpack(self._bytes(address, 8))[0]
        return value

    def _signed(self, address: int) -> int:
        value: int = _SIGNED.unpack(self._bytes(address, 8))[0]
        return value

    # -- types and texts -------------------------------------------------------------------------------------------

    def kind(self, address: int) -> int:
        """Return the address of an object's type."""
        return self._pointer(address + _TYPE)

    def type_name(self, address: int) -> str:
        """Return the name of an object's type, without its module."""
        kind = self._pointer(address + _TYPE)
        if kind not in self._names:
            raw = self._bytes(self._pointer(kind + _TP_NAME), 64).split(b"\0")[0]
            name = raw.decode("ascii", "replace").rpartition(".")[2]
            if not name.isidentifier():
                raise UnreadableError
            self._names[kind] = name
        return self._names[kind]

    def _flags(self, kind: int) -> int:
        return self._pointer(kind + _TP_FLAGS)

    def text(self, address: int) -> str:
        """Return a str of the process; UnreadableError if it is none, or a long one."""
        if address not in self._texts:
            if self.type_name(address) == "str" and self._pointer(address + _SIZE) > _MOST_TEXT:
                raise UnreadableError
            self._texts[address] = self.beginning(address, _MOST_TEXT)
        return self._texts[address]

    def beginning(self, address: int, most: int) -> str:
        """Return the first letters of a str of the process; UnreadableError if it is none."""
        if self.type_name(address) != "str":
            raise UnreadableError
        length = min(self._pointer(address + _SIZE), most)
        state = self._bytes(address + 32, 1)[0]
        width, is_compact, is_ascii = state >> 2 & 7, state & 1 << 5, state & 1 << 6
        if width not in (1, 2, 4) or not is_compact:
            raise UnreadableError
        begin = address + self._data + (0 if is_ascii else 24 if self._minor == 11 else 16)
        data = self._bytes(begin, length * width) if length else b""
        return data.decode({1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[width], "replace")

    def _bases(self, kind: int) -> list[int]:
        return self._tuple(self._pointer(kind + _TP_MRO))

    def _tuple(self, address: int) -> list[int]:
        size = self._pointer(address + _SIZE)
        if size > _MOST_BASES:
            raise UnreadableError
        data = self._bytes(address + self._items, 8 * size) if size else b""
        return [pointer for (pointer,) in _POINTER.iter_unpack(data)]

    # -- dictionaries ----------------------------------------------------------------------------------------------

    def _entries(self, keys: int) -> Iterator[tuple[int, int, int]]:
        """Yield place, key and value of each entry of a table of keys."""
        head = self._bytes(keys, 32)
        size, kind, entries = head[9], head[10], _POINTER.unpack(head[24:])[0]
        if size > 40 or entries > _MOST_ENTRIES:
            raise UnreadableError
        width, at = (2, 0) if kind in _UNICODE_KEYS else (3, 1)  # a table of other keys has their hashes as well
        data = self._bytes(keys + 32 + (1 << size), 8 * width * entries) if entries else b""
        words = struct.unpack(f"<{width * entries}Q", data)
        for place in range(entries):
            key, value = words[place * width + at : place * width + at + 2]
            if key:
                yield place, key, value

    def _is_named(self, key: int, name: str) -> bool:
        try:
            return self.text(key) == name
        except UnreadableError:
            return False

    def item(self, dictionary: int, name: str) -> int | None:
        """Return the address of a dict's item with a str as key; None if there is none."""
        values = self._pointer(dictionary + _DICT_VALUES)
        for place, key, value in self._entries(self._pointer(dictionary + _DICT_KEYS)):
            if self._is_named(key, name):
                return (self._value_at(values, place) if values else value) or None
        return None

    def element(self, sequence: int, index: int) -> int:
        """Return the address of an element of a list or a tuple."""
        size = self._pointer(sequence + _SIZE)
        name = self.type_name(sequence)
        if name not in ("list", "tuple") or not -size <= index < size:
            raise UnreadableError
        items = self._pointer(sequence + _LIST_ITEMS) if name == "list" else sequence + self._items
        return self._pointer(items + 8 * (index % size))

    def _value_at(self, values: int, place: int) -> int:
        """Return a value of an object whose keys belong to its class."""
        return self._pointer(values + (8 if self._minor >= 13 else 0) + 8 * place)

    def _attribute_values(self, address: int, kind: int) -> tuple[int, int]:
        """Return the address of an object's dict, or of its values where the keys belong to its class; 0 for neither."""
        flags = self._flags(kind)
        if flags & _MANAGED_DICT:
            if self._minor == 11:
                return self._pointer(address - 24), self._pointer(address - 32)
            pointer = self._pointer(address - 24)
            if self._minor == 12:
                return (0, pointer + 1) if pointer & 1 else (pointer, 0)
            values = address + self._pointer(kind + _TP_BASICSIZE)
            if flags & _INLINE_VALUES and self._bytes(values, 4)[3]:
                return 0, values
            return pointer, 0
        offset = self._signed(kind + _TP_DICTOFFSET)
        return (self._pointer(address + offset), 0) if offset > 0 else (0, 0)

    def _own_attribute(self, address: int, kind: int, name: str) -> int | None:
        dictionary, values = self._attribute_values(address, kind)
        if dictionary:
            return self.item(dictionary, name)
        if values:
            for place, key, _ in self._entries(self._pointer(kind + self._cached_keys)):
                if self._is_named(key, name):
                    return self._value_at(values, place) or None
        return None

    def attributes(self, address: int) -> Iterator[tuple[str, int]]:
        """Yield the name and the address of each attribute that an object has for itself, without its slots."""
        kind = self.kind(address)
        dictionary, values = self._attribute_values(address, kind)
        if dictionary:
            yield from self.variables(dictionary)
        elif values:
            for place, key, _ in self._entries(self._pointer(kind + self._cached_keys)):
                if found := self._value_at(values, place):
                    yield self.text(key), found

    # -- what a program can name -----------------------------------------------------------------------------------

    def class_attribute(self, kind: int, name: str) -> int | None:
        """Return what a class or one of its bases has under a name; None if they have nothing."""
        if (kind, name) not in self._class_attributes:
            dictionaries = (self._pointer(base + _TP_DICT) for base in self._bases(kind))
            found = (self.item(dictionary, name) for dictionary in dictionaries if dictionary)
            self._class_attributes[kind, name] = next(filter(None, found), None)
        return self._class_attributes[kind, name]

    def attribute(self, address: int, name: str) -> int | None:
        """Return the address of an attribute; None if the object has none of that name.

        Raises:
            UnreadableError: also where code of the program would have to be called for it, as for a property.
        """
        kind = self._pointer(address + _TYPE)
        if self._flags(kind) & _IS_TYPE:
            # The members of an Enum are in the class itself or behind a descriptor, by the version; there they are always.
            members = self.class_attribute(address, "_member_map_")
            member = self.item(members, name) if members and self.type_name(members) == "dict" else None
            return member or self.class_attribute(address, name)
        if self._flags(kind) & _HEAP_TYPE and self._is_python(kind, "__getattribute__"):
            raise UnreadableError
        in_class = self.class_attribute(kind, name)
        if in_class:
            what = self.type_name(in_class)
            if what == "member_descriptor":
                return self._slot(address, in_class)
            if self.class_attribute(self._pointer(in_class + _TYPE), "__get__") or what in _DESCRIPTORS:
                raise UnreadableError
        found = self._own_attribute(address, kind, name) or in_class
        if not found and self._is_python(kind, "__getattr__"):
            raise UnreadableError
        return found

    def _is_python(self, kind: int, method: str) -> bool:
        found = self.class_attribute(kind, method)
        return found is not None and self.type_name(found) == "function"

    def _slot(self, address: int, descriptor: int) -> int | None:
        member = self._pointer(descriptor + _MEMBER)
        what, offset = struct.unpack("<i4xq", self._bytes(member + 8, 16))
        if what not in (6, 16) or not 0 < offset < 1 << 20:
            raise UnreadableError  # no slot for an object
        return self._pointer(address + offset) or None

    def function_of(self, address: int) -> int:
        """Return the function of a function or a bound method."""
        name = self.type_name(address)
        if name == "method":
            return self.function_of(self._pointer(address + _METHOD_FUNCTION))
        if name != "function":
            raise UnreadableError
        return address

    def code_names(self, function: int) -> tuple[str, str]:
        """Return the file and the qualified name of a function's code."""
        code = self._pointer(function + _FUNCTION_CODE)
        return self.text(self._pointer(code + _CODE_FILE)), self.text(self._pointer(code + _CODE_QUALNAME))

    def globals_of(self, function: int) -> int:
        """Return the dict of a function's global variables."""
        return self._pointer(function + _FUNCTION_GLOBALS)

    def closure(self, function: int) -> dict[str, int]:
        """Return the address of each variable that a function has from the functions around it, 0 where it has no value."""
        cells = self._pointer(function + _FUNCTION_CLOSURE)
        if not cells:
            return {}
        code = self._pointer(function + _FUNCTION_CODE)
        names = self._tuple(self._pointer(code + _CODE_NAMES))
        kinds = self._bytes(self._pointer(code + _CODE_KINDS) + 32, len(names))
        free = [self.text(name) for name, kind in zip(names, kinds, strict=True) if kind & _FREE_VARIABLE]
        contents = [self._pointer(cell + _CELL_CONTENT) for cell in self._tuple(cells)]
        if len(free) != len(contents):
            raise UnreadableError
        return dict(zip(free, contents, strict=True))

    def modules(self, sys_module: int) -> Iterator[int]:
        """Yield the dict of each module that the process has imported."""
        modules = self.attribute(sys_module, "modules")
        if modules is None or self.type_name(modules) != "dict":
            raise UnreadableError
        for _, _, module in self._entries(self._pointer(modules + _DICT_KEYS)):
            try:
                kind = self._pointer(module + _TYPE)
                yield self._attribute_values(module, kind)[0]
            except UnreadableError:
                continue  # None, or what the program has put there

    def variables(self, dictionary: int) -> Iterator[tuple[str, int]]:
        """Yield the name and the address of each item of a dict with texts as keys."""
        values = self._pointer(dictionary + _DICT_VALUES)
        for place, key, value in self._entries(self._pointer(dictionary + _DICT_KEYS)):
            try:
                name = self.text(key)
                address = self._value_at(values, place) if values else value
            except UnreadableError:
                continue
            if address:
                yield name, address

    def lock_owner(self, address: int) -> int | None:
        """Return the ident of the thread that holds an RLock; None if none does."""
        if self.type_name(address) != "RLock":
            raise UnreadableError
        return self._pointer(address + _RLOCK_OWNER) or None

    def socket_timeout(self, address: int) -> int | None:
        """Return the time-out of a socket in ns; None if it has none."""
        kind = self._pointer(address + _TYPE)
        if "socket" not in {self._type_s_name(base) for base in self._bases(kind)}:
            raise UnreadableError
        timeout = self._signed(address + _SOCKET_TIMEOUT)
        return None if timeout < 0 else timeout

    def _type_s_name(self, kind: int) -> str:
        raw = self._bytes(self._pointer(kind + _TP_NAME), 64).split(b"\0")[0]
        return raw.decode("ascii", "replace").rpartition(".")[2]

    def is_of_a_python_class(self, address: int) -> bool:
        """Return whether an object's class was written in Python, and the object is no class itself."""
        flags = self._flags(self.kind(address))
        return bool(flags & _HEAP_TYPE) and not flags & _IS_TYPE

    def is_a(self, address: int, name: str) -> bool:
        """Return whether an object's class or one of its bases is called so."""
        return name in {self._type_s_name(base) for base in self._bases(self._pointer(address + _TYPE))}

    # -- values ----------------------------------------------------------------------------------------------------

    def value(self, address: int) -> Value:
        """Return what is known of an object."""
        name = self.type_name(address)
        read = {"NoneType": self._none, "bool": self._bool, "int": self._int, "float": self._float}.get(name)
        if read is not None:
            text, truth = read(address)
            return Value(name, text, truth, text)
        if name in _CONTAINERS:
            used = self._pointer(address + (_SET_USED if "set" in name else _SIZE)) != 0
            literal = self._literal(address) if name == "str" else None
            return Value(name, f"a {name} that is {'not ' if used else ''}empty", used, literal)
        if member := self._member_name(address):
            return Value(name, f"{name}.{member}", None, is_member=True)
        kind = self._pointer(address + _TYPE)
        has_opinion = self.class_attribute(kind, "__bool__") or self.class_attribute(kind, "__len__")
        return Value(name, f"an object of type {name}", None if has_opinion else True)

    def _none(self, _address: int) -> tuple[str, bool]:
        return "None", False

    def _bool(self, address: int) -> tuple[str, bool]:
        truth = self._integer(address) != 0
        return str(truth), truth

    def _int(self, address: int) -> tuple[str, bool]:
        number = self._integer(address)
        return str(number), number != 0

    def _float(self, address: int) -> tuple[str, bool]:
        real: float = struct.unpack("<d", self._bytes(address + 16, 8))[0]
        return repr(real), real != 0

    def _member_name(self, address: int) -> str:
        """Return the name of a member of an Enum; empty if it is none."""
        try:
            found = self.attribute(address, "_name_") if self.is_a(address, "Enum") else None
            return self.text(found) if found else ""
        except UnreadableError:
            return ""

    def _literal(self, address: int) -> str | None:
        try:
            return repr(self.text(address))
        except UnreadableError:
            return None

    def _integer(self, address: int) -> int:
        tag = self._signed(address + 16)
        if self._minor == 11:
            digits, negative = abs(tag), tag < 0
        else:
            digits, negative = (0 if tag & 3 == 1 else tag >> 3), tag & 3 == 2
        if not 0 <= digits <= 3:
            raise UnreadableError  # it is larger than what a loop counts
        data = self._bytes(address + 24, 4 * digits) if digits else b""
        words: tuple[int, ...] = struct.unpack(f"<{digits}I", data)
        number = sum(word << 30 * place for place, word in enumerate(words))
        return -number if negative else number


_CONTAINERS = {"str", "bytes", "list", "tuple", "dict", "set", "frozenset", "deque", "bytearray"}
_DESCRIPTORS = {"property", "getset_descriptor", "function", "staticmethod", "classmethod", "cached_property"}
