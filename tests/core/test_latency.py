"""Durations for a screen, percentiles, chains."""

import itertools
import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.latency import StopChain, Summary, duration, percentile, summarise

UNITS = {"µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


@pytest.mark.parametrize(
    ("ns", "words"),
    [
        (0, "0.00 µs"),
        (-5, "0.00 µs"),
        (1_234, "1.23 µs"),
        (9_994, "9.99 µs"),
        (9_996, "10.0 µs"),
        (12_345, "12.3 µs"),
        (99_940, "99.9 µs"),
        (99_960, "100 µs"),
        (123_456, "123 µs"),
        (999_499, "999 µs"),
        (999_500, "1.00 ms"),
        (999_999, "1.00 ms"),
        (1_000_000, "1.00 ms"),
        (51_400_000, "51.4 ms"),
        (999_400_000, "999 ms"),
        (999_600_000, "1.00 s"),
        (50e9, "50.0 s"),
        (99.96e9, "100 s"),
        (119e9, "119 s"),
        (120e9, "2 min 00 s"),
        (3599.4e9, "59 min 59 s"),
        (3599.6e9, "1 h 00 min"),
        (7265e9, "2 h 01 min"),
    ],
)
def test_durations(ns: float, words: str) -> None:
    assert duration(ns) == words


@given(st.floats(1_000, 119e9))
def test_durations_have_three_significant_digits_and_are_near(ns: float) -> None:
    number, unit = duration(ns).split(" ")
    assert len(number.replace(".", "")) == 3
    assert number[0] != "0"
    assert (unit == "µs") == (ns < 999_500)
    shown = Decimal(number) * UNITS[unit]
    step = Decimal(UNITS[unit]).scaleb(-len(number.partition(".")[2]))  # what the last digit stands for
    assert abs(shown - Decimal(ns)) <= step * Decimal("0.501")


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=200))
def test_percentiles_beside_the_standard_library(latencies: list[int]) -> None:
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    summary = summarise(latencies)
    assert summary is not None
    assert (summary.n, summary.most) == (len(latencies), max(latencies))
    assert [summary.p50, summary.p95, summary.p99] == pytest.approx([cuts[49], cuts[94], cuts[98]])


def test_summaries_of_few() -> None:
    assert summarise([]) is None
    assert summarise([7]) == Summary(1, 7, 7, 7, 7)
    assert summarise(iter([3, 1])) == Summary(2, 2, 2.9, 2.98, 3)
    assert percentile([1, 2, 4], 0) == 1
    assert percentile([1, 2, 4], 1) == 4


@given(st.lists(st.none() | st.integers(0, 5), min_size=6, max_size=6))
def test_chains_are_ordered_when_no_instant_precedes_an_earlier_one(instants: list[int | None]) -> None:
    chain = StopChain(*instants)
    assert chain.instants() == tuple(instants)
    pairs = itertools.combinations([instant for instant in instants if instant is not None], 2)
    assert chain.is_ordered() == all(earlier <= later for earlier, later in pairs)


def test_latency_is_from_the_request_to_the_notice() -> None:
    assert StopChain(clicked=1, requested=5, noticed=12).latency == 7
    assert StopChain(clicked=1, noticed=12).latency is None
    assert StopChain(requested=5, cleaned_up=12).latency is None
