"""The processes benchmark: workers in processes of their own, beside the threads of the window's and bare ones.

``python -m tests.benchmarks.processes`` measures, each beside its yardstick in the same run and in turns: lines a second,
processor time a line and window lag of four workers at interval 0, in four children and, since a child has one worker, of
two in two; the window lag beside what computes, stop latency, how soon a child has written its first line, a hundred
children at once, children that are killed at random moments, and what is left of many starts and stops (``--only cycles
--cycles 10000``). It is run by hand, offscreen unless ``QT_QPA_PLATFORM`` says otherwise. ``python -m
tests.benchmarks.stations`` says where a line's processor time goes.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from .case import SHORT_SWITCH, Case, Figures
from .child_targets import cycles_target, kill_target, many_target, start_target, stop_target
from .machine import environment, stolen_words
from .measuring import add_common_options, label
from .pairs import Pair, measure_pairs, ratio_words
from .report import milliseconds, table, taken
from .targets import Said, verdict_line

WORKERS = 4
MOST_LAG_P99 = 8.0  # ms
LEAST_TIMES_RATE, AIM_TIMES_RATE = 1.0, 1.5
MOST_TIMES_EMPTY = 1.5
CHILDREN = 100
NAMES = {
    "ours": "four in the window's process",
    "ours-processes": "four in four children",
    "ours-two-processes": "two in two children",
    "empty-beside": "empty window, four threads of one process compute",
    "ours-computing-in-one": "four threads of one child compute",
    "ours-beside-processes": "our window, four other processes compute",
    "ours-computing": "four children compute",
}
# The kind of case, its yardstick and ours.
PAIRS = (
    ("flood", "ours", "ours-processes"),
    ("flood", "ours", "ours-two-processes"),
    ("paced", "empty-beside", "ours-computing-in-one"),
    ("paced", "ours-beside-processes", "ours-computing"),
)
PARTS = ("window", "computing", "stop", "start", "many", "kill", "cycles")


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.processes", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=5.0, help="how long each window is measured, each turn (default 5)")
    add("--stops", type=int, default=100, help="how many stops are measured (default 100)")
    add("--starts", type=int, default=15, help="how many starts are measured (default 15)")
    add("--kills", type=int, default=50, help="how many children are killed at random moments (default 50)")
    add("--cycles", type=int, default=1_000, help="how many starts and stops (default 1,000)")
    add("--at-once", type=int, default=4, help="how many of those are alive at once (default 4)")
    add("--only", default="", help=f"parts, separated by commas: {', '.join(PARTS)}")
    add("--quick", action="store_true", help="one turn of 2 s a window, and a tenth of all else")
    add_common_options(parser)
    parser.set_defaults(repeat=5)
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.repeat = 2.0, 1
        options.stops, options.starts, options.kills, options.cycles = 10, 3, 5, 100
    return options


def pairs_of(options: argparse.Namespace, wanted: set[str]) -> list[Pair]:
    """Return the pairs that have a window."""

    def case(kind: str, design: str) -> Case:
        return Case(kind, design, WORKERS, seconds=options.seconds, switch=SHORT_SWITCH)

    pairs = [Pair(case(kind, yardstick), case(kind, ours)) for kind, yardstick, ours in PAIRS]
    return [pair for pair in pairs if ("window" if pair.yardstick.kind == "flood" else "computing") in wanted]


def window_rows(pairs: Sequence[Pair]) -> Iterator[Sequence[str]]:
    """Yield a row for each case, of medians."""
    for pair in pairs:
        for case, figures in pair.figures():
            rate = f"{figures.rate:,.0f}" if figures.rate else "–"
            costs = [f"{cost * 1e9:,.0f}" for cost in figures.a_line] if figures.a_line else ["–", "–"]
            lags = milliseconds(figures.lag)
            yield (NAMES[case.design], rate, *costs, *lags, figures.numbers or "–", *taken(figures))


def window_targets(pairs: Sequence[Pair]) -> Iterator[Said]:
    """Yield what is to be said of each pair."""
    for pair in pairs:
        if not pair.turns:
            yield False, f"{NAMES[pair.ours.design]}: not measured"
            continue
        lags = pair.ratios(_p99)
        if pair.yardstick.kind == "paced":
            words = f"p99 window lag at most {MOST_TIMES_EMPTY:g} × that with: {NAMES[pair.yardstick.design]}"
            sentence = f"{NAMES[pair.ours.design]}: {words}: {ratio_words(lags)}"
            yield median(lags) <= MOST_TIMES_EMPTY, sentence
            continue
        rates = pair.ratios(lambda figures: figures.rate)
        name = NAMES[pair.ours.design]
        aim = f"the aim of {AIM_TIMES_RATE:g} × is {'' if median(rates) >= AIM_TIMES_RATE else 'NOT '}reached"
        yield (
            median(rates) >= LEAST_TIMES_RATE,
            f"{name}: lines/s at least the window's threads': {ratio_words(rates)}; {aim}",
        )
        p99 = median(lag for _, mine in pair.turns if (lag := _p99(mine)) is not None)
        yield p99 <= MOST_LAG_P99, f"{name}: p99 window lag at most {MOST_LAG_P99:g} ms: {p99:.1f} ms"
        later = median(mine.lag_later[1] for _, mine in pair.turns if mine.lag_later)
        yield later <= MOST_LAG_P99, f"{name}: the same once all are started: {later:.1f} ms"
        yield median(lags) <= 1, f"{name}: p99 window lag at most beside the window's threads: {ratio_words(lags)}"
        costs = pair.ratios(lambda figures: figures.a_line[0] if figures.a_line else None)
        if costs:
            yield (
                None,
                f"{name}: processor time a line in the window's process, over the threads': {ratio_words(costs)}",
            )
        free = [ratio for theirs, mine in pair.turns if (ratio := rate_by_processor_time(theirs, mine)) is not None]
        if free:
            yield (
                None,
                f"{name}: lines/s by processor time alone, were nothing else on the machine: {ratio_words(free)}",
            )


def rate_by_processor_time(theirs: Figures, mine: Figures, processors: int | None = None) -> float | None:
    """Return the ratio of lines a second that processor time allows; None if it was not measured.

    A process has one interpreter, so it uses one processor; what lets go of the interpreter, as compressing does, counts as
    if it did not, in both. What else runs on the machine slows both, and is left out.

    Args:
        theirs: of the window's threads.
        mine: of children.
        processors: of the machine; None for this one's.
    """
    if theirs.a_line is None or mine.a_line is None or not all((theirs.a_line[0], *mine.a_line)):
        return None
    window, children = mine.a_line
    slowest = max(window, (window + children) / (processors or os.cpu_count() or 1))
    return theirs.a_line[0] / slowest


def _p99(figures: Figures) -> float | None:
    return figures.lag[1] if figures.lag else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something could not be measured, or lines were missing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    wanted = set(filter(None, options.only.split(","))) or set(PARTS)
    sys.stdout.write(f"{environment()}\n\n")
    pairs = pairs_of(options, wanted)
    measure_pairs(pairs, options)
    if pairs:
        head = ("beside a window", "lines/s", "ns a line", "in children", "lag p50", "p99", "max ms", "numbers")
        sys.stdout.write(f"{table((*head, 'stolen', 'others'), window_rows(pairs))}\n\n")
    for said in window_targets(pairs):
        sys.stdout.write(f"{verdict_line(said)}\n")
    parts: dict[str, Callable[[], Said]] = {
        "stop": lambda: stop_target(options.stops),
        "start": lambda: start_target(options.starts),
        "many": lambda: many_target(CHILDREN),
        "kill": lambda: kill_target(options.kills),
        "cycles": lambda: cycles_target(options.cycles, options.at_once),
    }
    for name, measure in parts.items():
        if name in wanted:
            sys.stdout.write(f"{verdict_line(measure())}\n")
            sys.stdout.flush()
    found = [(case, figures) for pair in pairs for case, figures in pair.figures()]
    sys.stdout.writelines(f"{words}\n" for case, one in found if (words := stolen_words(label(case), one.stolen)))
    measured_all = all(pair.turns for pair in pairs)
    return 0 if measured_all and all(figures.numbers in (None, "ok") for _, figures in found) else 1


if __name__ == "__main__":
    sys.exit(main())
