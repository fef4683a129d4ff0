"""Entries of the journal in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Kind
from app.session.journal import Check, Journal, NoteKind, Verdict, entry_words


def words_of(write: str, *args: object, **named: object) -> str | None:
    records: list[tuple[Kind, str]] = []

    def take(kind: Kind, text: str) -> int:
        records.append((kind, text))
        return 0

    getattr(Journal(take, 0), write)(*args, **named)
    return entry_words(*records[-1])


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("note", "it hangs", NoteKind.BUG), "bug 1: it hangs"),
        (("action", "stop-all"), "you: stop-all"),
    ],
)
def test_the_simple_ones(entry: tuple[object, ...], words: str) -> None:
    assert words_of(*entry) == words  # type: ignore[arg-type]


def test_what_was_done_to_which_worker() -> None:
    assert words_of("action", "start", run=1, worker={"name": "Event"}) == "you: start Event"
    assert words_of("action", "stop", run=1, worker="Event") == "you: stop Event"
    assert words_of("action", "edit", worker="A", field="interval", text="2") == "you: edit A: interval = 2"
    assert words_of("action", "remove", workers=["A", "B"]) == "you: remove A, B"
    assert words_of("action", "plan", title="P", plan={}) == "you: open the plan “P”"
    put_aside = words_of("action", "put-aside", title="P", session="s")
    assert put_aside == "you: put the plan “P” of session s aside"
    assert words_of("action", "session", charter="C", tester="T", timebox_s=None) == "you: charter “C”, tester “T”"
    assert words_of("action", "environment", python="3.11") == "environment: python 3.11"


def test_verdicts_and_evidence() -> None:
    check = Check("outcome", "a", "b", passed=False)
    step = words_of("step", "P", 2, "Stop", Verdict.FAIL, by_program=True, actual="late", checks=(check,))
    assert step == "step 2 “Stop”: fail, says the program: late"
    assert words_of("evidence", "window.png", "image/png", b"x" * 100_000, "F12") == "evidence 1: window.png (F12)"


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
