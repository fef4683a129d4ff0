"""What the log holds and how a record reads; no Qt."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.core.batch import Batch, Kind, Record, RunName

MOST_RECORDS = 1_000_000
CHUNK = 4_096
LONGEST_SHOWN = 4_096  # characters of a text in its row; the whole is in the details

# Before a text, so that what a thread wrote and what was said about it are told apart without colour.
MARKS = {Kind.STATE: "▪ ", Kind.CHAIN: "▪ ", Kind.ERROR: "✖ "}
_VISIBLE = {"\n": "⏎", "\t": "⇥", "\r": "␍", "\0": "␀", "\x1b": "␛"}


class ShownRow(NamedTuple):
    """One row as it is shown; every text is printable."""

    time: str
    worker: str
    run: str
    text: str
    kind: int


@dataclass(slots=True)
class _Chunk:
    """Some thousand records; sealed ones keep their texts in a tuple, which the garbage collector does not walk."""

    first: int
    instants: "array[int]"
    runs: "array[int]"
    kinds: bytearray
    texts: list[str]
    sealed: tuple[str, ...] | None = None

    def seal(self) -> None:
        """Say that nothing will be added any more."""
        self.sealed = tuple(self.texts)
        self.texts = []

    def __len__(self) -> int:
        return len(self.kinds)

    def records(self, start: int, stop: int) -> Iterable[Record]:
        """Return the records from index ``start`` to before ``stop``."""
        texts = self.texts if self.sealed is None else self.sealed
        part = slice(start, stop)
        return map(Record, self.instants[part], self.runs[part], self.kinds[part], texts[part])


class LogStore:
    """Keeps the last million records by line number: the order in which they were drained, from 0.

    The GUI thread only. ``first`` and ``end`` are the number of the oldest record that is kept, and the one after the
    newest.

    Args:
        most: how many records to keep; up to a chunk more are kept before the oldest chunk goes.
    """

    def __init__(self, most: int = MOST_RECORDS) -> None:
        self._most = most
        self._chunks: list[_Chunk] = []
        self._firsts: list[int] = []
        self._names: dict[int, RunName] = {}
        self.first = 0
        self.end = 0

    def append(self, batch: Batch) -> None:
        """Add a batch at the end, and let go of what is too old."""
        self._names.update(batch.names)
        chunk = self._open_chunk()
        chunk.instants.extend(batch.instants)
        chunk.runs.extend(batch.runs)
        chunk.kinds.extend(batch.kinds)
        chunk.texts.extend(batch.texts)
        self.end += len(batch)
        if len(chunk.texts) >= CHUNK:
            chunk.seal()
        while len(self._chunks) > 1 and self.end - self._firsts[1] >= self._most:
            del self._chunks[0], self._firsts[0]
        self.first = self._firsts[0]

    def _open_chunk(self) -> _Chunk:
        if not self._chunks or self._chunks[-1].sealed is not None:
            self._chunks.append(_Chunk(self.end, array("q"), array("q"), bytearray(), []))
            self._firsts.append(self.end)
        return self._chunks[-1]

    def clear(self) -> None:
        """Forget every record; numbers go on from where they are."""
        self._chunks.clear()
        self._firsts.clear()
        self._names.clear()
        self.first = self.end

    def name(self, run: int) -> RunName:
        """Return whose run this is."""
        return self._names[run]

    def record(self, number: int) -> Record | None:
        """Return the record with this line number; None if it is not kept."""
        records = self.records(number, 1)
        return records[0] if records else None

    def records(self, start: int, count: int) -> list[Record]:
        """Return up to ``count`` records from number ``start`` on; those that are not kept are left out."""
        found: list[Record] = []
        stop = min(start + count, self.end)
        start = max(start, self.first)
        place = max(0, bisect_right(self._firsts, start) - 1)
        while start < stop:
            chunk = self._chunks[place]
            last = min(stop - chunk.first, len(chunk))
            found.extend(chunk.records(start - chunk.first, last))
            start = chunk.first + last
            place += 1
        return found

    def rows(self, start: int, count: int, origin: int) -> list[ShownRow]:
        """Return up to ``count`` records as they are shown, times counted from ``origin`` (``perf_counter_ns``)."""
        return [self._row(record, origin) for record in self.records(start, count)]

    def _row(self, record: Record, origin: int) -> ShownRow:
        name = self._names[record.run]
        text = MARKS.get(Kind(record.kind), "") + visible(record.text)
        return ShownRow(sitting_time(record.instant - origin), name.worker, f"#{name.number}", text, record.kind)


def visible(text: str) -> str:
    r"""Return a text for one row: clipped, and with every character that cannot be seen as a visible sign.

    Line breaks and tabs become signs of their own, other control characters, bidirectional overrides, lone surrogates
    and byte order marks become escapes such as ``\u202e``: none of them reaches Qt, which would drop or obey them.
    """
    shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    if shown.isprintable():
        return shown
    return "".join(map(_visible_character, shown))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    sign = _VISIBLE.get(character)
    if sign is None:
        sign = character.encode("unicode_escape").decode("ascii")
    return sign


def sitting_time(ns: int) -> str:
    """Return a time in the sitting: minutes, seconds, milliseconds; hours when there are some."""
    milliseconds = ns // 1_000_000
    seconds, milliseconds = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02}:{seconds:02}.{milliseconds:03}"
    return f"{hours}:{tail}" if hours else tail


def row_as_text(row: ShownRow) -> str:
    """Return a row for the clipboard: its columns, tabs between them."""
    return "\t".join((row.time, row.worker, row.run, row.text))


def follow_after_scroll(value: int, maximum: int) -> bool:
    """Return whether the log follows its tail after it was scrolled: at the very end it does."""
    return value >= maximum
