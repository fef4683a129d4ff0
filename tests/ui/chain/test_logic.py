"""The gaps of a chain, whose they are, and how they are said."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import RunName
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.prediction import Lateness, LateReason, lateness_words
from app.core.states import Outcome, State
from app.ui.chain.logic import (
    NOT_SEEN,
    Segment,
    Whose,
    boxes,
    gap_lines,
    gaps,
    place_of,
    remarks,
    segments,
    share_text,
    table_rows,
    thread_ns,
    window_ns,
)
from app.ui.chain.words import NO_PART, NOT_SHOWN, title_words, verdict
from app.ui.run_words import band_words

MS = 1_000_000
BY_ITSELF = (
    "It was not asked to stop: it reached its limit. The window took 1.00 ms from the thread's end to the painted row."
)
WHOLE = StopChain(100 * MS, 101 * MS, 121 * MS, 122 * MS, 124 * MS, 130 * MS)

# Any chain that can be: instants in order, each known or not.
CHAINS = st.lists(st.integers(0, 10**12), min_size=6, max_size=6).flatmap(
    lambda instants: st.tuples(
        *(st.sampled_from([instant, None]) for instant in sorted(instants)),
    ).map(lambda chosen: StopChain(*chosen))
)


def run(chain: StopChain, state: State = State.ENDED, **more: object) -> RunSnapshot:
    """A run with this chain, in this state."""
    outcome = Outcome.INTERRUPTED if state is State.ENDED else None
    snapshot = RunSnapshot(1, RunName("Flag", 3), began=1, running=1, chain=chain, outcome=outcome, lines=7)
    made = replace(snapshot, was_stuck=state is State.STUCK, **more)  # type: ignore[arg-type]
    assert made.state is state
    return made


def test_there_are_five_gaps_and_each_is_the_threads_or_the_windows() -> None:
    assert [(gap.name, gap.whose, gap.ns) for gap in gaps(WHOLE)] == [
        ("clicked → requested", Whose.WINDOW, MS),
        ("requested → noticed", Whose.THREAD, 20 * MS),
        ("noticed → cleaned up", Whose.THREAD, MS),
        ("cleaned up → ended", Whose.THREAD, 2 * MS),
        ("ended → shown", Whose.WINDOW, 6 * MS),
    ]
    assert (thread_ns(WHOLE), window_ns(WHOLE)) == (23 * MS, 7 * MS)


LATE = Lateness(19 * MS, LateReason.PAUSE, 18 * MS)


@given(CHAINS)
def test_a_gap_has_a_length_or_a_reason_why_not(chain: StopChain) -> None:
    for alive in (False, True):
        found = gaps(chain, alive=alive)
        assert len(found) == 5
        assert all((gap.ns is None) == bool(gap.missing) for gap in found)
        assert len(table_rows(chain)) == len(remarks(chain, alive=alive)) == 7


@given(CHAINS)
def test_segments_follow_each_other_without_a_hole(chain: StopChain) -> None:
    known = [instant for instant in chain.instants() if instant is not None]
    parts = segments(chain)
    assert sum(part.ns for part in parts) == (known[-1] - known[0] if known else 0)
    assert all(one.until == other.since and one.last + 1 == other.first for one, other in pairwise(parts))


@given(CHAINS)
def test_everything_about_any_chain_can_be_said(chain: StopChain) -> None:
    alive = State.RUNNING if chain.requested is None else State.STOPPING
    for state in (State.ENDED, alive, State.STUCK):
        snapshot = run(chain, state)
        for text in (verdict(snapshot, 10**13), band_words(snapshot), title_words(snapshot), *gap_lines(chain)):
            assert "None" not in text
            assert "\n" not in text


def test_a_run_that_never_noticed_has_one_part_for_what_is_not_known() -> None:
    parts = segments(replace(WHOLE, noticed=None))
    assert [(part.name, part.numbers) for part in parts] == [
        ("clicked → requested", "1"),
        ("requested → cleaned up", "2–3"),
        ("cleaned up → ended", "4"),
        ("ended → shown", "5"),
    ]


def test_a_stop_that_goes_on_has_an_open_part() -> None:
    chain = StopChain(clicked=1 * MS, requested=2 * MS)
    assert segments(chain, 9 * MS)[-1] == Segment(1, 1, 2 * MS, 9 * MS, is_open=True)
    assert segments(StopChain(), 9 * MS) == ()


def test_a_thread_and_a_window_that_are_slow_are_told_apart() -> None:
    assert verdict(run(WHOLE), 0) == (
        "The thread caused the delay: it took 23.0 ms from the request to its end, 20.0 ms of that "
        "from the request to the moment it noticed. The window took 1.00 ms from the click to the request and 6.00 ms "
        "from the thread's end to the painted row."
    )
    slow_window = replace(WHOLE, shown=999 * MS)
    assert verdict(run(slow_window), 0).startswith("The window caused the delay: the thread took 23.0 ms")
    even = StopChain(0, 0, 5, 5, 5, 10)
    assert verdict(run(even), 0).startswith("The thread and the window caused the delay equally: ")


@pytest.mark.parametrize(
    ("chain", "state", "more", "said"),
    [
        (replace(WHOLE, shown=None), State.ENDED, {}, "the click to the request (its row was not on the screen)"),
        (
            replace(WHOLE, clicked=None, shown=None),
            State.ENDED,
            {},
            NO_PART,
        ),
        (replace(WHOLE, noticed=None), State.ENDED, {}, f"to the end of its cleanup, and {NOT_SEEN}"),
        (StopChain(), State.RUNNING, {}, "It runs, and has not been asked to stop."),
        (StopChain(requested=0), State.STOPPING, {}, "It was asked to stop 50.0 ms ago and has not noticed yet."),
        (
            StopChain(requested=0),
            State.STUCK,
            {},
            "has not noticed yet; it counts as stuck, and stays so",
        ),
        (
            StopChain(requested=0, noticed=MS),
            State.STOPPING,
            {},
            "It noticed 1.00 ms after it was asked, and has not ended yet.",
        ),
        (StopChain(cleaned_up=1, ended=2, shown=2 + MS), State.ENDED, {"outcome": Outcome.COMPLETED}, BY_ITSELF),
        (StopChain(ended=2), State.ENDED, {"outcome": Outcome.FAILED}, f"an exception ended it. {NOT_SHOWN}"),
    ],
)
def test_instants_that_are_missing_are_explained(
    chain: StopChain, state: State, more: dict[str, object], said: str
) -> None:
    assert said in verdict(run(chain, state, **more), 50 * MS)


def test_a_worker_without_a_run_has_no_chain() -> None:
    assert verdict(None, 0) == "This worker has not been run yet."
    assert band_words(None) == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"band": (0, 50 * MS)}, "Predicted to notice within 50.0 ms of the request, and did, after 20.0 ms."),
        (
            {"band": (0, MS), "lateness": LATE},
            f"Predicted to notice within 1.00 ms of the request, but {lateness_words(LATE)}.",
        ),
        ({}, "No prediction is possible here."),
        (
            {"band": (0, MS), "chain": replace(WHOLE, noticed=None)},
            "Predicted to notice within 1.00 ms of the request; it never did.",
        ),
        ({"chain": StopChain()}, ""),
    ],
)
def test_the_predicted_band_is_said(more: dict[str, object], said: str) -> None:
    assert band_words(replace(run(WHOLE), **more)) == said  # type: ignore[arg-type]


def test_the_table_counts_from_the_request() -> None:
    assert table_rows(WHOLE) == [
        ("clicked → requested", "−1.00 ms", "0", "1.00 ms", "3.3 %"),
        ("requested → noticed", "0", "20.0 ms", "20.0 ms", "66.7 %"),
        ("noticed → cleaned up", "20.0 ms", "21.0 ms", "1.00 ms", "3.3 %"),
        ("cleaned up → ended", "21.0 ms", "23.0 ms", "2.00 ms", "6.7 %"),
        ("ended → shown", "23.0 ms", "29.0 ms", "6.00 ms", "20.0 %"),
        ("thread altogether", "0", "23.0 ms", "23.0 ms", "76.7 %"),
        ("window altogether", "–", "–", "7.00 ms", "23.3 %"),
    ]
    assert share_text(1, 10**6) == "< 0.1 %"
    assert {row[4] for row in table_rows(StopChain(clicked=1, requested=2))} == {"–"}


LENGTHS = st.lists(st.integers(0, 10**11), min_size=1, max_size=5)


@given(LENGTHS, st.floats(1, 2_000), st.floats(1, 60))
def test_a_bar_is_filled_to_scale_and_nothing_is_too_narrow(lengths: list[int], width: float, least: float) -> None:
    at, parts = 0, []
    for place, length in enumerate(lengths):
        parts.append(Segment(place, place, at, at := at + length))
    row = boxes(parts, width, least)
    assert sum(box.width for box in row) == pytest.approx(width)
    assert min(box.width for box in row) >= min(least, width / len(parts)) * (1 - 1e-9)
    for one in row:
        assert place_of(one.segment.since, row) <= one.left + 1e-6
        for other in row:
            if one.segment.ns <= other.segment.ns:
                assert one.width <= other.width * (1 + 1e-9)  # a longer one is never narrower
    narrow = [box.widened for box in row]
    if not any(narrow):
        scale = width / sum(lengths) if sum(lengths) else 0
        assert all(abs(box.width - box.segment.ns * scale) <= 2.5 for box in row if scale)  # half a pixel each


@given(LENGTHS, st.lists(st.integers(-5, 10**12), min_size=2, max_size=10))
def test_later_instants_lie_further_right(lengths: list[int], instants: list[int]) -> None:
    at, parts = 0, []
    for place, length in enumerate(lengths):
        parts.append(Segment(place, place, at, at := at + length))
    row = boxes(parts, 300, 22)
    places = [place_of(instant, row) for instant in sorted(instants)]
    assert all(one <= other + 1e-6 for one, other in pairwise(places))
    assert all(-1e-6 <= place <= 300 + 1e-6 for place in places)


def test_the_tooltip_tells_each_gap() -> None:
    assert gap_lines(WHOLE) == (
        "clicked → requested: 1.00 ms (window)",
        "requested → noticed: 20.0 ms (thread)",
        "noticed → cleaned up: 1.00 ms (thread)",
        "cleaned up → ended: 2.00 ms (thread)",
        "ended → shown: 6.00 ms (window)",
        "thread altogether: 23.0 ms",
        "window altogether: 7.00 ms",
    )
    assert gap_lines(StopChain()) == ()
    assert "requested → noticed: – (it has not noticed yet)" in gap_lines(StopChain(requested=1), alive=True)
