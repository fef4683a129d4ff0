"""Results made of figures, as if they had been measured."""

from collections.abc import Sequence
from typing import Any

from app.core.latency import StopChain
from app.core.states import Outcome
from app.core.worker import Worker
from app.experiments.environment import Environment
from app.experiments.results import Cell, CellState, MatrixResult, RaceResult, RunResult

ENVIRONMENT = Environment("Linux 6 x86_64", "CPython 3.11.9", "6.11.3", "6.11.3", True, 0.005, 2, (0.5, 0.4, 0.3))
NEVER = None


def run(latency: float | None, number: int = 1, worker: str = "w", **fields: Any) -> RunResult:
    """Return a run that noticed after ``latency`` ns; one that never did for None."""
    noticed = None if latency is None else 1_000 + round(latency)
    usual: dict[str, Any] = {
        "worker": worker,
        "strategy": "flag",
        "workload": "sleep",
        "number": number,
        "chain": StopChain(None, 1_000, noticed, None, 10**12),
        "started": 0,
        "outcome": Outcome.INTERRUPTED,
        "was_stuck": latency is None,
        "band": None,
        "outside": "",
        "lines": 1,
        "ticks": (500,),
        "calls": (),
        "error": "",
        "deadline": 1.0,
    }
    return RunResult(**{**usual, **fields})


def race(*entries: tuple[Worker, Sequence[float | None]]) -> RaceResult:
    """Return a race of these workers with these latencies in ns."""
    runs = tuple(
        run(latency, number, worker.name)
        for worker, latencies in entries
        for number, latency in enumerate(latencies, 1)
    )
    rounds = max((len(latencies) for _, latencies in entries), default=0)
    return RaceResult(ENVIRONMENT, tuple(worker for worker, _ in entries), rounds, rounds, 1, 1.0, runs, True)


def cell(strategy: str, workload: str, latencies: Sequence[float | None] = (), **fields: Any) -> Cell:
    runs = tuple(run(latency, number) for number, latency in enumerate(latencies, 1))
    return Cell(
        **{"strategy": strategy, "workload": workload, "state": CellState.DONE, "wanted": 3, "runs": runs, **fields}
    )


def matrix(*cells: Cell, finished: bool = True) -> MatrixResult:
    strategies = tuple(dict.fromkeys(cell.strategy for cell in cells))
    workloads = tuple(dict.fromkeys(cell.workload for cell in cells))
    return MatrixResult(ENVIRONMENT, strategies, workloads, cells, 3, 0.05, 1.0, 42, finished)


# One with everything in it.
RESULT = matrix(
    cell("event-wait", "sleep", [1e5, 2e5, 3e5]),
    cell("event-wait", "lock", [NEVER, NEVER]),
    cell("event-wait", "error", state=CellState.NOT_APPLICABLE, reason="Why."),
    cell("flag", "sleep", [2e7], state=CellState.WAITING),
    cell("flag", "lock", state=CellState.FAILED, reason="<b>a|b</b>\nand `more`"),
    cell("flag", "error", state=CellState.NOT_APPLICABLE, reason="Why."),
    finished=False,
)
