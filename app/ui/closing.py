"""Closing the window while threads are alive: stop all runs, wait with the window alive, name those that are left."""

import signal
from collections.abc import Iterable

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.core.controller import Controller
from app.core.fold import RunSnapshot
from app.session.thread_words import stop_lines
from app.ui.chain.words import KILL
from app.ui.widgets import TextView, add_all, plain_label, single_shot

_MOST_NAMES = 6
_RELEASE_TIMEOUT = 1_000  # ms that released runs have to end, before they are named


def still_running(first: Iterable[RunSnapshot], count: int) -> str:
    """Return the sentence that says how many runs are still alive, and names the first few; no Qt."""
    names = [snapshot.title for snapshot in first][:_MOST_NAMES]
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return f"{count:,} {'thread is' if count == 1 else 'threads are'} still running: {', '.join(names)}{more}."


def stacks_text(snapshots: Iterable[RunSnapshot]) -> str:
    """Return the stacks of the first hundred runs, one under the other, and why they go on where that is known; no Qt."""
    parts = [
        "\n".join(filter(None, (f"{s.name.worker} #{s.name.number}, native id {s.native_id}", *stop_lines(s), s.stack)))
        for s in snapshots
    ]
    more = f"\n\n… and {len(parts) - 100:,} more" if len(parts) > 100 else ""
    return "\n\n".join(parts[:100]) + more


QUIT = "Quitting now ends the process immediately (exit status 3)."
QUIT_AND_KILL = "Quitting now ends the process immediately (exit status 3), and kills the processes that it started."


class StuckDialog(QDialog):
    """Names the threads that did not stop, with their stacks: keep waiting, quit anyway, or go back to the window.

    Escape goes back where that is offered, and waits where it is not.

    Signals:
        cancelled: the person wants to go back to the window.
        kill_asked: the person wants those killed that can be.
    """

    cancelled = Signal()
    kill_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Threads are still running")
        self.sentence = plain_label("", self, wraps=True)
        self.stacks = TextView("Stacks", self)
        self.hint = plain_label(QUIT, self, wraps=True)
        buttons = QDialogButtonBox(self)
        self.wait_button = buttons.addButton("Keep &waiting", QDialogButtonBox.ButtonRole.ActionRole)
        self.kill_button = buttons.addButton("&Kill processes", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.kill_button.setToolTip(KILL)
        self.kill_button.setAccessibleDescription(KILL)
        self.kill_button.clicked.connect(self.kill_asked)
        self.quit_button = buttons.addButton("&Quit anyway", QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel_button = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.cancel_button.clicked.connect(self.cancelled)
        self.wait_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        self.wait_button.clicked.connect(self.reject)
        add_all(QVBoxLayout(self), self.sentence, self.stacks, self.hint, buttons)
        self.resize(720, 420)

    def offer_cancel(self, offered: bool) -> None:
        """Offer to go back to the window, or not."""
        self.cancel_button.setVisible(offered)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cancel_button.isVisible():
            event.accept()
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def show_runs(self, snapshots: list[RunSnapshot]) -> None:
        """Show which runs are still alive, and where they are."""
        self.sentence.setText(still_running(snapshots, len(snapshots)))
        self.stacks.read(stacks_text(snapshots))
        kills = any(snapshot.can_be_killed for snapshot in snapshots)
        self.kill_button.setVisible(kills)
        self.hint.setText(QUIT_AND_KILL if kills else QUIT)


class CloseController(QObject):
    """Closes the window in order, from the first request to the exit status; the GUI thread only.

    Args:
        controller: of the runs.
        deadline: seconds for all runs together.
        parent: of the dialog.

    Attributes:
        begun: whether the window is being closed.
        has_killed: whether a run was killed for that.

    Signals:
        progress: the sentence that names the live runs; empty when there are none.
        finished: the process can end; whether a run has to be left behind.
        cancelled: the window stays open; new runs are taken again.
    """

    progress = Signal(str)
    finished = Signal(bool)
    cancelled = Signal()

    def __init__(self, controller: Controller, deadline: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._controller = controller
        self._interactive = True
        self._overdue = False
        self.begun = False
        self.has_killed = False
        self._timer = single_shot(self, self._on_deadline)
        self._deadline = deadline
        self.dialog = StuckDialog(parent)
        self.dialog.accepted.connect(self._finish_now)
        self.dialog.rejected.connect(self._on_wait)
        self.dialog.cancelled.connect(self.cancel)
        self.dialog.kill_asked.connect(self._on_kill)

    def begin(self, clicked: int | None = None, signal_number: int | None = None) -> None:
        """Ask all runs to stop. After SIGTERM no dialog is shown: stuck runs will be left behind."""
        if signal_number == signal.SIGTERM:
            self._interactive = False
            if self._overdue:
                self._finish_now()
                return
        if signal_number is not None:
            # The process is asked to end: there is no window to go back to.
            self.dialog.offer_cancel(False)
        if self.begun:
            return
        self.begun = True
        self._controller.close(self._deadline, clicked)
        if self._controller.is_idle():
            self._finish(left=False)
        else:
            self._timer.start(round(self._deadline * 1_000) + _RELEASE_TIMEOUT)
            self.on_frame()

    @Slot()
    def on_frame(self) -> None:
        """Report the live runs, once a frame while the window is closing."""
        if not self.begun:
            return
        ids = self._controller.state.live()
        self.progress.emit(still_running(self._controller.state.snapshots(ids[:_MOST_NAMES]), len(ids)) if ids else "")
        if self.dialog.isVisible():
            self.dialog.show_runs(self._controller.left())

    @Slot()
    def on_quiet(self) -> None:
        """Finish: the last run has ended."""
        if self.begun:
            self._finish(left=False)

    @Slot()
    def _on_deadline(self) -> None:
        if self._controller.is_idle():
            self._finish(left=False)
            return
        self._overdue = True
        if self._interactive:
            # Where their threads are comes with a later frame, and is shown then.
            self._controller.locate(self._controller.state.live())
            self.dialog.show_runs(self._controller.left())
            self.dialog.setWindowModality(Qt.WindowModality.WindowModal)
            self.dialog.open()
            self.dialog.wait_button.setFocus()
        else:
            self._finish_now()

    @Slot()
    def _on_kill(self) -> None:
        """Kill the runs that live in processes of their own; the window closes when the last of all runs has ended."""
        for run in self._controller.state.live():
            self.has_killed |= self._controller.kill(run)

    @Slot()
    def _on_wait(self) -> None:
        if self.begun and not self._controller.is_idle():
            self._overdue = False
            self._timer.start(round(self._deadline * 1_000))

    @Slot()
    def cancel(self) -> None:
        """Go back to the window: whatever was asked to stop stays asked, and new runs are taken again."""
        if self.begun:
            self._end()
            self._controller.reopen()
            self.progress.emit("")
            self.cancelled.emit()

    @Slot()
    def _finish_now(self) -> None:
        self._finish(left=not self._controller.is_idle())

    def _finish(self, *, left: bool) -> None:
        self._end()
        self.finished.emit(left)

    def _end(self) -> None:
        self.begun = self._overdue = False
        self._timer.stop()
        with QSignalBlocker(self.dialog):
            self.dialog.close()
