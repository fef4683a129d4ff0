"""Closing the window while threads are alive: ask everybody, wait with the window alive, name who is left."""

import signal
from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.controller import Controller
from app.core.fold import RunSnapshot
from app.ui.widgets import plain_label

_MOST_NAMES = 6
_RELEASED_WITHIN = 1_000  # ms that those who were let go have for their end, before they are named


def still_running(snapshots: Iterable[RunSnapshot]) -> str:
    """Return the sentence that says who is still alive; no Qt."""
    names = [f"{snapshot.name.worker} #{snapshot.name.number}" for snapshot in snapshots]
    shown = ", ".join(names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    one = len(names) == 1
    return f"{len(names):,} {'thread is' if one else 'threads are'} still running: {shown}{more}."


def stacks_text(snapshots: Iterable[RunSnapshot]) -> str:
    """Return the stacks of the first hundred runs, one under the other; no Qt."""
    parts = [f"{s.name.worker} #{s.name.number}, native id {s.native_id}\n{s.stack}" for s in snapshots]
    more = f"\n\n… and {len(parts) - 100:,} more" if len(parts) > 100 else ""
    return "\n\n".join(parts[:100]) + more


class StuckDialog(QDialog):
    """Names the threads that did not stop, with their stacks: Wait, or Leave. Escape waits."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Threads are still running")
        self.sentence = plain_label("", self)
        self.sentence.setWordWrap(True)
        self.stacks = QPlainTextEdit(self)
        self.stacks.setReadOnly(True)
        self.stacks.setAccessibleName("Stacks")
        self.stacks.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.stacks.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.stacks.setTabChangesFocus(True)
        hint = plain_label("Wait for them, or leave: the process then ends at once, with exit status 3.", self)
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(self)
        self.wait = buttons.addButton("&Wait", QDialogButtonBox.ButtonRole.RejectRole)
        self.leave = buttons.addButton("&Leave", QDialogButtonBox.ButtonRole.AcceptRole)
        self.wait.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.sentence, self.stacks, hint, buttons):
            layout.addWidget(widget)
        self.resize(720, 420)

    def tell(self, snapshots: list[RunSnapshot]) -> None:
        """Say who is still alive and where."""
        self.sentence.setText(still_running(snapshots))
        text = stacks_text(snapshots)
        if self.stacks.toPlainText() != text:
            self.stacks.setPlainText(text)


class Closing(QObject):
    """Carries out one closing, from the first request to the exit status; the GUI thread only.

    Args:
        controller: who is alive.
        deadline: seconds that everybody has together.
        parent: of the dialog.

    Signals:
        progress: the sentence that says who is still alive; empty when nobody is.
        finished: it is time to leave; whether somebody has to be left behind.
    """

    progress = Signal(str)
    finished = Signal(bool)

    def __init__(self, controller: Controller, deadline: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        self._attended = True
        self._overdue = self._has_let_go = False
        self.begun = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._deadline = round(deadline * 1000)
        self._timer.timeout.connect(self._on_deadline)
        self.dialog = StuckDialog(parent)
        self.dialog.accepted.connect(self._on_leave)
        self.dialog.rejected.connect(self._on_wait)

    def begin(self, clicked: int | None = None, signal_number: int | None = None) -> None:
        """Ask everybody to stop. At SIGTERM there is nobody to answer a dialog: whoever is stuck will be left."""
        if signal_number == signal.SIGTERM:
            self._attended = False
            if self._overdue:
                self._leave()
                return
        if self.begun:
            return
        self.begun = True
        self._controller.begin_close(clicked)
        if self._controller.is_idle():
            self._end(left=False)
        else:
            self._timer.start(self._deadline)
            self.on_frame()

    @Slot()
    def on_frame(self) -> None:
        """Say who is still alive; while a closing goes on, once a frame."""
        if not self.begun:
            return
        ids = self._controller.live()
        self.progress.emit(still_running(self._controller.snapshots(ids)) if ids else "")

    @Slot()
    def on_quiet(self) -> None:
        """Leave: the last run has ended."""
        if self.begun:
            self._end(left=False)

    @Slot()
    def _on_deadline(self) -> None:
        if self._controller.is_idle():
            self._end(left=False)
        elif not self._has_let_go:
            self._has_let_go = True
            self._controller.let_all_go()
            self._timer.start(_RELEASED_WITHIN)
        else:
            self._on_overdue()

    def _on_overdue(self) -> None:
        self._overdue = True
        if self._attended:
            self.dialog.tell(self._controller.left())
            self.dialog.setWindowModality(Qt.WindowModality.WindowModal)
            self.dialog.open()
            self.dialog.wait.setFocus()
        else:
            self._leave()

    @Slot()
    def _on_leave(self) -> None:
        self._leave()

    @Slot()
    def _on_wait(self) -> None:
        if self.begun and not self._controller.is_idle():
            self._overdue = False
            self._timer.start(self._deadline)

    def _leave(self) -> None:
        self._end(left=not self._controller.is_idle())

    def _end(self, *, left: bool) -> None:
        self.begun = False
        self._timer.stop()
        self.dialog.blockSignals(True)
        self.dialog.close()
        self.finished.emit(left)
