"""The log panel: the visible rows, a scroll bar over all lines, following the tail, and the chosen line."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollBar, QWidget

from app.core.batch import Batch, Kind
from app.ui.log.logic import LogStore, follow_after_scroll, row_as_text
from app.ui.log.rows_view import RowsView
from app.ui.theme import Theme

SMALLEST_POINTS, LARGEST_POINTS = 5, 60
# The widest that the first three columns usually hold, for their first widths.
_SAMPLES = ("00:00:00.000 ", "event-poll 1 ", "#1000 ")


class LogPanel(QWidget):
    """Shows the records of the sitting; the GUI thread only.

    Args:
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        theme: the colours.

    Signals:
        chosen: the line number of the row that was chosen, or None.
        opened: a row was opened (double click or Enter): its line number.

    """

    chosen = Signal(object)
    opened = Signal(object)  # not int: that has 32 bits

    def __init__(self, origin: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = LogStore()
        self.following = True
        self.line: int | None = None  # the chosen line's number
        self._top = 0  # the number of the line in the first row
        self._origin = origin
        self._theme = theme
        self._placing = False
        self.view = RowsView(self)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.setAccessibleName("Log position")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        layout.addWidget(self.bar)
        self.setFocusProxy(self.view)
        self._base_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.set_points(0)
        for column, sample in enumerate(_SAMPLES):
            self.view.setColumnWidth(column, self.view.fontMetrics().horizontalAdvance(sample) + 16)
        self._connect()
        self.apply_theme()

    def _connect(self) -> None:
        self.bar.valueChanged.connect(self._on_scrolled)
        self.view.key_pressed.connect(self._on_key)
        self.view.wheel_turned.connect(self._on_wheel)
        self.view.resized.connect(self.refresh)
        self.view.zoom_turned.connect(self.zoom)
        self.view.selectionModel().currentRowChanged.connect(self._on_current)
        self.view.activated.connect(self._on_activated)

    # -- what comes in -------------------------------------------------------------------------------------------

    @Slot(object)
    def add(self, batch: Batch) -> None:
        """Add a batch and show it if the log follows its tail."""
        self.store.append(batch)
        self.refresh()

    def clear(self) -> None:
        """Forget every record."""
        self.store.clear()
        self.line = None
        self.refresh()

    # -- where we are --------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show the rows of the present position; the line that is read stays where it is unless the tail is followed."""
        fits = self.view.rows_that_fit()
        last = max(self.store.first, self.store.end - fits)
        top = self._top = last if self.following else min(max(self._top, self.store.first), last)
        # The bar counts from the oldest line that is kept: its values have 32 bits, and line numbers outgrow those.
        self.bar.blockSignals(True)
        self.bar.setPageStep(fits)
        self.bar.setRange(0, last - self.store.first)
        self.bar.setValue(top - self.store.first)
        self.bar.blockSignals(False)
        self.view.show_rows(self.store.rows(top, fits, self._origin))
        if self.line is not None:
            self._place_current(self.line - top)

    def _place_current(self, row: int) -> None:
        """Move the selection to the row on which the chosen line now is, or take it off the screen."""
        self._placing = True
        selection = self.view.selectionModel()
        if 0 <= row < self.view.model().rowCount():
            index = self.view.model().index(row, max(0, self.view.currentIndex().column()))
            if self.view.currentIndex() != index or not selection.isRowSelected(row, QModelIndex()):
                flags = QItemSelectionModel.SelectionFlag
                selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        elif selection.hasSelection():
            selection.clearSelection()
        self._placing = False

    def choose(self, line: int) -> None:
        """Choose a line by its number and bring it on the screen."""
        line = min(max(line, self.store.first), self.store.end - 1)
        if line < self.store.first:
            return
        self.line = line
        fits = self.view.rows_that_fit()
        if not self._top <= line < self._top + fits:
            self.following = line >= self.store.end - 1
            self._top = line if line < self._top else line - fits + 1
        self.refresh()
        self.chosen.emit(line)

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        self._top = self.store.first + value
        self.following = follow_after_scroll(value, self.bar.maximum())
        self.refresh()

    @Slot(str)
    def _on_key(self, word: str) -> None:
        if word == "home":
            self.choose(self.store.first)
        elif word == "end":
            self.following = True
            self.choose(self.store.end - 1)
        else:
            steps = {"up": -1, "down": 1, "page up": -self.bar.pageStep(), "page down": self.bar.pageStep()}
            here = self.line if self.line is not None else self._top + self.view.rows_that_fit()
            self.choose(here + steps[word])

    @Slot(object)
    def _on_wheel(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self.bar, event)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._placing and current.isValid():
            self.line = self._top + current.row()
            self.chosen.emit(self.line)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.opened.emit(self._top + index.row())

    # -- copy, zoom, colours -------------------------------------------------------------------------------------

    @Slot()
    def copy(self) -> None:
        """Put the chosen line, with its columns, on the clipboard."""
        if self.line is not None and (rows := self.store.rows(self.line, 1, self._origin)):
            QGuiApplication.clipboard().setText(row_as_text(rows[0]))

    @Slot(int)
    def zoom(self, steps: int) -> None:
        """Make the log's text larger or smaller by so many points."""
        self.set_points(self.points() + steps)

    @Slot()
    def zoom_in(self) -> None:
        """Make the log's text a point larger."""
        self.zoom(1)

    @Slot()
    def zoom_out(self) -> None:
        """Make the log's text a point smaller."""
        self.zoom(-1)

    @Slot()
    def zoom_reset(self) -> None:
        """Make the log's text as large as the system's."""
        self.set_points(0)

    def points(self) -> int:
        """Return the font's size in points."""
        return self.view.font().pointSize()

    def system_points(self) -> int:
        """Return the size of the system's own monospaced font in points."""
        return max(self._base_font.pointSize(), SMALLEST_POINTS)

    def set_points(self, points: int) -> None:
        """Set the font's size in points; 0 for the system's."""
        wanted = points or self.system_points()
        font = QFont(self._base_font)
        font.setPointSize(min(max(wanted, SMALLEST_POINTS), LARGEST_POINTS))
        before = self.view.fontMetrics().horizontalAdvance("0")
        self.view.setFont(font)
        self.view.set_row_height()
        # The columns grow with their text.
        ratio = self.view.fontMetrics().horizontalAdvance("0") / before
        for column in range(len(_SAMPLES)):
            self.view.setColumnWidth(column, round(self.view.columnWidth(column) * ratio))

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        self.view.set_colours({kind: QColor(self._theme.colour(kind.word)) for kind in Kind if kind is not Kind.LINE})
