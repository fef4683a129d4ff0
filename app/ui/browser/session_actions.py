"""The actions of the browser on sessions: what can be saved of them, compare and delete; one at a time."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.catalogue import Catalogue
from app.session.comparison import Comparison
from app.session.session_summary import SessionSummary, deletion_refusal, deletion_words
from app.ui.browser.comparison_window import ComparisonWindow
from app.ui.browser.saver import SessionSaver
from app.ui.browser.tasks import Deleted, compare_sessions, delete_sessions
from app.ui.display_text import visible
from app.ui.task import TaskResult

_LONGEST = 300  # characters of a line of the question


class SessionActions(SessionSaver):
    """Saves, compares and deletes sessions, and says the result; the GUI thread only.

    Args:
        parent: the browser.
        catalogue: the strategies and workloads: their titles, and what a test may use.
        recorded: returns the files of the session that is being recorded now.
        opened: returns the files that are open in session windows.

    Signals:
        deleted: the paths of sessions that are gone.
    """

    deleted = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        catalogue: Catalogue,
        recorded: Callable[[], Collection[Path]],
        opened: Callable[[], Collection[Path]],
    ) -> None:
        super().__init__(parent, catalogue)
        self._recorded, self._opened = recorded, opened
        self.comparisons: list[ComparisonWindow] = []

    def compare(self, first: SessionSummary, second: SessionSummary) -> None:
        """Show two sessions side by side; the window follows once both are read."""
        self.start("Comparing two sessions", compare_sessions(first, second, self._catalogue))

    def ask_delete(self, summaries: Sequence[SessionSummary]) -> None:
        """Ask whether to delete sessions, and delete them; says why not, if that cannot be."""
        if summaries and self._may_delete(summaries):
            ask_delete(self._parent, summaries, partial(self._delete, summaries))

    def _may_delete(self, summaries: Sequence[SessionSummary]) -> bool:
        sentence = deletion_refusal(summaries, self._recorded(), self._opened())
        if sentence:
            self.said.emit(sentence)
        return not sentence

    def _delete(self, summaries: Sequence[SessionSummary]) -> None:
        # Checked again: one of them may have been opened while the question was open.
        if self._may_delete(summaries):
            self.start("Deleting", delete_sessions([summary.path for summary in summaries]))

    def show_result(self, result: TaskResult) -> None:
        """Show a comparison, or say what else a task came to."""
        if isinstance(result.value, Comparison):
            self._show_comparison(result.value)
        elif isinstance(result.value, Deleted):
            self.deleted.emit(result.value.gone)
            self.said.emit(result.value.sentence)
        else:
            super().show_result(result)

    def _show_comparison(self, comparison: Comparison) -> None:
        window = ComparisonWindow(comparison, self._parent)
        self.comparisons.append(window)
        window.closed.connect(partial(self.comparisons.remove, window))
        window.show()

    def shutdown(self) -> None:
        """Cancel the task and wait for it; close the comparisons."""
        for window in list(self.comparisons):
            window.close()
        super().shutdown()


def ask_delete(parent: QWidget, summaries: Sequence[SessionSummary], confirmed: Callable[[], None]) -> QMessageBox:
    """Ask whether to delete some sessions, and list what is deleted; ``confirmed`` is called for a yes."""
    what = "this session" if len(summaries) == 1 else f"these {len(summaries):,} sessions"
    box = QMessageBox(parent)
    box.setObjectName("delete")
    box.setWindowTitle("Delete sessions")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Delete {what} permanently?")
    lines = deletion_words(summaries).split("\n")
    box.setInformativeText("\n".join(visible(line, _LONGEST) for line in lines))
    delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton("&Keep", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    delete.clicked.connect(confirmed)
    box.open()
    return box
