"""Judging: every check, right and wrong, and what cannot be judged."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from app.core.batch import Batch, Kind, RunName
from app.core.events import Failed
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome
from app.documents.plan_parts import CheckSpec, CheckWord, Step
from app.experiments import plan_run
from app.experiments.checks import RunFacts, first_match, judge
from app.experiments.plan_results import NO_CHECKS, NO_WINDOW, judged
from app.experiments.plan_run import LineTail
from app.session.journal import WAIT, Check, Verdict, check_words
from tests.experiments.made import run


def ended(
    outcome: Outcome | None = Outcome.INTERRUPTED,
    latency: int | None = 5_000_000,
    *,
    texts: Sequence[str] | None = ("one", "two"),
    earlier: int = 0,
    error: str = "",
    **others: object,
) -> RunFacts:
    chain = StopChain(requested=1, noticed=None if latency is None else 1 + latency)
    failures = (Failed(error.rsplit("\n", 1)[-1], error),) if error else ()
    values: dict[str, Any] = {"lines": 6, "chain": chain, "failures": failures, **others}
    return RunFacts(RunSnapshot(1, RunName("A", 1), outcome=outcome, **values), texts, earlier)


ALIVE = ended(None, None, lines=2, texts=())
IDLE = ended(None, lines=2, texts=(), chain=StopChain(), running=1)
LEFT_IN_A_RACE = RunFacts(run(None, outcome=None, was_stuck=True))

JUDGED = [
    ("outcome", "interrupted", [ended()], True, "interrupted"),
    ("outcome", "interrupted", [ended(was_stuck=True)], True, "interrupted, was stuck"),
    ("outcome", "completed", [ended()], False, "interrupted"),
    ("outcome", "failed", [ended(Outcome.FAILED, error="Traceback\n  x\nValueError: x\n")], True, "failed (ValueError: x)"),
    ("outcome", "none", [ended()], False, "interrupted"),
    ("outcome", "none", [], True, "never run"),
    ("outcome", "failed", [], False, "never run"),
    ("outcome", "none", [ALIVE], True, "not ended: stopping"),
    ("outcome", "interrupted", [LEFT_IN_A_RACE], False, "not ended: stuck"),
    ("latency_ms_max", 5, [RunFacts(run(5e6))], True, "5.00 ms"),
    ("latency_ms_max", 9_999, [RunFacts(run(2e9, deadline=1.0))], True, "2.00 s"),
    ("latency_ms_max", 9, [ended(Outcome.RELEASED, None)], False, "never stopped: it was released"),
    ("outcome", "interrupted", [ALIVE], False, "not ended: stopping"),
    ("outcome", "interrupted", [ended(), ended()], True, "interrupted: 2 of 2"),
    ("outcome", "interrupted", [ended(), ended(Outcome.COMPLETED)], False, "interrupted: 1 of 2; completed: 1 of 2"),
    ("latency_ms_max", 5, [ended()], True, "5.00 ms"),
    ("latency_ms_max", 4.99, [ended()], False, "5.00 ms"),
    ("latency_ms_max", 9, [], False, "never run"),
    ("latency_ms_max", 9, [IDLE], False, "not asked to stop"),
    ("latency_ms_max", 9, [ALIVE], False, "not noticed yet"),
    ("latency_ms_max", 9, [ended(latency=None)], False, "never noticed"),
    ("latency_ms_max", 9, [ended(Outcome.COMPLETED, None)], False, "ended by itself before it noticed"),
    ("latency_ms_max", 9, [ended(), ended(latency=7_000_000)], True, "7.00 ms at most in 2 rounds"),
    ("latency_ms_max", 9, [ended(), ended(latency=None)], False, "never noticed: 1 of 2"),
    ("lines_min", 6, [ended()], True, "6"),
    ("lines_min", 7, [ended()], False, "6"),
    ("lines_min", 0, [], True, "0 (never run)"),
    ("lines_min", 6, [ended(), ended(lines=5)], False, "5 in one of 2 rounds"),
    ("lines_max", 6, [ended()], True, "6"),
    ("lines_max", 5, [ended()], False, "6"),
    ("line_matches", "^tw", [ended()], True, "two"),
    ("line_matches", "^wo", [ended()], False, "none of 2 lines"),
    ("line_matches", "x", [ended(texts=())], False, "no line"),
    ("line_matches", "x", [ended(texts=("a",), earlier=7)], False,
     "none of the last 1 lines; the 7 before them were not checked"),
    ("line_matches", "x", [ended(texts=None)], False, "lines of a race are not kept"),
    ("line_matches", "x", [], False, "never run"),
    ("line_matches", "x+", [ended(texts=("x" * 500,))], True, "x" * 199 + "…"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "wanted", "runs", "passed", "found"), JUDGED)
def test_a_check_is_right_or_wrong(word: str, wanted: float, runs: list[RunFacts], passed: bool, found: str) -> None:
    check = judge(CheckSpec(CheckWord(word), wanted, "A"), runs)
    assert check is not None
    assert (check.check, check.found, check.passed) == (word, found, passed)
    assert check.wanted.startswith("A: ")


def test_a_check_on_an_unknown_worker_is_wrong() -> None:
    check = judge(CheckSpec(CheckWord.LINES_MIN, 0, "B"), None)
    assert check == Check("lines_min", "B: at least 0", "there is no worker called B", passed=False, worker="B")


@pytest.mark.parametrize(("lag", "passed"), [(None, None), (49.9, True), (50.1, False)])
def test_window_lag_is_judged_where_there_is_a_window(lag: float | None, passed: bool | None) -> None:
    check = judge(CheckSpec(CheckWord.WINDOW_LAG, 50), window_lag_ms=lag)
    assert (None if check is None else check.passed) is passed


@pytest.mark.timeout(20)
@pytest.mark.parametrize("texts", [["a" * 60 + "!"], ["fine"] * 100 + ["a" * 60 + "!"] * 100], ids=["one", "many"])
def test_an_expression_that_never_ends_fails_after_a_second(texts: list[str]) -> None:
    check = judge(CheckSpec(CheckWord.MATCHES, r"^(\w|\w\w)+$", "A"), [ended(texts=texts)])
    assert check is not None
    assert (check.found, check.passed) in [("matching took longer than 1 s", False), ("fine", True)]
    if len(texts) == 1:
        assert not check.passed


def test_many_lines_are_looked_through_in_time() -> None:
    texts = [f"running… {number}" for number in range(10_000)]
    assert first_match("… 9999$", texts) == "running… 9999"


def batch(texts: list[str], kind: Kind = Kind.LINE, run: int = 1, worker: str = "A") -> Batch:
    whole = Batch()
    for text in texts:
        whole.instants.append(time.perf_counter_ns())
        whole.runs.append(run)
        whole.kinds.append(kind)
        whole.texts.append(text)
    whole.names[run] = RunName(worker, 1)
    return whole


def test_the_last_lines_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_run, "MOST_LINES", 3)
    monkeypatch.setattr(plan_run, "MOST_CHARACTERS", 10)
    kept = LineTail(["A"])
    kept.read(batch(["1", "2"]))
    kept.read(batch(["state"], Kind.STATE))
    kept.read(batch(["other"], run=2, worker="B"))
    kept.read(batch(["3", "4"]))
    assert (kept.texts(1), kept.earlier(1)) == (["2", "3", "4"], 1)
    kept.read(batch(["x" * 9]))
    assert (kept.texts(1), kept.earlier(1)) == (["4", "x" * 9], 3)
    kept.read(batch(["y" * 50]))
    assert (kept.texts(1), kept.earlier(1)) == (["y" * 50], 5)
    assert kept.texts(2) == []
    kept.forget(1)
    assert (kept.texts(1), kept.earlier(1)) == ([], 0)


GOOD, BAD = (
    Check("lines_min", "A: at least 1", "2", passed=True),
    Check("outcome", "A: failed", "never run", passed=False),
)
LATE = Check(WAIT, "A to end within 1 s", "still running", passed=False)
SPEC = CheckSpec(CheckWord.LINES_MIN, 1, "A")


@pytest.mark.parametrize(
    ("specs", "checks", "verdict", "words"),
    [
        ((SPEC,), [GOOD], Verdict.PASS, "The check passed."),
        ((SPEC,), [GOOD, GOOD], Verdict.PASS, "All checks passed."),
        ((SPEC,), [GOOD, BAD], Verdict.FAIL, f"1 of 2 checks failed: {check_words(BAD)[2:]}."),
        ((SPEC,), [LATE, GOOD], Verdict.FAIL, f"1 of 2 checks failed: {check_words(LATE)[2:]}."),
        ((SPEC,), [GOOD, None], Verdict.PASS, f"The check passed. {NO_WINDOW}"),
        ((SPEC,), [None], None, NO_WINDOW),
        ((), [], None, NO_CHECKS),
        ((), [LATE], None, f"{NO_CHECKS} {check_words(LATE)[2:]}."),
    ],
)
def test_a_step_passes_fails_or_is_not_judged(
    specs: tuple[CheckSpec, ...], checks: list[Check | None], verdict: Verdict | None, words: str
) -> None:
    result = judged(1, Step("x", checks=specs), checks, [])
    assert (result.verdict, result.sentence) == (verdict, words)
    assert result.checks == (tuple(check for check in checks if check) if verdict else ())
