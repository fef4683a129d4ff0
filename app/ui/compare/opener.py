"""Opens the compare window from the main window; its module is imported when it is first opened."""

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.core.worker import Worker
    from app.experiments.results import MatrixResult
    from app.ui.compare.window import CompareWindow
    from app.ui.services import Services
    from app.ui.theme import Theme
    from app.ui.worker_marks import WorkerMarks

_PATIENCE = 5.0  # seconds for a cancelled experiment, where waiting blocks the window


class CompareOpener(QObject):
    """Opens the compare window, and lets the main window's end wait for its experiment; the GUI thread only.

    Args:
        services: what lives longer than the window.
        theme, marks: the colours.
        workers: returns the workers of the main window.
        parent: over which the window stands.

    Signals:
        said: a sentence about the experiment that is waited for; empty when none is.
        finished: no experiment runs any more; whether a thread has to be left behind.
    """

    said = Signal(str)
    finished = Signal(bool)

    def __init__(
        self,
        services: "Services",
        theme: "Theme",
        marks: "WorkerMarks",
        workers: "Callable[[], Sequence[Worker]]",
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._services = services
        self._theme, self._marks, self._workers = theme, marks, workers
        self.window: CompareWindow | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_overdue)

    @Slot()
    def open(self) -> None:
        """Show the window; the same one, with what was found in it, each time."""
        if self.window is None:
            from app.ui.compare.window import CompareWindow

            services = self._services
            self.window = CompareWindow(
                services.catalogue, self._theme, self._marks, self._workers, self._alive, services.garbage, self._parent
            )
            self.window.say_cut_short(services.sessions)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def _alive(self) -> int:
        return self._services.controller.tally().alive

    def on_batch(self, batch: "Batch") -> None:
        """Show what a frame brought; cheap while the window was never opened."""
        if self.window is not None:
            self.window.on_batch(batch)

    # -- the end -------------------------------------------------------------------------------------------------

    def begin_closing(self) -> None:
        """Cancel the experiment, and let none start any more; returns at once."""
        if self.window is not None:
            self.window.cancel()
            self.window.setEnabled(False)

    @Slot(bool)
    def finish(self, left: bool) -> None:
        """Emit ``finished`` once no experiment runs any more.

        Args:
            left: whether a thread of the main window has to be left behind; then the experiment is not waited for.
        """
        window = self.window
        if left or window is None or not window.task.is_running():
            self.finished.emit(left)
        elif not self._timer.isActive():
            self.begin_closing()
            self.said.emit(f"{window.task.name} is being cancelled; what is done is kept.")
            window.task.ended.connect(self._on_ended)
            self._timer.start(round(self._services.settings.close_deadline * 1000))

    @Slot(object)
    def _on_ended(self, _result: object) -> None:
        self._end(left=False)

    @Slot()
    def _on_overdue(self) -> None:
        # It was cancelled and does not end: its thread is left behind.
        self._end(left=True)

    def _end(self, *, left: bool) -> None:
        self._timer.stop()
        if self.window is not None:
            self.window.task.ended.disconnect(self._on_ended)
        self.said.emit("")
        self.finished.emit(left)

    def shutdown(self) -> None:
        """Cancel the experiment and wait for it, before the window is deleted; a matrix cut short is saved to a file."""
        window, self.window = self.window, None
        if window is not None:
            window.shutdown(_PATIENCE)
            self._save_cut_short(window.matrix.result)

    def _save_cut_short(self, result: "MatrixResult | None") -> None:
        folder = self._services.sessions
        if result is None or result.finished or folder is None or not any(cell.runs for cell in result.cells):
            return
        from app.core.errors import BadInput
        from app.ui.compare.matrix_export import save_cut_short

        # There is no window any more that could say that the disk is full.
        with contextlib.suppress(BadInput):
            save_cut_short(result, folder)
