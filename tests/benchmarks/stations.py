"""What a line costs at each station on its way from a child to the disk and the window: processor time, one thread.

``python -m tests.benchmarks.stations`` prints nanoseconds a line. Of several rounds the least counts: what else runs on the
machine can only add to it. So it can be compared on a machine that is busy, where lines a second cannot.
"""

import sys
import time
from collections.abc import Callable, Iterator

from app.core.batch import Batch, RunName
from app.core.credit import Credit
from app.core.engine import Drained, NewRun
from app.core.events import Started, encode
from app.core.lane import Collector
from app.core.worker import PROCESS, Worker
from app.programs.child_engine import ChildEngine
from app.programs.child_link import ChildLink
from app.programs.frames import Hello, fingerprint, frames_of
from app.programs.process import APP
from app.session.packing import pack
from app.ui.log.store import LogStore, prepare

from .report import table

CHILDREN = 4
LINES = 1_000  # a frame
FRAMES = 2  # of each child a drain
ROUNDS = 40
SHOWN = 40  # rows of the log
BEGAN = 10**14  # ns


class Clock:
    """A child's clock: each look is a little later, so that the lines of several children interleave. Or the window's."""

    def __init__(self, step: int) -> None:
        self.instant = BEGAN
        self._step = step

    def now(self) -> int:
        self.instant += self._step
        return self.instant


class Meter:
    """Keeps the least processor time of each station."""

    def __init__(self) -> None:
        self.least: dict[str, float] = {}

    def take(self, station: str, lines: int, do: Callable[[], object]) -> object:
        """Do something, and keep what it took a line if that is the least so far."""
        before = time.thread_time_ns()
        found = do()
        took = (time.thread_time_ns() - before) / lines
        self.least[station] = min(took, self.least.get(station, took))
        return found


class Child:
    """One child's own stations: a lane that is drained, and frames."""

    def __init__(self, run: int, meter: Meter) -> None:
        self.clock = Clock(2_000 + run)
        self._meter = meter
        self._collector = Collector(self.clock, Credit(4_000, 4_000_000))  # type: ignore[arg-type]
        self.new = NewRun(run, RunName(f"Event {run}", 1), Worker(f"Event {run}", "event-poll", engine=PROCESS))
        self._lane = self._collector.open_lane(run, self.new.name)
        self._lane.append_control([encode(Started("event-poll", "sleep", 0.0))])
        self._number = 1
        self._line = 0

    def frame(self) -> bytes:
        """Return the next thousand lines as they cross the pipe."""
        first, self._line = self._line + 1, self._line + LINES
        for number in range(first, first + LINES):
            self._lane.line(f"running… {number}")
        drained = self._meter.take("child: drain", LINES, self._collector.drain)
        assert isinstance(drained, Drained)
        data = self._meter.take("child: frame", LINES, lambda: self._framed(drained.batch))
        self._collector.release(drained.tokens)
        assert isinstance(data, bytes)
        return data

    def _framed(self, batch: Batch) -> bytes:
        (frame,) = frames_of(batch, self._number + 1)
        self._number += 1
        return frame.to_bytes()


def measured() -> dict[str, float]:
    """Return the least nanoseconds of processor time that a line took at each station."""
    clock, meter = Clock(0), Meter()
    engine = ChildEngine(clock)  # type: ignore[arg-type]
    children = [Child(run, meter) for run in range(1, CHILDREN + 1)]
    hello = Hello(1, fingerprint(str(APP)), "", 1).frame().to_bytes()
    links = []
    for child in children:
        link = engine._link_for(child.new, 10**6)
        link.transcript.give(child.new)
        list(link.transcript.feed(hello))
        links.append(link)
    store = LogStore(most=10**5)
    for _ in range(ROUNDS):
        lines = CHILDREN * FRAMES * LINES
        data = [child.frame() for child in children for _ in range(FRAMES)]
        owners = [link for link in links for _ in range(FRAMES)]
        clock.instant = max(child.clock.instant for child in children)

        def read(data: list[bytes] = data, owners: list[ChildLink] = owners) -> None:
            for each, link in zip(data, owners, strict=True):
                for told in link.transcript.feed(each):
                    engine._turns.came(link, told.weight.lines)
                    engine._stream.come(link, told)

        meter.take("window: read and check", lines, read)
        drained = meter.take("window: drain", lines, engine.drain)
        assert isinstance(drained, Drained)
        batch = drained.batch
        meter.take("window: pack for the disk", lines, lambda batch=batch: pack(batch))  # type: ignore[misc]
        meter.take("window: release", lines, lambda tokens=drained.tokens: engine.release(tokens))  # type: ignore[misc]
        meter.take("window: order", lines, lambda batch=batch: prepare(batch))  # type: ignore[misc]
        meter.take("window: keep in the log", lines, lambda batch=batch: store.append(batch))  # type: ignore[misc]
        meter.take("window: show the newest", lines, lambda: store.records(store.end - SHOWN, SHOWN))
    return meter.least


def rows(least: dict[str, float]) -> Iterator[tuple[str, str]]:
    for station, took in least.items():
        yield station, f"{took:.1f}"
    for where in ("child", "window"):
        yield f"{where}: all", f"{sum(took for station, took in least.items() if station.startswith(where)):.1f}"


def main() -> int:
    """Measure and print."""
    sys.stdout.write(table(("station", "ns a line"), rows(measured())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
