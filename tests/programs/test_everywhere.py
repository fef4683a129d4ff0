"""Processes of their own wherever workers run: the controller, the command line, plans, races and matrices."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.events import StopRequested
from app.core.pump import Pump
from app.core.states import Outcome
from app.core.worker import ENGINES, PROCESS, WINDOW, Worker
from app.documents.plan_parts import CheckSpec, CheckWord, Kill, Plan, Start, Step, Stop, WaitForEnd, WaitForLines
from app.documents.plan_steps import action_table, parse_action, with_field
from app.documents.worker_sets import parse_workers, read_workers, to_tables, write_workers
from app.experiments.matrix import Matrix
from app.experiments.plan_results import PlanResult
from app.experiments.plan_run import PlanRun
from app.experiments.race import Race
from app.experiments.replay import Replay
from app.experiments.results import CellState
from app.experiments.script import script_of
from app.experiments.to_test import session_test
from app.programs.process import APP
from app.programs.runtime import build_runtime
from app.session.journal import Verdict
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport, read_report
from tests.cli.shell import run as shell
from tests.fakes import PATIENCE
from tests.session.stories import RecordedCore, record

BLOCKED = Worker(
    "Blocked", "event-poll", "blocking-call", interval=0.01, parameters=(("seconds", 600.0),), engine=PROCESS
)


# -- worker sets ------------------------------------------------------------------------------------------------------


def test_a_worker_set_says_where_workers_live(tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    workers = (
        Worker("A", "flag"),
        Worker("B", "flag", engine=PROCESS),
        Worker("C", "flag", "sleep", engine=PROCESS, interpreter="/p"),
    )
    write_workers(path, workers)
    assert path.read_text().count("engine") == 2
    assert read_workers(path, Catalogue()) == workers
    assert parse_workers(to_tables(workers), Catalogue()) == workers


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"engine": "thread"}, "engine: No engine is called"),
        ({"engine": 5}, "engine: No engine is called"),
        ({"interpreter": "/p"}, 'interpreter: only a process has one; write engine = "process" too.'),
        ({"engine": "process", "interpreter": 5}, "interpreter: 5 is not text"),
        ({"engine": "process", "interpreter": " "}, "interpreter: ' ' is no path"),
        ({"engine": "process", "interpreter": "a\0b"}, "interpreter: 'a.x00b' is no path"),
    ],
)
def test_what_a_worker_set_may_not_say(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        parse_workers([{"strategy": "flag", **fields}], Catalogue())


def test_going_back_to_the_window_s_process_leaves_the_python_behind() -> None:
    worker = Worker("A", "flag", engine=PROCESS, interpreter="/p")
    assert with_field(worker, "engine", WINDOW, Catalogue()) == Worker("A", "flag")
    assert with_field(worker, "interpreter", None, Catalogue()) == Worker("A", "flag", engine=PROCESS)


# -- the controller ---------------------------------------------------------------------------------------------------


def test_each_run_goes_to_the_engine_that_its_worker_names() -> None:
    runtime = build_runtime(Catalogue(), releases_stuck=True)
    controller = runtime.controller
    pump = Pump(runtime.stream, controller.consume)
    here, there = controller.start_all(
        [Worker(engine, "event-wait", interval=60.0, engine=engine) for engine in ENGINES]
    )
    assert here is not None
    assert there is not None
    assert pump.wait(lambda: all(run.lines for run in controller.left()), PATIENCE)
    assert [controller.abilities_of(run).kill for run in (here, there)] == [False, True]
    assert not controller.kill(here)
    assert controller.state.is_live(here)
    for run in runtime.left(pump):
        assert run.calls  # both say where their threads are
    assert controller.stop(here)
    assert controller.kill(there)
    assert pump.wait(controller.is_idle, PATIENCE)
    outcomes = [run.outcome for run in controller.state.runs()]
    assert outcomes == [Outcome.INTERRUPTED, Outcome.KILLED]
    runtime.close()


def test_closing_stops_both_and_can_be_taken_back() -> None:
    runtime = build_runtime(Catalogue(), releases_stuck=True)
    controller = runtime.controller
    pump = Pump(runtime.stream, controller.consume)
    workers = [Worker(engine, "event-wait", interval=60.0, engine=engine) for engine in ENGINES]
    controller.start_all(workers)
    assert pump.wait(lambda: all(run.lines for run in controller.left()), PATIENCE)
    controller.close(5.0)
    assert controller.start(workers[1]) is None
    assert pump.wait(controller.is_idle, PATIENCE)
    controller.reopen()
    assert controller.start(workers[1]) is not None
    controller.close(0.0)  # before its process was even started, or just after: it ends either way
    assert pump.wait(controller.is_idle, PATIENCE)
    assert {run.outcome for run in controller.state.runs()} <= {Outcome.INTERRUPTED, Outcome.RELEASED}
    runtime.close()


def test_a_python_that_is_not_there_is_said_before_anything_starts() -> None:
    runtime = build_runtime(Catalogue())
    with pytest.raises(BadInput, match="'/nowhere' is not there"):
        runtime.controller.start(Worker("a", "flag", engine=PROCESS, interpreter="/nowhere"))
    assert runtime.controller.is_idle()
    runtime.close()


# -- plans, races, matrices -------------------------------------------------------------------------------------------


def test_kill_is_an_action_of_plans() -> None:
    for action in (Kill(), Kill(("A",))):
        assert parse_action(action_table(action), ("step", 0), ["A", "B"]) == action


def carried_out(worker: Worker, *steps: Step) -> PlanResult:
    return PlanRun(Plan("Plan", steps, (worker,)), Catalogue(), deadline=0.3).run(threading.Event())


def test_a_plan_kills_what_lives_in_a_process_of_its_own() -> None:
    killed = CheckSpec(CheckWord.OUTCOME, "killed", "Blocked")
    result = carried_out(
        BLOCKED,
        Step("Kill", actions=(Start(), WaitForLines("Blocked", 1, PATIENCE), Kill()), checks=(killed,)),
        Step("Again", actions=(Kill(),)),
    )
    assert result.steps[0].verdict is Verdict.PASS
    assert "Blocked does not run: there was nothing to kill." in result.steps[1].sentence


def test_a_plan_cannot_kill_a_thread_of_this_process() -> None:
    here = Worker("Here", "event-wait", interval=0.01)
    interrupted = CheckSpec(CheckWord.OUTCOME, "interrupted", "Here")
    result = carried_out(
        here,
        Step("Kill", actions=(Start(), Kill())),
        Step(
            "Stop",
            actions=(Stop(), WaitForEnd("", PATIENCE)),
            checks=(interrupted,),
        ),
    )
    assert result.steps[0].verdict is Verdict.BLOCKED
    assert "lives in this process and cannot be killed" in result.steps[0].sentence
    assert result.steps[1].verdict is Verdict.PASS


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_plan_has_the_same_results_in_both(engine: str) -> None:
    worker = Worker("A", "event-wait", interval=0.02, text="{name} {i}", text_at_end=("done",), engine=engine)
    steps = (
        Step(
            "Stop",
            actions=(Start(), WaitForLines("A", 3, PATIENCE), Stop(), WaitForEnd("A", PATIENCE)),
            checks=(
                CheckSpec(CheckWord.OUTCOME, "interrupted", "A"),
                CheckSpec(CheckWord.LINES_MIN, 3, "A"),
                CheckSpec(CheckWord.MATCHES, "^done$", "A"),
            ),
        ),
        Step("Not again", actions=(Stop(),), checks=(CheckSpec(CheckWord.OUTCOME, "completed", "A"),)),
    )
    result = carried_out(worker, *steps)
    assert [step.verdict for step in result.steps] == [Verdict.PASS, Verdict.FAIL]


def test_workers_in_processes_race_against_those_that_are_here() -> None:
    workers = [Worker(engine, "event-wait", interval=0.02, engine=engine) for engine in ENGINES]
    result = Race(Catalogue(), workers, 2, deadline=5.0).run(threading.Event())
    assert result.finished
    assert all(run.latency is not None for runs in result.by_worker().values() for run in runs)


def test_a_matrix_has_a_column_for_each_python() -> None:
    column = f"sleep@{sys.executable}"
    matrix = Matrix(Catalogue(), ["event-wait"], ["sleep", column], 1, 0.01)
    result = matrix.run(threading.Event())
    assert [cell.workload for cell in result.cells] == ["sleep", column]
    assert all(cell.state is CellState.DONE and cell.runs[0].latency is not None for cell in result.cells)
    with pytest.raises(BadInput, match="is not there"):
        Matrix(Catalogue(), ["flag"], ["sleep@/nowhere/python"])


# -- the command line -------------------------------------------------------------------------------------------------


def test_run_in_a_process() -> None:
    result = shell("run", "event-wait", "--process", "--limit", "3", "--interval", "0.01", "--text", "{i}")
    assert (result.stdout, result.returncode) == (b"1\n2\n3\n", 0)
    assert b"completed, 3 lines" in result.stderr


def test_what_does_not_end_is_killed_after_a_time_and_the_status_says_so() -> None:
    blocked = ("--workload", "blocking-call", "--set", "seconds=600", "--stop-after", "0.1", "--kill-after", "0.1")
    result = shell("run", "event-poll", "--process", *blocked)
    assert result.returncode == 3
    assert b"killed, 1 line, stop latency never" in result.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kill-after", "1"], b"--kill-after: only a process can be killed; write --process too."),
        (["--interpreter", "/nowhere/python"], b"--interpreter: '/nowhere/python' is not there"),
    ],
)
def test_options_that_cannot_be_are_refused(options: list[str], sentence: bytes) -> None:
    result = shell("run", "flag", *options)
    assert (result.returncode, result.stdout) == (2, b"")
    assert sentence in result.stderr
    assert result.stderr.count(b"\n") == 1


# -- records ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """A session of a run that was asked to stop, and killed a little later."""

    def act(core: RecordedCore) -> None:
        run = core.begin(
            name="Blocked",
            strategy="event-poll",
            workload="blocking-call",
            parameters=(("seconds", 600.0),),
            engine=PROCESS,
        )
        core.until_lines(run, 1)
        core.ask(run)
        core.until_event(run, StopRequested)
        assert core.controller.kill(run)

    return read_report(record(tmp_path_factory.mktemp("killed"), act, kind="child"))


def test_a_record_says_that_a_run_was_killed(killed: SessionReport) -> None:
    (run,) = killed.runs
    assert (run.outcome, run.outcome_words, run.never) == (Outcome.KILLED, "killed", True)
    assert run.killed is not None
    assert run.worker is None or run.worker.engine == PROCESS
    for form in ("html", "markdown", "junit", "csv", "trace"):
        assert b"killed" in b"".join(render_report(killed, form))


def test_a_killed_run_is_killed_again_in_a_replay(killed: SessionReport) -> None:
    replay = Replay(Catalogue(), 5.0)
    result = replay.play(killed, script_of(killed, Catalogue()))
    replay.close()
    assert [comparison.again.outcome for comparison in result.comparisons] == [Outcome.KILLED]
    # How many lines there was time for is another matter, on a busy machine too.
    differences = [each for comparison in result.comparisons for each in comparison.differences]
    assert [each for each in differences if not each.startswith("it wrote")] == []


def test_a_test_of_a_killed_run_passes_at_once(killed: SessionReport, tmp_path: Path) -> None:
    path = tmp_path / "test_session.py"
    path.write_text(session_test(killed, Catalogue()), "utf-8")
    text = path.read_text("utf-8")
    assert "session.kill(" in text
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    result = subprocess.run(command, cwd=APP.parent, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", str(path)], capture_output=True, check=False
    )
    assert formatted.returncode == 0, formatted.stdout.decode()
