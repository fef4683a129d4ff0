"""What came of a plan: plain frozen data, which any thread may read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.documents.plan_parts import CheckWord, Plan, Step
from app.session.journal import Check, Journal, Verdict, check_words
from app.session.session_summary import counted

from .environment import Compared, Environment

NO_CHECKS = "No checks, so not judged."
NO_WINDOW = f"{CheckWord.WINDOW_LAG} can't be judged without a window."


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step.

    Attributes:
        number: which step, from 1.
        step: what was to be done.
        verdict: None if it was not judged.
        checks: those that were judged, in their order.
        sentence: what is to be said about it.
    """

    number: int
    step: Step
    verdict: Verdict | None
    checks: tuple[Check, ...]
    sentence: str

    @property
    def failed(self) -> bool:
        """Whether a check did not hold, or the step could not be carried out."""
        return self.verdict in (Verdict.FAIL, Verdict.BLOCKED)

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        return "not judged" if self.verdict is None else str(self.verdict)

    def record(self, journal: Journal, plan: str) -> None:
        """Write the verdict into a journal, if there is one; ``plan`` is the plan's title."""
        if self.verdict is not None:
            journal.step(
                plan,
                self.number,
                self.step.title,
                self.verdict,
                by_program=True,
                actual=self.sentence,
                checks=self.checks,
            )


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What came of a plan.

    Attributes:
        plan: what was carried out.
        environment: where.
        compared: what the plan asks of it, beside what it is.
        steps: what came of the steps, as far as it went.
        left: the runs that had to be left behind, each in words with its stack.
        finished: whether it went to its end.
    """

    plan: Plan
    environment: Environment
    compared: tuple[Compared, ...]
    steps: tuple[StepResult, ...]
    left: tuple[str, ...]
    finished: bool

    @property
    def failed(self) -> bool:
        """Whether a step failed or was blocked."""
        return any(step.failed for step in self.steps)

    def sentence(self) -> str:
        """Return what came of it in one sentence."""
        total = len(self.plan.steps)
        counts = Counter(step.word for step in self.steps)
        words = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.BLOCKED: "blocked", "not judged": "not judged"}
        parts = [f"{counts[word]:,} {said}" for word, said in words.items() if counts[word]]
        if not self.finished:
            parts.append(f"{total - len(self.steps):,} not reached")
        return f"{total:,} step{'s' if total != 1 else ''}: {', '.join(parts)}."


def judged(number: int, step: Step, checks: Iterable[Check | None], remarks: Sequence[str]) -> StepResult:
    """Return what came of a step whose actions were carried out.

    Args:
        number: which step, from 1.
        step: what was to be done.
        checks: what came of its checks, None for those that cannot be judged, and of its waits that ran out.
        remarks: sentences about its actions.
    """
    all_checks = list(checks)
    found = tuple(check for check in all_checks if check is not None)
    sentences = list(remarks)
    if len(found) < len(all_checks):
        sentences.append(NO_WINDOW)
    if not step.checks:
        sentences.append(NO_CHECKS)
    if not step.checks or not any(check.check in tuple(CheckWord) for check in found):
        # A wait that ran out is told of either way; alone it judges nothing that the plan wants to know.
        sentences += [f"{words}." for words in map(_without_sign, found)]
        return StepResult(number, step, None, (), " ".join(sentences))
    wrong = [check for check in found if not check.passed]
    if wrong:
        details = "; ".join(map(_without_sign, wrong))
        sentences.insert(0, f"{len(wrong)} of {counted(len(found), 'check')} failed: {details}.")
    else:
        sentences.insert(0, "All checks passed." if len(found) > 1 else "The check passed.")
    return StepResult(number, step, Verdict.FAIL if wrong else Verdict.PASS, found, " ".join(sentences))


def _without_sign(check: Check) -> str:
    return check_words(check).partition(" ")[2]
