"""Lines that a test names one by one."""

from bisect import bisect_left
from collections.abc import Iterator

from app.ui.log.shown import grouped


class LineList:
    """A ``Shown`` of some lines, ascending."""

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
