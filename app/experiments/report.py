"""A matrix as rows, Markdown, CSV and JSON values: pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app.core.latency import duration
from app.core.strategies import Strategy
from app.session.export import csv_row, defused

from .environment import Environment
from .results import Cell, CellState, MatrixResult
from .verdict import matrix_sentence

MATRIX_HEADER = ("strategy", "workload", "n", "p50", "p95", "max", "never")
# The keys of a cell in JSON, but for the list of all its latencies.
_CSV_COLUMNS = ("strategy", "workload", "state", "n", "p50_ms", "p95_ms", "max_ms", "never", "late_ms", "reason")


def matrix_values(result: MatrixResult) -> dict[str, Any]:
    """Return what the JSON object of a matrix holds; times in ms or s as the names say, None where nothing was measured."""
    return {
        "environment": environment_values(result.environment),
        "n": result.n,
        "interval_s": result.interval,
        "deadline_s": result.deadline,
        "seed": result.seed,
        "finished": result.finished,
        "cells": [_cell_values(cell) for cell in result.cells],
    }


def environment_values(environment: Environment) -> dict[str, Any]:
    """Return what the JSON object of an experiment says of where it was measured."""
    values = asdict(environment)
    values["switch_interval_s"] = values.pop("switch_interval")
    return values


def _cell_values(cell: Cell) -> dict[str, Any]:
    summary = cell.summary
    return {
        "strategy": cell.strategy,
        "workload": cell.workload,
        "state": str(cell.state),
        "n": len(cell.runs),
        "p50_ms": summary and summary.p50 / 1e6,
        "p95_ms": summary and summary.p95 / 1e6,
        "max_ms": summary and summary.most / 1e6,
        "never": cell.never,
        "latencies_ms": [latency / 1e6 for latency in cell.latencies],
        "late_ms": cell.late / 1e6,
        "reason": cell.reason,
    }


def matrix_markdown(result: MatrixResult) -> str:
    """Return a matrix as Markdown: what was found, the table, what is to be said of single cells, where."""
    table = markdown_table(MATRIX_HEADER, map(cell_row, result.cells), left=2)
    found = [escaped(matrix_sentence(result)), "", *table, ""]
    said = [f"- {escaped(note)}" for note in notes(result)]
    return "\n".join([*found, *said, *([""] if said else []), escaped(conditions(result)), ""])


def matrix_csv(result: MatrixResult) -> str:
    """Return a matrix as CSV (RFC 4180), a row a cell; what a spreadsheet would execute gets an apostrophe in front."""
    rows = [_csv_values(cell) for cell in result.cells]
    return "".join([csv_row(_CSV_COLUMNS), *map(csv_row, rows)])


def _csv_values(cell: Cell) -> list[str]:
    values = _cell_values(cell)
    texts = ("" if values[column] is None else str(values[column]) for column in _CSV_COLUMNS)
    return [defused(text) for text in texts]


def notes(result: MatrixResult) -> list[str]:
    """Return a sentence for each reason that cells have, with the cells that have it; whole rows are named as such."""
    cells: dict[str, list[Cell]] = {}
    for cell in result.cells:
        if cell.reason:
            cells.setdefault(cell.reason, []).append(cell)
    found = []
    for reason, having in cells.items():
        rows = {strategy: [c.workload for c in having if c.strategy == strategy] for strategy in result.strategies}
        whole = [strategy for strategy, workloads in rows.items() if len(workloads) == len(result.workloads)]
        where = [", ".join(whole)] if whole else []
        for workload in result.workloads:
            names = [strategy for strategy in result.strategies if strategy not in whole and workload in rows[strategy]]
            if names:
                every = len(names) == len(result.strategies) > 1
                where.append(f"{'every strategy' if every else ', '.join(names)} under {workload}")
        found.append(f"{'; '.join(where)}: {reason}")
    return found


def conditions(result: MatrixResult) -> str:
    """Return in one line how and where was measured."""
    return (
        f"{result.n:,} runs per cell, interval {duration(result.interval * 1e9)}, "
        f"never after {duration(result.deadline * 1e9)}, seed {result.seed} · {result.environment.words()}"
    )


def left_out(strategies: Iterable[type[Strategy]]) -> list[str]:
    """Return the ids of those that are measured only when they are named: those that warn of what they do."""
    return [strategy.about.id for strategy in strategies if strategy.about.warning]


def cell_row(cell: Cell) -> tuple[str, ...]:
    """Return a cell as a row below ``MATRIX_HEADER``."""
    summary = cell.summary
    if not cell.runs:
        return cell.strategy, cell.workload, str(cell.state), "–", "–", "–", "–"
    n = f"{len(cell.runs):,}" + (f" ({cell.state})" if cell.state is not CellState.DONE else "")
    figures = (
        (duration(summary.p50), duration(summary.p95), duration(summary.most))
        if summary is not None
        else ("never" if cell.never else "–", "–", "–")
    )
    return cell.strategy, cell.workload, n, *figures, f"{cell.never:,}"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> list[str]:
    """Return the lines of a Markdown table, of which the first ``left`` columns are set to the left."""
    lines = [_markdown_row(header), _markdown_row(["---"] * left + ["---:"] * (len(header) - left))]
    return lines + [_markdown_row(map(escaped, row)) for row in rows]


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: what failed may have said anything."""
    one_line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in one_line)
