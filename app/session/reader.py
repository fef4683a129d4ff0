"""Reading a session file from one end to the other: by line number, worker, run and time, in short transactions."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.batch import Batch, Record, RunName
from app.core.column_bytes import from_little_endian
from app.core.errors import BadInput
from app.session.arrivals import MISSING, BatchCache, Piece, keys_of, piece_at, piece_of, spans_of
from app.session.batch_file import BatchFile
from app.session.schema import Head
from app.session.time_order import Ordered, Span, TimeOrder, ordered

# Batches looked at in one transaction: an open one keeps the writer's log growing.
_STEP = 64
_TIMEOUT = 2.0  # seconds
# What is kept unpacked: records that arrived within a second may be mixed, whatever their rate.
_RECORDS = 1_000_000
_CHARACTERS = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a session: its line number, the time in the session (ns), its run, its kind and its text.

    ``late``: it stands where it arrived, a second or more behind its time. ``origin``: the beginning of the session, a
    ``perf_counter_ns``, which the instants within an event's text count like.
    """

    number: int
    t_ns: int
    name: RunName
    kind: int
    text: str
    late: bool = False
    origin: int = 0


class SessionReader:
    """Reads a session file, also while it is being written; one thread only, the one that makes it.

    Args:
        path: the file.
        damaged: called with a sentence if the file is damaged, and for each stretch of lines that cannot be read, once for
            each. Such lines are skipped, never silently, whatever is read.

    Raises:
        BadInput: there is no such file, it cannot be read, nothing in it can, or is of another version. The methods raise
            it too.

    Attributes:
        path: the file.
        meta: what the file says of the session.
    """

    def __init__(self, path: Path, damaged: Callable[[str], None]) -> None:
        self.path = path
        self._damaged = damaged
        self._said: set[str] = set()
        self._file = BatchFile(path, _TIMEOUT, self._say, whole=True)
        self._cache = BatchCache(_RECORDS, _CHARACTERS)
        self.meta = self._file.meta

    def __enter__(self) -> "SessionReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def records(self) -> int:
        """Return how many records are committed, those included that cannot be read."""
        with self._in_a_sentence():
            return self._file.end()

    def runs(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number."""
        with self._in_a_sentence():
            return self._file.runs()

    def duration(self) -> int:
        """Return the time in the session of the latest record, in ns."""
        with self._in_a_sentence():
            return self._file.latest()

    def lines(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        worker: str | None = None,
        run: int | None = None,
        from_ns: int | None = None,
        to_ns: int | None = None,
    ) -> Iterator[Line]:
        """Yield records in the order of their line numbers; those that every given choice allows.

        Args:
            start: the least line number.
            stop: the line number before which it ends.
            worker: the name of their worker.
            run: which of the worker's runs they are of, from 1.
            from_ns: the least time in the session (ns).
            to_ns: the time before which they are. Batches that have none of them are not unpacked.
        """
        origin = self._file.origin
        low, high = (-(2**63) if from_ns is None else from_ns), (2**63 if to_ns is None else to_ns)
        names = self.runs()
        wanted = {key for key, name in names.items() if worker in (None, name.worker) and run in (None, name.number)}
        all_runs = worker is None and run is None

        def is_wanted(span: Span) -> bool:
            if not span.runs:
                # These lines are missing: there is nothing to look at, but that is said.
                self._piece_of(max(start, span.first))
                return False
            is_in_time = span.latest >= low + origin and span.earliest < high + origin
            return is_in_time and (all_runs or not wanted.isdisjoint(from_little_endian(span.runs)))

        for first, arrived in TimeOrder(self).stretches(start, is_wanted):
            if stop is not None and first >= stop:
                return
            for number, record in enumerate(self._records(arrived), first):
                if (
                    record is not None
                    and number >= start
                    and (stop is None or number < stop)
                    and (all_runs or record.run in wanted)
                    and low <= record.instant - origin < high
                ):
                    t_ns, name = record.instant - origin, names[record.run]
                    yield Line(number, t_ns, name, record.kind, record.text, record.late, origin)

    def batches(self, runs: set[int] | None = None) -> Iterator[tuple[int, Batch]]:
        """Yield every batch that can be read, in the order of arrival, with the arrival number of its first record.

        Batches in which none of the ids ``runs`` occurs are passed over and not unpacked; None: all are meant.
        """
        # Asked first: a file that is being written grows between the last batch that is found here and a later look.
        place, end = 0, self.records()
        while heads := self._heads(place):
            for head in heads:
                self._say_missing(place, head.first)
                place = head.first + head.records
                if runs is None or not runs.isdisjoint(from_little_endian(head.runs)):
                    with self._in_a_sentence():
                        piece = piece_at(self._file, head, place)
                    if isinstance((batch := self._checked(piece).content), Batch):
                        yield piece.first, batch
        self._say_missing(place, end)

    def _heads(self, place: int) -> list[Head]:
        with self._in_a_sentence():
            return self._file.heads(place, None, _STEP)

    # -- the order of arrival, for TimeOrder -----------------------------------------------------------------------

    def spans(self, line: int, most: int) -> list[Span]:
        """Return up to ``most`` spans, without a gap, from the one that holds an arrival number."""
        with self._in_a_sentence():
            end = self._file.end()
            return spans_of(self._file, line, end, most) if line < end else []

    def ordered(self, span: Span) -> Ordered:
        """Return the order keys of a span, ascending, and where in the span they are."""
        return ordered(keys_of(span, self._piece_of(span.first)))

    def _records(self, lines: Iterable[int]) -> Iterator[Record | None]:
        """Yield the records of some arrival numbers; None for what cannot be read."""
        piece = Piece(0, 0, 0, "")
        for line in lines:
            # Mostly it is in the same batch as the one before.
            if not piece.first <= line < piece.end:
                piece = self._piece_of(line)
            yield piece.content.record(line - piece.first) if isinstance(piece.content, Batch) else None

    # -- what is damaged: skipped, and said once -----------------------------------------------------------------------

    def _piece_of(self, line: int) -> Piece:
        """Return what holds an arrival number, and keep it for the next look."""
        piece = self._cache.holding(line)
        if piece is None:
            with self._in_a_sentence():
                piece = piece_of(self._file, line, self._file.end())
            self._cache.put(self._checked(piece))
        return piece

    def _checked(self, piece: Piece) -> Piece:
        """Return a piece; say it if it cannot be read."""
        if not isinstance(piece.content, Batch):
            what = "are missing" if piece.content == MISSING else f"are left out: {piece.content}"
            self._say(f"{self.path}: lines {piece.first:,} to {piece.end - 1:,} {what}.")
        return piece

    def _say_missing(self, start: int, stop: int) -> None:
        if start < stop:
            self._checked(Piece(start, stop, self._file.origin, MISSING))

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._damaged(sentence)

    @contextmanager
    def _in_a_sentence(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise BadInput(f"{self.path}: it cannot be read any further ({error}).") from None
