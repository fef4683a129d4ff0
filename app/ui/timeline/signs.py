"""The workers' signs and colours, fetched in the GUI thread and read in any."""

from collections.abc import Iterable

from PySide6.QtGui import QImage

from app.core.batch import RunName
from app.ui.worker_marks import WorkerMarks

_SIZE = 32  # pixels


class Signs:
    """What ``WorkerMarks`` gives, as images: icons and pixmaps are for the GUI thread alone.

    Args:
        marks: gives them.
    """

    def __init__(self, marks: WorkerMarks) -> None:
        self._marks = marks
        self._known: dict[str, tuple[QImage, str]] = {}
        self._nobody = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        self._nobody.fill(0)

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
        return self._known.get(worker, (self._nobody, ""))[0]

    def colour(self, worker: str, otherwise: str) -> str:
        """Return a worker's colour (``#rrggbb``); any thread."""
        return self._known.get(worker, (self._nobody, otherwise))[1]
