"""The recorder: gets every batch before any view does, and writes it to the session's file in a thread of its own."""

import shutil
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from app.core.batch import Batch
from app.core.engine import Drained
from app.core.packed_batch import merged
from app.core.stream import Stream
from app.session.folder import new_writer
from app.session.segments import Segment
from app.session.writer import FileLostError, SessionWriter

KEPT_FREE = 10**9  # bytes of the disk that are never used
WAITING = "the workers wait until that is possible again"
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
        segments: the files that the session is in, as of the same instant.
        notice: the last sentence about a file that could not be continued; it stays when the trouble is over.
    """

    path: Path | None
    committed: int
    behind: int
    trouble: str
    segments: tuple[Segment, ...] = ()
    notice: str = ""


class Recorder:
    """Writes batches in the order in which they are given, and gives their credit back once they are committed.

    While the disk cannot be written, batches wait; their credit is not given back, so what waits is bounded and the
    workers wait too: nothing is lost. A file that was removed or damaged under us is followed by a new one, in which the
    session's line numbers go on: its files are the session's segments.

    Args:
        new_writer: makes the next session file; called in the recorder's thread, at the first batch.
        release: gives the credit of committed batches back.
        now_text: returns the wall clock as ISO 8601, for the end.
        meanwhile: what happens while the disk cannot be written, the end of a sentence.
    """

    def __init__(
        self,
        new_writer: Callable[[], SessionWriter],
        release: Callable[[list[Drained]], None],
        now_text: Callable[[], str],
        meanwhile: str = WAITING,
    ) -> None:
        self._new_writer = new_writer
        self._release = release
        self._now_text = now_text
        self._meanwhile = meanwhile
        self._changed = threading.Condition()
        self._waiting: deque[Drained] = deque()  # bounded by the credit, which comes back only when it is committed
        self._behind = 0
        self._committed = 0
        self._attempt: list[Drained] = []  # what is being committed, until it is
        self._left_file = False  # the last attempt found that the file cannot be continued
        self._trouble = self._notice = ""
        self._looked = -_LOOK  # time.monotonic of the last look at the disk
        self._writer: SessionWriter | None = None
        self._segments: tuple[Segment, ...] = ()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def consume(self, drained: Drained) -> None:
        """Queue a batch to be recorded; never waits; any one thread."""
        with self._changed:
            self._waiting.append(drained)
            self._behind += len(drained.batch)
            self._changed.notify()

    def status(self) -> Recording:
        """Return how the recording stands; any thread."""
        with self._changed:
            path = self._segments[-1].path if self._segments else None
            return Recording(path, self._committed, self._behind, self._trouble, self._segments, self._notice)

    def segments(self) -> tuple[Segment, ...]:
        """Return the files that the session is in, in its order; any thread.

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

    def _run(self) -> None:
        while self._step():
            pass
        self._finish()

    def _step(self) -> bool:
        """Wait for batches and commit them, or wait until that can be tried again; return whether to go on."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            # What was tried before is tried again as it was: the writer knows by it whether a commit that failed is on the
            # disk all the same. What has come since follows as the next batch.
            batches = self._attempt = self._attempt or list(self._waiting)
            closing = self._closing
        if not batches:
            return False
        if self._try(batches):
            self._attempt = []
            self._release(batches)
            return True
        if closing:
            # Closing the window does not wait for a disk; but where only another file is needed, that is tried.
            return self._left_file
        with self._changed:
            self._changed.wait_for(lambda: self._closing, _RETRY)
        return True

    def _try(self, batches: list[Drained]) -> bool:
        """Commit some batches as one; say what is wrong if that cannot be done."""
        whole = merged([drained.batch for drained in batches])
        try:
            if len(whole):
                self._write(whole)
        except Exception as error:  # noqa: BLE001 - a recorder that died would keep the workers waiting without a word
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
        self._left_file = False
        if self._writer is None:
            self._writer = self._begin_segment()
        self._look_for_room(self._writer.path.parent)
        self._writer.write(batch)

    def _begin_segment(self) -> SessionWriter:
        """Return the writer of another file, whose name no file of this session has had."""
        had = {segment.path for segment in self._segments}
        made = [self._new_writer()]
        # A file that was removed has left its name free: were it used again, the lines lost with it would be looked
        # for in the new one.
        while made[-1].path in had:
            made.append(self._new_writer())
        for writer in made[:-1]:
            writer.discard()
        with self._changed:
            segment = Segment(self._committed, made[-1].path, made[-1].id)
            # A file that nothing was committed to holds no part of the session.
            self._segments = (*(before for before in self._segments if before.first < segment.first), segment)
        return made[-1]

    def _look_for_room(self, folder: Path) -> None:
        """Raise OSError if the disk is as full as it may be; looked at once a second, and always after a failure."""
        now = time.monotonic()
        if not self._trouble and now - self._looked < _LOOK:
            return
        try:
            free = shutil.disk_usage(folder).free
        except (FileNotFoundError, NotADirectoryError):
            # The folder was removed: that is the writer's to find out, and to say.
            return
        if free < KEPT_FREE:
            raise OSError(None, f"only {free // 10**6:,} MB of the disk are free, and 1 GB is left free always")
        self._looked = now

    def _say(self, error: Exception) -> None:
        """Set the trouble's sentence, and leave a file that cannot be continued."""
        where = self._writer.path if self._writer else "a new session"
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        operational = isinstance(error, sqlite3.OperationalError)  # locked, full, not to be opened: it may pass
        lost = isinstance(error, FileLostError) or (isinstance(error, sqlite3.DatabaseError) and not operational)
        with self._changed:
            if lost and self._writer is not None:
                self._trouble = self._notice = f"{where}: {reason}; recording continues in a new file."
            else:
                self._trouble = f"Lines are not recorded in {where} ({reason}); {self._meanwhile}."
        if lost and self._writer is not None:
            writer, self._left_file, self._writer = self._writer, True, None
            writer.leave(self._now_text())

    def _finish(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.finish(self._now_text())
        except (OSError, sqlite3.Error) as error:
            # What was committed stays readable; the next start says that the session was not ended.
            reason = getattr(error, "strerror", None) or error
            sys.stderr.write(f"{self._writer.path}: the session could not be ended properly ({reason}).\n")
            self._writer.abandon()


def session_start(stream: Stream) -> datetime:
    """Return the wall clock at the beginning of the session; any thread."""
    return datetime.now().astimezone() - timedelta(microseconds=(stream.clock.now() - stream.origin) / 1_000)


def build_recorder(folder: Path, started: datetime, stream: Stream, meanwhile: str = WAITING) -> Recorder:
    """Return a recorder of a session that began at ``started``; its file comes into being with the first record.

    The stream gets the credit of what is committed back. ``meanwhile`` is as in ``Recorder``.
    """
    return Recorder(
        partial(new_writer, folder, started, stream.origin),
        lambda several: stream.release(*several),
        lambda: datetime.now().astimezone().isoformat(),
        meanwhile,
    )
