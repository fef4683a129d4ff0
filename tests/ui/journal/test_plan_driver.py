"""The window's driver of plans: the same as the command line's, and whatever may come between two commands."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.adapters import whole_catalogue
from app.core.batch import Record, RunName
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.plan_parts import (
    Plan,
    RunRace,
    SetField,
    Start,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.plans import plan_paths, read_plan
from app.experiments.plan_results import NO_CHECKS, StepResult
from app.session.journal import Verdict
from app.session.reader import SessionReader
from app.ui.task import Task
from tests.carried_plans import EVERYTHING, INTERRUPTED, A, B, done, happened, headless, plan_of, step, told
from tests.core.mechanisms import catalogue_with, strategy_of
from tests.short_plans import shortened
from tests.ui.conftest import Desk

HARMFUL = "async-exception"


class Driven:
    """A plan that is open in a window.

    Attributes:
        results: what came of its steps so far.
    """

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self.desk = desk
        self.session = desk.window.parts.session
        self.driver = self.session.plans.driver
        self.results: list[StepResult] = []
        self.driver.finished.connect(self.results.append)
        self.session.plans.show_plan(plan)

    def begin(self, index: int) -> None:
        """Have a step (from 0) carried out, as its button does."""
        self.session.panel.steps.carried_out.emit(index)

    def run(self, index: int, answer: str = "") -> StepResult:
        """Carry a step out to its end, and answer what is asked meanwhile."""
        self.begin(index)
        if answer:
            self.desk.until(self.desk.question)
            self.desk.answer(answer)
        self.desk.until(lambda: not self.driver.is_busy(), timeout=60_000)
        return self.results[-1]

    def end(self) -> None:
        """Stop all runs, and wait for them."""
        self.desk.window.parts.workers.stop_all()
        self.desk.until_quiet()


@pytest.fixture
def opened(make_desk: Callable[..., Desk]) -> Callable[..., Driven]:
    """Return what opens a plan in a window that has the plan's workers already."""

    def opened(plan: Plan, catalogue: Catalogue | None = None) -> Driven:
        return Driven(make_desk(plan.workers, catalogue), plan)

    return opened


# -- both drivers ------------------------------------------------------------------------------------------------------


def windowed(driven: Driven, plan: Plan) -> tuple[list[StepResult], list[Record], dict[int, RunName]]:
    """Carry a plan out in its window; return the same."""
    desk = driven.desk
    for index in range(len(plan.steps)):
        driven.begin(index)
        desk.until(lambda: not driven.driver.is_busy() or desk.question(), timeout=60_000)
        if driven.driver.is_busy():
            desk.answer("Start anyway")
            desk.until(lambda: not driven.driver.is_busy(), timeout=60_000)
    desk.until_quiet()
    recorder = desk.services.recorder
    assert recorder is not None
    desk.until(lambda: not recorder.status().behind)
    path = recorder.status().path
    assert path is not None
    records: list[Record] = []
    names: dict[int, RunName] = {}
    with SessionReader(path, pytest.fail) as reader:  # type: ignore[arg-type]
        for _, batch in reader.batches():
            records.extend(batch)
            names.update(batch.names)
    return driven.results, records, names


@pytest.mark.parametrize("name", [*plan_paths(), "everything", "harmful"])
def test_both_drivers_do_and_say_the_same(name: str, opened: Callable[..., Driven]) -> None:
    catalogue = whole_catalogue()
    if name == "everything":
        plan = EVERYTHING
    elif name == "harmful":
        worker = replace(A, strategy=HARMFUL)
        actions = (Start(), WaitForLines("A", 1, 30), Stop(), WaitForEnd("A", 30))
        plan = plan_of(step(*actions, checks=(INTERRUPTED,)), workers=(worker,))
    else:
        plan = shortened(read_plan(plan_paths()[name], catalogue))
    results, records, names = headless(plan, catalogue)
    window_results, window_records, window_names = windowed(opened(plan, catalogue), plan)
    assert told(window_results) == told(results)
    assert done(window_records) == done(records)
    assert happened(window_records, window_names) == happened(records, names)
    actions = [entry for entry in done(records) if "action" in entry]
    assert {entry["action"] for entry in actions if entry.get("by") != "plan"} <= {"plan", "carry-out"}
    # It is no comparison of nothing.
    assert len(results) == len(plan.steps)
    assert Verdict.PASS in [result.verdict for result in results]
    assert {"start", "stop"} <= {str(entry.get("action")) for entry in done(records)} or "tutorial" in name


# -- what comes between two commands -----------------------------------------------------------------------------------


def test_a_person_is_asked_before_a_step_starts_what_can_do_harm(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start(), WaitForLines("A", 1, 30)), workers=(replace(A, strategy=HARMFUL),)))
    driven.begin(0)
    assert driven.driver.is_busy()
    assert "Start anyway?" in driven.desk.question()
    assert driven.desk.rows == ["Ready"]
    driven.desk.answer("Start anyway")
    driven.desk.until(lambda: driven.results)
    assert driven.results[0].sentence == NO_CHECKS
    driven.end()
    assert driven.run(0).verdict is None  # asked once
    driven.end()


def test_a_step_that_was_not_agreed_to_is_blocked(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start(), Wait(3_600)), workers=(replace(A, strategy=HARMFUL),)))
    result = driven.run(0, "Cancel")
    assert result.verdict is Verdict.BLOCKED
    assert "the start was not agreed to; run the step again" in result.sentence
    assert driven.desk.rows == ["Ready"]


def test_a_question_goes_with_the_step_that_asked_it(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start()), step(checks=()), workers=(replace(A, strategy=HARMFUL),)))
    driven.begin(0)
    assert driven.desk.question()
    assert driven.run(1).number == 2
    assert driven.desk.question() == ""
    assert [result.number for result in driven.results] == [2]


def test_what_hears_of_a_command_may_begin_another_step(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start(("A",)), Wait(3_600)), step(Start(("B",)), WaitForLines("B", 1, 30))))
    workers = driven.desk.window.parts.workers

    def begin_another() -> None:
        workers.acted.disconnect(begin_another)
        driven.begin(1)

    workers.acted.connect(begin_another)
    driven.begin(0)
    driven.desk.until(lambda: not driven.driver.is_busy())
    assert [result.number for result in driven.results] == [2]
    assert "Ready" not in driven.desk.rows
    driven.end()


def test_what_hears_of_a_command_may_give_the_step_up(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start(("A",)), Start(("B",)))))
    driven.desk.window.parts.workers.acted.connect(driven.driver.give_up)
    driven.begin(0)
    assert not driven.driver.is_busy()
    driven.end()
    assert driven.results == []
    assert driven.desk.rows == ["Stopped", "Ready"]


def test_what_hears_of_a_result_may_begin_the_next_step(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(), step(Wait(0.01))))
    begin_next = iter((driven.begin, lambda _: None))
    driven.driver.finished.connect(lambda _result: next(begin_next)(1))
    driven.begin(0)
    driven.desk.until(lambda: len(driven.results) == 2)
    assert [result.number for result in driven.results] == [1, 2]


def test_a_race_that_was_given_up_answers_no_other_step(opened: Callable[..., Driven]) -> None:
    workers = (A, B, Worker("C", HARMFUL, interval=0.01))
    driven = opened(plan_of(step(RunRace(("A", "B"), 10_000)), step(Start(("C",))), workers=workers))
    driven.begin(0)
    race = driven.driver.findChild(Task)
    assert isinstance(race, Task)
    assert race.is_running()
    driven.begin(1)
    assert driven.desk.question()
    # What the race has found comes while the second step waits for a person, whose answer is another.
    driven.desk.until(lambda: not race.is_running(), timeout=60_000)
    assert driven.driver.is_busy()
    driven.desk.answer("Start anyway")
    driven.desk.until(lambda: not driven.driver.is_busy())
    assert [(result.number, result.sentence) for result in driven.results] == [(2, NO_CHECKS)]
    driven.end()


def test_a_race_waits_for_the_end_of_the_one_that_was_given_up(opened: Callable[..., Driven]) -> None:
    checks = (INTERRUPTED,)
    driven = opened(plan_of(step(RunRace((), 10_000), checks=checks), step(RunRace((), 2), checks=checks)))
    driven.begin(0)
    assert driven.run(1).verdict is Verdict.PASS
    assert [result.number for result in driven.results] == [2]
    assert driven.results[0].checks[0].found == "interrupted: 2 of 2"


def test_a_race_that_is_given_up_while_it_waits_never_begins(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(RunRace((), 10_000)), step(RunRace((), 10_000)), step(Wait(0.5))))
    driven.begin(0)
    driven.begin(1)
    assert driven.run(2).number == 3
    assert [result.number for result in driven.results] == [3]


def test_a_wait_ends_although_nothing_runs(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Wait(0.05), WaitForEnd("", 0.05), WaitForLines("A", 1, 0.05))))
    assert driven.run(0).sentence.endswith("Waited for A to write 1 line within 0.05 s: never run.")


def test_a_mechanism_that_is_not_there_blocks_its_step(opened: Callable[..., Driven]) -> None:
    strategy = strategy_of()

    def refuse(*_: object) -> None:
        raise BadInput("There is no such package.")

    strategy.check_available = refuse  # type: ignore[assignment,method-assign]
    plan = plan_of(step(Start(("A", "T")), Wait(3_600)), workers=(A, Worker("T", "test")))
    driven = opened(plan, catalogue_with(strategy))
    result = driven.run(0)
    assert result.verdict is Verdict.BLOCKED
    assert "There is no such package." in result.sentence
    assert driven.desk.rows == ["Ready", "Ready"]


def test_another_plan_gives_the_step_up(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Wait(3_600))))
    driven.begin(0)
    driven.session.plans.show_plan(Plan("Another", (step(checks=()),), (A,)))
    assert not driven.driver.is_busy()
    assert driven.run(0).sentence == NO_CHECKS
    assert len(driven.results) == 1


def test_closing_the_window_gives_the_step_up(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(Start(("A",)), Wait(3_600))))
    driven.begin(0)
    driven.desk.window.begin_closing()
    assert not driven.driver.is_busy()
    assert driven.results == []


def test_a_mistake_of_ours_is_told_once_and_the_next_step_can_be_run(
    opened: Callable[..., Driven], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = opened(plan_of(step(Start(("A",)), Wait(3_600)), step(checks=())))

    def fail(_names: object) -> bool:
        raise LookupError("a mistake of ours")

    with monkeypatch.context() as patch, qtbot.captureExceptions() as told_of:
        patch.setattr(driven.desk.window.parts.workers, "start_named", fail)
        with pytest.raises(LookupError, match="a mistake of ours"):
            driven.driver.begin(driven.session.plans.plan, 0)  # type: ignore[arg-type]
    assert told_of == []
    assert not driven.driver.is_busy()
    assert driven.run(1).number == 2


def test_what_is_edited_by_a_plan_is_in_the_row_and_in_the_journal(opened: Callable[..., Driven]) -> None:
    driven = opened(plan_of(step(SetField("A", "text_at_end", ["x", "y"]), SetField("A", "limit", 7))))
    _, records, _ = windowed(driven, driven.session.plans.plan)  # type: ignore[arg-type]
    edits = [(entry["field"], entry["text"]) for entry in done(records) if entry.get("action") == "edit"]
    assert edits == [("text_at_end", "x\ny"), ("limit", "7")]
    worker = driven.desk.window.parts.workers.rows.rows[0].worker
    assert (worker.text_at_end, worker.limit) == (("x", "y"), 7)
