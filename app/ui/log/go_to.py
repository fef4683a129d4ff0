"""The dialog in which one says where to go in the log."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout

from app.core.errors import BadInput
from app.ui.log.panel import LogPanel
from app.ui.log.places import check_shown, parse_line, parse_time, parse_wall_clock
from app.ui.widgets import plain_label

_HINTS = {
    "Line number": "for example 12,345",
    "Time in the sitting": "12.5, 1:02.5 or 1:00:02.5",
    "Wall clock": "14:03 or 14:03:22.5",
}


class GoToDialog(QDialog):
    """Asks for a line number or a time, and goes there; the GUI thread only."""

    def __init__(self, panel: LogPanel) -> None:
        super().__init__(panel)
        self.setWindowTitle("Go to")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._panel = panel
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Go to by")
        self.kind.addItems(list(_HINTS))
        self.place = QLineEdit(self)
        self.place.setAccessibleName("Place")
        self.place.setMinimumWidth(260)
        self.problem = plain_label("", self)
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.go)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&By", self.kind)
        form.addRow("&Place", self.place)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.kind.currentTextChanged.connect(self._on_kind)
        self._on_kind(self.kind.currentText())
        self.place.setFocus()

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        self.place.setPlaceholderText(_HINTS[kind])

    @Slot()
    def go(self) -> None:
        """Go to the place that was typed; what is wrong with it is said here."""
        try:
            line = self.line()
        except BadInput as error:
            self.problem.setText(str(error))
            self.place.setFocus()
            self.place.selectAll()
            return
        self._panel.choose(line, stay=True)
        self.accept()

    def line(self) -> int:
        """Return the number of the line that is meant, or the next after a time; BadInput if there is none."""
        text, store, maker, shown = self.place.text(), self._panel.store, self._panel.maker, self._panel.shown()
        match self.kind.currentText():
            case "Line number":
                line = parse_line(text, store.end)
                check_shown(line, shown)
                return line
            case "Time in the sitting":
                t_ns = parse_time(text)
            case _:
                t_ns = parse_wall_clock(text, maker.started_ns)
        if not shown.count():
            raise BadInput("No line is shown.", "time")
        return store.line_at(maker.origin + t_ns)
