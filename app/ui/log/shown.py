"""Which lines are shown, where in them the view stands, and which are selected; no Qt."""

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

_WORDS = {"up": -1, "down": 1}
_PAGES = {"page up": -1, "page down": 1}


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


class Position:
    """Where in the lines the view stands: a line's number, so that it stays while others come before and after it.

    Attributes:
        following: the newest line is to be seen. While the view is paused, nothing moves all the same.
        line: the number of the line that is read, in the first row or, where it is not shown, the one before it. Only the
            person moves it: while the hits of a filter come in one by one, what is shown for the moment does not.
        paused_end: the number before which lines are shown, while the view is paused; None while it is not.
    """

    def __init__(self) -> None:
        self.following = True
        self.line = 0
        self.paused_end: int | None = None
        self._seen = 0  # the number after the newest line when the tail was last followed

    def end(self, end: int) -> int:
        """Return the number before which lines are shown, of ``end`` that there are."""
        return end if self.paused_end is None else min(end, self.paused_end)

    def pause(self, end: int | None) -> None:
        """Show no line from number ``end`` on, and move nothing; None to go on."""
        self.paused_end = end

    def stay(self, line: int, end: int) -> None:
        """Stay at a line, as if all ``end`` lines had been seen."""
        self.following, self.line, self._seen = False, line, end

    def last(self, shown: Shown, fits: int, covered: int) -> int:
        """Return the greatest place that the first row can have.

        Args:
            shown: the lines.
            fits: how many rows there is room for.
            covered: how many of them are covered at the lower end for as long as the view is paused.
        """
        return max(0, shown.count() - self._room(fits, covered))

    def _room(self, fits: int, covered: int) -> int:
        return fits if self.paused_end is None else max(1, fits - covered)

    def top(self, shown: Shown, fits: int, covered: int) -> int:
        """Return the place of the line in the first row; see ``last``."""
        last = self.last(shown, fits, covered)
        if self.following and self.paused_end is None:
            return last
        return min(shown.place(self.line), last)

    def settle(self, shown: Shown, top: int, end: int) -> None:
        """Take note of what is shown now: the line in the first row if the tail is followed, and that it was seen.

        Args:
            shown: the lines.
            top: what ``top`` returned.
            end: the number after the newest line that there is.
        """
        if self.following and self.paused_end is None:
            self._seen = end
            self.line = next(iter(shown.lines(top, 1)), self.line)

    def scrolled(self, place: int, shown: Shown, last: int) -> None:
        """Go to a place, as the scroll bar says; at the very end the tail is followed."""
        self.following = place >= last
        self.line = next(iter(shown.lines(place, 1)), self.line)

    def bring(self, line: int, shown: Shown, fits: int, covered: int, *, stay: bool) -> None:
        """Have a line on the screen, moving no more than that takes.

        Args:
            line: one that is shown.
            shown: the lines.
            fits: how many rows there is room for.
            covered: see ``last``.
            stay: it is to stay there, also if it is the newest.
        """
        place, top, room = shown.place(line), self.top(shown, fits, covered), self._room(fits, covered)
        if not top <= place < top + room:
            top = place if place < top else place - room + 1
            self.line = next(iter(shown.lines(max(0, top), 1)), line)
            self.following = place >= shown.count() - 1
        if stay:
            self.line = next(iter(shown.lines(max(0, top), 1)), line)
            self.following = False

    def centre(self, line: int, shown: Shown, fits: int, covered: int) -> None:
        """Have a line that is shown in the middle of the screen, and stay there; see ``last``."""
        top = min(max(0, shown.place(line) - self._room(fits, covered) // 2), self.last(shown, fits, covered))
        self.line = next(iter(shown.lines(top, 1)), line)
        self.following = False

    def new(self, everything: Shown) -> int:
        """Return how many lines have come since the tail was last followed, or since the pause began.

        Args:
            everything: the lines that are shown, and those that would be without the pause.
        """
        since = self._seen if self.paused_end is None else self.paused_end
        return max(0, everything.count() - everything.place(since))


def stepped(word: str, place: int, page: int, last: int) -> int:
    """Return the place to which a key moves, not clamped: beyond ``last`` the person scrolls past the end.

    Args:
        word: up, down, page up, page down, home or end.
        place: the place from which it moves.
        page: how many rows are on the screen.
        last: the place of the last line.
    """
    if word in _WORDS:
        return place + _WORDS[word]
    if word in _PAGES:
        return place + _PAGES[word] * page
    return 0 if word == "home" else last


def passes_end(word: str, place: int, last: int) -> bool:
    """Return whether a key, pressed at a place, means the newest line and whatever comes after it."""
    return word == "end" or (word in ("down", "page down") and place >= last)


class Selection:
    """Ranges of line numbers, the line that keys move (the current one), and the anchor of a range in the making.

    Attributes:
        current: the line that has the focus; None before there is one.
        ranges: disjoint, ascending, none empty, no two that touch. In a narrowed view a range means the lines in it that
            are shown.
        is_new: something was selected or taken away since this was set to False.
    """

    def __init__(self) -> None:
        self.current: int | None = None
        self.ranges: list[Range] = []
        self.is_new = False
        self._anchor: int | None = None
        self._kept: list[Range] = []  # what a range in the making is added to

    def only(self, line: int) -> None:
        """Select one line alone."""
        self.current = self._anchor = line
        self._kept = []
        self.ranges = [(line, line + 1)]
        self.is_new = True

    def toggle(self, line: int) -> None:
        """Add a line, or take it away if it is selected."""
        self.ranges = (
            without(self.ranges, (line, line + 1)) if self.contains(line) else joined(self.ranges, (line, line + 1))
        )
        self.current = self._anchor = line
        self._kept = list(self.ranges)
        self.is_new = True

    def extend(self, line: int, *, keep: bool = False) -> None:
        """Select everything from the anchor to a line; ``keep`` what was selected besides."""
        anchor = line if self._anchor is None else self._anchor
        self._anchor = anchor
        self.current = line
        made = (min(anchor, line), max(anchor, line) + 1)
        self.ranges = joined(self._kept if keep else [], made)
        self.is_new = True

    def everything(self, first: int, end: int) -> None:
        """Select all lines from ``first`` to before ``end``."""
        self._kept = []
        self._anchor = first
        self.ranges = [(first, end)] if end > first else []
        self.current = self.current if self.current is not None else first
        self.is_new = True

    def clear(self) -> None:
        """Select nothing; there is no current line either."""
        self.current = self._anchor = None
        self.ranges, self._kept = [], []

    def settle(self, shown: Shown, most: int) -> bool:
        """Keep selected, of all ranges, only the lines that are shown.

        Returns:
            Whether that could be done; if they are more than ``most``, only the current line stays selected.
        """
        whole = self.count(shown) <= most
        if whole:
            self.ranges = list(self.shown_ranges(shown))
        elif self.current is not None:
            self.only(self.current)
        self._kept = list(self.ranges)
        return whole

    def contains(self, line: int) -> bool:
        """Return whether a line is selected."""
        place = bisect_right(self.ranges, (line, 2**63)) - 1
        return place >= 0 and line < self.ranges[place][1]

    def count(self, shown: Shown) -> int:
        """Return how many of the lines that are shown are selected."""
        return sum(shown.place(end) - shown.place(start) for start, end in self.ranges)

    def shown_ranges(self, shown: Shown) -> Iterator[Range]:
        """Yield the selected lines that are shown, as ranges, ascending."""
        for start, end in self.ranges:
            yield from shown.ranges(shown.place(start), shown.place(end))

    def lines(self, shown: Shown) -> Iterator[int]:
        """Yield the selected lines that are shown, ascending."""
        for start, end in self.shown_ranges(shown):
            yield from range(start, end)


def joined(ranges: list[Range], new: Range) -> list[Range]:
    """Return ranges with another one added."""
    start, end = new
    result: list[Range] = []
    for low, high in ranges:
        if high < start or low > end:
            result.append((low, high))
        else:
            start, end = min(start, low), max(end, high)
    return sorted([*result, (start, end)])


def without(ranges: list[Range], gone: Range) -> list[Range]:
    """Return ranges with another one taken out of them."""
    start, end = gone
    result: list[Range] = []
    for low, high in ranges:
        result += [piece for piece in ((low, min(high, start)), (max(low, end), high)) if piece[0] < piece[1]]
    return result
