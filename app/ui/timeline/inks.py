"""The timeline's colours."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication, QPalette

from app.ui.theme import Theme
from app.ui.timeline.colours import mixed
from app.ui.timeline.lane import Phase
from app.ui.timeline.signs import Signs


@dataclass(frozen=True, slots=True)
class Inks:
    """Colours, each as ``#rrggbb``.

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


def inks_of(theme: Theme, signs: Signs) -> Inks:
    """Return the colours of a theme; the GUI thread only."""
    palette = QGuiApplication.palette()  # a widget's own is that of before until its event has come

    def role(role: QPalette.ColorRole) -> str:
        return palette.color(QPalette.ColorGroup.Active, role).name()

    roles = QPalette.ColorRole
    text = role(roles.Text)
    return Inks(
        ground=role(roles.Base),
        alternate=role(roles.AlternateBase),
        names=role(roles.Window),
        text=text,
        faint=role(roles.Mid) if theme.is_dark() else role(roles.Midlight),
        chosen=role(roles.Highlight),
        chosen_text=role(roles.HighlightedText),
        phases={phase: theme.colour(phase.value) for phase in Phase},
        failed=theme.colour("failed"),
        stop=theme.colour("stop"),
        band=mixed(role(roles.Base), theme.colour("band"), 0.22),
        late=theme.colour("stuck"),
        worker=lambda name: signs.colour(name, text),
    )
