"""The state machine of plans: observations in, commands out, with a clock and runs that the test holds in its own hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome
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
from app.experiments.environment import environment_now
from app.experiments.plan_executor import (
    STOP_PATIENCE,
    ChangeWorker,
    CollectLines,
    Command,
    Pause,
    PlanExecutor,
    StartRace,
    StartRuns,
    StopRuns,
)
from app.experiments.plan_results import NO_CHECKS, StepResult
from app.experiments.results import RaceResult, RunResult
from app.session.journal import Verdict

A, B = Worker("A", "event-wait"), Worker("B", "flag")
SECOND = 1_000_000_000
DEADLINE = 5.0
INTERRUPTED = CheckSpec(CheckWord.OUTCOME, "interrupted", "A")


def snapshot_of(run: int, worker: str = "A", **others: object) -> RunSnapshot:
    """Return what is known of a run that runs, but for what the test says."""
    return replace(RunSnapshot(run, RunName(worker, run), started=1, running=1), **others)  # type: ignore[arg-type]


@dataclass
class World:
    """What an executor sees, as a test says that it is."""

    clock: int = 0
    there: dict[str, Worker] = field(default_factory=lambda: {"A": A, "B": B})
    latest: dict[str, int] = field(default_factory=dict)
    known: dict[int, RunSnapshot] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)
    lag: float | None = None

    def now(self) -> int:
        return self.clock

    def workers(self) -> dict[str, Worker]:
        return self.there

    def runs(self) -> dict[str, int]:
        return self.latest

    def snapshot(self, run: int) -> RunSnapshot | None:
        return self.known.get(run)

    def texts(self, run: int) -> tuple[Sequence[str], int]:
        return self.lines.get(run, []), 0

    def window_lag_ms(self) -> float | None:
        return self.lag

    def run(self, run: int, worker: str = "A", **others: object) -> None:
        """Let the latest run of a worker be so."""
        self.latest[worker] = run
        self.known[run] = snapshot_of(run, worker, **others)


def executor(world: World, *steps: Step, releases_stuck: bool = False) -> PlanExecutor:
    return PlanExecutor(Plan("Plan", steps, (A, B)), Catalogue(), world, DEADLINE, releases_stuck=releases_stuck)


def begun(world: World, *actions: Action, checks: tuple[CheckSpec, ...] = ()) -> tuple[PlanExecutor, Command]:
    machine = executor(world, Step("One", actions=actions, checks=checks))
    return machine, machine.begin(0)


def result(command: Command) -> StepResult:
    assert isinstance(command, StepResult)
    return command


def finished(machine: PlanExecutor, command: Command) -> StepResult:
    """Return the result of a step whose actions are done."""
    assert command == CollectLines(1)
    return result(machine.resume())


def stopping(run: int, **others: object) -> RunSnapshot:
    return snapshot_of(run, chain=StopChain(requested=5), **others)


ENDED = {"outcome": Outcome.INTERRUPTED, "chain": StopChain(requested=5, noticed=9, ended=9)}


def test_who_was_not_started_runs_already() -> None:
    machine, command = begun(World(), Start())
    assert command == StartRuns((A, B))
    sentence = finished(machine, machine.resume(["B"])).sentence
    assert sentence == f"A was already running, so it was not started again. {NO_CHECKS}"


def test_only_runs_that_live_and_were_not_asked_are_asked_to_stop() -> None:
    world = World()
    world.run(1, "A")
    machine, command = begun(world, Stop(), Stop(), Stop())
    assert command == StopRuns({"A": 1})
    # What is known does not say yet that it was asked: that comes out of the stream a little later.
    command = machine.resume()
    assert command == CollectLines(1)
    sentence = result(machine.resume()).sentence
    assert sentence.count("B was not running, so there was nothing to stop.") == 3
    assert sentence.count("A had already been asked to stop.") == 2


def test_a_wait_ends_at_its_instant_and_not_before() -> None:
    world = World(clock=7)
    machine, command = begun(world, Wait(1.5))
    assert command == Pause(7 + 3 * SECOND // 2)
    world.clock = 3 * SECOND // 2
    assert machine.resume() == command
    world.clock += 7
    assert machine.resume() == CollectLines(1)


def test_waits_for_lines_end_with_the_lines() -> None:
    world = World()
    world.run(1)
    machine, command = begun(world, WaitForLines("A", 2, 10))
    assert command == Pause(10 * SECOND)
    world.run(1, lines=1)
    assert machine.resume() == Pause(10 * SECOND)
    world.run(1, lines=2)
    assert finished(machine, machine.resume()).sentence == NO_CHECKS


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ({"lines": 1, **ENDED}, "1 line, then its run ended"),
        (None, "never run"),
    ],
)
def test_waits_for_lines_end_with_the_run(state: dict[str, object] | None, found: str) -> None:
    world = World()
    if state is not None:
        world.run(1, **state)
    machine, command = begun(world, WaitForLines("A", 2, 10), checks=(INTERRUPTED,))
    check = finished(machine, command).checks[0]
    assert (check.wanted, check.found, check.passed) == ("A to write 2 lines within 10 s", found, False)


def test_a_wait_that_runs_out_is_a_check_that_failed() -> None:
    world = World()
    world.run(1, lines=1)
    world.run(2, "B", **ENDED)
    machine, command = begun(world, WaitForLines("A", 2, 1), WaitForEnd("", 2), checks=(INTERRUPTED,))
    assert command == Pause(SECOND)
    world.clock = SECOND
    assert machine.resume() == Pause(3 * SECOND)
    world.clock = 3 * SECOND
    lines, end, outcome = finished(machine, machine.resume()).checks
    assert (lines.wanted, lines.found) == ("A to write 2 lines within 1 s", "1 line")
    assert (end.wanted, end.found) == ("A to end within 2 s", "still running")
    assert (outcome.found, outcome.passed) == ("not ended: running", False)


def test_what_comes_at_the_last_instant_is_in_time() -> None:
    world = World()
    world.run(1)
    machine, _ = begun(world, WaitForEnd("A", 2), checks=(INTERRUPTED,))
    world.clock = 2 * SECOND
    world.run(1, **ENDED)
    assert finished(machine, machine.resume()).verdict is Verdict.PASS


def test_a_run_that_is_started_meanwhile_is_not_the_one_that_is_waited_for() -> None:
    world = World()
    world.run(1)
    machine, _ = begun(world, WaitForEnd("A", 2))
    world.run(1, **ENDED)
    world.run(2)
    assert machine.resume() == CollectLines(1)


def test_a_field_is_set_as_the_worker_is_configured_now() -> None:
    world = World()
    world.there["A"] = replace(A, limit=9)
    _, command = begun(world, SetField("A", "interval", 0.1))
    assert command == ChangeWorker(replace(A, limit=9, interval=0.1), "interval", 0.1)


def test_a_run_that_another_asked_is_not_asked_again() -> None:
    world = World()
    world.run(1)
    world.known[1] = stopping(1)
    machine, command = begun(world, Stop(("A",)))
    assert finished(machine, command).sentence.startswith("A had already been asked to stop.")


def test_a_run_that_was_just_asked_is_waited_for_although_nothing_says_so_yet() -> None:
    world = World()
    world.run(1)
    machine, command = begun(world, Stop(("A",)), checks=(INTERRUPTED,))
    assert command == StopRuns({"A": 1})
    pause = Pause(round((DEADLINE + STOP_PATIENCE) * 1e9))
    assert machine.resume() == pause
    world.known[1] = stopping(1)
    assert machine.resume() == pause
    world.run(1, **ENDED)
    assert finished(machine, machine.resume()).verdict is Verdict.PASS


def test_runs_that_are_stopping_are_waited_for_before_they_are_judged() -> None:
    world = World()
    world.run(1)
    world.known[1] = stopping(1)
    machine, command = begun(world, checks=(INTERRUPTED,))
    assert command == Pause(round((DEADLINE + STOP_PATIENCE) * 1e9))
    world.run(1, **ENDED)
    assert finished(machine, machine.resume()).verdict is Verdict.PASS


@pytest.mark.parametrize("releases_stuck", [False, True])
def test_a_stuck_run_is_waited_for_where_it_is_released_by_itself(releases_stuck: bool) -> None:
    world = World()
    world.run(1, was_stuck=True, chain=StopChain(requested=5))
    machine = executor(world, Step("One", checks=(INTERRUPTED,)), releases_stuck=releases_stuck)
    assert isinstance(machine.begin(0), Pause if releases_stuck else CollectLines)


def test_a_run_that_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    world = World()
    world.run(1)
    world.known[1] = stopping(1)
    machine = executor(world, *[Step("One", checks=(INTERRUPTED,))] * 2)
    pause = machine.begin(0)
    assert isinstance(pause, Pause)
    world.clock = pause.due
    assert finished(machine, machine.resume()).checks[0].found == "not ended: stopping"
    assert machine.begin(1) == CollectLines(2)


def raced(rounds: int = 2, done: int = 2) -> RaceResult:
    run = RunResult(
        worker="A",
        strategy="event-wait",
        workload="none",
        number=1,
        chain=StopChain(requested=5, noticed=6, ended=7),
        started=1,
        outcome=Outcome.INTERRUPTED,
        was_stuck=False,
        band=None,
        outside="",
        lines=3,
        ticks=(),
        calls=(),
        error="",
        deadline=1.0,
        released=None,
    )
    return RaceResult(environment_now(), (A,), rounds, done, 1, 1.0, (run,) * done, rounds == done)


def test_rounds_of_a_race_are_judged_in_later_steps_too_until_the_worker_runs_again() -> None:
    world = World()
    world.run(1, **ENDED)
    steps = (Step("Race", actions=(RunRace(("A",), 2),), checks=(INTERRUPTED,)), *[Step("", checks=(INTERRUPTED,))] * 2)
    machine = executor(world, *steps)
    command = machine.begin(0)
    assert isinstance(command, StartRace)
    assert (command.workers, command.rounds) == (("A",), 2)
    assert finished(machine, machine.resume(raced())).checks[0].found == "interrupted: 2 of 2"
    machine.begin(1)
    assert result(machine.resume()).checks[0].found == "interrupted: 2 of 2"
    world.run(2, **ENDED)
    machine.begin(2)
    assert result(machine.resume()).checks[0].found == "interrupted"


def test_a_race_that_was_not_finished_blocks_its_step() -> None:
    machine, _ = begun(World(), RunRace(("A",), 2))
    blocked = result(machine.resume(raced(done=1)))
    assert blocked.verdict is Verdict.BLOCKED
    assert "after 1 of 2 rounds" in blocked.sentence


def test_what_a_driver_cannot_do_blocks_the_step_and_the_next_begins_anew() -> None:
    machine = executor(World(), Step("One", actions=(Start(), Wait(1))), Step("Two"))
    machine.begin(0)
    blocked = result(machine.refuse(BadInput("it is not there.")))
    assert (blocked.verdict, blocked.sentence) == (Verdict.BLOCKED, "The step could not run: it is not there.")
    assert machine.begin(1) == CollectLines(2)


def test_a_step_that_is_given_up_is_forgotten() -> None:
    machine = executor(World(), Step("One", actions=(Wait(1),)), Step("Two"))
    assert isinstance(machine.begin(0), Pause)
    assert machine.begin(1) == CollectLines(2)
    assert result(machine.resume()).number == 2


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Start(("C",)), "there is no worker called 'C'"),
        (Stop(), "none of the plan's workers is left"),
        (WaitForLines("A", 1, 1), "there is no worker called 'A'"),
        (RunRace(("A", "A"), 1), "there is no worker called 'A'"),
    ],
)
def test_workers_that_are_not_there_block_a_step(action: Action, words: str) -> None:
    _, command = begun(World(there={"D": replace(A, name="D")}), action)
    assert words in result(command).sentence


def test_all_means_those_of_the_plan_that_are_there() -> None:
    other = Worker("Other", "flag")
    _, command = begun(World(there={"Other": other, "B": B}), Start())
    assert command == StartRuns((B,))


def test_the_checks_are_judged_by_what_was_seen() -> None:
    world = World(lag=20.0, lines={1: ["one", "two"]})
    world.run(1, lines=2, **ENDED)
    checks = (
        INTERRUPTED,
        CheckSpec(CheckWord.LATENCY, 1, "A"),
        CheckSpec(CheckWord.LINES_MAX, 1, "A"),
        CheckSpec(CheckWord.MATCHES, "^tw", "A"),
        CheckSpec(CheckWord.WINDOW_LAG, 10.0),
        CheckSpec(CheckWord.LINES_MIN, 0, "C"),
    )
    machine, command = begun(world, checks=checks)
    judged = finished(machine, command)
    assert [check.passed for check in judged.checks] == [True, True, False, True, False, False]
    assert judged.checks[5].found == "there is no worker called C"
