"""A thread of an observed program, and the requests for it, in words."""

from dataclasses import replace

from app.core.batch import RunName
from app.core.events import (
    Asked,
    MainEnded,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Started,
    VerdictMade,
)
from app.core.fold import RunSnapshot, advance
from app.core.observed import OBSERVED, Evidence, Place, RunRef
from app.core.states import Outcome
from app.core.verdicts import Verdict
from app.session.requests import requests_of
from app.session.thread_words import (
    BEFORE_ITS_END,
    state_remark,
    stop_lines,
    stop_sentence,
    thread_lines,
    verdict_sentence,
)

MS = 1_000_000
MAIN = RunRef(1, "MainThread", 1)
ASKED = Asked(1, 100 * MS, "do_run = bool", Place("/x/app.py", 26), MAIN, "Reader", 7, True)
NOTICED = NoticedAt(1, 194 * MS, Place("/x/reader.py", 8), "read do_run", True)
FIRST = Started(OBSERVED, OBSERVED, 0.0), ObservedThread(Place("/x/app.py", 12), MAIN, True)


def known(*events: object) -> RunSnapshot:
    run = RunSnapshot(2, RunName("reader", 1))
    for event in (*FIRST, *events):
        run = advance(run, 200 * MS, event)  # type: ignore[arg-type]
    return run


def test_what_a_thread_is_and_who_started_it() -> None:
    assert thread_lines(known(), "app.py") == [
        "Observed program: app.py",
        "Started by MainThread at app.py:12",
        "A daemon: the process does not wait for it",
    ]
    main = known(ObservedThread(None, None, False), ObserverNote("children by fork are not observed"), ProgramEnded(-9))
    assert thread_lines(main) == [
        "The process waits for it",
        "The program ended with signal 9",
        "Observer: children by fork are not observed",
    ]
    assert thread_lines(RunSnapshot(2, RunName("W", 1))) == stop_lines(RunSnapshot(2, RunName("W", 1))) == []


def test_each_request_says_what_became_of_it() -> None:
    (request,) = requests_of(2, known(ASKED, NOTICED).observed)
    assert request.asked_words == "asked by MainThread at app.py:26 (do_run = bool)"
    assert request.noticed_words == "noticed at reader.py:8 after 94.0 ms"
    assert (request.key, request.by, request.instant, request.noticed) == ((2, 1), 1, 100 * MS, 194 * MS)
    assert [request.touches(run) for run in (1, 2, 3, None)] == [True, True, False, False]
    likely = requests_of(2, known(ASKED, replace(NOTICED, exact=False)).observed)[0]
    assert likely.noticed_words == "noticed at reader.py:8 after 94.0 ms, likely"
    both = requests_of(2, known(replace(ASKED, exact=False), replace(NOTICED, exact=False)).observed)[0]
    assert both.asked_words == "asked by MainThread at app.py:26 (do_run = bool), likely"
    assert both.noticed_words == "noticed at reader.py:8 after 94.0 ms"
    assert requests_of(2, None) == ()


def test_why_it_goes_on_is_said_while_it_does() -> None:
    evidence = (Evidence("call", (("call", "recv"),)),)
    verdict = VerdictMade(Verdict.BLOCKED_IN_CALL, Place("/x/app.py", 8), None, "deadline", evidence)
    run = known(ASKED, verdict)
    sentence = "blocked-in-call: reader was asked (request not known), and is in recv at app.py:8."
    assert verdict_sentence(run) == sentence
    assert stop_lines(run) == ["Asked by MainThread at app.py:26 (do_run = bool); not noticed.", sentence]
    assert stop_lines(replace(run, outcome=Outcome.COMPLETED))[-1].endswith("not noticed.")
    for ended in (replace(run, outcome=Outcome.KILLED), replace(run, outcome=Outcome.COMPLETED, was_stuck=True)):
        assert stop_lines(ended)[-1] == f"{BEFORE_ITS_END}{sentence}"
    assert verdict_sentence(known()) == ""
    many = known(*(replace(ASKED, number=number) for number in range(30)))
    assert stop_lines(many)[0] == "The last 20 of 30 requests:"


def test_the_state_says_why_it_goes_on_while_that_is_so() -> None:
    def verdict(word: Verdict) -> VerdictMade:
        return VerdictMade(word, None, None, "deadline", ())

    assert state_remark(known()) == state_remark(RunSnapshot(2, RunName("W", 1))) == ""
    assert state_remark(known(verdict(Verdict.NEVER_ASKED))) == "never asked to stop"
    assert state_remark(known(verdict(Verdict.NEVER_ASKED), ASKED)) == ""
    assert state_remark(known(ASKED, verdict(Verdict.BLOCKED_IN_CALL))) == "blocked in a call"
    assert state_remark(known(ASKED, verdict(Verdict.BLOCKED_IN_CALL), NOTICED)) == ""
    assert state_remark(known(ASKED, NOTICED, verdict(Verdict.SLOW_CLEANUP))) == "cleaning up"
    assert state_remark(known(ASKED, verdict(Verdict.UNKNOWN))) == ""
    assert state_remark(known(MainEnded())) == "waits for its threads"
    assert state_remark(replace(known(MainEnded()), outcome=Outcome.COMPLETED)) == ""


def test_a_stop_that_the_program_made_in_a_sentence() -> None:
    now = 300 * MS
    assert stop_sentence(known(), now) == "Its program has not asked it to stop."
    assert stop_sentence(known(ASKED), now) == "Its program asked it to stop 200 ms ago; it has not noticed yet."
    run = known(ASKED, NOTICED)
    noticed = "Its program asked it to stop, and it noticed 94.0 ms after that"
    assert stop_sentence(run, now) == f"{noticed}; it has not ended yet."
    ended = replace(run, outcome=Outcome.INTERRUPTED, chain=replace(run.chain, ended=250 * MS))
    assert stop_sentence(ended, now) == f"{noticed}; it had ended 150 ms after the request."
    assert stop_sentence(replace(known(), outcome=Outcome.COMPLETED), now).startswith("It ended without being asked")
    assert stop_sentence(replace(known(), outcome=Outcome.KILLED), now).startswith("It was killed without being asked")
    missed = replace(known(ASKED), outcome=Outcome.KILLED)
    assert stop_sentence(missed, now) == "Its program asked it to stop; it was not seen to notice."
