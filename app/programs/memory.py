"""The memory of another CPython process: numbers, types, texts, tuples, dictionaries.

By the layouts of CPython 3.11 to 3.15 on 64 bits with the GIL. Nothing is written and nothing is called in the process. It
goes on meanwhile: what cannot be read, or does not look as it must, is unknown.
"""

import struct
from collections.abc import Callable, Iterator

VERSIONS = range(11, 16)  # of Python 3

_POINTER = struct.Struct("<Q")
_SIGNED = struct.Struct("<q")

# Offsets that are the same in all versions, in bytes.
TYPE = 8
SIZE = 16  # of what has a number of items
_TP_NAME, _TP_FLAGS, _TP_MRO = 24, 168, 344
DICT_KEYS = 32
_DICT_VALUES = 40
_LIST_ITEMS = 24

_UNICODE_KEYS = (1, 2)

_MOST_ENTRIES = 200_000
_MOST_TEXT = 4_096
_MOST_BASES = 200


class UnreadableError(Exception):
    """Something is not there, or does not look as it must; the message, if there is one, says why it is not known."""


class Memory:
    """Reads the memory of a process by addresses; any one thread.

    Args:
        read: returns so many bytes at an address; OSError if they cannot be read.
        minor: of the process's Python 3.

    Raises:
        UnreadableError: objects are laid out otherwise in that version.
    """

    def __init__(self, read: Callable[[int, int], bytes], minor: int) -> None:
        if minor not in VERSIONS:
            raise UnreadableError
        self._read = read
        self._minor = minor
        self._names: dict[int, str] = {}  # of types
        self._texts: dict[int, str] = {}
        self._data = 48 if minor == 11 else 40  # where the letters of a str begin
        self._items = 32 if minor >= 14 else 24  # of a tuple

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
        return self._pointer(address + TYPE)

    def type_name(self, address: int) -> str:
        """Return the name of an object's type, without its module."""
        kind = self._pointer(address + TYPE)
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
            if self.type_name(address) == "str" and self._pointer(address + SIZE) > _MOST_TEXT:
                raise UnreadableError
            self._texts[address] = self.beginning(address, _MOST_TEXT)
        return self._texts[address]

    def beginning(self, address: int, most: int) -> str:
        """Return the first letters of a str of the process; UnreadableError if it is none."""
        if self.type_name(address) != "str":
            raise UnreadableError
        length = min(self._pointer(address + SIZE), most)
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
        size = self._pointer(address + SIZE)
        if size > _MOST_BASES:
            raise UnreadableError
        data = self._bytes(address + self._items, 8 * size) if size else b""
        return [pointer for (pointer,) in _POINTER.iter_unpack(data)]

    def _type_s_name(self, kind: int) -> str:
        raw = self._bytes(self._pointer(kind + _TP_NAME), 64).split(b"\0")[0]
        return raw.decode("ascii", "replace").rpartition(".")[2]

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
        for place, key, value in self._entries(self._pointer(dictionary + DICT_KEYS)):
            if self._is_named(key, name):
                return (self._value_at(values, place) if values else value) or None
        return None

    def element(self, sequence: int, index: int) -> int:
        """Return the address of an element of a list or a tuple."""
        size = self._pointer(sequence + SIZE)
        name = self.type_name(sequence)
        if name not in ("list", "tuple") or not -size <= index < size:
            raise UnreadableError
        items = self._pointer(sequence + _LIST_ITEMS) if name == "list" else sequence + self._items
        return self._pointer(items + 8 * (index % size))

    def _value_at(self, values: int, place: int) -> int:
        """Return a value of an object whose keys belong to its class."""
        return self._pointer(values + (8 if self._minor >= 13 else 0) + 8 * place)

    def variables(self, dictionary: int) -> Iterator[tuple[str, int]]:
        """Yield the name and the address of each item of a dict with texts as keys."""
        values = self._pointer(dictionary + _DICT_VALUES)
        for place, key, value in self._entries(self._pointer(dictionary + DICT_KEYS)):
            try:
                name = self.text(key)
                address = self._value_at(values, place) if values else value
            except UnreadableError:
                continue
            if address:
                yield name, address
