"""File ▸ Open workers…, Save workers as…, Examples."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.worker_sets import example_paths, read_worker_set, write_workers
from app.resource_files import display_name
from app.ui.workers.rows import WorkerRows

_FILTER = "Worker sets (*.toml);;All files (*)"


class WorkerFiles(QObject):
    """Reads worker sets into the table and writes them; the GUI thread only.

    Args:
        rows: the workers that are there.
        open_workers: puts workers into the table; may ask first.

    Signals:
        said: a sentence about the result.
        failed: a sentence about a file that cannot be read or written.
    """

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, rows: WorkerRows, open_workers: Callable[[Iterable[Worker]], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._open_workers = open_workers
        self._parent = parent
        self._folder = str(Path.home())

    def fill_examples(self, menu: QMenu) -> None:
        """Fill the Examples menu: names, with sentences as tooltips."""
        for name, path in example_paths().items():
            action = menu.addAction(display_name(name))
            action.setData(str(path))
            action.setToolTip(read_worker_set(path, self._rows.catalogue)[1])
            action.setStatusTip(action.toolTip())
        menu.setToolTipsVisible(True)
        menu.triggered.connect(self._on_example)

    @Slot(QAction)
    def _on_example(self, action: QAction) -> None:
        self.load(Path(action.data()))

    @Slot()
    def open(self) -> None:
        """Ask for a file and load its workers into the table."""
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open workers", self._folder, _FILTER)
        if name:
            self._folder = str(Path(name).parent)
            self.load(Path(name))

    def load(self, path: Path) -> None:
        """Load a file's workers into the table, which may ask first; an invalid file changes nothing and is reported."""
        try:
            workers, _ = read_worker_set(path, self._rows.catalogue)
        except BadInput as error:
            self.failed.emit(str(error))
            return
        self._open_workers(workers)

    @Slot()
    def save(self) -> None:
        """Ask for a file name and write the workers; asks before it replaces a file."""
        dialog = QFileDialog(self._parent, "Save workers as", self._folder, _FILTER)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # The dialog adds it before it looks whether the file is there.
        dialog.setDefaultSuffix("toml")
        dialog.selectFile("workers.toml")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_save_chosen)
        dialog.open()

    @Slot(str)
    def _on_save_chosen(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.write(Path(name))

    def write(self, path: Path) -> None:
        """Write the workers to a file, with the checks that every saved file gets; reports the result either way."""
        from app.session.save import check_target  # here: it is not needed for the first window

        try:
            check_target(path)
            write_workers(path, self._rows.workers())
        except BadInput as error:
            self.failed.emit(str(error))
            return
        count = len(self._rows.configured())
        self.said.emit(f"Saved {count:,} worker{'' if count == 1 else 's'} as {path}.")
