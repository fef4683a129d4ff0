"""The time axis: what it holds, where things stand on it, what its ticks say."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.compare.geometry import Axis, axis_over, tick_text

LENGTHS = st.lists(st.integers(0, 10**13), max_size=30)


@given(LENGTHS, st.booleans())
def test_an_axis_holds_what_it_was_made_for(lengths: list[int], is_log: bool) -> None:
    axis = axis_over(lengths, is_log=is_log)
    assert axis.low < axis.high
    for length in lengths:
        assert length <= axis.high * (1 + 1e-9)
        assert axis.low <= max(length, 1_000)


@given(LENGTHS, st.booleans(), st.lists(st.floats(0, 1e14), min_size=2))
def test_longer_stands_further_right(lengths: list[int], is_log: bool, given_: list[float]) -> None:
    axis = axis_over(lengths, is_log=is_log)
    shares = [axis.share(length) for length in sorted(given_)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@given(st.floats(1e3, 1e12))
def test_a_decade_is_as_wide_as_any_other(ns: float) -> None:
    axis = Axis(1e3, 1e12, is_log=True)
    assert axis.share(ns) == pytest.approx((math.log10(ns) - 3) / 9)


@given(LENGTHS, st.booleans())
def test_ticks_ascend_within_the_axis_and_a_few_have_labels(lengths: list[int], is_log: bool) -> None:
    axis = axis_over(lengths, is_log=is_log)
    ticks = axis.ticks()
    places = [tick.ns for tick in ticks]
    assert places == sorted(set(places))
    assert axis.low <= places[0]
    assert places[-1] <= axis.high * (1 + 1e-9)
    assert 2 <= sum(bool(tick.text) for tick in ticks) <= 12


def test_a_narrow_logarithmic_axis_has_labels_within_a_decade() -> None:
    axis = axis_over([20_000_000, 60_000_000], is_log=True)
    assert [tick.text for tick in axis.ticks() if tick.text] == ["10 ms", "20 ms", "50 ms", "100 ms"]


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "0"), (500, "500 ns"), (1e3, "1 µs"), (2e7, "20 ms"), (1e9, "1 s"), (1e12, "1000 s")]
)
def test_a_round_length_has_no_digits_to_fill_up(ns: float, text: str) -> None:
    assert tick_text(ns) == text
