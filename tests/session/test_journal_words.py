"""Entries of the journal in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Kind
from app.session.journal import BY_PLAN, WAIT, Check, Journal, NoteKind, Verdict, check_words, entry_words


def words_of(write: str, *args: object, **named: object) -> str | None:
    records: list[tuple[Kind, str]] = []

    def take(kind: Kind, text: str, *, at: int | None = None) -> int:
        records.append((kind, text))
        return 0

    getattr(Journal(take, 0), write)(*args, **named)
    return entry_words(*records[-1])


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("note", "it hangs", NoteKind.BUG), "Bug 1: it hangs"),
        (("action", "stop-all"), "You pressed Stop all"),
    ],
)
def test_the_simple_ones(entry: tuple[object, ...], words: str) -> None:
    assert words_of(*entry) == words  # type: ignore[arg-type]


def test_what_was_done_to_which_worker() -> None:
    assert words_of("action", "start", run=1, worker={"name": "Event"}) == "You started Event"
    assert words_of("action", "stop", run=1, worker="Event") == "You asked Event to stop"
    assert words_of("action", "stop", run=1, worker="A", clicked=1) == "You pressed Stop: asked A to stop"
    three = words_of("action", "stop", runs=[1, 2, 3], workers=["A", "B", "C"], clicked=1)
    assert three == "You pressed Stop: asked A, B and C to stop"
    many = words_of("action", "stop", runs=list(range(64)), workers=[f"W{i}" for i in range(64)], clicked=1)
    assert many == "You pressed Stop: asked W0, W1, W2, W3, W4 and 59 others to stop"
    commas = words_of("action", "stop", runs=[1, 2], workers=["Event, polled", "Flag"], clicked=1)
    assert commas == "You pressed Stop: asked “Event, polled” and “Flag” to stop"
    assert words_of("action", "start", run=1, worker={"name": "Event"}, **BY_PLAN) == "The plan started Event"
    assert words_of("action", "stop", run=1, worker="Event", **BY_PLAN) == "The plan asked Event to stop"
    assert words_of("action", "edit", worker="A", field="interval", text="2") == "You set interval of A to 2"
    assert words_of("action", "remove", workers=["A", "B"]) == "You removed A and B"
    assert words_of("action", "plan", title="P", plan={}) == "You opened the plan “P”"
    put_aside = words_of("action", "put-aside", title="P", session="s")
    assert put_aside == "You set the plan “P” of session s aside"
    charter = words_of("action", "session", charter="C", tester="T", timebox_s=None)
    assert charter == "You set the charter to “C” and the tester to “T”"
    assert words_of("action", "carry-out", step=2) == "You ran step 2"
    assert words_of("action", "let-go", run=1, worker="Event") == "You let Event go"
    assert words_of("action", "open-workers", workers=[{"name": "A"}]) == "You opened workers"
    assert words_of("action", "race", workers=["A", "B"], rounds=3, seed=1) == "You raced A and B"
    assert words_of("action", "duplicate", workers=["A 2"]) == "You duplicated workers as A 2"
    assert words_of("action", "close") == "You closed the window"
    assert words_of("action", "of-another-version", worker="A") == "You did of-another-version A"
    assert words_of("action", "environment", python="3.11") == "Environment: python 3.11"


def test_which_program_was_observed() -> None:
    facts = {"run": 1, "program": "app.py", "arguments": ["app.py"], "folder": "/x"}
    words = words_of("action", "observe", interpreter="/usr/bin/python3", **facts)
    assert words == "You started app.py as an observed program, run by /usr/bin/python3"
    assert words_of("action", "observe", **facts) == "You started app.py as an observed program"


def test_verdicts_and_evidence() -> None:
    check = Check("outcome", "a", "b", passed=False)
    step = words_of("step", "P", 2, "Stop", Verdict.FAIL, by_program=True, actual="late", checks=(check,))
    assert step == "Program: step 2 “Stop” failed: late"
    assert words_of("step", "P", 1, "Go", Verdict.SKIP, by_program=False) == "You: step 1 “Go” was skipped"
    taken_back = words_of("step", "P", 1, "Go", None, by_program=False)
    assert taken_back == "You: step 1 “Go” has no verdict any more"
    png = "window.png", "image/png", b"x" * 100_000
    assert words_of("evidence", *png, "F12") == "Evidence 1: window.png (screenshot)"
    assert words_of("evidence", *png, "fail", 2) == "Evidence 1: window.png (for failed step 2)"
    assert words_of("evidence", *png, "F12", 2) == "Evidence 1: window.png (screenshot, step 2)"


@given(
    st.sampled_from(Kind),
    st.text()
    | st.dictionaries(
        st.sampled_from(["note", "action", "step", "evidence", "worker", "workers", "corrects", "actual"]),
        st.none() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text()),
    ).map(json.dumps),
)
def test_whatever_a_file_holds_has_words_or_none(kind: Kind, text: str) -> None:
    words = entry_words(kind, text)
    assert words is None or isinstance(words, str)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (Check("lines_min", "Flag: at least 2", "2", True, "Flag"), "✓ Flag: 2 lines (at least 2 expected)"),
        (Check("lines_max", "A: b: at most 0", "1", False, "A: b"), "✗ A: b: 1 line (at most 0 expected)"),
        (Check("lines_min", "A: at least 1", "0 (never run)", False, "A"), "✗ A: 0 (never run) (at least 1 expected)"),
        (Check("outcome", "A: interrupted", "interrupted", True, "A"), "✓ A: interrupted"),
        (Check("latency_ms_max", "A: at most 9 ms", "443 ms", False, "A"), "✗ A: 443 ms (at most 9 ms expected)"),
        (
            Check(WAIT, "A to end within 1 s", "still running", False),
            "✗ Waited for A to end within 1 s: still running",
        ),
    ],
)
def test_what_a_check_found(check: Check, words: str) -> None:
    assert check_words(check) == words
