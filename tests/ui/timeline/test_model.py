"""The model: what records say becomes lanes, in bounded memory."""

import random
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import JOURNAL, NO_RUN, Batch, Kind, RunName
from app.core.events import (
    EVENTS,
    Ended,
    Event,
    HeldBack,
    Noticed,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from app.core.latency import StopChain
from app.core.packed_batch import merged
from app.core.prediction import Lateness, LateReason, lateness_words
from app.core.stacks import Call
from app.core.states import Outcome
from app.ui.timeline import model as model_module
from app.ui.timeline import words
from app.ui.timeline.lane import SLOW, Bar, Lane, following, marks, preceding
from app.ui.timeline.model import Stop, Timeline
from app.ui.timeline.scale import Span
from app.ui.timeline.scene import Viewport, scene_of
from app.ui.timeline.shapes import (
    PHASE_MEANINGS,
    Arrow,
    Columns,
    Geometry,
    Palette,
    Phase,
    Rect,
    Shade,
    Shape,
    Text,
    lane_height,
)
from app.ui.timeline.ticks import Ticks
from app.ui.timeline.view_state import Choice, Order, last_round
from tests.ui.timeline.conftest import MS, ORIGIN, S, asked, begun, chain_of, ended, events, held_back, lines, records

COLOURS = [f"#{number:06x}" for number in range(1, 13)]
PALETTE = Palette(
    *COLOURS[:7],
    {phase: f"#0000f{place}" for place, phase in enumerate(Phase)},
    *COLOURS[7:],
    worker=lambda _name: "#00000w",
)
GEOMETRY = Geometry(width=1_100, height=200, gutter=100, axis=20, lane=20, text=14)


def plot(lane: Lane, now: int) -> list[Shape]:
    """Return what is painted of a lane where ten seconds are a thousand columns."""
    return scene_of([lane], [], Viewport(Span(0, 10 * S), now), GEOMETRY, PALETTE, len).plot


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
    calls = (Call("worker.py", 7, "run", "work()"),)
    slow = events(1, (3 * S, SlowToNotice(S, None, calls)))
    stuck = events(1, (7 * S, Stuck(5 * S, None, calls)))
    lane = timeline(begun(1, 0), asked(1, 2 * S), slow, stuck).lanes[1]
    assert (lane.requested, lane.slow) == (2 * S, 3 * S)
    assert [bar.phase for bar in lane.bars(8 * S)][-2:] == [Phase.STOPPING, Phase.STUCK]
    assert lane.phase() is Phase.STUCK
    assert SLOW in [event.words for event in marks(lane)]


def test_what_a_cleaning_up_run_noticed_is_known_before_it_ends() -> None:
    lane = timeline(begun(1, 0), asked(1, S), events(1, (S + 30 * MS, Noticed(ORIGIN + S + 20 * MS)))).lanes[1]
    assert (lane.latency, lane.phase()) == (20 * MS, Phase.STOPPING)


def test_a_run_that_failed_is_in_its_colour() -> None:
    made = timeline(begun(1, 0), ended(1, None, None, 2 * S, outcome=Outcome.FAILED)).lanes[1]
    assert made.outcome is Outcome.FAILED
    assert PALETTE.failed in [shape.colour for shape in plot(made, 8 * S)]


def test_that_its_end_was_painted_changes_nothing() -> None:
    model = timeline(begun(1, 0), ended(1, S, S, S))
    revision = model.revision
    model.add(events(1, (2 * S, Shown(ORIGIN + 2 * S, S))))
    model.add(events(7, (2 * S, Shown(ORIGIN + 2 * S, S))))  # of a run that was forgotten
    assert (model.revision, list(model.lanes)) == (revision, [1])


def test_what_is_predicted_at_the_request_gives_way_to_what_the_end_says() -> None:
    model = timeline(begun(1, 0), asked(1, S, band=(0, 100 * MS)))
    lane = model.lanes[1]
    assert (lane.requested, lane.ended, lane.known.chain.requested) == (S, None, ORIGIN + S)
    assert model.is_live()
    assert not lane.is_late(S + 100 * MS)
    assert lane.is_late(S + 101 * MS)
    model.add(ended(1, S, S + 50 * MS, S + 200 * MS, band=(0, 60 * MS)))
    assert (lane.band, lane.ended) == ((0, 60 * MS), S + 200 * MS)
    assert not lane.is_late(9 * S)
    assert not model.is_live()
    model.add(asked(1, 3 * S, band=(0, 1)))  # a file may say anything
    assert (lane.requested, lane.band) == (S, (0, 60 * MS))


def test_the_first_request_counts() -> None:
    lane = timeline(begun(1, 0), asked(1, S), asked(1, 2 * S)).lanes[1]
    assert lane.requested == S
    assert [phase for _, phase in lane.changes].count(Phase.STOPPING) == 1


def test_outside_the_band_is_late_with_the_reason() -> None:
    late = Lateness(1_500 * MS, LateReason.WORK, 2 * S, 400 * MS)
    model = timeline(begun(1, 0), asked(1, S), ended(1, S, 3 * S, 3 * S, lateness=late))
    lane = model.lanes[1]
    assert lane.outside == lateness_words(late)
    assert lane.is_late(3 * S)
    assert lane.latency_text(3 * S) == "2.00 s late"
    assert words.table_cells(lane, 3 * S)[-1] == lateness_words(late)
    assert any("later than predicted" in event.words for event in marks(lane))


def test_never_noticed_is_said() -> None:
    model = timeline(begun(1, 0), asked(1, S), ended(1, S, None, 3 * S))
    assert model.lanes[1].latency_text(3 * S) == "never noticed"
    assert model.lanes[1].is_late(3 * S)


def test_the_release_of_what_never_stopped_is_marked() -> None:
    made = timeline(
        begun(1, 0),
        asked(1, 2 * S),
        events(1, (6 * S, Released(4 * S))),
        ended(1, 2 * S, None, 7 * S, released=6 * S, outcome=Outcome.RELEASED),
    )
    lane = made.lanes[1]
    assert lane.phase() is Phase.ENDED
    assert (lane.released, lane.noticed, lane.outcome) == (6 * S, None, "released")
    assert "4.00 s after Stop" in next(e.words for e in marks(lane) if e.instant == 6 * S)
    assert lane.latency_text(8 * S) == "never stopped, released"
    assert words.table_cells(lane, 8 * S)[5] == "never"
    shapes = plot(lane, 8 * S)
    dashes = [shape for shape in shapes if isinstance(shape, Rect) and shape.x == 600 and shape.colour == PALETTE.late]
    assert len(dashes) == 5
    assert (604, "never stopped, released") in [(found.x, found.text) for found in shapes if isinstance(found, Text)]
    assert not [shape for shape in shapes if isinstance(shape, Arrow)]


def test_the_chain_is_in_the_scene_and_what_is_late_is_in_its_colour() -> None:
    made = timeline(begun(1, 0), lines(1, [S]), asked(1, 2 * S), ended(1, 2 * S, 3 * S, 4 * S, band=(0, 500 * MS)))
    lane = made.lanes[1]
    shapes = plot(lane, 8 * S)
    (arrow,) = (shape for shape in shapes if isinstance(shape, Arrow))
    assert (arrow.x, arrow.tip, arrow.colour) == (200, 300, PALETTE.late)
    (band,) = (shape for shape in shapes if isinstance(shape, Rect) and shape.colour == PALETTE.band)
    assert (band.x, band.width) == (200, 50)
    ran, ticks = (shape for shape in shapes if isinstance(shape, Columns))
    assert np.flatnonzero(ticks.mask).tolist() == np.flatnonzero(ran.mask).tolist() == [100]
    assert (ticks.colour, ran.colour) == ("#00000w", PALETTE.phases[Phase.RUNNING])
    on_time = timeline(begun(1, 0), asked(1, 2 * S), ended(1, 2 * S, 2 * S + MS, 4 * S)).lanes[1]
    (arrow,) = (shape for shape in plot(on_time, 8 * S) if isinstance(shape, Arrow))
    assert arrow.colour == PALETTE.text


def test_what_is_measured_and_the_cursor_are_in_the_scene() -> None:
    model = timeline(begun(1, 0))
    lane = model.lanes[1]
    view = Viewport(
        Span(0, 10 * S), 5 * S, cursor=4 * S, current=1, measure=(4 * S, 2 * S), pinned=frozenset({1}), marked=1
    )
    scene = scene_of([lane], [], view, GEOMETRY, PALETTE, len)
    (shade,) = (shape for shape in scene.plot if isinstance(shape, Shade))
    assert (shade.x, shade.width) == (200, 200)
    assert "2.00 s" in [shape.text for shape in scene.plot if isinstance(shape, Text)]
    assert scene.plot[-1] == Rect(400, 0, 1, 200, PALETTE.text)
    assert Rect(0, 20, 100, 20, PALETTE.chosen) in scene.names
    assert Rect(0, 20, 3, 20, PALETTE.text) in scene.names
    assert [shape.text for shape in scene.names if isinstance(shape, Text)] == ["W1 #1"]


@given(st.integers(-(2**57), 2**57), st.integers(1_000, 2**57))
def test_whatever_is_looked_at_every_shape_has_a_place_that_a_painter_can_take(start: int, length: int) -> None:
    made = timeline(begun(1, 0), asked(1, 2 * S), ended(1, 2 * S, 3 * S, 4 * S)).lanes[1]
    view = Viewport(Span(start, start + length), 5 * S, measure=(0, S))
    for shape in scene_of([made], [2 * S], view, GEOMETRY, PALETTE, len).plot:
        if not isinstance(shape, Columns):
            assert abs(shape.x) < 2**15


VIEW = Viewport(Span(0, 10 * S), 10 * S)


def text_of(shape: Shape) -> str:
    return shape.text if isinstance(shape, Text) else ""


def labels(lane: Lane, now: int) -> list[Text]:
    """Return what stands in the lane, and not on the axis."""
    return [shape for shape in plot(lane, now) if isinstance(shape, Text) and shape.y >= GEOMETRY.axis]


def test_a_stop_near_the_right_edge_keeps_its_label() -> None:
    near = timeline(begun(1, 0), asked(1, 9_800 * MS), ended(1, 9_800 * MS, 9_950 * MS, 9_960 * MS)).lanes[1]
    (label,) = labels(near, 10 * S)
    # As wide as it has characters, four pixels to the left of the Stop's line.
    assert (label.text, label.x) == ("150 ms", 980 - 4 - len("150 ms"))
    far = timeline(begun(1, 0), asked(1, 5 * S), ended(1, 5 * S, 5_150 * MS, 5_160 * MS)).lanes[1]
    assert [label.x for label in labels(far, 10 * S)] == [515 + 4]
    (flag,) = (s for s in scene_of([near], [9_990 * MS], VIEW, GEOMETRY, PALETTE, len).plot if text_of(s) == "Stop")
    assert flag.x + len("Stop") <= GEOMETRY.plot
    beyond = timeline(begun(1, 0), asked(1, 5 * S), ended(1, 5 * S, 15 * S, 16 * S)).lanes[1]
    (label,) = labels(beyond, 16 * S)
    assert label.x + len(label.text) == 500 - 4, "noticed beyond the edge: beside the Stop"


def test_what_a_run_waits_for_its_reader_is_drawn_in_a_pattern_of_its_own() -> None:
    waits = ((2 * S, 3 * S), (3_500 * MS, 3_504 * MS), (6 * S, 8 * S))
    model = timeline(begun(1, 0, interval=0), held_back(1, 4 * S, *waits[:2]), held_back(1, 8 * S, waits[2]))
    model.add(events(1, (7 * S, StopRequested())))
    lane = model.lanes[1]
    (held,) = (s for s in plot(lane, 8 * S) if isinstance(s, Columns) and s.phase is Phase.HELD_BACK)
    assert held.colour == PALETTE.phases[Phase.HELD_BACK]
    # A wait of less than half a column is none; and what comes after the request belongs to the stop.
    assert np.flatnonzero(held.mask).tolist() == [*range(200, 300), *range(600, 700)]
    assert [lane.phase_at(at) for at in (2_500 * MS, 3_200 * MS, 7_500 * MS)] == [
        Phase.HELD_BACK, Phase.RUNNING, Phase.STOPPING,
    ]  # fmt: skip
    assert PHASE_MEANINGS[Phase.HELD_BACK] in words.cursor_text(lane, 2_500 * MS, None, MS)
    assert lane.last == 8 * S


def test_waits_that_no_session_has_are_left_out() -> None:
    lane = timeline(begun(1, 0), held_back(1, S, (-9 * S, 2), (2**61, 2**62), (S, 2 * S), (S, 1_500 * MS))).lanes[1]
    assert lane.held is not None
    assert len(lane.held) == 2
    assert lane.held.end == 2 * S


def test_what_is_known_of_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "MOST_KNOTS", 100)
    model = Timeline(ORIGIN, most_lanes=4)
    for run in range(1, 7):
        model.add(begun(run, 0))
        for at in range(1, 30):
            model.add(held_back(run, at * S, (at * S - 500 * MS, at * S)))
            kept = [lane.held for lane in model.lanes.values() if lane.held is not None]
            assert model._knots == sum(map(len, kept)) <= 100
            assert all(held.end <= at * S or held.end == 29 * S for held in kept)


def test_what_a_person_notes_when_no_run_is_alive_moves_nothing_on() -> None:
    model = timeline(begun(1, 0), ended(1, S, S, S + MS))
    note = Batch()
    note.add(JOURNAL, NO_RUN, array("q", [ORIGIN + 90 * S]), bytes([Kind.NOTE]), ["{}"])
    model.add(note)
    assert (model.latest, model.last()) == (90 * S, S + MS)


def test_when_the_last_run_has_ended_all_fit_but_not_at_the_cost_of_those_that_ended_last() -> None:
    def lanes(*lives: tuple[int, int]) -> list[Lane]:
        batches = [
            batch
            for run, (start, end) in enumerate(lives, 1)
            for batch in (begun(run, start), ended(run, None, None, end, outcome=Outcome.COMPLETED))
        ]
        return list(timeline(*batches).lanes.values())

    assert last_round(lanes((0, 3 * S))) == (0, 3 * S)
    assert last_round(lanes((0, 3 * S), (5 * S, 9 * S))) == (0, 9 * S)
    assert last_round(lanes((0, 3 * S), (500 * S, 504 * S), (502 * S, 505 * S))) == (500 * S, 505 * S)
    assert last_round(lanes((0, 600 * S), (500 * S, 504 * S), (599 * S, 601 * S))) == (0, 601 * S)


@pytest.mark.parametrize(
    ("room", "lanes", "height"), [(200, 2, 50), (200, 5, 40), (200, 9, 22), (200, 40, 20), (9, 0, 20)]
)
def test_lanes_take_the_height_that_there_is_within_bounds(room: int, lanes: int, height: int) -> None:
    assert lane_height(room, lanes, 20) == height


def test_requests_within_a_millisecond_are_one_stop() -> None:
    model = timeline(*(begun(run, 0) for run in (1, 2, 3)), asked(2, S), asked(1, S + 1_000), asked(3, S + 2 * MS))
    assert model.stops() == [Stop(S, (2, 1)), Stop(S + 2 * MS, (3,))]


def test_requests_of_one_click_are_one_stop_however_far_apart() -> None:
    chains = [ended(run, at, at + MS, at + 2 * MS, clicked=S - MS, band=None) for run, at in ((1, S), (2, S + 3 * MS))]
    model = timeline(begun(1, 0), begun(2, 0), asked(1, S), asked(2, S + 3 * MS))
    assert len(model.stops()) == 2
    for batch in chains:
        model.add(batch)
    assert model.stops() == [Stop(S, (1, 2))]
    clicked = [events(run, (at, StopRequested(clicked=ORIGIN + S - MS))) for run, at in ((1, S), (2, S + 3 * MS))]
    assert timeline(begun(1, 0), begun(2, 0), *clicked).stops() == [Stop(S, (1, 2))]  # known from the request on


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
        event = encode(Running(None, 1))[1]
        single.append(records(run, [(clock[run], Kind(kind), "x" if kind == Kind.LINE else event)]))
    slow = timeline(*single)
    fast = Timeline(ORIGIN)
    rest = single
    while rest:
        count = rng.randint(1, len(rest))
        fast.add(merged(rest[:count]))
        rest = rest[count:]
    assert fast.end == slow.end == len(entries)
    assert set(fast.lanes) == set(slow.lanes)  # those that one batch begins stand in any order
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
    assert "5 older runs no longer kept" in words.summary(
        model.lanes, list(model.lanes.values()), Span(0, S), S, 0, model.forgotten
    )
    model.add(ended(3, None, None, 9 * S))
    assert 3 in model.lanes or len(model.lanes) == 3


ANY = st.integers(-(2**63), 2**63 - 1)
INSTANT = st.none() | ANY
BAND = st.none() | st.tuples(ANY, ANY)
LATE = st.none() | st.builds(Lateness, ANY, st.sampled_from(LateReason), ANY, ANY)
CALLS = st.just((Call("<b>\ud800", 1, "", ""),))
CHAINS = st.builds(StopChain, *[INSTANT] * 6)
HOSTILE: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started, st.text(max_size=5), st.sampled_from(["sleep", "<b>"]), st.floats(0, 1e8)),
    st.builds(Running, INSTANT, INSTANT),
    st.builds(StopRequested, INSTANT, st.booleans(), BAND, INSTANT),
    st.builds(Noticed, ANY, LATE),
    st.builds(SlowToNotice, ANY, INSTANT, CALLS),
    st.builds(Stuck, ANY, INSTANT, CALLS),
    st.builds(HeldBack, st.lists(st.tuples(ANY, ANY), max_size=4).map(tuple)),
    st.builds(Released, ANY),
    st.builds(Shown, ANY, ANY),
    st.builds(
        Ended, st.sampled_from(Outcome), CHAINS, ANY, st.booleans(), INSTANT, LATE, BAND, INSTANT, st.just("flag"),
        st.just("sleep"), st.floats(0, 1e8),
    ),
)  # fmt: skip
RECORDS = st.one_of(
    HOSTILE.map(encode),
    st.tuples(st.integers(0, 255), st.text(max_size=60)),
    st.tuples(st.integers(0, 3), st.sampled_from([f'{{"event": "{name}"}}' for name in (*EVENTS, "<b>")])),
)


@given(
    st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(-3, 3), RECORDS), max_size=30),
    st.integers(-(2**62), 2**62),
)
def test_whatever_a_file_says_is_shown_somehow(rows: list[tuple[int, int, tuple[int, str]]], origin: int) -> None:
    batch = Batch(
        array("q", [row[0] for row in rows]),
        array("q", [row[1] for row in rows]),
        bytearray(row[2][0] for row in rows),
        [row[2][1] for row in rows],
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
        plot(lane, model.latest)
        following(lane, 0)
        preceding(lane, model.latest)
    model.stops()
    words.summary(model.lanes, list(model.lanes.values()), Span(0, 10**9), model.latest, len(model.stops()))


@pytest.mark.parametrize("instant", [-(2**61), 2**62])
def test_an_event_with_instants_that_no_session_has_is_left_out(instant: int) -> None:
    chain = StopChain(None, ORIGIN + S, instant, None, ORIGIN + 2 * S)
    end = Ended(Outcome.INTERRUPTED, chain, 0, False, None, None, None, 0, "flag", "sleep", 0.5)
    model = timeline(begun(1, 0), events(1, (2 * S, end)))
    lane = model.lanes[1]
    assert (lane.noticed, lane.outcome, lane.phase()) == (None, None, Phase.WAITING)


@pytest.mark.parametrize(
    "text", ['{"band_ns": [0, 99999999999999999999999]}', "[]", "null", "{}", '{"event": "ended"}']
)
def test_an_end_that_is_none_changes_nothing(text: str) -> None:
    model = timeline(begun(1, 0), records(1, [(S, Kind.CHAIN, text)]))
    assert (model.lanes[1].band, model.lanes[1].ended) == (None, None)


def lane(run: int, worker: str, start: int, phase: Phase, latency: int | None = None) -> Lane:
    made = Lane(run, RunName(worker, 1), start, Ticks(start), ORIGIN)
    made.consume(start, Started("flag", "compute", 1.0))
    if phase is Phase.RUNNING:
        made.consume(start, Running(ORIGIN + start, 7))
    if phase is Phase.STUCK:
        made.consume(start, Stuck(0, None, ()))
    if latency is not None:
        chain = chain_of(None, start, start + latency, None, start + latency)
        made.consume(start, Ended(Outcome.INTERRUPTED, chain, 0, False, None, None, (0, 20), 0, "flag", "compute", 1.0))
    assert made.phase() is phase
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


def test_what_was_asked_and_never_noticed_is_the_slowest() -> None:
    made = timeline(
        begun(1, 0), begun(2, 0), begun(3, 0), begun(4, 0), asked(2, 2 * S), asked(4, S), ended(3, S, 90 * S, 91 * S)
    )
    _, others = Choice(order=Order.LATENCY).arranged(made.lanes.values(), 100 * S)
    assert [lane.run for lane in others] == [4, 2, 3, 1]


def test_lanes_are_pinned_hidden_and_filtered() -> None:
    choice = Choice(pinned={3}, hidden={1})
    pinned, others = choice.arranged(LANES, 100)
    assert ([found.run for found in pinned], [found.run for found in others]) == ([3], [2, 4])
    assert [found.run for found in Choice(text="A #").arranged(LANES, 100)[1]] == [2, 4]
    assert [found.run for found in Choice(phases={Phase.STUCK}).arranged(LANES, 100)[1]] == [2]
    assert [found.run for found in Choice(late_only=True).arranged(LANES, 100)[1]] == [4]
