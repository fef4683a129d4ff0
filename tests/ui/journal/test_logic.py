"""What the session panel says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.journal import Verdict
from app.session.journal_reader import link_words
from app.ui.display_text import session_time
from app.ui.journal.logic import clock_words, lines_around, next_step, note_words, plan_end, verdict_summary


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (None, ""),
        ({}, ""),
        ({"run": 1, "worker": "Event", "number": 2}, "Event #2"),
        ({"line": 12_345}, "line 12,345"),
        ({"span_ns": [0, 1_500_000_000]}, "00:00.000 to 00:01.500"),
        ({"line": "x"}, ""),
        ({"span_ns": [1]}, ""),
        ({"span_ns": "ab"}, ""),
    ],
)
def test_what_a_note_is_about(link: dict[str, object] | None, words: str) -> None:
    assert link_words(link, session_time) == words


@given(
    st.dictionaries(
        st.sampled_from(["id", "note", "kind", "typed_ns", "link", "corrects"]), st.none() | st.text() | st.integers()
    )
)
def test_any_note_from_a_file_makes_a_printable_row(entry: dict[str, object]) -> None:
    assert note_words(entry).isprintable()


@pytest.mark.parametrize(
    ("elapsed", "box", "words"),
    [
        (0, None, "Started at 14:03"),
        (61, None, "Started at 14:03"),
        (30, 60, "Started at 14:03, 0:30 left"),
        (60, 3_721, "Started at 14:03, 1:01:01 left"),
        (90, 60, "Started at 14:03, 0:30 over time"),
    ],
)
def test_the_start_of_a_session_and_what_is_left(elapsed: float, box: float | None, words: str) -> None:
    assert clock_words("14:03", elapsed, box) == words


@given(verdicts=st.lists(st.none() | st.sampled_from(Verdict), max_size=8), current=st.integers(-1, 8))
def test_the_next_step_has_no_verdict_and_the_later_ones_come_first(
    verdicts: list[Verdict | None], current: int
) -> None:
    step = next_step(verdicts, current)
    later = [place for place, verdict in enumerate(verdicts) if verdict is None and place > current]
    open_ = [place for place, verdict in enumerate(verdicts) if verdict is None]
    assert step == (later or open_ or [None])[0]


def test_the_summary_counts_what_there_is() -> None:
    assert verdict_summary([]) == "no steps"
    assert verdict_summary([Verdict.PASS, Verdict.PASS, None, Verdict.FAIL]) == "2 passed, 1 failed, 1 to do"


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([], ""),
        ([Verdict.PASS, None], ""),
        ([Verdict.FAIL], "The only step is judged: 1 failed."),
        ([Verdict.PASS, Verdict.FAIL, Verdict.PASS], "All 3 steps are judged: 2 passed, 1 failed."),
    ],
)
def test_the_end_of_a_plan(verdicts: list[Verdict | None], words: str) -> None:
    assert plan_end(verdicts) == words


@given(st.lists(st.integers(0, 10**9), max_size=30), st.integers(0, 10**9), st.integers(1, 10))
def test_the_nearest_lines_in_their_order(times: list[int], instant: int, most: int) -> None:
    rows = [(t, number, "w #1", f"line {number}") for number, t in enumerate(times)]
    shown = lines_around(rows, instant, most).splitlines()
    numbers = [int(row.split("\t")[0]) for row in shown]
    assert numbers == sorted(numbers)
    assert len(numbers) == min(most, len(times))
    farthest = max((abs(times[number] - instant) for number in numbers), default=0)
    assert all(abs(t - instant) >= farthest for number, t in enumerate(times) if number not in numbers)
