"""The rank test, against counting everything."""

import math
import random
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments import ranks
from app.experiments.ranks import larger_pairs, mann_whitney

values = st.lists(st.one_of(st.integers(0, 20), st.just(math.inf)), min_size=1, max_size=12)


def naive_pairs(first: list[float], second: list[float]) -> float:
    return sum((a > b) + (a == b) / 2 for a, b in product(first, second))


@given(values, values)
def test_pairs_are_counted_as_by_looking_at_each(first: list[float], second: list[float]) -> None:
    assert larger_pairs(first, second) == naive_pairs(first, second)


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=9, unique=True), st.data())
def test_without_ties_p_is_the_share_of_all_orders_that_are_no_less_unequal(
    all_values: list[int], data: st.DataObject
) -> None:
    m = data.draw(st.integers(1, len(all_values) - 1))
    n = len(all_values) - m
    first, second = all_values[:m], all_values[m:]

    def unequal(chosen: tuple[int, ...]) -> float:
        return abs(naive_pairs(list(chosen), [v for v in all_values if v not in chosen]) - m * n / 2)

    orders = list(combinations(all_values, m))
    naive = sum(unequal(chosen) >= unequal(tuple(first)) for chosen in orders) / len(orders)
    assert mann_whitney(first, second) == pytest.approx(naive)


@given(values, values)
def test_it_does_not_matter_who_is_first(first: list[float], second: list[float]) -> None:
    p = mann_whitney(first, second)
    assert 0 <= p <= 1
    assert p == pytest.approx(mann_whitney(second, first))


finite = st.lists(st.integers(0, 20), min_size=1, max_size=12)


@given(finite, finite)
def test_only_the_order_counts(first: list[int], second: list[int]) -> None:
    stretched = [[value**3 + 5 for value in side] for side in (first, second)]
    assert mann_whitney(*stretched) == mann_whitney(first, second)


def test_nothing_and_all_the_same_show_nothing() -> None:
    assert mann_whitney([], [1]) == mann_whitney([1], []) == mann_whitney([2] * 9, [2] * 9) == 1


def test_where_the_exact_distribution_ends_the_normal_one_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(1)
    for mean in (0.0, 0.3, 0.6, 0.9):
        first, second = ([draw.gauss(middle, 1) for _ in range(ranks.MOST_EXACT // 2)] for middle in (0.0, mean))
        exact = mann_whitney(first, second)
        with monkeypatch.context() as never_exact:
            never_exact.setattr(ranks, "MOST_EXACT", 0)
            assert mann_whitney(first, second) == pytest.approx(exact, abs=0.002)


def test_five_that_do_not_overlap_are_told_apart_at_one_percent() -> None:
    assert mann_whitney(range(5), range(5, 10)) == pytest.approx(2 / 252)


few = st.lists(st.one_of(st.integers(0, 3), st.just(math.inf)), min_size=1, max_size=5)


@given(few, few)
def test_with_ties_too_p_is_the_share_of_all_orders_that_are_no_less_unequal(
    first: list[float], second: list[float]
) -> None:
    m, n, values = len(first), len(second), [*first, *second]

    def unequal(chosen: tuple[int, ...]) -> float:
        others = [value for place, value in enumerate(values) if place not in chosen]
        return abs(naive_pairs([values[place] for place in chosen], others) - m * n / 2)

    orders = list(combinations(range(m + n), m))
    naive = sum(unequal(chosen) >= unequal(tuple(range(m))) for chosen in orders) / len(orders)
    assert mann_whitney(first, second) == pytest.approx(naive)
