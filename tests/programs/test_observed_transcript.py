"""An observed program as runs, from records alone: no process, and a clock that the test sets."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, Record, RunName
from app.core.engine import RunNumbers
from app.core.events import (
    Asked,
    Ended,
    Event,
    Failed,
    Killed,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Running,
    Started,
    Stuck,
    VerdictMade,
    decode,
)
from app.core.fold import RunSnapshot, SessionState
from app.core.observed import Evidence, Place, RunRef
from app.core.states import Outcome
from app.core.verdicts import Verdict
from app.programs import observation
from app.programs.observation import _FOLDS, lost_words
from app.programs.observed_transcript import ObservedTranscript
from tests.core.harness import check_records

MAIN = RunRef(1, "MainThread", 1)
W = 2  # the run of the thread 2


class Told:
    """A transcript that is fed records, and all that it said; begins at 1,000."""

    def __init__(self) -> None:
        self.now = 1_000
        self.numbers = RunNumbers()
        self.transcript = ObservedTranscript(
            lambda: self.now, self.now, *self.numbers.take("MainThread"), self.numbers.take
        )
        self.state = SessionState()
        self.records: list[Record] = []
        self.add(self.transcript.begin())

    def add(self, batch: Batch) -> None:
        self.records += batch
        self.state.consume(batch)

    def feed(self, *records: dict[str, Any]) -> None:
        """Feed some records at once; the clock is at the last of their instants by then."""
        instants = [record[key] for record in records for key in ("t_ns", "started_ns") if record.get(key)]
        self.now = max(self.now, *instants, 0)
        self.add(self.transcript.feed(b"".join(json.dumps(record).encode() + b"\n" for record in records)))

    def events(self, run: int) -> list[Event]:
        found = (decode(record.kind, record.text) for record in self.records if record.run == run)
        return [event for event in found if event is not None]

    def lines(self, run: int) -> list[tuple[int, int, str]]:
        return [
            (r.instant, r.kind, r.text) for r in self.records if r.run == run and r.kind in (Kind.LINE, Kind.STDERR)
        ]

    def run(self, run: int) -> RunSnapshot:
        snapshot = self.state.snapshot(run)
        assert snapshot is not None
        return snapshot

    def end(self, status: int = 0, tail: str = "", *, killed: bool = False) -> None:
        self.now += 1
        self.add(self.transcript.end(status, tail, killed=killed))
        assert self.transcript.live() == []
        for run in self.state.runs():
            check_records([record for record in self.records if record.run == run.run])


@pytest.fixture
def told() -> Told:
    """Return what was told of a program with a main thread and one more, both started."""
    told = Told()
    told.feed({"kind": "hello", "version": [3, 14, 0], "begin_ns": 1_001, "pid": 1}, thread(1, "MainThread", 1_001))
    told.feed(thread(2, "w", 2_000, at=["f.py", 12], by=1))
    return told


def thread(number: int, name: str, started: int | None, **more: Any) -> dict[str, Any]:
    values = {"kind": "thread", "id": number, "name": name, "daemon": False, "native_id": 70 + number}
    return {**values, "started_ns": started, "at": None, "by": None, **more}


def request(number: int = 1, t_ns: int = 3_000) -> dict[str, Any]:
    asked_by = {"type": "W", "id": 77}
    return {
        "kind": "request",
        "id": number,
        "t_ns": t_ns,
        "what": "go = bool",
        "at": ["f.py", 26],
        "by": 1,
        "object": asked_by,
    }


def notice(number: int = 1, t_ns: int = 4_000, link: str = "exact") -> dict[str, Any]:
    values = {"kind": "notice", "request": number, "thread": 2, "t_ns": t_ns, "at": ["f.py", 9]}
    return {**values, "how": "read go", "link": link}


def asked(number: int = 1) -> dict[str, Any]:
    return {"kind": "asked", "request": number, "thread": 2, "link": "likely"}


def printed(t_ns: int, text: str, stream: str = "stdout", number: int | None = 2, **more: Any) -> dict[str, Any]:
    return {"kind": "printed", "thread": number, "t_ns": t_ns, "stream": stream, "text": text, **more}


def ended(t_ns: int, name: str = "w") -> dict[str, Any]:
    return {"kind": "ended", "thread": 2, "t_ns": t_ns, "name": name}


def verdict(word: str, t_ns: int, why: str = "deadline", *evidence: dict[str, Any]) -> dict[str, Any]:
    values = {"kind": "verdict", "thread": 2, "verdict": word, "at": ["f.py", 9], "since_ns": 3_000, "t_ns": t_ns}
    return {**values, "why": why, "evidence": list(evidence)}


def test_a_thread_is_a_run(told: Told) -> None:
    assert told.events(W) == [
        Started("observed", "observed", 0.0),
        ObservedThread(Place("f.py", 12), MAIN, False),
        Running(2_000, 72),
    ]
    assert {record.instant for record in told.records if record.run == W} == {2_000}
    assert told.run(1).native_id == 71
    assert told.run(W).name == RunName("w", 1)


def test_a_request_and_its_notice_are_told_in_the_run_that_noticed(told: Told) -> None:
    told.feed(request(), notice(link="likely"), ended(5_000))
    assert told.events(W)[3:5] == [
        Asked(1, 3_000, "go = bool", Place("f.py", 26), MAIN, "W", 77, False),
        NoticedAt(1, 4_000, Place("f.py", 9), "read go", False),
    ]
    instants = [record.instant for record in told.records if record.run == W]
    assert instants == [2_000, 2_000, 2_000, 3_000, 4_000, 5_000]
    run = told.run(W)
    assert (run.outcome, run.chain.requested, run.chain.noticed, run.chain.ended) == (
        Outcome.INTERRUPTED,
        3_000,
        4_000,
        5_000,
    )
    told.end()


def test_what_is_known_late_says_its_own_instant_and_does_not_step_back(told: Told) -> None:
    told.feed(printed(3_500, "a\n"))
    told.feed(request(), asked(), {"kind": "note", "text": "x"})
    (record,) = [r for r in told.records if isinstance(decode(r.kind, r.text), Asked)]
    event = decode(record.kind, record.text)
    assert isinstance(event, Asked)
    assert (record.instant, event.requested, event.after, event.exact) == (3_500, 3_000, 500, False)
    told.feed(notice())
    assert [type(event) for event in told.events(W)].count(Asked) == 1
    assert told.run(W).chain.latency == 1_000
    told.end()


def test_instants_that_cannot_be_are_put_right(told: Told) -> None:
    told.now = 6_000
    told.add(told.transcript.feed(json.dumps(request(t_ns=10**15)).encode() + b"\n"))
    told.add(told.transcript.feed(json.dumps(notice(t_ns=-5)).encode() + b"\n"))
    chain = told.run(W).chain
    assert (chain.requested, chain.noticed) == (6_000, 6_000)
    told.end()


def test_lines_are_cut_and_told_apart_by_their_streams(told: Told) -> None:
    told.feed(
        printed(3_000, "one\ntw"), printed(3_100, "oops", "stderr"), printed(3_200, "o\n"), printed(3_300, "rest")
    )
    assert told.lines(W) == [(3_000, Kind.LINE, "one"), (3_200, Kind.LINE, "two")]
    told.feed(ended(4_000))
    assert told.lines(W)[2:] == [(4_000, Kind.LINE, "rest"), (4_000, Kind.STDERR, "oops")]
    assert told.run(W).lines == 4
    told.feed(printed(4_500, "after its end\n"))
    assert len(told.lines(W)) == 4
    told.end()


def test_what_a_thread_that_is_not_known_prints_is_the_main_thread_s(told: Told) -> None:
    told.feed(printed(3_000, "\ud800\0x\n", number=None), printed(3_000, "long", number=1, left_out=1_500))
    assert [text for _, _, text in told.lines(1)] == ["\\ud800\0x", "long… (1,500 characters more)"]
    told.feed({"kind": "printed_lost", "texts": 1_200})
    told.end()
    notes = [event.text for event in told.events(1) if isinstance(event, ObserverNote)]
    assert notes == [lost_words(1_200)]


def test_records_may_come_in_pieces(told: Told) -> None:
    told.now = 9_000
    data = b"".join(json.dumps(each).encode() + b"\n" for each in (request(), notice(), ended(5_000)))
    for byte in data:
        told.add(told.transcript.feed(bytes((byte,))))
    assert told.run(W).outcome is Outcome.INTERRUPTED
    told.end()


@pytest.mark.parametrize(
    ("asks", "exception", "outcome", "failed"),
    [
        ([], "", Outcome.COMPLETED, False),
        ([], "KeyError", Outcome.FAILED, True),
        ([], "CancelledError", Outcome.FAILED, True),
        ([asked()], "", Outcome.COMPLETED, False),
        ([asked()], "CancelledError", Outcome.INTERRUPTED, False),
        ([notice()], "", Outcome.INTERRUPTED, False),
        ([notice()], "KeyError", Outcome.FAILED, True),
    ],
)
def test_how_a_thread_ended(
    told: Told, asks: list[dict[str, Any]], exception: str, outcome: Outcome, failed: bool
) -> None:
    failure = [{"kind": "failed", "thread": 2, "exception": exception}] if exception else []
    told.feed(request(), *asks, *failure, ended(5_000))
    assert told.run(W).outcome is outcome
    assert [event for event in told.events(W) if isinstance(event, Failed)] == ([Failed(exception)] if failed else [])
    told.end()


@pytest.mark.parametrize(
    ("word", "is_stuck"),
    [
        ("slow-cleanup", True),
        ("noticed-not-ended", False),
        ("swallowed", True),
        ("waiting-for-lock", True),
        ("blocked-in-call", True),
        ("asked-not-polled", True),
        ("asked-elsewhere", False),
        ("never-asked", False),
        ("unknown", False),
    ],
)
def test_what_was_asked_and_has_not_ended_by_the_deadline_is_stuck(told: Told, word: str, is_stuck: bool) -> None:
    told.feed(request(), asked(), verdict(word, 9_000), verdict(word, 9_500, "exit"))
    assert told.run(W).was_stuck is is_stuck
    stuck = [event for event in told.events(W) if isinstance(event, Stuck)]
    assert stuck == ([Stuck(6_000, None, ())] if is_stuck else [])
    assert len([event for event in told.events(W) if isinstance(event, VerdictMade)]) == 2
    told.end()
    assert told.run(W).was_stuck is is_stuck


def test_evidence_names_the_run_that_holds_a_lock(told: Told) -> None:
    lock = {"kind": "lock", "type": "RLock", "id": 5, "holder": 1}
    call = {"kind": "call", "call": "acquire", "at": ["f.py", 9]}
    told.feed(verdict("waiting-for-lock", 9_000, "join", lock, {**lock, "holder": 99}, call, {"kind": "x", "at": None}))
    (made,) = [event for event in told.events(W) if isinstance(event, VerdictMade)]
    assert made == VerdictMade(
        Verdict.WAITING_FOR_LOCK,
        Place("f.py", 9),
        3_000,
        "join",
        (
            Evidence(
                "lock",
                (("type", "RLock"), ("id", 5), ("holder", 1), ("holder_name", "MainThread"), ("holder_is", "alive")),
            ),
            Evidence("lock", (("type", "RLock"), ("id", 5), ("holder", None))),
            Evidence("call", (("call", "acquire"), ("file", "f.py"), ("line", 9))),
            Evidence("x", (("file", None), ("line", None))),
        ),
    )


@pytest.mark.parametrize(
    ("status", "killed", "outcomes", "words"),
    [
        (0, False, (Outcome.COMPLETED, Outcome.COMPLETED), ""),
        (3, False, (Outcome.FAILED, Outcome.COMPLETED), "Its process left with exit status 3; it said last: E: why."),
        (-11, False, (Outcome.FAILED, Outcome.FAILED), "Its process was ended by SIGSEGV"),
        (-9, True, (Outcome.KILLED, Outcome.KILLED), ""),
    ],
)
def test_all_runs_end_with_the_process(
    told: Told, status: int, killed: bool, outcomes: tuple[Outcome, Outcome], words: str
) -> None:
    if killed:
        told.feed(request(), asked())
        told.now = 6_000
        told.add(told.transcript.kill(5, 5_900))
        told.add(told.transcript.kill(5, 5_950))
        assert [event for event in told.events(W) if isinstance(event, Killed)] == [Killed(5, 3_000, 5_900)]
        assert [event for event in told.events(1) if isinstance(event, Killed)] == [Killed(5, None, 5_900)]
    told.end(status, "Traceback\nE: why", killed=killed)
    assert (told.run(1).outcome, told.run(W).outcome) == outcomes
    assert told.run(1).error.startswith("Traceback") is bool(words)
    assert words in (told.run(1).failures[-1].summary if words else "")
    assert ProgramEnded(status) in told.events(1)
    assert isinstance(told.events(1)[-1], Ended)


def test_the_end_is_when_the_observer_saw_it(told: Told) -> None:
    told.feed({"kind": "end", "t_ns": 8_000, "alive": [2]})
    told.now = 9_000
    told.end()
    assert told.run(W).chain.ended == 8_000
    assert told.run(1).chain.ended == 9_001


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([{"kind": "unobserved", "error": "tool"}], "all six tool ids of sys.monitoring are in use"),
        ([{"kind": "unobserved", "error": "ImportError"}], "the observer could not be loaded: ImportError"),
        ([], "its Python did not load the observer"),
    ],
)
def test_a_program_that_is_not_observed_says_why(records: list[dict[str, Any]], words: str) -> None:
    told = Told()
    told.feed(*records)
    told.end()
    assert told.run(1).failures == (Failed(f"The program was not observed: {words}."),)
    assert told.run(1).outcome is Outcome.FAILED


def test_a_name_is_one_line_of_some_length() -> None:
    told = Told()
    told.feed(thread(2, "a\nb" + "x" * 500, None), thread(3, "  ", None))
    names = [run.name.worker for run in told.state.runs()[1:]]
    assert (len(names[0]), "\n" in names[0], names[1]) == (100, False, "(no name)")
    told.end()


def test_threads_without_end_are_left_out_and_that_is_said(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "MOST_THREADS", 3)
    told.feed(*(thread(number, f"t{number}", 3_000) for number in range(3, 9)))
    assert [run.name.worker for run in told.state.runs()] == ["MainThread", "w", "t3"]
    notes = [event.text for event in told.events(1) if isinstance(event, ObserverNote)]
    assert notes == ["More than 3 threads were started; the later ones are left out."]
    told.feed(printed(4_000, "x\n", number=7), {**notice(), "thread": 7})
    told.end()


def test_requests_without_end_are_left_out_and_that_is_said(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observation, "MOST_REQUESTS", 2)
    told.feed(*(request(number) for number in range(1, 9)), *(notice(number) for number in range(1, 9)))
    told.feed(asked(2), *(verdict("unknown", 9_000) for _ in range(4)))
    assert [event.number for event in told.events(W) if isinstance(event, Asked)] == [1, 2]
    assert len([event for event in told.events(W) if isinstance(event, VerdictMade)]) == 2
    notes = [event.text for event in told.events(1) if isinstance(event, ObserverNote)]
    assert notes == ["More than 2 requests were seen; the later ones are left out."]
    told.end()


_NUMBER = st.sampled_from([0, 1, 2, 3, -1, 2**63, 10**30, None, True, "2", 1.5, [], {}])
_INSTANT = st.sampled_from([0, 1, 2_000, 3_000, 2**62, -(2**70), None, "x", 1e300])
_TEXT = st.sampled_from(
    ["", "a\nb", "\ud800", "x" * 400, "CancelledError", "exact", "stdout", "stderr", "deadline", None, 5]
)
_PLACE = st.sampled_from([None, [], ["f.py", 1], ["f.py"], [1, "x"], "ab", {}])
_RECORDS = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(_FOLDS))},
    optional={
        **dict.fromkeys(("id", "thread", "request", "by", "native_id", "texts", "left_out", "holder"), _NUMBER),
        **dict.fromkeys(("t_ns", "started_ns", "since_ns", "begin_ns"), _INSTANT),
        **dict.fromkeys(("name", "what", "how", "link", "why", "text", "stream", "exception", "error"), _TEXT),
        "at": _PLACE,
        "daemon": st.sampled_from([None, True, False, 5]),
        "object": st.sampled_from([None, {"type": "W", "id": 7}, {"type": "W"}, [], 5]),
        "verdict": st.sampled_from([*Verdict, "lost", None]),
        "evidence": st.sampled_from(
            [[], [{"kind": "lock", "holder": 2}], [{}], [5], None, [{"kind": 1, "at": ["f", 1]}]]
        ),
    },
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_RECORDS, max_size=30), st.sampled_from([(0, False), (1, False), (-11, False), (-9, True)]))
def test_whatever_a_pipe_says_every_run_begins_and_ends(records: list[dict[str, Any]], end: tuple[int, bool]) -> None:
    told = Told()
    told.now = 5_000
    for each in (thread(1, "MainThread", 1_001), thread(2, "w", 2_000), request(), *records):
        told.add(told.transcript.feed(json.dumps(each).encode() + b"\n"))
        told.now += 10
    told.end(end[0], "tail", killed=end[1])
    assert all(run.outcome is not None for run in told.state.runs())
