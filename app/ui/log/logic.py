"""How a record of the log reads; no Qt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.core.batch import Kind, Record, RunName
from app.core.latency import duration
from app.session.journal import entry_words
from app.ui.chain.words import record_words

LONGEST_SHOWN = 4_096  # characters of a text in its row; the whole is in the details

# Before a text, so that what a thread wrote and what was said about it are told apart without colour.
MARKS: dict[int, str] = {
    Kind.STATE: "▪ ",
    Kind.CHAIN: "▪ ",
    Kind.ERROR: "✖ ",
    Kind.ACTION: "▸ ",
    Kind.NOTE: "✎ ",
    Kind.STEP: "☑ ",
    Kind.EVIDENCE: "⎙ ",
}
LATE = "late: "  # before what stands where it arrived, a second or more behind its time
_VISIBLE = {"\n": "⏎", "\t": "⇥", "\r": "␍", "\0": "␀", "\x1b": "␛"}

COLUMNS = ("Time", "Wall clock", "Delta", "Worker", "Run", "Text")
TEXT = COLUMNS.index("Text")
HIDDEN_AT_FIRST = ("Wall clock", "Delta")


class ShownRow(NamedTuple):
    """One row as it is shown: a printable text a column, then what its colours follow from.

    Attributes:
        kind: the record's kind.
        run_id: whose it is; the worker's colour follows from it.
        rule: the number of the highlight rule that fits, from 1; 0 for none.
    """

    time: str
    wall: str
    delta: str
    worker: str
    run: str
    text: str
    kind: int
    run_id: int = 0
    rule: int = 0


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows of records; any thread.

    Attributes:
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        started_ns: the same instant in nanoseconds of the Unix epoch; wall clocks count from it.
        name: from a run's id to its worker and number.
        rule: from a shown text to the number of the highlight rule that fits, 0 for none.
    """

    origin: int
    started_ns: int
    name: Callable[[int], RunName]
    rule: Callable[[str], int] = field(default=lambda _text: 0)

    def rows(
        self, records: Iterable[Record], before: Record | None, *, wall: bool = True, delta: bool = True
    ) -> list[ShownRow]:
        """Return the rows of records that are shown one below the other.

        Args:
            records: what is shown.
            before: stands above the first; None for nothing.
            wall: whether the wall clock is wanted.
            delta: whether the time since the row above is wanted.
        """
        rows = []
        for record in records:
            rows.append(self._row(record, before if delta else None, wall))
            before = record
        return rows

    def _row(self, record: Record, before: Record | None, wall: bool) -> ShownRow:
        name = self.name(record.run)
        text = (LATE if record.late else "") + MARKS.get(record.kind, "") + visible(worded(record))
        return ShownRow(
            sitting_time(record.instant - self.origin),
            self.wall_clock(record.instant) if wall else "",
            delta_text(record.instant - before.instant) if before is not None else "",
            visible(name.worker),
            f"#{name.number}" if name.number else "",
            text,
            record.kind,
            record.run,
            self.rule(text),
        )

    def wall_clock(self, instant: int) -> str:
        """Return an instant as the local time of day, to the millisecond."""
        microseconds = (self.started_ns + instant - self.origin) // 1_000
        try:
            # Not by strftime, which imports something at each call: half of what all the rest of a row costs.
            return datetime.fromtimestamp(microseconds / 1e6).time().isoformat("milliseconds")
        except (OverflowError, OSError, ValueError):
            return "–"  # a file may say anything: a million years hence, too


def worded(record: Record) -> str:
    """Return what a record says to a person: stop chains and the journal in words, every other one as it is."""
    # Only what is JSON is looked into: rows are made 45 a frame, and reading JSON takes 10 µs.
    if record.kind < Kind.CHAIN or record.kind == Kind.ERROR:
        return record.text
    words = record_words(record.text) if record.kind == Kind.CHAIN else entry_words(record.kind, record.text)
    return record.text if words is None else words


def delta_text(ns: int) -> str:
    """Return the time since the row above; across runs a record may be earlier than the one before it."""
    return f"−{duration(-ns)}" if ns < 0 else f"+{duration(ns)}"


def visible(text: str, longest: int = LONGEST_SHOWN) -> str:
    r"""Return a text for one row: clipped, and with every character that cannot be seen as a visible sign.

    Line breaks and tabs become signs of their own, other control characters, bidirectional overrides, lone surrogates
    and byte order marks become escapes such as ``\u202e``: none of them reaches Qt, which would drop or obey them.
    """
    shown = text if len(text) <= longest else text[:longest] + "…"
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


def row_as_text(row: ShownRow, hidden: Iterable[str] = HIDDEN_AT_FIRST) -> str:
    """Return a row for the clipboard: the columns that are shown, tabs between them."""
    left_out = set(hidden)
    texts = (row.time, row.wall, row.delta, row.worker, row.run, row.text)
    return "\t".join(text for column, text in zip(COLUMNS, texts, strict=True) if column not in left_out)


def new_lines_text(new: int, *, paused: bool) -> str:
    """Return what the pill says while the tail is not followed; empty if there is nothing to say."""
    lines = f"{new:,} new line{'s' if new != 1 else ''}"
    if paused:
        return f"Paused · {lines}" if new else "Paused"
    return f"↓ {lines}" if new else ""
