"""Which records of one batch are hits: all its texts are searched at once, by loops that are not Python's."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, repeat

from app.core.batch import Batch, joined_texts, texts_from_bytes
from app.session.search.needle import Needle
from app.session.search.pattern import ALIKE, for_lines
from app.session.search.query import Query, compiled

# A set of records is a whole number: the record number i of n is bit n - 1 - i, so that it reads from left to right in
# binary, and sets are met and taken away by & and ~.
_MANY = 64  # lines to a hit, up to which hits are many: then it is quicker to go through all lines by loops of C
_MARK = b"\1"  # stands for what was found; a batch that has it already is searched otherwise
_UNMARKED = bytes(byte for byte in range(256) if byte not in b"\1\n")
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
    rare = Needle(needle)

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or (lowered and _has_alike(data)):
            return otherwise(data, count)
        if b"\n" in needle:
            return 0
        return _having(data.lower() if lowered else data, needle, rare, count)

    return find


def _pattern_finder(pattern: re.Pattern[str], *, ignores_case: bool) -> _Finder:
    """Return what finds a pattern in joined texts where that is exact, and in each text by itself otherwise."""
    for_all = for_lines(pattern)
    for_small = for_lines(pattern, lowered=True) if ignores_case else None
    rare_in_all, rare_in_small = (Needle(search.required if search else b"") for search in (for_all, for_small))

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or for_all is None:
            return _one_by_one(pattern, texts_from_bytes(data, count))
        search, rare = for_all, rare_in_all
        if for_small is not None and not _has_alike(data):
            search, rare, data = for_small, rare_in_small, data.lower()
        if search.is_plain:
            return _having(data, search.required, rare, count)
        if search.required:
            places = rare.few(data, _few(count))
            if places is None and data.count(search.required) <= _few(count):
                places = _places(data, search.required)
            if places is not None:
                # Few lines can be hits: looking for bytes takes a fraction of what making text of all of them does.
                return _among(pattern, data, places, count)
        pieces = search.pattern.split(joined_texts(data) or "")
        return _of_breaks(map(str.count, pieces, repeat("\n")), count) if len(pieces) > 1 else 0

    return find


def _few(count: int) -> int:
    """Return how many hits are few among so many records."""
    return count // max(_MANY, 1)


def _having(data: bytes, needle: bytes, rare: Needle, count: int) -> int:
    """Return the set of the records, of joined texts, that have some bytes.

    Raises:
        ValueError: there are more or fewer than ``count`` records.
    """
    places = rare.few(data, _few(count))
    if places is not None:
        return sum(1 << (count - 1 - line) for line in {line for line, _ in _with_lines(data, places)})
    if _MARK in data:
        pieces = data[1:].split(needle)
        return _of_breaks(map(bytes.count, pieces, repeat(b"\n")), count) if len(pieces) > 1 else 0
    # Of every line only a mark for each time that it has the text, then a digit a line: five loops of C over bytes take a
    # third of the time that one over lines does.
    marks = data[1:].replace(needle, _MARK).translate(None, _UNMARKED) + b"\n"
    while (twice := _MARK + _MARK) in marks:
        marks = marks.replace(twice, _MARK)
    digits = marks.replace(_MARK + b"\n", b"1").replace(b"\n", b"0")
    if len(digits) != count:
        raise ValueError(f"a batch of {count} records has {len(digits)} texts")
    return int(digits, 2)


def _one_by_one(pattern: re.Pattern[str], texts: list[str]) -> int:
    search = pattern.search
    return int("0" + "".join(["0" if search(text) is None else "1" for text in texts]), 2)


def _places(data: bytes, needle: bytes) -> list[int]:
    """Return where some bytes are in joined texts."""
    places = []
    place = data.find(needle, 1)
    while place >= 0:
        places.append(place)
        place = data.find(needle, place + 1)
    return places


def _with_lines(data: bytes, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield, for each of some ascending places in joined texts, which text it is in, and the place."""
    line, counted = 0, 1
    for place in places:
        line += data.count(b"\n", counted, place)
        counted = place
        yield line, place


def _among(pattern: re.Pattern[str], data: bytes, places: Iterable[int], count: int) -> int:
    """Return the set of the records that a pattern matches, among those of joined texts that have these places in them."""
    found, last = 0, -1
    for line, place in _with_lines(data, places):
        if line == last:
            continue
        last = line
        start = data.rfind(b"\n", 1, place) + 1 or 1
        end = data.find(b"\n", place)
        text = data[start : end if end >= 0 else len(data)].decode("utf-8", "surrogatepass")
        if pattern.search(text):
            found |= 1 << (count - 1 - line)
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
