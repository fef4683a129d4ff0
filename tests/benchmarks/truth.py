"""Is it true? What we report beside what bare threads measure: ``python -m tests.benchmarks.truth``.

For each strategy, in turns: a run of ours, whose stop chain says its latency, and the same mechanism written as a bare
thread of ten lines (``bare.py``), each asked at a random phase of its interval. Mechanisms that wait must have the same
median, within 1.1 times plus 0.05 ms; those that look once an interval must be uniform on [0, interval + overshoot], the
overshoot being the median of what bare sleeps took longer in the same run, by Kolmogorov and Smirnov with α = 0.01. Then
many stops of all strategies at once, of which no chain may decrease and no line may be stamped after its run's end. Then
what our instruments cost a thread. Run by hand, on a machine that does nothing else.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

from app.adapters import whole_catalogue
from app.core.batch import Batch, Kind, RunName
from app.core.clock import SystemClock
from app.core.events import Ended, events_of
from app.core.lane import Collector
from app.core.loop_context import LoopContext
from app.core.worker import Worker

from .bare import BARE, POLLING
from .machine import ProcessorShare, environment
from .report import table
from .stop_latency import ReadRuntime, distance_from_uniform

ALPHA = 0.01
SIDE_BY_SIDE = 100  # workers that are stopped together in the second part


class Witness:
    """Keeps of each run its last line and its end, and says what is wrong with them."""

    def __init__(self) -> None:
        self._last_line: dict[int, int] = {}
        self._ended: set[int] = set()
        self.lines = self.chains = 0
        self.wrong: list[str] = []

    def look(self, batch: Batch) -> None:
        """Look at a batch; within a run its records are in order."""
        ends = {index: event for index, _, event in events_of(batch) if isinstance(event, Ended)}
        for index, (instant, run, kind, _) in enumerate(batch):
            if kind == Kind.LINE:
                self.lines += 1
                self._last_line[run] = instant
                if run in self._ended:
                    self.wrong.append(f"run {run}: a line after its end")
            elif kind == Kind.CHAIN:
                self.chains += 1
                self._judge(run, ends.get(index))
                self._ended.add(run)

    def _judge(self, run: int, end: Ended | None) -> None:
        if end is None or not end.chain.is_ordered() or end.chain.ended is None:
            self.wrong.append(f"run {run}: {end}")
        elif self._last_line.get(run, 0) > end.chain.ended:
            self.wrong.append(f"run {run}: a line stamped after its end")


class Watched(ReadRuntime):
    """A runtime whose every batch a witness looks at."""

    def __init__(self) -> None:
        self.catalogue = whole_catalogue()
        self.witness = Witness()
        super().__init__(self.catalogue, self.witness.look)


def p_value(distance: float, count: int) -> float:
    """Return how probable such a distance or a larger one is (Kolmogorov's series with Stephens's correction for n)."""
    scaled = (math.sqrt(count) + 0.12 + 0.11 / math.sqrt(count)) * distance
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms)))


def bare(strategy: str, interval: float, delay: float) -> float:
    """Return the latency in ms that a bare thread measures."""
    thread = BARE[strategy](interval)
    thread.start()
    time.sleep(delay)
    thread.ask()
    thread.join()
    return float(thread.noticed - thread.requested) / 1e6


def overshoot(interval: float, count: int) -> float:
    """Return by how many ms a sleep takes longer, the median."""
    times = []
    for _ in range(count):
        began = time.perf_counter_ns()
        time.sleep(interval)
        times.append((time.perf_counter_ns() - began) / 1e6 - interval * 1e3)
    return median(times)


def beside(
    watched: Watched, strategy: str, count: int, interval: float, chance: random.Random
) -> tuple[list[float], list[float]]:
    """Return the latencies in ms, ours and the bare thread's, measured in turns."""
    worker = Worker(strategy, strategy, interval=interval)
    mine: list[float] = []
    theirs: list[float] = []
    for pair in range(count):
        delay = chance.uniform(interval, 2 * interval)
        turns: list[Callable[[], None]] = [
            lambda d=delay: mine.append(watched.latency(worker, d)),
            lambda d=delay: theirs.append(bare(strategy, interval, d)),
        ]
        for turn in turns if pair % 2 else reversed(turns):
            turn()
    return mine, theirs


def strategy_row(
    watched: Watched, strategy: str, options: argparse.Namespace, chance: random.Random
) -> tuple[tuple[str, ...], bool]:
    """Return a strategy's row, and whether what we report of it is true."""
    mine, theirs = beside(watched, strategy, options.n, options.interval, chance)
    middle, other = median(mine), median(theirs)
    row = (strategy, str(len(mine)), f"{middle:.3f}", f"{max(mine):.3f}", f"{other:.3f}", f"{max(theirs):.3f}")
    if strategy in POLLING:
        over = overshoot(options.interval, 50)
        ranges = options.interval * 1e3 + over
        chances = [p_value(distance_from_uniform(some, ranges), len(some)) for some in (mine, theirs)]
        words = f"uniform on [0, {ranges:.2f} ms]: p = {chances[0]:.3f} (bare {chances[1]:.3f})"
        return (*row, words), chances[0] >= ALPHA
    limit = 1.1 * other + 0.05
    return (*row, f"limit {limit:.3f} ms"), middle <= limit


def many_stops(watched: Watched, stops: int) -> None:
    """Stop so many runs of all strategies that can notice, a hundred together at a time."""
    names = [about.id for about in (s.about for s in watched.catalogue.strategies) if about.id in BARE]
    for done in range(0, stops, SIDE_BY_SIDE):
        for number in range(min(SIDE_BY_SIDE, stops - done)):
            watched.controller.start(Worker(f"w{number}", names[number % len(names)], interval=0.001))
        time.sleep(0.01)
        watched.controller.stop_all()
        if not watched.wait_idle(60):
            raise TimeoutError("not all of them stopped")


class _NoSleep(SystemClock):
    @staticmethod
    def sleep(_seconds: float) -> None: ...  # type: ignore[override]


def nanoseconds(call: Callable[[], object], times: int = 200_000) -> float:
    """Return how many ns a call takes, the best of five."""
    best = math.inf
    for _ in range(5):
        began = time.perf_counter_ns()
        for _ in range(times):
            call()
        best = min(best, (time.perf_counter_ns() - began) / times)
    return best


def costs() -> list[tuple[str, ...]]:
    """Return what our instruments cost a thread, as rows."""
    clock = _NoSleep()
    collector = Collector(clock)
    lane = collector.open_lane(1, RunName("cost", 1))
    context = LoopContext(
        append=lane.line,
        append_of=lane.line_of,
        render=lambda number: f"running… {number}",
        work=_nothing,
        noticed=lambda at=None: None,
        clock=clock,
        interval=1.0,
        limit=None,
    )
    pause, raw = nanoseconds(context.sleep), nanoseconds(lambda: _NoSleep.sleep(1.0))
    work, call = nanoseconds(context.work), nanoseconds(_nothing)
    lines = _line_cost(collector, context)
    texts: list[str] = []
    plain = nanoseconds(lambda: texts.append(f"running… {len(texts)}"), 100_000)
    return [
        ("a pause, with its measuring", f"{pause:.0f}", f"{raw:.0f}", f"{pause - raw:.0f}"),
        ("a piece of work, with its measuring", f"{work:.0f}", f"{call:.0f}", f"{work - call:.0f}"),
        ("a line, into its lane", f"{lines:.0f}", f"{plain:.0f}", f"{lines - plain:.0f}"),
    ]


def _nothing() -> None: ...


def _line_cost(collector: Collector, context: LoopContext) -> float:
    """Return the ns of a line, without those of the reader, who drains between two measurements."""
    best = math.inf
    for _ in range(40):
        began = time.perf_counter_ns()
        for _ in range(5_000):
            context.line()
        best = min(best, (time.perf_counter_ns() - began) / 5_000)
        drained = collector.drain()
        if drained is not None:
            collector.release(drained.tokens)
    return best


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 if something that we report is not true."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.truth", description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=200, help="stops of each strategy, ours and bare (default 200)")
    parser.add_argument("--interval", type=float, default=0.02, help="seconds between two checkpoints (default 0.02)")
    parser.add_argument("--stops", type=int, default=10_000, help="stops of the second part (default 10,000)")
    parser.add_argument("--strategies", help="ids with commas between (default: all that have a bare thread)")
    parser.add_argument("--seed", type=int, default=1, help="of the random phases (default 1)")
    options = parser.parse_args(arguments)
    print(environment())
    print(
        f"switch interval {sys.getswitchinterval() * 1e3:g} ms, seed {options.seed}, interval {options.interval:g} s\n"
    )
    share, chance, watched = ProcessorShare(), random.Random(options.seed), Watched()
    said: list[tuple[bool, str]] = []
    rows = []
    for strategy in options.strategies.split(",") if options.strategies else BARE:
        row, true = strategy_row(watched, strategy, options, chance)
        rows.append(row)
        said.append((true, f"{strategy}: {row[-1]}"))
    print(table(("strategy", "n", "ours p50 ms", "max", "bare p50 ms", "max", "to be true"), rows))
    many_stops(watched, options.stops)
    watched.close()
    witness = watched.witness
    said.append((not witness.wrong, f"{witness.chains:,} chains, {witness.lines:,} lines: {len(witness.wrong)} wrong"))
    print("\n" + table(("what the instruments cost a thread, ns", "ours", "bare", "more"), costs()))
    stolen, others = share.since()
    print(f"\nstolen {stolen:.0%}, others {others:.0%}" + (" (over 5 %: the ratios count)" if stolen > 0.05 else ""))
    print(*(f"{'true    ' if true else 'NOT TRUE'} {words}" for true, words in said), *witness.wrong[:5], sep="\n")
    return 0 if all(true for true, _ in said) else 1


if __name__ == "__main__":
    sys.exit(main())
