"""Searching a session file, beside grep on the same text: ``python -m tests.benchmarks.search [--lines N]``.

A session of four workers that write "running… i" and, every thousandth line, something else is written as the recorder
writes it, in batches of 8,000 lines. Its lines are exported as text. Then each pattern is counted by ``grep -cE`` in that
text, in two locales, and by a search in the session. The counts must agree.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from app.core.batch import Batch, RunName
from app.session.export import export_session
from app.session.folder import new_writer
from app.session.reader import SessionReader
from app.session.search.client import Phase, PrewarmedProcess, Search
from app.session.search.hits import Hits
from app.session.search.query import Query
from app.session.segments import Segment

from .report import table

BATCH = 8_000
SETTLING = 0.3  # seconds until a process that was started is ready
WORKERS = 4
OTHER_LINES = ("ValueError: invalid literal for int() with base 10: ''", "connected to 127.0.0.1:8080 in 3 ms", "")
# What is looked for, and as which: case does not count, or it does.
PATTERNS = (
    ("rare", "ValueError: .* base 1[0-9]", True),
    ("frequent", "running… [0-9]*7$", True),
    ("every line but few", "running", True),
    (r"\s", r"\s(7|8)\d*1$", True),
    ("alternation", "ValueError|connected|…[[:space:]]99", True),
    ("rare, any case", "valueerror", False),
    ("frequent, any case", "RUNNING… [0-9]*7$", False),
)


def batches(lines: int) -> Iterator[Batch]:
    """Yield the batches of a session of so many lines."""
    names = {run: RunName(f"Worker {run}", 1) for run in range(1, WORKERS + 1)}
    for first in range(0, lines, BATCH):
        numbers = range(first, min(first + BATCH, lines))
        batch = Batch()
        for run, name in names.items():
            mine = numbers[run - 1 :: WORKERS]
            texts = [OTHER_LINES[i // 1_000 % 3] if i % 1_000 == 0 else f"running… {i // WORKERS}" for i in mine]
            # Lanes are drained one after the other: what the last one has is younger than what the first one has.
            batch.add(run, name, array("q", (1_000 * i + 20_000 * run for i in mine)), bytes(len(mine)), texts)
        yield batch


def write(folder: Path, lines: int) -> tuple[Path, Path]:
    """Write a session and its lines as text, and return where they are."""
    writer = new_writer(folder, datetime.now(UTC), 0)
    for batch in batches(lines):
        writer.write(batch)
    writer.finish("later")
    text = folder / "lines.txt"
    with text.open("wb") as file, SessionReader(writer.path, print) as reader:
        file.writelines(export_session(reader, "text", None, None))
    return writer.path, text


def grep(pattern: str, text: Path, locale: str, *, case: bool) -> tuple[float, int]:
    """Return the seconds that grep takes and what it counts."""
    command = ["grep", "-cE" if case else "-ciE", "--", pattern, str(text)]
    started = time.perf_counter()
    result = subprocess.run(command, env={**os.environ, "LC_ALL": locale}, capture_output=True, text=True, check=False)
    return time.perf_counter() - started, int(result.stdout)


def search(pattern: str, session: Path, *, case: bool, ready: bool = True) -> tuple[float, float, int]:
    """Return the seconds until all is found, those until the first hits are there, and how many there are.

    With a process that is ready, as the window has one once its search bar is open, or with one that must start first.
    """
    bell, hits, first = threading.Event(), Hits(), 0.0
    process = PrewarmedProcess()
    if ready:
        process.prepare()
        time.sleep(SETTLING)
    started = time.perf_counter()
    query = Query(pattern, regex=True, case=case)
    found = Search(query, [Segment(0, session)], bell.set, start=process.acquire)
    searching = True
    while searching:
        bell.wait()
        bell.clear()
        searching = found.state.phase is Phase.SEARCHING
        for chunk in found.consume():
            hits.add(*chunk)
        if hits.total and not first:
            first = time.perf_counter() - started
    seconds = time.perf_counter() - started
    if found.state.phase is not Phase.CAUGHT_UP or found.state.damaged:
        raise SystemExit(f"{pattern}: {found.state}")
    found.stop()
    return seconds, first, hits.total


def starting(session: Path) -> float:
    """Return how many seconds later the first hits come where the process must start first."""
    pattern = PATTERNS[0][1]
    cold, warm = (
        median(search(pattern, session, case=True, ready=ready)[1] for _ in range(5)) for ready in (False, True)
    )
    return cold - warm


def row(name: str, pattern: str, session: Path, text: Path, repeats: int, *, case: bool) -> tuple[str, ...]:
    """Return the medians for one pattern as a row of the table."""
    mine, firsts, greps = [], [], {"C.UTF-8": [], "C": []}
    counts = {}
    for _ in range(repeats):
        for locale, times in greps.items():
            # grep's classes are POSIX's; a search's pattern is Python's.
            seconds, counts[locale] = grep(pattern.replace(r"\d", "[0-9]"), text, locale, case=case)
            times.append(seconds)
        seconds, first, counts["ours"] = search(pattern.replace("[[:space:]]", r"\s"), session, case=case)
        mine.append(seconds)
        firsts.append(first)
    ours, unicode, plain = median(mine), median(greps["C.UTF-8"]), median(greps["C"])
    agree = "yes" if len(set(counts.values())) == 1 else f"NO: {counts}"
    return (
        f"{name}: {pattern}",
        f"{counts['ours']:,}",
        agree,
        f"{ours:.3f}",
        f"{unicode:.3f}",
        f"{ours / unicode:.1f}",
        f"{plain:.3f}",
        f"{ours / plain:.1f}",
        f"{median(firsts) * 1e3:.0f}",
    )


HEAD = "pattern", "hits", "agree", "ours s", "grep s, C.UTF-8", "ratio", "grep s, C", "ratio", "first hits ms"


def main() -> None:
    """Write, measure, say, and leave nothing behind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of the session (default: 10,000,000)")
    parser.add_argument("--repeats", type=int, default=3, help="times that each is measured; the medians are shown")
    parser.add_argument("--folder", type=Path, help="where the session is written and deleted again")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="search-benchmark-", dir=arguments.folder))
    try:
        session, text = write(folder, arguments.lines)
        sizes = f"session {session.stat().st_size / 1e6:,.0f} MB, text {text.stat().st_size / 1e6:,.0f} MB"
        print(f"{arguments.lines:,} lines, {sizes}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        rows = [row(name, text_, session, text, arguments.repeats, case=case) for name, text_, case in PATTERNS]
        print(table(HEAD, rows))
        later = starting(session) * 1e3
        print(f"With a process that is ready, as it is once the search bar is open; starting one takes {later:.0f} ms.")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
