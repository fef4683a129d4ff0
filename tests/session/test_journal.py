"""The journal: every entry is one object that reads back, and nothing else is taken for one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Kind
from app.core.errors import BadInput
from app.session.folder import session_paths
from app.session.journal import (
    LONGEST_NOTE,
    MOST_EVIDENCE,
    Check,
    Journal,
    NoteKind,
    Verdict,
    evidence_data,
    one_press_each,
    read_entry,
)
from app.session.journal_reader import Action, stopped_runs
from app.session.reader import SessionReader


class Pages:
    """Where a journal writes to."""

    def __init__(self) -> None:
        self.records: list[tuple[Kind, str]] = []
        self.times: list[int | None] = []

    def write(self, kind: Kind, text: str, *, at: int | None = None) -> int:
        self.records.append((kind, text))
        self.times.append(at)
        return len(self.records)

    def last(self) -> dict[str, object]:
        entry = read_entry(*self.records[-1])
        assert entry is not None
        return entry


@given(text=st.text().filter(str.strip), kind=st.sampled_from(NoteKind))
def test_a_note_reads_back_whatever_is_in_it(text: str, kind: NoteKind) -> None:
    pages = Pages()
    journal = Journal(pages.write, 1_000)
    assert journal.note(text, kind, typed=1_500, link={"line": 3}) == 1
    assert pages.records[-1][1].isascii()
    assert pages.last() == {
        "id": 1, "note": text, "kind": str(kind), "typed_ns": 500, "link": {"line": 3}, "corrects": None,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", " \n", "x" * (LONGEST_NOTE + 1)])
def test_a_note_with_nothing_or_too_much_in_it_is_one_sentence(text: str) -> None:
    pages = Pages()
    with pytest.raises(BadInput, match=r"^The note .*\.$"):
        Journal(pages.write, 0).note(text)
    assert pages.records == []


def test_a_correction_is_a_note_of_its_own() -> None:
    pages = Pages()
    journal = Journal(pages.write, 0)
    first = journal.note("it stopps")
    second = journal.note("it stops", corrects=first)
    assert (first, second) == (1, 2)
    assert pages.last()["corrects"] == 1
    assert len(pages.records) == 2


def test_the_surroundings_come_first_and_once_and_only_with_an_entry() -> None:
    pages = Pages()
    journal = Journal(pages.write, 0, lambda: {"python": "3.11"})
    assert pages.records == []
    journal.action("start", clicked=5, run=1)
    journal.action("stop-all", clicked=9)
    assert [json.loads(text)["action"] for _, text in pages.records] == ["environment", "start", "stop-all"]
    assert pages.last()["clicked_ns"] == 9
    # Each is recorded at the instant of the click.
    assert pages.times == [5, 5, 9]
    journal.action("start", run=2)
    assert pages.times[-1] is None


def test_what_one_press_asked_to_stop_is_one_action() -> None:
    a, b = {"run": 1, "worker": "A", "clicked": 5}, {"run": 2, "worker": "B", "clicked": 5}
    later, program = {"run": 3, "worker": "C", "clicked": 6}, {"run": 4, "worker": "D", "clicked": None}
    go = {"run": 1, "worker": "A", "clicked": 5}
    together = {"runs": [1, 2], "workers": ["A", "B"], "clicked": 5}
    assert list(one_press_each([("stop", a), ("stop", b)])) == [("stop", together)]
    # One alone stays as it is, as does what a program did, and what is no Stop.
    others = [("stop", later), ("stop", program), ("stop", program), ("let-go", go), ("let-go", go)]
    assert list(one_press_each([("stop", a), ("stop", b), *others])) == [("stop", together), *others]


@pytest.mark.parametrize(
    ("facts", "runs"),
    [
        ({"run": 3, "worker": "A"}, [3]),
        ({"runs": [1, 2], "workers": ["A", "B"]}, [1, 2]),
        ({"runs": [1, "2", None, True, 2**70]}, [1]),
        ({"runs": "12"}, []),
        ({}, []),
    ],
)
def test_the_runs_that_a_stop_asked(facts: dict[str, object], runs: list[int]) -> None:
    assert stopped_runs(Action(0, "stop", facts)) == runs


def test_a_step_keeps_who_judged_it_and_by_what() -> None:
    pages = Pages()
    check = Check("outcome", "interrupted", "failed", passed=False)
    Journal(pages.write, 0).step(
        "Plan", 2, "Stop it", Verdict.FAIL, by_program=True, actual="it failed", checks=(check,)
    )
    step = pages.last()
    assert (step["verdict"], step["by"], step["step"]) == ("fail", "program", 2)
    assert step["checks"] == [
        {"check": "outcome", "wanted": "interrupted", "found": "failed", "passed": False, "worker": ""}
    ]


@given(data=st.binary(max_size=1_000))
def test_evidence_keeps_its_bytes(data: bytes) -> None:
    pages = Pages()
    assert Journal(pages.write, 0).evidence("window.png", "image/png", data, "F12", 3) == 1
    assert evidence_data(pages.last()) == data


def test_evidence_that_is_too_large_is_refused() -> None:
    pages = Pages()
    with pytest.raises(BadInput, match="at most"):
        Journal(pages.write, 0).evidence("a", "b", bytes(MOST_EVIDENCE + 1), "F12")
    assert pages.records == []


@given(kind=st.integers(0, 300), text=st.text() | st.sampled_from(["[]", "{}", '{"note": 1}', "[" * 10_000]))
def test_nothing_else_is_taken_for_an_entry(kind: int, text: str) -> None:
    entry = read_entry(kind, text)
    assert entry is None or (kind == Kind.NOTE and "note" in entry)


@pytest.mark.parametrize("values", [{}, {"data": 3}, {"data": "&&&"}, {"data": "abc"}])
def test_damaged_evidence_is_empty(values: dict[str, object]) -> None:
    assert evidence_data(values) == b""


KILLED = """
import os, sys, threading
from pathlib import Path
from app.core.clock import SystemClock
from app.core.stream import Stream
from app.session.journal import Journal, Verdict
from app.session.recorder import session_start, build_recorder
stream = Stream([], SystemClock())
recorder = build_recorder(Path(sys.argv[1]), session_start(stream), stream)
journal = Journal(stream.append, stream.origin)
pause = threading.Event()
for number in range(1, 100_000):
    journal.note(f"note {number} " + "x" * 5_000)
    journal.step("Plan", number, f"step {number}", Verdict.PASS, by_program=False)
    recorder.consume(stream.drain())
    while recorder.status().behind:
        pause.wait(0.0005)
    os.write(1, b"%d\\n" % number)
"""


def test_kill_9_amid_notes_and_steps_loses_none_that_was_acknowledged(tmp_path: Path) -> None:
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(3 * attempt + 1)][-1]
        process.kill()
        rest, _ = process.communicate()
        acknowledged = max([acknowledged, *map(int, rest.split())])
        (path,) = session_paths(folder)
        with SessionReader(path, pytest.fail) as reader:  # type: ignore[arg-type]
            entries = [read_entry(line.kind, line.text) for line in reader.lines()]
        notes = [entry["id"] for entry in entries if entry and "note" in entry]
        steps = [entry["step"] for entry in entries if entry and "verdict" in entry]
        assert notes == list(range(1, len(notes) + 1))
        assert min(len(notes), len(steps)) >= acknowledged
        assert steps == notes[: len(steps)]
