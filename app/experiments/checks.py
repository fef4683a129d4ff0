"""Judging: a check and what is known of the runs in, right or wrong out. Pure functions, for the window too."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.states import Outcome, State, outcome_words
from app.documents.plan_parts import CheckSpec, CheckWord
from app.documents.plan_steps import compile_pattern, wanted_words
from app.session.journal import Check

from .results import RunResult

LONGEST_MATCH = 1.0  # seconds that all lines of a check together may take
# Seconds that a line may take while the interpreter is kept: giving it away at each line costs milliseconds beside busy
# threads, and a pattern that never ends must not stop the whole process.
_AT_ONCE = 0.005


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of one run.

    Attributes:
        outcome: how it ended; None while it lives.
        state: what it is doing.
        was_stuck: whether it was still alive after the deadline.
        requested: whether it was asked to stop.
        latency: ns from the request to the noticing; None if it did not notice.
        lines: numbered lines written.
        texts: its last lines; None where they were not kept.
        earlier: how many lines were written before those.
        error: in one line, what ended it; empty if nothing did.
    """

    outcome: Outcome | None
    state: State
    was_stuck: bool
    requested: bool
    latency: int | None
    lines: int
    texts: Sequence[str] | None = None
    earlier: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a step is judged.

    Attributes:
        runs: worker's name to its latest run, or to all rounds of its race; to nothing if it never ran.
        window_lag_ms: the worst window lag since the step began; None without a window.
    """

    runs: Mapping[str, Sequence[RunFacts]] = field(default_factory=dict)
    window_lag_ms: float | None = None


def facts_of(run: RunSnapshot | RunResult, texts: Sequence[str] | None = None, earlier: int = 0) -> RunFacts:
    """Return what is known of a run, or of a round of a race, with its last lines, before which ``earlier`` were written."""
    state = run.state if isinstance(run, RunSnapshot) else State.STUCK if run.outcome is None else State.ENDED
    return RunFacts(
        run.outcome,
        state,
        run.was_stuck,
        run.chain.requested is not None,
        run.chain.latency,
        run.lines,
        texts,
        earlier,
        error=run.error.rstrip("\n").rsplit("\n", 1)[-1],
    )


def judge(spec: CheckSpec, facts: Facts) -> Check | None:
    """Return what became of a check; None if it cannot be judged, because there is no window. Any thread.

    ``line_matches`` takes a second at the most.
    """
    if spec.check is CheckWord.WINDOW_LAG:
        lag = facts.window_lag_ms
        return None if lag is None else _check(spec, f"{lag:.3g} ms", passed=lag <= _number(spec))
    if spec.worker not in facts.runs:
        return _check(spec, f"there is no worker called {spec.worker}", passed=False)
    runs = facts.runs[spec.worker]
    found, passed = _JUDGES[spec.check](spec, runs)
    return _check(spec, found, passed=passed)


def _check(spec: CheckSpec, found: str, *, passed: bool) -> Check:
    return Check(str(spec.check), wanted_words(spec), found, passed)


def _number(spec: CheckSpec) -> float:
    return spec.wanted if isinstance(spec.wanted, int | float) else 0.0


def _outcome(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    counts = Counter(_ending(run) for run in runs)
    found = "; ".join(words if len(runs) == 1 else f"{words}: {n} of {len(runs)}" for words, n in counts.items())
    outcomes = [str(run.outcome or "none") for run in runs] or ["none"]
    return found or "never run", all(outcome == spec.wanted for outcome in outcomes)


def _ending(run: RunFacts) -> str:
    """Return in words how a run ended, or that it has not."""
    if run.outcome is None:
        return f"not ended: {run.state}"
    words = outcome_words(run.outcome, was_stuck=run.was_stuck)
    return f"{words} ({run.error})" if run.outcome is Outcome.FAILED and run.error else words


def _latency(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    if not runs:
        return "never run", False
    rounds = "" if len(runs) == 1 else f" in {len(runs)} rounds"
    for unknown, words in (
        ([run for run in runs if not run.requested], "not asked to stop"),
        ([run for run in runs if run.latency is None and run.outcome is None], "not noticed yet"),
        (
            [run for run in runs if run.latency is None and run.outcome is Outcome.RELEASED],
            "never stopped: it was released",
        ),
        ([run for run in runs if run.latency is None and run.outcome is Outcome.INTERRUPTED], "never noticed"),
        ([run for run in runs if run.latency is None], "ended by itself before it noticed"),
    ):
        if unknown:
            return (words if not rounds else f"{words}: {len(unknown)} of {len(runs)}"), False
    worst = max(run.latency for run in runs if run.latency is not None)
    return f"{duration(worst)}{' at most' if rounds else ''}{rounds}", worst <= _number(spec) * 1e6


def _lines(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    is_least = spec.check is CheckWord.LINES_MIN
    counts = [run.lines for run in runs] or [0]
    count = min(counts) if is_least else max(counts)
    found = f"{count:,} in one of {len(runs)} rounds" if len(runs) > 1 else f"{count:,}" if runs else "0 (never run)"
    return found, count >= _number(spec) if is_least else count <= _number(spec)


def _matches(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    if not runs:
        return "never run", False
    last = runs[-1]
    if last.texts is None:
        return "the lines of a race are not kept", False
    try:
        matching = first_match(str(spec.wanted), last.texts)
    except TimeoutError:
        return f"it took longer than {LONGEST_MATCH:g} s: failed", False
    if matching is not None:
        return matching if len(matching) <= 200 else f"{matching[:199]}…", True
    if last.earlier:
        return f"none of the last {len(last.texts):,} lines; {last.earlier:,} before them were not looked at", False
    return ("no line" if not last.texts else f"none of {len(last.texts):,} lines"), False


_JUDGES: dict[CheckWord, Callable[[CheckSpec, Sequence[RunFacts]], tuple[str, bool]]] = {
    CheckWord.OUTCOME: _outcome,
    CheckWord.LATENCY: _latency,
    CheckWord.LINES_MIN: _lines,
    CheckWord.LINES_MAX: _lines,
    CheckWord.MATCHES: _matches,
}


def first_match(pattern: str, texts: Sequence[str]) -> str | None:
    """Return the first text in which a regular expression is found; None if there is none.

    Raises:
        TimeoutError: all of them together took longer than ``LONGEST_MATCH``.
        BadInput: it is no regular expression.
    """
    search = compile_pattern(pattern).search
    until = time.perf_counter_ns() + round(LONGEST_MATCH * 1e9)
    for text in texts:
        try:
            found = search(text, timeout=_AT_ONCE, concurrent=False)
        except TimeoutError:
            left = (until - time.perf_counter_ns()) / 1e9
            if left <= 0:
                raise
            found = search(text, timeout=left, concurrent=True)
        if found:
            return text
        if time.perf_counter_ns() > until:
            raise TimeoutError
    return None
