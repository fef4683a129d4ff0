"""The model: what records say becomes lanes, in bounded memory."""

import random
from array import array

import numpy as np
import pytest
from app.core.chain_record import ChainRecord
from app.core.snapshot import RELEASING, Outcome
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, RunName, merged
from app.core.latency import StopChain
from app.ui.timeline import events, words
from app.ui.timeline.choice import Choice, Order
from app.ui.timeline.lane import Bar, Lane, Phase
from app.ui.timeline.model import Stop, Timeline
from app.ui.timeline.scale import Span
from app.ui.timeline.scene import Look, scene_of
from app.ui.timeline.ticks import Ticks
from tests.ui.timeline.conftest import MS, ORIGIN, S, asked, begun, ended, lines, records


def timeline(*batches: Batch, **bounds: int) -> Timeline:
    model = Timeline(ORIGIN, **bounds)
    for batch in batches:
        model.add(batch)
    return model


def test_a_life_becomes_bars() -> None:
    model = timeline(begun(1, 10 * MS), lines(1, [12 * MS]), asked(1, S), ended(1, S, S + 300 * MS, S + 301 * MS))
    lane = model.lanes[1]
    assert (lane.label, lane.strategy, lane.workload, lane.interval) == ("W1 #1", "event-poll", "sleep", 0.5)
    bars = lane.bars(2 * S)
    assert bars[:3] == [
        Bar(10 * MS, 11 * MS, Phase.STARTING),
        Bar(11 * MS, S, Phase.RUNNING),
        Bar(S, S + 301 * MS, Phase.STOPPING),
    ]
    assert bars[3].phase is Phase.ENDED
    assert (lane.requested, lane.noticed, lane.ended) == (S, S + 300 * MS, S + 301 * MS)
    assert (lane.latency, lane.band, lane.outcome) == (300 * MS, (0, 500 * MS), "interrupted")
    assert not lane.is_late(9 * S)
    assert model.latest == S + 301 * MS


def test_a_run_in_its_pauses_waits_and_one_that_works_does_not() -> None:
    model = timeline(begun(1, 0), begun(2, 0, interval=0), begun(3, 0, workload="compute"))
    assert [lane.phase() for lane in model.lanes.values()] == [Phase.WAITING, Phase.RUNNING, Phase.RUNNING]


def test_a_slow_stop_and_a_stuck_one_are_marked() -> None:
    slow = records(1, [(3 * S, Kind.STATE, "stopping: not noticed 1.00 s after it was asked; it is here\n  File …")])
    stuck = records(1, [(7 * S, Kind.STATE, "stuck: not ended 5.00 s after it was asked to stop")])
    lane = timeline(begun(1, 0), asked(1, 2 * S), slow, stuck).lanes[1]
    assert (lane.requested, lane.slow) == (2 * S, 3 * S)
    assert [bar.phase for bar in lane.bars(8 * S)][-2:] == [Phase.STOPPING, Phase.STUCK]
    assert lane.phase() is Phase.STUCK


def test_what_is_known_before_the_chain_is_shown_and_gives_way_to_it() -> None:
    model = timeline(begun(1, 0), asked(1, S))
    assert model.asked() == [1]
    model.learn(1, (0, 100 * MS), None)
    assert not model.lanes[1].is_late(S + 100 * MS)
    assert model.lanes[1].is_late(S + 101 * MS)
    model.add(ended(1, S, S + 50 * MS, S + 200 * MS, band=(0, 60 * MS)))
    assert model.lanes[1].band == (0, 60 * MS)
    assert not model.lanes[1].is_late(9 * S)
    model.learn(1, None, None)
    assert model.lanes[1].band == (0, 60 * MS)
    assert model.asked() == []


def test_outside_the_band_is_late_with_the_reason() -> None:
    model = timeline(begun(1, 0), asked(1, S), ended(1, S, 3 * S, 3 * S, outside="noticed 1.50 s later than predicted"))
    lane = model.lanes[1]
    assert lane.is_late(3 * S)
    assert words.latency_text(lane, 3 * S) == "2.00 s late"
    assert "noticed 1.50 s later" in words.table_cells(lane, 3 * S)[-1]
    assert any("later than predicted" in event.words for event in events.marks(lane))


def test_never_noticed_is_said() -> None:
    model = timeline(begun(1, 0), asked(1, S), ended(1, S, None, 3 * S))
    assert words.latency_text(model.lanes[1], 3 * S) == "never noticed"
    assert model.lanes[1].is_late(3 * S)


def test_the_release_of_what_never_stopped_is_marked() -> None:
    made = timeline(
        begun(1, 0),
        asked(1, 2 * S),
        records(1, [(6 * S, Kind.STATE, f"{RELEASING}: it is let go")]),
        ended(1, 2 * S, None, 7 * S, outcome=Outcome.RELEASED),
    )
    lane = made.lanes[1]
    assert lane.phase() is Phase.ENDED
    assert (lane.released, lane.noticed, lane.outcome) == (6 * S, None, "released")
    assert "4.00 s after the request" in next(e.words for e in events.marks(lane) if e.instant == 6 * S)
    assert words.latency_text(lane, 8 * S) == "never stopped, released"
    assert words.table_cells(lane, 8 * S)[5] == "never"
    scene = scene_of(made, [lane], Look(Span(0, 10 * S)), 8 * S, 1_000, 100)
    assert (scene.rows[0].requested, scene.rows[0].released, scene.rows[0].noticed) == (200, 600, None)


def test_requests_within_a_millisecond_are_one_stop() -> None:
    model = timeline(*(begun(run, 0) for run in (1, 2, 3)), asked(2, S), asked(1, S + 1_000), asked(3, S + 2 * MS))
    assert model.stops() == [Stop(S, (2, 1)), Stop(S + 2 * MS, (3,))]


def test_requests_of_one_click_are_one_stop_however_far_apart() -> None:
    chains = []
    for run, at in ((1, S), (2, S + 3 * MS)):
        chain = StopChain(S - MS, at, at + MS, at + MS, at + 2 * MS)
        text = ChainRecord(chain, Outcome.INTERRUPTED, False, "flag", "sleep", 0.5, None, "").text()
        chains.append(records(run, [(at + 2 * MS, Kind.CHAIN, text)]))
    model = timeline(begun(1, 0), begun(2, 0), asked(1, S), asked(2, S + 3 * MS))
    assert len(model.stops()) == 2
    for batch in chains:
        model.add(batch)
    assert model.stops() == [Stop(S, (1, 2))]


def test_line_numbers_are_those_of_draining() -> None:
    model = timeline(begun(1, 0), begun(2, 0))
    one, two = lines(1, [10, 20]), lines(2, [5, 15])
    model.add(merged([one, two, lines(1, [30]), lines(2, [25])]))
    assert model.lanes[1].ticks.lines.tolist() == [4, 5, 8]
    assert model.lanes[2].ticks.lines.tolist() == [6, 7, 9]
    model.add(lines(1, [40]), first=100)
    assert model.lanes[1].ticks.lines.tolist()[-1] == 100
    assert model.end == 101


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 10**7)), max_size=60), st.randoms())
def test_bulk_is_the_same_as_one_by_one(entries: list[tuple[int, int, int]], rng: random.Random) -> None:
    clock = dict.fromkeys(range(1, 5), 0)
    single = []
    for run, kind, gap in entries:
        clock[run] += gap
        text = "x" if kind == Kind.LINE else "running: native id 1"
        single.append(records(run, [(clock[run], Kind(kind), text)]))
    slow = timeline(*single)
    fast = Timeline(ORIGIN)
    rest = single
    while rest:
        count = rng.randint(1, len(rest))
        fast.add(merged(rest[:count]))
        rest = rest[count:]
    assert fast.end == slow.end == len(entries)
    assert list(fast.lanes) == list(slow.lanes) or set(fast.lanes) == set(slow.lanes)
    for run, lane in slow.lanes.items():
        assert fast.lanes[run].ticks.instants.tolist() == lane.ticks.instants.tolist()
        assert fast.lanes[run].ticks.lines.tolist() == lane.ticks.lines.tolist()
        assert fast.lanes[run].changes == lane.changes


def test_memory_is_bounded_for_any_length() -> None:
    bounds = {"most_bytes": 200_000, "most_exact": 5_000, "most_lanes": 40}
    model = timeline(**bounds)
    total = 0
    for second in range(400):
        for run in range(20):
            model.add(lines(run, [second * S + i * 10 * MS for i in range(20)]))
            total += 20
    assert model.size <= 200_000
    assert model.size == sum(lane.ticks.presence.size for lane in model.lanes.values())
    kept = sum(len(lane.ticks.instants) for lane in model.lanes.values())
    assert 5_000 <= kept <= 5_000 + 1_250 + 20
    assert sum(len(lane.ticks) for lane in model.lanes.values()) == total
    room = sum(lane.ticks._instants.nbytes for lane in model.lanes.values())
    assert room <= 8 * 4 * kept


def test_the_oldest_that_ended_are_forgotten_first() -> None:
    model = timeline(begun(1, 0), most_lanes=3)
    for run in range(2, 9):
        model.add(begun(run, run * S))
        model.add(ended(run, None, None, run * S + MS, outcome=Outcome.COMPLETED))
    assert list(model.lanes) == [1, 7, 8]
    assert model.forgotten == 5
    assert "5 older runs are not kept" in words.summary(model, list(model.lanes.values()), Span(0, S), S)
    model.add(ended(3, None, None, 9 * S))
    assert 3 in model.lanes or len(model.lanes) == 3


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "starting: , , every nan s",
            "starting: a, b, every 1e999 s",
            "starting: a, b, every ++ s",
            "ended",
            "ended: <b>",
            "stuck: \ud800",
            '{"requested_ns": 9}',
            "stopping:",
            "waiting: x",
        ]
    ),
)


@given(
    st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(-3, 3), st.integers(0, 255), HOSTILE), max_size=30),
    st.integers(-(2**62), 2**62),
)
def test_whatever_a_file_says_is_shown_somehow(rows: list[tuple[int, int, int, str]], origin: int) -> None:
    batch = Batch(
        array("q", [row[0] for row in rows]),
        array("q", [row[1] for row in rows]),
        bytearray(row[2] for row in rows),
        [row[3] for row in rows],
    )
    model = Timeline(origin)
    model.add(batch)
    model.add(batch)
    assert model.end == 2 * len(rows)
    for lane in model.lanes.values():
        starts = [bar.start for bar in lane.bars(model.latest)]
        assert starts == sorted(starts)
        assert bool((np.diff(lane.ticks.instants) >= 0).all())
        words.table_cells(lane, model.latest)
        events.following(lane, 0)
        events.preceding(lane, model.latest)
    model.stops()
    words.summary(model, list(model.lanes.values()), Span(0, 10**9), model.latest)


@pytest.mark.parametrize("text", ['{"band_ns": [0, 99999999999999999999999]}', "[]", "null", "{}"])
def test_a_chain_that_is_none_changes_nothing(text: str) -> None:
    model = timeline(begun(1, 0), records(1, [(S, Kind.CHAIN, text)]))
    assert model.lanes[1].band is None


def lane(run: int, worker: str, start: int, phase: Phase, latency: int | None = None) -> Lane:
    made = Lane(run, RunName(worker, 1), start, Ticks(start), [(start, phase)], interval=1.0, workload="compute")
    if latency is not None:
        made.requested, made.noticed = start, start + latency
    return made


LANES = [
    lane(1, "b", 5, Phase.ENDED, latency=10),
    lane(2, "A", 1, Phase.STUCK),
    lane(3, "c", 9, Phase.RUNNING),
    lane(4, "a", 7, Phase.ENDED, latency=50),
]


@pytest.mark.parametrize(
    ("order", "runs"),
    [
        (Order.START, [2, 1, 4, 3]),
        (Order.NAME, [2, 4, 1, 3]),
        (Order.LATENCY, [4, 1, 2, 3]),
        (Order.STATE, [2, 3, 1, 4]),
    ],
)
def test_lanes_are_sorted(order: Order, runs: list[int]) -> None:
    pinned, others = Choice(order=order).arranged(LANES, 100)
    assert pinned == []
    assert [found.run for found in others] == runs


def test_lanes_are_pinned_hidden_and_filtered() -> None:
    choice = Choice(pinned={3}, hidden={1})
    pinned, others = choice.arranged(LANES, 100)
    assert ([found.run for found in pinned], [found.run for found in others]) == ([3], [2, 4])
    assert [found.run for found in Choice(text="A #").arranged(LANES, 100)[1]] == [2, 4]
    assert [found.run for found in Choice(phases={Phase.STUCK}).arranged(LANES, 100)[1]] == [2]
    LANES[3].band = (0, 20)
    assert [found.run for found in Choice(late_only=True).arranged(LANES, 100)[1]] == [4]
