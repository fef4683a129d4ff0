"""What a picture of the timeline consists of: where things are, and plain shapes with their colours. No Qt.

Places and lengths are pixels of the picture. A painter draws each kind of shape, and knows nothing of lanes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.ui.timeline.phase import Phase

if TYPE_CHECKING:
    import numpy as np  # the first window does without
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Geometry:
    """The lengths of a picture, in its own pixels.

    Attributes:
        width, height: of the whole.
        gutter: of the lanes' names, on the left.
        axis: height of the axis, at the top.
        lane: height of a lane.
        text: height of a text.
        unit: how many of these pixels are one that does not depend on the device; lines are that thick.
    """

    width: int
    height: int
    gutter: int
    axis: int
    lane: int
    text: int
    unit: int = 1

    @property
    def plot(self) -> int:
        """The width of what has a time: everything to the right of the names."""
        return max(1, self.width - self.gutter)

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


class Rect(NamedTuple):
    """A rectangle of one colour."""

    x: int
    y: int
    width: int
    height: int
    colour: str


class Shade(NamedTuple):
    """A rectangle through which three quarters of what is below are seen."""

    x: int
    y: int
    width: int
    height: int
    colour: str


class PhaseRect(NamedTuple):
    """A rectangle in the pattern of a phase; the pattern is aligned with the area's left end."""

    x: int
    y: int
    width: int
    height: int
    phase: Phase
    colour: str


class Columns(NamedTuple):
    """Columns of the area, each where ``mask`` is true, in the pattern of a phase; None: of one colour."""

    mask: "npt.NDArray[np.bool_]"
    y: int
    height: int
    phase: Phase | None
    colour: str


class Arrow(NamedTuple):
    """A horizontal line from ``x`` to ``tip``, which has a head; as thick as a unit, ``y`` is its upper edge."""

    x: int
    tip: int
    y: int
    colour: str


class Text(NamedTuple):
    """A line of text from its upper left corner; elided to ``most`` pixels unless that is 0."""

    x: int
    y: int
    text: str
    colour: str
    most: int = 0


class Sign(NamedTuple):
    """A worker's sign in a square, in one colour."""

    x: int
    y: int
    size: int
    worker: str
    colour: str


Shape = Rect | Shade | PhaseRect | Columns | Arrow | Text | Sign
