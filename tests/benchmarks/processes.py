"""The processes benchmark: workers in processes of their own, beside the threads of the window's and bare ones.

``python -m tests.benchmarks.processes`` measures, each beside its yardstick in the same run: lines a second and window lag
of four workers at interval 0, the window lag beside four that compute, stop latency, how soon a child has written its first
line, a hundred children at once, children that are killed at random moments, and what is left of many starts and stops. It
is run by hand, offscreen unless ``QT_QPA_PLATFORM`` says otherwise.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from app.core.batch import Batch, Kind
from app.core.catalogue import Catalogue
from app.core.pump import Pump
from app.core.worker import PROCESS, Worker
from app.programs.runtime import build_runtime

from .bare import BARE
from .case import SHORT_SWITCH, Case, percentile
from .machine import environment, stolen_words
from .measuring import Results, add_common_options, label, measured_all
from .report import milliseconds, table, taken
from .targets import Said, verdict_line

WORKERS = 4
MOST_LAG_P99 = 8.0  # ms
MOST_TIMES_EMPTY = 1.5
MOST_TIMES_BARE, MOST_BEYOND_BARE = 1.1, 0.1  # ms
MOST_TIMES_PASS, MOST_BEYOND_PASS = 1.3, 0.1  # s
CHILDREN = 100
PATIENCE = 60.0  # seconds
NAMES = {
    "ours": "threads of the window's process",
    "ours-processes": "each in a process of its own",
    "empty-beside": "empty window, four threads compute elsewhere",
    "ours-computing": "each in a process of its own, computing",
}


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.processes", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=10.0, help="how long each window is measured (default 10)")
    add("--stops", type=int, default=100, help="how many stops are measured (default 100)")
    add("--starts", type=int, default=15, help="how many starts are measured (default 15)")
    add("--kills", type=int, default=50, help="how many children are killed at random moments (default 50)")
    add("--cycles", type=int, default=1_000, help="how many starts and stops (default 1,000)")
    add("--only", default="", help="parts, separated by commas: window, stop, start, many, kill, cycles")
    add("--quick", action="store_true", help="2 s a window, and a tenth of all else")
    add_common_options(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.stops, options.starts, options.kills, options.cycles = 2.0, 10, 3, 5, 100
    return options


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


def windows(options: argparse.Namespace) -> list[Case]:
    """Return the cases that have a window, each yardstick directly before what stands beside it."""
    floods = [
        Case("flood", design, WORKERS, seconds=options.seconds, switch=SHORT_SWITCH) for design in list(NAMES)[:2]
    ]
    beside = [
        Case("paced", design, WORKERS, seconds=options.seconds, switch=SHORT_SWITCH) for design in list(NAMES)[2:]
    ]
    return [*floods, *beside]


def window_rows(results: Results) -> Iterator[Sequence[str]]:
    for case, figures in results.items():
        rate = f"{figures.rate:,.0f}" if figures.rate else "–"
        yield (NAMES[case.design], rate, *milliseconds(figures.lag), figures.numbers or "–", *taken(figures))


def window_targets(results: Results) -> Iterator[Said]:
    found = {case.design: figures for case, figures in results.items()}
    here, there = found.get("ours"), found.get("ours-processes")
    if here and there and here.rate and there.rate and here.lag and there.lag:
        ratio = there.rate / here.rate
        yield ratio >= 1, f"lines/s at least those of the window's threads: {ratio:.2f} × (the aim is 1.5 ×)"
        most = min(MOST_LAG_P99, here.lag[1])
        yield there.lag[1] <= most, f"p99 window lag at most {most:.1f} ms: {there.lag[1]:.1f} ms"
    empty, beside = found.get("empty-beside"), found.get("ours-computing")
    if empty and beside and empty.lag and beside.lag:
        ratio = beside.lag[1] / empty.lag[1]
        yield ratio <= MOST_TIMES_EMPTY, f"p99 beside four that compute at most 1.5 × an empty window's: {ratio:.2f} ×"


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
    """Measure from the start of a child to its first line, beside ``python -c pass``, in turns."""
    ours: list[float] = []
    bare: list[float] = []
    first: list[int] = []

    def look(batch: Batch) -> None:
        if not first and Kind.LINE in batch.kinds:
            first.append(batch.instants[batch.kinds.index(Kind.LINE)])

    runs = Runs(look)
    for _ in range(count):
        first.clear()
        before = time.perf_counter_ns()
        (run,) = runs.begin([worker()])
        ours.append((first[0] - before) / 1e9)
        runs.controller.stop(run)
        runs.wait(runs.controller.is_idle)
        before = time.perf_counter_ns()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append((time.perf_counter_ns() - before) / 1e9)
    runs.close()
    mine, theirs = median(ours), median(bare)
    most = MOST_TIMES_PASS * theirs + MOST_BEYOND_PASS
    return (
        mine <= most,
        f"first line of a child within {most * 1e3:.0f} ms: {mine * 1e3:.0f} ms, pass {theirs * 1e3:.0f}",
    )


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
        for pid in children_of(os.getpid()):
            os.kill(pid, signal.SIGKILL)
        runs.wait(runs.controller.is_idle)
        (*_, last) = runs.controller.state.runs()
        whole += texts == [str(number) for number in range(1, len(texts) + 1)] and last.lines == len(texts)
        lines += len(texts)
    runs.close()
    return whole == count, f"killed at random moments: {whole} of {count} gapless, {lines:,} lines in all"


def cycles_target(count: int) -> Said:
    """Start and stop again and again, and look at what is left."""
    before = usage()
    runs = Runs()
    began = time.perf_counter()
    for _ in range(count):
        (run,) = runs.begin([worker(interval=0.001)])
        runs.controller.stop(run)
        runs.wait(runs.controller.is_idle)
    took = time.perf_counter() - began
    runs.close()
    after = usage()
    return (
        after == before,
        f"{count:,} starts and stops in {took:.0f} s: {after} left of {before} (processes, threads, files)",
    )


def usage() -> tuple[int, int, int]:
    """Return how many children, threads and open files this process has."""
    return children(), threading.active_count(), len(list(Path("/proc/self/fd").iterdir())) - 1


def children() -> int:
    return len(children_of(os.getpid()))


def children_of(pid: int) -> list[int]:
    """Return the children of a process, by all of its threads."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something could not be measured, or lines were missing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    wanted = set(filter(None, options.only.split(","))) or {"window", "stop", "start", "many", "kill", "cycles"}
    sys.stdout.write(f"{environment()}\n\n")
    results: Results = {}
    if "window" in wanted:
        results = measured_all(windows(options), options)
        head = ("window with four workers", "lines/s", "lag p50", "p99", "max ms", "numbers", "stolen", "others")
        sys.stdout.write(f"{table(head, window_rows(results))}\n\n")
    targets = list(window_targets(results))
    parts = {
        "stop": lambda: stop_target(options.stops),
        "start": lambda: start_target(options.starts),
        "many": lambda: many_target(CHILDREN),
        "kill": lambda: kill_target(options.kills),
        "cycles": lambda: cycles_target(options.cycles),
    }
    targets += [measure() for name, measure in parts.items() if name in wanted]
    lines = [*map(verdict_line, targets), *(stolen_words(label(case), one.stolen) for case, one in results.items())]
    sys.stdout.write("\n".join(filter(None, lines)) + "\n")
    return 0 if all(figures.numbers in (None, "ok") for figures in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
