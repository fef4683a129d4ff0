"""What observing costs a program: ``python -m tests.benchmarks.observe``, with Python 3.12 or newer.

Each measure is a small program that prints one figure. It runs alone and observed in turns, in pairs; a measure fails only
where the 95 % interval of the pairs' ratio (or difference) lies wholly beyond its bound. The intervals are those of a
bootstrap of the pairs. Run by hand, on a machine that does nothing else.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .machine import ProcessorShare, environment, stolen_words
from .report import table

PAIRS = 20
RESAMPLES = 2_000
ROOT = Path(__file__).parents[2]

# All figures but the last are of the processor's time: what else the machine does is not in them.
# Microseconds a line of four threads that together print about a thousand a second.
_LINES = """\
import sys, threading, time
stop = threading.Event()
class Worker(threading.Thread):
    do_run, lines = True, 0
    def run(self):
        while self.do_run and not stop.is_set():
            print("running", self.name, self.lines)
            total = 0
            for i in range(20_000):
                total += i * i
            self.lines += 1
workers = [Worker() for _ in range(4)]
for worker in workers:
    worker.start()
time.sleep(1.5)
for worker in workers:
    worker.do_run = False
for worker in workers:
    worker.join()
print(time.process_time() * 1e6 / sum(worker.lines for worker in workers), file=sys.stderr)
"""
# Nanoseconds a turn of a loop that reads a flag, and of one that polls an Event.
_LOOP = """\
import sys, threading, time
class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.running, self.stop, self.turns = True, threading.Event(), 0
    def run(self):
        stop, turns, began = self.stop, 0, time.thread_time_ns()
        while {condition}:
            turns += 1
        print((time.thread_time_ns() - began) / turns, file=sys.stderr)
worker = Worker()
worker.start()
time.sleep(1)
{ask}
worker.join()
"""
# Milliseconds of the processor until a program of a hundred modules has been imported, with the interpreter's own start.
_MODULES = """\
import sys, time
for number in range(100):
    __import__(f"module{number}")
print(time.process_time() * 1000, file=sys.stderr)
"""
_MODULE = """\
import threading
class Worker{number}(threading.Thread):
    def __init__(self):
        super().__init__()
        self.running = True
    def run(self):
        while self.running:
            for item in range(10):
                if item > 5:
                    break
def helper{number}(values):
    total = 0
    for value in values:
        if value % 2:
            total += value
    return total
helper{number}(range(10))
"""
# Median milliseconds from the request to its notice, as the program itself stamps them.
_STAMPS = """\
import statistics, sys, threading, time
found = []
class Worker(threading.Thread):
    running = True
    def run(self):
        while self.running:
            time.sleep(0.0005)
        self.noticed = time.perf_counter_ns()
for _ in range(100):
    worker = Worker()
    worker.start()
    time.sleep(0.003)
    asked = time.perf_counter_ns()
    worker.running = False
    worker.join()
    found.append(worker.noticed - asked)
print(statistics.median(found) / 1e6, file=sys.stderr)
"""


@dataclass(frozen=True)
class Measure:
    """A program, and how much its figure may change.

    Attributes:
        name: of what is measured.
        source: the program.
        unit: of its figure.
        change: from the figures alone and observed to the change.
        bound: the most of it.
        words: of the bound.
    """

    name: str
    source: str
    unit: str
    change: Callable[[float, float], float]
    bound: float
    words: str


def _slower(alone: float, observed: float) -> float:
    return observed / alone - 1


def _more(alone: float, observed: float) -> float:
    return observed - alone


MEASURES = (
    Measure("four threads that print", _LINES, "µs a line", _slower, 0.02, "2 %"),
    Measure("a loop that reads a flag", _LOOP.format(condition="self.running", ask="worker.running = False"), "ns a turn",
            _slower, 0.05, "5 %"),
    Measure("a loop that polls an Event", _LOOP.format(condition="not stop.is_set()", ask="worker.stop.set()"), "ns a turn",
            _more, 15, "15 ns"),
    Measure("the start of 100 modules", _MODULES, "ms", _more, 150, "150 ms"),
    Measure("from request to notice", _STAMPS, "ms", _more, 0.05, "0.05 ms"),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything and print the table; 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--interpreter", default=sys.executable)
    parser.add_argument("--only", help="measures whose name has this in it")
    options = parser.parse_args(arguments)
    share = ProcessorShare()
    print(environment())
    rows, failed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for number in range(100):
            Path(folder, f"module{number}.py").write_text(_MODULE.format(number=number))
        for measure in MEASURES:
            if options.only and options.only not in measure.name:
                continue
            pairs = _measure(measure, Path(folder), options.interpreter, options.pairs)
            low, high = interval([measure.change(*pair) for pair in pairs])
            exceeded = low > measure.bound
            failed = failed or exceeded
            alone, observed = (median(pair[place] for pair in pairs) for place in (0, 1))
            rows.append(
                (measure.name, f"{alone:.4g}", f"{observed:.4g}", measure.unit, _range(measure, low, high), measure.words,
                 "NOT met" if exceeded else "met")
            )  # fmt: skip
    print(table(("measure", "alone", "observed", "", "change (95 %)", "at most", ""), rows))
    if words := stolen_words("observe", share.since()[0]):
        print(words)
    return 1 if failed else 0


def _measure(measure: Measure, folder: Path, interpreter: str, pairs: int) -> list[tuple[float, float]]:
    """Run a program alone and observed in turns; the first pair is not counted."""
    path = folder / "program.py"
    path.write_text(measure.source)
    found = []
    for number in range(pairs + 1):
        order = (False, True) if number % 2 else (True, False)
        figures = {observed: _run(path, interpreter, observed=observed) for observed in order}
        found.append((figures[False], figures[True]))
    return found[1:]


def _run(path: Path, interpreter: str, *, observed: bool) -> float:
    """Return the figure that a program prints last on standard error."""
    command = [interpreter, str(path)]
    if observed:
        command = [sys.executable, "-m", "app", "observe", "--quiet", "--session-dir", str(path.parent / "sessions")]
        command += ["--interpreter", interpreter, str(path)]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return float(result.stderr.split()[-1])


def interval(changes: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the median change, by a bootstrap."""
    dice = random.Random(1)
    medians = sorted(median(dice.choices(changes, k=len(changes))) for _ in range(RESAMPLES))
    return medians[round(0.025 * RESAMPLES)], medians[round(0.975 * RESAMPLES) - 1]


def _range(measure: Measure, low: float, high: float) -> str:
    if measure.change is _more:
        return f"{low:+.3g} to {high:+.3g} {measure.unit.split()[0]}"
    return f"{low:+.1%} to {high:+.1%}"


if __name__ == "__main__":
    sys.exit(main())
