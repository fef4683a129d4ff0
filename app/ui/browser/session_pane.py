"""The notes, steps and runs of a session, as tables to choose from."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

from app.core.catalogue import Catalogue
from app.session.requests import Request
from app.session.session_report import RunReport, SessionReport
from app.session.session_summary import SessionSummary
from app.ui.browser.choice_table import ChoiceTable
from app.ui.browser.evidence_page import EvidencePage
from app.ui.browser.logic import (
    NOTE_TITLES,
    RUN_TITLES,
    STEP_TITLES,
    Place,
    note_rows,
    run_instant,
    run_table,
    snapshot_of,
    step_table,
)
from app.ui.browser.tasks import read_session
from app.ui.chain.view import StopPage
from app.ui.details.request_page import RequestPage
from app.ui.display_text import visible
from app.ui.task import Task, TaskResult
from app.ui.theme import Theme
from app.ui.widgets import scrolled

# Counting the lines of each run takes a pass over the whole file, which is not interrupted: closing the window does not
# wait for that. The thread ends by itself; it touches nothing of the window's.
_PATIENCE = 0.5  # seconds


class SessionPane(QTabWidget):
    """The notes and the steps of a session; the GUI thread only.

    Signals:
        chosen: a ``Place`` that the log is to show.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Session")
        self.notes = ChoiceTable(NOTE_TITLES, "Notes of the session", self)
        self.steps = ChoiceTable(STEP_TITLES, "Steps of the session", self)
        for title, table in (("&Notes", self.notes), ("Ste&ps", self.steps)):
            self.addTab(table, title)
            table.chosen.connect(self.chosen)

    def show_summary(self, summary: SessionSummary | None) -> None:
        """Show the notes and steps of a session, or nothing."""
        notes, steps = (summary.notes, summary.steps) if summary is not None else ((), ())
        self.notes.show_choices(note_rows(notes), [Place(note.t_ns, note.line) for note in notes])
        # What was judged in an earlier session has no place in this one.
        judged = [
            [given for given in (step.by_person, step.by_program) if given and not given.session] for step in steps
        ]
        places = [Place(max(given.t_ns for given in each)) if each else None for each in judged]
        self.steps.show_choices(step_table(steps), places)
        self.say_count(self.notes, "&Notes", len(notes))
        self.say_count(self.steps, "Ste&ps", len(steps))

    def say_count(self, page: QWidget, title: str, count: int) -> None:
        """Say in a page's title how much is on it."""
        place = self.indexOf(page)
        if place >= 0:
            self.setTabText(place, f"{title} ({count:,})")


class RecordedSessionPane(SessionPane):
    """Reads a session in the background: notes and steps first, then runs and evidence. The GUI thread only.

    Args:
        path: the session's file.
        theme: the colours of the stop chains.
        catalogue: has the titles that stand in place of ids.
    """

    def __init__(self, path: Path, theme: Theme, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._runs: Sequence[RunReport] = ()
        self._page = QSplitter(Qt.Orientation.Vertical, self)
        self.runs = ChoiceTable(RUN_TITLES, "Runs of the session", self)
        # An empty catalogue: today's source lines may differ from the session's, whose record has the stack as it was.
        self.stop = StopPage(theme, Catalogue(), self)
        self._page.addWidget(self.runs)
        self._page.addWidget(self.stop)
        self._page.setSizes([1_000, 1_000])  # half of what there is for each
        self._page.setChildrenCollapsible(False)
        self.addTab(self._page, "R&uns")
        # A page of its own once an arrow of the timeline was chosen: most sessions have observed no program.
        self._requests = RequestPage(theme, self, is_recorded=True)
        self._code = scrolled(self._requests, self)
        self._code.hide()
        self.evidence = EvidencePage(catalogue, self)
        self.addTab(self.evidence, "E&vidence")
        self.evidence.table.chosen.connect(self.chosen)
        self.runs.chosen.connect(self.chosen)
        self.runs.current_changed.connect(self._show_stop)
        self.reading = Task(self)
        self.reading.progress.connect(self._on_summaries)
        self.reading.ended.connect(self._on_read)
        self.stop.say("Reading the runs…")
        self.reading.start("Reading", read_session(path))

    def show_request(self, requests: Sequence[Request], key: object) -> None:
        """Show the code of one of the requests for a thread of an observed program; ``key`` says which."""
        self._requests.show_run(requests, None, key)
        if self.indexOf(self._code) < 0:
            self.addTab(self._code, "C&ode")
        self.setCurrentWidget(self._code)

    @Slot(object)
    def _on_summaries(self, summaries: list[SessionSummary]) -> None:
        for summary in summaries:
            self.show_summary(summary)

    @Slot(object)
    def _on_read(self, result: TaskResult) -> None:
        report: SessionReport | None = result.value
        self._runs = report.runs if report is not None else ()
        pieces = report.evidence if report is not None else ()
        self.evidence.show_evidence(pieces, visible(result.problem))
        self.say_count(self.evidence, "E&vidence", len(pieces))
        self.runs.show_choices(run_table(self._runs, self._catalogue), [Place(run_instant(run)) for run in self._runs])
        self.say_count(self._page, "R&uns", len(self._runs))
        self.stop.say(
            visible(result.problem) or ("Choose a run to see its stop." if self._runs else "Nothing was run.")
        )

    @Slot(int)
    def _show_stop(self, row: int) -> None:
        if not 0 <= row < len(self._runs):
            return
        snapshot = snapshot_of(self._runs[row])
        if snapshot is None:
            self.stop.say(f"{self._runs[row].title}: there is no record of its end.")
        else:
            self.stop.show_run(snapshot, 0)

    def shutdown(self) -> None:
        """Read no further."""
        self.reading.shutdown(_PATIENCE)
