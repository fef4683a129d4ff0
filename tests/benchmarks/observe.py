"""What observing costs a program: ``python -m tests.benchmarks.observe``, with Python 3.12 or newer.

Each measure is a small program. It runs twice at the same time, alone and observed, and the two take turns: one measures for
a moment while the other waits for its turn, so that whatever else the machine does meets both. A pair's figures are the
medians of its turns. What the observer tells of a request and its notice is compared with what the same program stamps by
itself; how much later the notice is for being observed is told as well, and has no bound.

A measure fails only where the 95 % interval of the pairs' ratio (or difference) lies wholly beyond its bound; the intervals
are those of a bootstrap of the pairs.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import median

from .machine import ProcessorShare, environment, stolen_words
from .report import table

PAIRS = 20
TURNS = 7  # of each program of a pair; the first is not counted
RESAMPLES = 2_000
ROOT = Path(__file__).parents[2]

# All figures but the last are of the processor's time: what else the machine does is not in them.
# A program measures once for each line that it reads.
_TURNS = """
for line in sys.stdin:
    print(measure(), file=sys.stderr, flush=True)
"""
# Microseconds a line of four threads that together print about a thousand a second.
_LINES = """\
import sys, threading, time
class Worker(threading.Thread):
    do_run, lines = True, 0
    def __init__(self, stop):
        super().__init__()
        self.stop = stop
    def run(self):
        while self.do_run and not self.stop.is_set():
            print("running", self.name, self.lines)
            total = 0
            for i in range(20_000):
                total += i * i
            self.lines += 1
def measure():
    stop = threading.Event()
    began, workers = time.process_time(), [Worker(stop) for _ in range(4)]
    for worker in workers:
        worker.start()
    time.sleep(0.25)
    for worker in workers:
        worker.do_run = False
    for worker in workers:
        worker.join()
    return (time.process_time() - began) * 1e6 / sum(worker.lines for worker in workers)
"""
# Nanoseconds a turn of a loop that reads a flag, and of one that polls an Event.
_LOOP = """\
import sys, threading, time
class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.running, self.stop = True, threading.Event()
    def run(self):
        stop, turns, began = self.stop, 0, time.thread_time_ns()
        while {condition}:
            turns += 1
        self.figure = (time.thread_time_ns() - began) / turns
def measure():
    worker = Worker()
    worker.start()
    time.sleep(0.12)
    {ask}
    worker.join()
    return worker.figure
"""
# Milliseconds of the processor until a program of a hundred modules has been imported, with the interpreter's own start.
_MODULES = """\
import sys, time
for number in range(100):
    __import__(f"module{number}")
figure = time.process_time() * 1000
def measure():
    return figure
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
# Median milliseconds from the request to its notice, as the program itself stamps them. The thread waits in a read, and not
# for a time: how long it would still have slept is not what is measured.
_STAMPS = """\
import os, statistics, sys, threading, time
inner, outer = os.pipe()
class Worker(threading.Thread):
    running = True
    def run(self):
        while self.running:
            os.read(inner, 1)
        self.noticed = time.perf_counter_ns()
def measure():
    found = []
    for _ in range(30):
        worker = Worker()
        worker.start()
        time.sleep(0.002)
        asked = time.perf_counter_ns()
        worker.running = False
        os.write(outer, b"x")
        worker.join()
        found.append(worker.noticed - asked)
    return statistics.median(found) / 1e6
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
        turns: of each program of a pair; 1 for what happens once in a program.
        told: what the observer is told besides, such as "printed".
        is_told: whether the figure of the program that is observed is what the observer tells, and not its own.
    """

    name: str
    source: str
    unit: str
    change: Callable[[float, float], float]
    bound: float
    words: str
    turns: int = TURNS
    told: str = ""
    is_told: bool = False


def _slower(alone: float, observed: float) -> float:
    return observed / alone - 1


def _more(alone: float, observed: float) -> float:
    return observed - alone


MEASURES = (
    Measure("four threads that print", _LINES, "µs a line", _slower, 0.02, "2 %"),
    Measure("the same, told what they print", _LINES, "µs a line", _slower, 0.02, "2 %", told=":printed"),
    Measure("a loop that reads a flag", _LOOP.format(condition="self.running", ask="worker.running = False"), "ns a turn",
            _slower, 0.05, "5 %"),
    Measure("a loop that polls an Event", _LOOP.format(condition="not stop.is_set()", ask="worker.stop.set()"), "ns a turn",
            _more, 15, "15 ns"),
    Measure("the start of 100 modules", _MODULES, "ms", _more, 150, "150 ms", turns=1),
    Measure("from request to notice, as told", _STAMPS, "ms", _more, 0.05, "0.05 ms", is_told=True),
    Measure("the same, as it is then", _STAMPS, "ms", _more, inf, "–"),
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
    # As an installed package is: else each start would compile the observer's files, where that is not written down.
    compiled = [str(ROOT / "app" / name) for name in ("observer", "core")]
    subprocess.run([options.interpreter, "-m", "compileall", "-q", *compiled], check=True)
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
    """Run a program alone and observed, taking turns; return the figures of each pair."""
    path = folder / "program.py"
    path.write_text(measure.source + _TURNS)
    return [_pair(measure, path, interpreter, number) for number in range(pairs)]


def _pair(measure: Measure, path: Path, interpreter: str, number: int) -> tuple[float, float]:
    """Return the median figures of a program alone and of the same observed."""
    order = (False, True) if number % 2 else (True, False)
    found: dict[bool, list[float]] = {False: [], True: []}
    programs: dict[bool, subprocess.Popen[str]] = {}
    try:
        for observed in order:
            programs[observed] = _start(path, interpreter, measure.told if observed else None)
            if measure.turns == 1:
                found[observed].append(_turn(programs[observed]))  # before the other one starts
        for turn in range(measure.turns if measure.turns > 1 else 0):
            for observed in order if turn % 2 else order[::-1]:
                found[observed].append(_turn(programs[observed]))
    finally:
        for program in programs.values():
            program.communicate()
    if measure.is_told:
        found[True] = _told_latencies(path.with_suffix(".jsonl"))
    return median(found[False][1:] or found[False]), median(found[True][1:] or found[True])


def _told_latencies(path: Path) -> list[float]:
    """Return the milliseconds from each request to its notice, as the observer has told them."""
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    asked = {each["id"]: each["t_ns"] for each in records if each["kind"] == "request"}
    return [(each["t_ns"] - asked[each["request"]]) / 1e6 for each in records if each["kind"] == "notice"]


def _turn(program: "subprocess.Popen[str]") -> float:
    """Have a program measure once; return its figure."""
    assert program.stdin is not None
    assert program.stderr is not None
    program.stdin.write("\n")
    program.stdin.flush()
    return float(program.stderr.readline())


def _start(path: Path, interpreter: str, told: str | None) -> "subprocess.Popen[str]":
    """Start a program; with the observer in it if that is told anything."""
    with path.with_suffix(".jsonl" if told is not None else ".none").open("wb") as records:
        environment = dict(os.environ)
        if told is not None:
            path_before = environment.get("PYTHONPATH")
            if path_before is not None:
                environment["THREAD_CONTROLLER_PYTHONPATH"] = path_before
            carried = str(ROOT / "app" / "observer" / "carried")
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, (carried, path_before)))
            environment["THREAD_CONTROLLER_OBSERVE"] = f"{records.fileno()}:1:0{told}"
        return subprocess.Popen(
            [interpreter, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            pass_fds=[records.fileno()],
        )


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
