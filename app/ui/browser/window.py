"""The session browser: past sessions in a table, their notes, and the actions on them."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QMainWindow, QSplitter, QToolBar, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.session.session_summary import SessionSummary
from app.ui.browser.choice_table import ChoiceTable
from app.ui.browser.logic import FOUND_TITLES, Place, count_words, found_row
from app.ui.browser.session_actions import SessionActions
from app.ui.browser.session_pane import SessionPane
from app.ui.browser.table import SessionTable
from app.ui.browser.tasks import MOST_FOUND, Hit, read_folder, search_notes
from app.ui.central_column import CentralColumn
from app.ui.display_text import visible
from app.ui.task import Task, TaskResult
from app.ui.widgets import add_all, plain_label, single_shot

NO_MATCHES = "No matches"
NO_SESSIONS = "No sessions in {} yet. Whatever happens in the main window is recorded as one."
_TWO = 2
_TYPING_PAUSE = 150  # ms after a key: what would be found for each letter of a word is not wanted


class NoteSearch(QObject):
    """Looks for a text in the notes of sessions in the background, one search at a time; the GUI thread only.

    Signals:
        found: the hits, all of them or the first 1,000.
    """

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._summaries: Sequence[SessionSummary] = ()
        self._task = Task(self)
        self._task.ended.connect(self._on_ended)
        self._timer = single_shot(self, self._on_timeout, _TYPING_PAUSE)

    def start(self, text: str, summaries: Sequence[SessionSummary]) -> None:
        """Look for a text once the typing pauses, in place of an earlier one."""
        self.text, self._summaries = text, summaries
        # Not waited for: the thread looks at the rest of one session at most, and then ends.
        self._task.shutdown(0)
        self._timer.start()

    def stop(self) -> None:
        """Look for nothing any more."""
        self.text, self._summaries = "", ()
        self._timer.stop()
        self._task.shutdown()

    @Slot()
    def _on_timeout(self) -> None:
        self._task.start("The search", search_notes(self._summaries, self.text))

    @Slot(object)
    def _on_ended(self, result: TaskResult) -> None:
        self.found.emit(result.value or [])


class SessionBrowser(QMainWindow):
    """All sessions of a folder; the GUI thread only.

    Args:
        folder: where they are.
        catalogue: the strategies and workloads that a test of a session may use.
        recorded: returns the files of the session that is being recorded now.
        opened: returns the files that are open in session windows.
        open_session: shows a session, at a ``Place`` or at its beginning.
        parent: the main window.
    """

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        recorded: Callable[[], Collection[Path]],
        opened: Callable[[], Collection[Path]],
        open_session: Callable[[Path, Place | None], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sessions")
        self.setObjectName("sessions")
        self.folder = folder
        self._open_session = open_session
        self._shown: Path | None = None  # whose notes are in the pane
        self.reading = Task(self)
        self.session_actions = SessionActions(self, catalogue, recorded, opened)
        self.searching = NoteSearch(self)
        self.table = SessionTable(lambda path: path in recorded(), self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search the notes of all sessions (Ctrl+F)")
        self.search.setAccessibleName("Search notes")
        self.search.setClearButtonEnabled(True)
        self.pane = SessionPane(self)
        self.found = ChoiceTable(FOUND_TITLES, "Notes that were found", self)
        self.pane.addTab(self.found, "&Found")
        self.pane.setTabVisible(self.pane.indexOf(self.found), False)
        self.problem = plain_label("", self, wraps=True)
        self.problem.hide()
        self.count: QLabel = plain_label("", self)
        self._assemble()
        self._add_actions()
        self._connect()
        self.resize(1100, 640)
        self.table.setFocus()

    def _assemble(self) -> None:
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.addWidget(self.table)
        below = QWidget(splitter)
        add_all(QVBoxLayout(below), self.problem, (self.pane, 1), margins=0)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setChildrenCollapsible(False)
        self._column = CentralColumn(self, self.search, (splitter, 1), margins=(6, 6, 6, 0))
        self.setCentralWidget(self._column)
        self.statusBar().addPermanentWidget(self.session_actions.task_bar)
        self.statusBar().addPermanentWidget(self.count)

    def _add_actions(self) -> None:
        menu = self.menuBar().addMenu("&Session")
        bar = QToolBar("Sessions", self)
        bar.setObjectName("sessions-bar")
        bar.setMovable(False)
        self.addToolBar(bar)

        def new(text: str, keys: str, tip: str, slot: Callable[[], object]) -> QAction:
            action = menu.addAction(text)
            action.setShortcut(QKeySequence(keys))
            action.setToolTip(f"{tip} ({keys})" if keys else tip)
            action.setStatusTip(tip)
            action.triggered.connect(slot)
            return action

        self.open_action = new(
            "&Open", "Ctrl+O", "Open the selected sessions, each in a window of its own", self._on_open
        )
        self.compare_action = new("Co&mpare", "F6", "Show two sessions side by side", self._on_compare)
        self.report_action = new("Save &report…", "Ctrl+R", "Write a report of the session", self._on_report)
        self.test_action = new("Save as &test…", "", "Write the session as a test", self._on_test)
        self.export_action = new("&Export…", "Ctrl+E", "Write the lines of the session to a file", self._on_export)
        self.delete_action = new("&Delete…", "Del", "Delete the selected sessions; asks before", self._on_delete)
        bar.addActions(menu.actions())
        menu.addSeparator()
        new("&Search notes", "Ctrl+F", "Go to the search field", self._on_search)
        new("Re&fresh", "F5", "Read the folder again", self.reload)
        new("Close &window", "Ctrl+W", "Close this window", self.close)
        # Del edits the text while the search field has the focus.
        self.delete_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.table.addAction(self.delete_action)
        # Reached by Tab like everything else: a toolbar's buttons take no focus by themselves.
        for action in bar.actions():
            bar.widgetForAction(action).setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _connect(self) -> None:
        self.reading.progress.connect(self._on_summaries)
        self.reading.ended.connect(self._on_read)
        self.session_actions.said.connect(self.say)
        self.session_actions.saved.connect(self._on_saved)
        self.session_actions.deleted.connect(self._on_deleted)
        self.table.opened.connect(self._on_opened)
        self.table.selection_changed.connect(self._show_possible)
        self.table.selectionModel().currentChanged.connect(self._show_current)
        self.pane.chosen.connect(self._on_place)
        self.search.textChanged.connect(self._on_text)
        self.search.returnPressed.connect(self.found.setFocus)
        self.searching.found.connect(self._on_found)
        self.found.chosen.connect(self._on_hit)
        self._show_possible()

    # -- which there are -------------------------------------------------------------------------------------------

    def bring_to_front(self) -> None:
        """Show the window before all others."""
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def reload(self) -> None:
        """Read again which sessions there are; the table fills while they are read."""
        self.reading.shutdown()
        self.table.clear()
        self._show_current()
        self.reading.start("Looking", read_folder(self.folder))
        self._show_count()

    @Slot(object)
    def _on_summaries(self, summaries: list[SessionSummary]) -> None:
        self.table.add(summaries)
        self.table.select_first()
        self._show_count()

    @Slot(object)
    def _on_read(self, result: TaskResult) -> None:
        self._show_count()
        if result.problem:
            self.say(result.problem)
        elif not self.table.summaries():
            self.say(NO_SESSIONS.format(self.folder))
        if self.search.text():
            self._on_text(self.search.text())

    def _show_count(self) -> None:
        self.count.setText(count_words(self.table.summaries(), reading=self.reading.is_running()))

    @Slot()
    def _show_possible(self) -> None:
        count = len(self.table.selectionModel().selectedRows())
        for action in (self.open_action, self.delete_action):
            action.setEnabled(count > 0)
        for action in (self.report_action, self.test_action, self.export_action):
            action.setEnabled(count == 1)
        self.compare_action.setEnabled(count == _TWO)

    @Slot()
    def _show_current(self) -> None:
        summary = self.table.current()
        self._shown = summary.path if summary is not None else None
        self.pane.show_summary(summary)
        self.problem.setText(visible(summary.problem) if summary is not None else "")
        self.problem.setVisible(summary is not None and bool(summary.problem))

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for some time."""
        self.statusBar().showMessage(visible(sentence), 20_000)

    # -- notes -----------------------------------------------------------------------------------------------------

    @Slot()
    def _on_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        place = self.pane.indexOf(self.found)
        self.pane.setTabVisible(place, bool(text.strip()))
        if text.strip():
            self.pane.setCurrentIndex(place)
            self.searching.start(text, self.table.summaries())
        else:
            self.searching.stop()
            self.found.show_choices([], [])

    @Slot(object)
    def _on_found(self, hits: Sequence[Hit]) -> None:
        self.found.show_choices([found_row(*hit, self.searching.text) for hit in hits], hits)
        more = "the first " if len(hits) >= MOST_FOUND else ""
        self.pane.setTabText(self.pane.indexOf(self.found), f"&Found ({more}{len(hits):,})")
        if not hits:
            self.say(NO_MATCHES)

    @Slot(object)
    def _on_place(self, place: Place) -> None:
        if self._shown is not None:
            self._open_session(self._shown, place)

    @Slot(object)
    def _on_hit(self, hit: Hit) -> None:
        summary, note = hit
        self._open_session(summary.path, Place(note.t_ns, note.line))

    # -- actions ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_opened(self, path: Path) -> None:
        self._open_session(path, None)

    @Slot()
    def _on_open(self) -> None:
        for summary in self.table.selected():
            self._open_session(summary.path, None)

    @Slot()
    def _on_compare(self) -> None:
        summaries = self.table.selected()
        if len(summaries) == _TWO:
            self.session_actions.compare(*summaries)

    @Slot()
    def _on_export(self) -> None:
        for summary in self.table.selected()[:1]:
            self.session_actions.ask_export(summary.path)

    @Slot()
    def _on_report(self) -> None:
        for summary in self.table.selected()[:1]:
            self.session_actions.ask_report(summary.path)

    @Slot()
    def _on_test(self) -> None:
        for summary in self.table.selected()[:1]:
            self.session_actions.ask_test(summary.path)

    @Slot(object)
    def _on_saved(self, bar: QWidget) -> None:
        """Show where a file was saved above everything else."""
        self._column.offer(bar)
        bar.show()

    @Slot()
    def _on_delete(self) -> None:
        self.session_actions.ask_delete(self.table.selected())

    @Slot(object)
    def _on_deleted(self, paths: Sequence[Path]) -> None:
        self.table.remove(paths)
        self._show_count()

    # -- the end ---------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    def shutdown(self) -> None:
        """End every task; the window stays, and reads the folder again when it is shown."""
        self.searching.stop()
        self.reading.shutdown()
        self.session_actions.shutdown()
