"""The texts of the compare window: cells, rows of its tables and sentences; and how its fields are read. No Qt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.events import Failed, Located
from app.core.fold import RunSnapshot
from app.core.latency import StopChain, duration, percentile, release_words
from app.core.number_words import field_title
from app.core.states import Outcome
from app.core.worker import Worker
from app.experiments.limits import TITLES
from app.experiments.results import Cell, CellState, MatrixResult, RaceResult, RunResult
from app.experiments.verdict import rounds_needed
from app.programs.consent import code_uses
from app.ui.chain.logic import Whose, gaps
from app.ui.workers.consent import Risk

RANDOM_IF_EMPTY = "Random if empty"
NEVER = "never"
NOT_KNOWN = "not known"
AXIS_TITLE = "Stop latency: request → noticed"
EMPTY_RACE = (
    "No race yet. Tick two workers or more, then press Start: in each round all of them are started together and stopped at "
    "the same instant. Each run becomes a dot here, the further right the longer it took to notice the stop."
)
EMPTY_MATRIX = (
    "No matrix yet. Tick strategies and workloads, then press Start: every strategy is stopped under every workload, some "
    "times each. Each pair becomes a cell here; click it to see its runs."
)
TICK_RACERS = "Nothing to race: tick at least one entry of the list."
TICK_CELLS = "Nothing to measure: tick at least one strategy and one workload."
ASKS_FIRST = "⚠ Can do harm or is your own code: you are asked before it runs."
IN_A_CHILD = "It stops a whole process while it works. A matrix gives it a process of its own, so this window goes on."
PREVIOUS_RACE = "Showing the previous race."
NOT_APPLICABLE = "Not applicable"
FIGURES = ("Worker", "Strategy", "n", "p50", "p95", "Max", "Never", "Outside prediction", "Predicted")
ROUNDS = ("Round", "Latency", "Predicted", "Notes")
# Without the window's own parts: no person clicked, and no row was painted.
RUNS = ("Run", "Outcome", *(gap.name for gap in gaps(StopChain()) if gap.whose is Whose.THREAD), "Notes")
NOTHING = "–"
_WAITING = {CellState.WAITING: "waiting", CellState.RUNNING: "running…"}


# -- what is written into the fields ---------------------------------------------------------------------------------


def _title(field: str) -> str:
    return TITLES.get(field) or field_title(field)


def whole(field: str, text: str) -> int:
    """Return the whole number that a field's text means; BadInput if it means none."""
    try:
        return int(text.strip().replace(",", ""))
    except ValueError:
        raise BadInput(f"{_title(field)} must be a whole number, e.g. 20.", field) from None


def whole_or_none(field: str, text: str) -> int | None:
    """Return the whole number that a field's text means, None if it is empty; BadInput if it means none."""
    return whole(field, text) if text.strip() else None


def seconds(field: str, text: str) -> float:
    """Return the seconds that a field's text means; BadInput if it means none."""
    try:
        return float(text.strip())
    except ValueError:
        raise BadInput(f"{_title(field)} must be a number of seconds, e.g. 0.05.", field) from None


# -- sentences -------------------------------------------------------------------------------------------------------


def disturbance(alive: int) -> str:
    """Return the sentence about the window's own runs that were alive while something was measured; empty for none."""
    if not alive:
        return ""
    if alive == 1:
        return "1 run of the window is alive and disturbs the figures."
    return f"{alive:,} runs of the window are alive and disturb the figures."


def already_running(name: str) -> str:
    """Return why nothing can be started now; ``name`` is the task's, "The race"."""
    return f"A{name[3:]} is already running." if name.startswith("The ") else f"{name} is already running."


def needed_words(racers: int) -> str:
    """Return how many rounds a race of so many needs; empty where there is nothing to tell apart."""
    if racers < 2:
        return ""
    return f"To tell {racers:,} workers apart, at least {rounds_needed(racers):,} rounds are needed."


def matrix_risks(
    catalogue: Catalogue, strategies: Iterable[str], workloads: Iterable[str], own_code: Iterable[Worker] = ()
) -> tuple[Risk, ...]:
    """Return what a person has to agree to before a matrix: of what is not in the catalogue the start complains.

    Args:
        catalogue: says what can do harm.
        strategies: ids.
        workloads: ids with their parameters.
        own_code: workers that run functions of the person's.
    """
    abouts = [known.about for known in catalogue.strategies if known.about.id in set(strategies)]
    wanted = {spec.partition(":")[0] for spec in workloads}
    risks = [Risk("strategy", about.id, about.title, about.warning) for about in abouts if about.warning]
    for workload in catalogue.workloads:
        if workload.id in wanted and (workload.own_process or workload.warning):
            said = IN_A_CHILD if workload.own_process else workload.warning
            risks.append(Risk("workload", workload.id, workload.title, said))
    risks += [Risk("code", use.file, use.title, use.sentence, use=use) for use in code_uses(own_code)]
    return tuple(risks)


def cut_short(result: RaceResult | MatrixResult) -> str:
    """Return that an experiment was cut short, and what of it there is; empty if it was not."""
    if result.finished:
        return ""
    if isinstance(result, RaceResult):
        return f"Cancelled after {result.done:,} of {result.rounds:,} rounds; the figures are from those."
    done = sum(cell.state not in _WAITING for cell in result.cells)
    return f"Cancelled after {done:,} of {len(result.cells):,} cells; Resume measures the rest."


# -- the race's tables -----------------------------------------------------------------------------------------------


def figures(groups: Mapping[str, Sequence[RunResult]], titles: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the rows of the race's table, one a worker, below the headers ``FIGURES``.

    Args:
        groups: the runs of each worker, by its name.
        titles: the title of each worker's strategy, by the worker's name.
    """
    rows = []
    for worker, runs in groups.items():
        latencies = sorted(run.latency for run in runs if run.latency is not None)
        unknown = NOT_KNOWN if any(run.notice_unknown for run in runs) else NOTHING
        texts = [unknown, NOTHING, NOTHING]
        if latencies:
            texts = [duration(percentile(latencies, share)) for share in (0.5, 0.95, 1)]
        never = sum(run.never for run in runs)
        outside = sum(bool(run.outside) for run in runs)
        rows.append(
            (worker, titles[worker], f"{len(latencies):,}", *texts, f"{never:,}", f"{outside:,}", _within(runs))
        )
    return rows


def _within(runs: Iterable[RunResult]) -> str:
    longest = max((run.band[1] for run in runs if run.band is not None), default=None)
    return NOTHING if longest is None else f"≤ {duration(longest)}"


def rounds(runs: Sequence[RunResult]) -> list[tuple[str, ...]]:
    """Return one worker's runs as rows below the headers ``ROUNDS``."""
    return [(str(run.number), latency_text(run), _within([run]), what_else(run)) for run in runs]


def latency_text(run: RunResult) -> str:
    """Return when a run noticed, in words: its latency, "never", that it is not known, or that there is nothing to say."""
    if run.latency is not None:
        return duration(run.latency)
    if run.notice_unknown and not run.never:
        return NOT_KNOWN
    return NEVER if run.never else NOTHING


def what_else(run: RunResult) -> str:
    """Return what there is to be said about a run beside its figures; empty if nothing."""
    late = run.chain.latency
    parts = [run.outside]
    if run.never and late is not None:
        parts.append(f"noticed {duration(late)} after the request, past the deadline of {duration(run.deadline * 1e9)}")
    if run.outcome is Outcome.RELEASED:
        parts.append(release_words(run.chain.requested, run.released))
    elif run.was_stuck:
        parts.append("was stuck")
    if run.error:
        parts.append(run.error.rstrip().rpartition("\n")[2])
    return "; ".join(filter(None, parts))


def dot_text(run: RunResult) -> str:
    """Return what is said about a dot under the pointer."""
    return "\n".join(filter(None, (f"{run.worker}, round {run.number}: {latency_text(run)}", what_else(run))))


# -- one run ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeasuredRun(RunSnapshot):
    """A run of an experiment as the page about a stop shows it; ``why_late`` is what there is to say in words."""

    why_late: str = ""

    @property
    def outside(self) -> str:
        """In words, why it noticed outside the band; empty if it did not."""
        return self.why_late


def run_snapshot(run: RunResult, worker: Worker | None = None) -> MeasuredRun:
    """Return a run of an experiment as the page about a stop shows one; ``worker`` is what ran, if that is known."""
    return MeasuredRun(
        run=0,
        name=RunName(run.worker, run.number),
        strategy=run.strategy,
        workload=run.workload,
        worker=worker or Worker(run.worker, run.strategy, run.workload),
        started=run.started,
        chain=run.chain,
        outcome=run.outcome,
        lines=run.lines,
        was_stuck=run.was_stuck,
        released=run.released,
        band=run.band,
        failures=(Failed(run.error.rstrip().rpartition("\n")[2], run.error),) if run.error else (),
        located=(Located(run.calls),) if run.calls else (),
        why_late=run.outside,
    )


# -- the matrix's cells ----------------------------------------------------------------------------------------------


def cell_text(cell: Cell) -> str:
    """Return what a cell shows: p50, then p95 and max, then how many never noticed; or that there is nothing."""
    if cell.state in _WAITING and not cell.runs:
        return _WAITING[cell.state]
    if cell.state is CellState.NOT_APPLICABLE:
        return NOT_APPLICABLE
    summary, lines = cell.summary, []
    if summary is not None:
        lines = [f"p50 {duration(summary.p50)}", f"p95 {duration(summary.p95)}", f"max {duration(summary.most)}"]
    if cell.never:
        if lines:
            lines[-1] += f", never {cell.never} of {len(cell.runs)}"
        else:
            lines.append(NEVER)
    if cell.state is CellState.FAILED:
        lines.append(f"failed: {cell.reason}")
    if cell.state is CellState.RUNNING:
        lines.append(f"{len(cell.runs)} of {cell.wanted}…")
    return "\n".join(lines) or NOTHING


def cell_spoken(cell: Cell, strategy: str, workload: str) -> str:
    """Return what a screen reader reads of a cell, and its tool tip.

    Args:
        cell: the cell.
        strategy: the title of its row.
        workload: the title of its column.
    """
    said = f"{strategy}, {workload}: "
    if cell.state is CellState.NOT_APPLICABLE:
        return f"{said}{NOT_APPLICABLE}. {cell.reason}"
    if cell.state in _WAITING and not cell.runs:
        return said + _WAITING[cell.state].rstrip("…")
    summary, parts = cell.summary, []
    if summary is not None:
        parts = [f"p50 {duration(summary.p50)}, p95 {duration(summary.p95)}, max {duration(summary.most)}"]
    if cell.never or summary is None:
        parts.append(never_words(cell.never, len(cell.runs)))
    if cell.latencies:
        parts.append(f"n {len(cell.latencies)}")
    text = said + ", ".join(parts)
    return f"{text}. {cell.reason}" if cell.reason else text


def never_words(never: int, runs: int) -> str:
    """Return how many of some runs never noticed."""
    if never and never == runs:
        return f"none of {runs:,} runs stopped" if runs > 1 else "the run did not stop"
    return f"{never:,} of {runs:,} runs did not stop"


def cell_runs(runs: Iterable[RunResult]) -> list[tuple[str, ...]]:
    """Return the runs of a cell as rows below the headers ``RUNS``: the gaps between the instants of each thread."""
    rows = []
    for run in runs:
        outcome = str(run.outcome) if run.outcome is not None else "left behind"
        own = (gap for gap in gaps(run.chain) if gap.whose is Whose.THREAD)
        lengths = [NOTHING if gap.ns is None else duration(gap.ns) for gap in own]
        rows.append((str(run.number), outcome, *lengths, what_else(run)))
    return rows


def slowest_stack(cell: Cell) -> RunResult | None:
    """Return the slowest run of which it is known where it was; None if there is none."""
    known = [run for run in cell.runs if run.calls]

    def slowness(run: RunResult) -> float:
        return run.chain.latency if run.chain.latency is not None else float("inf")

    return max(known, key=slowness, default=None)
