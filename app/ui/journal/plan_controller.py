"""Plans in the window: opened, resumed, shown in the session panel, carried out, and judged."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.core.batch import LINES
from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.plan_parts import Plan, rename_workers
from app.documents.plans import parse_plan, plan_paths, read_plan, to_document
from app.experiments.plan_results import StepResult
from app.experiments.results import RaceResult
from app.session.journal import Journal, Verdict
from app.session.unfinished import UnfinishedPlan, unfinished_plan
from app.ui.journal.evidence import Evidence
from app.ui.journal.logic import VerdictChange
from app.ui.journal.plan_driver import PlanDriver, WorkerActions
from app.ui.journal.steps import Steps
from app.ui.log.store import LogStore
from app.ui.services import Services
from app.ui.task import Task, TaskResult
from app.ui.widgets import InfoBar
from app.ui.window_lag import LagSummary

_TEXTS = 10_000  # last lines of a run that a check looks at
_LOOKED_AT = 50_000  # last records of the log in which they are looked for: what is in memory


class PlanWorkers(WorkerActions, Protocol):
    """What plans need of the window's workers; the workers panel is one."""

    def say(self, sentence: str) -> None:
        """Show a sentence under the table."""


class PlanController(QObject):
    """Opens plans, has their steps carried out and records what became of them; the GUI thread only.

    Args:
        services: what lives longer than the window.
        workers: what plans act upon.
        store: the lines of the log, at which checks look.
        steps: shows the steps of the open plan.
        journal: keeps what was judged.
        evidence: what a failure brings with it.
        lag: returns the window lag so far; None while nothing was measured.
        parent: dialogs stand over it.

    Attributes:
        driver: carries the steps out.
        plan: the one that is open; None if none is.
        unfinished: the offer to resume a plan; None if there was none.

    Signals:
        said: a sentence for the person.
        offered: a widget with something to be done, to be shown above everything else.
        shown: a plan was opened: its steps are to be seen.
    """

    said = Signal(str)
    offered = Signal(object)
    shown = Signal()

    def __init__(
        self,
        services: Services,
        workers: PlanWorkers,
        store: LogStore,
        steps: Steps,
        journal: Journal,
        evidence: Evidence,
        lag: Callable[[], LagSummary | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._workers, self._store = services, workers, store
        self._steps, self._journal, self._evidence = steps, journal, evidence
        self._lag = lag
        self._parent = parent
        self._now = services.controller.clock.now
        self.driver = PlanDriver(
            workers,
            services.controller,
            self._texts,
            self._worst_lag,
            journal.action,
            self._seen,
            self._keep_race,
            self,
        )
        self.plan: Plan | None = None
        self.unfinished: InfoBar | None = None
        self._looking = Task(self)
        self._looking.ended.connect(self._on_looked)
        self.driver.finished.connect(self._on_carried_out)
        steps.judged.connect(self._on_judged)
        steps.changed.connect(self._on_changed)
        steps.described.connect(self._on_described)
        steps.carried_out.connect(self._on_carry_out)

    def fill_menu(self, menu: QMenu) -> None:
        """Put the plans that there are into a menu, and the way to others."""
        for name, path in plan_paths().items():
            menu.addAction(name.replace("&", "&&")).triggered.connect(partial(self.open_plan, path))
        menu.addSeparator()
        menu.addAction("&Other…").triggered.connect(self.ask_for_plan)

    def look_for_unfinished(self, folder: Path) -> None:
        """Look for a plan that an earlier session did not finish, and offer to resume it."""
        self._looking.start("Looking for an unfinished plan", lambda _context: unfinished_plan(folder))

    @Slot(object)
    def _on_looked(self, result: TaskResult) -> None:
        if result.value is not None:
            self._offer(result.value)
        elif result.problem:
            self.said.emit(result.problem)

    def _offer(self, unfinished: UnfinishedPlan) -> None:
        self.unfinished = InfoBar(unfinished.sentence, "&Resume plan", self._parent)
        self.unfinished.accepted.connect(partial(self.resume, unfinished))
        self.unfinished.dismissed.connect(partial(self._put_aside, unfinished))
        self.offered.emit(self.unfinished)

    def _put_aside(self, unfinished: UnfinishedPlan) -> None:
        """Record that a plan is not to be offered again."""
        self._journal.action("put-aside", clicked=self._now(), title=unfinished.title, session=unfinished.session)

    def give_up(self) -> None:
        """Carry out nothing more, and keep what is typed about the open step."""
        self.driver.give_up()
        self._steps.keep()

    def shutdown(self) -> None:
        """Let go of what goes on by itself."""
        self.driver.shutdown()
        self._looking.shutdown()

    # -- open and show -------------------------------------------------------------------------------------------

    @Slot()
    def ask_for_plan(self) -> None:
        """Ask for a plan's file and open it."""
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open plan", str(Path.home()), "Plans (*.plan.toml *.toml)")
        if name:
            self.open_plan(Path(name))

    def open_plan(self, path: Path) -> None:
        """Open a plan: its workers in the table, its steps in the panel; one sentence if it is wrong."""
        try:
            plan = read_plan(path, self._services.catalogue)
        except BadInput as error:
            self.said.emit(str(error))
            self._workers.say(str(error))
            return
        self.show_plan(plan)

    def resume(self, unfinished: UnfinishedPlan) -> None:
        """Go on with a plan of an earlier session, at the step where it was."""
        try:
            plan = parse_plan(unfinished.document, self._services.catalogue)
        except BadInput as error:
            self.said.emit(f"The plan of session {unfinished.session} can't be resumed: {error}")
            return
        self.show_plan(plan, unfinished)

    def show_plan(self, plan: Plan, resumed: UnfinishedPlan | None = None) -> None:
        """Show a plan that was read, once its workers are in the table; the person may be asked first.

        Args:
            plan: what is shown.
            resumed: the same plan as an earlier session left it; None for a new beginning.
        """
        workers = self._workers

        def opened(under: tuple[Worker, ...]) -> None:
            names = {worker.name: there.name for worker, there in zip(plan.workers, under, strict=True)}
            self._show(rename_workers(plan, names), resumed)

        if set(plan.workers) <= set(workers.rows.workers()):
            opened(plan.workers)
        else:
            workers.editing.open_workers(plan.workers, opened)

    def _show(self, plan: Plan, resumed: UnfinishedPlan | None) -> None:
        # What comes of a step of the plan that was open must not be shown, or recorded, as of this one.
        self.give_up()
        self.plan = plan
        self._journal.action(
            "plan",
            clicked=self._now(),
            title=plan.title,
            plan=to_document(plan),
            **({} if resumed is None else {"resumes": resumed.session, "earlier": resumed.earlier}),
        )
        self._steps.show_plan(plan.title, plan.steps, () if resumed is None else resumed.steps)
        self.shown.emit()
        self._steps.table.setFocus()

    @Slot(int, object, str)
    def _on_judged(self, step: int, verdict: Verdict, actual: str) -> None:
        """Record what the person judged; a failure brings its evidence with it."""
        self._on_described(step, verdict, actual)
        if self.plan is not None and verdict is Verdict.FAIL:
            self.said.emit(self._evidence.of_failure(step + 1))

    @Slot(int, object, object)
    def _on_changed(self, step: int, before: Verdict | None, after: Verdict | None) -> None:
        """Remember how a verdict is undone; the evidence of a failure stays."""
        plan = self.plan
        change = VerdictChange(step, before, after, lambda: self.plan is plan)
        self._workers.editing.history.remember(change, self._apply)

    def _apply(self, change: VerdictChange, undone: bool) -> None:
        """Undo a verdict, or give it again; the session has both."""
        self._steps.change(change.step, change.before if undone else change.after)

    @Slot(int, object, str)
    def _on_described(self, step: int, verdict: Verdict | None, actual: str) -> None:
        """Record a verdict with the actual result; the last of a step is the one that counts."""
        if self.plan is not None:
            title = self.plan.steps[step].title
            self._journal.step(self.plan.title, step + 1, title, verdict, by_program=False, actual=actual)

    @Slot(int)
    def _on_carry_out(self, step: int) -> None:
        if self.plan is not None:
            self.driver.begin(self.plan, step)

    @Slot(object)
    def _on_carried_out(self, result: StepResult) -> None:
        """Record what the program judged, and show it beside what the person will."""
        if self.plan is None:
            return
        result.record(self._journal, self.plan.title)
        self._steps.show_checks(result.number - 1, result.verdict, result.checks, result.sentence)

    def _keep_race(self, result: RaceResult) -> None:
        """Keep what a race of a plan found, for the report."""
        from app.experiments.race_report import keep_race

        try:
            keep_race(self._journal, result, self._services.catalogue)
        except BadInput as error:
            self.said.emit(str(error))

    def _texts(self, run: int) -> list[str]:
        store = self._store
        first = max(store.first, store.end - _LOOKED_AT)
        records = store.records(first, store.end - first)
        return [record.text for record in records if record.run == run and record.kind in LINES][-_TEXTS:]

    def _seen(self) -> int:
        store = self._store
        record = store.record(store.end - 1) if store.end > store.first else None
        return record.instant if record is not None else 0

    def _worst_lag(self) -> float | None:
        lag = self._lag()
        return None if lag is None else lag.most / 1e6
