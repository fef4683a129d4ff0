"""Plans carried out without a screen: what is done, what is judged, what is written, and that no run is left."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.controller import Controller
from app.core.engine import Drained
from app.core.errors import BadInput
from app.core.pump import Cancelled
from app.core.runtime import Runtime
from app.core.worker import Worker
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    CheckWord,
    Plan,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.plans import find_plan, parse_plan, read_plan
from app.experiments import plan_executor, plan_run
from app.experiments.plan_results import PlanResult, StepResult
from app.experiments.plan_run import PlanRun
from app.experiments.race_report import RACE_FILE
from app.session.journal import Journal, Verdict, check_words, evidence_data, read_entry
from tests.core.mechanisms import Gate, catalogue_with, strategy_of, workload_of
from tests.fakes import PATIENCE

QUICK = Worker("A", "event-wait", interval=0.01, text="{name} {i}")
OTHER = Worker("B", "flag", interval=0.01)
LIVE = (Start(("A",)), WaitForLines("A", 2, PATIENCE))
ENDED = (Stop(("A",)), WaitForEnd("A", PATIENCE))
INTERRUPTED = CheckSpec(CheckWord.OUTCOME, "interrupted", "A")


def step(*actions: Action, checks: tuple[CheckSpec, ...] = (INTERRUPTED,)) -> Step:
    return Step("Something", actions=actions, checks=checks)


def carried_out(
    *steps: Step, workers: tuple[Worker, ...] = (QUICK, OTHER), catalogue: Catalogue | None = None
) -> PlanResult:
    plan = Plan("Plan", steps, workers)
    return PlanRun(plan, catalogue or Catalogue(), deadline=0.3).run(threading.Event())


def verdicts(result: PlanResult) -> list[Verdict | None]:
    return [step.verdict for step in result.steps]


PASS, FAIL, BLOCKED = Verdict.PASS, Verdict.FAIL, Verdict.BLOCKED
EXPECTED = {
    "event-against-flag": [PASS, PASS, PASS, None],
    "fault-gallery": [PASS] * 6 + [None],
    "tutorial-event": [PASS, PASS, None],
    "tutorial-flag": [PASS, PASS],
}


def hurried(worker: Worker) -> Worker:
    """Return a worker three times as quick; its stop comes after as many lines, well after the last: lines may be late."""
    interval = worker.interval / 3
    if worker.stop_after is None:
        return replace(worker, interval=interval)
    return replace(worker, interval=interval, stop_after=(worker.stop_after // worker.interval + 0.7) * interval)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_built_in_plans_go_to_their_end(name: str) -> None:
    catalogue = whole_catalogue()
    told: list[StepResult] = []
    plan = read_plan(find_plan(name), catalogue)
    plan = replace(plan, workers=tuple(map(hurried, plan.workers)))
    result = PlanRun(plan, catalogue).run(threading.Event(), told.append)
    assert verdicts(result) == EXPECTED[name], [step.sentence for step in result.steps]
    assert (result.finished, result.failed, result.left) == (True, False, ())
    assert tuple(told) == result.steps


def test_a_check_that_does_not_hold_fails_its_step_and_the_next_is_judged_all_the_same() -> None:
    wrong = CheckSpec(CheckWord.OUTCOME, "completed", "A")
    result = carried_out(step(*LIVE, *ENDED, checks=(wrong, INTERRUPTED)), step())
    assert verdicts(result) == [FAIL, PASS]
    assert result.failed
    assert check_words(result.steps[0].checks[0]).removeprefix("✗ ") in result.steps[0].sentence
    assert [check.passed for check in result.steps[0].checks] == [False, True]
    assert result.sentence() == "2 steps: 1 passed, 1 failed."


def test_a_run_that_fails_is_said_with_its_error() -> None:
    def boom() -> None:
        raise ValueError("boom")

    broken = Worker("A", "flag", workload="test")
    result = carried_out(
        step(Start(), WaitForEnd("A", PATIENCE)), workers=(broken,), catalogue=catalogue_with(workload_of(work=boom))
    )
    assert verdicts(result) == [FAIL]
    assert result.steps[0].checks[0].found == "failed (ValueError: boom)"


def test_runs_that_were_asked_to_stop_are_waited_for_before_they_are_judged() -> None:
    lines = CheckSpec(CheckWord.MATCHES, "^A 2$", "A")
    result = carried_out(step(*LIVE, Stop(("A",)), checks=(INTERRUPTED, lines)))
    assert verdicts(result) == [PASS]


def test_who_was_not_asked_is_judged_while_it_runs() -> None:
    result = carried_out(step(*LIVE, checks=(CheckSpec(CheckWord.OUTCOME, "none", "A"),)), step(*ENDED))
    assert verdicts(result) == [PASS, PASS]
    assert result.steps[0].checks[0].found == "not ended: running"


def test_without_names_all_are_meant() -> None:
    both = tuple(CheckSpec(CheckWord.OUTCOME, "interrupted", name) for name in "AB")
    result = carried_out(step(Start(), WaitForLines("B", 1, PATIENCE), Stop(), WaitForEnd("", PATIENCE), checks=both))
    assert verdicts(result) == [PASS]


def test_what_changes_nothing_is_remarked() -> None:
    result = carried_out(step(Stop(("B",)), *LIVE, Start(("A",)), *ENDED))
    assert verdicts(result) == [PASS]
    assert "B was not running, so there was nothing to stop." in result.steps[0].sentence
    assert "A was already running, so it was not started again." in result.steps[0].sentence


def test_a_wait_that_ran_out_fails_a_step_that_has_checks() -> None:
    none = CheckSpec(CheckWord.OUTCOME, "none", "A")
    result = carried_out(
        step(*LIVE, WaitForEnd("A", 0), checks=(none,)),
        step(WaitForLines("A", 10**9, 0.01), checks=(none,)),
        step(WaitForEnd("", 0), checks=()),
        step(*ENDED, WaitForLines("A", 10**9, PATIENCE)),  # of who has ended, nothing more is waited for
    )
    assert verdicts(result) == [FAIL, FAIL, None, FAIL]
    assert [check.check for check in result.steps[0].checks] == ["wait", "outcome"]
    assert result.steps[2].sentence.endswith("Waited for A to end within 0 s: still running.")


def test_a_field_is_set_for_the_next_run() -> None:
    three = (CheckSpec(CheckWord.LINES_MAX, 3, "A"), CheckSpec(CheckWord.OUTCOME, "completed", "A"))
    result = carried_out(
        step(SetField("A", "limit", 3), Start(("A",)), WaitForEnd("A", PATIENCE), checks=three),
        step(SetField("A", "limit", None), *LIVE, Wait(0.05), *ENDED),
    )
    assert verdicts(result) == [PASS, PASS]


def test_a_race_is_judged_by_all_its_rounds_until_the_next_run() -> None:
    slow = tuple(CheckSpec(CheckWord.LATENCY, ms, "A") for ms in (0, 10_000))
    result = carried_out(
        step(RunRace((), 3), checks=slow),
        step(checks=(CheckSpec(CheckWord.MATCHES, ".", "B"), INTERRUPTED)),
        step(*LIVE, *ENDED),
    )
    assert verdicts(result) == [FAIL, FAIL, PASS]
    assert [check.passed for check in result.steps[0].checks] == [False, True]
    assert [check.found for check in result.steps[1].checks] == [
        "lines of a race are not kept",
        "interrupted: 3 of 3",
    ]
    assert result.steps[2].checks[0].found == "interrupted"


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ((*LIVE, RunRace((), 1)), "A is still running; stop it before the race."),
        ((RunRace((), 10**9),), "Rounds "),
        ((Start(("Absent",)),), "there is no worker called 'Absent'; open the plan again"),
        ((WaitForLines("Absent", 1, 1),), "there is no worker called 'Absent'; open the plan again"),
        ((SetField("A", "interval", -1),), "Interval can't be negative."),
    ],
    ids=["race", "rounds", "start", "wait", "set"],
)
def test_what_cannot_be_carried_out_blocks_its_step_alone(actions: tuple[Action, ...], words: str) -> None:
    result = carried_out(step(*actions), step(Stop(), WaitForEnd("", PATIENCE), *LIVE, *ENDED))
    assert verdicts(result) == [BLOCKED, PASS]
    assert result.steps[0].sentence.startswith(f"The step could not run: {words}")
    assert result.failed


def test_a_check_on_an_unknown_worker_fails() -> None:
    result = carried_out(step(checks=(CheckSpec(CheckWord.LINES_MIN, 0, "Absent"),)))
    assert verdicts(result) == [FAIL]
    assert "there is no worker called Absent" in result.steps[0].sentence


def test_what_a_mechanism_needs_is_missed_before_anything_is_started() -> None:
    strategy = strategy_of()

    def refuse(*_: object) -> None:
        raise BadInput("There is no PySide6.")

    strategy.check_available = refuse  # type: ignore[assignment,method-assign]
    with pytest.raises(BadInput, match="There is no PySide6"):
        PlanRun(Plan("Plan", (step(),), (Worker("A", "test"),)), catalogue_with(strategy))


@pytest.mark.parametrize(
    "last",
    [Wait(3_600), WaitForEnd("A", 3_600), WaitForLines("A", 10**9, 3_600), RunRace(("B",), 10_000)],
    ids=["wait", "end", "lines", "race"],
)
def test_a_cancel_ends_whatever_is_waited_for(last: Action) -> None:
    cancel = threading.Event()
    plan = Plan("Plan", (step(*LIVE, checks=()), step(last), step()), (QUICK, OTHER))

    def on_step(_result: StepResult) -> None:
        timer.start()

    timer = threading.Timer(0.1, cancel.set)
    result = PlanRun(plan, Catalogue()).run(cancel, on_step)
    timer.join()
    assert (len(result.steps), result.finished, result.left) == (1, False, ())
    assert result.sentence() == "3 steps: 1 not judged, 2 not reached."


def test_a_cancel_before_the_first_step_does_nothing() -> None:
    cancel = threading.Event()
    cancel.set()
    with PlanRun(Plan("Plan", (step(*LIVE),), (QUICK,)), Catalogue()) as run, pytest.raises(Cancelled):
        run.run_step(0, cancel)
    assert run.close() == ()


def test_who_is_stuck_is_let_go_and_judged() -> None:
    gate = Gate()
    catalogue = catalogue_with(workload_of(work=gate.work, release=gate.open))
    stuck = Worker("A", "event-wait", workload="test")
    never = CheckSpec(CheckWord.LATENCY, 10, "A")
    result = carried_out(
        step(Start(), WaitForLines("A", 1, PATIENCE), Stop(), checks=(INTERRUPTED, never)),
        workers=(stuck,),
        catalogue=catalogue,
    )
    assert [check.found for check in result.steps[0].checks] == ["released", "never stopped: it was released"]
    assert [check.passed for check in result.steps[0].checks] == [False, False]
    assert result.left == ()


def test_who_cannot_be_let_go_is_left_behind_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_executor, "STOP_PATIENCE", 0.1)
    monkeypatch.setattr(plan_run, "LEAVE_PATIENCE", 0.1)
    gate = Gate()
    stuck = Worker("A", "event-wait", workload="test")
    try:
        result = carried_out(
            step(Start(), WaitForLines("A", 1, PATIENCE), Stop()),
            step(),  # who was given up is not waited for again
            workers=(stuck,),
            catalogue=catalogue_with(workload_of(work=gate.work)),
        )
    finally:
        gate.open()
    assert verdicts(result) == [FAIL, FAIL]
    assert result.steps[0].checks[0].found == "not ended: stuck"
    (left,) = result.left
    assert left.startswith("A #1 had not ended ")
    assert "mechanisms.py" in left


def test_all_runs_are_ended_if_a_listener_fails() -> None:
    def fail(_result: StepResult) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        PlanRun(Plan("Plan", (step(*LIVE, checks=()),), (QUICK,)), Catalogue()).run(threading.Event(), fail)


def entries_of(plan: Plan) -> list[dict[str, Any]]:
    """Carry a plan out with a journal, as a recorder would get it, and return the journal's entries."""
    runtime = Runtime(Catalogue(), releases_stuck=True)
    stream = runtime.stream
    batches: list[Drained] = []

    def consume(drained: Drained) -> None:
        batches.append(drained)
        stream.release(drained)

    journal = Journal(stream.append, stream.origin)
    PlanRun(plan, Catalogue(), journal, runtime=runtime, release=consume).run(threading.Event())
    runtime.close()
    records = [record for drained in batches for record in drained.batch]
    return [entry for record in records if (entry := read_entry(record.kind, record.text)) is not None]


def test_actions_and_verdicts_are_written_into_the_journal() -> None:
    plan = Plan(
        "Plan", (step(SetField("A", "limit", 9), *LIVE, *ENDED, RunRace(("B",), 1)), step(checks=())), (QUICK, OTHER)
    )
    entries = entries_of(plan)
    words = [entry.get("action") or ("evidence" if "evidence" in entry else "step") for entry in entries]
    assert words == ["plan", "edit", "start", "stop", "race", "evidence", "carry-out", "step", "carry-out"]
    opened, edit, start, stop, race, kept, carried_out, verdict, _ = entries
    found = json.loads(evidence_data(kept))
    assert (found["experiment"], found["result"]["seed"]) == ("race", race["seed"])
    assert kept["name"] == RACE_FILE
    assert carried_out["step"] == 1
    assert parse_plan(opened["plan"], Catalogue()) == plan
    assert (edit["worker"], edit["field"], edit["text"]) == ("A", "limit", "9")
    assert start["worker"]["limit"] == 9
    assert (start["run"], stop["run"], stop["worker"]) == (1, 1, "A")
    assert all(entry["clicked_ns"] is None for entry in entries if "action" in entry)
    assert (verdict["step"], verdict["verdict"], verdict["by"], verdict["plan"]) == (1, "pass", "program", "Plan")
    assert verdict["checks"] == [
        {"check": "outcome", "wanted": "A: interrupted", "found": "interrupted", "passed": True, "worker": "A"}
    ]
    assert json.dumps(entries)


def test_an_expression_that_never_ends_fails_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.checks.LONGEST_MATCH", 0.2)
    worker = Worker("A", "flag", interval=0.0, limit=1, text="a" * 60 + "!")
    check = CheckSpec(CheckWord.MATCHES, r"^(\w|\w\w)+$", "A")
    result = carried_out(step(Start(), WaitForEnd("A", PATIENCE), checks=(check,)), workers=(worker,))
    assert result.steps[0].checks[0].found == "matching took longer than 0.2 s"


def test_fast_workers_do_not_keep_the_plan_from_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Callable[..., object]] = []
    original = Controller.start_all
    monkeypatch.setattr(
        Controller, "start_all", lambda self, workers: started.extend(workers) or original(self, workers)
    )
    fast = tuple(Worker(name, "flag", interval=0.0) for name in "AB")
    many = CheckSpec(CheckWord.LINES_MIN, 1_000, "A")
    some = CheckSpec(CheckWord.MATCHES, r"^running… \d{4,}$", "A")
    result = carried_out(
        step(Start(), WaitForLines("A", 20_000, PATIENCE), checks=(many, some)), step(*ENDED), workers=fast
    )
    assert verdicts(result) == [PASS, PASS]
    assert len(started) == 2
