"""Feeds the model: batches wait for it until it can be built. No Qt."""

from typing import TYPE_CHECKING

from app.core.batch import Batch
from app.ui.timeline.loading import Loader

if TYPE_CHECKING:
    from app.ui.timeline.model import Timeline

MOST_WAITING = 200_000  # records; with more, the window rather waits than keeps them all


class Feed:
    """Hands batches on to a timeline that is made when the first one comes; the GUI thread only.

    Args:
        origin: the beginning of the sitting, a ``perf_counter_ns``.

    Attributes:
        timeline: the model; None until there is one.
    """

    def __init__(self, origin: int) -> None:
        self.timeline: Timeline | None = None
        self._origin = origin
        self._loader = Loader()
        self._waiting: list[tuple[Batch, int | None]] = []
        self._records = 0

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch; see ``Timeline.add``."""
        if self.timeline is not None:
            self.timeline.add(batch, first)
            return
        self._loader.start()
        self._waiting.append((batch, first))
        self._records += len(batch)
        if self._records > MOST_WAITING:
            self.settle()

    def look(self) -> bool:
        """Hand on what waits, if the model can be built by now; return whether there is one."""
        if self.timeline is None and self._loader.is_ready():
            self._build()
        return self.timeline is not None

    def settle(self) -> None:
        """Hand on what waits, and wait until that is possible; nothing at all if nothing waits."""
        if self._waiting:
            self._loader.wait()
            self._build()

    def _build(self) -> None:
        from app.ui.timeline.model import Timeline

        timeline = Timeline(self._origin)
        for batch, first in self._waiting:
            timeline.add(batch, first)
        self._waiting.clear()
        self.timeline = timeline

    def put_away(self) -> None:
        """Forget what waits; nothing is under way any more."""
        self._waiting.clear()
        self._loader.wait()
