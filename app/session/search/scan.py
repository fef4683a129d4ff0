"""Going through the files of a sitting from the first line on, a few batches at a time."""

import sqlite3
import zlib
from collections.abc import Callable, Sequence

from app.core.batch import RunName, from_little_endian
from app.core.errors import BadInput
from app.session.deflate import decompressed
from app.session.search.both import both_halves
from app.session.search.matcher import Matcher
from app.session.search.parts import Part, parts_file
from app.session.search.query import Query
from app.session.segments import Segment

# What is read at once: little at first, so that the first hits are there soon, then as much as is worth opening a file for.
_FIRST_ROWS, _MOST_ROWS, _MOST_BYTES = 4, 64, 2**22
_MOST_TRIES = 5  # at a file that somebody has locked, each of seconds
_EVER = 2**62  # more than any line number


def _nothing() -> None:
    """Do nothing."""


class Scan:
    """Searches what is there, and what has come since, whenever it is told; one thread.

    Args:
        query: what to look for; it has been checked.
        found: called for each batch, in the order of lines, with first line, count and the set of hits: a number whose
            most significant of ``count`` bits is the first line.
        damaged: called with a sentence, once, for what cannot be read; its lines are no hits.
        in_other: called in each process that is forked to share the work, before it does its part.
    """

    def __init__(
        self,
        query: Query,
        found: Callable[[int, int, int], None],
        damaged: Callable[[str], None],
        in_other: Callable[[], None] = _nothing,
    ) -> None:
        self._in_other = in_other
        self.searched = 0  # the line number in the sitting up to which was searched
        self._query = query
        self._matcher = Matcher(query)
        self._needs_columns = query.by_run or query.kinds is not None
        self._found = found
        self._damaged = damaged
        self._said: set[str] = set()
        self._current = 0  # the segment that is being searched
        self._rows = _FIRST_ROWS
        self._tries = 0  # in a row that somebody had the file locked
        self._names: dict[int, RunName] = {}

    def go_on(self, segments: Sequence[Segment], committed: int | None) -> None:
        """Search until nothing more is there.

        Args:
            segments: those of before first.
            committed: the line number up to which is to be searched; None: as far as the files go.
        """
        ends = [segment.first for segment in segments[1:]] + [_EVER if committed is None else committed]
        while self._current < len(segments):
            segment, end = segments[self._current], ends[self._current]
            while self.searched < end and self._some(segment, end):
                self._rows = min(2 * self._rows, _MOST_ROWS)
            if self.searched < end < _EVER:
                self._say_of_lines(segment, self.searched, end, "are missing")
                self._pass_over(end)
            if self._current + 1 == len(segments):
                return  # the file that is written now: it may have more later
            self._current += 1
            self._names = {}

    def _some(self, segment: Segment, end: int) -> bool:
        """Search the next batches of a file, up to the sitting's line ``end``; return whether there may be more."""
        start = max(0, self.searched - segment.first)
        try:
            # Open for as long as reading takes and no longer: not while a costly pattern is being looked for.
            with parts_file(segment.path, segment.id) as file:
                most = self._rows, _MOST_BYTES
                parts = file.parts(start, end - segment.first, most, columns=self._needs_columns)
                if parts and self._query.by_run:
                    self._names = file.names()
        except (BadInput, sqlite3.Error, OSError, ValueError, TypeError) as error:
            return self._fail(segment, end, error)
        self._tries = 0
        for part, hits in zip(parts, both_halves(self._tried_hits, parts, self._in_other), strict=True):
            self._search(part, segment, end, hits)
        return bool(parts)

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

    def _pass_over(self, end: int) -> None:
        """Say of lines that are not there that they are no hits."""
        if self.searched < end:
            first, self.searched = self.searched, end
            self._found(first, end - first, 0)

    def _search(self, part: Part, segment: Segment, end: int, hits: Callable[[], int | str]) -> None:
        """Search one batch, or what is before the line ``end`` of it and was not searched before."""
        first, after = segment.first + part.first, segment.first + part.first + part.records
        if first > self.searched:
            self._say_of_lines(segment, self.searched, first, "are missing")
            self._pass_over(first)
        found = hits()
        if isinstance(found, str):
            self._say_of_lines(segment, first, after, f"are left out: {found}")
            found = 0
        low, high = self.searched, min(after, end)
        self.searched = high
        if low < high:
            self._found(low, high - low, found >> (after - high) & ((1 << (high - low)) - 1))

    def _tried_hits(self, part: Part) -> int | str:
        """Return the set of the hits of a batch, or why it cannot be read."""
        try:
            return self._hits(part)
        except (ValueError, TypeError) as error:
            return str(error)

    def _hits(self, part: Part) -> int:
        """Return the set of the hits of a batch; ValueError or TypeError if it cannot be read."""
        wanted = None
        if self._query.by_run:
            runs = frozenset(from_little_endian(part.runs))
            wanted = frozenset(filter(self._is_meant, runs))
            if not wanted:
                return 0
            if wanted == runs:
                wanted = None  # all records are of runs that are meant: who wrote which does not matter
        return self._matcher.hits(
            part.records,
            lambda: _unpacked(part.texts, part.texts_crc),
            lambda: _unpacked(part.columns, part.columns_crc),
            wanted,
        )

    def _is_meant(self, run: int) -> bool:
        name = self._names.get(run)
        worker, number = self._query.worker, self._query.run
        return name is not None and worker in (None, name.worker) and number in (None, name.number)

    def _say_of_lines(self, segment: Segment, first: int, after: int, what: str) -> None:
        numbers = f"{first - segment.first:,} to {after - segment.first - 1:,}"
        self._say(f"{segment.path}: lines {numbers} {what}.")

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._damaged(sentence)


def _unpacked(blob: bytes, crc: int) -> bytes:
    if zlib.crc32(blob) != crc:
        raise ValueError("the batch is damaged")
    return decompressed(blob)
