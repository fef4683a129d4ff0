"""Whether one of two sets of latencies is smaller than the other, by ranks: pure functions."""

import math
from collections.abc import Sequence
from itertools import groupby

# The exact distribution is worked out up to so many values altogether; beyond, the normal one is close.
MOST_EXACT = 60
MOST_EXACT_TIED = 24  # with ties, which take longer: so many that a race of few rounds is exact, nevers or not


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test: how likely ranks so unequal are if both come from one source.

    Nothing is assumed of the shape, and infinity stands for "never", above all that was measured. After H. B. Mann and
    D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other", Annals of
    Mathematical Statistics 18 (1947) 50-60: U counts the pairs in which the first is the larger one, ties by half. Exact
    if there are few values, by their recurrence or, with ties, by counting; otherwise

        z = (|U - mn/2| - 1/2) / sqrt(mn/12 · ((N + 1) - Σ(t³ - t) / (N(N - 1)))),  p = erfc(z / √2)

    with N = m + n, t the sizes of the groups of ties, and 1/2 the correction for continuity.

    Args:
        first: values of any unit, not NaN; p is 1 if there is none.
        second: the same.
    """
    m, n = len(first), len(second)
    if not m or not n:
        return 1.0
    u = larger_pairs(first, second)
    sizes = [sum(1 for _ in group) for _, group in groupby(sorted([*first, *second]))]
    ties = [size for size in sizes if size > 1]
    if not ties and m + n <= MOST_EXACT:
        return _exact(round(min(u, m * n - u)), m, n)
    if m + n <= MOST_EXACT_TIED:
        return _exact_tied(round(2 * u), m, n, sizes)
    total = m + n
    tied = sum(size**3 - size for size in ties) / (total * (total - 1))
    variance = m * n / 12 * (total + 1 - tied)
    if variance <= 0:
        return 1.0  # all values are the same
    z = max(0.0, abs(u - m * n / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def larger_pairs(first: Sequence[float], second: Sequence[float]) -> float:
    """Return U: in how many pairs the first's value is larger than the second's, ties counted by half.

    By the ranks, in the time of a sort: the ranks of the first sum up to U + m(m + 1)/2.
    """
    marked = sorted([(value, True) for value in first] + [(value, False) for value in second])
    rank_sum = 0.0
    seen = 0
    for _, group in groupby(marked, key=lambda pair: pair[0]):
        members = [is_first for _, is_first in group]
        # The mean of the ranks that the tied ones would have had.
        rank_sum += sum(members) * (seen + (len(members) + 1) / 2)
        seen += len(members)
    return rank_sum - len(first) * (len(first) + 1) / 2


def _exact(u: int, m: int, n: int) -> float:
    """Return the two-sided p of the smaller U without ties."""
    below = sum(_counts(m, n)[: u + 1])
    return min(1.0, 2 * below / math.comb(m + n, m))


def _counts(m: int, n: int) -> list[int]:
    """Return in how many of the orders of m and n values U is 0, 1, 2, …, mn.

    They are the coefficients of the Gaussian binomial, the product of (1 - x^(n + i)) / (1 - x^i) for i from 1 to m, which
    is Mann and Whitney's recurrence written out.
    """
    counts = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for place in range(m * n, n + i - 1, -1):
            counts[place] -= counts[place - n - i]
        for place in range(i, m * n + 1):
            counts[place] += counts[place - i]
    return counts


def _exact_tied(doubled: int, m: int, n: int, sizes: Sequence[int]) -> float:
    """Return the two-sided p of a U with ties: the share of all orders whose U is as far from its middle, or further.

    Args:
        doubled: U times two, which is whole.
        m: how many values the first has.
        n: how many the second has.
        sizes: how many values are the same, for each value in ascending order.
    """
    # From how many values of the first were met, and U times two so far, to in how many ways that can be.
    ways = {(0, 0): 1}
    seen = 0
    for size in sizes:
        more: dict[tuple[int, int], int] = {}
        for (met, u), count in ways.items():
            for taken in range(max(0, size - n + seen - met), min(size, m - met) + 1):
                place = met + taken, u + taken * (2 * (seen - met) + size - taken)
                more[place] = more.get(place, 0) + count * math.comb(size, taken)
        ways, seen = more, seen + size
    far = abs(doubled - m * n)
    return sum(count for (_, u), count in ways.items() if abs(u - m * n) >= far) / math.comb(m + n, m)
