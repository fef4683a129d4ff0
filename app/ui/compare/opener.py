"""Opens the compare window from the main window, when it is first asked for."""

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from app.ui.task import Task
from app.ui.widgets import single_shot

if TYPE_CHECKING:
    from app.core.batch import Batch
    from app.experiments.results import MatrixResult

_PATIENCE = 5.0  # seconds for a cancelled experiment, where waiting blocks the window


class Experiments(Protocol):
    """What is needed of the window that compares workers: see ``app.ui.compare.window``."""

    task: Task

    @property
    def matrix_result(self) -> "MatrixResult | None":
        """The matrix that was measured last, also in part; None if none was."""

    def bring_to_front(self) -> None:
        """Show the window before all others."""

    def say_cut_short(self, folder: Path | None) -> None:
        """Say where a matrix is that was cut short, if there is one in the folder."""

    def on_batch(self, batch: "Batch") -> None:
        """Show what a frame brought."""

    def pick_racers(self, names: Iterable[str]) -> None:
        """Bring the race to the front, with the workers that have these names picked."""

    def cancel(self) -> None:
        """Cancel the experiment that runs."""

    def setEnabled(self, enabled: bool, /) -> None:
        """Let the person start something, or not."""

    def shutdown(self, seconds: float) -> None:
        """Cancel the experiment and wait for it, up to some seconds."""


class CompareOpener(QObject):
    """Opens the compare window, and lets the main window's end wait for its experiment; the GUI thread only.

    Args:
        new_window: returns the window, which is not shown yet; called once, when it is first opened.
        folder: where the session files are, beside which a matrix that is cut short is saved; None to save none.
        close_deadline: seconds that a cancelled experiment has to end when the main window is closed.

    Signals:
        said: a sentence about the experiment that is waited for; empty when none is.
        finished: no experiment runs any more; whether a thread has to be left behind.
    """

    said = Signal(str)
    finished = Signal(bool)

    def __init__(
        self,
        new_window: Callable[[], Experiments],
        folder: Path | None,
        close_deadline: float,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._new_window = new_window
        self._folder = folder
        self._close_deadline = close_deadline
        self.window: Experiments | None = None
        self._timer = single_shot(self, partial(self._end, left=True))

    @Slot()
    def open(self) -> None:
        """Show the window; the same one, with what was found in it, each time."""
        if self.window is None:
            self.window = self._new_window()
            self.window.say_cut_short(self._folder)
        self.window.bring_to_front()

    @Slot(object)
    def race(self, names: Iterable[str]) -> None:
        """Show the window, ready to race the workers with these names."""
        self.open()
        if self.window is not None:
            self.window.pick_racers(names)

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

    def end_closing(self) -> None:
        """Let experiments start again: the main window stays open."""
        if self.window is not None:
            self.window.setEnabled(True)

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
            self._timer.start(round(self._close_deadline * 1000))

    @Slot(object)
    def _on_ended(self, _result: object) -> None:
        self._end(left=False)

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
            self._save_cut_short(window.matrix_result)

    def _save_cut_short(self, result: "MatrixResult | None") -> None:
        folder = self._folder
        if result is None or result.finished or folder is None or not any(cell.runs for cell in result.cells):
            return
        from app.core.errors import BadInput
        from app.ui.compare.matrix_export import save_cut_short

        # There is no window any more that could say that the disk is full.
        with contextlib.suppress(BadInput):
            save_cut_short(result, folder)
