"""Where things are in the timeline's picture; pixels of the picture, no Qt."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Geometry:
    """The lengths of a picture, in its own pixels.

    Attributes:
        width, height: of the whole.
        gutter: of the lanes' names, on the left.
        axis: height of the axis, at the top.
        lane: height of a lane.
        unit: how many of these pixels are one that does not depend on the device; lines are that thick.
    """

    width: int
    height: int
    gutter: int
    axis: int
    lane: int
    unit: int = 1

    @property
    def plot(self) -> int:
        """The width of what has a time: everything to the right of the names."""
        return max(1, self.width - self.gutter)

    @property
    def fits(self) -> int:
        """How many whole lanes fit, one at least."""
        return max(1, (self.height - self.axis) // self.lane)

    def top(self, row: int) -> int:
        """Return where a row begins."""
        return self.axis + row * self.lane

    def row(self, y: int) -> int:
        """Return the row at a height; negative on the axis."""
        return (y - self.axis) // self.lane

    def column(self, x: int) -> int:
        """Return the column of the plot at a place; negative on the names."""
        return x - self.gutter

    @property
    def tick_rows(self) -> tuple[int, int]:
        """From where to before where in a lane the ticks are."""
        return 2 * self.unit, self.lane // 2

    @property
    def bar_rows(self) -> tuple[int, int]:
        """From where to before where in a lane the bars are."""
        return self.lane // 2 + self.unit, self.lane - 2 * self.unit
