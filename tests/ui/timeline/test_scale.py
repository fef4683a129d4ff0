"""Time to pixels and back, the axis, and the span that a person types."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.ui.timeline import scale
from app.ui.timeline.scale import (
    LONGEST,
    SHORTEST,
    Span,
    axis_of,
    clock,
    parse_span,
    place_text,
    span_of,
    span_text,
    step_for,
)

starts = st.integers(-(10**12), 10**16)
lengths = st.integers(SHORTEST, 10**16)
spans = st.builds(span_of, starts, lengths)
widths = st.integers(1, 5_000)


@given(spans, widths, st.integers(0, 4_999))
def test_the_first_instant_of_a_column_is_in_it_and_the_one_before_is_not(span: Span, width: int, column: int) -> None:
    column %= width
    at = span.at(column, width)
    if at < span.at(column + 1, width):
        assert span.x(at, width) == column
    assert span.x(at - 1, width) < column


@given(spans, st.floats(0.01, 100), st.floats(0, 1), widths)
def test_zooming_keeps_the_place_of_what_is_under_the_pointer(
    span: Span, factor: float, share: float, width: int
) -> None:
    at = span.start + round(share * span.length)
    zoomed = scale.zoomed(span, factor, at)
    assert SHORTEST <= zoomed.length <= LONGEST
    assert abs((at - zoomed.start) / zoomed.length - (at - span.start) / span.length) < 1e-3


@given(spans, st.integers(-5_000, 5_000), widths)
def test_panning_keeps_the_length(span: Span, columns: int, width: int) -> None:
    columns = max(-width, min(columns, width))
    panned = scale.panned(span, columns, width)
    assert panned.length == span.length
    assert abs((panned.start - span.start) - columns * span.length / width) <= 1


@given(starts, st.integers(0, 10**15))
def test_what_is_fitted_is_within(first: int, length: int) -> None:
    span = scale.fitted(first, first + length)
    assert span.start <= first <= first + length <= span.end


@given(spans, st.integers(0, 10**15), st.integers(0, 10**15))
def test_something_always_stays_in_sight(span: Span, first: int, length: int) -> None:
    clamped = scale.clamped(span, first, first + length)
    assert clamped.length == span.length
    assert clamped.start <= first + length
    assert clamped.end >= first


@given(lengths, st.integers(0, 10**15))
def test_following_shows_now(length: int, now: int) -> None:
    span = scale.following(span_of(0, length), now)
    assert span.start <= now <= span.end


@given(st.integers(1, 10**17), st.integers(1, 100))
def test_a_step_is_the_least_round_one_that_leaves_room(length: int, most: int) -> None:
    step = step_for(length, most)
    assert length / step <= most + 1e-9
    assert step == 1 or step_for(length, most + most * 30) < step or most == 0


@given(spans, st.integers(50, 4_000))
def test_marks_of_the_axis_are_apart_and_where_they_say(span: Span, width: int) -> None:
    axis = axis_of(span, width, 90)
    columns = [x for x, _ in axis.marks]
    assert len(columns) <= width // 90 + 2
    assert all(0 <= x < width for x in columns)
    assert all(b - a >= min(89, width // 2) for a, b in pairwise(columns))
    texts = [text for _, text in axis.marks]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("ns", "step", "text"),
    [
        (12_500_000_000, 500_000_000, "12.5 s"),
        (12_000_000_000, 1_000_000_000, "12 s"),
        (62_500_000_000, 500_000_000, "1:02.5"),
        (3_602_000_000_000, 1_000_000_000, "1:00:02"),
        (-1_000_000_000, 1_000_000_000, "−1 s"),
        (1_234_567_890, 1, "1.234567890 s"),
    ],
)
def test_times_have_the_decimals_that_a_step_needs(ns: int, step: int, text: str) -> None:
    assert clock(ns, step) == text


def test_fine_marks_count_from_a_millisecond() -> None:
    axis = axis_of(Span(12_345_600_000, 12_345_602_000), 1_000, 90)
    assert axis.base == "12.345 s +"
    assert axis.marks[0][1] == "600,000 ns"
    assert axis_of(Span(12_345_600_000, 12_345_700_000), 1_000, 90).marks[1][1] == "610 µs"


def test_a_place_is_said_as_exactly_as_a_pixel_shows_it() -> None:
    assert place_text(1_234_567_890, 9_000_000) == "1.234 s"
    assert place_text(1_234_567_890, 500) == "1.2345678 s"


HERE = Span(0, 10 * 10**9)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1.2s..3.4s", Span(1_200_000_000, 3_400_000_000)),
        (" 1,5 .. 2 ", Span(1_500_000_000, 2_000_000_000)),
        ("0..250ms", Span(0, 250_000_000)),
        ("1:02.5..1:00:00", Span(62_500_000_000, 3_600_000_000_000)),
        ("500ms", Span(4_750_000_000, 5_250_000_000)),
        ("20 µs..40us", Span(20_000, 40_000)),
        ("2min", Span(-55_000_000_000, 65_000_000_000)),
    ],
)
def test_a_span_can_be_typed(text: str, span: Span) -> None:
    assert parse_span(text, HERE) == span


@pytest.mark.parametrize(
    "text", ["", "..", "1..", "soon", "3s..2s", "2s..2s", "1ns", "-1s..2s", "1e9s", "9" * 30, "9" * 200, "0s..9999999h"]
)
def test_a_wrong_span_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_span(text, HERE)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_span_or_a_sentence(text: str) -> None:
    try:
        span = parse_span(text, HERE)
    except BadInput:
        return
    assert SHORTEST <= span.length <= LONGEST


@given(st.integers(0, 10**14), st.integers(SHORTEST, 10**14))
def test_a_span_that_is_shown_can_be_typed_again(start: int, length: int) -> None:
    span = Span(start, start + length)
    again = parse_span(span_text(span), HERE)
    assert abs(again.start - span.start) <= length / 500
    assert abs(again.end - span.end) <= length / 500
