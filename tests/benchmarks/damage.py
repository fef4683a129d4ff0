"""Harms session files at random and says what came of it: ``python -m tests.benchmarks.damage [flips] [cuts]``."""

import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.session.damage import Verdict, cuts, flips, sample


def _told(name: str, verdicts: Iterable[tuple[str, Verdict]]) -> bool:
    begun, found = time.perf_counter(), []
    for what, verdict in verdicts:
        found.append(verdict)
        if verdict.silent or verdict.untrue:
            print(f"    {'silent' if verdict.silent else 'untrue'}: {what}")
    silent, untrue = sum(each.silent for each in found), sum(each.untrue for each in found)
    shares = [each.rescued for each in found if each.rescued is not None]
    print(
        f"{name:<34} {len(found):>6,} {silent:>7,} {untrue:>7,} {sum(each.said for each in found):>6,}"
        f" {sum(each.refused for each in found):>8,} {median(shares):>8.1%} {sum(shares) / len(shares):>7.1%}"
        f" {sum(share < 0.95 for share in shares):>8,} {time.perf_counter() - begun:>6.0f} s"
    )
    return not silent and not untrue


def main() -> int:
    """Print the figures; 1 if anything was lost in silence or came out otherwise than it was written."""
    most_flips, most_cuts = (int(given) for given in (*sys.argv[1:], "2000", "500")[:2])
    titles = f"{'silent':>7} {'untrue':>7} {'said':>6} {'refused':>8} {'median':>8} {'mean':>7} {'< 95 %':>8}"
    print(f"{'':<34} {'files':>6} {titles}")
    sound = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for words, batches, ended, lines in (
            ("ended, 60 batches", 60, True, (1, 400)),
            ("ended, 60 large batches", 60, True, (200, 900)),
            ("ended, 400 small batches", 400, True, (1, 5)),
            ("not ended, with a log", 60, False, (1, 400)),
        ):
            made = sample(folder / "made", batches, ended=ended, lines=lines)
            sound &= _told(f"{words}: a byte", flips(made, most_flips // 4, folder / "harmed"))
            sound &= _told(f"{words}: cut off", cuts(made, most_cuts // 4, folder / "harmed"))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
