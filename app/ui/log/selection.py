"""Which lines of the log are selected; no Qt."""

from bisect import bisect_right
from collections.abc import Iterator

from app.ui.log.shown import Range, Shown


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
