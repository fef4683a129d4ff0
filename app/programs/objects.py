"""Objects of another CPython process, read from its memory: attributes, globals, cells, values.

py-spy shows local variables, and of an object no more than its type and its address. What a loop reads is mostly an
attribute or a global, so those are looked up here.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.programs.memory import DICT_KEYS, SIZE, TYPE, Memory, UnreadableError

# Offsets that are the same in all versions, in bytes.
_TP_BASICSIZE, _TP_DICT, _TP_DICTOFFSET = 32, 264, 288
_CODE_NAMES, _CODE_KINDS, _CODE_FILE, _CODE_QUALNAME = 96, 104, 112, 128
_FUNCTION_GLOBALS, _FUNCTION_CODE, _FUNCTION_CLOSURE = 16, 48, 72
_METHOD_FUNCTION = 16
_CELL_CONTENT = 16
_MEMBER = 40  # of the descriptor of a slot
_RLOCK_OWNER = 24
_SOCKET_TIMEOUT = 40  # ns; negative if there is none
_SET_USED = 24

_INLINE_VALUES, _MANAGED_DICT, _HEAP_TYPE, _IS_TYPE = 1 << 2, 1 << 4, 1 << 9, 1 << 31
_FREE_VARIABLE = 0x80


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


class Objects(Memory):
    """Reads objects of a process by their addresses; any one thread.

    Args:
        read: returns so many bytes at an address; OSError if they cannot be read.
        minor: of the process's Python 3.
    """

    def __init__(self, read: Callable[[int, int], bytes], minor: int) -> None:
        super().__init__(read, minor)
        self._class_attributes: dict[tuple[int, str], int | None] = {}
        self._cached_keys = {11: 872, 15: 888}.get(minor, 880)  # of a class

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
        kind = self._pointer(address + TYPE)
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
            if self.class_attribute(self._pointer(in_class + TYPE), "__get__") or what in _DESCRIPTORS:
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
        for _, _, module in self._entries(self._pointer(modules + DICT_KEYS)):
            try:
                kind = self._pointer(module + TYPE)
                yield self._attribute_values(module, kind)[0]
            except UnreadableError:
                continue  # None, or what the program has put there

    def lock_owner(self, address: int) -> int | None:
        """Return the ident of the thread that holds an RLock; None if none does."""
        if self.type_name(address) != "RLock":
            raise UnreadableError
        return self._pointer(address + _RLOCK_OWNER) or None

    def socket_timeout(self, address: int) -> int | None:
        """Return the time-out of a socket in ns; None if it has none."""
        kind = self._pointer(address + TYPE)
        if "socket" not in {self._type_s_name(base) for base in self._bases(kind)}:
            raise UnreadableError
        timeout = self._signed(address + _SOCKET_TIMEOUT)
        return None if timeout < 0 else timeout

    def is_of_a_python_class(self, address: int) -> bool:
        """Return whether an object's class was written in Python, and the object is no class itself."""
        flags = self._flags(self.kind(address))
        return bool(flags & _HEAP_TYPE) and not flags & _IS_TYPE

    def is_a(self, address: int, name: str) -> bool:
        """Return whether an object's class or one of its bases is called so."""
        return name in {self._type_s_name(base) for base in self._bases(self._pointer(address + TYPE))}

    # -- values ----------------------------------------------------------------------------------------------------

    def value(self, address: int) -> Value:
        """Return what is known of an object."""
        name = self.type_name(address)
        read = {"NoneType": self._none, "bool": self._bool, "int": self._int, "float": self._float}.get(name)
        if read is not None:
            text, truth = read(address)
            return Value(name, text, truth, text)
        if name in _CONTAINERS:
            used = self._pointer(address + (_SET_USED if "set" in name else SIZE)) != 0
            literal = self._literal(address) if name == "str" else None
            return Value(name, f"a {name} that is {'not ' if used else ''}empty", used, literal)
        if member := self._member_name(address):
            return Value(name, f"{name}.{member}", None, is_member=True)
        kind = self._pointer(address + TYPE)
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
