"""Edit ▸ Preferences: what is kept in the settings file and chosen by a person."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.documents.settings import RANGES, THEMES, check_setting
from app.ui.widgets import add_all, plain_label

DEADLINE_NOTE = "For stops from now on; those before keep theirs."
FOLDER_NOTE = "From the next start; this session stays where it is."


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person may choose; as in ``Settings`` and ``Layout``.

    Attributes:
        log_points: the log's font size in points; 0 for the system's.
    """

    theme: str
    log_points: int
    stop_deadline: float
    switch_interval_ms: float
    session_folder: str


class PreferencesDialog(QDialog):
    """Asks for the preferences; the GUI thread only.

    Args:
        now: what they are.
        folder: where sessions are kept if no folder is named.
        chosen: called with the new ones; never if the dialog is cancelled, or while something in it is wrong.
    """

    def __init__(
        self, now: Preferences, folder: Path, chosen: Callable[[Preferences], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.theme = QComboBox(self)
        for name in THEMES:
            self.theme.addItem({"system": "Follow the desktop"}.get(name, name.capitalize()), name)
        self.theme.setCurrentIndex(self.theme.findData(now.theme))
        self.points = QSpinBox(self)
        self.points.setRange(0, 72)
        self.points.setSpecialValueText("As the system's")
        self.points.setSuffix(" pt")
        self.points.setValue(now.log_points)
        self.deadline = self._number("stop_deadline", " s", now.stop_deadline)
        self.switch_interval = self._number("switch_interval_ms", " ms", now.switch_interval_ms)
        self.folder = QLineEdit(now.session_folder, self)
        self.folder.setPlaceholderText(str(folder))
        self.browse = QPushButton("&Browse…", self)
        self.browse.clicked.connect(self._on_browse)
        self.problem = plain_label("", self, wraps=True)
        self.problem.hide()
        form = QFormLayout()
        form.addRow("&Theme", self.theme)
        form.addRow("Text size of the &log", self.points)
        form.addRow("Stop &deadline", self.deadline)
        form.addRow("", plain_label(DEADLINE_NOTE, self))
        form.addRow("Switch &interval", self.switch_interval)
        # The row has a layout and no widget: the label must be told whose it is.
        folder_label = plain_label("&Session folder", self, buddy=self.folder)
        form.addRow(folder_label, add_all(QHBoxLayout(), (self.folder, 1), self.browse))
        form.addRow("", plain_label(FOLDER_NOTE, self))
        self.folder.setAccessibleName("Session folder")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        buttons.accepted.connect(self._on_ok)
        buttons.rejected.connect(self.reject)
        add_all(QVBoxLayout(self), form, self.problem, buttons)
        self.deadline.setToolTip("After so long a thread that was asked to stop and has not ended counts as stuck")
        self.switch_interval.setToolTip(
            "How long Python lets one thread run before another may: shorter keeps the window smooth beside busy threads"
        )

    def _number(self, setting: str, unit: str, value: float) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setDecimals(2)
        field.setRange(*RANGES[setting])
        field.setSuffix(unit)
        field.setValue(value)
        return field

    @Slot()
    def _on_browse(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "Session folder", self.folder.text() or self.folder.placeholderText()
        )
        if path:
            self.folder.setText(path)

    @Slot()
    def _on_ok(self) -> None:
        try:
            folder = check_setting("session_folder", self.folder.text())
        except BadInput as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.folder.setFocus()
            return
        self._chosen(
            Preferences(
                theme=self.theme.currentData(),
                log_points=self.points.value(),
                stop_deadline=self.deadline.value(),
                switch_interval_ms=self.switch_interval.value(),
                session_folder=folder,
            )
        )
        self.accept()
