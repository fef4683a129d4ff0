"""One observed program: a thread of its own that starts it, reads what its observer says, and buries it."""

import contextlib
import os
import selectors
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from app.core.batch import LINES, Batch
from app.core.errors import BadInput
from app.core.wake import Wake
from app.programs.deaths import MOST_TAIL, tail_text
from app.programs.observation import Observation
from app.programs.observed import ObservedProcess
from app.programs.observed_transcript import ObservedTranscript

_AT_ONCE = 2**16  # bytes: as much as a pipe holds
_LOOK = 0.25  # seconds between two looks at whether a process is over, or at whether its events can be read again
_LAST_VERDICTS = 2.0  # seconds that the observer has for its last verdicts, after the time-out
_MOST_READS = 1_024  # of what a process that is over left in its pipes: they hold a few hundred kilobytes

Launch = Callable[[], ObservedProcess]


class Reader(Protocol):
    """What takes what programs say: the engine; any thread."""

    def come(self, batch: Batch) -> None:
        """Take a batch, which may be empty."""

    def takes_lines(self) -> bool:
        """Return whether there is room for lines."""

    def is_behind(self) -> bool:
        """Return whether so much waits to be read that nothing more is to come."""

    def ended(self, program: "ObservedProgram") -> None:
        """Take note that a program is over, and has said all."""


class ObservedProgram:
    """One program: its process, and what it says.

    Args:
        transcript: of it; after the beginning, its thread's own.
        reader: takes what it says.
        launch: starts the process, in its thread; raises BadInput where that cannot be done.
        timeout: seconds until every thread gets its verdict and the process is killed; None for never.

    Attributes:
        process: None before it was started.
        status: its exit status, negative for a signal; None while it runs, or if it could not be started.
        is_killed: whether it was killed here.
        is_over: whether it has ended, and has said all.
    """

    def __init__(
        self, transcript: ObservedTranscript, reader: Reader, launch: Launch, timeout: float | None = None
    ) -> None:
        self.process: ObservedProcess | None = None
        self.status: int | None = None
        self.is_killed = False
        self.is_over = False
        self._transcript = transcript
        self._reader = reader
        self._launch = launch
        self._timeout = timeout
        self._kill_at: float | None = None
        self._tail = b""
        self._left_out = 0  # lines of which it was not said yet that they are left out
        self._wake = Wake()
        self._tasks: deque[Callable[[], None]] = deque()  # bounded by the orders of a person
        self._thread = threading.Thread(target=self._live, name="observed program", daemon=True)

    @property
    def seen(self) -> Observation:
        """What was seen of it; while it runs, only its thread may look."""
        return self._transcript.seen

    # -- any thread ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start it, in a moment."""
        self._reader.come(self._transcript.begin())
        try:
            self._thread.start()
        except RuntimeError:  # the system has no thread for it
            self._reader.come(self._transcript.fail("The program was not started: the system refused a thread."))
            self._finish()

    def kill(self, clicked: int | None) -> None:
        """Kill it, as soon as it was started; ``clicked`` is the instant of a person's action."""
        self._tasks.append(partial(self._kill, clicked))
        self._wake.set()

    def join(self) -> None:
        """Wait until it is over."""
        if self._thread.ident is not None:
            self._thread.join()

    # -- its thread ------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            self._run()
        except Exception:  # noqa: BLE001 - a mistake of ours: its runs must not live for ever
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            if self.process is not None:
                self.process.kill()
            with contextlib.suppress(Exception):
                self._reader.come(self._transcript.end(-9, "", killed=True))
        finally:
            self._finish()

    def _finish(self) -> None:
        self._wake.close()
        self.is_over = True
        self._reader.ended(self)

    def _run(self) -> None:
        try:
            process = self.process = self._launch()
        except BadInput as error:
            self._reader.come(self._transcript.fail(str(error)))
            return
        if self._timeout is not None:
            self._kill_at = time.monotonic() + self._timeout - (time.perf_counter_ns() - process.begun) / 1e9
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._wake.fileno(), process.records, process.errors, process.exited):
                if descriptor >= 0:
                    selector.register(descriptor, selectors.EVENT_READ)
            while not self._step(process, selector):
                pass
        self._bury(process)

    def _step(self, process: ObservedProcess, selector: selectors.BaseSelector) -> bool:
        """Wait for something and do what is to be done; return whether the process is over."""
        self._wake.clear()
        while self._tasks:
            self._tasks.popleft()()
        ready = {key.fd for key, _ in selector.select(self._patience(process))}
        for descriptor in (process.records, process.errors):
            if descriptor in ready and not self._read(process, descriptor):
                selector.unregister(descriptor)
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._time_out(self._kill_at)
        is_over = process.exited in ready or process.has_exited()
        if not is_over and self._reader.is_behind():
            self._wake.wait(_LOOK)  # what is to be read waits meanwhile, in the pipe and then in the observer
        return is_over

    def _patience(self, process: ObservedProcess) -> float | None:
        """Return for how many seconds nothing is to be done unless something comes; None for ever."""
        waits = [_LOOK] if process.exited < 0 else []
        if self._kill_at is not None:
            ahead = self._kill_at - time.monotonic()
            waits.append(ahead if ahead > 0 else max(0.0, ahead + _LAST_VERDICTS))
        return min(waits, default=None)

    def _read(self, process: ObservedProcess, descriptor: int) -> bool:
        """Read once from a pipe; return whether there may be more, now or later."""
        try:
            data = os.read(descriptor, _AT_ONCE)
        except BlockingIOError:
            return True
        if descriptor == process.errors:
            self._tail = (self._tail + data)[-MOST_TAIL:]
        elif data:
            self._tell(self._transcript.feed(data))
        return bool(data)

    def _tell(self, batch: Batch) -> None:
        """Have a batch read, without its lines where too many wait to be: the program does not wait for the reader."""
        if not self._reader.takes_lines():
            lines = sum(batch.line_counts().values())
            self._left_out += lines
            batch = without_lines(batch) if lines else batch
        elif self._left_out:
            note = f"{self._left_out:,} lines were left out: they came faster than they were read."
            self._left_out = 0
            self._reader.come(self._transcript.note(note))
        self._reader.come(batch)

    def _time_out(self, kill_at: float) -> None:
        """Kill a program whose time is over, once the observer has looked why its threads go on."""
        if self.seen.has_timed_out or time.monotonic() >= kill_at + _LAST_VERDICTS:
            self._kill_at = None
            self._kill(None)

    def _kill(self, clicked: int | None) -> None:
        if self.process is None or self.process.has_exited():
            return
        self.is_killed = True
        self._reader.come(self._transcript.kill(self.process.pid, clicked))
        self.process.kill()

    def _bury(self, process: ObservedProcess) -> None:
        """Read the last of a process that is over, and say of its threads how they ended."""
        for descriptor in (process.records, process.errors):
            # What it said is in the pipes; what its own children hold open does not count.
            for _ in range(_MOST_READS):
                if descriptor < 0 or not _is_readable(descriptor) or not self._read(process, descriptor):
                    break
        self.status = process.wait()
        process.close()
        self._reader.come(self._transcript.end(self.status, tail_text(self._tail), killed=self.is_killed))


def without_lines(batch: Batch) -> Batch:
    """Return the records of a batch that are no lines."""
    kept = Batch()
    for record in batch:
        if record.kind not in LINES:
            name = batch.names[record.run]
            kept.add(record.run, name, array("q", (record.instant,)), bytes((record.kind,)), (record.text,))
    return kept


def _is_readable(descriptor: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))
