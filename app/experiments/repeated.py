"""The races and matrices of a session: read from its record, done again, and compared with what was found then.

They agree if the same threads noticed, and none later than it could have been expected to. A thread that always noticed
still does, and one that never did still does not; where some runs did and some did not, either is right. The slowest run is
no slower than the slowest of the record, or than what is predicted now: what was measured now of this machine counts.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.latency import duration
from app.core.worker import Worker
from app.session.journal_reader import Action, finite_seconds, text_of, whole_number
from app.session.reports.experiments import read_document
from app.session.session_report import SessionReport

from .columns import read_column, worker_of
from .matrix import Matrix
from .race import Race
from .results import MatrixResult, RunResult

RACE, MATRIX = "race", "matrix"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was recorded of the runs of one racer or cell: the latencies in ns, and how many runs never noticed."""

    latencies: tuple[float, ...]
    never: int


@dataclass(frozen=True, slots=True)
class RecordedExperiment:
    """A race or a matrix that can be done again.

    Attributes:
        title: "Race of A, B".
        workers: what is run in it.
        experiment: which does it again.
        recorded: what was found, by the racer's name or the cell's words.
    """

    title: str
    workers: tuple[Worker, ...]
    experiment: Race | Matrix
    recorded: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of it.

    Attributes:
        title: which it was.
        differences: a sentence for each thing in which it differs from its record; empty if it agrees.
        left: whether a run had to be left behind.
    """

    title: str
    differences: tuple[str, ...]
    left: bool


def recorded_experiments(
    report: SessionReport, catalogue: Catalogue, changed: Mapping[str, Worker]
) -> tuple[tuple[RecordedExperiment, ...], tuple[str, ...]]:
    """Return the races and matrices of a session in their order, and a sentence for each that cannot be done again.

    Args:
        report: of the session.
        catalogue: the strategies and workloads.
        changed: workers that take the place of those with their names, in races.
    """
    found: list[RecordedExperiment] = []
    remarks: list[str] = []
    for action in report.actions:
        if not is_experiment(action):
            continue
        title = _title(action)
        result = _result_of(report, action)
        try:
            if result is None:
                raise BadInput("what it found is not recorded")
            found.append(_read(action, title, result, catalogue, changed))
        except BadInput as error:
            remarks.append(f"{title} is not repeated: {str(error).rstrip('.')}.")
    return tuple(found), tuple(remarks)


def is_experiment(action: Action) -> bool:
    """Return whether an action started a race or a matrix by itself; a race of a plan's step is done by its plan."""
    return action.word == MATRIX or (action.word == RACE and isinstance(action.facts.get("tables"), list))


def _title(action: Action) -> str:
    keys = ("workers",) if action.word == RACE else ("strategies", "workloads")
    names = [", ".join(_texts(action.facts, key)) for key in keys]
    return f"{action.word.capitalize()} of {' under '.join(names)}"


def _texts(values: Mapping[str, Any], key: str) -> list[str]:
    value = values.get(key)
    return [str(each) for each in value] if isinstance(value, list) else []


def _result_of(report: SessionReport, action: Action) -> dict[str, Any] | None:
    """Return what was found by what an action started: the next of its kind and with its seed; None if there is none."""
    for piece in report.evidence:
        document = read_document(piece) if piece.t_ns >= action.t_ns else None
        result = document.get("result") if document is not None and document["experiment"] == action.word else None
        if isinstance(result, dict) and result.get("seed") == action.facts.get("seed"):
            return result
    return None


def _read(
    action: Action, title: str, result: Mapping[str, Any], catalogue: Catalogue, changed: Mapping[str, Worker]
) -> RecordedExperiment:
    facts = action.facts
    seed, deadline = whole_number(facts.get("seed")), finite_seconds(facts.get("deadline_s"))
    if seed is None or deadline is None:
        raise BadInput("its record is damaged")
    if action.word == RACE:
        tables = [table for table in facts["tables"] if isinstance(table, dict)]
        recorded = [catalogue.worker(table) for table in tables]
        workers = tuple(changed.get(worker.name, worker) for worker in recorded)
        rounds = whole_number(result.get("done")) or 0
        if rounds < 1:
            raise BadInput("it was cancelled before a round was through")
        figures = {
            text_of(_table(entry.get("worker")), "name"): _figures(entry) for entry in _entries(result, "workers")
        }
        return RecordedExperiment(title, workers, Race(catalogue, workers, rounds, seed, deadline), figures)
    if result.get("finished") is not True:
        raise BadInput("it was cancelled")
    strategies, workloads = _texts(facts, "strategies"), _texts(facts, "workloads")
    n, interval = whole_number(facts.get("n")) or 0, finite_seconds(facts.get("interval_s"))
    matrix = Matrix(catalogue, strategies, workloads, n, 0.0 if interval is None else interval, deadline, seed)
    cells = {
        cell_words(text_of(entry, "strategy"), text_of(entry, "workload")): _figures(entry)
        for entry in _entries(result, "cells")
    }
    columns = [read_column(catalogue, spec) for spec in workloads]
    runs = tuple(worker_of(strategy, column, matrix.interval) for strategy in strategies for column in columns)
    return RecordedExperiment(title, runs, matrix, cells)


def cell_words(strategy: str, workload: str) -> str:
    """Return how a cell is called."""
    return f"{strategy} under {workload}"


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _entries(result: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    entries = result.get(key)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _figures(entry: Mapping[str, Any]) -> Figures:
    latencies = entry.get("latencies_ms")
    numbers = [finite_seconds(each) for each in latencies] if isinstance(latencies, list) else []
    known = tuple(each * 1e6 for each in numbers if each is not None)
    return Figures(known, whole_number(entry.get("never")) or 0)


# -- done again -------------------------------------------------------------------------------------------------------


def repeat_experiment(recorded: RecordedExperiment, cancel: threading.Event) -> Repeated:
    """Do a race or a matrix again and compare; any thread, which is kept until its last run is gone.

    Where ``cancel`` is set meanwhile, what was done by then is compared.
    """
    result = recorded.experiment.run(cancel)
    if isinstance(result, MatrixResult):
        groups = {cell_words(cell.strategy, cell.workload): cell.runs for cell in result.cells}
    else:
        groups = result.by_worker()
    differences = [
        f"{name}: {difference}"
        for name, runs in groups.items()
        if name in recorded.recorded
        for difference in differences_of(recorded.recorded[name], runs)
    ]
    left = any(run.outcome is None for runs in groups.values() for run in runs)
    return Repeated(recorded.title, tuple(differences), left)


def differences_of(recorded: Figures, again: Sequence[RunResult]) -> list[str]:
    """Return in what some runs differ from those of the record, a clause each; none if they agree."""
    found = [run.latency for run in again if run.latency is not None]
    never = sum(run.never for run in again)
    if never and not recorded.never:
        return [f"{never:,} of {len(again):,} runs did not notice the stop; recorded is that all did"]
    if found and recorded.never and not recorded.latencies:
        return [f"{len(found):,} of {len(again):,} runs noticed the stop; recorded is that none did"]
    if not found or not recorded.latencies:
        return []
    slowest = max(recorded.latencies)
    limit = max([slowest, *(run.band[1] for run in again if run.band is not None)])
    if max(found) <= limit:
        return []
    after = f"the slowest run noticed the stop after {duration(max(found))}"
    return [f"{after}; recorded were {duration(slowest)}, up to {duration(limit)} agree"]
