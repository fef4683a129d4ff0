"""The core, wired as the command line wires it, with a reader for tests and an end that nobody can forget."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from app.core.chain_record import read_chain

from app.adapters import whole_catalogue
from app.core.batch import Kind, Record, RunName
from app.core.catalogue import Catalogue
from app.core.clock import Clock, SystemClock
from app.core.collector import Collector
from app.core.controller import Controller
from app.core.credit import Credit
from app.core.fold import RunSnapshot
from app.core.timers import ThreadTimers
from app.core.worker import Worker
from tests.fakes import PATIENCE, FakeClock


class Core:
    """Clock, collector, timers and controller. The test's own thread is the reader.

    Attributes:
        records: everything that was read so far, in the order of reading.
        names: run id to worker and number, for every run that was read.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        clock: Clock | None = None,
        credit: Credit | None = None,
        deadline: float = 5.0,
        releases_stuck: bool = True,
    ) -> None:
        self.clock = clock or SystemClock()
        self.collector = Collector(self.clock, credit)
        self.timers = clock if isinstance(clock, FakeClock) else ThreadTimers(self.clock)
        self.controller = Controller(
            catalogue or whole_catalogue(), self.collector, self.timers, deadline, releases_stuck=releases_stuck
        )
        self.records: list[Record] = []
        self.names: dict[int, RunName] = {}

    def __enter__(self) -> "Core":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self.close()

    def start(self, **fields: Any) -> int:
        """Start a quick worker, with these fields instead of the usual ones, and return the run's id."""
        run = self.controller.start(
            Worker(**{"name": "worker", "strategy": "event-poll", "interval": 0.001, "text": "{i}", **fields})
        )
        assert run is not None
        return run

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Take everything that is there, and settle it."""
        drained = self.collector.drain()
        if drained is not None:
            self.records.extend(drained.batch)
            self.names.update(drained.batch.names)
            self.collector.settle(drained)

    def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Read until ``true()`` is, which must be about something that rings the collector's bell."""
        end = time.monotonic() + seconds
        while True:
            self.read()
            if true():
                return
            # Going to sleep stops the bell, so we look once more after it.
            if self.collector.sleep() and not true():
                left = end - time.monotonic()
                assert left > 0, f"still waiting after {seconds:g} s; alive: {self.controller.left()}"
                self.collector.wake.wait(left)

    def until_idle(self) -> None:
        """Read until no run is alive, and everything that they wrote."""
        self.until(self.controller.is_idle)
        self.read()

    def until_record(self, run: int, kind: Kind, text: str) -> Record:
        """Read until ``run`` has a record of this kind that begins with ``text``, and return it."""

        def found() -> list[Record]:
            return [r for r in self.of(run) if r.kind == kind and r.text.startswith(text)]

        self.until(found)
        return found()[0]

    def of(self, run: int) -> list[Record]:
        """Return the records of a run that were read so far."""
        return [record for record in self.records if record.run == run]

    def texts(self, run: int, kind: Kind = Kind.LINE) -> list[str]:
        """Return the texts of a run's records of one kind that were read so far."""
        return [record.text for record in self.of(run) if record.kind == kind]

    def snapshot(self, run: int) -> RunSnapshot:
        """Return what is known of a run that exists."""
        snapshot = self.controller.snapshot(run)
        assert snapshot is not None
        return snapshot

    # -- control -------------------------------------------------------------------------------------------------

    @contextmanager
    def held_keeper(self) -> Iterator[None]:
        """Keep the keeper busy: what is started meanwhile has no thread yet, and nobody who ends is joined."""
        held, release = threading.Event(), threading.Event()

        def errand() -> None:
            held.set()
            release.wait(PATIENCE)

        self.controller._errands.put(errand)
        assert held.wait(PATIENCE)
        try:
            yield
        finally:
            release.set()

    def close(self) -> None:
        """Stop everybody and end; fails if a run is left."""
        self.controller.begin_close()
        if isinstance(self.clock, FakeClock):
            self.clock.let_go()
        try:
            self.until_idle()
        finally:
            self.controller.finish()
            self.collector.close()


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until ``true()`` is: only for what rings no bell, so it is looked at in short slices."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end, f"still waiting after {seconds:g} s"
        pause.wait(0.001)


def check_records(records: Sequence[Record], *, ended: bool = True) -> None:
    """Assert what holds for the records of every run: born once, in time order, and silent after its end."""
    instants = [record.instant for record in records]
    assert instants == sorted(instants)
    states = [record.text for record in records if record.kind == Kind.STATE]
    assert records[0].text.startswith("starting: ")
    assert sum(text.startswith("starting") for text in states) == 1
    assert sum(text.startswith("stopping: asked") for text in states) <= 1
    assert sum(text.startswith("ended") for text in states) == (1 if ended else 0)
    if ended:
        # The very last two, of one instant: how it ended, and its stop chain.
        assert records[-2].text.startswith("ended: ")
        assert [record.kind for record in records[-2:]] == [Kind.STATE, Kind.CHAIN]
        chain = read_chain(records[-1].text)
        assert chain is not None
        assert chain.chain.is_ordered()
