"""Why a run of ours had not ended: told from its chain and from where its thread was."""

import linecache
from pathlib import Path
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.batch import RunName
from app.core.events import Located, SlowToNotice, Stuck
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.prediction import Notices
from app.core.stacks import Call
from app.core.verdicts import Verdict
from app.core.worker import Worker
from app.programs.own_run import run_verdict
from app.ui.chain.where import own_files, why_words

CATALOGUE = whole_catalogue()
THREADING = "/usr/lib/python3.12/threading.py"


def call_at(words: str, file: str, function: str) -> Call:
    """Return the call at the only line of a file with these words."""
    (line,) = (number for number, text in enumerate(linecache.getlines(file), 1) if words in text)
    return Call(file, line, function, linecache.getline(file, line).strip())


def stuck(strategy: str, workload: str, *calls: Call, noticed: int | None = None) -> RunSnapshot:
    return RunSnapshot(
        1,
        RunName("W", 1),
        strategy=strategy,
        workload=workload,
        worker=Worker("W", strategy, workload),
        chain=StopChain(requested=10, noticed=noticed),
        was_stuck=True,
        located=(Stuck(5, noticed, calls),),
    )


def said(snapshot: RunSnapshot) -> tuple[Verdict, str]:
    files = own_files(CATALOGUE, snapshot.worker)
    found = run_verdict(snapshot, files, CATALOGUE.strategy(snapshot.strategy).about.notices)
    assert found is not None
    return found


def in_work(strategy: str, workload: str, words: str, *inner: Call, function: str = "work", **how: Any) -> RunSnapshot:
    _, file = own_files(CATALOGUE, Worker("W", strategy, workload))
    return stuck(strategy, workload, call_at(words, file, function), *inner, **how)


PAIRS = [
    (
        "flag",
        "blocking-call",
        ".recv(1, socket.MSG_PEEK)",
        Verdict.BLOCKED_IN_CALL,
        "It was in a call that had not returned: `",
    ),
    ("flag", "lock", "with self.lock:", Verdict.WAITING_FOR_LOCK, "without a time-out; holder unknown."),
    (
        "flag",
        "compute",
        "value = (31",
        Verdict.ASKED_NOT_POLLED,
        "It was computing, and looks at the request only when",
    ),
    ("async-exception", "swallow", "sum(range(1_000))", Verdict.SWALLOWED, "`except Exception` in line"),
    (
        "signal-interrupt",
        "swallow",
        "sum(range(1_000))",
        Verdict.SWALLOWED,
        "It was asked by an exception, and the loop",
    ),
    ("flag", "swallow", "sum(range(1_000))", Verdict.UNKNOWN, "whether it computed there or waited is not known"),
    ("future-cancel", "compute", "value = (31", Verdict.ASKED_NOT_POLLED, "Nothing in its loop looks at the request"),
]


@pytest.mark.parametrize(("strategy", "workload", "words", "verdict", "sentence"), PAIRS)
def test_the_verdict_of_a_run_that_never_noticed(
    strategy: str, workload: str, words: str, verdict: Verdict, sentence: str
) -> None:
    found, text = said(in_work(strategy, workload, words))
    assert found is verdict
    assert sentence in text
    file = Path(own_files(CATALOGUE, Worker("W", strategy, workload))[1]).name
    assert f"{words[:10]}" in text
    assert f"({file}:" in text


def test_a_pause_is_a_call_of_the_strategy_s_own_file() -> None:
    strategy, _ = own_files(CATALOGUE, Worker("W", "flag", "sleep"))
    from app.core import loop_context

    inner = call_at("sleep(interval)", str(loop_context.__file__), "measured_sleep")
    verdict, text = said(stuck("flag", "sleep", call_at("context.sleep()", strategy, "loop"), inner))
    assert verdict is Verdict.BLOCKED_IN_CALL
    assert "`context.sleep()` (flag.py:" in text


def test_cleaning_up_after_the_notice() -> None:
    run = in_work("flag", "slow-cleanup", "self.released.wait", function="clean_up", noticed=20)
    assert said(run)[0] is Verdict.SLOW_CLEANUP
    run = in_work("flag", "compute", "value = (31", noticed=20)
    assert said(run)[0] is Verdict.NOTICED_NOT_ENDED


def test_a_look_before_the_notice_tells_of_the_time_before_it() -> None:
    before = in_work("flag", "lock", "with self.lock:")
    calls = before.located[0].calls
    noticed = RunSnapshot(1, before.name, strategy="flag", worker=before.worker, chain=StopChain(requested=10, noticed=30),
                          located=(SlowToNotice(5, None, calls),))  # fmt: skip
    assert said(noticed)[0] is Verdict.WAITING_FOR_LOCK


def test_nothing_is_said_of_what_was_not_asked_or_not_looked_at() -> None:
    calls = (Call("a.py", 1, "f", "x"),)
    for chain, located in (
        (StopChain(), (Located(calls),)),
        (StopChain(requested=1), ()),
        (StopChain(requested=1), (Located(()),)),
    ):
        assert run_verdict(RunSnapshot(1, RunName("W", 1), chain=chain, located=located), (), None) is None


def test_a_file_that_is_gone_or_was_changed_is_not_read() -> None:
    gone = stuck("flag", "sleep", Call("/gone.py", 3, "work", "s.recv(1)"))
    assert said(gone)[0] is Verdict.UNKNOWN
    _, file = own_files(CATALOGUE, Worker("W", "flag", "compute"))
    changed = Call(file, 3, "work", "it was something else")
    assert said(stuck("flag", "compute", changed))[0] is Verdict.UNKNOWN
    hostile = stuck("flag", "sleep", Call("/\x1b]0;" + "x" * 10_000, 3, "work", "\x1b[31m" + "y" * 10_000))
    _, text = said(hostile)
    assert text.isprintable()
    assert len(text) < 600


def test_no_source_at_all_still_has_a_verdict() -> None:
    run = in_work("flag", "lock", "with self.lock:")
    found = run_verdict(run, (), Notices.POLLING, lambda _file: [])
    assert found is not None
    assert found[0] is Verdict.UNKNOWN


def test_the_words_of_the_stop_page() -> None:
    words = why_words(in_work("flag", "lock", "with self.lock:"), CATALOGUE)
    assert words.startswith("waiting-for-lock: It was waiting for a lock at `with self.lock:` (wait_for_lock.py:")
    assert why_words(RunSnapshot(1, RunName("W", 1)), CATALOGUE) == ""
    unknown = stuck("not-there", "sleep", Call("/gone.py", 3, "work", ""))
    assert why_words(unknown, CATALOGUE).startswith("unknown: It was at gone.py:3")
