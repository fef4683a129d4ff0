"""The timeline's colours, each as ``#rrggbb``. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.ui.timeline.phase import Phase


@dataclass(frozen=True, slots=True)
class Palette:
    """The colour of each thing in the picture.

    Attributes:
        ground, alternate: behind every other lane.
        names: behind the names and the axis.
        text: of what is written; arrows have it too.
        faint: of the lines at the axis's marks.
        chosen: behind the name of the lane that the cursor is in, and of what is measured.
        chosen_text: of that name.
        phases: of the bars.
        failed: of the end of a run that failed.
        stop: of the line at each Stop.
        band: behind the time within which a run was predicted to notice.
        late: of what is outside it.
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
    worker: Callable[[str], str]


@cache  # a theme has some twenty, and a picture asks a thousand times
def pixel(colour: str) -> int:
    """Return a colour (``#rrggbb``) as a pixel of QImage's ``Format_RGB32``."""
    return 0xFF000000 | int(colour[1:], 16)


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour that has ``share`` of the second and the rest of the first."""
    parts = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
