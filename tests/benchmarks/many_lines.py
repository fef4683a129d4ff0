"""The benchmark of many lines: how fast a page of a long session is there, and how much memory it takes.

``python -m tests.benchmarks.many_lines`` makes a session of fifty million lines, reads pages of it, and has the real window
record as many; beside each stands the same with one million, in the same run. It is run by hand, offscreen unless
``QT_QPA_PLATFORM`` says otherwise. It writes some gigabytes of temporary files, which are removed, and begins nothing that
would leave less than 5 GB of the disk free.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .case import MARK, SHORT_SWITCH, Case, Figures
from .machine import environment, stolen_words, wait_until_quiet
from .measuring import child_output, measured
from .report import milliseconds, table
from .session_file import build
from .targets import Said, verdict_line

KEPT_FREE = 5 * 10**9
MOST_PAGE_P99 = 33.0  # ms
MOST_MORE_MEMORY = 150 * 10**6
BYTES_A_LINE = 25  # of a session file, more than was ever seen with such lines; only the disk's room is judged by it
WORKERS = 4

Reads = dict[int, dict[str, Any]]  # by the lines of the file, what ``page_reads`` printed


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.many_lines", description=__doc__)
    add = parser.add_argument
    add("--lines", type=int, default=50_000_000, help="lines of the long session (default 50,000,000)")
    add("--window-lines", type=int, help="lines of the window's run (default: as many)")
    add("--pages", type=int, default=500, help="pages read at random places, and downwards (default 500)")
    add("--only", choices=("file", "window"), help="one of the two halves alone")
    add("--folder", type=Path, help="where the temporary files go (default: the system's folder for them)")
    add("--wait", type=float, default=20.0, help="most seconds to wait before a case for the machine to be quiet")
    add("--quick", action="store_true", help="3 million lines")
    options = parser.parse_args(arguments)
    if options.quick:
        options.lines = 3_000_000
    options.window_lines = options.window_lines or options.lines
    if min(options.lines, options.window_lines) <= MARK:
        parser.error(f"write more than {MARK:,} lines: so many are the yardstick")
    return options


def room_is_missing(lines: int) -> str:
    """Return the sentence about why so many lines are not written; empty if there is room."""
    free, needed = shutil.disk_usage(tempfile.gettempdir()).free, lines * BYTES_A_LINE
    if free - needed >= KEPT_FREE:
        return ""
    return f"{tempfile.gettempdir()}: {free / 1e9:.1f} GB are free, {needed / 1e9:.1f} needed, and 5 GB are left free."


def read_pages(lines: int, options: argparse.Namespace) -> dict[str, Any] | None:
    """Make a session of so many lines and read pages of it in a fresh process; None, with what it said, if that failed."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        before = time.perf_counter()
        path = build(Path(folder), lines)
        built = time.perf_counter() - before
        wait_until_quiet(options.wait)
        command = ["tests.benchmarks.page_reads", str(path), str(lines), str(options.pages)]
        answer = child_output(command, 600, f"pages of {lines:,} lines")
        return {**json.loads(answer), "built": built, "size": path.stat().st_size} if answer else None


def pages_table(reads: Reads) -> str:
    """Return the table of the page reads."""
    head = "lines", "random p50", "p99", "max ms", "down p50", "p99", "max ms", "by time p50", "p99", "max ms"
    rows = [
        (
            f"{lines:,}",
            *(cell for name in ("random", "down", "time") for cell in milliseconds(read[name])),
            f"{read['memory'] / 1e6:,.0f}",
            f"{read['size'] / 1e6:,.0f}",
            f"{lines / read['built']:,.0f}",
            str(read["wrong"]),
            f"{read['stolen']:.0%}",
        )
        for lines, read in reads.items()
    ]
    return table((*head, "memory MB", "file MB", "built lines/s", "wrong pages", "stolen"), rows) if rows else ""


def window_table(figures: Figures) -> str:
    """Return the table of the window's memory."""
    rows = [(f"{lines:,}", f"{size / 1e6:,.0f}") for lines, size in figures.memory]
    behind = f"; recorder behind at most {figures.behind[0]:,} of {figures.behind[1]:,}" if figures.behind else ""
    return (
        f"{table(('lines', 'memory MB'), rows)}\nwindow lag {' / '.join(milliseconds(figures.lag))} ms (p50 / p99 / max)"
        f"{behind}; numbers {figures.numbers}; stolen {figures.stolen:.0%}, others {figures.others:.0%}"
    )


def _memory_target(what: str, small: int, large: int) -> Said:
    more = large - small
    sentence = f"{what}: at most {MOST_MORE_MEMORY / 1e6:.0f} MB more than with a million lines: {more / 1e6:+,.0f} MB"
    return more <= MOST_MORE_MEMORY, sentence


def targets(reads: Reads, window: Figures | None) -> Iterator[Said]:
    """Yield the targets, each with whether it is met here and the figure."""
    for lines, read in reads.items():
        for name, what in (("random", "a page at a random place"), ("down", "a page further down")):
            p99 = read[name][1]
            yield p99 <= MOST_PAGE_P99, f"{lines:,} lines, {what}: p99 at most {MOST_PAGE_P99:g} ms: {p99:.1f} ms"
        yield not read["wrong"], f"{lines:,} lines: every page is the right one: {read['wrong']} are not"
    if len(reads) > 1:
        small, large = (reads[lines]["memory"] for lines in sorted(reads))
        yield _memory_target("pages read all over the session", small, large)
    if window and len(window.memory) > 1:
        yield _memory_target("the window", *(size for _, size in window.memory))
        yield window.numbers == "ok", f"the window: numbers gapless and in order: {window.numbers}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if something could not be measured or a page was wrong, 2 if the disk has no room."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options = options_of(arguments)
    if options.folder:
        tempfile.tempdir = str(options.folder)
    if missing := room_is_missing(max(options.lines, options.window_lines)):
        sys.stderr.write(f"{missing}\n")
        return 2
    sys.stdout.write(f"{environment()}\n\n")
    reads: Reads = {}
    window = None
    if options.only != "window":
        found = {lines: read_pages(lines, options) for lines in (MARK, options.lines)}
        reads = {lines: read for lines, read in found.items() if read is not None}
    if options.only != "file":
        wait_until_quiet(options.wait)
        window = measured(Case("many", "ours", WORKERS, switch=SHORT_SWITCH, count=options.window_lines))
    stolen = [stolen_words(f"pages of {lines:,} lines", read["stolen"]) for lines, read in reads.items()]
    stolen.append(stolen_words("the window", window.stolen) if window else "")
    said = list(targets(reads, window))
    for heading, text in (
        ("Pages of a session, each read timed", pages_table(reads)),
        (f"The window, {WORKERS} workers at interval 0, recorded", window_table(window) if window else ""),
        ("Targets", "\n".join(map(verdict_line, said))),
        ("Not to be relied on", "\n".join(filter(None, stolen))),
        ("How to read this", EXPLANATIONS),
    ):
        if text:
            sys.stdout.write(f"{heading}\n{text}\n\n")
    complete = (options.only == "window" or len(reads) == 2) and (options.only == "file" or window is not None)
    right = not any(read["wrong"] for read in reads.values()) and (window is None or window.numbers == "ok")
    return 0 if complete and right else 1


EXPLANATIONS = """\
random: 50 lines anywhere; down: page after page, of which only the first of each batch costs something, so look at the
max; by time: the line of a time in the session. The file is dropped from the system's cache first. memory: the resident set
of a process that has done nothing else. wrong pages: whose text or run is not what was written there. stolen: share of all
processors that the hypervisor had meanwhile."""


if __name__ == "__main__":
    sys.exit(main())
