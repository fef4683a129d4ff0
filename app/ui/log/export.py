"""Takes lines out of the log: onto the clipboard, or into a file in the background."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.core.batch import Record
from app.session.export import export_lines, line_blocks
from app.session.segments import Segment
from app.ui.display_text import visible
from app.ui.log.selection import Selection
from app.ui.log.shown import Range, Shown
from app.ui.log.store import LogStore
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.widgets import LINES, ask_save_file, plain_label

SAVE_CHOICES = {"all": "&All lines…", "shown": "Lines &shown now…", "selected": "Se&lected lines…"}
_PATIENCE = 30.0  # seconds: a cancelled save takes back what it has written, which a slow disk may delay
_PAUSE = 0.05  # seconds between two updates of the progress
# What a clipboard can be asked to hold; more can be saved.
MOST_COPIED = 100_000  # lines
MOST_CHARACTERS = 64 * 2**20
NOTHING_SELECTED = "No lines are selected."


class Saver(QObject):
    """Saves all lines, those that are shown, or those that are selected; the GUI thread only.

    Args:
        store: the records.
        selection: the selected lines.
        shown: returns the lines that are shown.
        started_ns: the beginning of the session in nanoseconds of the Unix epoch.
        parent: the log.

    Signals:
        said: a sentence for the person.
        done: it has ended, one way or the other.
    """

    said = Signal(str)
    done = Signal()

    def __init__(
        self, store: LogStore, selection: Selection, shown: Callable[[], Shown], started_ns: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._store, self._selection, self._shown, self._started_ns = store, selection, shown, started_ns
        self._total = 1
        self._dialog: QProgressDialog | None = None
        self._task = Task(self, pause=_PAUSE)
        self._task.progress.connect(self._on_progress)
        self._task.ended.connect(self._on_ended)

    @Slot(str)
    def ask(self, what: str) -> None:
        """Ask for a file's name, and save what is wanted there.

        Args:
            what: a key of ``SAVE_CHOICES``.
        """
        problem = self._problem(what)
        if problem:
            self.said.emit(problem)
            return
        ask_save_file(self._parent, "Save log", "log", LINES, partial(self.start, what))

    def _problem(self, what: str) -> str:
        """Return why nothing can be saved; empty if it can."""
        if self._task.is_running():
            return "Another log is being saved. Wait for it, or cancel it."
        if self._store.archive is None:
            return "Nothing is recorded, so there is no file to save from."
        if not self._store.segments:
            return "There is nothing to save: nothing has been recorded yet."
        if what == "selected" and not self._selection.count(self._shown()):
            return NOTHING_SELECTED
        return ""

    def start(self, what: str, path: Path, form: str) -> None:
        """Save to a path in a format; returns at once, ``done`` follows.

        Args:
            what: a key of ``SAVE_CHOICES``.
            path: the file; it is written whole or not at all.
            form: one of ``app.session.export.FORMATS``.
        """
        problem = self._problem(what)
        if problem:
            # Said again: much may have happened while the name was asked for.
            self.said.emit(problem)
            return
        self._total, ranges = self._ranges(what)
        segments = list(self._store.segments)
        self._dialog = self._new_dialog(path)
        self._task.start(f"Saving {path.name}", save_lines(segments, ranges, self._started_ns, path, form))

    def _new_dialog(self, path: Path) -> QProgressDialog:
        dialog = QProgressDialog("", "Cancel", 0, 1_000, self._parent)
        dialog.setLabel(plain_label(f"Saving lines to {visible(path.name, 100)}…"))
        dialog.setWindowTitle("Save log")
        dialog.setMinimumDuration(500)
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.canceled.connect(self._task.cancel)
        return dialog

    def _ranges(self, what: str) -> tuple[int, Iterator[Range]]:
        """Return about how many lines are wanted, and which, as ranges of line numbers that are in the file."""
        end = self._store.committed
        if what == "all":
            return end, iter([(0, end)])
        # Gone through by the thread that saves: there may be a range for each of millions of hits.
        shown = self._shown().frozen()
        if what == "shown":
            return shown.count(), _before(shown, [(0, shown.count())], end)
        chosen = [(shown.place(start), shown.place(stop)) for start, stop in self._selection.ranges]
        return self._selection.count(shown), _before(shown, chosen, end)

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
        if not save(chunks, path, context.is_cancelled, [segment.path for segment in segments]):
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


def copy_lines(
    store: LogStore, selection: Selection, shown: Shown, texts: Callable[[list[tuple[int, Record]]], Iterable[str]]
) -> str:
    """Put the selected lines that are shown on the clipboard; the GUI thread only.

    Args:
        store: the records.
        selection: the selected lines.
        shown: the lines that are shown.
        texts: from line numbers, and the records that they have, to a text each.

    Returns:
        A sentence about what was done, or why nothing was.
    """
    count = selection.count(shown)
    if not count:
        return NOTHING_SELECTED
    if count > MOST_COPIED:
        return f"{count:,} lines are too many for the clipboard ({MOST_COPIED:,} at most). Save them instead."
    records = _within(_records(store, selection.shown_ranges(shown)), MOST_CHARACTERS)
    if records is None:
        return "The lines are too long for the clipboard. Save them instead."
    _put("\n".join(texts(records)))
    return f"Copied {len(records):,} line{'s' if len(records) != 1 else ''}."


def _records(store: LogStore, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, Record]]:
    for block in line_blocks(ranges):
        numbers = block[bisect_left(block, store.first) :]
        yield from zip(numbers, store.records_of(numbers), strict=False)


def _within(records: Iterable[tuple[int, Record]], most: int) -> list[tuple[int, Record]] | None:
    """Return the records, or None if their texts have more than ``most`` characters."""
    kept: list[tuple[int, Record]] = []
    characters = 0
    for line, record in records:
        characters += len(record.text)
        if characters > most:
            return None
        kept.append((line, record))
    return kept


def _put(text: str) -> None:
    # A clipboard cannot hold a lone surrogate: it goes as its escape, as in the row.
    data = text.encode("utf-8", "backslashreplace")
    if text[:1] in ("\ufeff", "\ufffe"):
        # As text, Qt for Python would take it for a mark of the byte order: eat it, or turn every letter round.
        mime = QMimeData()
        mime.setData("text/plain", data)
        QGuiApplication.clipboard().setMimeData(mime)
    else:
        QGuiApplication.clipboard().setText(data.decode())
