"""Which lines are shown, and where each of them is among those; no Qt."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Protocol

from app.session.search.hits import Hits

Range = tuple[int, int]  # of positions or of line numbers: from, to before


class Shown(Protocol):
    """The lines that are shown, in their order: positions from 0, each with a line number."""

    def count(self) -> int:
        """Return how many lines are shown."""
        ...

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""
        ...

    def place(self, line: int) -> int:
        """Return the position of a line; of the next that is shown, if it is not."""
        ...

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as ranges of line numbers."""
        ...

    def frozen(self) -> "Shown":
        """Return the same lines for another thread."""
        ...


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

    def contains(self, line: int) -> bool:
        """Return whether a line is among them."""
        return self._first <= line < self._end and self._hits.contains(line)

    def frozen(self) -> "HitLines":
        """Return the same lines for another thread: hits that come later are none of them."""
        return HitLines(deepcopy(self._hits), self._first, self._end)


class LineList:
    """Lines that are named one by one, ascending; for tests and short lists."""

    def __init__(self, lines: list[int]) -> None:
        self._lines = lines

    def count(self) -> int:
        """Return how many lines are shown."""
        return len(self._lines)

    def lines(self, position: int, count: int) -> list[int]:
        """Return up to ``count`` line numbers from a position on."""
        return self._lines[max(0, position) : max(0, position) + count]

    def place(self, line: int) -> int:
        """Return the position of a line, or of the next one after it."""
        return bisect_left(self._lines, line)

    def ranges(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the lines at the positions from ``start`` to before ``stop`` as ranges of line numbers."""
        return grouped(self._lines[start:stop])

    def frozen(self) -> "LineList":
        """Return itself: it never changes."""
        return self


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
