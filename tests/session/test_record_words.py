"""The sentence of every event."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Kind
from app.core.events import (
    EVENTS,
    KINDS,
    Asked,
    Ended,
    Event,
    Failed,
    HeldBack,
    Hosted,
    Killed,
    Located,
    MainEnded,
    Noticed,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    VerdictMade,
    encode,
)
from app.core.latency import StopChain
from app.core.observed import OBSERVED, Evidence, Place, RunRef
from app.core.own_code.description import OWN_CODE
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome
from app.core.verdicts import Verdict
from app.session.record_words import READER_BEHIND, event_words, record_words, tells_of_stop
from tests.core.test_events import ANY_EVENT

MS = 1_000_000
CALLS = (Call("a.py", 1, "f", "g()"), Call("b.py", 2, "g", "wait()"))
STACK = '\n  File "a.py", line 1, in f\n    g()\n  File "b.py", line 2, in g\n    wait()'
LATE = Lateness(50 * MS, LateReason.WORK, 60 * MS, 10 * MS)
CHAIN = StopChain(None, 100 * MS, 150 * MS, 151 * MS, 152 * MS)
ENDED = Ended(Outcome.INTERRUPTED, CHAIN, 7, False, None, None, None, 4, "flag", "sleep", 0.5)
CLICKED = replace(CHAIN, clicked=99 * MS)
UNNOTICED = replace(CHAIN, noticed=None)
UNASKED = StopChain(cleaned_up=151 * MS, ended=152 * MS)

MAIN, ASKED_AT, NOTICE_AT = RunRef(1, "MainThread", 1), Place("/x/app.py", 12), Place("/x/app.py", 26)
ASKED = Asked(1, 5, "do_run = bool", ASKED_AT, MAIN, "Thread", 77, True)
NOTICED_AT = NoticedAt(1, 9, NOTICE_AT, "read do_run", True)
IS_ASKED = Evidence("asked", (("what", "do_run = bool"), ("file", "/x/app.py"), ("line", 26)))
LOCK = Evidence("lock", (("type", "RLock"), ("holder", 3), ("holder_name", "w")))

WORDS: list[tuple[Event, str]] = [
    (Started("event-poll", "sleep", 0.5), "starting: event-poll, sleep, every 0.5 s"),
    (Started("event-poll", "sleep", 0.0), "starting: event-poll, sleep, every 0 s"),
    (Running(1, 77), "running: native id 77"),
    (StopRequested(clicked=1, has_line=True), "stopping: asked to stop"),
    (Started(OWN_CODE, OWN_CODE, 0.0), "starting: code of your own"),
    (replace(ENDED, chain=UNNOTICED, strategy=OWN_CODE), "stopped: when it noticed is not known"),
    (Noticed(1), "noticed the stop"),
    (
        Noticed(1, LATE),
        (
            "noticed the stop, noticed 50.0 ms later than predicted: the last piece of work took 60.0 ms, none before "
            "more than 10.0 ms"
        ),
    ),
    (SlowToNotice(30 * MS, None, CALLS), f"stopping: not noticed 30.0 ms after it was asked; it is here{STACK}"),
    (
        SlowToNotice(30 * MS, 9, CALLS),
        f"stopping: noticed, but not ended 30.0 ms after it was asked; it is here{STACK}",
    ),
    (Stuck(2_000 * MS, None, CALLS), f"stuck: not ended 2.00 s after it was asked to stop{STACK}"),
    (Stuck(2_000 * MS, None, ()), "stuck: not ended 2.00 s after it was asked to stop"),
    (Located(CALLS), f"located: it is here{STACK}"),
    (Located(()), "located: it is here"),
    (Hosted(7, "3.13.1t"), "hosted: in process 7, Python 3.13.1t"),
    (HeldBack(((1, 9 * MS + 1),)), f"held back once, 9.00 ms in all: {READER_BEHIND}"),
    (
        HeldBack(((0, 9 * MS), (20 * MS, 40 * MS))),
        f"held back 2 times, 29.0 ms in all: {READER_BEHIND}",
    ),
    (
        Released(30 * MS),
        "releasing: Thread Controller releases what its thread is blocked in, 30.0 ms after it was asked to stop",
    ),
    (
        Killed(7, 30 * MS),
        (
            "killing: Thread Controller ends process 7 and what it started, 30.0 ms after the run was asked to stop; "
            "half-written files and locks may be left behind"
        ),
    ),
    (
        Killed(7, None),
        "killing: Thread Controller ends process 7 and what it started; half-written files and locks may be left behind",
    ),
    (Failed("ValueError: boom", "Traceback\nValueError: boom"), "ValueError: boom\nTraceback\nValueError: boom"),
    (Failed("The system refused.", refused=True), "The system refused."),
    (ENDED, "stopped: noticed 50.0 ms after the request"),
    (
        replace(ENDED, chain=CLICKED, band=(0, 505 * MS)),
        "stopped: noticed 50.0 ms after Stop (predicted within 505 ms)",
    ),
    (replace(ENDED, outcome=Outcome.FAILED), "ended: failed, noticed 50.0 ms after the request"),
    (replace(ENDED, was_stuck=True), "stopped: noticed 50.0 ms after the request, was stuck"),
    (
        replace(ENDED, was_stuck=True, released=160 * MS),
        "stopped: noticed 50.0 ms after the request, was stuck, let go 10.0 ms later",
    ),
    (replace(ENDED, chain=UNNOTICED), "ended: interrupted, never noticed"),
    (
        replace(ENDED, outcome=Outcome.KILLED, chain=UNNOTICED, was_stuck=True),
        "ended: killed, never noticed, was stuck",
    ),
    (replace(ENDED, outcome=Outcome.KILLED, chain=UNASKED), "ended: killed"),
    (replace(ENDED, outcome=Outcome.COMPLETED, chain=UNASKED), "ended: completed"),
    (replace(ENDED, outcome=Outcome.COMPLETED, chain=UNNOTICED), "ended: completed"),
    (replace(ENDED, outcome=Outcome.FAILED, chain=UNASKED), "ended: failed"),
    (
        replace(ENDED, outcome=Outcome.RELEASED, chain=UNNOTICED, released=130 * MS, was_stuck=True),
        (
            "ended: released, never stopped; released by Thread Controller after 30.0 ms; in a program of your own it would "
            "still be blocked"
        ),
    ),
    (Shown(1, 16 * MS), "shown: its end was painted 16.0 ms after it"),
    (Started(OBSERVED, OBSERVED, 0.0), "starting: a thread of an observed program"),
    (ObservedThread(None, None, None), "starting: a thread of an observed program"),
    (
        ObservedThread(ASKED_AT, MAIN, True),
        "starting: a thread of an observed program, a daemon, started by MainThread at app.py:12",
    ),
    (ASKED, "stopping: asked by MainThread at app.py:12 (do_run = bool)"),
    (replace(ASKED, by=None, place=None, exact=False), "stopping: asked (do_run = bool), likely"),
    (replace(ASKED, after=999_999), "stopping: asked by MainThread at app.py:12 (do_run = bool)"),
    (replace(ASKED, after=MS), "stopping: asked by MainThread at app.py:12 (do_run = bool), known 1.00 ms later"),
    (NOTICED_AT, "noticed what was asked at app.py:26 (read do_run)"),
    (replace(NOTICED_AT, place=None, how="", exact=False), "noticed what was asked, likely"),
    (
        VerdictMade(Verdict.WAITING_FOR_LOCK, ASKED_AT, 5, "deadline", (IS_ASKED, LOCK)),
        "waiting-for-lock: was asked (do_run = bool at app.py:26), and waits for a lock at app.py:12: held by w",
    ),
    (VerdictMade(Verdict.UNKNOWN, None, None, "timeout", ()), "unknown: goes on; why is not known"),
    (
        ObserverNote("A child process was forked; it is not observed."),
        "observer: A child process was forked; it is not observed.",
    ),
    (MainEnded(), "the main thread's code has ended"),
    (ProgramEnded(3), "the process has ended, with status 3"),
    (ProgramEnded(-9), "the process has ended, by signal 9"),
]


@pytest.mark.parametrize(("event", "words"), WORDS, ids=[words[:50] for _, words in WORDS])
def test_what_a_record_says(event: Event, words: str) -> None:
    assert record_words(*encode(event)) == words


def test_every_event_has_words() -> None:
    assert {type(event) for event, _ in WORDS} == set(EVENTS.values())


@given(ANY_EVENT)
def test_whatever_an_event_holds_it_has_words(event: Event) -> None:
    assert event_words(event) or isinstance(event, Failed)


@given(st.text(st.characters(), max_size=30))
def test_what_is_no_event_says_its_own_text(text: str) -> None:
    assert [record_words(kind, text) for kind in (Kind.LINE, *KINDS, 200)] == [text] * (len(KINDS) + 2)


def test_a_line_that_looks_like_an_event_is_a_line() -> None:
    _, text = encode(ENDED)
    assert record_words(Kind.LINE, text) == text
    assert record_words(Kind.STATE, text) == text


@pytest.mark.parametrize(
    ("event", "is_one"),
    [
        (StopRequested(), True),
        (Noticed(5), True),
        (Stuck(5, None, ()), True),
        (Released(5), True),
        (Killed(5, None), True),
        (ENDED, True),
        (replace(ENDED, chain=UNASKED), False),
        (Started("flag", "sleep", 0.5), False),
        (Failed("no"), False),
        (Shown(1, 2), False),
        (ASKED, True),
        (NOTICED_AT, True),
        (MainEnded(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_which_records_tell_of_a_stop(event: Event, is_one: bool) -> None:
    kind, text = encode(event)
    assert tells_of_stop(kind, text) is is_one
    assert not tells_of_stop(Kind.LINE, text)  # a thread may write what looks like one
