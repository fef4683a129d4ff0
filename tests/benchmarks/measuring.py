"""Measures each case in a process of its own, several times if asked."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from statistics import median

from .case import Case, Figures
from .machine import wait_until_quiet

Results = dict[Case, Figures]


def label(case: Case) -> str:
    """Return the words that ``--only`` knows a case by."""
    return f"{case.kind} {case.design} {case.workers}"


def chosen(cases: Sequence[Case], only: str) -> list[Case]:
    """Return the cases that one of some words, separated by commas, means; all of them if there is none."""
    wanted = [word for word in only.split(",") if word]
    return [case for case in cases if not wanted or any(word in label(case).split() for word in wanted)]


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add what every benchmark that measures cases understands."""
    add = parser.add_argument
    add("--repeat", type=int, default=1, help="measure each case so often and print the medians")
    add("--wait", type=float, default=20.0, help="most seconds to wait before a case for the machine to be quiet")


def child_output(arguments: Sequence[str], most: float, name: str) -> str | None:
    """Run a module of ours in a process of its own; return the last line that it printed, None if that failed.

    Its temporary files go into a folder that is removed with it, however it ends: a session may have gigabytes.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        surroundings = os.environ | {"TMPDIR": folder}
        try:
            child = subprocess.run(
                [sys.executable, "-m", *arguments],
                env=surroundings,
                capture_output=True,
                text=True,
                timeout=most,
                check=True,
            )
            return child.stdout.splitlines()[-1]
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"{name}: no answer after {most:.0f} s\n")
        except (subprocess.CalledProcessError, IndexError) as error:
            sys.stderr.write(f"{name} failed: {error}\n{getattr(error, 'stderr', '')}\n")
    return None


def measured(case: Case) -> Figures | None:
    """Measure a case; None, with what it said, if that failed."""
    counted = case.count if case.kind == "stop" else case.count / 50_000
    most = 4 * case.seconds + case.draining + counted + 120
    answer = child_output(["tests.benchmarks.child", case.to_json()], most, label(case))
    return Figures.from_json(answer) if answer else None


def measured_all(cases: Sequence[Case], options: argparse.Namespace) -> Results:
    """Measure every case, as often as asked; repeats go round all cases, so that a bad minute hits each of them."""
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


def merged(several: Sequence[Figures]) -> Figures:
    """Return the medians of a case that was measured several times; what went wrong once is wrong."""

    def middle(name: str) -> list[float] | None:
        triples = [triple for figures in several if (triple := getattr(figures, name))]
        return [median(values) for values in zip(*triples, strict=True)] if triples else None

    def values(name: str) -> list[float]:
        return [found for figures in several if (found := getattr(figures, name)) is not None]

    def value(name: str) -> float | None:
        return median(found) if (found := values(name)) else None

    numbers = sorted((figures.numbers for figures in several if figures.numbers), key=lambda found: found == "ok")
    return Figures(
        rate=value("rate"),
        rate_while=value("rate_while"),
        lines=round(value("lines") or 0),
        wall=value("wall"),
        capped=any(figures.capped for figures in several),
        lag=middle("lag"),
        line_lag=middle("line_lag"),
        a_line=middle("a_line"),
        numbers=numbers[0] if numbers else None,
        behind=max(values("behind"), default=None),
        latencies=[latency for figures in several for latency in figures.latencies],
        bare=[latency for figures in several for latency in figures.bare],
        processor=value("processor"),
        timers=max(values("timers"), default=None),
        wakes=max(values("wakes"), default=None),
        memory=several[-1].memory,
        stolen=max(figures.stolen for figures in several),
        others=max(figures.others for figures in several),
    )
