"""The pipeline benchmark: lines to a visible log, how late the window is, and how fast a stop is noticed.

``python -m tests.benchmarks.pipeline`` measures our window beside the naive design and superqt's ``thread_worker``, every
case in a fresh process, and prints tables and which targets are met. It is run by hand, offscreen unless
``QT_QPA_PLATFORM`` says otherwise. How each figure is measured stands in the module that measures it: ``lag``,
``window_case``, ``stop_latency``. It needs the extra ``bench`` (superqt).
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence

from .case import Case, Figures
from .machine import environment, wait_until_quiet
from .plan import label, plan
from .report import EXPLANATIONS, Results, flood_table, merged, paced_table, stop_table, targets


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pipeline", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=5.0, help="how long each case writes (default 5)")
    add("--draining", type=float, default=30.0, help="seconds that a view gets to show the rest (default 30)")
    add("--repeat", type=int, default=1, help="measure each case so often and print the medians")
    add("--workers", default="1,4,16", help="how many workers at interval 0 (default 1,4,16)")
    add("--stops", type=int, default=100, help="how many stops of each strategy (default 100)")
    add("--only", default="", help="words that cases go by: flood, paced, whole, stop, a design, a strategy, a number")
    add("--same-switch", action="store_true", help="the tutorials' designs at our window's switch interval as well")
    add("--recorded", action="store_true", help="our window with its session on disk as well")
    add("--slot", action="store_true", help="the naive design with a Python slot as well")
    add("--wait", type=float, default=20.0, help="most seconds to wait before a case for the machine to be quiet")
    add("--quick", action="store_true", help="2 s a case, 5 s of draining, 1 and 4 workers, 30 stops")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.draining, options.workers, options.stops = 2.0, 5.0, "1,4", 30
    options.workers = [int(count) for count in options.workers.split(",")]
    return options


def measured(case: Case) -> Figures | None:
    """Measure a case in a process of its own; None, with what it said, if that failed."""
    command = [sys.executable, "-m", "tests.benchmarks.child", case.to_json()]
    most = 3 * case.seconds + case.draining + case.count + 60
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=most, check=True)
        return Figures.from_json(child.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"{label(case)}: no answer after {most:.0f} s\n")
    except (subprocess.CalledProcessError, IndexError) as error:
        sys.stderr.write(f"{label(case)} failed: {error}\n{getattr(error, 'stderr', '')}\n")
    return None


def measured_all(options: argparse.Namespace) -> Results:
    """Measure every case, as often as asked; repeats go round all cases, so that a bad minute hits each of them."""
    cases = plan(options)
    found: dict[Case, list[Figures]] = {case: [] for case in cases}
    for turn in range(options.repeat):
        for place, case in enumerate(cases, 1):
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{turn + 1}/{options.repeat} {place}/{len(cases)} {label(case):40}")
            wait_until_quiet(options.wait)
            if (figures := measured(case)) is not None:
                found[case].append(figures)
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{'':60}\r")
    return {case: merged(several) for case, several in found.items() if several}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a case could not be measured or numbers were not gapless."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    sys.stdout.write(f"{environment()}\n{options.seconds:g} s a case, {options.repeat} ×\n\n")
    results = measured_all(options)
    for heading, text in (
        ("Workers at interval 0", flood_table(results)),
        ("One paced worker beside threads that only compute", paced_table(results)),
        ("Stop latency, random phase of the interval", stop_table(results)),
        ("Targets", targets(results)),
        ("How to read this", EXPLANATIONS),
    ):
        if text:
            sys.stdout.write(f"{heading}\n{text}\n\n")
    gapless = all(figures.numbers in (None, "ok") for figures in results.values())
    return 0 if gapless and len(results) == len(plan(options)) else 1


if __name__ == "__main__":
    sys.exit(main())
