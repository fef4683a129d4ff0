"""What goes wrong in one run stays in that run; in both engines."""

import re
import threading
from typing import Any

import pytest

from app.core.batch import Kind
from app.core.events import Ended, Failed
from app.core.fold import Refusals
from app.core.states import Outcome, State
from app.core.strategies import Strategy
from app.core.workloads import Workload
from tests.core.harness import Core, check_records
from tests.core.mechanisms import catalogue_with, raising, strategy_of, workload_of

FAILURES: dict[str, tuple[type[Strategy] | type[Workload], dict[str, Any], str]] = {
    "exception": (workload_of(work=raising(ValueError("boom"))), {}, "ValueError: boom"),
    "SystemExit": (workload_of(work=raising(SystemExit(3))), {}, "SystemExit: 3"),
    "KeyboardInterrupt": (workload_of(work=raising(KeyboardInterrupt())), {}, "KeyboardInterrupt"),
    "clean_up": (workload_of(clean_up=raising(OSError("torn"))), {"limit": 2}, "OSError: torn"),
    "strategy": (strategy_of(loop=raising(RuntimeError("lost"))), {}, "RuntimeError: lost"),
    "no words": (workload_of(work=raising(ValueError("\ud800\n\0"))), {}, "ValueError: \ud800\n\0"),
}


def start_test(core: Core, mechanism: type[Strategy] | type[Workload], **fields: Any) -> int:
    """Start a worker with the mechanism of the test, which has the id ``test``."""
    kind = "strategy" if issubclass(mechanism, Strategy) else "workload"
    return core.start(**{"name": "test", kind: "test", **fields})


def check_others_run_on(core: Core, bystander: int, since: int) -> None:
    """Assert that another run still writes after an instant, and stops as it should."""
    core.until(lambda: any(r.instant > since and r.kind == Kind.LINE for r in core.of(bystander)))
    assert core.snapshot(bystander).state is State.RUNNING
    core.controller.stop(bystander)
    core.until_idle()
    assert core.snapshot(bystander).outcome is Outcome.INTERRUPTED
    check_records(core.of(bystander))


@pytest.mark.parametrize(("mechanism", "fields", "words"), FAILURES.values(), ids=FAILURES)
def test_an_exception_fails_its_run_and_no_other(
    core: Any, mechanism: type[Strategy] | type[Workload], fields: dict[str, Any], words: str
) -> None:
    core = core(catalogue_with(mechanism))
    bystander = core.start(name="bystander")
    run = start_test(core, mechanism, text_at_end=("never",), **fields)
    core.until_event(run, Ended)
    assert not core.controller.is_alive("test")
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome) == (State.ENDED, Outcome.FAILED)
    # First what went wrong, then where: a row shows the summary, the traceback is there on demand.
    (failed,) = core.events(run, Failed)
    assert (failed.summary, failed.refused) == (words, False)
    assert failed.traceback.startswith("Traceback (most recent call last):\n")
    assert failed.traceback.endswith(words)
    assert snapshot.error == failed.traceback
    assert snapshot.failures == (failed,)
    assert "in fail" in snapshot.error
    assert "never" not in core.texts(run)
    assert snapshot.chain.cleaned_up is not None
    assert snapshot.chain.is_ordered()
    check_records(core.of(run))
    check_others_run_on(core, bystander, snapshot.chain.ended or 0)


def test_an_exception_in_the_work_and_another_in_the_cleaning_are_both_told(core: Any) -> None:
    workload = workload_of(work=raising(ValueError("first")), clean_up=raising(OSError("second")))
    core = core(catalogue_with(workload))
    run = start_test(core, workload)
    core.until_idle()
    error = core.snapshot(run).error
    assert error.index("ValueError: first") < error.index("OSError: second")
    assert core.snapshot(run).outcome is Outcome.FAILED


def test_it_can_run_again_after_it_failed(core: Any) -> None:
    workload = workload_of(work=raising(ValueError("boom")))
    core = core(catalogue_with(workload))
    runs = []
    for _ in range(2):
        runs.append(start_test(core, workload))
        core.until_idle()
    assert [core.names[run].number for run in runs] == [1, 2]


def ask_in_vain(core: Core) -> int:
    """Run a strategy whose request raises beside a bystander; ask both; return the former, ended."""
    bystander = core.start(name="bystander")
    run = core.start(name="test", strategy="test")
    core.until_line(run, "1")
    core.until_line(bystander, "1")
    assert core.controller.stop_all() == 2
    core.until_idle()
    assert core.snapshot(bystander).outcome is Outcome.INTERRUPTED
    assert core.snapshot(bystander).error == ""
    return run


def test_a_request_that_raises_is_told_and_the_others_are_asked(core: Any) -> None:
    core = core(catalogue_with(strategy_of(request=raising(ValueError("deaf")))))
    run = ask_in_vain(core)
    (failed,) = core.events(run, Failed)
    assert failed.summary == "ValueError: deaf"
    assert failed.traceback.startswith("Traceback")
    assert core.snapshot(run).error.endswith("ValueError: deaf")
    assert core.snapshot(run).chain.is_ordered()
    check_records(core.of(run))


def test_a_run_with_an_error_has_failed(core: Any) -> None:
    core = core(catalogue_with(strategy_of(request=raising(ValueError("deaf")))))
    assert core.snapshot(ask_in_vain(core)).outcome is Outcome.FAILED


def test_a_thread_that_cannot_be_started_fails_its_run_in_one_sentence(
    core: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = core()
    bystander = core.start(name="bystander")
    core.until_line(bystander, "1")
    begin = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "refused #1":
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    run = core.start(name="refused", stop_after=0.001, text_at_end=("never",))
    core.until_event(run, Ended)
    assert not core.controller.is_alive("refused")
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.native_id, snapshot.lines) == (Outcome.FAILED, None, 0)
    (failed,) = core.events(run, Failed)
    assert (failed.summary, failed.traceback, failed.refused) == (snapshot.error, "", True)
    assert "can't start new thread" in failed.summary
    assert re.fullmatch(r"The operating system [^\n]*\.", failed.summary)
    assert core.controller.state.refusals == Refusals(1, failed.summary)
    assert core.texts(run) == []
    check_others_run_on(core, bystander, snapshot.chain.ended or 0)
    # A later run of the same worker is a new thread, which is let through.
    core.start(name="refused", limit=1)
    core.until_idle()
