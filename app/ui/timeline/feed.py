"""How records come to a timeline: batches that wait until a picture wants them, and the reader of a recorded session."""

import contextlib
import sqlite3
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.batch import Batch
from app.session.batch_file import BatchFile
from app.ui.task import TaskContext

if TYPE_CHECKING:
    from app.ui.timeline.model import Timeline  # brings numpy, which the first window does without

_MOST_WAITING = 400_000  # records
_HEADS = 64  # batches looked at in one short transaction
_TIMEOUT = 2.0  # seconds to wait for a lock on the file


class Feed:
    """Hands batches on to a timeline that is made when the first one is taken, so that adding never waits.

    Args:
        origin: the beginning of the session, a ``perf_counter_ns``.

    Attributes:
        timeline: the model; None until there is one.
    """

    def __init__(self, origin: int) -> None:
        self.timeline: Timeline | None = None
        self._origin = origin
        # Bounded: the panel looks whether it is full, and then hands on what waits.
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
        return self._given - self._taken > _MOST_WAITING // 8

    def is_full(self) -> bool:
        """Return whether nothing more should be added before something was handed on; any thread."""
        return self._given - self._taken > _MOST_WAITING

    def drain(self) -> None:
        """Hand on everything that waits; one thread at a time, the one that has the view state's lock."""
        if self.timeline is None:
            if not self._waiting:
                return
            # Imports numpy: 0.1 s, several times that beside busy threads; by then in a thread that is not waited for.
            from app.ui.timeline.model import Timeline

            self.timeline = Timeline(self._origin)
        while self._waiting:
            batch, first = self._waiting.popleft()
            self.timeline.add(batch, first)
            self._taken += len(batch)


def read_recorded(path: Path, end: int, context: TaskContext) -> None:
    """Report the batches of a session file, each with the number of its first record; for a task's thread.

    What is damaged is left out: the log says so where the lines would be.

    Args:
        path: the file.
        end: the number after the last line that is wanted.
        context: of the task; its limit is how many batches may wait for the window.

    Raises:
        BadInput: it is no session file.
    """
    # What the model needs: here nothing waits for it.
    import numpy  # noqa: F401

    with (
        contextlib.closing(BatchFile(path, _TIMEOUT, lambda _sentence: None)) as file,
        contextlib.suppress(sqlite3.Error),
    ):
        place = 0
        while place < end and (heads := file.heads(place, end, _HEADS)):
            for head, content in file.batches(heads):
                if context.is_cancelled():
                    return
                if isinstance(content, Batch):
                    context.report((content, head.first))
            place = heads[-1].first + heads[-1].records
