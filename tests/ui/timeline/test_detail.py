"""Level of detail against naive references."""

import bisect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reader_waits import MOST_KNOTS, Held
from app.ui.timeline.held import columns
from app.ui.timeline.lane import Bar
from app.ui.timeline.scale import Span, span_of
from app.ui.timeline.scene import edges_of, pixel_bars
from app.ui.timeline.shapes import Phase
from app.ui.timeline.ticks import FIRST_SHIFT, MOST_BINS, Presence, Ticks

starts = st.integers(0, 10**12)
batches = st.lists(
    st.lists(st.integers(0, 3 * 10**8), min_size=1, max_size=30), min_size=1, max_size=8
)  # gaps between lines, ns
spans = st.builds(span_of, st.integers(-(10**9), 10**12), st.integers(1_000, 10**11))
widths = st.integers(1, 1_500)  # of the shortest span, some columns have no instant at all


def column(values) -> np.ndarray:
    return np.array(values, np.int64)


def filled(start: int, gaps: list[list[int]]) -> tuple[Ticks, list[int]]:
    """Ticks that were added batch by batch, and their instants."""
    ticks, instants, at = Ticks(start), [], start
    for batch in gaps:
        mine = []
        for gap in batch:
            at += gap
            mine.append(at)
        ticks.add(column(mine), column(range(len(instants), len(instants) + len(mine))))
        instants += mine
    return ticks, instants


def naive(instants: list[int], span: Span, width: int) -> list[int]:
    counts = [0] * width
    for instant in instants:
        if span.holds(instant):
            counts[(instant - span.start) * width // span.length] += 1
    return counts


@given(spans, widths)
def test_edges_are_the_first_instants_of_the_columns(span: Span, width: int) -> None:
    edges = edges_of(span, width).tolist()
    assert edges == [span.at(x, width) for x in range(width + 1)]
    assert (edges[0], edges[-1]) == (span.start, span.end)


@given(starts, batches, st.integers(0, 10**10), st.integers(1_000, 10**10), widths)
def test_columns_have_lines_where_there_are_lines(start, gaps, offset, length, width) -> None:
    ticks, instants = filled(start, gaps)
    span = span_of(start - 10**6 + offset % (instants[-1] - start + 10**6), length)
    edges = edges_of(span, width)
    found, wanted = ticks.counts(edges), naive(instants, span, width)
    bin_size = 1 << ticks.presence.shift
    if (span.end - span.start) // width < 4 * bin_size:
        assert found.tolist() == wanted
        assert ticks.in_columns(edges).tolist() == [count > 0 for count in wanted]
        return
    # From the bins: a line may be counted where its bin begins or where it ends, which is less than half a column.
    for x in range(width):
        near = sum(edges[x] - bin_size <= at < edges[x + 1] + bin_size for at in instants)
        sure = sum(edges[x] + bin_size <= at < edges[x + 1] - bin_size for at in instants)
        assert sure <= found[x] <= near


@given(starts, batches, st.integers(1, 100))
def test_what_was_dropped_is_still_counted(start, gaps, keep) -> None:
    ticks, instants = filled(start, gaps)
    ticks.drop_before(max(0, len(instants) - keep))
    assert len(ticks.instants) == min(keep, len(instants))
    assert ticks.instants.tolist() == instants[-keep:]
    whole = edges_of(Span(start - 1, instants[-1] + (2 << FIRST_SHIFT)), 3)
    assert int(ticks.counts(whole).sum()) == len(instants)
    # Where they are kept exactly, columns are exact.
    first = max(start, ticks.exact_from)
    exact = Span(first, first + 10_000)
    assert ticks.counts(edges_of(exact, 10)).tolist() == naive(instants[-keep:], exact, 10)


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), max_size=40))
def test_the_latest_are_kept_however_adding_and_dropping_follow_each_other(steps: list[tuple[int, int]]) -> None:
    ticks, end, first = Ticks(0), 0, 0
    for count, keep in steps:
        ticks.add(column(range(end, end + count)), column(range(end, end + count)))
        end += count
        first = max(first, end - keep)
        ticks.drop_before(first)
        assert ticks.instants.tolist() == ticks.lines.tolist() == list(range(first, end))


def test_a_run_that_goes_on_for_long_takes_no_new_memory() -> None:
    ticks = Ticks(0)
    columns_of = set()
    for end in range(100, 100_000, 100):
        ticks.add(column(range(end - 100, end)), column(range(end - 100, end)))
        ticks.drop_before(end - 1_000)
        if end > 10_000:
            columns_of.add(id(ticks.instants.base))
    assert len(columns_of) == 1


@given(starts, batches, st.integers(0, 10**10))
def test_the_next_line_and_the_one_before(start, gaps, offset) -> None:
    ticks, instants = filled(start, gaps)
    at = start - 10 + offset
    after = bisect.bisect_right(instants, at)
    before = bisect.bisect_left(instants, at) - 1
    assert ticks.after(at) == ((instants[after], True) if after < len(instants) else None)
    found = ticks.before(at)
    assert (found is None) == (before < 0)
    if found is not None:
        assert found.instant == instants[before]
    nearest = ticks.nearest(at)
    assert abs(nearest.instant - at) == min(abs(instant - at) for instant in instants)


@given(starts, batches, st.integers(0, 10**10))
def test_where_lines_are_not_kept_exactly_the_next_one_is_known_to_a_bin(start, gaps, offset) -> None:
    ticks, instants = filled(start, gaps)
    ticks.drop_before(len(instants))
    at = start + offset % (instants[-1] - start + 1)
    bin_size = 1 << ticks.presence.shift
    found = ticks.after(at)
    later = [instant for instant in instants if instant >= at + bin_size]
    if later:
        assert found is not None
    if found is not None:
        assert not found.is_exact
        assert any(found.instant <= instant < found.instant + bin_size for instant in instants)
        assert all(not at + bin_size <= instant < found.instant for instant in instants)


@given(starts, batches, st.integers(1, 10))
def test_wider_bins_count_the_same(start, gaps, times) -> None:
    ticks, instants = filled(start, gaps)
    presence = ticks.presence
    for _ in range(times):
        presence.halve()
    size = 1 << presence.shift
    edges = column([start + size * place for place in range(min(presence.bins, 200) + 1)])
    wanted = [sum(a <= instant < b for instant in instants) for a, b in pairwise(edges)]
    assert presence.counts(edges).tolist() == wanted
    # And go on from there.
    ticks.add(column([instants[-1] + 5 * size]), column([len(instants)]))
    assert int(presence.counts(column([start, instants[-1] + 7 * size]))[0]) == len(instants) + 1


def test_a_run_of_any_length_has_so_many_bins_and_no_more() -> None:
    presence = Presence(0)
    for hour in range(1, 2_000):
        presence.add(column([hour * 3_600 * 10**9]))
    assert presence.bins <= MOST_BINS
    assert presence.size <= 4 * (MOST_BINS + 1)
    assert int(presence.counts(column([0, 2**60]))[0]) == 1_999


def test_sums_that_go_over_32_bits_still_count() -> None:
    presence = Presence(0)
    presence.add(column([10]))
    presence.total += 2**32 - 2
    presence._sums[presence.bins] = presence.total & 0xFFFFFFFF
    presence.add(column([1 << 20, (1 << 20) + 1, 1 << 21]))
    size = 1 << presence.shift
    assert presence.counts(column([size, (1 << 20) + size, (1 << 21) + size])).tolist() == [2, 1]


@given(starts, st.lists(st.integers(1, 2 * 10**8), min_size=1, max_size=40), st.integers(1, 10**8))
def test_a_pause_is_what_comes_before_a_line(start, gaps, pause) -> None:
    ticks, instants = filled(start, [gaps])
    edges = edges_of(Span(start, instants[-1] + 10**8), 97)
    wanted = []
    for at in edges[:-1].tolist():
        following = [instant for instant in instants if instant >= at]
        wanted.append(bool(following) and following[0] - at <= pause)
    assert ticks.pausing(edges, pause).tolist() == wanted


bars = st.lists(st.tuples(st.integers(-1_000, 10_000), st.integers(0, 5_000)), max_size=8).map(
    lambda pairs: [Bar(start, start + length, Phase.RUNNING) for start, length in pairs if length]
)


@given(bars, st.integers(0, 5_000), widths)
def test_every_bar_within_is_seen_and_no_other(found: list[Bar], start: int, width: int) -> None:
    span = Span(start, start + 1_000)
    shown = pixel_bars(found, span, width)
    within = [bar for bar in found if bar.start < span.end and bar.end > span.start]
    assert len(shown) == len(within)
    for bar, pixels in zip(within, shown, strict=True):
        assert 0 <= pixels.left < pixels.right <= width
        assert pixels.left == max(0, span.x(bar.start, width))
        assert pixels.right == min(width, max(pixels.left + 1, span.x(bar.end, width)))


@pytest.mark.parametrize("width", [1, 7, 1_400])
def test_an_empty_lane_has_no_ticks(width: int) -> None:
    assert not Ticks(0).in_columns(edges_of(Span(0, 10**9), width)).any()


waits = st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)), max_size=30)  # gap before it, and length


def held_of(pairs: list[tuple[int, int]]) -> tuple[Held, list[tuple[int, int]]]:
    held, found, at = Held(), [], 0
    for gap, length in pairs:
        found.append((at + gap, at + gap + length))
        at += gap + length
    held.add(found)
    return held, found


@given(waits, spans, widths)
def test_a_column_is_held_back_if_half_of_it_was(pairs, span: Span, width: int) -> None:
    held, found = held_of(pairs)
    edges = edges_of(span, width).tolist()
    held_in = columns(held, column(edges))
    for x, (start, end) in enumerate(pairwise(edges)):
        waited = sum(max(0, min(end, ended) - max(start, began)) for began, ended in found)
        # Up to a billionth, which is what a floating number loses.
        if abs(2 * waited - (end - start)) > (span.length >> 20) + 2:
            assert held_in[x] == (2 * waited > end - start)


@given(waits, st.integers(-10, 60 * 10**9))
def test_at_an_instant_it_is_held_back_within_a_wait(pairs, instant: int) -> None:
    held, found = held_of(pairs)
    assert held.at(instant) == any(began <= instant < ended for began, ended in found)
    assert any(began <= instant < ended for began, ended in held.stretches()) == held.at(instant)


def test_long_ago_the_mean_of_many_waits_is_kept() -> None:
    held = Held()
    held.add((at * 10_000_000, at * 10_000_000 + 8_000_000) for at in range(20_000))
    assert len(held) <= MOST_KNOTS
    assert held.end == 19_999 * 10_000_000 + 8_000_000
    assert columns(held, edges_of(Span(0, 199 * 10**9), 900)).all()
    assert list(held.stretches()) == [(0, held.end)]
