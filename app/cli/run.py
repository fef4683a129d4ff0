"""``thread-controller run``: the main job without a screen."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from app.cli.choice import chosen_workers
from app.cli.output import json_lines, plain, rows
from app.cli.stdout import InterruptibleWriter
from app.core.batch import Batch, Kind
from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.collector import Collector
from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.latency import duration, release_words
from app.core.run import Outcome, RunSnapshot, State
from app.core.timers import ThreadTimers
from app.core.worker import Worker
from app.exit_codes import exit_status
from app.signals import Signals
from app.terminal import write_stderr

# Seconds between two writes: "as they come" for an eye, and few enough that 5,000 workers are not slowed by the reader.
GATHERING = 0.01

# Seconds that those who were let go after the deadline have for their end, before they are left behind.
RELEASED_WITHIN = 1.0

# Each thread that waits for the GIL wakes up once every switch interval to ask for it. With thousands of workers that
# storm takes both cores: 5,000 of them took 80 to 126 s at Python's 5 ms for a run of 2 s, and 7 s at 25 ms.
SWITCH_INTERVAL_PER_WORKER = 5e-6


class HeadlessRun:
    """Reads the collector in a plain loop until every run is over, or only stuck ones are left.

    Args:
        controller, collector: what runs.
        signals: whether somebody asked the process to end.
        render: from a batch to the bytes for standard output.
        output: where lines go.
        say: writes everything about them.
    """

    def __init__(
        self,
        controller: Controller,
        collector: Collector,
        signals: Signals,
        render: Callable[[Batch], bytes],
        output: BinaryIO | InterruptibleWriter,
        say: Callable[[str], object],
    ) -> None:
        self._controller = controller
        self._collector = collector
        self._signals = signals
        self._render = render
        self._output = output
        self._say = say
        self._closing = False
        self._stuck = 0  # so many were stuck, and nobody else alive, since ``_stuck_at``
        self._stuck_at = 0
        self.broken_pipe = False
        self.trouble = ""  # why standard output cannot be written, if not for want of a reader

    def loop(self) -> bool:
        """Read until the end; the main thread only. Returns whether a run had to be left behind."""
        while True:
            if self._signals.number is not None and not self._closing:
                self._close()
            # Asked before the drain: what an ended run wrote is in its lane before it counts as gone.
            idle = self._controller.is_idle()
            drained = self._collector.drain()
            if drained is not None:
                self._read(drained.batch)
                self._collector.settle(drained)
                self._collector.pause(GATHERING)
            elif idle:
                return False
            elif self._only_stuck():
                if not self._wait_for_released():
                    return True
            elif self._collector.sleep() and not self._controller.is_idle() and self._signals_unseen():
                self._collector.wake.wait(None)

    def _signals_unseen(self) -> bool:
        """Return whether no signal waits to be acted upon: one may have come after the loop looked."""
        return self._signals.number is None or self._closing

    def _only_stuck(self) -> bool:
        tally = self._controller.tally()
        if not 0 < tally.alive == tally.stuck:
            return False
        # The tally counts until a run is joined; one that has just ended after all is nobody to leave.
        snapshots = self._controller.snapshots(self._controller.live())
        return all(snapshot.state is State.STUCK for snapshot in snapshots)

    def _wait_for_released(self) -> bool:
        """Wait for something more, since the last run was counted as stuck; return whether there may be something.

        Whoever was counted as stuck was let go by then, as far as its workload can be.
        """
        now = self._collector.clock.now()
        stuck = self._controller.tally().stuck
        if self._stuck != stuck:
            self._stuck, self._stuck_at = stuck, now
        left = RELEASED_WITHIN - (now - self._stuck_at) / 1e9
        if left <= 0:
            return False
        self._collector.pause(min(left, 0.1))
        return True

    def _close(self) -> None:
        self._closing = True
        self._controller.begin_close()

    def _read(self, batch: Batch) -> None:
        try:
            if not self.broken_pipe:
                self._output.write(self._render(batch))
                self._output.flush()
        except OSError as error:
            # Whoever read has had enough, or there is no room: everybody is asked to stop, and what they still write goes
            # nowhere.
            self.broken_pipe = True
            self.trouble = "" if isinstance(error, BrokenPipeError) else str(error.strerror or error)
            self._close()
        if not batch.only_lines():
            for record in batch:
                if record.kind == Kind.ERROR:
                    name = batch.names[record.run]
                    self._say(f"{name.worker} #{name.number} failed: {record.text}\n")


def run_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller run`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: what was asked for does not exist or is wrong; nothing has been started.
    """
    workers = chosen_workers(options, catalogue)
    _check_and_warn(workers, catalogue)
    _calm_the_interpreter(len(workers))
    clock = SystemClock()
    collector = Collector(clock)
    controller = Controller(catalogue, collector, ThreadTimers(clock), options.deadline, releases_stuck=True)
    signals = Signals(collector.wake)
    render = partial(json_lines, origin=collector.origin) if options.json else plain
    writer = InterruptibleWriter(sys.stdout.fileno(), signals, options.deadline)
    headless = HeadlessRun(controller, collector, signals, render, writer, write_stderr)
    run_ids = [run_id for worker in workers if (run_id := controller.start(worker)) is not None]
    left = headless.loop()
    snapshots = controller.snapshots(run_ids)
    if not headless.broken_pipe:
        _report(snapshots, controller.left())
    number = signals.number
    if left:
        _leave(exit_status(left=True))
    controller.finish()
    signals.restore()
    collector.close()
    if headless.trouble:
        raise BadInput(f"standard output cannot be written ({headless.trouble}).")
    failed = any(snapshot.outcome is Outcome.FAILED or snapshot.was_stuck for snapshot in snapshots)
    return exit_status(left=False, signal_number=number, failed=failed)


def _check_and_warn(workers: list[Worker], catalogue: Catalogue) -> None:
    """Say what the chosen mechanisms can do harm to: whoever names them on a command line has agreed.

    Raises:
        BadInput: what a mechanism needs is not there.
    """
    strategies = [catalogue.strategy(name) for name in dict.fromkeys(worker.strategy for worker in workers)]
    for strategy in strategies:
        # A thread that is never started. Asked of all before the first is started: nothing is half-done.
        strategy.make_thread(_nothing, "")
    for warning in catalogue.warnings(workers):
        write_stderr(f"{warning}\n")


def _nothing() -> None:
    """Do nothing: the work of a thread that is never started."""


def _calm_the_interpreter(workers: int) -> None:
    """Lengthen the switch interval for thousands of workers, and say so: it is a setting of the whole process."""
    wanted = workers * SWITCH_INTERVAL_PER_WORKER
    if wanted > sys.getswitchinterval():
        sys.setswitchinterval(wanted)
        write_stderr(f"switch interval {duration(wanted * 1e9)} for {workers:,} workers (Python's own is 5 ms)\n")


def _report(snapshots: list[RunSnapshot], left: list[RunSnapshot]) -> None:
    write_stderr(rows(snapshots))
    for snapshot in snapshots:
        if snapshot.outcome is Outcome.RELEASED:
            words = release_words(snapshot.chain.requested, snapshot.released)
            write_stderr(f"{snapshot.name.worker} #{snapshot.name.number} {words}.\n")
    for snapshot in left:
        name = snapshot.name
        write_stderr(f"\n{name.worker} #{name.number} did not stop and is left behind; it is here:\n{snapshot.stack}\n")


def _leave(status: int) -> None:
    """End the process although threads are alive that nobody can stop: they must not run on in an interpreter that ends."""
    os._exit(status)
