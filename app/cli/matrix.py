"""``thread-controller matrix``: strategies × workloads without a screen."""

import json
import os
import sys
from argparse import Namespace

from app.cli.stdout import print_chunks
from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.errors import one_line
from app.core.latency import duration
from app.experiments.matrix import Matrix
from app.experiments.report import left_out, matrix_markdown, matrix_text, matrix_values
from app.experiments.results import CellState, MatrixResult, Progress
from app.signals import run_until_signal
from app.terminal import exit_status, write_stderr

_PERIOD = 100_000_000  # ns between two writings of the progress: an eye needs no more


class ProgressLine:
    """One line on a terminal with the progress of the matrix; the matrix's thread, ``clear`` when that has ended."""

    def __init__(self) -> None:
        self._due = 0
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Replace the line, not too often."""
        now = SystemClock.now()
        if now < self._due:
            return
        self._due = now + _PERIOD
        left = "" if progress.seconds_left is None else f", {duration(progress.seconds_left * 1e9)} left"
        text = f"{progress.done:,} of {progress.total:,} runs{left}: {one_line(progress.sentence)}"
        # Not wider than the terminal: a line that wraps cannot be written over.
        text = text[: _terminal_width() - 1]
        write_stderr(f"\r{text:<{self._width}}")
        self._width = len(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._width:
            write_stderr(f"\r{'':<{self._width}}\r")


def _terminal_width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def matrix_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller matrix`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: what was asked for does not exist or is wrong; nothing has been started.
    """
    line = ProgressLine()
    matrix = Matrix(
        catalogue,
        _strategies(options, catalogue),
        catalogue.workload_ids() if options.workloads is None else options.workloads.split(","),
        options.n,
        options.interval,
        options.deadline,
        options.seed,
        on_progress=line.show if sys.stderr.isatty() else None,
    )
    _warn(options, catalogue)
    result, signal_number = run_until_signal(matrix.run, "matrix")
    line.clear()
    print_chunks([_rendered(options, result).encode("utf-8", "backslashreplace")])
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
    return matrix_markdown(result) if options.form == "markdown" else matrix_text(result)
