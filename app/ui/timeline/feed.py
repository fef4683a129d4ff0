"""Feeds the model: batches wait until somebody takes them, so that whoever brings them never waits. No Qt."""

from collections import deque
from typing import TYPE_CHECKING

from app.core.batch import Batch

if TYPE_CHECKING:
    from app.ui.timeline.model import Timeline

MOST_WAITING = 400_000  # records


class Feed:
    """Hands batches on to a timeline that is made when the first one is taken.

    Args:
        origin: the beginning of the sitting, a ``perf_counter_ns``.

    Attributes:
        timeline: the model; None until there is one.
    """

    def __init__(self, origin: int) -> None:
        self.timeline: Timeline | None = None
        self._origin = origin
        # Bounded: whoever adds looks whether it is full, and then waits until it is empty.
        self._waiting: deque[tuple[Batch, int | None]] = deque()
        self._given = self._taken = 0  # records; each is counted by one side alone

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch; see ``Timeline.add``. The GUI thread only."""
        self._given += len(batch)
        self._waiting.append((batch, first))

    def is_empty(self) -> bool:
        """Return whether nothing waits; any thread."""
        return not self._waiting

    def has_much(self) -> bool:
        """Return whether what waits should be handed on soon, picture or not; any thread."""
        return self._given - self._taken > MOST_WAITING // 8

    def is_full(self) -> bool:
        """Return whether nothing more should be added before something was handed on; any thread."""
        return self._given - self._taken > MOST_WAITING

    def drain(self) -> None:
        """Hand on everything that waits; one thread at a time, the one that has the stage's lock."""
        if self.timeline is None:
            if not self._waiting:
                return
            # Imports numpy: 0.1 s, several times that beside busy threads; by then in a thread that nobody waits for.
            from app.ui.timeline.model import Timeline

            self.timeline = Timeline(self._origin)
        while self._waiting:
            batch, first = self._waiting.popleft()
            self.timeline.add(batch, first)
            self._taken += len(batch)
