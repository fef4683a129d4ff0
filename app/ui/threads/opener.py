"""File ▸ Open threads…, File ▸ Observe program…, and a Python file that is dropped on the window."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import BadInput
from app.core.program import Program
from app.core.worker import Worker

_FILTER = "Python files (*.py *.pyw);;All files (*)"


class ThreadsOpener(QObject):
    """Asks what becomes of a Python file: workers of what is in it, or a program to be observed; the GUI thread only.

    Args:
        add: takes the workers, and whether the person agrees that they are run.
        observe: takes the program, and whether the person agrees that it is run.

    Signals:
        failed: a sentence about a file that cannot be read.
    """

    failed = Signal(str)

    def __init__(
        self,
        add: Callable[[tuple[Worker, ...], bool], object],
        observe: Callable[[Program, bool], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._add = add
        self._observe = observe
        self._parent = parent
        self._folder = str(Path.home())

    @Slot()
    def ask(self) -> None:
        """Ask for a file, and open it."""
        if (path := self._ask_file("Open threads")) is not None:
            self.open(path)

    @Slot()
    def ask_program(self) -> None:
        """Ask for a script, and how it is to be run and observed."""
        if (path := self._ask_file("Observe program")) is not None:
            self.open_program(path)

    def _ask_file(self, title: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self._parent, title, self._folder, _FILTER)
        if not name:
            return None
        self._folder = str(Path(name).parent)
        return Path(name)

    def open_program(self, path: Path) -> None:
        """Ask how a script is to be run and observed; nothing of it is run before that."""
        from app.ui.threads.program_dialog import ProgramDialog  # here: the first window needs none

        if not path.is_file():
            self.failed.emit(f"{path}: there is no such file.")
            return
        ProgramDialog(path, self._observe, self._parent).open()

    def ask_dropped(self, path: Path) -> None:
        """Ask what is wanted of a file that was dropped: its threads as workers, or all of it as a program."""
        from app.ui.threads.program_dialog import DropQuestion

        DropQuestion(path, self.open, self.open_program, self._parent).open()

    def open(self, path: Path) -> None:
        """Read a file and ask what becomes a worker; an invalid one is reported. Nothing of it is run."""
        self._open(path, self._add, None)

    def edit(self, worker: Worker, changed: Callable[[Worker, bool], object]) -> None:
        """Read a worker's file and ask how it is to be run from now on.

        Args:
            worker: what is to be changed.
            changed: called with the worker as it is to be, and whether the person agrees that it is run.
        """
        if worker.code is not None:
            self._open(Path(worker.code.file), lambda workers, agreed: changed(workers[0], agreed), worker)

    def _open(self, path: Path, chosen: Callable[[tuple[Worker, ...], bool], object], edited: Worker | None) -> None:
        from app.programs.own_code import read_python_file  # here: the first window needs no parser
        from app.ui.threads.dialog import ThreadsDialog

        try:
            file = read_python_file(path)
        except BadInput as error:
            self.failed.emit(str(error))
            return
        ThreadsDialog(file, chosen, self._parent, edited=edited).open()


def dropped_file(event: QDropEvent) -> Path | None:
    """Return the Python file that is being dropped; None for anything else, several files included."""
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.suffix.lower() in (".py", ".pyw") else None
