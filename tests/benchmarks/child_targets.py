"""Child processes without a window: how fast they stop and start, how many there may be, and what is left of them."""

import gc
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from app.core.batch import Batch, Kind
from app.core.catalogue import Catalogue
from app.core.pump import Pump
from app.core.worker import PROCESS, Worker
from app.programs.runtime import build_runtime

from .bare import BARE
from .case import percentile
from .machine import children_of, memory
from .targets import Said

MOST_TIMES_BARE, MOST_BEYOND_BARE = 1.1, 0.1  # ms
MOST_TIMES_PASS, MOST_BEYOND_PASS = 1.3, 0.1  # s
MOST_GROWN = 1.0  # pieces of memory a cycle
REMEMBERED = 20  # ended runs; a session remembers 100,000, at 1,100 bytes each, which would look like a leak
PATIENCE = 60.0  # seconds


class Runs:
    """Child processes with a reader, which is the thread that makes this."""

    def __init__(self, look: Callable[[Batch], object] = len) -> None:
        self._look = look
        self.runtime = build_runtime(Catalogue(), releases_stuck=True)
        self.controller = self.runtime.controller
        self.pump = Pump(self.runtime.stream, self._read)

    def _read(self, batch: Batch) -> None:
        self._look(batch)
        self.controller.consume(batch)

    def begin(self, workers: Sequence[Worker]) -> list[int]:
        """Start some workers and return their runs once each has written a line."""
        runs = [run for run in self.controller.start_all(workers) if run is not None]
        self.wait(lambda: all(snapshot.lines for snapshot in self.controller.state.snapshots(runs)))
        return runs

    def wait(self, true: Callable[[], bool]) -> None:
        if not self.pump.wait(true, PATIENCE):
            raise TimeoutError(f"still waiting after {PATIENCE:g} s")

    def close(self) -> None:
        self.runtime.close()


def worker(name: str = "measured", interval: float = 0.05) -> Worker:
    return Worker(name, "event-wait", interval=interval, engine=PROCESS)


def stop_target(count: int) -> Said:
    """Measure stop latency beside a bare thread's, in turns."""
    runs, chance = Runs(), random.Random(1)
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(count):
        delay = chance.uniform(0.05, 0.1)
        (run,) = runs.begin([worker()])
        runs.pump.wait(lambda: False, delay)
        runs.controller.stop(run)
        runs.wait(runs.controller.is_idle)
        snapshot = runs.controller.state.snapshot(run)
        assert snapshot is not None
        ours.append((snapshot.chain.latency or 0) / 1e6)
        thread = BARE["event-wait"](0.05)
        thread.start()
        time.sleep(delay)
        thread.ask()
        thread.join()
        bare.append((thread.noticed - thread.requested) / 1e6)
    runs.close()
    mine, theirs = median(ours), median(bare)
    most = MOST_TIMES_BARE * theirs + MOST_BEYOND_BARE
    p99 = f"p99 {percentile(sorted(ours), 0.99):.2f} and {percentile(sorted(bare), 0.99):.2f}"
    return mine <= most, f"stop latency of event-wait at most {most:.2f} ms: {mine:.2f} ms, bare {theirs:.2f} ({p99})"


def start_target(count: int) -> Said:
    """Measure from the start of a child to its first line, beside ``python -c pass``, in turns; and processor time."""
    ours: list[float] = []
    bare: list[float] = []
    worked: list[float] = []
    bare_worked: list[float] = []
    first: list[int] = []

    def look(batch: Batch) -> None:
        if not first and Kind.LINE in batch.kinds:
            first.append(batch.instants[batch.kinds.index(Kind.LINE)])

    runs = Runs(look)
    for _ in range(count):
        first.clear()
        before, used = time.perf_counter_ns(), _buried_time()
        (run,) = runs.begin([worker()])
        ours.append((first[0] - before) / 1e9)
        runs.controller.stop(run)
        runs.wait(runs.controller.is_idle)
        _wait_until(lambda: not children())
        worked.append(_buried_time() - used)
        before, used = time.perf_counter_ns(), _buried_time()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append((time.perf_counter_ns() - before) / 1e9)
        bare_worked.append(_buried_time() - used)
    runs.close()
    mine, theirs = median(ours), median(bare)
    most = MOST_TIMES_PASS * theirs + MOST_BEYOND_PASS
    processor = f"of processor at least {min(worked) * 1e3:.0f} and {min(bare_worked) * 1e3:.0f}"
    words = (
        f"first line of a child within {most * 1e3:.0f} ms: {mine * 1e3:.0f} ms, pass {theirs * 1e3:.0f} ({processor})"
    )
    return mine <= most, words


def _buried_time() -> float:
    """Return the seconds of processor that the children which are over have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def many_target(count: int) -> Said:
    """Start many children at once, and stop them."""
    runs = Runs()
    before = time.perf_counter()
    runs.begin([worker(f"child {number}", 0.5) for number in range(count)])
    begun = time.perf_counter() - before
    before = time.perf_counter()
    runs.controller.stop_all()
    runs.wait(runs.controller.is_idle)
    ended = time.perf_counter() - before
    runs.close()
    left = children()
    return not left, f"{count} children at once: begun in {begun:.1f} s, stopped in {ended:.2f} s, {left} left"


def kill_target(count: int) -> Said:
    """Kill children at random moments: what was read is gapless, and the run says how it ended."""
    texts: list[str] = []

    def look(batch: Batch) -> None:
        texts.extend(text for kind, text in zip(batch.kinds, batch.texts, strict=True) if kind == Kind.LINE)

    runs, chance, whole, lines = Runs(look), random.Random(2), 0, 0
    for _ in range(count):
        texts.clear()
        runs.controller.start(Worker("killed", "event-poll", interval=0.0, text="{i}", engine=PROCESS))
        runs.pump.wait(lambda: False, chance.uniform(0.0, 0.6))
        _wait_until(lambda: children() > 0)  # it may not even have begun
        for pid in children_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        runs.wait(runs.controller.is_idle)
        (*_, last) = runs.controller.state.runs()
        whole += texts == [str(number) for number in range(1, len(texts) + 1)] and last.lines == len(texts)
        lines += len(texts)
    runs.close()
    return whole == count, f"killed at random moments: {whole} of {count} gapless, {lines:,} lines in all"


def cycles_target(count: int, at_once: int) -> Said:
    """Start and stop again and again, some at once, and look at what is left: nothing, and memory that does not grow.

    What the first quarter leaves in memory does not count: caches fill.
    """
    workers = [worker(f"cycle {place}", 0.001) for place in range(at_once)]
    before = usage()
    runs = Runs()
    runs.controller.state._most_ended = REMEMBERED
    began, own, theirs = time.perf_counter(), time.process_time(), _buried_time()
    grown_from: tuple[int, int, int] | None = None
    most_files, done = 0, 0
    while done < count:
        runs.begin(workers[: count - done])
        most_files = max(most_files, usage()[2])
        runs.controller.stop_all()
        runs.wait(runs.controller.is_idle)
        done += min(at_once, count - done)
        if grown_from is None and done >= count // 4:
            gc.collect()
            grown_from = (done, sys.getallocatedblocks(), memory())
    took, own = time.perf_counter() - began, time.process_time() - own
    _wait_until(lambda: not children())
    gc.collect()
    first, pieces, held = grown_from or (done, sys.getallocatedblocks(), memory())
    growth = (sys.getallocatedblocks() - pieces) / max(1, done - first)
    grown = (memory() - held) / 2**20
    theirs = _buried_time() - theirs
    runs.close()
    after = usage()
    cost = f"a cycle takes {own / count * 1e3:.1f} ms of processor here and {theirs / count * 1e3:.0f} in the child"
    left = ", ".join(f"{now - was:+d} {what}" for now, was, what in zip(after, before, USED, strict=True))
    memory_words = f"{growth:+.2f} pieces of memory a cycle ({grown:+.1f} MB), up to {most_files} files open meanwhile"
    met = after == before and growth < MOST_GROWN
    return met, f"{count:,} starts and stops, {at_once} at once, in {took:.0f} s: {left}, {memory_words}; {cost}"


USED = ("processes", "threads", "files")


def usage() -> tuple[int, int, int]:
    """Return how many children, threads and open files this process has."""
    return children(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir())) - 1


def children() -> int:
    return len(children_of(os.getpid()))


def _wait_until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does and says to none: that a child is buried."""
    until = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < until:
        time.sleep(0.001)
