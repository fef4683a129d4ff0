"""A race as rows, Markdown, CSV and JSON values: pure functions."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.core.catalogue import Catalogue
from app.core.latency import duration, summarise
from app.session.export import csv_row, defused

from .report import environment_values, escaped, markdown_table
from .results import RaceResult, RunResult
from .verdict import race_sentence

RACE_HEADER = ("worker", "strategy", "n", "p50", "p95", "max", "never", "outside prediction", "predicted")
NOTHING = "–"  # where nothing was measured
_CSV_COLUMNS = (
    "round",
    "worker",
    "strategy",
    "workload",
    "interval_s",
    "latency_ms",
    "never",
    "outcome",
    "predicted_least_ms",
    "predicted_most_ms",
    "outside",
    "error",
)


def race_rows(result: RaceResult) -> list[tuple[str, ...]]:
    """Return a race as rows below ``RACE_HEADER``, one a worker."""
    strategies = {worker.name: worker.strategy for worker in result.workers}
    return [figures_row(name, strategies[name], runs) for name, runs in result.by_worker().items()]


def figures_row(worker: str, strategy: str, runs: Sequence[RunResult]) -> tuple[str, ...]:
    """Return the figures of a worker's runs as a row below ``RACE_HEADER``; worker and strategy as they are given."""
    summary = summarise(run.latency for run in runs if run.latency is not None)
    figures = (NOTHING,) * 3
    if summary is not None:
        figures = (duration(summary.p50), duration(summary.p95), duration(summary.most))
    never = sum(run.never for run in runs)
    outside = sum(bool(run.outside) for run in runs)
    n = 0 if summary is None else summary.n
    return worker, strategy, f"{n:,}", *figures, f"{never:,}", f"{outside:,}", predicted_words(runs)


def predicted_words(runs: Iterable[RunResult]) -> str:
    """Return within what time some runs were predicted to notice."""
    longest = max((run.band[1] for run in runs if run.band is not None), default=None)
    return NOTHING if longest is None else f"≤ {duration(longest)}"


def race_conditions(result: RaceResult) -> str:
    """Return in one line how and where was measured."""
    rounds = f"{result.done:,} round{'' if result.done == 1 else 's'}"
    if not result.finished:
        rounds = f"{result.done:,} of {result.rounds:,} rounds"
    intervals = [duration(interval * 1e9) for interval in sorted({worker.interval for worker in result.workers})]
    return (
        f"{rounds}, interval{'' if len(intervals) == 1 else 's'} {' and '.join(intervals)}, "
        f"never after {duration(result.deadline * 1e9)}, seed {result.seed} · {result.environment.words()}"
    )


def race_markdown(result: RaceResult, catalogue: Catalogue) -> str:
    """Return a race as Markdown: what was found, the table, how and where."""
    table = markdown_table(RACE_HEADER, race_rows(result), left=2)
    said = (race_sentence(result, catalogue), race_conditions(result))
    return "\n".join([escaped(said[0]), "", *table, "", escaped(said[1]), ""])


def race_csv(result: RaceResult) -> str:
    """Return a race as CSV (RFC 4180), a row a run; what a spreadsheet would execute gets an apostrophe in front."""
    intervals = {worker.name: worker.interval for worker in result.workers}
    rows = [_csv_values(run, intervals[run.worker]) for run in result.runs]
    return "".join(map(csv_row, (_CSV_COLUMNS, *rows)))


def _csv_values(run: RunResult, interval: float) -> list[str]:
    band = run.band or (None, None)
    values = (
        run.number,
        run.worker,
        run.strategy,
        run.workload,
        interval,
        _ms(run.latency),
        "yes" if run.never else "no",
        _outcome(run),
        _ms(band[0]),
        _ms(band[1]),
        run.outside,
        run.error,
    )
    return [defused("" if value is None else str(value)) for value in values]


def race_values(result: RaceResult, catalogue: Catalogue) -> dict[str, Any]:
    """Return what the JSON object of a race holds; times in ms or s as the names say, None where nothing was measured."""
    runs = result.by_worker()
    return {
        "environment": environment_values(result.environment),
        "rounds": result.rounds,
        "done": result.done,
        "deadline_s": result.deadline,
        "seed": result.seed,
        "finished": result.finished,
        "sentence": race_sentence(result, catalogue),
        "workers": [
            {
                "worker": worker.name,
                "strategy": worker.strategy,
                "workload": worker.workload,
                "parameters": dict(worker.parameters),
                "interval_s": worker.interval,
                **_figures(runs[worker.name]),
            }
            for worker in result.workers
        ],
        "runs": [_run_values(run) for run in result.runs],
    }


def _figures(runs: Sequence[RunResult]) -> dict[str, Any]:
    summary = summarise(run.latency for run in runs if run.latency is not None)
    return {
        "n": 0 if summary is None else summary.n,
        "p50_ms": summary and summary.p50 / 1e6,
        "p95_ms": summary and summary.p95 / 1e6,
        "max_ms": summary and summary.most / 1e6,
        "never": sum(run.never for run in runs),
        "outside_prediction": sum(bool(run.outside) for run in runs),
    }


def _run_values(run: RunResult) -> dict[str, Any]:
    return {
        "round": run.number,
        "worker": run.worker,
        "latency_ms": _ms(run.latency),
        "never": run.never,
        "outcome": _outcome(run),
        "predicted_ms": None if run.band is None else [_ms(run.band[0]), _ms(run.band[1])],
        "outside": run.outside,
        "error": run.error,
    }


def _outcome(run: RunResult) -> str:
    return "left behind" if run.outcome is None else str(run.outcome)


def _ms(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e6
