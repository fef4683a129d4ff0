"""Cases that are measured beside their yardsticks: in pairs, in turns, so that a bad minute hits both; ratios by turn."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from .case import Case, Figures
from .machine import MOST_STOLEN, wait_until_quiet
from .measuring import measured, merged

Turn = tuple[Figures, Figures]
_TRIES = 3


@dataclass
class Pair:
    """A case of ours and its yardstick, and the figures of each turn, the yardstick's first."""

    yardstick: Case
    ours: Case
    turns: list[Turn] = field(default_factory=list)

    def figures(self) -> list[tuple[Case, Figures]]:
        """Return the medians of both."""
        if not self.turns:
            return []
        theirs, mine = zip(*self.turns, strict=True)
        return [(self.yardstick, merged(theirs)), (self.ours, merged(mine))]

    def ratios(self, figure: Callable[[Figures], float | None]) -> list[float]:
        """Return ours over the yardstick's, one a turn, of the turns that have both."""
        both = ((figure(theirs), figure(mine)) for theirs, mine in self.turns)
        return [mine / theirs for theirs, mine in both if mine and theirs]


def measure_pairs(pairs: Sequence[Pair], options: argparse.Namespace) -> None:
    """Measure each pair as often as asked; which of the two is first changes from turn to turn."""
    for turn in range(options.repeat):
        for pair in pairs:
            found: dict[Case, Figures] = {}
            for case in (pair.yardstick, pair.ours) if turn % 2 == 0 else (pair.ours, pair.yardstick):
                figures = _measured_in_peace(case, options.wait)
                if figures is not None:
                    found[case] = figures
            if len(found) == 2:
                pair.turns.append((found[pair.yardstick], found[pair.ours]))


def _measured_in_peace(case: Case, most: float) -> Figures | None:
    """Measure a case; again, twice at most, where too much of the processors was stolen meanwhile: the least counts."""
    tries: list[Figures] = []
    while len(tries) < _TRIES and not any(figures.stolen <= MOST_STOLEN for figures in tries):
        wait_until_quiet(most)
        figures = measured(case)
        if figures is None:
            break
        tries.append(figures)
    return min(tries, key=lambda figures: figures.stolen, default=None)


def ratio_words(ratios: Sequence[float]) -> str:
    """Return the median of some ratios, and between which all of them lie."""
    middle = f"{median(ratios):.2f} ×"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} turns)"
