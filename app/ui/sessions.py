"""Opens recorded sessions, each in a window of its own, and the browser that lists them."""

import contextlib
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.session.folder import session_folder
from app.session.recorder import Recorder
from app.session.schema import ENDING
from app.ui.log.panel import LogPanel

if TYPE_CHECKING:
    from app.ui.browser.logic import Place


class OpenSession(Protocol):
    """What is needed of the window that shows a session: see ``app.ui.session_window``."""

    path: Path

    @property
    def log(self) -> LogPanel:
        """The log's panel."""

    @property
    def closed(self) -> SignalInstance:
        """Emitted when the window was closed."""

    def show(self) -> None:
        """Show the window."""

    def bring_to_front(self) -> None:
        """Show the window before all others."""

    def go_to(self, place: "Place") -> None:
        """Have its log show a place in the session."""

    def close(self) -> bool:
        """Close the window."""


class Browser(Protocol):
    """What is needed of the window that lists the sessions: see ``app.ui.browser.window``."""

    def bring_to_front(self) -> None:
        """Show the window before all others."""

    def reload(self) -> None:
        """Read the folder again."""

    def close(self) -> bool:
        """Close the window."""


OpenWindow = Callable[[Path], OpenSession | str]
NewBrowser = Callable[
    [Path, Callable[[], Collection[Path]], Callable[[], Collection[Path]], "Callable[[Path, Place | None], None]"],
    Browser,
]


class Sessions(QObject):
    """The session windows that are open; the GUI thread only.

    Args:
        log: the window's own log, which has the same highlight rules as theirs.
        folder: where the session files are; None if nothing is recorded.
        recorder: records the session of this window; None if nothing is recorded.
        open_window: returns a window that shows a session, or the sentence about why there is none.
        new_browser: returns the window that lists the sessions. It is given the folder, what returns the files that are
            being recorded and those that are open, and what opens one.
        parent: the main window.

    Signals:
        said: a sentence for the person.
    """

    said = Signal(str)

    def __init__(
        self,
        log: LogPanel,
        folder: Path | None,
        recorder: Recorder | None,
        open_window: OpenWindow,
        new_browser: NewBrowser,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._open_window = open_window
        self._new_browser = new_browser
        self._log = log
        self._folder = folder
        self._recorder = recorder
        self.browser: Browser | None = None
        self.windows: list[OpenSession] = []
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
            folder = _resolved(self._folder or session_folder())
            self.browser = self._new_browser(folder, self._recorded, self._opened, self.open)
        self.browser.bring_to_front()
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
                window.bring_to_front()
                if place is not None:
                    window.go_to(place)
                return
        found = self._open_window(path)
        if isinstance(found, str):
            self.said.emit(found)
            return
        self.windows.append(found)
        found.closed.connect(partial(self.windows.remove, found))
        found.log.set_rules(self._log.rules)
        found.log.rules_changed.connect(partial(self._share_rules, found.log))
        found.show()
        if place is not None:
            found.go_to(place)

    def _share_rules(self, changed: LogPanel) -> None:
        """Give every log the highlight rules that were changed in one; those of the window's own log are saved."""
        for log in (self._log, *(window.log for window in self.windows)):
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
