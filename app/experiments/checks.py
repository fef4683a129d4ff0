"""Judging: a check and what is known of the runs in, right or wrong out. Pure functions, for the window too."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """What is known of one run, or of one round of a race.

    Attributes:
        known: the run, or the round.
        texts: its last lines; None where they were not kept.
        earlier: how many lines were written before those.
    """

    known: RunSnapshot | RunResult
    texts: Sequence[str] | None = None
    earlier: int = 0


def judge(spec: CheckSpec, runs: Sequence[RunFacts] | None = None, window_lag_ms: float | None = None) -> Check | None:
    """Return what became of a check; None if it cannot be judged, because there is no window. Any thread.

    ``line_matches`` takes a second at the most.

    Args:
        spec: what is checked.
        runs: its worker's latest run, or all rounds of its race; empty if it never ran, None if there is no such worker.
        window_lag_ms: the worst window lag since the step began; None without a window.
    """
    if spec.check is CheckWord.WINDOW_LAG:
        lag = window_lag_ms
        return None if lag is None else _check(spec, f"{lag:.3g} ms", passed=lag <= _number(spec))
    if runs is None:
        return _check(spec, f"there is no worker called {spec.worker}", passed=False)
    found, passed = _JUDGES[spec.check](spec, runs)
    return _check(spec, found, passed=passed)


def _check(spec: CheckSpec, found: str, *, passed: bool) -> Check:
    return Check(str(spec.check), wanted_words(spec), found, passed, spec.worker)


def _number(spec: CheckSpec) -> float:
    return spec.wanted if isinstance(spec.wanted, int | float) else 0.0


def _outcome(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    counts = Counter(_ending(run.known) for run in runs)
    found = "; ".join(words if len(runs) == 1 else f"{words}: {n} of {len(runs)}" for words, n in counts.items())
    outcomes = [str(run.known.outcome or "none") for run in runs] or ["none"]
    return found or "never run", all(outcome == spec.wanted for outcome in outcomes)


def _ending(run: RunSnapshot | RunResult) -> str:
    """Return in words how a run ended, or that it has not."""
    if run.outcome is None:
        # A round of a race is told of when it is over: what has not ended is left behind.
        return f"not ended: {run.state if isinstance(run, RunSnapshot) else State.STUCK}"
    words = outcome_words(run.outcome, was_stuck=run.was_stuck)
    error = run.error.rstrip("\n").rsplit("\n", 1)[-1]
    return f"{words} ({error})" if run.outcome is Outcome.FAILED and error else words


def _latency(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    if not runs:
        return "never run", False
    rounds = "" if len(runs) == 1 else f" in {len(runs)} rounds"
    unnoticed = [run.known.outcome for run in runs if run.known.chain.latency is None]
    for unknown, words in (
        (sum(run.known.chain.requested is None for run in runs), "not asked to stop"),
        (unnoticed.count(None), "not noticed yet"),
        (unnoticed.count(Outcome.RELEASED), "never stopped: it was released"),
        (unnoticed.count(Outcome.KILLED), "never noticed: it was killed"),
        (sum(run.known.notice_unknown for run in runs), "when it noticed is not known"),
        (unnoticed.count(Outcome.INTERRUPTED), "never noticed"),
        (len(unnoticed), "ended by itself before it noticed"),
    ):
        if unknown:
            return (words if not rounds else f"{words}: {unknown} of {len(runs)}"), False
    worst = max(run.known.chain.latency or 0 for run in runs)
    return f"{duration(worst)}{' at most' if rounds else ''}{rounds}", worst <= _number(spec) * 1e6


def _lines(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    is_least = spec.check is CheckWord.LINES_MIN
    counts = [run.known.lines for run in runs] or [0]
    count = min(counts) if is_least else max(counts)
    found = f"{count:,} in one of {len(runs)} rounds" if len(runs) > 1 else f"{count:,}" if runs else "0 (never run)"
    return found, count >= _number(spec) if is_least else count <= _number(spec)


def _matches(spec: CheckSpec, runs: Sequence[RunFacts]) -> tuple[str, bool]:
    if not runs:
        return "never run", False
    last = runs[-1]
    if last.texts is None:
        return "lines of a race are not kept", False
    try:
        matching = first_match(str(spec.wanted), last.texts)
    except TimeoutError:
        return f"matching took longer than {LONGEST_MATCH:g} s", False
    if matching is not None:
        return matching if len(matching) <= 200 else f"{matching[:199]}…", True
    if last.earlier:
        return f"none of the last {len(last.texts):,} lines; the {last.earlier:,} before them were not checked", False
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
