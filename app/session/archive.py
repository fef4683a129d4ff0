"""The archive: any line of a sitting by its number, read back from the files that it was recorded in."""

import sqlite3
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app.core.batch import Batch, Kind, Record, RunName
from app.core.errors import BadInput
from app.session.batch_cache import BatchCache, Piece
from app.session.batch_file import Head
from app.session.segment_files import SegmentFiles, UnreadableError
from app.session.segments import Segment

# What is kept decoded: some hundred pages to either side, and not more than 128 MB of text.
_RECORDS = 200_000
_CHARACTERS = 32 * 2**20
_HEADS = 256
_MOST_SHOWN = 2**28  # characters of records that are asked for together: a small file may hold gigabytes
NOBODY = RunName("?", 0)  # whose a line is that cannot be read


class Archive:
    """Reads the committed lines of a sitting; one thread only, the one that makes it.

    Every line number below ``committed`` has its record, always: where a batch is damaged, or a file is gone, locked or
    unreadable, a record of kind ``ERROR`` that says so stands for each line, so that no other line's number shifts.

    Args:
        damaged: called with a sentence about each batch and each file that cannot be read, once for each.
        now: returns a monotonic time in ns.

    Attributes:
        committed: the number after the last line of the sitting that is on the disk.
    """

    def __init__(self, damaged: Callable[[str], None], now: Callable[[], int] = time.monotonic_ns) -> None:
        self._files = SegmentFiles(damaged, now)
        self.committed = 0
        self._segments: tuple[Segment, ...] = ()
        self._cache = BatchCache(_RECORDS, _CHARACTERS)
        self._names: dict[int, RunName] = {}
        self._named_at = -1  # how much was committed when the names were read

    @classmethod
    def of(cls, path: Path, damaged: Callable[[str], None]) -> "Archive":
        """Return an archive of one session file, all of it; ``facts``, ``runs`` and ``committed`` say what is in it.

        Raises:
            BadInput: it cannot be read.
        """
        archive = cls(damaged)
        try:
            archive.set_segments((Segment(0, path),), archive._files.open(path).end())
        except sqlite3.Error as error:
            archive.close()
            raise BadInput(f"{path}: it cannot be read as a session ({error}).") from None
        return archive

    def set_segments(self, segments: Sequence[Segment], committed: int) -> None:
        """Say which files the sitting is in, and how many lines are committed. Both only grow; costs nothing."""
        self._segments = tuple(segments)
        self.committed = committed

    def close(self) -> None:
        """Let go of the files; before the recorder's end, which leaves one plain file only if nobody else has it open."""
        self._files.close()

    # -- lines -----------------------------------------------------------------------------------------------------

    def records(self, start: int, count: int) -> list[Record]:
        """Return the records with the numbers from ``start`` on, exactly as many as there are below ``committed``."""
        found = self.some_records(start, count, _MOST_SHOWN)
        stop = min(start + count, self.committed)
        place = max(0, start) + len(found)
        if place < stop:
            why = "the lines before it take all the room that there is"
            found += _records(Piece(place, stop, self._files.origin, why), place, stop)
        return found

    def some_records(self, start: int, count: int, most: int) -> list[Record]:
        """Return the first of the records with the numbers from ``start`` on, up to so many characters and a batch more."""
        place, stop = max(0, start), min(start + count, self.committed)
        found: list[Record] = []
        characters = 0
        while place < stop and characters < most:
            kept = self._cache.holding(place)
            for piece in [kept] if kept else self._read(place, stop):
                end = min(piece.end, stop)
                records = _records(piece, place, end)
                found += records
                characters += sum(len(record.text) for record in records)
                place = end
                if characters >= most:
                    break
        return found

    def line_at(self, t_ns: int) -> int:
        """Return the least line number whose time in the sitting is at least ``t_ns``; the last one if there is none.

        Files that cannot be read have no times and are passed over.
        """
        for segment, end in self._parts():
            try:
                head = self._files.of(segment).at(t_ns)
            except (UnreadableError, sqlite3.Error) as error:
                self._files.fail(segment, error)
                continue
            if head is not None and segment.first + head.first < end:
                return self._line_in(segment.first + head.first, t_ns + self._files.origin)
        return max(0, self.committed - 1)

    def _line_in(self, first: int, instant: int) -> int:
        """Return the first line that is not before an instant, of the batch that begins with line ``first``."""
        piece = self._cache.holding(first) or self._read(first, first + 1)[0]
        if not isinstance(piece.content, Batch):
            return first
        # Across runs instants step back within a batch: it is not to be halved.
        return next((line for line, found in enumerate(piece.content.instants, first) if found >= instant), first)

    # -- what is known of the sitting ------------------------------------------------------------------------------

    def name(self, run: int) -> RunName:
        """Return whose run this is; ``NOBODY`` for a line that cannot be read."""
        if run not in self._names and self._named_at != self.committed:
            self._named_at = self.committed
            self.runs()
        return self._names.get(run, NOBODY)

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
        """Return the wall clock at the beginning of the sitting, ns of the Unix epoch; 0 if no file can be read."""
        self._look()
        return self._files.started_ns

    def origin(self) -> int:
        """Return the ``perf_counter_ns`` of the beginning of the sitting; 0 if no file can be read."""
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

    def _read(self, place: int, stop: int) -> list[Piece]:
        """Return pieces that cover the lines from ``place`` to ``stop``, or to the end of the file that holds ``place``."""
        at = bisect_right(self._segments, place, key=lambda segment: segment.first) - 1
        if at < 0:
            return [Piece(place, stop, self._files.origin, "it is in no file")]
        segment = self._segments[at]
        if at + 1 < len(self._segments):
            stop = min(stop, self._segments[at + 1].first)
        try:
            file = self._files.of(segment)
            heads = file.heads(place - segment.first, stop - segment.first, _HEADS)
            pieces = self._pieces(segment, file.batches(heads))
        except (UnreadableError, sqlite3.Error) as error:
            return [Piece(place, stop, self._files.origin, self._files.fail(segment, error))]
        for piece in pieces:
            self._cache.put(piece)
        # As many batches as are read at once need not reach the end of the range.
        reach = stop if len(pieces) == len(heads) < _HEADS else pieces[-1].end
        return self._without_gaps(segment, pieces, place, reach)

    def _pieces(self, segment: Segment, batches: Iterable[tuple[Head, Batch | str]]) -> list[Piece]:
        """Return some batches as pieces; not the last ones if there is much text in the first."""
        pieces: list[Piece] = []
        size = 0
        for head, content in batches:
            pieces.append(self._piece(segment, head, content))
            size += sum(map(len, content.texts)) if isinstance(content, Batch) else 0
            if size >= _CHARACTERS:
                break
        return pieces

    def _piece(self, segment: Segment, head: Head, content: Batch | str) -> Piece:
        first = segment.first + head.first
        following = next((other.first for other in self._segments if other.first > segment.first), None)
        end = first + head.records if following is None else min(first + head.records, following)
        if isinstance(content, Batch):
            self._names |= content.names
        else:
            self._files.say(f"{segment.path}: lines {first:,} to {end - 1:,} are not readable: {content}.")
        return Piece(first, end, self._files.origin + head.earliest, content)

    def _without_gaps(self, segment: Segment, pieces: list[Piece], place: int, stop: int) -> list[Piece]:
        """Return the pieces with others between them for the lines that none of them holds, each line once."""
        whole = []
        for piece in (*pieces, Piece(stop, stop, self._files.origin, "")):
            if place < piece.first:
                why = "the batch is damaged or missing"
                self._files.say(f"{segment.path}: lines {place:,} to {piece.first - 1:,} are not readable: {why}.")
                whole.append(Piece(place, piece.first, self._files.origin, why))
            # In a file that somebody made by hand, batches may lie over each other.
            if place < piece.end:
                whole.append(piece)
            place = max(place, piece.end)
        return whole


def _records(piece: Piece, start: int, stop: int) -> list[Record]:
    """Return the records of a piece with the numbers from ``start`` to before ``stop``."""
    batch = piece.content
    if isinstance(batch, Batch):
        part = slice(start - piece.first, stop - piece.first)
        return list(map(Record, batch.instants[part], batch.runs[part], batch.kinds[part], batch.texts[part]))
    return [
        Record(piece.instant, 0, Kind.ERROR, f"line {line:,} is not readable: {batch}") for line in range(start, stop)
    ]
