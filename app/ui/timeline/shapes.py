"""What a picture of the timeline consists of: where things are, colours, and plain shapes. No Qt.

Places and lengths are pixels of the picture. A painter draws each kind of shape, and knows nothing of lanes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np  # the first window does without
    import numpy.typing as npt
    from PySide6.QtGui import QFont, QImage

    from app.session.requests import Request


class Phase(StrEnum):
    """What a run is doing, as a bar of its lane shows it; the values are the theme's names of their colours.

    WAITING: running, in its pause. HELD_BACK: running, with a line in its hand that waits for its reader.
    """

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    HELD_BACK = "held-back"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


# What a phase is called in a sentence and, with a capital, in the legend.
PHASE_NAMES = {
    Phase.STARTING: "starting",
    Phase.RUNNING: "running",
    Phase.WAITING: "pausing",
    Phase.HELD_BACK: "held back",
    Phase.STOPPING: "stopping",
    Phase.STUCK: "stuck",
    Phase.ENDED: "ended",
}
# What it means that a run is in a phase.
PHASE_MEANINGS = {
    Phase.STARTING: "the thread has not begun to run",
    Phase.RUNNING: "the thread is working",
    Phase.WAITING: "the thread is in the pause between two lines",
    Phase.HELD_BACK: "the thread is ready to write, but the window or the recorder has not caught up with its lines",
    Phase.STOPPING: "asked to stop, not ended yet",
    Phase.STUCK: "asked to stop, and not ended by the stop deadline",
    Phase.ENDED: "the thread has ended",
}


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


_TALLEST = 2.5  # times as tall as it must be, a lane is where there is room


def lane_height(room: int, lanes: int, least: int) -> int:
    """Return how tall each lane is: as tall as the room allows, within sensible bounds; all in pixels of the picture.

    Args:
        room: for all lanes together.
        lanes: how many there are.
        least: what a lane must have.
    """
    return min(max(room // max(1, lanes), least), round(least * _TALLEST))


@dataclass(frozen=True, slots=True)
class Palette:
    """The colour of each thing in the picture.

    Attributes:
        ground, alternate: behind every other lane.
        names: behind the names and the axis.
        text: of what is written; arrows have it too.
        faint: of the lines at the axis's marks.
        chosen: behind the name of the marked lane, around that lane, and of what is measured.
        chosen_text: of that name.
        phases: of the bars.
        failed: of the end of a run that failed.
        stop: of the line at each Stop.
        band: behind the time within which a run was predicted to notice.
        late: of what is outside it.
        request: of the arrow that is chosen.
        worker: from a worker's name to its colour.
    """

    ground: str
    alternate: str
    names: str
    text: str
    faint: str
    chosen: str
    chosen_text: str
    phases: dict[Phase, str]
    failed: str
    stop: str
    band: str
    late: str
    request: str
    worker: Callable[[str], str]


class Link(NamedTuple):
    """Where the arrow of a request is: from ``x``, ``y`` up or down to ``tip_y``, then to the right to ``tip``.

    ``starts_here``: the lane of the thread that asked is on the screen.
    """

    request: "Request"
    x: int
    y: int
    tip: int
    tip_y: int
    starts_here: bool


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What a picture is to be like.

    Attributes:
        width, height: in pixels of the screen.
        ratio: pixels of the screen for one that does not depend on the device.
        font, palette: of what is written, and the colours.
        focused: whether the keys go there.
        table: whether the same is wanted as a table.
    """

    width: int
    height: int
    ratio: float
    font: "QFont"
    palette: Palette
    focused: bool
    table: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, and what belongs to it.

    Attributes:
        image: the picture.
        geometry: where things are in it.
        runs: of the lanes in it, from the top.
        top, last_top, fits: how the lanes are scrolled.
        text: what is at the cursor, or, where there is none, a summary.
        summary: a sentence about everything.
        cells: the table's rows, each with its run; None if it was not wanted.
        links: where in the plot the arrows of requests are.
    """

    image: "QImage"
    geometry: Geometry
    runs: list[int]
    top: int
    last_top: int
    fits: int
    text: str
    summary: str
    cells: list[tuple[int, tuple[str, ...]]] | None
    links: list[Link]


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour that has ``share`` of the second and the rest of the first."""
    parts = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


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


class Elbow(NamedTuple):
    """An arrow with a right angle: from ``x``, ``y`` up or down to ``tip_y``, and from there to the right to ``tip``.

    So many units ``thick``, of which the places are the first. Where the part to the right is shorter than a head, the
    head is at the end of the other part. What is ``likely`` is dashed; where it ``starts_here`` a dot is; what was not
    ``noticed`` has a bar across in the place of a head.
    """

    x: int
    y: int
    tip: int
    tip_y: int
    colour: str
    likely: bool = False
    starts_here: bool = True
    thick: int = 1
    noticed: bool = True


# In units: of the part to the right, from which on it has the head; of a dash, of a dash with its gap; of the dot, from
# its middle.
ELBOW_LEAST, ELBOW_DASH, ELBOW_PERIOD, ELBOW_DOT = 6, 4, 7, 2


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


Shape = Rect | Shade | PhaseRect | Columns | Arrow | Elbow | Text | Sign
