"""Where things stand in the charts, against naive references."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.latency import StopChain
from app.core.worker import Worker
from app.ui.compare.geometry import (
    DOT,
    Dot,
    Frame,
    axis_over,
    chart_rows,
    grouped,
    histogram,
    lanes_of,
    nearest,
    new_runs,
    race_axis,
    race_runs,
    stairs,
    swarm,
)
from tests.experiments.made import race, run

FRAME = Frame(150, 20, 400, 60, 80)
PLACES = st.lists(st.floats(0, 400), max_size=60).map(sorted)


@given(PLACES, st.sampled_from([1, 3, 5]))
def test_dots_lie_over_each_other_only_if_every_lane_is_taken(places: list[float], lanes: int) -> None:
    chosen = swarm(places, DOT, lanes)
    assert all(abs(lane) <= lanes // 2 for lane in chosen)
    for (i, lane), (j, other) in combinations(enumerate(chosen), 2):
        if lane == other and places[j] - places[i] < DOT:
            near = {chosen[k] for k in range(j) if places[j] - places[k] < DOT}
            assert len(near) == lanes


def test_a_lonely_dot_lies_in_the_middle() -> None:
    assert swarm([10, 30, 50], DOT, 5) == [0, 0, 0]


@given(PLACES, st.integers(0, 10))
def test_the_curve_is_the_share_that_had_noticed(places: list[float], never: int) -> None:
    total = len(places) + never
    points = stairs(places, total, FRAME)
    if not places:
        assert points == []
        return
    bottom, top = points[0][1], FRAME.top + FRAME.row - points[0][1] + FRAME.top
    for x, y in points[2::2]:
        share = sum(place <= x for place in places) / total
        expected = bottom + share * (top - bottom)
        # Where several noticed at the same place, the line stands there once a run.
        assert y >= expected - 1e-6
    assert points[-1] == (FRAME.left + FRAME.width, pytest.approx(bottom + len(places) / total * (top - bottom)))
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=20), st.floats(0, 100), st.floats(0, 100))
def test_the_nearest_dot_is_found(places: list[tuple[float, float]], x: float, y: float) -> None:
    dots = [Dot(left, top, run(1)) for left, top in places]
    reached = sorted((left - x) ** 2 + (top - y) ** 2 for left, top in places)
    found = nearest(dots, x, y, 10)
    if not reached or reached[0] > 100:
        assert found is None
    else:
        assert found is not None
        assert (found.x - x) ** 2 + (found.y - y) ** 2 == reached[0]


@given(st.lists(st.integers(0, 2 * 10**9)), st.integers(1, 20))
def test_every_latency_is_in_one_bar(latencies: list[int], bins: int) -> None:
    axis = axis_over([10_000, 10**9], is_log=True)
    counts = histogram(latencies, axis, bins)
    assert sum(counts) == len(latencies)
    for place, count in enumerate(counts):
        assert count == sum(min(int(axis.share(latency) * bins), bins - 1) == place for latency in latencies)


def test_every_run_is_one_dot_on_the_row_of_its_worker() -> None:
    result = race((Worker("A", "flag"), [10**6, None, 3 * 10**6]), (Worker("B", "event-wait"), [10**5]))
    runs = (replace(result.runs[0], band=(0, 5 * 10**6)), *result.runs[1:2], replace(result.runs[2], outside="late"))
    result = replace(result, runs=(*runs, result.runs[3]))
    assert grouped(result) == {name: list(found) for name, found in result.by_worker().items()}
    axis = race_axis(race_runs(result), is_log=True)
    first, second = chart_rows(grouped(result), axis, FRAME)
    assert [dot.run for dot in first.dots] == [result.runs[0]]
    assert [dot.run for dot in first.outside] == [result.runs[2]]
    assert [dot.run for dot in first.never] == [result.runs[1]]
    assert first.dots[0].x == FRAME.left + FRAME.width * axis.share(10**6)
    assert first.never[0].x > FRAME.left + FRAME.width
    assert first.band == (FRAME.left, FRAME.x(axis, 5 * 10**6))
    assert second.band is None
    assert second.top == first.top + FRAME.row
    assert axis.high == 10**9  # a run passed the deadline


def test_without_a_never_the_axis_ends_where_the_figures_do() -> None:
    result = race((Worker("A", "flag"), [2 * 10**6]))
    assert race_axis(race_runs(result), is_log=True).high == 10**7
    assert race_axis(race_runs(result), is_log=False).high == 2 * 10**6


def test_the_runs_of_a_race_that_goes_on_are_those_of_one_that_has_ended() -> None:
    result = race((Worker("A", "flag"), [10**6, None]), (Worker("B", "event-wait"), [10**5, 10**5]))
    growing = new_runs(result.workers, result.deadline)
    assert growing.count == 0
    for run_ in result.runs:
        growing.add([run_])
    assert growing == race_runs(result)
    assert growing.count == len(result.runs)


MS = 10**6


def test_lanes_are_aligned_at_the_request() -> None:
    runs = (
        run(0, chain=StopChain(None, 100 * MS, 120 * MS, None, 121 * MS), started=0, ticks=(50 * MS, 90 * MS)),
        run(0, 2, chain=StopChain(None, 900 * MS, None, None, 950 * MS), started=800 * MS, ticks=(880 * MS,)),
        run(0, 3, chain=StopChain(), ticks=()),
    )
    lanes = lanes_of(runs, 10, 300, 16)
    assert len(lanes.lanes) == 2  # the third was never asked
    assert (lanes.before, lanes.after) == (50 * MS, 50 * MS)
    assert lanes.requested == 160
    first, second = lanes.lanes
    assert (first.y, second.y) == (8, 24)
    assert first.started == 10  # before the beginning
    assert first.ticks == (10, 130)
    assert first.noticed == pytest.approx(160 + 20 * 3)
    assert second.noticed is None
    assert second.ended == pytest.approx(310)


def test_no_lanes_are_no_lanes() -> None:
    assert lanes_of((), 10, 300, 16).lanes == ()
