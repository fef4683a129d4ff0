"""The session in the window: what is done is recorded, evidence is attached, reports are saved, its panel is shown."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.experiments.environment import environment_now, environment_texts
from app.session.export import chain_values
from app.session.journal import Journal, one_press_each
from app.session.record_words import record_words
from app.ui.journal.evidence import Evidence
from app.ui.journal.logic import lines_around
from app.ui.journal.panel import SessionPanel
from app.ui.journal.plan_controller import PlanController, PlanWorkers
from app.ui.log.panel import LogPanel
from app.ui.services import Services
from app.ui.theme import Theme
from app.ui.widgets import new_action
from app.ui.window_lag import LagSummary
from app.ui.workers.rows import Row

if TYPE_CHECKING:
    from app.ui.browser.saver import SessionSaver

NOTHING_RECORDED = "Nothing has been recorded yet. Start a worker or write a note first."
_LINES = 200  # around the instant of a failure


class Workers(PlanWorkers, Protocol):
    """What plans, notes and links need of the window's workers; the workers panel is one."""

    def hasFocus(self) -> bool:
        """Return whether the table has the focus."""

    def selected_row(self) -> Row | None:
        """Return the first selected row; None if none is selected."""

    def select_named(self, names: Iterable[str]) -> None:
        """Select the rows of the workers with these names."""


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

    Attributes:
        plans: opens plans and has their steps carried out.

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
        self._workers, self._log, self._measured = workers, log, measured
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
        self.plans = PlanController(
            services, workers, log.store, self.panel.steps, self.journal, self.evidence, lag, parent
        )
        self.plans.fill_menu(self.panel.plans)
        self._saver: SessionSaver | None = None
        self.plans.said.connect(self.said)
        self.plans.offered.connect(self.offered)
        self.plans.shown.connect(self._on_plan_shown)
        self.panel.said.connect(self.said)
        self.panel.chosen.connect(self._on_link)
        self.panel.steps.report_asked.connect(self.save_report)

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
        self.plans.fill_menu(menu.addMenu("Open p&lan"))
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

    # -- the panel ----------------------------------------------------------------------------

    @Slot()
    def _on_plan_shown(self) -> None:
        """Open the panel at the steps of the plan."""
        self.panel.show_steps()
        self.panel_action.setChecked(True)

    @Slot()
    def _on_panel(self) -> None:
        """Put the focus into the panel when it was opened by hand."""
        if self.panel.isVisible():
            self.panel.focus_page()

    def shutdown(self) -> None:
        """Let go of what goes on by itself."""
        self.plans.shutdown()
        if self._saver is not None:
            self._saver.shutdown()

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
        self.plans.give_up()
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
