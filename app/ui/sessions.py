"""Opens recorded sessions, each in a window of its own, and the browser that lists them."""

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.session.folder import session_folder
from app.session.recorder import Recorder
from app.session.schema import ENDING
from app.ui.log.panel import LogPanel
from app.ui.session_window import SessionWindow, open_window
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks

if TYPE_CHECKING:
    from app.ui.browser.session_pane import Place
    from app.ui.browser.window import SessionBrowser


class Sessions(QObject):
    """The session windows that are open; the GUI thread only.

    Args:
        theme: the colours.
        marks: the workers' signs.
        log: the window's own log, which has the same highlight rules as theirs.
        folder: where the session files are; None if nothing is recorded.
        recorder: records the session of this window; None if nothing is recorded.
        parent: the main window.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(
        self,
        theme: Theme,
        marks: WorkerMarks,
        log: LogPanel,
        folder: Path | None,
        recorder: Recorder | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._theme = theme
        self._marks = marks
        self._log = log
        self._folder = folder
        self._recorder = recorder
        self.browser: SessionBrowser | None = None
        self.windows: list[SessionWindow] = []
        log.rules_changed.connect(partial(self._share_rules, log))

    @Slot()
    def ask(self) -> None:
        """Ask for a session file and open it."""
        folder = str(self._folder or Path.home())
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open session", folder, f"Sessions (*{ENDING})")
        if name:
            self.open(Path(name))

    @Slot()
    def browse(self) -> None:
        """Show the session browser, which reads the folder again each time."""
        if self.browser is None:
            # Imported when it is first asked for: the first window needs nothing of it.
            from app.ui.browser.window import SessionBrowser

            folder = _resolved(self._folder or session_folder())
            self.browser = SessionBrowser(folder, self._recorded, self._opened, self.open, self._parent)
        self.browser.show()
        self.browser.raise_()
        self.browser.activateWindow()
        self.browser.reload()

    def _recorded(self) -> set[Path]:
        segments = self._recorder.segments() if self._recorder is not None else ()
        return {_resolved(segment.path) for segment in segments}

    def _opened(self) -> set[Path]:
        return {window.path for window in self.windows}

    def open(self, path: Path, place: "Place | None" = None) -> None:
        """Show a session in a window of its own; once, however often it is asked for.

        Args:
            path: its file.
            place: where its log is to begin; None for the beginning, or where it is if it is open already.
        """
        path = _resolved(path)
        for window in self.windows:
            if window.path == path:
                window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
                window.raise_()
                window.activateWindow()
                if place is not None:
                    window.go_to(place)
                return
        found = open_window(path, self._theme, self._marks, self._parent)
        if isinstance(found, str):
            self.said.emit(found)
            return
        self.windows.append(found)
        found.closed.connect(partial(self.windows.remove, found))
        found.area.panel.set_rules(self._log.rules)
        found.area.panel.rules_changed.connect(partial(self._share_rules, found.area.panel))
        found.show()
        if place is not None:
            found.go_to(place)

    def _share_rules(self, changed: LogPanel) -> None:
        """Give every log the highlight rules that were changed in one; those of the window's own log are saved."""
        for log in (self._log, *(window.area.panel for window in self.windows)):
            if log.rules != changed.rules:
                log.set_rules(changed.rules)

    def shutdown(self) -> None:
        """Close every session window, and the browser."""
        if self.browser is not None:
            self.browser.close()
        for window in list(self.windows):
            window.close()


def _resolved(path: Path) -> Path:
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # what cannot be opened either; that is said
        return path.resolve()
    return path
