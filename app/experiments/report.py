"""A matrix as rows, Markdown and JSON values: pure functions."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from app.core.errors import listed_names
from app.core.latency import duration
from app.core.strategies import Strategy

from .columns import column_title
from .results import Cell, CellState, MatrixResult
from .verdict import matrix_sentence

MATRIX_HEADER = ("strategy", "workload", "n", "p50", "p95", "max", "never")


def matrix_values(result: MatrixResult) -> dict[str, Any]:
    """Return what the JSON object of a matrix holds; times in ms or s as the names say, None where nothing was measured."""
    environment = asdict(result.environment)
    environment["switch_interval_s"] = environment.pop("switch_interval")
    return {
        "environment": environment,
        "n": result.n,
        "interval_s": result.interval,
        "deadline_s": result.deadline,
        "seed": result.seed,
        "finished": result.finished,
        "cells": [_cell_values(cell) for cell in result.cells],
    }


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
    table = [markdown_row(MATRIX_HEADER), markdown_row(["---", "---", *["---:"] * 5])]
    table += [markdown_row(map(markdown_text, row)) for row in matrix_rows(result)]
    found = [markdown_text(matrix_sentence(result)), "", *table, ""]
    said = [f"- {markdown_text(note)}" for note in notes(result)]
    return "\n".join([*found, *said, *([""] if said else []), markdown_text(conditions(result)), ""])


def notes(result: MatrixResult, title: Callable[[str], str] = str) -> list[str]:
    """Return a sentence for each reason that cells have, with the cells that have it; whole rows are named as such.

    ``title`` is what a strategy or a workload is called: its id, as on a command line, if nothing is said.
    """
    cells: dict[str, list[Cell]] = {}
    for cell in result.cells:
        if cell.reason:
            cells.setdefault(cell.reason, []).append(cell)
    found = []
    for reason, having in cells.items():
        rows = {strategy: [c.workload for c in having if c.strategy == strategy] for strategy in result.strategies}
        whole = [strategy for strategy, workloads in rows.items() if len(workloads) == len(result.workloads)]
        where = [listed_names(map(title, whole))] if whole else []
        for workload in result.workloads:
            names = [strategy for strategy in result.strategies if strategy not in whole and workload in rows[strategy]]
            if names:
                all_of_them = "every strategy" if where else "Every strategy"
                every = len(names) == len(result.strategies) > 1
                where.append(
                    f"{all_of_them if every else listed_names(map(title, names))} under {column_title(workload, title)}"
                )
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


def matrix_rows(result: MatrixResult) -> list[tuple[str, ...]]:
    """Return a row a cell, as texts below ``MATRIX_HEADER``."""
    return [_row(cell) for cell in result.cells]


def _row(cell: Cell) -> tuple[str, ...]:
    summary, state = cell.summary, str(cell.state).replace("-", " ")
    if not cell.runs:
        return cell.strategy, column_title(cell.workload), state, "–", "–", "–", "–"
    n = f"{len(cell.runs):,}" + (f" ({state})" if cell.state is not CellState.DONE else "")
    figures = (
        (duration(summary.p50), duration(summary.p95), duration(summary.most))
        if summary is not None
        else ("never" if cell.never else "–", "–", "–")
    )
    return cell.strategy, column_title(cell.workload), n, *figures, f"{cell.never:,}"


def markdown_row(cells: Iterable[str]) -> str:
    """Return a row of a Markdown table; what is in its cells is Markdown already."""
    return f"| {' | '.join(cells)} |"


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is: what failed may have said anything."""
    one_line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in one_line)
