"""Reads pages of a session in a process of its own: ``python -m tests.benchmarks.page_reads FILE LINES PAGES``.

It prints one JSON object. A page is what one screen of the log shows; a read is what the window's thread waits for.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.session.archive import Archive
from app.session.segments import Segment

from .case import three
from .machine import ProcessorShare, memory
from .session_file import drop_from_cache, expected, times

ROWS = 50  # lines of a page


class Pages:
    """Reads pages of an archive, takes the time of each, and looks whether it is the right one."""

    def __init__(self, archive: Archive, lines: int) -> None:
        self._archive = archive
        self._last = lines - ROWS
        self._chance = random.Random(1)
        self.wrong = 0

    def random(self) -> float:
        """Read a page anywhere and return the milliseconds that it took."""
        return self._read(self._chance.randrange(self._last))

    def downwards(self, count: int) -> list[float]:
        """Read page after page from somewhere on and return the milliseconds of each."""
        start = self._chance.randrange(max(1, self._last - count * ROWS))
        return [self._read(min(start + page * ROWS, self._last)) for page in range(count)]

    def at_a_time(self, end: int) -> float:
        """Find the line of some time in the session and return the milliseconds that it took."""
        t_ns = self._chance.randrange(end)
        return _taken(lambda: self._archive.line_at(t_ns))

    def _read(self, start: int) -> float:
        found: list[Any] = []
        taken = _taken(lambda: found.extend(self._archive.records(start, ROWS)))
        if [(record.run, record.text) for record in found] != [expected(start + row) for row in range(ROWS)]:
            self.wrong += 1
        return taken


def _taken(action: Callable[[], object]) -> float:
    before = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - before) / 1e6


def main() -> int:
    """Read the pages of the session in the arguments."""
    path, lines, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    damaged: list[str] = []
    archive = Archive(damaged.append)
    archive.set_segments([Segment(0, path)], lines)
    drop_from_cache(path)
    pages, share = Pages(archive, lines), ProcessorShare()
    found = {
        "random": three([pages.random() for _ in range(count)]),
        "down": three(pages.downwards(count)),
        "time": three([pages.at_a_time(times(lines)) for _ in range(count // 5)]),
        "memory": memory(),
        "stolen": share.since()[0],
        "wrong": pages.wrong + len(damaged),
    }
    archive.close()
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
