"""The line of each key in a TOML text: ``tomllib`` tells lines for syntax errors only."""

import contextlib
import re
import tomllib
from bisect import bisect_right
from pathlib import Path

from app.core.errors import BadInput
from app.documents.places import KeyPath, PlacedError

MAX_PLACES = 200_000  # that are kept; a later key gets the line of its table

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_SPECIAL = re.compile(r'["\\]')


class KeyLines:
    """The line of each key, table and element of a text that ``tomllib`` has read without complaint.

    Args:
        text: the document.
    """

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._breaks = [match.start() for match in re.finditer("\n", self._text)]
        self._lines: dict[KeyPath, int] = {}
        self._tables: dict[KeyPath, int] = {}  # how many tables an array of tables has so far
        # A value that is nested too deeply for this parser gets the line of its table.
        with contextlib.suppress(RecursionError):
            self._scan()

    def line(self, where: KeyPath) -> int:
        """Return the line (from 1) of a place, or of the nearest one around it that is known."""
        for length in range(len(where), 0, -1):
            if where[:length] in self._lines:
                return self._lines[where[:length]]
        return 1

    def places(self) -> set[KeyPath]:
        """Return every place that is known."""
        return set(self._lines)

    def _note(self, where: KeyPath, at: int) -> None:
        if len(self._lines) < MAX_PLACES:
            self._lines.setdefault(where, bisect_right(self._breaks, at - 1) + 1)

    def _scan(self) -> None:
        table: KeyPath = ()
        at = self._skip(0)
        while at < len(self._text):
            if self._text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(at, table)
            at = self._skip(at)

    def _skip(self, at: int) -> int:
        """Return where the next token begins, after spaces, line breaks and comments."""
        return self._past(_SPACE, at)

    def _past(self, pattern: re.Pattern[str], at: int) -> int:
        """Return where what a pattern matches at a place ends; one character further where it matches nothing."""
        match = pattern.match(self._text, at)
        return match.end() if match else at + 1

    def _header(self, at: int) -> tuple[KeyPath, int]:
        """Read ``[a.b]`` or ``[[a.b]]`` and return the place of the table and where the header ends."""
        brackets = 2 if self._text.startswith("[[", at) else 1
        keys, end = self._key(at + brackets)
        where: KeyPath = ()
        for key in keys[:-1]:
            where = (*where, key)
            self._note(where, at)
            if where in self._tables:  # what follows belongs to the last of them
                where = (*where, self._tables[where] - 1)
        where = (*where, keys[-1])
        self._note(where, at)
        if brackets == 2:
            number = self._tables[where] = self._tables.get(where, 0) + 1
            where = (*where, number - 1)
            self._note(where, at)
        return where, self._text.index("]" * brackets, end) + brackets

    def _pair(self, at: int, table: KeyPath) -> int:
        """Read ``key = value`` and return where it ends."""
        keys, end = self._key(at)
        for length in range(1, len(keys) + 1):
            self._note((*table, *keys[:length]), at)
        return self._value(self._skip(self._text.index("=", end) + 1), (*table, *keys))

    def _key(self, at: int) -> tuple[list[str], int]:
        """Read a key, dotted or not; return its parts and where it ends."""
        keys = []
        while True:
            at = self._skip(at)
            end = self._string_end(at) if self._text[at] in "\"'" else self._past(_BARE, at)
            token = self._text[at:end]
            keys.append(token if token[0] not in "\"'" else tomllib.loads(f"key = {token}")["key"])
            at = self._skip(end)
            if not self._text.startswith(".", at):
                return keys, end
            at += 1

    def _value(self, at: int, where: KeyPath) -> int:
        """Read a value and return where it ends."""
        first = self._text[at]
        if first in "\"'":
            return self._string_end(at)
        if first not in "[{":
            return self._past(_SCALAR, at)
        closing, number = {"[": "]", "{": "}"}[first], 0
        at = self._skip(at + 1)
        while self._text[at] != closing:
            if first == "[":
                self._note((*where, number), at)
                at = self._value(at, (*where, number))
            else:
                at = self._pair(at, where)
            number += 1
            at = self._skip(at)
            if self._text[at] == ",":
                at = self._skip(at + 1)
        return at + 1

    def _string_end(self, at: int) -> int:
        """Return where a string of any of the four kinds ends."""
        text, quote = self._text, self._text[at]
        mark = quote * 3 if text.startswith(quote * 3, at) else quote
        at += len(mark)
        while not text.startswith(mark, at):
            if text[at] == "\\" and quote == '"':
                at += 2
            elif quote == '"':
                match = _SPECIAL.search(text, at + (text[at] == quote))
                at = match.start() if match else len(text)
            else:
                at = text.index(quote, at + (text[at] == quote))
        at += len(mark)
        # Up to two quotation marks may stand right before the three that end a string of many lines.
        if len(mark) == 3:
            at += len(text[at : at + 2]) - len(text[at : at + 2].lstrip(quote))
        return at


def in_file(error: BadInput, path: Path, text: str) -> BadInput:
    """Return an error about a document as one about its file: with the line, if the error says where it is.

    Args:
        error: what is wrong.
        path: the file.
        text: its text, which ``tomllib`` has read without complaint.
    """
    line = f", line {KeyLines(text).line(error.where)}" if isinstance(error, PlacedError) else ""
    return BadInput(f"{path}{line}: {error}", error.field)
