"""What a matrix has found, in words: a pure function."""

from collections import Counter
from collections.abc import Sequence

from app.core.latency import duration, summarise

from .results import Cell, CellState, MatrixResult


def matrix_sentence(result: MatrixResult) -> str:
    """Return what a matrix has found: the lowest and the highest median, and how many cells never, senseless, failed.

    Cells whose stop was asked late are not among the medians: what they measured is not the whole of the waiting.
    """
    states = Counter(cell.state for cell in result.cells)
    total = len(result.cells)
    tried = [cell for cell in result.cells if cell.runs]
    parts = [] if result.finished else [f"Not finished: {total - states[CellState.WAITING]:,} of {total:,} cells are."]
    if not tried:
        return " ".join([*parts, "Nothing was measured yet." if not result.finished else "Nothing was measured."])
    parts += [*_medians(tried), *_nevers(tried, result)]
    if states[CellState.SENSELESS]:
        count = states[CellState.SENSELESS]
        parts.append(f"{_cells(count)} make{'s' if count == 1 else ''} no sense.")
    if states[CellState.FAILED]:
        parts.append(f"{_cells(states[CellState.FAILED])} failed.")
    return " ".join(parts)


def _medians(cells: Sequence[Cell]) -> list[str]:
    in_time = (cell for cell in cells if not cell.is_late)
    found = [(summary.p50, cell) for cell in in_time if (summary := summarise(cell.latencies)) is not None]
    if not found:
        return []
    low, first = min(found, key=lambda pair: pair[0])
    high, last = max(found, key=lambda pair: pair[0])
    if first is last:
        return [f"The median is {duration(low)} ({_where(first)})."]
    lowest = f"The lowest median is {duration(low)} ({_where(first)})"
    return [f"{lowest}, the highest {duration(high)} ({_where(last)})."]


def _where(cell: Cell) -> str:
    return f"{cell.strategy} under {cell.workload}, n = {len(cell.latencies):,}"


def _nevers(cells: Sequence[Cell], result: MatrixResult) -> list[str]:
    """Return the sentence about runs that did not notice; rows and columns that are whole are named as such."""
    never = [cell for cell in cells if cell.never]
    within = f"noticed within {duration(result.deadline * 1e9)}"
    if not never:
        # A run that failed, or was never asked, has neither noticed nor failed to.
        if all(run.latency is not None for cell in cells for run in cell.runs):
            return [f"Every run {within}."]
        return [f"Every run that could notice {within}."] if any(cell.latencies for cell in cells) else []
    whole = [cell for cell in never if not cell.latencies]
    if not whole:
        return [f"In {len(never):,} of {_cells(len(cells))}, not every run {within}."]
    words = f"In {len(whole):,} of {_cells(len(cells))} no run {within}"
    if len(whole) < len(never):
        words += f", in {len(never) - len(whole):,} not every run did"
    # Nothing is known of those that had no turn or failed; those that make no sense are no part of a row.
    others = [cell for cell in result.cells if cell not in whole and cell.state is not CellState.SENSELESS]
    always = {cell.strategy for cell in whole} - {cell.strategy for cell in others}
    blocked = {cell.workload for cell in whole} - {cell.workload for cell in others}
    named = [f"{kind} {', '.join(sorted(names))}" for kind, names in (("of", always), ("under", blocked)) if names]
    return [f"{words} (all {' and all '.join(named)})." if named else f"{words}."]


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"
