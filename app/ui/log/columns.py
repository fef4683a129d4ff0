"""The columns of the log, one entry each, and the rows of texts that are made by them; no Qt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from app.core.batch import LINES, Kind, Record, RunName
from app.core.latency import duration
from app.session.record_words import record_words
from app.ui.display_text import session_time, visible

# Before a text, so that what a thread wrote and what was said about it are told apart without colour.
MARKS: dict[int, str] = {
    Kind.STATE: "▪ ",
    Kind.CHAIN: "▪ ",
    Kind.ERROR: "✖ ",
    Kind.ACTION: "▸ ",
    Kind.NOTE: "✎ ",
    Kind.STEP: "☑ ",
    Kind.EVIDENCE: "⎙ ",
    **{kind: f"{kind.source}: " for kind in Kind if kind.source},
}
_SOURCES = {int(kind): kind.source for kind in Kind}
_LONGEST_CACHED = 65_536  # characters of a payload whose words are kept
LATE = "late: "  # before what stands where it arrived, a second or more behind its time


class RowContext(NamedTuple):
    """What the text of one cell is made from.

    Attributes:
        line: its line number.
        record: the record.
        before: the record of the row above; None for the first row, or if no column shown needs it.
        name: the worker and the number of the record's run.
        text: the record in words, printable, with its mark.
        clock: the clock of the session.
    """

    line: int
    record: Record
    before: Record | None
    name: RunName
    text: str
    clock: "SessionClock"


@dataclass(frozen=True, slots=True)
class SessionClock:
    """From instants to times; any thread.

    Attributes:
        origin: the beginning of the session, a ``perf_counter_ns``.
        started_ns: the same instant in nanoseconds of the Unix epoch.
    """

    origin: int
    started_ns: int

    def session_time(self, instant: int) -> str:
        """Return an instant as a time in the session."""
        return session_time(instant - self.origin)

    def wall_clock(self, instant: int) -> str:
        """Return an instant as the local time of day, to the millisecond."""
        microseconds = (self.started_ns + instant - self.origin) // 1_000
        try:
            # Not by strftime, which imports something at each call: half of what all the rest of a row costs.
            return datetime.fromtimestamp(microseconds / 1e6).time().isoformat("milliseconds")
        except (OverflowError, OSError, ValueError):
            return "–"  # a file may say anything: a million years hence, too


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the log.

    Attributes:
        title: its name in the header, the menu and the settings.
        text: makes the text of a cell; called for each row of a frame, so it must be cheap.
        widest: the widest text that it usually holds, which sets its first width; the last column takes what is left.
        is_right_aligned: texts stand at the right; else at the left.
        can_be_hidden: the menu offers to hide it.
        is_hidden_at_first: it is hidden until the menu shows it.
        needs_row_above: ``text`` reads ``before``.
        shows_worker: its cells have the sign and the colour of the worker.
    """

    title: str
    text: Callable[[RowContext], str]
    widest: str = ""
    is_right_aligned: bool = False
    can_be_hidden: bool = True
    is_hidden_at_first: bool = False
    needs_row_above: bool = False
    shows_worker: bool = False


def delta_text(row: RowContext) -> str:
    """Return the time since the row above; across runs a record may be earlier than the one before it."""
    if row.before is None:
        return ""
    ns = row.record.instant - row.before.instant
    return f"−{duration(-ns)}" if ns < 0 else f"+{duration(ns)}"


# A new column is one entry here and nothing else: header, menu, settings, copies and rows follow from it.
COLUMNS: tuple[Column, ...] = (
    Column("Line", lambda row: f"{row.line:,}", "1,000,000 ", is_right_aligned=True, is_hidden_at_first=True),
    Column("Time", lambda row: row.clock.session_time(row.record.instant), "00:00:00.000 "),
    Column(
        "Wall clock", lambda row: row.clock.wall_clock(row.record.instant), "00:00:00.000 ", is_hidden_at_first=True
    ),
    Column("Delta", delta_text, "+999 ms ", is_hidden_at_first=True, needs_row_above=True),
    Column("Worker", lambda row: visible(row.name.worker), "□ event-poll 1 ", shows_worker=True),
    Column("Run", lambda row: f"#{row.name.number}" if row.name.number else "", "#1000 "),
    Column("Source", lambda row: _SOURCES.get(row.record.kind, ""), "warning ", is_hidden_at_first=True),
    Column("Text", lambda row: row.text, can_be_hidden=False),
)


class ShownRow(NamedTuple):
    """One row as it is shown.

    Attributes:
        texts: a printable text a column; empty where the column is hidden.
        kind: the record's kind; the colour follows from it.
        run_id: whose it is; the worker's sign and colour follow from it.
        rule: the number of the highlight rule that fits, from 1; 0 for none.
    """

    texts: tuple[str, ...]
    kind: int
    run_id: int = 0
    rule: int = 0


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows of records; any thread.

    Attributes:
        columns: the columns of the log.
        clock: the clock of the session.
        name: from a run's id to its worker and number.
        rule: from a shown text to the number of the highlight rule that fits, 0 for none.
    """

    columns: tuple[Column, ...]
    clock: SessionClock
    name: Callable[[int], RunName]
    rule: Callable[[str], int]

    def rows(
        self,
        records: Iterable[tuple[int, Record]],
        before: Record | None,
        hidden: frozenset[str] = frozenset(),
    ) -> list[ShownRow]:
        """Return the rows of records that are shown one below the other.

        Args:
            records: line numbers, and the records that they have.
            before: the record above the first; None for none.
            hidden: the titles of columns whose texts are not needed.
        """
        makers = [_nothing if column.title in hidden else column.text for column in self.columns]
        rows = []
        for line, record in records:
            text = shown_text(record)
            row = RowContext(line, record, before, self.name(record.run), text, self.clock)
            rows.append(ShownRow(tuple([make(row) for make in makers]), record.kind, record.run, self.rule(text)))
            before = record
        return rows


def text_before(record: Record) -> str:
    """Return what stands before the words of a record in its row."""
    mark = MARKS.get(record.kind, "")
    return LATE + mark if record.late else mark


def shown_text(record: Record) -> str:
    """Return a record in words, printable, with its mark; what cannot be read as an event is shown as it is."""
    if record.kind in LINES:
        text = MARKS.get(record.kind, "") + visible(record.text)
    else:
        make = _event_text if len(record.text) <= _LONGEST_CACHED else _event_text.__wrapped__
        text = make(record.kind, record.text)
    return LATE + text if record.late else text


@lru_cache(maxsize=256)
def _event_text(kind: int, text: str) -> str:
    """Return the text of a record that is no line; kept, because the same rows are made again each frame."""
    return MARKS.get(kind, "") + visible(record_words(kind, text))


def _nothing(_row: RowContext) -> str:
    return ""


def row_as_text(row: ShownRow, columns: Iterable[Column], hidden: frozenset[str]) -> str:
    """Return a row for the clipboard: the columns that are shown, tabs between them."""
    return "\t".join(text for column, text in zip(columns, row.texts, strict=True) if column.title not in hidden)
