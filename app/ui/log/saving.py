"""Saves lines of the log, in a thread of its own, with progress and a way to stop it."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.core.errors import BadInput
from app.ui.log.area import LogArea
from app.ui.log.shown import Shown

WHAT = {"all": "&All lines…", "shown": "Lines &shown now…", "selected": "Se&lected lines…"}
_FORMS = {
    "Text, exactly as written (*.txt)": ("text", ".txt"),
    "CSV for spreadsheets (*.csv)": ("csv", ".csv"),
    "JSON lines (*.jsonl)": ("jsonl", ".jsonl"),
}
_POLL = 50  # ms


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
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._written = 0
        self._sentence = ""
        self._dialog: QProgressDialog | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

    @Slot(str)
    def ask(self, what: str) -> None:
        """Ask for a file's name, and save what is wanted there."""
        problem = self._problem(what)
        if problem:
            self.said.emit(problem)
            return
        name, chosen = QFileDialog.getSaveFileName(
            self._area, "Save log", str(Path.home() / "log.txt"), ";;".join(_FORMS)
        )
        if name:
            form, ending = _FORMS.get(chosen, ("text", ".txt"))
            path = Path(name)
            self.start(what, path if path.suffix else path.with_suffix(ending), form)

    def _problem(self, what: str) -> str:
        """Return why nothing can be saved; empty if it can."""
        panel = self._area.panel
        if self._thread is not None:
            return "Another log is being saved; wait until it is done, or cancel it."
        if not self._area.store.segments:
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
        # Imported here: what saving needs is not needed for the first window.
        from app.session.export import exported_lines
        from app.session.save import save

        store, panel = self._area.store, self._area.panel
        count, ranges = self._ranges(what, panel.shown())
        segments, started_ns = list(store.segments), panel.maker.started_ns
        self._cancelled.clear()
        self._written, self._sentence = 0, ""

        def write() -> None:
            try:
                chunks = exported_lines(segments, ranges, form, started_ns, self._count)
                whole = save(chunks, path, None, self._cancelled.is_set)
                self._sentence = f"Saved {self._written:,} lines in {path}." if whole else "Saving was cancelled."
            except BadInput as error:
                self._sentence = str(error)

        self._thread = threading.Thread(target=write, name="saving", daemon=True)
        self._dialog = QProgressDialog(f"Saving lines to {path.name}…", "Cancel", 0, 1_000, self._area)
        self._dialog.setWindowTitle("Save log")
        self._dialog.setMinimumDuration(500)
        self._dialog.setWindowModality(Qt.WindowModality.NonModal)
        self._dialog.canceled.connect(self._cancelled.set)
        self._total = max(1, count)
        self._thread.start()
        self._timer.start()

    def _count(self, lines: int) -> None:
        self._written += lines

    def _ranges(self, what: str, shown: Shown) -> tuple[int, list[tuple[int, int]]]:
        """Return how many lines are wanted, and which, as ranges of line numbers that are in the file."""
        store, selection = self._area.store, self._area.panel.selection
        end = store.committed
        if what == "all":
            return end, [(0, end)]
        wanted = selection.shown_ranges(shown) if what == "selected" else shown.ranges(0, shown.count())
        ranges = [(start, min(stop, end)) for start, stop in wanted if start < end]
        return sum(stop - start for start, stop in ranges), ranges

    @Slot()
    def _on_poll(self) -> None:
        assert self._thread is not None
        if self._dialog is not None and not self._cancelled.is_set():
            self._dialog.setValue(min(999, 1_000 * self._written // self._total))
        if not self._thread.is_alive():
            self._finish()

    def _finish(self) -> None:
        self._timer.stop()
        assert self._thread is not None
        self._thread.join()
        self._thread = None
        if self._dialog is not None:
            self._dialog.canceled.disconnect(self._cancelled.set)
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None
        self.said.emit(self._sentence)
        self.done.emit()

    def put_away(self) -> None:
        """Cancel what is being saved, and wait until it is."""
        if self._thread is not None:
            self._cancelled.set()
            self._finish()
