"""The calm benchmark: what the window costs when little or nothing goes on, and how soon it is there.

``python -m tests.benchmarks.calm`` measures a thousand workers that write two lines a second each, one slow worker, a
window in which no worker runs, and the start-up, each beside its yardstick in the same run: an empty window, the naive
design, a bare ``QMainWindow``. It is run by hand, offscreen unless ``QT_QPA_PLATFORM`` says otherwise.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from statistics import median

from .case import SHORT_SWITCH, Case, Figures
from .machine import environment, stolen_words
from .measuring import Results, add_common_options, chosen, label, measured_all
from .report import milliseconds, table, taken
from .startup import StartUp, measure_startup
from .targets import Said, verdict_line

MANY, MANY_INTERVAL = 1_000, 0.5
SLOW_INTERVAL = 0.1
MOST_LAG_P99, MOST_LINE_LAG_P99 = 16.7, 33.0  # ms
MOST_PROCESSOR, MOST_IDLE = 0.5, 0.001  # of one processor
MOST_START_UP = 1.3  # times the bare window
NAMES = {
    "starting": "workers start, 0.5 s",
    "thousand": "workers at 0.5 s",
    "slow": "worker at 0.1 s",
    "idle": "no worker runs",
    "idle-again": "no worker runs any more",
}


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.calm", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=10.0, help="how long each case is measured (default 10)")
    add("--slow-seconds", type=float, default=30.0, help="the same for the slow worker: ten lines each (default 30)")
    add("--many", type=int, default=MANY, help=f"how many slow workers (default {MANY:,})")
    add("--starts", type=int, default=7, help="how many starts of each window (default 7, 0 for none)")
    add(
        "--only", default="", help="words that cases go by: starting, thousand, slow, idle, ours, empty, naive, startup"
    )
    add("--quick", action="store_true", help="2 s a case, 5 s of the slow worker, 3 starts")
    add_common_options(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.slow_seconds, options.starts = 2.0, 5.0, 3
    return options


def plan(options: argparse.Namespace) -> list[Case]:
    """Return the cases, each yardstick directly before what stands beside it."""
    seconds, slow = options.seconds, options.slow_seconds
    cases = [
        Case("thousand", "empty", 0, seconds=seconds, switch=SHORT_SWITCH),
        Case("thousand", "ours", options.many, seconds=seconds, switch=SHORT_SWITCH, interval=MANY_INTERVAL),
        Case("starting", "ours", options.many, seconds=seconds, switch=SHORT_SWITCH, interval=MANY_INTERVAL),
        Case("slow", "naive", 1, seconds=slow, interval=SLOW_INTERVAL),
        Case("slow", "ours", 1, seconds=slow, switch=SHORT_SWITCH, interval=SLOW_INTERVAL),
        Case("idle", "empty", 0, seconds=seconds),
        Case("idle", "ours", 1, seconds=seconds, switch=SHORT_SWITCH),
        Case("idle-again", "ours", 1, seconds=seconds, switch=SHORT_SWITCH, interval=SLOW_INTERVAL),
    ]
    return chosen(cases, options.only)


def _name(case: Case) -> str:
    count = f"{case.workers:,} " if case.kind in ("starting", "thousand", "slow") and case.workers else ""
    return f"{case.design}, {count}{NAMES[case.kind]}"


def calm_table(results: Results) -> str:
    """Return the table of the cases."""
    head = "window", "lines/s", "lag p50", "p99", "max ms", "line lag p50", "p99", "max ms", "processors", "timers"
    rows = [
        (
            _name(case),
            f"{figures.rate:,.0f}" if figures.rate else "–",
            *milliseconds(figures.lag),
            *milliseconds(figures.line_lag),
            f"{figures.processor:.4f}" if figures.processor is not None else "–",
            "–" if figures.timers is None else str(figures.timers),
            "–" if figures.wakes is None or not figures.wall else f"{figures.wakes / figures.wall:,.1f}",
            figures.numbers or "–",
            *taken(figures),
        )
        for case, figures in results.items()
    ]
    return table((*head, "sleeps/s", "numbers", "stolen", "others"), rows) if rows else ""


def startup_text(startup: StartUp) -> str:
    """Return the start-ups as text."""
    rows = [
        (name, f"{median(values):.0f}", f"{min(values):.0f}", f"{max(values):.0f}", str(len(values)))
        for name, values in (("ours", startup.ours), ("bare QMainWindow", startup.bare))
    ]
    return f"{table(('window', 'median ms', 'min', 'max', 'starts'), rows)}\nratio {startup.ratio():.2f}"


def _beside(results: Results, case: Case, design: str, name: str) -> str:
    """Return the 99th percentile of the yardstick beside a case, in brackets; nothing if it was not measured."""
    for other, figures in results.items():
        triple = getattr(figures, name)
        if (other.kind, other.design) == (case.kind, design) and triple:
            return f" ({design} {triple[1]:.1f})"
    return ""


def _case_targets(results: Results, case: Case, figures: Figures) -> Iterator[Said]:
    if case.kind == "thousand" and figures.lag:
        p99, empty = figures.lag[1], _beside(results, case, "empty", "lag")
        yield p99 <= MOST_LAG_P99, f"p99 window lag at most {MOST_LAG_P99:g} ms: {p99:.1f} ms{empty}"
        used = figures.processor or 0.0
        yield used < MOST_PROCESSOR, f"under {MOST_PROCESSOR:g} of a processor: {used:.2f}"
    if case.kind == "slow" and figures.line_lag:
        p99, naive = figures.line_lag[1], _beside(results, case, "naive", "line_lag")
        yield p99 <= MOST_LINE_LAG_P99, f"p99 line lag at most {MOST_LINE_LAG_P99:g} ms: {p99:.1f} ms{naive}"
    if case.kind in ("idle", "idle-again"):
        used = figures.processor or 0.0
        yield used <= MOST_IDLE, f"at most {MOST_IDLE:.1%} of a processor: {used:.3%}"
        yield not figures.timers, f"no active timer: {figures.timers}"
    if figures.numbers:
        yield figures.numbers == "ok", f"numbers gapless and in order: {figures.numbers}"
    if figures.behind:
        behind, most = figures.behind
        yield behind <= most, f"recorder never further behind than the credit: {behind:,} of {most:,}"


def targets(results: Results, startup: StartUp | None) -> str:
    """Return the targets, each with whether it is met here and the figure."""
    lines = [
        verdict_line((met, f"{_name(case)}: {sentence}"))
        for case, figures in results.items()
        if case.design == "ours"
        for met, sentence in _case_targets(results, case, figures)
    ]
    if startup:
        met = startup.ratio() <= MOST_START_UP
        lines.append(
            verdict_line((met, f"start-up at most {MOST_START_UP:g} × the bare window: {startup.ratio():.2f} ×"))
        )
    return "\n".join(lines)


EXPLANATIONS = """\
lag: how late a precise 16 ms timer of the GUI thread fires. line lag: from a line's stamp to the end of its paint.
processors: the process's own time on the processors over the time: 1 is one of them all the time (the lag's own timer
included, in the empty window as well). timers: active QTimers. sleeps/s: how often one of its threads went to sleep.
stolen, others: share of all processors that the hypervisor and other processes had meanwhile (the worst of repeats).
start-up: from just before the process is made to its window's first paint, in turns, the first of each left out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a case could not be measured or numbers were not gapless."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    sys.stdout.write(f"{environment()}\n{options.seconds:g} s a case, {options.repeat} ×\n\n")
    results = measured_all(plan(options), options)
    startup = None
    if options.starts and (not options.only or "startup" in options.only.split(",")):
        startup = measure_startup(options.starts)
    stolen = [stolen_words(label(case), figures.stolen) for case, figures in results.items()]
    stolen.append(stolen_words("start-up", startup.stolen) if startup else "")
    for heading, text in (
        ("The window when little goes on", calm_table(results)),
        ("Start-up", startup_text(startup) if startup else ""),
        ("Targets", targets(results, startup)),
        ("Not to be relied on", "\n".join(filter(None, stolen))),
        ("How to read this", EXPLANATIONS),
    ):
        if text:
            sys.stdout.write(f"{heading}\n{text}\n\n")
    gapless = all(figures.numbers in (None, "ok") for figures in results.values())
    return 0 if gapless and len(results) == len(plan(options)) else 1


if __name__ == "__main__":
    sys.exit(main())
