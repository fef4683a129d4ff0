"""Makes what the timeline shows, in whichever thread asks: the picture, and the words around it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QImage

from app.core.fold import RunSnapshot
from app.ui.timeline.feed import Feed
from app.ui.timeline.geometry import Geometry
from app.ui.timeline.inks import Inks
from app.ui.timeline.signs import Signs
from app.ui.timeline.stage import Stage

if TYPE_CHECKING:
    from app.ui.timeline.picture import Picture

_ASK = 100_000_000  # ns between two questions about those that were asked to stop


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a picture is to be like.

    Attributes:
        width, height: in pixels of the screen.
        ratio: pixels of the screen for one that does not depend on the device.
        font, inks: of what is written, and the colours.
        focused: whether the keys go there.
        table: whether the same is wanted as a table.
    """

    width: int
    height: int
    ratio: float
    font: QFont
    inks: Inks
    focused: bool
    table: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture, and what belongs to it.

    Attributes:
        image: the picture.
        geometry: where things are in it.
        runs: of the lanes in it, from the top.
        top, last_top, fits: how the lanes are scrolled.
        text: what is at the cursor, or, where there is none, a summary.
        summary: a sentence about everything.
        cells: the table's rows, each with its run; None if it was not wanted.
    """

    image: QImage
    geometry: Geometry
    runs: list[int]
    top: int
    last_top: int
    fits: int
    text: str
    summary: str
    cells: list[tuple[int, tuple[str, ...]]] | None


def load() -> None:
    """Import what making pictures takes: numpy, 0.1 s, and several times that beside busy threads; any thread."""
    from app.ui.timeline import model, picture  # noqa: F401 - loaded, not used


class Studio:
    """Touches no widget; any thread may call ``make``, and holds the stage's lock meanwhile.

    Args:
        stage: what is shown.
        feed: what comes in.
        signs: the workers' signs.
        snapshot: from a run's id to what is known of it now; None for a sitting that is over.
        origin: the beginning of the sitting, a ``perf_counter_ns``.
    """

    def __init__(
        self,
        stage: Stage,
        feed: Feed,
        signs: Signs,
        snapshot: Callable[[int], RunSnapshot | None] | None,
        origin: int,
    ) -> None:
        self.stage = stage
        self._feed = feed
        self._signs = signs
        self._snapshot = snapshot
        self._origin = origin
        self._asked_at = 0
        self._picture: tuple[object, Picture] | None = None

    def make(self, wanted: Wanted | None) -> Shown | None:
        """Take what has come in, and return what is to be shown; None if nothing is wanted, or there is nothing yet."""
        stage = self.stage
        with stage.lock:
            self._feed.drain()
            stage.timeline = self._feed.timeline
            if stage.timeline is None:
                return None
            stage.tick()
            self._ask()
            if wanted is None:
                return None
            picture = self._picture_of(wanted)
            image = picture.make(stage, wanted.width, wanted.height, focused=wanted.focused)
            summary = stage.summary()
            cells = stage.cells() if wanted.table else None
            runs = [lane.run for lane in stage.rows()]
            text = stage.cursor_text() or summary
            return Shown(image, picture.geometry, runs, stage.top, stage.last_top(), stage.fits, text, summary, cells)

    def _picture_of(self, wanted: Wanted) -> "Picture":
        key = wanted.ratio, wanted.font, id(wanted.inks)
        if self._picture is None or self._picture[0] != key:
            from app.ui.timeline.picture import Picture

            self._picture = key, Picture(wanted.inks, wanted.font, wanted.ratio, self._signs.image)
        return self._picture[1]

    def _ask(self) -> None:
        """Ask about those that were asked to stop: their chains are recorded when they have ended, if they ever do."""
        timeline, now = self.stage.timeline, self.stage.now
        if timeline is None or self._snapshot is None or 0 <= now - self._asked_at < _ASK:
            return
        self._asked_at = now
        for run in timeline.asked():
            known = self._snapshot(run)
            if known is not None:
                noticed = known.chain.noticed
                timeline.learn(run, known.band, None if noticed is None else noticed - self._origin)
