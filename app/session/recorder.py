"""The recorder: gets every batch before any view does, and writes it to the session's file in a thread of its own."""

import shutil
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.batch import Batch
from app.core.collector import Drained
from app.session.segments import Segment
from app.session.store import SessionWriter

KEPT_FREE = 10**9  # bytes of the disk that are never used
_RETRY = 0.5  # seconds until a write that failed is tried again
_LOOK = 1.0  # seconds between two looks at how much of the disk is free


@dataclass(frozen=True, slots=True)
class Recording:
    """How the recording stands.

    Attributes:
        path: the file; None before the first record.
        committed: records that are on the disk.
        behind: records that wait to be.
        trouble: the sentence about why they wait; empty if they do not have to.
        segments: the files that the sitting is in, as of the same instant.
    """

    path: Path | None
    committed: int
    behind: int
    trouble: str
    segments: tuple[Segment, ...] = ()


class Recorder:
    """Writes batches in the order in which they are given, and gives their credit back once they are committed.

    While the disk cannot be written, batches wait; their credit is not given back, so what waits is bounded and the
    workers wait too: nothing is lost. A file that was removed or damaged under us is followed by a new one.

    Args:
        new_writer: makes the next session file; called in the recorder's thread, at the first batch.
        settle: gives the credit of committed batches back.
        now_text: returns the wall clock as ISO 8601, for the end.
    """

    def __init__(
        self,
        new_writer: Callable[[], SessionWriter],
        settle: Callable[[list[Drained]], None],
        now_text: Callable[[], str],
    ) -> None:
        self._new_writer = new_writer
        self._settle = settle
        self._now_text = now_text
        self._changed = threading.Condition()
        self._waiting: deque[Drained] = deque()  # bounded by the credit, which comes back only when it is committed
        self._behind = 0
        self._committed = 0
        self._trouble = ""
        self._looked = -_LOOK  # time.monotonic of the last look at the disk
        self._writer: SessionWriter | None = None
        self._segments: tuple[Segment, ...] = ()
        self._closing = False
        self._thread = threading.Thread(target=self._live, name="recorder", daemon=True)
        self._thread.start()

    def take(self, drained: Drained) -> None:
        """Take a batch to be recorded; never waits; any one thread."""
        with self._changed:
            self._waiting.append(drained)
            self._behind += len(drained.batch)
            self._changed.notify()

    def status(self) -> Recording:
        """Return how the recording stands; any thread."""
        with self._changed:
            path = self._writer.path if self._writer else None
            return Recording(path, self._committed, self._behind, self._trouble, self._segments)

    def segments(self) -> tuple[Segment, ...]:
        """Return the files that the sitting is in, in its order; any thread.

        Asked for after ``status``, they hold all that was committed by then; ``Recording.segments`` are of one instant.
        """
        with self._changed:
            return self._segments

    def close(self) -> Recording:
        """Commit what waits, end the file, and return how it stands; what cannot be written by now is counted behind."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        return self.status()

    # -- the recorder's thread -----------------------------------------------------------------------------------

    def _live(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                batches, done = list(self._waiting), self._closing
            if batches and self._try(batches):
                self._settle(batches)
            elif batches and not done:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, _RETRY)
                continue
            if done and (not batches or self._trouble or not self._waiting):
                self._finish()
                return

    def _try(self, batches: list[Drained]) -> bool:
        """Commit some batches as one; say what is wrong if that cannot be done."""
        whole = merged([drained.batch for drained in batches])
        try:
            if len(whole):
                self._write(whole)
        except (OSError, sqlite3.Error) as error:
            self._say(error)
            return False
        with self._changed:
            for _ in batches:
                self._waiting.popleft()
            self._behind -= len(whole)
            self._committed += len(whole)
            self._trouble = ""
        return True

    def _write(self, batch: Batch) -> None:
        if self._writer is not None and not self._writer.is_there():
            self._writer.abandon()
            self._writer = None
        if self._writer is None:
            self._writer = self._new_writer()
            self._begin_segment(self._writer)
        self._look_for_room(self._writer.path.parent)
        self._writer.write(batch)

    def _begin_segment(self, writer: SessionWriter) -> None:
        with self._changed:
            segment = Segment(self._committed, writer.path, writer.id)
            # A file that nothing was committed to holds no part of the sitting.
            self._segments = (*(before for before in self._segments if before.first < segment.first), segment)

    def _look_for_room(self, folder: Path) -> None:
        """Raise OSError if the disk is as full as it may be; looked at once a second, and always after a failure."""
        now = time.monotonic()
        if not self._trouble and now - self._looked < _LOOK:
            return
        free = shutil.disk_usage(folder).free
        if free < KEPT_FREE:
            raise OSError(None, f"only {free // 10**6:,} MB of the disk are free, and 1 GB is left free always")
        self._looked = now

    def _say(self, error: OSError | sqlite3.Error) -> None:
        where = self._writer.path if self._writer else "a new session"
        reason = getattr(error, "strerror", None) or error
        with self._changed:
            self._trouble = (
                f"Lines are not recorded in {where} ({reason}); the workers wait until that is possible again."
            )
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            # The file itself is no longer sound: what is in it stays as it is, and a new one goes on.
            if self._writer is not None:
                self._writer.abandon()
            self._writer = None

    def _finish(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.finish(self._now_text())
        except (OSError, sqlite3.Error) as error:
            # What was committed stays readable; the next start says that the session was not ended.
            sys.stderr.write(f"{self._writer.path}: the session could not be ended properly ({error}).\n")
            self._writer.abandon()


def merged(batches: list[Batch]) -> Batch:
    """Return some batches as one, in their order."""
    if len(batches) == 1:
        return batches[0]
    whole = Batch()
    for batch in batches:
        whole.extend(batch)
    return whole
