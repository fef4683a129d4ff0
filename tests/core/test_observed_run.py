"""What is known of a thread of an observed program."""

import json
from dataclasses import replace
from functools import reduce

import pytest

from app.core.batch import RunName
from app.core.events import (
    Asked,
    Ended,
    Event,
    MainEnded,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Started,
    VerdictMade,
    encode,
    facts_of,
)
from app.core.fold import RunSnapshot, advance
from app.core.latency import StopChain
from app.core.observed import OBSERVED, Evidence, Place, RunRef, found_of
from app.core.observed_run import ObservedRun
from app.core.states import Outcome, State
from app.core.verdicts import Verdict

ASKED_AT, NOTICE_AT = Place("/x/app.py", 12), Place("/x/app.py", 26)
MAIN = RunRef(1, "MainThread", 1)
STARTED = Started(OBSERVED, OBSERVED, 0.0)
THREAD = ObservedThread(Place("/x/app.py", 5), MAIN, False)
ASKED = Asked(1, 100, "do_run = bool", ASKED_AT, MAIN, "Thread", 77, True)
NOTICED = NoticedAt(1, 130, NOTICE_AT, "read do_run", True)
EVIDENCE = (
    Evidence("asked", (("what", "do_run = bool"), ("file", "/x/app.py"), ("line", 12), ("t_ns", 100))),
    Evidence("lock", (("type", "RLock"), ("id", 5), ("holder", 3), ("holder_name", "w"))),
)
VERDICT = VerdictMade(Verdict.WAITING_FOR_LOCK, NOTICE_AT, 100, "deadline", EVIDENCE)


def folded(*events: Event, run: int = 2) -> RunSnapshot:
    new = RunSnapshot(run, RunName("w", 1))
    return reduce(lambda known, event: advance(known, 140, event), events, new)


def seen(*events: Event, run: int = 2) -> ObservedRun:
    observed = folded(*events, run=run).observed
    assert observed is not None
    return observed


def test_a_thread_says_who_started_it_and_where() -> None:
    run = folded(STARTED, THREAD)
    assert run.is_observed
    assert run.can_be_killed
    assert run.observed == ObservedRun(Place("/x/app.py", 5), MAIN, False)
    assert folded(Started("flag", "sleep", 0.5)).observed is None


def test_what_the_program_asks_is_a_stop() -> None:
    run = folded(STARTED, THREAD, ASKED)
    assert (run.state, run.chain) == (State.STOPPING, StopChain(requested=100))
    run = folded(STARTED, THREAD, ASKED, NOTICED)
    assert (run.chain, run.chain.latency) == (StopChain(requested=100, noticed=130), 30)
    (stop,) = seen(ASKED, NOTICED).stops
    assert (stop.asked, stop.notice, stop.latency, stop.exact) == (ASKED, NOTICED, 30, True)


def test_the_stop_is_of_the_request_that_was_noticed_first() -> None:
    later = replace(ASKED, number=2, requested=110)
    assert folded(ASKED, later).chain == StopChain(requested=100)
    assert folded(ASKED, later, replace(NOTICED, number=2)).chain == StopChain(requested=110, noticed=130)
    both = folded(ASKED, later, replace(NOTICED, number=2, noticed=140), NOTICED)
    assert both.chain == StopChain(requested=100, noticed=130)
    assert [stop.latency for stop in seen(ASKED, later, NOTICED).stops] == [30, None]


def test_a_notice_of_what_was_not_asked_is_kept_and_makes_no_stop() -> None:
    run = folded(NOTICED)
    assert (run.chain, seen(NOTICED).notices, seen(NOTICED).stops) == (StopChain(), (NOTICED,), ())


def test_a_link_is_as_certain_as_its_notice() -> None:
    likely = replace(ASKED, exact=False)
    assert [stop.exact for stop in (*seen(likely).stops, *seen(likely, NOTICED).stops)] == [False, True]


def test_verdicts_and_what_is_not_seen_are_kept() -> None:
    observed = seen(VERDICT, replace(VERDICT, why="exit"), ObserverNote("A note."), MainEnded(), ProgramEnded(-9))
    assert observed.verdict == replace(VERDICT, why="exit")
    assert (len(observed.verdicts), observed.notes) == (2, ("A note.",))
    assert (observed.main_ended, observed.status) == (140, -9)
    assert seen(THREAD).verdict is None


def test_what_is_known_stays_after_the_end() -> None:
    ended = Ended(
        Outcome.INTERRUPTED, StopChain(requested=100, noticed=130, ended=140), 0, False, None, None, None, None,
        OBSERVED, OBSERVED, 0.0,
    )  # fmt: skip
    run = folded(STARTED, THREAD, ASKED, NOTICED, ended)
    assert run.observed == seen(THREAD, ASKED, NOTICED)
    assert not run.can_be_killed


def test_instants_count_from_where_they_are_told_to() -> None:
    shifted = folded(STARTED, ASKED, NOTICED, VERDICT, MainEnded()).since(90).observed
    assert shifted is not None
    assert [(stop.asked.requested, stop.latency) for stop in shifted.stops] == [(10, 30)]
    assert (shifted.verdicts[0].since, shifted.main_ended) == (10, 50)


def test_little_is_kept() -> None:
    observed = seen(*(replace(ASKED, number=number) for number in range(1000)))
    assert (len(observed.asks), observed.asks[0].number, observed.asks[-1].number) == (100, 0, 999)


def test_evidence_is_found_by_its_kind() -> None:
    lock = found_of(EVIDENCE, "lock")
    assert lock is not None
    assert (lock.get("holder_name"), lock.get("none"), lock.place) == ("w", None, None)
    asked = found_of(EVIDENCE, "asked")
    assert asked is not None
    assert asked.place == ASKED_AT
    assert found_of(EVIDENCE, "call") is None


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (
            ASKED,
            {
                "number": 1,
                "requested": 10,
                "what": "do_run = bool",
                "place": {"file": "/x/app.py", "line": 12},
                "by": {"worker": "MainThread", "run": 1},
                "object_type": "Thread",
                "object_id": 77,
                "exact": True,
                "after": 0,
            },
        ),
        (
            replace(VERDICT, since=None),
            {
                "verdict": "waiting-for-lock",
                "place": {"file": "/x/app.py", "line": 26},
                "since": None,
                "why": "deadline",
                "evidence": [
                    {"kind": "asked", "what": "do_run = bool", "file": "/x/app.py", "line": 12, "t_ns": 10},
                    {"kind": "lock", "type": "RLock", "id": 5, "holder": 3, "holder_name": "w"},
                ],
            },
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_facts_of_an_event_name_files_and_runs(event: Event, facts: dict[str, object]) -> None:
    assert json.loads(json.dumps(facts_of(event, 90))) == facts
    assert len(encode(event)[1]) < 400
