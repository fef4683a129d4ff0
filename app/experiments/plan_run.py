"""Carrying out a plan, step by step, without a screen."""

import threading
from collections.abc import Callable
from types import TracebackType

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.collector import Collector, Drained
from app.core.errors import BadInput
from app.core.limits import DEFAULT_DEADLINE
from app.documents.plan_parts import CheckWord, Plan, Step
from app.documents.plans import to_document
from app.session.journal import Check, Journal, Verdict

from .checks import Facts, judge
from .environment import environment_now
from .kept_lines import KeptLines
from .lane_reader import Cancelled, LaneReader
from .plan_environment import compared
from .plan_results import PlanResult, StepResult, judged
from .plan_stage import Stage

__all__ = ["Cancelled", "PlanRun"]


class PlanRun:
    """Carries out a plan in the thread that calls it, which is the reader of all lanes; one thread at a time.

    A context: at its end no thread is left but those that ``close`` told of.

    Args:
        plan: what to carry out.
        catalogue: the strategies and workloads.
        journal: gets the actions and the verdicts; None for nobody. It should write to ``collector``.
        collector: where runs write to; None for one of its own. Whoever gives one closes it.
        take: gets every batch, and settles it (a recorder's ``take``); None: it is settled once it has been read.
        deadline: seconds from a stop request until a run counts as stuck.

    Raises:
        BadInput: what a worker's mechanism needs is not there; nothing was started.
    """

    def __init__(
        self,
        plan: Plan,
        catalogue: Catalogue,
        journal: Journal | None = None,
        *,
        collector: Collector | None = None,
        take: Callable[[Drained], object] | None = None,
        deadline: float = DEFAULT_DEADLINE,
    ) -> None:
        self.plan = plan
        self._journal = journal
        self._collector = collector or Collector(SystemClock())
        self._owns_collector = collector is None
        kept = KeptLines(spec.worker for step in plan.steps for spec in step.checks if spec.check is CheckWord.MATCHES)
        self._reader = LaneReader(self._collector, kept.read, take or self._collector.settle)
        try:
            self._stage = Stage(plan.workers, catalogue, self._collector, self._reader, kept, journal, deadline)
        except BaseException:
            self._close_collector()
            raise
        self._begun = False
        self._left: tuple[str, ...] | None = None

    def __enter__(self) -> "PlanRun":
        return self

    def __exit__(self, _type: type | None, _error: BaseException | None, _traceback: TracebackType | None) -> None:
        self.close()

    def run(self, cancel: threading.Event, on_step: Callable[[StepResult], object] | None = None) -> PlanResult:
        """Carry out all steps, end everybody, and return what came of it.

        Args:
            cancel: set by any thread to end early; what was done so far is kept.
            on_step: called after each step.
        """
        environment = environment_now()
        steps: list[StepResult] = []
        try:
            for index in range(len(self.plan.steps)):
                result = self.run_step(index, cancel)
                steps.append(result)
                if on_step is not None:
                    on_step(result)
        except Cancelled:
            pass
        finally:
            left = self.close()
        asked = compared(self.plan.environment, environment)
        finished = len(steps) == len(self.plan.steps)
        return PlanResult(self.plan, environment, asked, tuple(steps), left, finished)

    def run_step(self, index: int, cancel: threading.Event) -> StepResult:
        """Carry out a step (from 0), judge it if it has checks, and return what came of it.

        Raises:
            Cancelled: ``cancel`` was set; the step was not judged.
        """
        self._reader.cancel = cancel
        if not self._begun and self._journal is not None:
            self._journal.action("plan", title=self.plan.title, plan=to_document(self.plan))
        self._begun = True
        step = self.plan.steps[index]
        remarks: list[str] = []
        try:
            missed = [check for action in step.actions for check in self._stage.do(action, remarks)]
            result = judged(index + 1, step, [*missed, *self._judge(step)], remarks)
        except BadInput as error:
            sentence = f"It could not be carried out: {error}"
            result = StepResult(index + 1, step, Verdict.BLOCKED, (), sentence)
        self._record(result)
        return result

    def _judge(self, step: Step) -> list[Check | None]:
        self._stage.settle(spec.worker for spec in step.checks)
        self._reader.read()
        facts = Facts(self._stage.facts())
        return [judge(spec, facts) for spec in step.checks]

    def _record(self, result: StepResult) -> None:
        if self._journal is not None and result.verdict is not None:
            self._journal.step(
                self.plan.title,
                result.number,
                result.step.title,
                result.verdict,
                by_program=True,
                actual=result.sentence,
                checks=result.checks,
            )
        self._reader.read()

    def close(self) -> tuple[str, ...]:
        """Stop everybody, wait for them, and return who had to be left behind, in words; again: the same."""
        if self._left is None:
            self._left = self._stage.close()
            self._close_collector()
        return self._left

    def _close_collector(self) -> None:
        if self._owns_collector:
            self._collector.close()
