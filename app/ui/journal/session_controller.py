"""The session panel in the window: what is done is recorded, plans are opened and run, evidence is attached."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.core.batch import Kind
from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.plan_parts import Plan, rename_workers
from app.documents.plans import parse_plan, plan_paths, read_plan, to_document
from app.experiments.environment import environment_now, environment_texts
from app.experiments.plan_results import StepResult
from app.experiments.results import RaceResult
from app.session.export import chain_values
from app.session.journal import Journal, Verdict, one_press_each
from app.session.record_words import record_words
from app.session.unfinished import UnfinishedPlan, unfinished_plan
from app.ui.journal.evidence import Evidence
from app.ui.journal.logic import lines_around
from app.ui.journal.panel import SessionPanel
from app.ui.journal.plan_driver import PlanDriver, WorkerActions
from app.ui.log.panel import LogPanel
from app.ui.services import Services
from app.ui.task import Task, TaskResult
from app.ui.theme import Theme
from app.ui.widgets import InfoBar, new_action
from app.ui.window_lag import LagSummary
from app.ui.workers.rows import Row

if TYPE_CHECKING:
    from app.ui.browser.saver import SessionSaver

NOTHING_RECORDED = "Nothing has been recorded yet. Start a worker or write a note first."
_LINES = 200  # around the instant of a failure
_TEXTS = 10_000  # last lines of a run that a check looks at
_LOOKED_AT = 50_000  # last records of the log in which they are looked for: what is in memory


class Workers(WorkerActions, Protocol):
    """What plans, notes and links need of the window's workers; the workers panel is one."""

    def hasFocus(self) -> bool:
        """Return whether the table has the focus."""

    def selected_row(self) -> Row | None:
        """Return the first selected row; None if none is selected."""

    def select_named(self, names: Iterable[str]) -> None:
        """Select the rows of the workers with these names."""

    def say(self, sentence: str) -> None:
        """Show a sentence under the table."""


class SessionController(QObject):
    """Keeps the journal of the session and owns its panel; the GUI thread only.

    Args:
        services: what lives longer than the window.
        workers, log: what plans act upon, and what notes and evidence are about.
        timeline: what pictures are taken of.
        measured: returns the span that is measured in the timeline (ns in the session); None if none is.
        lag: returns the window lag so far; None while nothing was measured.
        theme: the colours of the verdicts.
        parent: what pictures are taken of, and dialogs stand over.

    Signals:
        said: a sentence for the person.
        offered: a widget with something to be done, to be shown above everything else.
    """

    said = Signal(str)
    offered = Signal(object)

    def __init__(
        self,
        services: Services,
        workers: Workers,
        log: LogPanel,
        timeline: QWidget,
        measured: Callable[[], tuple[int, int] | None],
        lag: Callable[[], LagSummary | None],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._workers, self._log, self._measured, self._lag = workers, log, measured, lag
        self._parent = parent
        self._services = services
        self._clock = services.controller.clock
        origin = services.stream.origin
        self.journal = Journal(services.stream.append, origin, self._surroundings)
        started = time.strftime("%H:%M", time.localtime(services.started_ns / 1e9))
        self.panel = SessionPanel(self.journal, self._clock.now, origin, started, self._link, theme, parent)
        tip = "What you are testing, notes, and the steps of a plan (Ctrl+J)"
        self.panel_action = new_action(self, "Session &panel", "Ctrl+J", tip, self._on_panel)
        self.panel_action.setCheckable(True)
        self.evidence = Evidence(self.journal, parent, timeline, self._lines_now, self._chains, self._surroundings)
        self.driver = PlanDriver(
            workers,
            services.controller,
            self._texts,
            self._worst_lag,
            self.journal.action,
            self._seen,
            self._keep_race,
            self,
        )
        self.plan: Plan | None = None
        self.unfinished: InfoBar | None = None
        self._saver: SessionSaver | None = None
        self._looking = Task(self)
        self._looking.ended.connect(self._on_looked)
        self.driver.finished.connect(self._on_carried_out)
        self.panel.said.connect(self.said)
        self.panel.chosen.connect(self._on_link)
        self.panel.steps.judged.connect(self._on_judged)
        self.panel.steps.described.connect(self._on_described)
        self.panel.steps.report_asked.connect(self.save_report)
        self.panel.steps.carried_out.connect(self._on_carry_out)
        self._fill_plans(self.panel.plans)

    def fill_menu(self, menu: QMenu) -> None:
        """Put what can be done about the session into a menu."""
        entries = (
            ("&Attach screenshot", "F12", "Attach a picture of the window as evidence", self.attach_window),
            (
                "Attach picture of the &timeline",
                "Shift+F12",
                "Attach a picture of the timeline as evidence",
                self.attach_timeline,
            ),
        )
        menu.addAction(self.panel_action)
        for text, keys, tip, slot in entries:
            menu.addAction(new_action(self, text, keys, tip, slot))
        self._fill_plans(menu.addMenu("Open p&lan"))
        menu.addSeparator()
        report = "Save a report of this session so far"
        menu.addAction(new_action(self, "Save &report…", "Ctrl+R", report, self.save_report))
        test = "Save this session so far as a pytest file that repeats it"
        menu.addAction(new_action(self, "Save as &test…", None, test, self.save_test))

    # -- what is saved of the session ----------------------------------------------------------------------------

    @Slot()
    def save_report(self) -> None:
        """Ask for a file's name, and save the report of this session so far."""
        self.panel.steps.keep()
        path = self._recorded_path()
        if path is not None:
            self.saver().ask_report(path)

    @Slot()
    def save_test(self) -> None:
        """Ask for a file's name, and save this session so far as a test."""
        path = self._recorded_path()
        if path is not None:
            self.saver().ask_test(path)

    def _recorded_path(self) -> Path | None:
        """Return the file of this session; None, and a sentence, if there is none."""
        recorder = self._services.recorder
        path = None if recorder is None else recorder.status().path
        if path is None:
            self.said.emit(NOTHING_RECORDED)
        return path

    def saver(self) -> "SessionSaver":
        """Return what saves reports and tests of this session, made when it is first asked for."""
        if self._saver is None:
            # Imported now: the first window needs nothing of it.
            from app.ui.browser.saver import SessionSaver

            self._saver = SessionSaver(self._parent, self._services.catalogue)
            self._saver.said.connect(self.said)
            self._saver.saved.connect(self.offered)
            self.offered.emit(self._saver.task_bar)
        return self._saver

    # -- plans and what is unfinished ----------------------------------------------------------------------------

    def _fill_plans(self, menu: QMenu) -> None:
        for name, path in plan_paths().items():
            menu.addAction(name.replace("&", "&&")).triggered.connect(partial(self.open_plan, path))
        menu.addSeparator()
        menu.addAction("&Other…").triggered.connect(self.ask_for_plan)

    @Slot()
    def _on_panel(self) -> None:
        """Put the focus into the panel when it was opened by hand."""
        if self.panel.isVisible():
            self.panel.focus_page()

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
        self.journal.action("put-aside", clicked=self._clock.now(), title=unfinished.title, session=unfinished.session)

    def shutdown(self) -> None:
        """Let go of what goes on by itself."""
        self.driver.shutdown()
        if self._saver is not None:
            self._saver.shutdown()
        self._looking.shutdown()

    # -- what is recorded ----------------------------------------------------------------------------------------

    @Slot(object)
    def record(self, actions: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Record what the person did: words and their facts, in their order."""
        for word, facts in one_press_each(actions):
            self.journal.action(word, **facts)

    def closing(self) -> None:
        """Carry out nothing more, and record that the window is being closed.

        Only if anything was recorded: a session in which nothing was done leaves no file.
        """
        self.driver.give_up()
        self.panel.steps.keep()
        if self.journal.has_entries():
            self.journal.action("close", clicked=self._clock.now())

    def set_surroundings(self, stop_deadline: float, switch_interval: float) -> None:
        """Set the stop deadline and Python's switch interval, both in seconds, and record what that changes.

        Surroundings that were not recorded yet will be, as they are then.
        """
        before = self._surroundings()
        self._services.controller.set_deadline(stop_deadline)
        sys.setswitchinterval(switch_interval)
        after = self._surroundings()
        changed = {key: after[key] for key in ("stop_deadline_s", "switch_interval") if after[key] != before[key]}
        if changed and self.journal.has_entries():
            self.journal.action("preferences", clicked=self._clock.now(), **changed)

    def closing_cancelled(self) -> None:
        """Record that the window stays open after all."""
        if self.journal.has_entries():
            self.journal.action("close-cancelled", clicked=self._clock.now())

    def _surroundings(self) -> dict[str, str]:
        return environment_texts(environment_now()) | {"stop_deadline_s": f"{self._services.controller.deadline:g}"}

    def _link(self) -> Mapping[str, Any] | None:
        """Return what a note is about: the span that is measured, the line that is chosen, or the run of the chosen row."""
        span = self._measured()
        if span is not None:
            return {"span_ns": list(span)}
        line = self._log.line
        if line is not None and not self._workers.hasFocus():
            return {"line": line}
        row = self._workers.selected_row()
        if row is None or row.snapshot is None:
            return {"line": line} if line is not None else None
        return {"run": row.snapshot.run, "worker": row.worker.name, "number": row.snapshot.name.number}

    @Slot(object)
    def _on_link(self, link: Mapping[str, Any]) -> None:
        if isinstance(link.get("line"), int):
            self._log.choose(link["line"])
            return
        if isinstance(link.get("worker"), str):
            self._workers.select_named([link["worker"]])

    # -- evidence ------------------------------------------------------------------------------------------------

    @Slot()
    def attach_window(self) -> None:
        """Attach a picture of the window."""
        self.said.emit(self.evidence.picture("F12"))

    @Slot()
    def attach_timeline(self) -> None:
        """Attach a picture of the timeline."""
        self.said.emit(self.evidence.picture("Shift+F12", timeline=True))

    def _lines_now(self) -> str:
        store, origin = self._log.store, self._services.stream.origin
        first = max(store.first, store.end - 2 * _LINES)
        rows = []
        for number, record in enumerate(store.records(first, store.end - first), first):
            name = store.name(record.run)
            text = record_words(record.kind, record.text)
            rows.append((record.instant - origin, number, f"{name.worker} #{name.number}", text[:4_096]))
        return lines_around(rows, self._clock.now() - origin, _LINES)

    def _chains(self) -> list[dict[str, object]]:
        chains = []
        for row in self._workers.rows.rows:
            if row.snapshot is not None and row.snapshot.outcome is not None:
                values = chain_values(row.snapshot.since(self._services.stream.origin))
                chains.append({"worker": row.worker.name, "run": row.snapshot.name.number, **values})
        return chains

    # -- plans ---------------------------------------------------------------------------------------------------

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
        self.driver.give_up()
        self.panel.steps.keep()
        self.plan = plan
        self.journal.action(
            "plan",
            clicked=self._clock.now(),
            title=plan.title,
            plan=to_document(plan),
            **({} if resumed is None else {"resumes": resumed.session, "earlier": resumed.earlier}),
        )
        self.panel.show_plan(plan.title, plan.steps, () if resumed is None else resumed.steps)
        self.panel_action.setChecked(True)
        self.panel.steps.table.setFocus()

    @Slot(int, object, str)
    def _on_judged(self, step: int, verdict: Verdict, actual: str) -> None:
        """Record what the person judged; a failure brings its evidence with it."""
        self._on_described(step, verdict, actual)
        if self.plan is not None and verdict is Verdict.FAIL:
            self.said.emit(self.evidence.of_failure(step + 1))

    @Slot(int, object, str)
    def _on_described(self, step: int, verdict: Verdict, actual: str) -> None:
        """Record a verdict with the actual result; the last of a step is the one that counts."""
        if self.plan is not None:
            title = self.plan.steps[step].title
            self.journal.step(self.plan.title, step + 1, title, verdict, by_program=False, actual=actual)

    @Slot(int)
    def _on_carry_out(self, step: int) -> None:
        if self.plan is not None:
            self.driver.begin(self.plan, step)

    @Slot(object)
    def _on_carried_out(self, result: StepResult) -> None:
        """Record what the program judged, and show it beside what the person will."""
        if self.plan is None:
            return
        result.record(self.journal, self.plan.title)
        self.panel.steps.show_checks(result.number - 1, result.verdict, result.checks, result.sentence)

    def _keep_race(self, result: RaceResult) -> None:
        """Keep what a race of a plan found, for the report."""
        from app.experiments.race_report import keep_race

        try:
            keep_race(self.journal, result, self._services.catalogue)
        except BadInput as error:
            self.said.emit(str(error))

    def _texts(self, run: int) -> list[str]:
        store = self._log.store
        first = max(store.first, store.end - _LOOKED_AT)
        records = store.records(first, store.end - first)
        return [record.text for record in records if record.run == run and record.kind == Kind.LINE][-_TEXTS:]

    def _seen(self) -> int:
        store = self._log.store
        record = store.record(store.end - 1) if store.end > store.first else None
        return record.instant if record is not None else 0

    def _worst_lag(self) -> float | None:
        lag = self._lag()
        return None if lag is None else lag.most / 1e6
