"""Saves the window's settings: how it was left, and what is in the table."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from app.core.errors import BadInput
from app.documents.settings import Settings, save_settings
from app.terminal import write_stderr
from app.ui.widgets import single_shot

# Milliseconds: an edit is saved a second later: a crash loses no more, and many edits are written once.
_DELAY = 1_000
CANNOT_SAVE = "The settings cannot be saved"


class SettingsSaver(QObject):
    """Writes the settings when something has changed, and when the window closes; the GUI thread only.

    Args:
        kept: the settings as they were read.
        settings: returns the kept ones with what has changed by itself: the window's layout, the workers.
        path: the file. If it cannot be written, that is shown once, and nothing else fails.
        show_message: shows the sentence about it.
    """

    def __init__(
        self,
        kept: Settings,
        settings: Callable[[Settings], Settings],
        path: Path,
        show_message: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.kept = kept
        self._settings = settings
        self._path = path
        self._show_message = show_message
        self._reported = False
        self._timer = single_shot(self, self.save, _DELAY)

    def settings(self) -> Settings:
        """Return the settings as they are now."""
        return self._settings(self.kept)

    def change(self, **values: object) -> None:
        """Set some of the settings, and save them soon."""
        self.kept = replace(self.kept, **values)  # type: ignore[arg-type]
        self.save_soon()

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
            if not self._reported:
                self._reported = True
                self._show_message(f"{CANNOT_SAVE}: {error}")
                # The window may be closing, and cannot show it then.
                write_stderr(f"thread-controller: {CANNOT_SAVE}: {error}\n")
