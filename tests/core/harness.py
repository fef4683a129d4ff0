"""The core, wired as the command line wires it, with a reader for tests and an end that cannot be forgotten."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

import pytest

from app.adapters import whole_catalogue
from app.core.batch import LINES, Batch, Kind, Record, RunName
from app.core.catalogue import Catalogue
from app.core.clock import Clock, SystemClock
from app.core.controller import Controller
from app.core.credit import Credit
from app.core.engine import Engine
from app.core.events import KINDS, Asked, Ended, Event, Located, Shown, Started, StopRequested, Stuck, decode
from app.core.fold import RunSnapshot
from app.core.limits import SLOW_AFTER
from app.core.pump import Pump
from app.core.stacks import Call
from app.core.stream import Stream
from app.core.thread_engine import ThreadEngine
from app.core.worker import Worker
from app.programs.child_engine import ChildEngine
from tests.core.piped_engine import PipedEngine
from tests.fakes import PATIENCE, FakeClock

E = TypeVar("E", bound=Event)


class Core:
    """Clock, engine, stream, pump and controller. The test's own thread is the reader.

    Attributes:
        engine: what is given the orders: the same; of the kind ``piped``, one before it that only bytes pass through; of the
            kind ``child``, one whose runs live in processes of their own.
        credit: what may be in flight.
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
        slow_after: float = SLOW_AFTER,
        releases_stuck: bool = True,
        kind: str = "threads",
    ) -> None:
        self.clock = clock or SystemClock()
        self.credit = credit or Credit()
        catalogue = catalogue or whole_catalogue()
        limits: Any = {"deadline": deadline, "slow_after": slow_after, "releases_stuck": releases_stuck}
        self.engine: Engine
        self._threads: ThreadEngine | None = None
        if kind == "child":
            self.engine = ChildEngine(self.clock, **limits)
        else:
            timers = clock if isinstance(clock, FakeClock) else None
            self._threads = ThreadEngine(catalogue, self.clock, timers=timers, credit=self.credit, **limits)
            self.engine = self._threads
            if kind == "piped":
                self.engine = PipedEngine(self._threads, self.clock, deadline if timers is None else 3_600.0)
        self.stream = Stream([self.engine], self.clock)
        self.controller = Controller(catalogue, self.engine, self.stream, deadline)
        self.pump = Pump(self.stream, self._consume, gathering=lambda _records: 0)
        self.records: list[Record] = []
        self._by_run: defaultdict[int, list[Record]] = defaultdict(list)
        self.names: dict[int, RunName] = {}
        self._deadline = deadline
        self._is_closed = False

    @property
    def is_here(self) -> bool:
        """Whether the threads are in this process."""
        return self._threads is not None

    @property
    def threads(self) -> ThreadEngine:
        """The engine of this process, where the threads are; the test is skipped where they are in another."""
        if self._threads is None:
            pytest.skip("its threads are in another process")
        return self._threads

    @property
    def child_engine(self) -> ChildEngine:
        """The engine, of the kind ``child``."""
        assert isinstance(self.engine, ChildEngine)
        return self.engine

    def __enter__(self) -> "Core":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self.close()

    def start(self, **fields: Any) -> int:
        """Start a quick worker, with these fields instead of the usual ones, and return the run's id."""
        if self._threads is None and fields.get("strategy") not in {None, *Catalogue().strategy_ids()}:
            pytest.skip("a child has what is built in")
        run = self.controller.start(
            Worker(**{"name": "worker", "strategy": "event-poll", "interval": 0.001, "text": "{i}", **fields})
        )
        assert run is not None
        return run

    # -- reading -------------------------------------------------------------------------------------------------

    def _consume(self, batch: Batch) -> None:
        records = list(batch)
        self.records += records
        for record in records:
            self._by_run[record.run].append(record)
        self.names.update(batch.names)
        self.controller.consume(batch)

    def read(self) -> None:
        """Take everything that is there, and give its credit back."""
        self.pump.read()

    def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Read until ``true()`` is, which must be about something that was read, or that rings the stream's bell."""
        end = time.monotonic() + seconds

        def so() -> bool:
            if true():
                return True
            # By the real time: a fake clock may stand still.
            left = end - time.monotonic()
            assert left > 0, f"still waiting after {seconds:g} s; alive: {self.controller.left()}"
            return False

        assert self.pump.wait(so, seconds)

    def until_idle(self) -> None:
        """Read until no run is alive, and everything that they wrote."""
        self.until(self.controller.is_idle)
        self.read()

    def until_line(self, run: int, text: str) -> Record:
        """Read until ``run`` has written a line with this text, and return it."""

        def found() -> Record | None:
            return next((r for r in self._by_run[run] if r.kind in LINES and r.text == text), None)

        self.until(found)
        record = found()
        assert record is not None
        return record

    def until_event(self, run: int, kind: type[E], instant: int | None = None) -> E:
        """Read until ``run`` has an event of this kind, and return its first.

        Args:
            run: a run.
            kind: what is waited for.
            instant: if it is not None, the record must have this instant.
        """

        def found() -> list[E]:
            return [e for at, e in self._events(run) if isinstance(e, kind) and instant in (None, at)]

        self.until(found)
        return found()[0]

    def of(self, run: int) -> list[Record]:
        """Return the records of a run that were read so far."""
        return list(self._by_run.get(run, ()))

    def texts(self, run: int) -> list[str]:
        """Return the lines of a run that were read so far."""
        return [record.text for record in self.of(run) if record.kind in LINES]

    def events(self, run: int, kind: type[E] = Event) -> list[E]:
        """Return the events of a run, of one kind or of all, that were read so far."""
        return [event for _, event in self._events(run) if isinstance(event, kind)]

    def instant(self, run: int, kind: type[Event]) -> int:
        """Return the instant of the record of a run's first event of a kind that was read."""
        return next(instant for instant, event in self._events(run) if isinstance(event, kind))

    def _events(self, run: int) -> list[tuple[int, Event]]:
        decoded = [(r.instant, decode(r.kind, r.text)) for r in self.of(run) if r.kind in KINDS]
        return [(instant, event) for instant, event in decoded if event is not None]

    def snapshot(self, run: int) -> RunSnapshot:
        """Return what is known of a run that exists."""
        snapshot = self.controller.state.snapshot(run)
        assert snapshot is not None
        return snapshot

    def where(self, run: int) -> tuple[Call, ...]:
        """Return where the thread of a run that is alive is at this moment."""
        before = len(self.events(run, Located))
        self.controller.locate([run])
        self.until(lambda: len(self.events(run, Located)) > before)
        return self.events(run, Located)[-1].calls

    # -- control -------------------------------------------------------------------------------------------------

    @contextmanager
    def held_manager(self) -> Iterator[None]:
        """Keep the thread manager busy: what is started meanwhile has no thread yet, and what ends is not joined."""
        held, release = threading.Event(), threading.Event()

        def task() -> None:
            held.set()
            release.wait(PATIENCE)

        self.threads._tasks.put(task)
        assert held.wait(PATIENCE)
        try:
            yield
        finally:
            release.set()

    def close(self) -> None:
        """Stop all and end, once; fails if a run is left."""
        if self._is_closed:
            return
        self._is_closed = True
        self.controller.close(self._deadline)
        if isinstance(self.clock, FakeClock):
            self.clock.let_go()
        try:
            self.until_idle()
        finally:
            self.engine.shutdown()
            self.stream.close()


def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until ``true()`` is: only for what rings no bell, so it is looked at in short slices."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end, f"still waiting after {seconds:g} s"
        pause.wait(0.001)


def check_records(records: Sequence[Record], *, ended: bool = True) -> None:
    """Assert what holds for the records of every run: born once, in time order, and silent after its end."""
    records = [record for record in records if not isinstance(decode(record.kind, record.text), Shown)]
    # What an engine says by itself of a process that stood still comes before what that process had to say by then.
    engines = (Stuck, Located)
    instants = [record.instant for record in records if not isinstance(decode(record.kind, record.text), engines)]
    assert instants == sorted(instants)
    events = [decode(record.kind, record.text) for record in records if record.kind not in LINES]
    assert None not in events
    assert isinstance(decode(records[0].kind, records[0].text), Started)
    assert sum(isinstance(event, Started) for event in events) == 1
    assert sum(isinstance(event, StopRequested) for event in events) <= 1
    assert sum(isinstance(event, Ended) for event in events) == ended
    assert sum(record.kind == Kind.CHAIN for record in records) == ended
    if ended:
        # The very last: how it ended, and its stop chain.
        end = decode(records[-1].kind, records[-1].text)
        assert isinstance(end, Ended)
        assert end.chain.ended == records[-1].instant
        assert end.chain.is_ordered()
        requests = [r.instant for r in records if isinstance(decode(r.kind, r.text), StopRequested)]
        assert requests == [end.chain.requested] * len(requests)
        # Of a thread of an observed program, its own program asks.
        is_asked = bool(requests) or any(isinstance(event, Asked) for event in events)
        assert (end.chain.requested is not None) == is_asked
