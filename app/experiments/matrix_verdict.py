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
    parts += [*_medians(tried), *_nevers(tried, result.deadline)]
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


def _nevers(cells: Sequence[Cell], deadline: float) -> list[str]:
    """Return the sentence about runs that did not notice; whole rows and columns are named as such."""
    never = [cell for cell in cells if cell.never]
    if not never:
        return [f"Every run noticed within {duration(deadline * 1e9)}."]
    whole = [cell for cell in never if not cell.latencies]
    within = f"noticed within {duration(deadline * 1e9)}"
    if not whole:
        return [f"In {len(never):,} of {_cells(len(cells))}, not every run {within}."]
    words = f"In {len(whole):,} of {_cells(len(cells))} no run {within}"
    if len(whole) < len(never):
        words += f", in {len(never) - len(whole):,} not every run did"
    always = {cell.strategy for cell in whole} - {cell.strategy for cell in cells if cell not in whole}
    blocked = {cell.workload for cell in whole} - {cell.workload for cell in cells if cell not in whole}
    named = [f"{kind} {', '.join(sorted(names))}" for kind, names in (("of", always), ("under", blocked)) if names]
    return [f"{words} (all {' and all '.join(named)})." if named else f"{words}."]


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"
