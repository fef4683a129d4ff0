"""What is said of a search, and where its next hit is, among the lines that are shown; no Qt."""

from dataclasses import dataclass
from itertools import pairwise

from app.session.search.hits import Hits
from app.ui.log.shown import HitLines


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Attributes:
        searched: the line number up to which was searched.
        wanted: the line number up to which there is something to search.
        problem: what cannot be read, or why the search cannot go on; empty if all is well.
        failed: it does not go on.
    """

    searched: int
    wanted: int
    problem: str = ""
    failed: bool = False


def found_text(lines: HitLines, line: int | None, progress: Progress) -> str:
    """Return how many hits there are, which of them is chosen, and how far the search is.

    Args:
        lines: the hits among the lines that are shown.
        line: the chosen line; None for none.
        progress: how far the search is.
    """
    if progress.failed:
        return f"⚠ {progress.problem}"
    total = lines.count()
    text = f"{total:,} hit{'s' if total != 1 else ''}"
    if line is not None and lines.contains(line):
        text = f"hit {lines.place(line) + 1:,} of {total:,}"
    if progress.searched < progress.wanted:
        text = f"{text}, searching: {100 * progress.searched // max(1, progress.wanted)} %"
    elif not total:
        text = "no hits"
    return f"{text} · ⚠ {progress.problem}" if progress.problem else text


@dataclass(frozen=True, slots=True)
class Found:
    """Where the next hit is; ``around``: it is on the other side of the end."""

    line: int
    around: bool = False


def next_hit(lines: HitLines, line: int | None) -> Found | None:
    """Return the next hit after a line, from the top again after the last; None if there is none."""
    place = 0 if line is None else lines.place(line + 1)
    if place < lines.count():
        return Found(lines.lines(place, 1)[0])
    return Found(lines.lines(0, 1)[0], around=True) if lines.count() else None


def previous_hit(lines: HitLines, line: int | None) -> Found | None:
    """Return the hit before a line, from the end again before the first; None if there is none."""
    count = lines.count()
    place = count if line is None else lines.place(line)
    if place > 0:
        return Found(lines.lines(place - 1, 1)[0])
    return Found(lines.lines(count - 1, 1)[0], around=True) if count else None


class Walk:
    """Goes from hit to hit, and waits where the search has not come to the place yet.

    Attributes:
        waits: somebody has asked for a hit that may still be found.
        is_back: for the one before, and not for the next.
    """

    def __init__(self) -> None:
        self.waits = False
        self.is_back = False
        self._wanted = 0  # how far the search must be for the answer to be no

    def ask(self, wanted: int, *, back: bool) -> None:
        """Ask for the next hit, or the one before, of those that a search up to line ``wanted`` finds."""
        self.waits, self.is_back, self._wanted = True, back, wanted

    def forget(self) -> None:
        """Ask for nothing any more."""
        self.waits = False

    def answer(self, lines: HitLines, line: int | None, searched: int) -> Found | None:
        """Return where to go, or None: nowhere, or, if it still ``waits``, not yet.

        Args:
            lines: the hits among the lines that are shown.
            line: the chosen line; None for none.
            searched: the line number up to which was searched.
        """
        if not self.waits:
            return None
        found = previous_hit(lines, line) if self.is_back else next_hit(lines, line)
        if found is None or found.around:
            needed = self._wanted
        elif self.is_back:
            needed = self._wanted if line is None else line
        else:
            needed = 0  # hits come in order: there is none between
        if searched < needed:
            return None
        self.waits = False
        return found


def density(hits: Hits, buckets: int, first: int, end: int) -> list[int]:
    """Return how many hits there are in each of ``buckets`` equal parts of the lines from ``first`` to before ``end``."""
    if end <= first:
        return []
    places = [hits.place(first + (end - first) * bucket // buckets) for bucket in range(buckets + 1)]
    return [later - earlier for earlier, later in pairwise(places)]
