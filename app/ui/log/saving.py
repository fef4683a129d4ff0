"""Saves lines of the log, in a thread of its own, with progress and a way to stop it."""

import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QProgressDialog

from app.core.errors import BadInput
from app.session.segments import Segment
from app.ui.log.area import LogArea
from app.ui.log.logic import visible
from app.ui.log.shown import Range, Shown
from app.ui.widgets import plain_label

WHAT = {"all": "&All lines…", "shown": "Lines &shown now…", "selected": "Se&lected lines…"}
_FORMS = {
    "Text, exactly as written (*.txt)": "text",
    "CSV for spreadsheets (*.csv)": "csv",
    "JSON lines (*.jsonl)": "jsonl",
}
_ENDINGS = {"text": "txt", "csv": "csv", "jsonl": "jsonl"}
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
        self._total = 1
        self._sentence = ""
        self._damaged: list[str] = []
        self._dialog: QProgressDialog | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

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
        dialog = QFileDialog(self._area, "Save log", str(Path.home()), ";;".join(_FORMS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # The dialog adds the ending, so that it is the name with the ending of which it asks whether to replace it.
        dialog.setDefaultSuffix("txt")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_ENDINGS[_FORMS[chosen]]))
        dialog.selectFile("log")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(
            lambda name: self.start(what, Path(name), form_of(name, _FORMS.get(dialog.selectedNameFilter(), "text")))
        )
        dialog.open()

    def _problem(self, what: str) -> str:
        """Return why nothing can be saved; empty if it can."""
        panel, store = self._area.panel, self._area.store
        if self._thread is not None:
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
        self._cancelled.clear()
        self._written, self._damaged = 0, []
        self._sentence = f"{path} was not saved: something went wrong."
        work = (list(self._area.store.segments), ranges, self._area.panel.maker.started_ns, path, form)
        self._thread = threading.Thread(target=self._write, args=work, name="saving", daemon=True)
        self._dialog = self._new_dialog(path)
        self._thread.start()
        self._timer.start()

    def _new_dialog(self, path: Path) -> QProgressDialog:
        dialog = QProgressDialog("", "Cancel", 0, 1_000, self._area)
        dialog.setLabel(plain_label(f"Saving lines to {visible(path.name, 100)}…"))
        dialog.setWindowTitle("Save log")
        dialog.setMinimumDuration(500)
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.canceled.connect(self.cancel)
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

    @Slot()
    def _on_poll(self) -> None:
        assert self._thread is not None
        if self._dialog is not None and not self._cancelled.is_set():
            self._dialog.setValue(min(999, 1_000 * self._written // max(1, self._total)))
        if not self._thread.is_alive():
            self._finish()

    def _finish(self) -> None:
        self._timer.stop()
        assert self._thread is not None
        self._thread.join()
        self._thread = None
        if self._dialog is not None:
            self._dialog.canceled.disconnect(self.cancel)
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None
        self.said.emit(self._sentence)
        self.done.emit()

    @Slot()
    def cancel(self) -> None:
        """Give up what is being saved, soon, and leave nothing of it; any thread."""
        self._cancelled.set()

    def put_away(self) -> None:
        """Cancel what is being saved, and wait until it is."""
        if self._thread is not None:
            self._cancelled.set()
            self._finish()

    # -- the thread that saves -----------------------------------------------------------------------------------

    def _write(self, segments: list[Segment], ranges: Iterator[Range], started_ns: int, path: Path, form: str) -> None:
        # Imported here: what saving needs is not needed for the first window.
        from app.session.export import exported_lines
        from app.session.save import save

        try:
            chunks = exported_lines(segments, ranges, form, started_ns, self._count, self._damaged.append)
            whole = save(chunks, path, None, self._cancelled.is_set, [segment.path for segment in segments])
            self._sentence = self._saved(path, form) if whole else "Saving was cancelled."
        except BadInput as error:
            self._sentence = str(error)

    def _count(self, lines: int) -> None:
        self._written += lines

    def _saved(self, path: Path, form: str) -> str:
        what = "the workers' lines among " if form == "text" else ""
        sentence = f"Saved {what}{self._written:,} record{'s' if self._written != 1 else ''} in {path}."
        return f"{sentence} Some could not be read: {self._damaged[0]}" if self._damaged else sentence


def form_of(name: str, chosen: str) -> str:
    """Return the format that a file's name asks for by its ending; the chosen one if it asks for none."""
    ending = Path(name).suffix.lower().removeprefix(".")
    return next((form for form, known in _ENDINGS.items() if known == ending), chosen)


def _before(shown: Shown, places: list[Range], end: int) -> Iterator[Range]:
    """Yield the lines at some places, from each to before each, as ranges of line numbers, those before ``end``."""
    for low, high in places:
        for start, stop in shown.ranges(low, high):
            if start < end:
                yield start, min(stop, end)
