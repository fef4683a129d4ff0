"""Which records of one batch are hits: all its texts are searched at once, by loops that are not Python's."""

import re
from collections.abc import Callable, Iterable
from itertools import accumulate, repeat
from operator import contains

from app.core.batch import Batch, joined_texts, texts_from_bytes
from app.session.search.pattern import ALIKE, for_lines
from app.session.search.query import Query, compiled

# A set of records is a whole number: the record number i of n is bit n - 1 - i, so that it reads from left to right in
# binary, and sets are met and taken away by & and ~.
_MANY = 64  # lines to a hit, up to which hits are many: then it is quicker to go through all lines by loops of C
_OFTEN = 4  # lines to a text that is looked for, up to which it is quicker to look at each line by a loop of C
_DIGITS = bytes.maketrans(b"\0\1", b"01")
# Letters that are like ones of ASCII, as bytes, and before each a byte of it that is rare: one byte is looked for at once.
_ALIKE = [(code[-2:-1], code) for letters in ALIKE.values() for code in map(str.encode, letters)]


class Matcher:
    """Finds the hits of a query, a batch at a time; any one thread."""

    def __init__(self, query: Query) -> None:
        self._include = _finder(query, query.include) if query.include else None
        self._exclude = _finder(query, query.exclude) if query.exclude else None
        self._kinds = None if query.kinds is None else bytes(b"01"[kind in query.kinds] for kind in range(256))

    def hits(
        self, count: int, texts: Callable[[], bytes], columns: Callable[[], bytes], wanted: frozenset[int] | None
    ) -> int:
        """Return the set of the hits among ``count`` records.

        Args:
            count: how many records the batch has.
            texts: returns the bytes of its texts; called only if they matter.
            columns: returns the bytes of its columns; called only if they matter.
            wanted: the runs whose records are meant; None: any.

        Raises:
            ValueError: the bytes do not add up; and what the two functions raise.
        """
        found = (1 << count) - 1
        if self._include or self._exclude:
            data = texts()
            if self._include:
                found = self._include(data, count)
            if found and self._exclude:
                found &= ~self._exclude(data, count)
        if found and (wanted is not None or self._kinds is not None):
            found &= self._meant(Batch.from_bytes(columns(), b"\0" + b"\n" * (count - 1)), wanted)
        return found

    def _meant(self, batch: Batch, wanted: frozenset[int] | None) -> int:
        """Return the set of the records of the kinds and runs that are meant; the batch has no texts."""
        meant = (1 << len(batch)) - 1
        if self._kinds is not None:
            meant &= int(batch.kinds.translate(self._kinds), 2)
        if wanted is not None:
            digits = {run: "01"[run in wanted] for run in set(batch.runs)}
            meant &= int("".join(map(digits.__getitem__, batch.runs)), 2)
        return meant


_Finder = Callable[[bytes, int], int]


def _finder(query: Query, text: str) -> _Finder:
    """Return what finds the records of a batch that have a text or match a pattern."""
    pattern = compiled(query, text)
    by_pattern = _pattern_finder(pattern, ignores_case=not query.case)
    if query.regex:
        return by_pattern
    if query.case:
        return _bytes_finder(text, by_pattern, lowered=False)
    if all(letter.isascii() or letter == letter.lower() == letter.upper() for letter in text):
        return _bytes_finder(text.lower(), by_pattern, lowered=True)
    return by_pattern


def _bytes_finder(text: str, otherwise: _Finder, *, lowered: bool) -> _Finder:
    """Return what finds plain text in the bytes as they are: UTF-8 has each character at its own places only.

    Where case does not count, the bytes of ASCII letters are made small: exact as long as no other letters that are like
    ASCII ones occur; batches in which some do are left to the pattern, as are those with line breaks within texts.
    """
    needle = text.encode("utf-8", "surrogatepass")

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or (lowered and _has_alike(data)):
            return otherwise(data, count)
        if b"\n" in needle:
            return 0
        return _having(data.lower() if lowered else data, needle, count)

    return find


def _pattern_finder(pattern: re.Pattern[str], *, ignores_case: bool) -> _Finder:
    """Return what finds a pattern in joined texts where that is exact, and in each text by itself otherwise."""
    for_all = for_lines(pattern)
    for_small = for_lines(pattern, lowered=True) if ignores_case else None

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or for_all is None:
            return _one_by_one(pattern, texts_from_bytes(data, count))
        search = for_all
        if for_small is not None and not _has_alike(data):
            search, data = for_small, data.lower()
        if search.is_plain:
            return _having(data, search.needle, count)
        if search.needle and data.count(search.needle) * _MANY < count:
            # Few lines can be hits: looking for bytes takes a fraction of what making text of all of them does.
            return _among(pattern, data, search.needle, count)
        pieces = search.pattern.split(joined_texts(data) or "")
        return _of_breaks(map(str.count, pieces, repeat("\n")), count) if len(pieces) > 1 else 0

    return find


def _having(data: bytes, needle: bytes, count: int) -> int:
    """Return the set of the records, of joined texts, that have some bytes.

    Raises:
        ValueError: there are more or fewer than ``count`` records.
    """
    often = data.count(needle, 1)  # the byte before the texts is none of theirs
    if not often:
        return 0
    if often * _OFTEN < count:
        return _of_breaks(map(bytes.count, data[1:].split(needle), repeat(b"\n")), count)
    lines = data[1:].split(b"\n")
    if len(lines) != count:
        raise ValueError(f"a batch of {count} records has {len(lines)} texts")
    return int(bytes(map(contains, lines, repeat(needle))).translate(_DIGITS), 2)


def _one_by_one(pattern: re.Pattern[str], texts: list[str]) -> int:
    search = pattern.search
    return int("0" + "".join(["0" if search(text) is None else "1" for text in texts]), 2)


def _among(pattern: re.Pattern[str], data: bytes, needle: bytes, count: int) -> int:
    """Return the set of the records that a pattern matches, among those of joined texts that have some bytes."""
    found, line, counted = 0, 0, 1
    place = data.find(needle, 1)
    while place >= 0:
        start = data.rfind(b"\n", 1, place) + 1 or 1
        end = data.find(b"\n", place)
        text = data[start : end if end >= 0 else len(data)].decode("utf-8", "surrogatepass")
        line += data.count(b"\n", counted, start)
        counted = start
        if pattern.search(text):
            found |= 1 << (count - 1 - line)
        place = data.find(needle, end) if end >= 0 else -1
    return found


def _is_joined(data: bytes) -> bool:
    """Return whether the texts of a batch stand with a line break between two, and none within (``app.core.batch``)."""
    return data[:1] == b"\0"


def _has_alike(data: bytes) -> bool:
    return any(rare in data and letter in data for rare, letter in _ALIKE)


class _Zeros(dict[int, str]):
    """The digits of the records from one hit to the next, the latter included as the 1 that is put between."""

    def __missing__(self, breaks: int) -> str:
        return "0" * (breaks - 1)


_ZEROS = _Zeros({breaks: "0" * (breaks - 1) for breaks in range(1, 65)})


def _of_breaks(breaks: Iterable[int], count: int) -> int:
    """Return the set of the records that have hits, from the line breaks before, between and after all hits.

    Where there are many, no loop is Python's: if every line is a hit, that is what a batch's time goes into.

    Raises:
        ValueError: there are more or fewer than ``count`` records.
    """
    between = list(breaks)
    after = between.pop()
    between[0] += 1
    texts = sum(between) + after
    if texts != count:
        raise ValueError(f"a batch of {count} records has {texts} texts")
    # No line break between two hits: they are in one line, and the second says nothing new.
    gaps = filter(None, between)
    if len(between) * _MANY < count:
        return sum(1 << (count - line) for line in accumulate(gaps))
    return int("1".join(map(_ZEROS.__getitem__, gaps)) + "1", 2) << after
