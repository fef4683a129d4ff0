"""Kills a child and the window at random moments, so many times each: ``python -m tests.benchmarks.kills [times]``."""

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.programs.kill_rounds import kill_child, kill_window


def main() -> int:
    """Print what was found; 1 if what was acknowledged is gone, or a line is missing."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    bad = 0
    for words, kill in (("a child", kill_child), ("the window", kill_window)):
        began, wrong = time.perf_counter(), 0
        for seed in range(times):
            with tempfile.TemporaryDirectory() as folder:
                problems = kill(Path(folder), random.Random(seed))
            wrong += bool(problems)
            for problem in problems:
                print(f"    seed {seed}: {problem}", flush=True)
        print(
            f"{words} killed {times} times: {wrong} records with a fault, {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        bad += wrong
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
