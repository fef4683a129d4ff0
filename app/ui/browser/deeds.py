"""What is done with sessions from the browser: exporting, reporting, comparing, deleting; one thing at a time."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.session.comparison import Comparison
from app.session.removal import deletion_refusal
from app.session.session_summary import SessionSummary
from app.ui.browser.asking import ask_delete, ask_file
from app.ui.browser.background import Background
from app.ui.browser.compared import ComparedWindow
from app.ui.browser.errand import Ending
from app.ui.browser.errands import EXPORTS, REPORTS, Deleted, Work, compare_two, delete, export, write_report
from app.ui.log.logic import visible
from app.ui.widgets import plain_label


class Doing(QWidget):
    """What goes on, in words, and a button that cancels it; hidden while nothing does. The GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = plain_label("", self)
        self.cancel = QPushButton("&Cancel", self)
        self.cancel.setAccessibleName("Cancel")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.words)
        layout.addWidget(self.cancel)
        self.hide()

    def show_words(self, words: str) -> None:
        """Show what goes on; nothing if it is empty."""
        self.words.setText(visible(words, 100))
        self.setVisible(bool(words))


class Deeds(QObject):
    """Does things with sessions and says what came of it; the GUI thread only.

    Args:
        parent: the browser.
        recorded: returns the files of the sitting that is being recorded now.
        opened: returns the files that are open in session windows.

    Signals:
        said: a sentence for the person.
        deleted: the paths of sessions that are gone.
    """

    said = Signal(str)
    deleted = Signal(object)

    def __init__(
        self, parent: QWidget, recorded: Callable[[], Collection[Path]], opened: Callable[[], Collection[Path]]
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._recorded, self._opened = recorded, opened
        self.working = Background(self)
        self.doing = Doing(parent)
        self.compared: list[ComparedWindow] = []
        self.working.ended.connect(self._on_done)
        self.doing.cancel.clicked.connect(self.working.cancel)

    def compare(self, first: SessionSummary, second: SessionSummary) -> None:
        """Show two sessions side by side; the window follows once both are read."""
        self._start("Comparing two sessions", compare_two(first, second))

    def ask_export(self, path: Path) -> None:
        """Ask for a file's name, and write a session's lines there."""
        ask_file(self._parent, "Export session", path.stem, EXPORTS, partial(self.export, path))

    def export(self, path: Path, out: Path, form: str) -> None:
        """Write a session's lines to a file; returns at once."""
        self._start(f"Exporting {path.stem}", export(path, out, form))

    def ask_report(self, path: Path) -> None:
        """Ask for a file's name, and write the report of a session there."""
        ask_file(self._parent, "Report of a session", path.stem, REPORTS, partial(self.write_report, path))

    def write_report(self, path: Path, out: Path, form: str) -> None:
        """Write a session's report to a file; returns at once."""
        self._start(f"Writing the report of {path.stem}", write_report(path, out, form))

    def ask_delete(self, cards: Sequence[SessionSummary]) -> None:
        """Ask whether to delete sessions, and delete them; says why not, if that cannot be."""
        if cards and self._may_delete(cards):
            ask_delete(self._parent, cards, lambda: self._delete(cards))

    def _may_delete(self, cards: Sequence[SessionSummary]) -> bool:
        sentence = deletion_refusal(cards, self._recorded(), self._opened())
        if sentence:
            self.said.emit(sentence)
        return not sentence

    def _delete(self, cards: Sequence[SessionSummary]) -> None:
        # Looked at again: one of them may have been opened while the question stood there.
        if self._may_delete(cards):
            self._start("Deleting", delete([card.path for card in cards]))

    def _start(self, what: str, work: Work) -> None:
        if self.working.start(what, work):
            self.doing.show_words(f"{what}…")
        else:
            self.said.emit(f"{self.working.what} is still going on; wait until it is done, or cancel it.")

    @Slot(object)
    def _on_done(self, ending: Ending) -> None:
        self.doing.show_words("")
        result = ending.result
        if isinstance(result, Comparison):
            self._show_comparison(result)
        elif isinstance(result, Deleted):
            self.deleted.emit(result.gone)
            self.said.emit(result.sentence)
        elif ending.problem or result:
            self.said.emit(ending.problem or str(result))

    def _show_comparison(self, comparison: Comparison) -> None:
        window = ComparedWindow(comparison, self._parent)
        self.compared.append(window)
        window.closed.connect(partial(self.compared.remove, window))
        window.show()

    def put_away(self) -> None:
        """Cancel what goes on and wait for it; close what was opened."""
        for window in list(self.compared):
            window.close()
        self.working.put_away()
        self.doing.show_words("")
