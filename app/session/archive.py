"""The archive: any line of a session by its number, read back from the files that it was recorded in."""

import sqlite3
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.batch import Batch, Kind, Record, RunName
from app.core.errors import BadInput
from app.session.arrivals import BatchCache, Piece, keys_of, piece_of, spans_of
from app.session.segments import Segment, SegmentFiles, UnreadableError
from app.session.time_order import Ordered, Span, TimeOrder, ordered

# What is kept decoded: some hundred pages to either side, and not more than 128 MB of text.
_RECORDS = 200_000
_CHARACTERS = 32 * 2**20
MOST_SHOWN = 2**28  # characters of records that are asked for together: a small file may hold gigabytes
UNKNOWN_RUN = RunName("?", 0)  # the run of a line that cannot be read


class Archive:
    """Reads the committed lines of a session; one thread only, the one that makes it.

    Every line number below ``committed`` has its record, always: where a batch is damaged, or a file is gone, locked or
    unreadable, a record of kind ``ERROR`` that says so stands for each line, so that no other line's number shifts.

    Args:
        damaged: called with a sentence about each batch and each file that cannot be read, once for each.
        now: returns a monotonic time in ns.

    Attributes:
        committed: the number after the last line of the session that is on the disk.
    """

    def __init__(self, damaged: Callable[[str], None], now: Callable[[], int] = time.monotonic_ns) -> None:
        self._files = SegmentFiles(damaged, now)
        self.committed = 0
        self._segments: tuple[Segment, ...] = ()
        self._cache = BatchCache(_RECORDS, _CHARACTERS)
        self._order = TimeOrder(self)
        self._cuts: dict[int, int] = {}  # the greatest order key of all files before the one of that number
        self._names: dict[int, RunName] = {}
        self._named_at = -1  # how much was committed when the names were read

    @classmethod
    def of(cls, path: Path, damaged: Callable[[str], None]) -> "Archive":
        """Return an archive of all of one session file; BadInput if it cannot be read."""
        archive = cls(damaged)
        try:
            archive.set_segments((Segment(0, path),), archive._files.open(path).end())
        except sqlite3.Error as error:
            archive.close()
            raise BadInput(f"{path}: it cannot be read as a session ({error}).") from None
        return archive

    def set_segments(self, segments: Sequence[Segment], committed: int) -> None:
        """Say which files the session is in, and how many lines are committed. Both only grow; costs nothing."""
        self._segments = tuple(segments)
        self.committed = committed

    def close(self) -> None:
        """Close the files; before the recorder's end, which leaves one plain file only if it is open nowhere else."""
        self._files.close()

    # -- lines -----------------------------------------------------------------------------------------------------

    def records(self, start: int, count: int) -> list[Record]:
        """Return the records with the numbers from ``start`` on, exactly as many as there are below ``committed``."""
        numbers = range(max(0, start), min(start + count, self.committed))
        found = self.some_records(numbers, MOST_SHOWN)
        return found + [no_room_record(self._files.origin, line) for line in numbers[len(found) :]]

    def some_records(self, numbers: Sequence[int], most: int) -> list[Record]:
        """Return the first of the records with these numbers, up to so many characters and a record more.

        Args:
            numbers: ascending; all of them below ``committed``.
            most: characters.
        """
        is_range = isinstance(numbers, range)
        lines = self._order.lines(numbers[0], len(numbers)) if is_range and numbers else self._order.at(numbers)
        found: list[Record] = []
        for record in map(self.arrived, lines):
            found.append(record)
            most -= len(record.text)
            if most <= 0:
                break
        return found

    def line_at(self, t_ns: int) -> int:
        """Return the least line number whose time in the session is at least ``t_ns``; the last one if there is none."""
        self._look()
        key = t_ns + self._files.origin
        return max(0, min(self._order.position_at(key, self.span_at(key)), self.committed - 1))

    # -- the order of arrival, for TimeOrder -----------------------------------------------------------------------

    def arrived(self, line: int) -> Record:
        """Return the record with an arrival number below ``committed``."""
        piece = self._piece_of(line)
        if isinstance(piece.content, Batch):
            return piece.content.record(line - piece.first)
        return Record(piece.instant, 0, Kind.ERROR, f"line {line:,} is not readable: {piece.content}")

    def spans(self, line: int, most: int) -> list[Span]:
        """Return up to ``most`` spans, without a gap, from the one that holds an arrival number."""
        spans: list[Span] = []
        for number, (segment, stop) in enumerate(self._parts()):
            while line < stop and len(spans) < most:
                spans += self._spans_of(number, segment, line, stop, most - len(spans))
                line = spans[-1].end
        return spans

    def _spans_of(self, number: int, segment: Segment, line: int, stop: int, most: int) -> list[Span]:
        first, cut = segment.first, self._cut_before(number)
        try:
            spans = spans_of(self._files.of(segment), line - first, stop - first, most, cut)
        except (UnreadableError, sqlite3.Error) as error:
            self._files.fail(segment, error)
            return [Span(first, stop, cut, cut, cut)]
        return [span._replace(first=first + span.first, end=first + span.end) for span in spans]

    def _cut_before(self, number: int) -> int:
        """Return the greatest order key of the files before one."""
        if number == 0:
            return 0
        kept = self._cuts.get(number)
        if kept is None:
            segment, stop = self._parts()[number - 1]
            kept = self._spans_of(number - 1, segment, stop - 1, stop, 1)[-1].next_cut
            if self._files.is_open(segment):  # another time it may be readable
                self._cuts[number] = kept
        return kept

    def ordered(self, span: Span) -> Ordered:
        """Return the order keys of a span, ascending, and where in the span they are."""
        return ordered(keys_of(span, self._piece_of(span.first)))

    def span_at(self, key: int) -> Span | None:
        """Return the last span whose ``before`` is less than a key; the first one if there is none."""
        line = bisect_left(range(self.committed), key, key=lambda line: self.spans(line, 1)[0].before)
        return next(iter(self.spans(max(0, line - 1), 1)), None)

    # -- what is known of the session ------------------------------------------------------------------------------

    def name(self, run: int) -> RunName:
        """Return the worker and number of a run; ``UNKNOWN_RUN`` for a line that cannot be read."""
        if run not in self._names and self._named_at != self.committed:
            self._named_at = self.committed
            self.runs()
        return self._names.get(run, UNKNOWN_RUN)

    def runs(self) -> dict[int, RunName]:
        """Return the runs of the files that can be read, id to worker and number."""
        for segment in self._segments:
            try:
                self._names |= self._files.of(segment).runs()
            except (UnreadableError, sqlite3.Error, ValueError) as error:
                self._files.fail(segment, error)
        return dict(self._names)

    def end(self) -> int:
        """Return the number after the last line that is in the files by now, whatever ``committed`` says."""
        for segment in reversed(self._segments):
            try:
                return segment.first + self._files.of(segment).end()
            except (UnreadableError, sqlite3.Error) as error:
                self._files.fail(segment, error)
        return 0

    def started_ns(self) -> int:
        """Return the wall clock at the beginning of the session, ns of the Unix epoch; 0 if no file can be read."""
        self._look()
        return self._files.started_ns

    def origin(self) -> int:
        """Return the ``perf_counter_ns`` of the beginning of the session; 0 if no file can be read."""
        self._look()
        return self._files.origin

    def facts(self) -> dict[str, str]:
        """Return the ``meta`` of the last file that can be read: ``started``, and ``ended`` or ``cut_off`` if it was."""
        for segment in reversed(self._segments):
            try:
                return dict(self._files.of(segment).meta)
            except UnreadableError as error:
                self._files.fail(segment, error)
        return {}

    def _look(self) -> None:
        if not self._files.started_ns:
            self.facts()

    # -- files -----------------------------------------------------------------------------------------------------

    def _parts(self) -> list[tuple[Segment, int]]:
        """Return the segments that hold committed lines, each with the number after its last one."""
        ends = [segment.first for segment in self._segments[1:]] + [self.committed]
        parts = [(s, min(end, self.committed)) for s, end in zip(self._segments, ends, strict=False)]
        return [(segment, end) for segment, end in parts if segment.first < end]

    def _piece_of(self, line: int) -> Piece:
        """Return what holds an arrival number: the whole of its batch, or the lines around it that cannot be read."""
        kept = self._cache.holding(line)
        if kept is not None:
            return kept
        number = bisect_right(self._segments, line, key=lambda segment: segment.first) - 1
        if number < 0:
            return Piece(line, line + 1, self._files.origin, "it is in no file")
        segment, stop = self._segments[number], self.committed
        if number + 1 < len(self._segments):
            stop = min(stop, self._segments[number + 1].first)
        try:
            found = piece_of(self._files.of(segment), line - segment.first, stop - segment.first)
        except (UnreadableError, sqlite3.Error) as error:
            return Piece(line, stop, self._files.origin, self._files.fail(segment, error))
        piece = replace(found, first=segment.first + found.first, end=segment.first + found.end)
        if isinstance(piece.content, Batch):
            self._names |= piece.content.names
        else:
            lines = f"{piece.first:,} to {piece.end - 1:,}"
            self._files.say(f"{segment.path}: lines {lines} are not readable: {piece.content}.")
        self._cache.put(piece)
        return piece


def no_room_record(instant: int, line: int) -> Record:
    """Return what stands for a line that is asked for together with too much else."""
    return Record(
        instant, 0, Kind.ERROR, f"line {line:,} is not readable: the lines before it take all the room that there is"
    )
