"""The dialog in which one types exactly what the timeline shows."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout

from app.core.errors import BadInput
from app.ui.timeline.panel import TimelinePanel
from app.ui.timeline.typed import parse_span, span_text
from app.ui.widgets import plain_label


class SpanDialog(QDialog):
    """Asks for a span and shows it; the GUI thread only."""

    def __init__(self, panel: TimelinePanel) -> None:
        super().__init__(panel)
        self.setWindowTitle("Show an exact span")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._panel = panel
        self.span = QLineEdit(span_text(panel.stage.navigation.span), self)
        self.span.setAccessibleName("Exact span")
        self.span.setMinimumWidth(260)
        self.problem = plain_label("A stretch such as 1.2s..3.4s, or a length such as 500ms.", self)
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.show_span)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Span", self.span)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.span.setFocus()
        self.span.selectAll()

    @Slot()
    def show_span(self) -> None:
        """Show the span that was typed; what is wrong with it is said here."""
        navigation = self._panel.stage.navigation
        try:
            span = parse_span(self.span.text(), navigation.span)
        except BadInput as error:
            self.problem.setText(str(error))
            self.span.setFocus()
            self.span.selectAll()
            return
        with self._panel.stage.lock:
            navigation.show(span)
        self._panel.refresh()
        self.accept()
