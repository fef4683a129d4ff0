"""A race as text, Markdown, CSV and JSON values; what a session keeps of a race and of a matrix: pure functions."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app.core.catalogue import Catalogue
from app.core.latency import duration, summarise
from app.core.own_code.description import OWN_CODE
from app.documents.worker_sets import to_tables
from app.session.export import csv_row, defused
from app.session.journal import Journal

from .matrix import Matrix
from .race import Race
from .report import MATRIX_HEADER, conditions, markdown_row, markdown_text, matrix_rows, matrix_values, notes
from .results import MatrixResult, RaceResult, RunResult
from .verdict import matrix_sentence, race_sentence

RACE_HEADER = ("worker", "strategy", "workload", "n", "p50", "p95", "max", "never", "outside prediction")
_RUN = ("latency_ms", "never", "outcome", "outside")
_RACE_COLUMNS = ("round", "worker", "strategy", "workload", *_RUN)
_MATRIX_COLUMNS = ("strategy", "workload", "state", "run", *_RUN, "reason")


def race_values(result: RaceResult, catalogue: Catalogue) -> dict[str, Any]:
    """Return what the JSON object of a race holds; times in ms or s as the names say, null for a run that never noticed.

    Args:
        result: the race.
        catalogue: the strategies, which say why it is so.
    """
    environment = asdict(result.environment)
    environment["switch_interval_s"] = environment.pop("switch_interval")
    tables = to_tables(result.workers)
    groups = result.by_worker()
    return {
        "environment": environment,
        "rounds": result.rounds,
        "done": result.done,
        "deadline_s": result.deadline,
        "seed": result.seed,
        "finished": result.finished,
        "found": race_sentence(result, catalogue),
        "workers": [
            {"worker": table, **_figures(groups[worker.name])}
            for worker, table in zip(result.workers, tables, strict=True)
        ],
    }


def _figures(runs: Sequence[RunResult]) -> dict[str, Any]:
    summary = summarise([run.latency for run in runs if run.latency is not None])
    predicted = max((run.band[1] for run in runs if run.band is not None), default=None)
    return {
        "n": len(runs),
        "p50_ms": summary and summary.p50 / 1e6,
        "p95_ms": summary and summary.p95 / 1e6,
        "max_ms": summary and summary.most / 1e6,
        "never": sum(run.never for run in runs),
        "outside": sum(bool(run.outside) for run in runs),
        "predicted_ms": None if predicted is None else predicted / 1e6,
        "latencies_ms": [None if run.latency is None else run.latency / 1e6 for run in runs],
    }


def race_rows(result: RaceResult) -> list[tuple[str, ...]]:
    """Return a row a worker, as texts below ``RACE_HEADER``."""
    rows: list[tuple[str, ...]] = []
    groups = result.by_worker()
    for worker in result.workers:
        runs = groups[worker.name]
        summary = summarise([run.latency for run in runs if run.latency is not None])
        never = sum(run.never for run in runs)
        unknown = "not known" if any(run.notice_unknown for run in runs) else "–"
        figures = ("never" if never else unknown, "–", "–")
        if summary is not None:
            figures = (duration(summary.p50), duration(summary.p95), duration(summary.most))
        outside = sum(bool(run.outside) for run in runs)
        rows.append(
            (
                worker.name,
                worker.code.stop.brief if worker.code is not None and worker.strategy == OWN_CODE else worker.strategy,
                worker.workload if worker.code is None else worker.code.title,
                f"{len(runs):,}",
                *figures,
                f"{never:,}",
                f"{outside:,}",
            )
        )
    return rows


def race_conditions(result: RaceResult) -> str:
    """Return in one line how and where was raced."""
    rounds = f"{result.done:,} of {result.rounds:,} rounds" if not result.finished else f"{result.rounds:,} rounds"
    never = f"never after {duration(result.deadline * 1e9)}"
    return f"{rounds}, {never}, seed {result.seed} · {result.environment.words()}"


def race_markdown(result: RaceResult, catalogue: Catalogue) -> str:
    """Return a race as Markdown: what was found, the table, where."""
    table = [markdown_row(RACE_HEADER), markdown_row(["---", "---", "---", *["---:"] * 6])]
    table += [markdown_row(map(markdown_text, row)) for row in race_rows(result)]
    return "\n".join(
        [markdown_text(race_sentence(result, catalogue)), "", *table, "", markdown_text(race_conditions(result)), ""]
    )


def race_csv(result: RaceResult) -> str:
    """Return the runs of a race as CSV (RFC 4180), a row a run; what is not known is empty."""
    rows = [
        (str(run.number), *map(_cell, (run.worker, run.strategy, run.workload)), *_run_cells(run))
        for run in result.runs
    ]
    return "".join(map(csv_row, [_RACE_COLUMNS, *rows]))


def matrix_csv(result: MatrixResult) -> str:
    """Return the runs of a matrix as CSV (RFC 4180), a row a run, one for a cell without any; what is not known is empty."""
    rows = [csv_row(_MATRIX_COLUMNS)]
    for cell in result.cells:
        head = [*map(_cell, (cell.strategy, cell.workload)), str(cell.state)]
        runs = [[str(run.number), *_run_cells(run)] for run in cell.runs] or [[""] * (1 + len(_RUN))]
        rows += [csv_row([*head, *run, _cell(cell.reason)]) for run in runs]
    return "".join(rows)


def _run_cells(run: RunResult) -> Iterable[str]:
    latency = "" if run.latency is None else f"{run.latency / 1e6:.6f}"
    return latency, "yes" if run.never else "no", str(run.outcome or ""), _cell(run.outside)


def _cell(text: str) -> str:
    return defused(" ".join(text.split()))


# How the pieces of evidence of a session are called that keep what was found, and their media type.
RACE_FILE, RACE_FOUND = "race.json", "what the race found"
MATRIX_FILE, MATRIX_FOUND = "matrix.json", "what the matrix found"
JSON = "application/json"


# -- what a session keeps ---------------------------------------------------------------------------------------------


def race_facts(race: Race) -> dict[str, object]:
    """Return what the journal has of a race that is started, so that it can be done again."""
    return {
        "workers": [worker.name for worker in race.workers],
        "rounds": race.rounds,
        "seed": race.seed,
        "deadline_s": race.deadline,
        "tables": to_tables(race.workers),
    }


def matrix_facts(matrix: Matrix) -> dict[str, object]:
    """Return what the journal has of a matrix that is started, so that it can be done again."""
    return {
        "strategies": list(matrix.strategies),
        "workloads": list(matrix.workloads),
        "n": matrix.n,
        "interval_s": matrix.interval,
        "deadline_s": matrix.deadline,
        "seed": matrix.seed,
    }


def race_evidence(result: RaceResult, catalogue: Catalogue) -> bytes:
    """Return what a session keeps of a race, as JSON: in words and a table for its report, and all of its figures."""
    found, rows = race_sentence(result, catalogue), race_rows(result)
    return _evidence("race", found, race_conditions(result), (RACE_HEADER, *rows), race_values(result, catalogue))


def keep_race(journal: Journal, result: RaceResult, catalogue: Catalogue) -> None:
    """Keep in a session what a race of a plan found."""
    journal.evidence(RACE_FILE, JSON, race_evidence(result, catalogue), RACE_FOUND)


def matrix_evidence(result: MatrixResult, catalogue: Catalogue) -> bytes:
    """Return what a session keeps of a matrix, as JSON: in words and a table for its report, and all of its figures."""
    table = (MATRIX_HEADER, *matrix_rows(result))
    return _evidence(
        "matrix",
        matrix_sentence(result, catalogue.title),
        conditions(result),
        table,
        matrix_values(result),
        notes(result, catalogue.title),
    )


def _evidence(
    kind: str,
    found: str,
    where: str,
    table: Sequence[Sequence[str]],
    values: dict[str, Any],
    said: Sequence[str] = (),
) -> bytes:
    document = {
        "experiment": kind,
        "found": found,
        "conditions": where,
        "table": table,
        "notes": said,
        "result": values,
    }
    return json.dumps(document).encode("ascii")
