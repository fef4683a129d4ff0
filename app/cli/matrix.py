"""``thread-controller matrix``: strategies × workloads without a screen."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TextIO

from app.cli import styles
from app.cli.progress import progress_display
from app.cli.stdout import encoded, print_chunks
from app.cli.styles import BAD, toned
from app.core.catalogue import Catalogue
from app.experiments.matrix import Matrix
from app.experiments.race_report import matrix_csv
from app.experiments.report import (
    MATRIX_HEADER,
    conditions,
    left_out,
    matrix_markdown,
    matrix_rows,
    matrix_values,
    notes,
)
from app.experiments.results import CellState, MatrixResult
from app.experiments.verdict import matrix_sentence
from app.programs.consent import require_yes
from app.signals import run_until_signal
from app.terminal import exit_status, write_stderr


def matrix_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller matrix`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: what was asked for does not exist or is wrong; nothing has been started.
    """
    display = progress_display()
    matrix = Matrix(
        catalogue,
        _strategies(options, catalogue),
        _workloads(options, catalogue),
        options.n,
        options.interval,
        options.deadline,
        options.seed,
        on_progress=display.show,
    )
    agreed = require_yes(matrix.own_code, yes=options.yes)
    _warn(options, catalogue)
    for sentence in agreed:
        write_stderr(f"{sentence}\n")
    try:
        result, signal_number = run_until_signal(matrix.run, "matrix")
    finally:
        display.close()
    print_chunks([encoded(_rendered(options, result))])
    failed = any(cell.state is CellState.FAILED for cell in result.cells)
    if any(run.outcome is None for cell in result.cells for run in cell.runs):
        # Threads that cannot be stopped must not run on in an interpreter that ends.
        os._exit(exit_status(left=True))
    return exit_status(left=False, signal_number=signal_number, failed=failed)


def _strategies(options: Namespace, catalogue: Catalogue) -> list[str]:
    if options.strategies is not None:
        wanted: list[str] = options.strategies.split(",")
        return wanted
    without = left_out(catalogue.strategies)
    return [strategy for strategy in catalogue.strategy_ids() if strategy not in without]


def _workloads(options: Namespace, catalogue: Catalogue) -> list[str]:
    """Return the columns: the workloads, or, side by side, each of them under each Python that is named."""
    wanted = list(catalogue.workload_ids()) if options.workloads is None else options.workloads.split(",")
    if options.interpreters is None:
        return wanted
    return [f"{workload}@{python}" for workload in wanted for python in options.interpreters]


def _warn(options: Namespace, catalogue: Catalogue) -> None:
    """Print the warnings of strategies that can do harm, or that they were left out."""
    for name in left_out(catalogue.strategies):
        warning = catalogue.strategy(name).about.warning
        if options.strategies is None:
            write_stderr(f"{name} is left out; name it with --strategies to include it. {warning}\n")
        elif name in options.strategies.split(","):
            write_stderr(f"{name}: {warning}\n")


def _rendered(options: Namespace, result: MatrixResult) -> str:
    if options.form == "json":
        return json.dumps(matrix_values(result), indent=2) + "\n"
    if options.form == "csv":
        return matrix_csv(result)
    return matrix_markdown(result) if options.form == "markdown" else matrix_text(result, sys.stdout)


def matrix_text(result: MatrixResult, stream: TextIO) -> str:
    """Return a matrix for a stream: a row a cell, what was found, what is to be said of single cells, where."""
    from app.cli.console import paragraphs, table_text  # rich: the other forms need none of it

    table = table_text(stream, map(_cells, matrix_rows(result)), MATRIX_HEADER, right=range(2, len(MATRIX_HEADER)))
    said = (matrix_sentence(result), *notes(result), conditions(result))
    return f"{table}\n{paragraphs(stream, said)}"


def _cells(row: Sequence[str]) -> list[styles.Cell]:
    strategy, workload, n, p50, *others, never = row
    return [strategy, workload, n, toned(p50), *others, (never, BAD) if never not in ("0", "–") else never]
