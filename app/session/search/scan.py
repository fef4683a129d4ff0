"""Going through the files of a session from the first line on, a few batches at a time.

Some batches of a file are read in one short transaction, and then matched one by one.
"""

import contextlib
import os
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName, order_keys_of
from app.core.column_bytes import from_little_endian
from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.packing import unpack_columns, unpack_texts
from app.session.schema import Head
from app.session.search.forked_process import CAN_FORK, ForkedProcess
from app.session.search.matcher import Matcher
from app.session.search.ordered_hits import OrderedHits
from app.session.search.query import Query
from app.session.segments import Segment

# Batches read at once: few at first, so that the first hits are there soon, then as many as are worth opening a file for.
_FIRST_ROWS, _MOST_ROWS = 4, 64
_WORTH_FORKING = 16  # batches at once, from which on a second process is worth being forked
_MOST_TRIES = 5  # at a file that another process has locked, each of seconds
_EVER = 2**62  # more than any line number
_TIMEOUT = 2.0  # seconds to wait for a process that locks the file
_MOST_BYTES = 2**22  # read at once
_UNREADABLE = (BadInput, sqlite3.Error, OSError, ValueError, TypeError)  # what reading a file may raise


class BatchRange(NamedTuple):
    """The batches of a file that hold its lines ``start`` to before ``stop``, ``rows`` batches at most."""

    segment: Segment
    start: int
    stop: int
    rows: int


class PackedBatch(NamedTuple):
    """One batch as it stands in the file; its times count from the ``perf_counter_ns`` ``origin``."""

    head: Head
    columns: bytes
    texts: bytes
    origin: int


class SearchedBatch(NamedTuple):
    """The result for a batch: the set of its hits, or why it cannot be read; and what its order follows from."""

    head: Head
    hits: int | str
    columns: bytes
    origin: int

    def keys(self, start: int, stop: int) -> "array[int] | None":
        """Return the order keys of some of its records; None if they cannot be read."""
        with contextlib.suppress(ValueError):
            if not isinstance(self.hits, str):
                return order_keys_of(unpack_columns(self.head, self.columns))[start:stop]
        return None


def boundary(file: BatchFile, wanted: BatchRange) -> int | None:
    """Return the first line of the batch that follows a range; None if there is none, or if it cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        heads = file.heads(wanted.start, None, wanted.rows + 1)
        if len(heads) > wanted.rows and heads[wanted.rows].first < wanted.stop:
            return heads[wanted.rows].first
    return None


class BatchSearch:
    """Reads batches and matches them with a query; one thread, and after a fork the one of either process.

    Args:
        query: what to look for; it has been checked.
        damaged: called with a sentence if a file is damaged.
    """

    def __init__(self, query: Query, damaged: Callable[[str], None]) -> None:
        self._query = query
        self._matcher = Matcher(query)
        self._damaged = damaged
        self._names: dict[int, RunName] = {}
        # What is left of a damaged file, and the process that rescued it. Rescuing takes long, so it is kept.
        self._rescued: tuple[tuple[int, Path], BatchFile] | None = None

    @contextlib.contextmanager
    def open(self, segment: Segment) -> Iterator[BatchFile]:
        """Open a file for a moment: as long as it is open, its writer cannot end it as one plain file.

        Raises BadInput if it cannot be read, or is another session.
        """
        key = os.getpid(), segment.path
        file = self._rescued[1] if self._rescued and self._rescued[0] == key else None
        if file is None:
            file = BatchFile(segment.path, _TIMEOUT, self._damaged)
        try:
            if segment.id and file.meta["id"] != segment.id:
                raise BadInput(f"{segment.path}: another session is in its place.")
            yield file
        finally:
            if not file.is_rescued:
                file.close()
            elif self._rescued is None or self._rescued[1] is not file:
                self.close()  # of the file before; or what came along with the fork, which only the other process reads
                self._rescued = key, file

    def close(self) -> None:
        """Let go of what was rescued of a damaged file."""
        if self._rescued is not None:
            self._rescued[1].close()
            self._rescued = None

    def read(self, file: BatchFile, wanted: BatchRange) -> list[PackedBatch]:
        """Return batches of an open file, fewer than are wanted if they are large; what cannot be read is left out.

        Raises sqlite3.Error if nothing can be read.
        """
        heads = file.heads(wanted.start, wanted.stop, wanted.rows)
        batches = [PackedBatch(*row, file.origin) for row in file.blobs(heads, most_bytes=_MOST_BYTES)]
        if batches and self._query.by_run:
            self._names = file.runs()
        return batches

    def search(self, batch: PackedBatch) -> SearchedBatch:
        """Return what is found in a batch that was read just now."""
        hits: int | str = "the batch is damaged"
        sums = zlib.crc32(batch.columns), zlib.crc32(batch.texts)
        try:
            # A batch can be read if both its blobs can: whether it can decides where its lines stand.
            if sums == (batch.head.columns_crc, batch.head.texts_crc):
                hits = self._hits(batch)
        except (ValueError, TypeError) as error:
            hits = str(error)
        return SearchedBatch(batch.head, hits, batch.columns, batch.origin)

    def search_range(self, wanted: BatchRange) -> list[SearchedBatch] | None:
        """Read and search some batches; None if something is wrong with the file."""
        try:
            with self.open(wanted.segment) as file:
                batches = self.read(file, wanted)
        except _UNREADABLE:
            return None
        return list(map(self.search, batches))

    def _hits(self, batch: PackedBatch) -> int:
        """Return the set of the hits of a batch; ValueError or TypeError if it cannot be read."""
        wanted = None
        if self._query.by_run:
            runs = frozenset(from_little_endian(batch.head.runs))
            wanted = frozenset(filter(self._is_meant, runs))
            if not wanted:
                return 0
            if wanted == runs:
                wanted = None  # all records are of runs that are meant: which run wrote which does not matter
        return self._matcher.hits(
            batch.head.records,
            lambda: unpack_texts(batch.head, batch.texts),
            lambda: unpack_columns(batch.head, batch.columns),
            wanted,
        )

    def _is_meant(self, run: int) -> bool:
        name = self._names.get(run)
        worker, number = self._query.worker, self._query.run
        return name is not None and worker in (None, name.worker) and number in (None, name.number)


class Scan:
    """Searches what is there, and what has come since, whenever it is told; one thread.

    Args:
        query: what to look for; it has been checked.
        found: called, in the order of lines, with first line, count and the set of hits: a number whose most significant of
            ``count`` bits is the first line. What begins before the end of what was told takes its place.
        damaged: called with a sentence, once, for what cannot be read; its lines are no hits.
        on_fork: called in the process that is forked to share the work, before it does anything.

    Attributes:
        searched: the arrival number in the session up to which was searched.
    """

    def __init__(
        self,
        query: Query,
        found: Callable[[int, int, int], None],
        damaged: Callable[[str], None],
        on_fork: Callable[[], None] = lambda: None,
    ) -> None:
        self.searched = 0
        self._batches = BatchSearch(query, self._say)
        self._ordered = OrderedHits(found)
        self._damaged = damaged
        self._said: set[str] = set()
        self._current = 0  # the segment that is being searched
        self._rows = _FIRST_ROWS
        self._tries = 0  # in a row at a file that was locked
        self._on_fork = on_fork
        self._second: ForkedProcess[BatchRange, list[SearchedBatch] | None] | None = None
        self._can_fork = CAN_FORK
        self._is_alone = False  # what comes next is not shared

    def search(self, segments: Sequence[Segment], committed: int | None) -> None:
        """Search until nothing more is there.

        Args:
            segments: those of before first.
            committed: the line number up to which is to be searched; None: as far as the files go.
        """
        try:
            self._search_files(segments, committed)
            self._ordered.flush()
        finally:
            # While nothing is searched for, no second process is there.
            if self._second is not None:
                self._second.close()
                self._second = None
            self._batches.close()

    def _search_files(self, segments: Sequence[Segment], committed: int | None) -> None:
        ends = [segment.first for segment in segments[1:]] + [_EVER if committed is None else committed]
        while self._current < len(segments):
            segment, end = segments[self._current], ends[self._current]
            while self.searched < end and self._search_some(segment, end):
                self._rows = min(2 * self._rows, _MOST_ROWS)
            if self.searched < end < _EVER:
                self._say_of_lines(segment, self.searched, end, "are missing")
                self._pass_over(end)
            if self._current + 1 == len(segments):
                return  # the file that is written now: it may have more later
            self._current += 1

    def _search_some(self, segment: Segment, end: int) -> bool:
        """Search the next batches of a file, up to the session's line ``end``; return whether there may be more."""
        wanted = BatchRange(segment, max(0, self.searched - segment.first), end - segment.first, self._rows)
        ahead = self._found_ahead(wanted)
        if ahead:
            for found in ahead:
                self._accept(segment, end, found)
            return True
        self._fork_if_worth_while()
        ours = wanted
        try:
            # Open for as long as reading takes and no longer: not while a costly pattern is being looked for.
            with self._batches.open(segment) as file:
                ours = self._shared(file, wanted)
                batches = self._batches.read(file, ours)
        except _UNREADABLE as error:
            return self._fail(segment, end, error)
        self._tries = 0
        for batch in batches:
            self._accept(segment, end, self._batches.search(batch))
        if not batches and ours.stop < wanted.stop:
            # Nothing can be read up to where the second process began; that is not the end of the file.
            return self._go_to_ahead(segment, end)
        return bool(batches)

    # -- the second process --------------------------------------------------------------------------------------

    def _fork_if_worth_while(self) -> None:
        """Fork a second process, if that is worth while and can be; no file may be open."""
        if self._can_fork and self._second is None and self._rows >= _WORTH_FORKING:
            try:
                # Where something is wrong with a file, the second process says nothing: this one finds out by itself.
                self._second = ForkedProcess(self._batches.search_range, self._on_fork)
            except OSError:
                self._can_fork = False

    def _shared(self, file: BatchFile, wanted: BatchRange) -> BatchRange:
        """Have the second process search what follows a range; return what is left for this one."""
        second = self._second
        if second is None or second.has_ended or self._is_alone:
            self._is_alone = False
            return wanted
        if second.pending is None:
            start = boundary(file, wanted)
            if start is None:
                return wanted
            second.submit(wanted._replace(start=start))
        # Ours ends where the other's begins, however large our batches are.
        pending = second.pending
        return wanted if pending is None else wanted._replace(stop=min(wanted.stop, pending.start))

    def _found_ahead(self, wanted: BatchRange) -> list[SearchedBatch] | None:
        """Return what the second process found from a line on, once it has; None if that is left for this one."""
        second = self._second
        if second is None or second.pending is None:
            return None
        if second.pending[:2] == wanted[:2]:
            return second.result()
        if second.pending.segment != wanted.segment or second.pending.start < wanted.start:
            second.result()  # what it found is not wanted any more
        return None

    def _go_to_ahead(self, segment: Segment, end: int) -> bool:
        """Go on with what the second process found, although something before it is missing; True: there may be more."""
        ahead = self._second.result() if self._second is not None else None
        for found in ahead or ():
            self._accept(segment, end, found)
        # Where it has found nothing either, this process looks once more by itself, up to the end.
        self._is_alone = not ahead
        return True

    # -- what was found ------------------------------------------------------------------------------------------

    def _accept(self, segment: Segment, end: int, found: SearchedBatch) -> None:
        """Tell what was found in a batch, or in what is before the line ``end`` of it and was not searched before."""
        head, origin = found.head, found.origin
        first, after = segment.first + head.first, segment.first + head.first + head.records
        if first > self.searched:
            self._say_of_lines(segment, self.searched, first, "are missing")
            self._pass_over(first, head.before + origin)
        hits = found.hits
        if isinstance(hits, str):
            self._say_of_lines(segment, first, after, f"are left out: {hits}")
            hits = 0
        low, high = self.searched, min(after, end)
        self.searched = high
        if low < high:
            some = hits >> (after - high) & ((1 << (high - low)) - 1)
            keys = partial(found.keys, low - first, high - first)
            self._ordered.add(low, high - low, head.earliest + origin, head.latest + origin, some, keys)

    def _pass_over(self, end: int, cut: int | None = None) -> None:
        """Take lines that are not there for no hits; ``cut`` is the greatest order key before the line ``end``, if known."""
        if self.searched < end:
            first, self.searched = self.searched, end
            self._ordered.pass_over(first, end - first, cut)

    def _fail(self, segment: Segment, end: int, error: Exception) -> bool:
        """Return whether to try again; if not, it is said why a file cannot be read, and its lines are no hits."""
        sentence = str(error)
        if not isinstance(error, BadInput):
            sentence = f"{segment.path}: it cannot be read any further ({error})."
        self._tries += 1
        if "locked" in sentence and self._tries < _MOST_TRIES:
            return True
        self._tries = 0
        self._say(sentence)
        if end < _EVER:
            self._pass_over(end)
        return False

    def _say_of_lines(self, segment: Segment, first: int, after: int, what: str) -> None:
        numbers = f"{first - segment.first:,} to {after - segment.first - 1:,}"
        self._say(f"{segment.path}: lines {numbers} {what}.")

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._damaged(sentence)
