"""Code of the person's own in races and matrices: as a worker that races, and as a workload between checkpoints."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.latency import StopChain
from app.core.own_code.description import OWN_CODE, OwnCode, read_stop
from app.core.own_code.notice_watch import unknown_notice
from app.core.states import Outcome
from app.core.worker import PROCESS, Worker, code_worker
from app.documents.plan_parts import CheckSpec, CheckWord
from app.experiments.checks import RunFacts, judge
from app.experiments.columns import column_title, read_column, worker_of
from app.experiments.matrix import Matrix
from app.experiments.race import Race
from app.experiments.race_report import race_rows
from app.experiments.report import matrix_rows
from app.experiments.results import CellState, RunResult
from app.experiments.verdict import race_sentence
from app.ui.compare.words import matrix_risks
from tests.experiments.made import race, run

CATALOGUE = Catalogue()
CODE = """
import time
def step():
    time.sleep(0.001)
def wait(stop):
    stop.wait()
def needs(n): pass
async def later(): pass
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE, "utf-8")
    return path


def test_a_function_is_a_column(file: Path) -> None:
    column = read_column(CATALOGUE, f"{file}:step")
    assert column.spec == f"{file}:step"
    assert column_title(column.spec) == column_title(column.spec, CATALOGUE.title) == "mine.py:step"
    assert column_title(f"{column.spec}@/python") == "mine.py:step @ /python"
    assert column_title("socket:interrupt=no") == "socket:interrupt=no"
    assert worker_of("flag", column, 0.5) == Worker(
        "flag × mine.py:step", "flag", OWN_CODE, interval=0.5, engine=PROCESS, code=OwnCode(str(file), "step")
    )
    matrix = Matrix(CATALOGUE, ["flag", "event-wait"], ["sleep", f"{file}:step"], 1)
    assert [worker.code for worker in matrix.own_code] == [OwnCode(str(file), "step")]
    (risk,) = matrix_risks(CATALOGUE, matrix.strategies, matrix.workloads, matrix.own_code)
    assert risk.use is not None
    assert risk.use.file == str(file)


def test_what_cannot_be_a_column_is_refused(file: Path) -> None:
    for name, words in {
        "": "say which of it is to be run",
        "stp": "did you mean step",
        "needs": r"needs a value for n; a workload is called without arguments\.",
        "later": "later is a coroutine; only a function can be a workload",
    }.items():
        with pytest.raises(BadInput, match=words):
            read_column(CATALOGUE, f"{file}:{name}")
    with pytest.raises(BadInput, match="there is no such file"):
        read_column(CATALOGUE, "no.py:f")


def test_a_matrix_of_it_is_measured_in_processes_of_its_own(file: Path) -> None:
    result = Matrix(CATALOGUE, ["event-wait"], [f"{file}:step"], 2, 0.01).run(threading.Event())
    (cell,) = result.cells
    assert (cell.state, cell.never, len(cell.latencies)) == (CellState.DONE, 0, 2)
    assert matrix_rows(result)[0][:2] == ("event-wait", "mine.py:step")


def test_it_races_and_need_not_write_a_line(file: Path) -> None:
    quiet = code_worker("Quiet", OwnCode(str(file), "wait", read_stop("argument stop")))
    result = Race(CATALOGUE, [quiet, Worker("Flag", "flag", interval=0.01)], 1).run(threading.Event())
    assert [run.outcome for run in result.runs] == [Outcome.INTERRUPTED] * 2
    assert all(run.latency is not None for run in result.runs)


def test_one_whose_notice_cannot_be_seen_is_not_called_never() -> None:
    def ended(strategy: str, *, stuck: bool = False) -> RunResult:
        return RunResult(
            "W", strategy, strategy, 1, StopChain(requested=1, ended=2), 0, Outcome.INTERRUPTED, stuck, None, "", 0, (), (),
            "", 1.0, None,
        )  # fmt: skip

    assert ended("flag").never
    assert not ended(OWN_CODE).never
    assert ended(OWN_CODE, stuck=True).never


def test_of_a_flag_it_may_not_be_known_when_it_was_noticed_and_nothing_else_is_said() -> None:
    code = OwnCode("/mine.py", "Mine", read_stop("flag thread.running = False"))
    flagged, waiter = code_worker("Flagged", code), Worker("Waiter", "event-wait", interval=0.01)
    runs = [
        run(None, worker="Flagged", strategy=OWN_CODE, workload=OWN_CODE, was_stuck=False),
        run(100_000, worker="Waiter", strategy="event-wait"),
    ]
    assert [each.notice_unknown for each in runs] == [True, False]
    result = replace(race((flagged, []), (waiter, [])), runs=tuple(runs), rounds=1, done=1)
    for sentence in (race_sentence(result, CATALOGUE), race_sentence(replace(result, runs=(runs[0],)), CATALOGUE)):
        assert f"When “Flagged” noticed is not known: {unknown_notice('')}." in sentence
    assert race_rows(result)[0][:5] == ("Flagged", "Flag running", "mine.py:Mine", "1", "not known")
    spec = CheckSpec(CheckWord.LATENCY, 9, "Flagged")
    check = judge(spec, [RunFacts(runs[0])])
    assert check is not None
    assert (check.found, check.passed) == ("when it noticed is not known", False)
