"""Going through the files of a sitting from the first line on, a few batches at a time."""

import contextlib
import os
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName, from_little_endian, order_keys_of
from app.core.errors import BadInput
from app.session.packing import unpack_columns, unpack_texts
from app.session.rows import Head
from app.session.search.helper import CAN_FORK, Helper
from app.session.search.matcher import Matcher
from app.session.search.ordered import OrderedHits
from app.session.search.parts import Part, PartsFile
from app.session.search.query import Query
from app.session.segments import Segment

# What is read at once: little at first, so that the first hits are there soon, then as much as is worth opening a file for.
_FIRST_ROWS, _MOST_ROWS, _MOST_BYTES = 4, 64, 2**22
_WORTH_HELP = 16  # batches at once, from which on a second process is worth being forked
_MOST_TRIES = 5  # at a file that somebody has locked, each of seconds
_EVER = 2**62  # more than any line number
_UNREADABLE = (BadInput, sqlite3.Error, OSError, ValueError, TypeError)


class _Wanted(NamedTuple):
    """What a helper is to search: some batches of a file from a line number on."""

    segment: Segment
    start: int
    stop: int
    rows: int


class _Found(NamedTuple):
    """What was found in a batch: the set of its hits, or why it cannot be read; and what its order follows from."""

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


def _nothing() -> None:
    """Do nothing."""


class Scan:
    """Searches what is there, and what has come since, whenever it is told; one thread.

    Args:
        query: what to look for; it has been checked.
        found: called, in the order of lines, with first line, count and the set of hits: a number whose most significant of
            ``count`` bits is the first line. What begins before the end of what was told takes its place.
        damaged: called with a sentence, once, for what cannot be read; its lines are no hits.
        in_other: called in the process that is forked to share the work, before it does anything.
    """

    def __init__(
        self,
        query: Query,
        found: Callable[[int, int, int], None],
        damaged: Callable[[str], None],
        in_other: Callable[[], None] = _nothing,
    ) -> None:
        self._in_other = in_other
        self._helper: Helper[_Wanted, list[_Found] | None] | None = None
        self._can_have_help = CAN_FORK
        self._is_alone = False  # what comes next is not shared
        self.searched = 0  # the arrival number in the sitting up to which was searched
        self._query = query
        self._matcher = Matcher(query)
        self._ordered = OrderedHits(found)
        self._damaged = damaged
        self._said: set[str] = set()
        self._current = 0  # the segment that is being searched
        self._rows = _FIRST_ROWS
        self._tries = 0  # in a row that somebody had the file locked
        self._names: dict[int, RunName] = {}
        self._rescued: tuple[tuple[int, Path], PartsFile] | None = (
            None  # what is left of a damaged file, in which process
        )

    def go_on(self, segments: Sequence[Segment], committed: int | None) -> None:
        """Search until nothing more is there.

        Args:
            segments: those of before first.
            committed: the line number up to which is to be searched; None: as far as the files go.
        """
        try:
            self._search_on(segments, committed)
            self._ordered.flush()
        finally:
            # While nothing is searched for, no second process is there.
            if self._helper is not None:
                self._helper.close()
                self._helper = None
            if self._rescued is not None:
                self._rescued[1].close()
                self._rescued = None

    def _search_on(self, segments: Sequence[Segment], committed: int | None) -> None:
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
        wanted = _Wanted(segment, max(0, self.searched - segment.first), end - segment.first, self._rows)
        found = self._helped(wanted)
        if found:
            for one in found:
                self._note(segment, end, one)
            return True
        self._have_help()
        ours = wanted
        try:
            # Open for as long as reading takes and no longer: not while a costly pattern is being looked for.
            with self._open(segment) as file:
                ours = self._shared(file, wanted)
                parts, origin = self._parts(file, ours), file.origin
        except _UNREADABLE as error:
            return self._fail(segment, end, error)
        self._tries = 0
        for part in parts:
            self._note(segment, end, self._tried(part, origin))
        if not parts and ours.stop < wanted.stop:
            # Nothing can be read up to where the helper's part begins; that is not the end of the file.
            return self._go_to_helped(segment, end)
        return bool(parts)

    @contextlib.contextmanager
    def _open(self, segment: Segment) -> Iterator[PartsFile]:
        """Open a file for a moment; one that had to be rescued is kept, each process its own."""
        key = os.getpid(), segment.path
        file = self._rescued[1] if self._rescued and self._rescued[0] == key else None
        if file is None:
            file = PartsFile(segment.path, segment.id, self._say)
        try:
            yield file
        finally:
            if not file.is_rescued:
                file.close()
            elif self._rescued is None or self._rescued[1] is not file:
                if self._rescued is not None:
                    # Of the file before; or what came along with the fork, which only the other process reads.
                    self._rescued[1].close()
                self._rescued = key, file

    def _parts(self, file: PartsFile, wanted: _Wanted) -> list[Part]:
        """Read what is to be searched, and the names that it takes."""
        most = wanted.rows, _MOST_BYTES
        parts = file.parts(wanted.start, wanted.stop, most)
        if parts and self._query.by_run:
            self._names = file.names()
        return parts

    # -- the second process --------------------------------------------------------------------------------------

    def _have_help(self) -> None:
        """Fork a second process, if that is worth while and can be; no file may be open."""
        if self._can_have_help and self._helper is None and self._rows >= _WORTH_HELP:
            try:
                self._helper = Helper(self._search_ahead, self._in_other)
            except OSError:
                self._can_have_help = False

    def _shared(self, file: PartsFile, wanted: _Wanted) -> _Wanted:
        """Have the helper search what comes after as many batches as are wanted here; return what is left for us."""
        helper = self._helper
        if helper is None or helper.is_gone or self._is_alone:
            self._is_alone = False
            return wanted
        if helper.asked is None:
            place = file.boundary(wanted.start, wanted.rows)
            if place is None or place >= wanted.stop:
                return wanted
            helper.ask(wanted._replace(start=place))
        # Ours ends where the helper's begins, however large our batches are.
        begun = helper.asked
        return wanted if begun is None else wanted._replace(stop=min(wanted.stop, begun.start))

    def _helped(self, wanted: _Wanted) -> list[_Found] | None:
        """Return what the helper found from a line on, once it has; None if that is left for us."""
        helper = self._helper
        if helper is None or helper.asked is None:
            return None
        if helper.asked[:2] == wanted[:2]:
            return helper.take()
        if helper.asked.segment != wanted.segment or helper.asked.start < wanted.start:
            helper.take()  # what it found is not wanted any more
        return None

    def _go_to_helped(self, segment: Segment, end: int) -> bool:
        """Go on with what the helper found, although something before it is missing; True: there may be more."""
        found = self._helper.take() if self._helper is not None else None
        for one in found or ():
            self._note(segment, end, one)
        # Where it has found nothing either we look once more by ourselves, up to the end.
        self._is_alone = not found
        return True

    def _search_ahead(self, wanted: _Wanted) -> list[_Found] | None:
        """Search some batches, in the helper; None if something is wrong with the file: what it is we find out ourselves."""
        try:
            with self._open(wanted.segment) as file:
                parts, origin = self._parts(file, wanted), file.origin
        except _UNREADABLE:
            return None
        return [self._tried(part, origin) for part in parts]

    # -- one batch -----------------------------------------------------------------------------------------------

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

    def _pass_over(self, end: int, cut: int | None = None) -> None:
        """Take lines that are not there for no hits; ``cut`` is the greatest order key before the line ``end``, if known."""
        if self.searched < end:
            first, self.searched = self.searched, end
            self._ordered.pass_over(first, end - first, cut)

    def _note(self, segment: Segment, end: int, found: _Found) -> None:
        """Take in what was found in a batch, or in what is before the line ``end`` of it and was not searched before."""
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

    def _tried(self, part: Part, origin: int) -> _Found:
        """Return what was found in a batch."""
        try:
            # A batch can be read if both its blobs can: whether it can decides where its lines stand.
            hits: int | str = self._hits(part) if part.is_sound() else "the batch is damaged"
        except (ValueError, TypeError) as error:
            hits = str(error)
        return _Found(part.head, hits, part.columns, origin)

    def _hits(self, part: Part) -> int:
        """Return the set of the hits of a batch; ValueError or TypeError if it cannot be read."""
        wanted = None
        if self._query.by_run:
            runs = frozenset(from_little_endian(part.head.runs))
            wanted = frozenset(filter(self._is_meant, runs))
            if not wanted:
                return 0
            if wanted == runs:
                wanted = None  # all records are of runs that are meant: who wrote which does not matter
        return self._matcher.hits(
            part.head.records,
            lambda: unpack_texts(part.head, part.texts),
            lambda: unpack_columns(part.head, part.columns),
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
