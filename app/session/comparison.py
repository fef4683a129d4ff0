"""Two sessions side by side: how often each worker was run, how it ended, how long its stops took, and what was judged."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.catalogue import Catalogue
from app.core.latency import Summary, duration, summarise
from app.session.journal import verdict_word
from app.session.journal_reader import Judgement, Step
from app.session.observed_words import THREAD
from app.session.session_report import RunReport, SessionReport
from app.session.session_summary import counted

MISSING = "–"
WORKER_TITLES = ("Worker", "What", "First", "Second", "Difference")
STEP_TITLES = ("Plan", "Step", "Title", "First", "Second", "Difference")


@dataclass(frozen=True, slots=True)
class Figures:
    """What the runs of one worker in one session come to.

    Attributes:
        runs: how many there were.
        settings: strategy, workload and interval in words; more than one if they were changed between runs.
        outcomes: how often each came about, in words.
        latency: of the stops that were noticed, ns; None if there was none.
        never: stops that were never noticed.
        lines: of all runs.
    """

    runs: int
    settings: tuple[str, ...]
    outcomes: dict[str, int]
    latency: Summary | None
    never: int
    lines: int


@dataclass(frozen=True, slots=True)
class WorkerPair:
    """A worker in two sessions; None where it was not run."""

    name: str
    first: Figures | None
    second: Figures | None


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step of a plan in two sessions; None where the session has no such step."""

    plan: str
    number: int
    title: str
    first: Step | None
    second: Step | None

    @property
    def difference(self) -> str:
        """In words, in what the verdicts differ; empty if they do not."""
        if self.first is None or self.second is None:
            return _only(self.first, self.second)
        before, after = _verdict_word(self.first), _verdict_word(self.second)
        if before != after:
            return f"{before} → {after}"
        # The verdict of both is the same, and yet one of the two judges may have changed their mind.
        return (
            ""
            if verdict_words(self.first) == verdict_words(self.second)
            else "judged differently, with the same result"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions side by side.

    Attributes:
        first, second: their ids.
        workers: by their names, in the order in which they were first run.
        steps: in the plan's order.
    """

    first: str
    second: str
    workers: tuple[WorkerPair, ...] = ()
    steps: tuple[StepPair, ...] = ()


def compare(first: SessionReport, second: SessionReport, catalogue: Catalogue) -> Comparison:
    """Return two sessions side by side; any thread.

    Workers are the same if they have the same name; steps, if plan, number and title are the same. Of a step that was
    judged in several openings of its plan, the last verdicts count. The catalogue has the titles that stand in place of ids.
    """
    left, right = _by_worker(first.runs), _by_worker(second.runs)
    workers = tuple(
        WorkerPair(
            name,
            _figures(left[name], catalogue) if name in left else None,
            _figures(right[name], catalogue) if name in right else None,
        )
        for name in dict.fromkeys((*left, *right))
    )
    before, after = _by_step(first.steps), _by_step(second.steps)
    keys = dict.fromkeys((*before, *after))
    steps = tuple(StepPair(*key, before.get(key), after.get(key)) for key in sorted(keys, key=lambda key: key[:2]))
    return Comparison(first.id, second.id, workers, steps)


def _by_worker(runs: Iterable[RunReport]) -> dict[str, list[RunReport]]:
    found: dict[str, list[RunReport]] = {}
    for run in runs:
        found.setdefault(run.name.worker, []).append(run)
    return found


def _figures(runs: Sequence[RunReport], catalogue: Catalogue) -> Figures:
    outcomes = Counter(run.outcome_words for run in runs)
    latencies = [run.chain.latency for run in runs if run.chain.latency is not None]
    return Figures(
        runs=len(runs),
        settings=tuple(dict.fromkeys(_settings(run, catalogue) for run in runs)),
        outcomes=dict(sorted(outcomes.items())),
        latency=summarise(latencies),
        never=sum(run.never for run in runs),
        lines=sum(run.line_records for run in runs),
    )


def _settings(run: RunReport, catalogue: Catalogue) -> str:
    if run.is_observed:
        return THREAD
    interval = "?" if run.interval is None else duration(run.interval * 1e9)
    return f"{catalogue.title(run.strategy)} · {catalogue.title(run.workload)} · every {interval}"


def _by_step(steps: Iterable[Step]) -> dict[tuple[str, int, str], Step]:
    found: dict[tuple[str, int, str], Step] = {}
    for step in steps:
        key = step.plan, step.number, step.title
        if step.verdict is not None or key not in found:
            found[key] = step
    return found


def worker_rows(comparison: Comparison) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the table of the workers, its columns as ``WORKER_TITLES``: some rows for each of them."""
    for pair in comparison.workers:
        first, second = pair.first, pair.second
        for what, one, other in zip(_WHAT, _cells(first), _cells(second), strict=True):
            yield pair.name, what, one, other, _difference(what, first, second, one, other)


def step_rows(comparison: Comparison) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield the table of the steps, its columns as ``STEP_TITLES``."""
    for pair in comparison.steps:
        first, second = verdict_words(pair.first), verdict_words(pair.second)
        yield pair.plan, str(pair.number), pair.title, first, second, pair.difference


def verdict_words(step: Step | None) -> str:
    """Return who judged a step, and how; ``–`` if there is no such step."""
    if step is None:
        return MISSING
    given: list[tuple[str, Judgement | None]] = [("Tester", step.by_person), ("Program", step.by_program)]
    return ", ".join(f"{who}: {verdict_word(judged.verdict)}" for who, judged in given if judged) or "not judged"


_WHAT = ("settings", "runs", "outcomes", "latency p50", "latency p95", "never noticed", "lines")


def _cells(figures: Figures | None) -> tuple[str, ...]:
    if figures is None:
        return (MISSING,) * len(_WHAT)
    latency = figures.latency
    return (
        "; ".join(figures.settings),
        f"{figures.runs:,}",
        ", ".join(f"{count:,} {word}" for word, count in figures.outcomes.items()),
        MISSING if latency is None else f"{duration(latency.p50)} ({counted(latency.n, 'run')})",
        MISSING if latency is None else f"{duration(latency.p95)} ({counted(latency.n, 'run')})",
        f"{figures.never:,}",
        f"{figures.lines:,}",
    )


def _difference(what: str, first: Figures | None, second: Figures | None, one: str, other: str) -> str:
    if first is None or second is None:
        return _only(first, second) if what == "runs" else ""
    if what.startswith("latency"):
        # What is not known of a latency is None, and so is its share.
        return _longer(*(getattr(figures.latency, what[-3:], None) for figures in (first, second)))
    counts = {"runs": (first.runs, second.runs), "never noticed": (first.never, second.never)}
    counts["lines"] = first.lines, second.lines
    if what in counts:
        return _more(*counts[what])
    return "" if one == other else "different"


def _only(first: object | None, second: object | None) -> str:
    """Return in which of the two something is that the other has not."""
    if (first is None) is (second is None):
        return ""
    return "only in the second" if first is None else "only in the first"


def _more(before: int, after: int) -> str:
    if before == after:
        return ""
    return f"{after - before:,} more" if after > before else f"{before - after:,} fewer"


def _longer(before: float | None, after: float | None) -> str:
    """Return in words how much longer or shorter the second is; empty where they read the same."""
    if before is None or after is None:
        return _only(before, after)
    if duration(before) == duration(after):
        return ""
    more, less = max(before, after), min(before, after)
    times = f" ({more / less:.3g} ×)" if less > 0 else ""
    return f"{duration(more - less)} {'longer' if after > before else 'shorter'}{times}"


def _verdict_word(step: Step) -> str:
    return "not judged" if step.verdict is None else verdict_word(step.verdict)
