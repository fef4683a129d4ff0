"""Small parts of the compare window: buttons, sentences, areas that are scrolled, tables whose names stay in sight."""

import html
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLabel, QPushButton, QScrollArea, QSplitter, QWidget

from app.ui.widgets import TextTable, TextView, plain_label, split

_SIDE = 34  # letters: the width of the left side
_LONGEST_HEAD = 24  # letters of a row's header; the whole name is in the tool tip


def new_button(text: str, name: str, parent: QWidget, tip: str = "") -> QPushButton:
    """Return a button; its tool tip is what a screen reader adds to its name."""
    button = QPushButton(text, parent)
    button.setAccessibleName(name)
    button.setAccessibleDescription(tip)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


class HeadedTable(TextTable):
    """A table whose first column stays in sight: it is the header of the rows. The GUI thread only."""

    def __init__(self, headers: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(headers, name, parent)
        self.setColumnHidden(0, True)
        head = self.verticalHeader()
        head.show()
        head.setMaximumWidth(self.fontMetrics().averageCharWidth() * _LONGEST_HEAD)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setHighlightSections(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)

    def show_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Show these rows; see ``TextTable``."""
        super().show_rows(rows)
        model = self.model()
        for row in range(model.rowCount()):
            text = model.index(row, 0).data()
            if model.headerData(row, Qt.Orientation.Vertical) != text:
                model.setHeaderData(row, Qt.Orientation.Vertical, text)
                tip = f"<p>{html.escape(text)}</p>"
                model.setHeaderData(row, Qt.Orientation.Vertical, tip, Qt.ItemDataRole.ToolTipRole)

    def sizeHint(self) -> QSize:
        return QSize(240, self.fontMetrics().lineSpacing() * 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().lineSpacing() * 4)


def scrolled(inner: QWidget, parent: QWidget) -> QScrollArea:
    """Return an area that fills a widget out, and scrolls it up and down where it has not the height that it needs."""
    area = QScrollArea(parent)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys scroll it to whatever they reach
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(inner.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    return area


def sides(left: QWidget, right: QWidget, parent: QWidget) -> QSplitter:
    """Return what is picked beside what was found, which gets the greater part and what is added to the width."""
    letters = left.fontMetrics().averageCharWidth()
    return split(Qt.Orientation.Horizontal, parent, (left, 0, _SIDE * letters), (right, 1, _SIDE * 3 * letters))


def show_text(label: QLabel, text: str) -> None:
    """Show a text; an empty one hides the label."""
    label.setText(text)
    label.setVisible(bool(text))


def words_label(parent: QWidget) -> QLabel:
    """Return a label for sentences: plain text, as many lines as it takes, that can be selected and copied."""
    label = plain_label("", parent, wraps=True)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return label


def reader(name: str, parent: QWidget) -> TextView:
    """Return a view of code, in which the keys can move a cursor."""
    view = TextView(name, parent)
    flags = Qt.TextInteractionFlag
    view.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return view
