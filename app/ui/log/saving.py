"""Saves lines of the log in the background, with progress and a way to stop it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QProgressDialog

from app.session.export import export_lines
from app.session.segments import Segment
from app.ui.log.area import LogArea
from app.ui.log.logic import visible
from app.ui.log.shown import Range, Shown
from app.ui.save_dialog import LINES, ask_save_file
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.widgets import plain_label

WHAT = {"all": "&All lines…", "shown": "Lines &shown now…", "selected": "Se&lected lines…"}
_PATIENCE = 30.0  # seconds: a cancelled save takes back what it has written, which a slow disk may delay
_PAUSE = 0.05  # seconds between two updates of the progress


class Saver(QObject):
    """Saves all lines, those that are shown, or those that are selected; the GUI thread only.

    Signals:
        said: a sentence for the person.
        done: it has ended, one way or the other.
    """

    said = Signal(str)
    done = Signal()

    def __init__(self, area: LogArea) -> None:
        super().__init__(area)
        self._area = area
        self._total = 1
        self._dialog: QProgressDialog | None = None
        self._task = Task(self, pause=_PAUSE)
        self._task.progress.connect(self._on_progress)
        self._task.ended.connect(self._on_ended)

    @Slot(str)
    def ask(self, what: str) -> None:
        """Ask for a file's name, and save what is wanted there.

        Args:
            what: a key of ``WHAT``.
        """
        problem = self._problem(what)
        if problem:
            self.said.emit(problem)
            return
        ask_save_file(self._area, "Save log", "log", LINES, partial(self.start, what))

    def _problem(self, what: str) -> str:
        """Return why nothing can be saved; empty if it can."""
        panel, store = self._area.panel, self._area.store
        if self._task.is_running():
            return "Another log is being saved; wait until it is done, or cancel it."
        if store.archive is None:
            return "Nothing is recorded, so there is no file to save from."
        if not store.segments:
            return "There is nothing to save: nothing has been recorded yet."
        if what == "selected" and not panel.selection.count(panel.shown()):
            return "No line is selected."
        return ""

    def start(self, what: str, path: Path, form: str) -> None:
        """Save to a path in a format; returns at once, ``done`` follows.

        Args:
            what: a key of ``WHAT``.
            path: the file; it is written whole or not at all.
            form: one of ``app.session.export.FORMATS``.
        """
        problem = self._problem(what)
        if problem:
            # Said again: much may have happened while the name was asked for.
            self.said.emit(problem)
            return
        self._total, ranges = self._ranges(what)
        segments, started_ns = list(self._area.store.segments), self._area.panel.maker.started_ns
        self._dialog = self._new_dialog(path)
        self._task.start(f"Saving {path.name}", save_lines(segments, ranges, started_ns, path, form))

    def _new_dialog(self, path: Path) -> QProgressDialog:
        dialog = QProgressDialog("", "Cancel", 0, 1_000, self._area)
        dialog.setLabel(plain_label(f"Saving lines to {visible(path.name, 100)}…"))
        dialog.setWindowTitle("Save log")
        dialog.setMinimumDuration(500)
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.canceled.connect(self._task.cancel)
        return dialog

    def _ranges(self, what: str) -> tuple[int, Iterator[Range]]:
        """Return about how many lines are wanted, and which, as ranges of line numbers that are in the file."""
        panel, end = self._area.panel, self._area.store.committed
        if what == "all":
            return end, iter([(0, end)])
        # Gone through by the thread that saves: there may be a range for each of millions of hits.
        shown = panel.shown().frozen()
        if what == "shown":
            return shown.count(), _before(shown, [(0, shown.count())], end)
        chosen = [(shown.place(start), shown.place(stop)) for start, stop in panel.selection.ranges]
        return panel.selection.count(shown), _before(shown, chosen, end)

    @Slot(object)
    def _on_progress(self, written: list[int]) -> None:
        if self._dialog is not None and not self._task.is_cancelled():
            self._dialog.setValue(min(999, 1_000 * written[-1] // max(1, self._total)))

    @Slot(object)
    def _on_ended(self, result: TaskResult) -> None:
        if self._dialog is not None:
            self._dialog.canceled.disconnect(self._task.cancel)
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None
        self.said.emit(result.problem or result.value)
        self.done.emit()

    def shutdown(self) -> None:
        """Cancel what is being saved, and wait until it is."""
        self._task.cancel_and_wait(_PATIENCE)
        self._task.shutdown(0)


def save_lines(
    segments: list[Segment], ranges: Iterator[Range], started_ns: int, path: Path, form: str
) -> Callable[[TaskContext], str]:
    """Return a task that saves lines, reports how many are written, and returns the sentence about it."""

    def task(context: TaskContext) -> str:
        # Imported here: what saving needs is not needed for the first window.
        from app.session.save import save

        written = 0
        damaged: list[str] = []

        def count(lines: int) -> None:
            nonlocal written
            written += lines
            context.report(written, "written")

        chunks = export_lines(segments, ranges, form, started_ns, count, damaged.append)
        if not save(chunks, path, None, context.is_cancelled, [segment.path for segment in segments]):
            return "Saving was cancelled."
        what = "the workers' lines among " if form == "text" else ""
        sentence = f"Saved {what}{written:,} record{'s' if written != 1 else ''} in {path}."
        return f"{sentence} Some could not be read: {damaged[0]}" if damaged else sentence

    return task


def _before(shown: Shown, places: list[Range], end: int) -> Iterator[Range]:
    """Yield the lines at some places, from each to before each, as ranges of line numbers, those before ``end``."""
    for low, high in places:
        for start, stop in shown.ranges(low, high):
            if start < end:
                yield start, min(stop, end)
