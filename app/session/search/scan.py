"""Going through the files of a session from the first line on, a few batches at a time."""

from collections.abc import Callable, Sequence
from functools import partial

from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.search.batch_search import UNREADABLE, BatchRange, BatchSearch, SearchedBatch, boundary
from app.session.search.forked_process import CAN_FORK, ForkedProcess
from app.session.search.ordered_hits import OrderedHits
from app.session.search.query import Query
from app.session.segments import Segment

# Batches read at once: few at first, so that the first hits are there soon, then as many as are worth opening a file for.
_FIRST_ROWS, _MOST_ROWS = 4, 64
_WORTH_FORKING = 16  # batches at once, from which on a second process is worth being forked
_MOST_TRIES = 5  # at a file that another process has locked, each of seconds
_EVER = 2**62  # more than any line number


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
        except UNREADABLE as error:
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
