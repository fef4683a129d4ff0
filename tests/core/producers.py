"""Threads that write into lanes when a test says so, and of which it knows at any time whether they wait for credit."""

import queue
import threading
from collections.abc import Iterable

from app.core.batch import RunName
from app.core.clock import SystemClock
from app.core.credit import Credit
from app.core.engine import CreditToken
from app.core.lane import Collector
from tests.fakes import PATIENCE


class _WatchedEvent(threading.Event):
    """Tells its producer while its thread waits on it."""

    def __init__(self, producer: "Producer") -> None:
        super().__init__()
        self._producer = producer

    def wait(self, timeout: float | None = None) -> bool:
        self._producer.turn(waiting=True)
        is_set = super().wait(timeout)
        self._producer.turn(waiting=False)
        return is_set


class Producer:
    """A thread that appends lines to a lane of its own.

    Attributes:
        told: the lines that it was told to write, in order.
        written: how many of them it has written.
    """

    def __init__(self, collector: Collector, run: int, changed: threading.Condition) -> None:
        self.lane = collector.open_lane(run, RunName(f"w{run}", 1))
        self.lane._account.granted = _WatchedEvent(self)
        self.told: list[str] = []
        self.written = 0
        self._waiting = False
        self._changed = changed
        self._inbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self) -> None:
        while (text := self._inbox.get()) is not None:
            self.lane.line(text)
            self.turn(written=1)

    def turn(self, *, waiting: bool = False, written: int = 0) -> None:
        with self._changed:
            self._waiting = waiting
            self.written += written
            self._changed.notify_all()

    def tell(self, text: str) -> None:
        self.told.append(text)
        self._inbox.put(text)

    def is_blocked(self) -> bool:
        """Return whether it waits for credit and was not woken."""
        return self._waiting and not self.lane._account.granted.is_set()

    def is_idle(self) -> bool:
        """Return whether it has written everything that it was told to."""
        return self.written == len(self.told)

    def end(self) -> None:
        """End the thread and the lane, once; if it still waits, which is a failure, it gets credit out of nothing."""
        if not self._thread.is_alive():
            return
        self._inbox.put(None)
        with self.lane._lock:
            self.lane._overdraft = len(self.told)
            self.lane._account.granted.set()
        self._thread.join(PATIENCE)
        assert self.lane.append_control([], last=True) is not None


class Crowd:
    """Producers that share one credit, and their reader.

    Attributes:
        got: run to the lines that were read of it.
        owed: the tokens of what was read and not released.
    """

    def __init__(self, lines: int, characters: int) -> None:
        self.credit = Credit(lines, characters)
        self.collector = Collector(SystemClock(), self.credit)
        self.producers: list[Producer] = []
        self.got: dict[int, list[str]] = {}
        self.owed: list[CreditToken] = []
        self._changed = threading.Condition()

    def open(self) -> Producer:
        producer = Producer(self.collector, len(self.producers), self._changed)
        self.got[len(self.producers)] = []
        self.producers.append(producer)
        return producer

    def tell(self, producer: Producer, *texts: str) -> None:
        for text in texts:
            producer.tell(text)
        self.settle_down()

    def tell_all(self, producers: Iterable[Producer], text: str) -> None:
        """Have those write a line that are not waiting already."""
        for producer in producers:
            if producer.is_idle():
                producer.tell(text)
        self.settle_down()

    def settle_down(self) -> None:
        """Wait until each has written everything or waits for credit."""
        with self._changed:
            quiet = self._changed.wait_for(lambda: all(p.is_idle() or p.is_blocked() for p in self.producers), PATIENCE)
        assert quiet, "a producer neither writes nor waits for credit"

    def blocked(self) -> list[Producer]:
        return [producer for producer in self.producers if not producer.is_idle()]

    def drain(self) -> None:
        drained = self.collector.drain()
        if drained is not None:
            self.owed += drained.tokens
            for record in drained.batch:
                self.got[record.run].append(record.text)

    def release(self) -> None:
        """Give back the credit of everything that was read."""
        self.collector.release(self.owed)
        self.owed.clear()
        self.settle_down()

    def read(self) -> None:
        self.drain()
        self.release()

    def relax(self) -> None:
        """Read until none waits any more; each reading must let one through."""
        self.read()
        while blocked := self.blocked():
            before = sum(producer.written for producer in blocked)
            self.read()
            assert sum(producer.written for producer in blocked) > before, "everything was read, and all still wait"
        self.read()

    def close(self) -> None:
        """End all and assert that everything arrived, once and in order, and that all credit is back."""
        try:
            self.relax()
            assert self.credit.in_flight() == (0, 0)
        finally:
            for producer in self.producers:
                producer.end()
        assert self.credit.in_flight() == (0, 0)
        assert self.got == {run: producer.told for run, producer in enumerate(self.producers)}
