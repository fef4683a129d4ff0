"""Which records of one batch are hits: all its texts are searched at once, by loops that are not Python's.

A set of records is a whole number: the record number i of n is bit n - 1 - i, so that it reads from left to right in binary,
and sets are intersected and subtracted by ``&`` and ``& ~``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, repeat

from app.core.batch import LINES, Batch
from app.core.column_bytes import joined_texts, texts_from_bytes, texts_to_bytes
from app.session.record_words import record_words
from app.session.search.pattern import ALIKE, for_lines
from app.session.search.query import DOTS, Query, compiled

_MANY = 64  # lines to a hit, up to which hits are many: then it is quicker to go through all lines by loops of C
_MARK = b"\1"  # stands for what was found; a batch that has it already is searched otherwise
_UNMARKED = bytes(byte for byte in range(256) if byte not in b"\1\n")
# Letters that are like ones of ASCII, as bytes, and before each a byte of it that is rare: one byte is looked for at once.
_ALIKE = [(code[-2:-1], code) for letters in ALIKE.values() for code in map(str.encode, letters)]
_SAMPLE = 4_096  # bytes of a batch, from which on it shows which byte is rare
_SPARSE = 1_000  # bytes to a rare byte, on average, from which on looking at each is worth while


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
        batch: Batch | None = None  # its columns, once they are needed
        if self._include or self._exclude:
            data = texts()
            # The text of a record that is not a line is one JSON object, or is searched as it is. So most batches need not
            # be asked for their kinds: looking for one byte takes a hundredth of what unpacking the columns does.
            if b"{" in data:
                batch = _without_texts(columns(), count)
                if not batch.only_lines():
                    data = _searched_texts(data, batch.kinds)
            if self._include:
                found = self._include(data, count)
            if found and self._exclude:
                found &= ~self._exclude(data, count)
        if found and (wanted is not None or self._kinds is not None):
            found &= self._meant(_without_texts(columns(), count) if batch is None else batch, wanted)
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


def _without_texts(columns: bytes, count: int) -> Batch:
    """Return a batch with empty texts; ValueError if the columns do not add up."""
    return Batch.from_bytes(columns, b"\0" + b"\n" * (count - 1))


def _searched_texts(data: bytes, kinds: bytearray) -> bytes:
    """Return the texts of a batch with a sentence for each that is not a line's; ValueError if they are more or fewer."""
    texts = texts_from_bytes(data, len(kinds))
    for index, kind in enumerate(kinds):
        if kind not in LINES:
            texts[index] = record_words(kind, texts[index])
    return texts_to_bytes(texts)


# -- what finds one text or pattern in a batch ----------------------------------------------------------------------------

_Finder = Callable[[bytes, int], int]


def _finder(query: Query, text: str) -> _Finder:
    """Return what finds the records of a batch that have a text or match a pattern."""
    pattern = compiled(query, text)
    by_pattern = _pattern_finder(pattern, ignores_case=not query.case)
    if query.regex or DOTS in text:
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
    scanner = ByteScanner(text.encode("utf-8", "surrogatepass"))

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or (lowered and _has_alike(data)):
            return otherwise(data, count)
        if b"\n" in scanner.text:
            return 0
        return _containing(data.lower() if lowered else data, scanner, count)

    return find


def _pattern_finder(pattern: re.Pattern[str], *, ignores_case: bool) -> _Finder:
    """Return what finds a pattern in joined texts where that is exact, and in each text by itself otherwise."""
    for_all = for_lines(pattern)
    for_small = for_lines(pattern, lowered=True) if ignores_case else None
    in_all, in_small = (ByteScanner(search.required if search else b"") for search in (for_all, for_small))

    def find(data: bytes, count: int) -> int:
        if not _is_joined(data) or for_all is None:
            texts = texts_from_bytes(data, count)
            return int("0" + "".join(["0" if pattern.search(text) is None else "1" for text in texts]), 2)
        search, scanner = for_all, in_all
        if for_small is not None and not _has_alike(data):
            search, scanner, data = for_small, in_small, data.lower()
        if search.is_plain:
            return _containing(data, scanner, count)
        places = scanner.rare_places(data, _few(count))
        if places is None and scanner.text and data.count(scanner.text) <= _few(count):
            places = _places(data, scanner.text)
        if places is not None:
            # Few lines can be hits: looking for bytes takes a fraction of what making text of all of them does.
            return _among(pattern, data, places, count)
        pieces = search.pattern.split(joined_texts(data) or "")
        return _of_breaks(map(str.count, pieces, repeat("\n")), count) if len(pieces) > 1 else 0

    return find


class ByteScanner:
    """Finds a text in one batch after the other, by its rarest byte if that hardly occurs; any one thread.

    Looking for ten bytes as a whole takes 50 to 80 µs in the 150 KB of a batch, for a byte that hardly occurs 5 to 15.

    Attributes:
        text: what is looked for; empty: nothing is ever found this way.
    """

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._rarest: int | None = None  # the place in the text of the byte that is looked for, once that is chosen
        self._is_rare = bool(text)

    def rare_places(self, data: bytes, most: int) -> list[int] | None:
        """Return all places at which the text is in some data; None if there are more than ``most``, or many false ones.

        The data is the byte before the first text, then the texts.
        """
        if not self._is_rare or len(data) < _SAMPLE:
            return None
        text = self.text
        if self._rarest is None:
            self._rarest = min(range(len(text)), key=lambda place: data.count(text[place]))
        rarest = self._rarest
        byte = text[rarest : rarest + 1]
        found: list[int] = []
        left = most + len(data) // _SPARSE
        place = data.find(byte, 1 + rarest)
        while place >= 0:
            if data.startswith(text, place - rarest):
                found.append(place - rarest)
            left -= 1
            if len(found) > most or left < 0:
                # What is frequent in one batch is in the next: it is not tried again.
                self._is_rare = False
                return None
            place = data.find(byte, place + 1)
        return found


def _few(count: int) -> int:
    """Return how many hits are few among so many records."""
    return count // max(_MANY, 1)


def _containing(data: bytes, scanner: ByteScanner, count: int) -> int:
    """Return the set of the records, of ``count`` joined texts, that contain a text; ValueError if it is another count."""
    places = scanner.rare_places(data, _few(count))
    if places is not None:
        return sum(1 << (count - 1 - line) for line in {line for line, _ in _with_lines(data, places)})
    if _MARK in data:
        pieces = data[1:].split(scanner.text)
        return _of_breaks(map(bytes.count, pieces, repeat(b"\n")), count) if len(pieces) > 1 else 0
    # Of every line only a mark for each time that it has the text, then a digit a line: five loops of C over bytes take a
    # third of the time that one over lines does.
    marks = data[1:].replace(scanner.text, _MARK).translate(None, _UNMARKED) + b"\n"
    while (twice := _MARK + _MARK) in marks:
        marks = marks.replace(twice, _MARK)
    digits = marks.replace(_MARK + b"\n", b"1").replace(b"\n", b"0")
    if len(digits) != count:
        raise ValueError(f"a batch of {count} records has {len(digits)} texts")
    return int(digits, 2)


def _places(data: bytes, text: bytes) -> list[int]:
    """Return where some bytes are in joined texts."""
    places = []
    place = data.find(text, 1)
    while place >= 0:
        places.append(place)
        place = data.find(text, place + 1)
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


# -- sets of records from line breaks -------------------------------------------------------------------------------------


class _Zeros(dict[int, str]):
    """The digits of the records from one hit to the next, the latter included as the 1 that is put between."""

    def __missing__(self, breaks: int) -> str:
        return "0" * (breaks - 1)


_ZEROS = _Zeros({breaks: "0" * (breaks - 1) for breaks in range(1, 65)})


def _of_breaks(breaks: Iterable[int], count: int) -> int:
    """Return the set of the records that have hits, from the line breaks before, between and after all hits.

    Where there are many, no loop is Python's: if every line is a hit, that is what a batch's time goes into. ValueError if
    there are more or fewer than ``count`` records.
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
