"""Small widgets that every window uses: labels that never guess at rich text, tables, and an offer with a button."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QPushButton, QTableView, QWidget

_SPACE = 6  # pixels above and below a row's text, together


def plain_label(text: str, parent: QWidget | None = None) -> QLabel:
    """Return a label that shows ``text`` as it is: Qt would take a thread's ``<img src=…>`` for a picture to load."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def blank_pixmap(size: QSize, ratio: float) -> QPixmap:
    """Return a transparent picture of so many pixels as they are counted in a window.

    Args:
        size: of the picture.
        ratio: real pixels a pixel.
    """
    picture = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def configure_table(table: QTableView, name: str) -> None:
    """Configure a table that has its model already: rows are chosen whole, nothing is typed, Tab leaves.

    Args:
        table: the table.
        name: what a screen reader calls it.
    """
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _SPACE)
    table.horizontalHeader().setStretchLastSection(True)


class Offer(QWidget):
    """A sentence with something to be done about it; the GUI thread only.

    Signals:
        taken: the person wants it done.
        dismissed: the person does not.
    """

    taken = Signal()
    dismissed = Signal()

    def __init__(self, sentence: str, button: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = plain_label(sentence, self)
        self.label.setWordWrap(True)
        self.take = QPushButton(button, self)
        self.dismiss = QPushButton("&Dismiss", self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.take)
        layout.addWidget(self.dismiss)
        self.take.clicked.connect(self._on_taken)
        self.dismiss.clicked.connect(self._on_dismissed)

    @Slot()
    def _on_dismissed(self) -> None:
        self.hide()
        self.dismissed.emit()

    @Slot()
    def _on_taken(self) -> None:
        self.hide()
        self.taken.emit()
