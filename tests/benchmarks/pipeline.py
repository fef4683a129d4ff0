"""The pipeline benchmark: lines to a visible log, how late the window is, and how fast a stop is noticed.

``python -m tests.benchmarks.pipeline`` measures our window beside the naive design and superqt's ``thread_worker``, every
case in a fresh process, and prints tables and which targets are met. It is run by hand, offscreen unless
``QT_QPA_PLATFORM`` says otherwise. How each figure is measured stands in the module that measures it: ``lag``,
``window_case``, ``stop_latency``. Our window is measured as it is in the product, with its session on disk. It needs the
extra ``bench`` (superqt).
"""

import argparse
import os
import sys
from collections.abc import Sequence

from .machine import environment
from .measuring import add_common_options, measured_all
from .plan import plan
from .report import EXPLANATIONS, flood_table, paced_table, stop_table
from .targets import stolen_sentences, targets


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.pipeline", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=5.0, help="how long each case writes (default 5)")
    add("--draining", type=float, default=150.0, help="seconds that a view gets to show the rest (default 150)")
    add("--workers", default="1,4,16,64", help="how many workers at interval 0 (default 1,4,16,64)")
    add("--stops", type=int, default=100, help="how many stops of each strategy (default 100)")
    add("--only", default="", help="words that cases go by: flood, paced, whole, stop, a design, a strategy, a number")
    add("--same-switch", action="store_true", help="the tutorials' designs at our window's switch interval as well")
    add("--slot", action="store_true", help="the naive design with a Python slot as well")
    add("--quick", action="store_true", help="2 s a case, 5 s of draining, 1 and 4 workers, 30 stops")
    add_common_options(parser)
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.draining, options.workers, options.stops = 2.0, 5.0, "1,4", 30
    options.workers = [int(count) for count in options.workers.split(",")]
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a case could not be measured or numbers were not gapless."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    sys.stdout.write(f"{environment()}\n{options.seconds:g} s a case, {options.repeat} ×\n\n")
    results = measured_all(plan(options), options)
    for heading, text in (
        ("Workers at interval 0", flood_table(results)),
        ("One paced worker beside threads that only compute", paced_table(results)),
        ("Stop latency, random phase of the interval", stop_table(results)),
        ("Targets", targets(results)),
        ("Not to be relied on", stolen_sentences(results)),
        ("How to read this", EXPLANATIONS),
    ):
        if text:
            sys.stdout.write(f"{heading}\n{text}\n\n")
    gapless = all(figures.numbers in (None, "ok") for figures in results.values())
    return 0 if gapless and len(results) == len(plan(options)) else 1


if __name__ == "__main__":
    sys.exit(main())
