"""The workers' signs and the colours of a theme, fetched in the GUI thread and read in any."""

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication, QImage, QPalette

from app.core.batch import RunName
from app.ui.theme import Theme, WorkerMarks
from app.ui.timeline.shapes import Palette, Phase, mixed

_SIZE = 32  # pixels


class Signs:
    """What ``WorkerMarks`` gives, as images: icons and pixmaps are for the GUI thread alone.

    Args:
        marks: gives them.
    """

    def __init__(self, marks: WorkerMarks) -> None:
        self._marks = marks
        self._known: dict[str, tuple[QImage, str]] = {}
        self._unknown = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        self._unknown.fill(0)

    def learn(self, names: Iterable[RunName]) -> None:
        """Fetch those of workers that are not known yet; the GUI thread only."""
        for name in names:
            if name.worker not in self._known:
                icon, colour = self._marks.mark(name.worker)
                self._known[name.worker] = icon.pixmap(_SIZE, _SIZE).toImage(), colour.name()

    def renew(self) -> None:
        """Fetch all of them anew: the theme has changed; the GUI thread only."""
        names = [RunName(worker, 0) for worker in self._known]
        # Another dictionary: a thread may be reading the old one.
        self._known = {}
        self.learn(names)

    def image(self, worker: str) -> QImage:
        """Return a worker's sign; any thread."""
        return self._known.get(worker, (self._unknown, ""))[0]

    def colour(self, worker: str, otherwise: str) -> str:
        """Return a worker's colour (``#rrggbb``); any thread."""
        return self._known.get(worker, (self._unknown, otherwise))[1]


def palette_of(theme: Theme, signs: Signs) -> Palette:
    """Return the colours of a theme; the GUI thread only."""
    palette = QGuiApplication.palette()  # a widget's own is that of before until its event has come

    def role(role: QPalette.ColorRole) -> str:
        return palette.color(QPalette.ColorGroup.Active, role).name()

    roles = QPalette.ColorRole
    text = role(roles.Text)
    return Palette(
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
        request=theme.colour("marked"),
        worker=lambda name: signs.colour(name, text),
    )
