"""Saves the window's settings: how it was left, and what is in the table."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from app.core.errors import BadInput
from app.documents.settings import Settings, save_settings
from app.terminal import tell

# An edit is saved a second later, so that a crash costs no more, and many edits are one file.
_DELAY = 1_000


class SettingsSaver(QObject):
    """Writes the settings when something has changed, and when the window closes; the GUI thread only.

    Args:
        settings: returns the settings as they are now.
        path: the file. One that cannot be written is said once, and costs nothing else.
        say: shows the sentence about it.
    """

    def __init__(
        self, settings: Callable[[], Settings], path: Path, say: Callable[[str], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self._path = path
        self._say = say
        self._said = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.save)

    @Slot()
    def save_soon(self) -> None:
        """Save the settings in a second."""
        self._timer.start()

    def is_waiting(self) -> bool:
        """Return whether the settings are about to be saved."""
        return self._timer.isActive()

    @Slot()
    def save(self) -> None:
        """Save the settings now."""
        self._timer.stop()
        try:
            save_settings(self._path, self.settings())
        except BadInput as error:
            if not self._said:
                self._said = True
                self._say(f"The settings cannot be kept: {error}")
                # The window may be closing: then nothing can be read there.
                tell(f"thread-controller: the settings cannot be kept: {error}\n")
