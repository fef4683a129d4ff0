"""Which lines the log shows: all, the matching ones, without those of hidden events; no Qt."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Protocol

from app.session.search.hits import Hits
from app.ui.log.hidden import HiddenEvents

Range = tuple[int, int]  # of positions or of line numbers: from, to before

START_HINT = "Lines of your threads appear here. Press Start (F5)."
NO_LINES = "This session has no lines."
CLEARED_HINT = (
    "The log is cleared. New lines appear here.\nLog ▸ Show cleared lines brings the others back (Ctrl+Shift+L)."
)


class Shown(Protocol):
    """The lines that are shown, in their order: positions from 0, each with a line number."""

    def count(self) -> int:
        """Return how many lines are shown."""

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""

    def place(self, line: int) -> int:
        """Return the position of a line; of the next that is shown, if it is not."""

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as ranges of line numbers."""

    def frozen(self) -> "Shown":
        """Return the same lines for another thread."""


class AllLines:
    """Every line from ``first`` to before ``end``."""

    def __init__(self, first: int, end: int) -> None:
        self.first = first
        self.end = max(first, end)

    def count(self) -> int:
        """Return how many lines are shown."""
        return self.end - self.first

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""
        start = self.first + max(0, position)
        return list(range(start, min(start + count, self.end)))

    def place(self, line: int) -> int:
        """Return the position of a line, clamped to those that are shown."""
        return min(max(line, self.first), self.end) - self.first

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as one range."""
        low, high = self.first + max(0, start), min(self.first + stop, self.end)
        if low < high:
            yield low, high

    def frozen(self) -> "AllLines":
        """Return itself: it never changes."""
        return self


class HitLines:
    """The hits of a search among the lines from ``first`` to before ``end``."""

    def __init__(self, hits: Hits, first: int, end: int) -> None:
        self._hits, self._first, self._end = hits, first, end
        self._before = hits.place(first)
        self._count = max(0, hits.place(end) - self._before)

    def count(self) -> int:
        """Return how many lines are shown."""
        return self._count

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""
        position = max(0, position)
        return self._hits.slice(self._before + position, max(0, min(count, self._count - position)))

    def place(self, line: int) -> int:
        """Return the position of a line, or of the next hit after it."""
        return min(max(0, self._hits.place(line) - self._before), self._count)

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as ranges of line numbers."""
        return grouped(_each(self, start, stop))

    def frozen(self) -> "HitLines":
        """Return the same lines for another thread: hits that come later are none of them."""
        return HitLines(deepcopy(self._hits), self._first, self._end)


class VisibleLines:
    """Lines without those that are hidden: a row's place among all of them follows from how many are hidden before it.

    Args:
        lines: all of them, from ``first`` to before ``end``.
        hidden: line numbers, ascending; those from ``first`` to before ``end`` are each one of ``lines``.
    """

    def __init__(self, lines: Shown, hidden: "Sequence[int] | array[int]", first: int, end: int) -> None:
        self._all, self._hidden, self._first, self._end = lines, hidden, first, end
        self._low, self._high = bisect_left(hidden, first), bisect_left(hidden, end)

    def count(self) -> int:
        """Return how many lines are shown."""
        return self._all.count() - self.count_hidden()

    def count_hidden(self) -> int:
        """Return how many are hidden."""
        return max(0, self._high - self._low)

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""
        position = max(0, position)
        return [line for low, high in self.ranges(position, position + count) for line in range(low, high)]

    def place(self, line: int) -> int:
        """Return the position of a line; of the next that is shown, if it is not."""
        return self._all.place(line) - max(0, bisect_left(self._hidden, line, self._low, self._high) - self._low)

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as ranges of line numbers."""
        start, stop = max(0, start), min(stop, self.count())
        if start >= stop:
            return
        hidden = self._hidden
        for low, high in self._all.ranges(self._place_in_all(start), self._place_in_all(stop - 1) + 1):
            for at in range(bisect_left(hidden, low), bisect_left(hidden, high)):
                if low < hidden[at]:
                    yield low, hidden[at]
                low = hidden[at] + 1  # noqa: PLW2901 - what is left of the range
            if low < high:
                yield low, high

    def _place_in_all(self, position: int) -> int:
        """Return where the line that is shown at a position is among all of them."""

        def shown_before(at: int) -> int:
            return self._all.place(self._hidden[at]) - (at - self._low)

        return position + bisect_right(range(self._low, self._high), position, key=shown_before)

    def frozen(self) -> "VisibleLines":
        """Return the same lines for another thread."""
        return VisibleLines(self._all.frozen(), self._hidden[self._low : self._high], self._first, self._end)


class FoundLines:
    """The lines that a search has found, and which of them are hidden; the GUI thread only.

    Args:
        hidden: the events that are hidden.

    Attributes:
        hits: all that was found.
    """

    def __init__(self, hidden: HiddenEvents) -> None:
        self.hits = Hits()
        self._events = hidden
        self._hidden = array("q")  # the hits among them

    def add(self, first: int, count: int, bitmap: bytes) -> None:
        """Add what was found in some more lines; see ``Hits.add``."""
        self.hits.add(first, count, bitmap)
        self._look(first)

    def _look(self, first: int) -> None:
        """Look which events from a line on are hits that are hidden."""
        lines = self._events.lines
        del self._hidden[bisect_left(self._hidden, first) :]
        found = lines[bisect_left(lines, first) : bisect_left(lines, self.hits.searched)]
        self._hidden.extend(array("q", filter(self.hits.contains, found)))

    def shown(self, first: int, end: int, *, all_events: bool) -> "HitLines | VisibleLines":
        """Return what was found from line ``first`` to before ``end``, without what is hidden unless all is asked for."""
        lines = HitLines(self.hits, first, end)
        if all_events:
            return lines
        changed = self._events.changed()
        if changed is not None:
            self._look(changed)
        return VisibleLines(lines, self._hidden, first, end)

    def count_hidden(self, first: int, end: int) -> int:
        """Return how many of what was found from line ``first`` to before ``end`` is hidden."""
        return bisect_left(self._hidden, end) - bisect_left(self._hidden, first)


def is_shown(line: int, shown: Shown) -> bool:
    """Return whether a line is among those that are shown."""
    return shown.lines(shown.place(line), 1) == [line]


def _each(shown: Shown, start: int, stop: int, at_once: int = 16_384) -> Iterator[int]:
    for position in range(start, stop, at_once):
        yield from shown.lines(position, min(at_once, stop - position))


def grouped(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield ascending line numbers as ranges: from, to before."""
    start = last = None
    for line in lines:
        if start is None or last is None:
            start = line
        elif line != last + 1:
            yield start, last + 1
            start = line
        last = line
    if start is not None and last is not None:
        yield start, last + 1


def empty_text(hint: str, *, count: int, narrowed: bool, cleared: bool) -> str:
    """Return what stands over rows without a line; empty if there are some, or if a filter says by itself that none is.

    Args:
        hint: what is said before the first line.
        count: how many lines are shown.
        narrowed: only matching lines are.
        cleared: lines were cleared away.
    """
    if count or narrowed:
        return ""
    return CLEARED_HINT if cleared else hint
