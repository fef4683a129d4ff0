"""A table of the rows that are on the screen, in a model that lives in C++, and what is done to them as signals."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QObject,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFont,
    QFontDatabase,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.ui.log.column_widths import LogColumnWidths
from app.ui.log.columns import Column, ShownRow

_DRAG_STEP = 40  # ms between two steps while the mouse drags beyond the edge
_KEYS: dict[int, str] = {
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_PageUp: "page up",
    Qt.Key.Key_PageDown: "page down",
    Qt.Key.Key_Home: "home",
    Qt.Key.Key_End: "end",
}


class RowsInput(QTableView):
    """A table that does nothing by itself about what is done to its rows, but says so; the GUI thread only.

    Signals:
        key_pressed: a key that moves through the lines (up, down, page up, page down, home, end), and whether Shift was
            held.
        open_pressed: Enter.
        row_pressed: the mouse was pressed on a row, and the modifiers.
        row_dragged: the mouse was dragged to a row; below 0 or beyond the last row at the edges, again and again.
        row_opened: a row was clicked twice.
        menu_asked: the right button was pressed on a row.
        wheel_turned: the wheel's event, for the scroll bar.
        resized: another number of rows may fit.
        zoom_turned: the wheel was turned with Ctrl: 1 or -1.
    """

    key_pressed = Signal(str, bool)
    open_pressed = Signal()
    row_pressed = Signal(int, object)
    row_dragged = Signal(int)
    row_opened = Signal(int)
    menu_asked = Signal(int)
    wheel_turned = Signal(object)
    resized = Signal()
    zoom_turned = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._drags = False
        self._drag_y = 0
        self._drag_timer = QTimer(self)
        self._drag_timer.setInterval(_DRAG_STEP)
        self._drag_timer.timeout.connect(self._on_drag_step)

    def rows_that_fit(self) -> int:
        """Return how many whole rows there is room for, at least one."""
        return max(1, self.viewport().height() // self.row_height())

    def row_height(self) -> int:
        """Return the height of a row in pixels."""
        return max(1, self.verticalHeader().defaultSectionSize())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = _KEYS.get(event.key())
        modifiers = Qt.KeyboardModifier
        others = event.modifiers() & ~(modifiers.KeypadModifier | modifiers.ShiftModifier)
        if word is not None and (not others or word in ("home", "end")):
            self.key_pressed.emit(word, bool(event.modifiers() & modifiers.ShiftModifier))
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not others:
            self.open_pressed.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def is_scrolling(self) -> bool:
        """Return whether rows go by because the mouse is held beyond an edge."""
        return self._drag_timer.isActive()

    def keyboardSearch(self, search: str) -> None:
        # Qt's own would go through the rows that are on the screen, without a signal.
        pass

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(round(event.position().y()))
        left = event.button() == Qt.MouseButton.LeftButton
        self._drags = left and row >= 0
        if self._drags:
            self.row_pressed.emit(row, event.modifiers())
        elif row >= 0 and event.button() == Qt.MouseButton.RightButton:
            self.menu_asked.emit(row)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Qt's own opens only what its own press, which ours replaces, has taken note of.
        row = self.rowAt(round(event.position().y()))
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.row_opened.emit(row)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drags and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_y = round(event.position().y())
            if 0 <= self._drag_y < self.viewport().height():
                self._drag_timer.stop()
            elif not self._drag_timer.isActive():
                self._drag_timer.start()
            self._on_drag_step()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._stop_dragging()
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        # The release may go to another widget.
        self._stop_dragging()
        super().hideEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._stop_dragging()
        super().focusOutEvent(event)

    def _stop_dragging(self) -> None:
        self._drags = False
        self._drag_timer.stop()

    @Slot()
    def _on_drag_step(self) -> None:
        self.row_dragged.emit(self._drag_y // self.row_height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_turned.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not event.angleDelta().y():
            super().wheelEvent(event)
        else:
            self.wheel_turned.emit(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


_ROW_PADDING = 4  # pixels above and below a row's text, together
_COLUMN_PADDING = 16  # pixels beside the widest text, together
SMALLEST_POINTS, LARGEST_POINTS = 5, 60
_ALIGNMENTS = {False: Qt.AlignmentFlag.AlignLeft, True: Qt.AlignmentFlag.AlignRight}


class Zoom(QObject):
    """Sets the size of the rows' font, and lets the columns grow with it; the GUI thread only."""

    def __init__(self, view: RowsInput, widths: LogColumnWidths) -> None:
        super().__init__(view)
        self._view = view
        self._widths = widths
        self._base_font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.set_points(0)

    @Slot(int)
    def by(self, steps: int) -> None:
        """Make the text larger or smaller by so many points."""
        self.set_points(self.points() + steps)

    @Slot()
    def larger(self) -> None:
        """Make the text a point larger."""
        self.by(1)

    @Slot()
    def smaller(self) -> None:
        """Make the text a point smaller."""
        self.by(-1)

    @Slot()
    def reset(self) -> None:
        """Make the text as large as the system's."""
        self.set_points(0)

    def points(self) -> int:
        """Return the font's size in points."""
        return self._view.font().pointSize()

    def system_points(self) -> int:
        """Return the size of the system's own monospaced font in points."""
        return max(self._base_font.pointSize(), SMALLEST_POINTS)

    def set_points(self, points: int) -> None:
        """Set the font's size in points; 0 for the system's."""
        wanted = points or self.system_points()
        font = QFont(self._base_font)
        font.setPointSize(min(max(wanted, SMALLEST_POINTS), LARGEST_POINTS))
        before = self._view.fontMetrics().horizontalAdvance("0")
        self._view.setFont(font)
        ratio = self._view.fontMetrics().horizontalAdvance("0") / before
        self._widths.scale(ratio)


class RowsView(RowsInput):
    """A ``QTableView`` over a ``QStandardItemModel`` of as many rows as fit; the GUI thread only.

    Why not a model of our own: Qt calls a Python ``data()`` about a thousand times a frame, and beside threads that
    compute each call waits for the GIL; lines then took 1.2 to 1.5 s to appear, against 17 to 19 ms this way. Nothing
    in a paint calls Python. The table knows nothing of the other rows. The owner of the scroll bar does, and decides what
    is selected: Qt's own selection would stay on the rows while the lines move under it.

    Args:
        columns: the columns, from left to right.

    Attributes:
        zoom: the size of the font.
        column_widths: the widths of the columns.
    """

    def __init__(self, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self._worker_columns = [place for place, column in enumerate(columns) if column.shows_worker]
        self._alignments = [_ALIGNMENTS[column.is_right_aligned] | Qt.AlignmentFlag.AlignVCenter for column in columns]
        self._model = QStandardItemModel(0, len(columns), self)
        self._model.setHorizontalHeaderLabels([column.title for column in columns])
        for place, alignment in enumerate(self._alignments):
            self._model.horizontalHeaderItem(place).setTextAlignment(alignment)
        self._shown: list[ShownRow] = []
        self._items: list[list[QStandardItem]] = []
        self._colours: dict[int, QColor] = {}
        self._rules: Sequence[QColor] = ()
        self._worker_mark: Callable[[int], tuple[QIcon, QColor]] | None = None
        self._selected: list[int] = []
        self.setModel(self._model)
        self.setAccessibleName("Log")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        for place, column in enumerate(columns):
            self.setColumnHidden(place, column.is_hidden_at_first)
        self.column_widths = LogColumnWidths(self)
        self.zoom = Zoom(self, self.column_widths)
        metrics = self.fontMetrics()
        self.column_widths.set_widths(
            [metrics.horizontalAdvance(column.widest) + _COLUMN_PADDING for column in columns[:-1]]
        )
        self.resized.connect(self.column_widths.fit)

    def hidden_columns(self) -> tuple[str, ...]:
        """Return the titles of the columns that are hidden."""
        return tuple(column.title for place, column in enumerate(self._columns) if self.isColumnHidden(place))

    def set_row_height(self) -> None:
        """Give every row the height that the font needs."""
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROW_PADDING)
        self.resized.emit()

    def set_colours(
        self,
        colours: dict[int, QColor],
        rules: Sequence[QColor],
        worker_mark: Callable[[int], tuple[QIcon, QColor]] | None,
    ) -> None:
        """Set the colours, and paint every row anew.

        Args:
            colours: of each kind's text; a kind that is not named has the palette's.
            rules: the background of each highlight rule, in their order.
            worker_mark: from a run's id to its worker's sign and colour.
        """
        self._colours, self._rules, self._worker_mark = colours, rules, worker_mark
        for row, shown in enumerate(self._shown):
            self._paint_row(row, shown)
        self.viewport().update()

    def show_rows(self, rows: Sequence[ShownRow]) -> None:
        """Show these rows and no others."""
        if len(rows) != len(self._items):
            self._resize_model(len(rows))
        # Signals blocked: the view would otherwise look at each cell that changes. One update for all of them follows.
        try:
            with QSignalBlocker(self._model):
                self._fill(rows)
        except BaseException:
            self._resize_model(0)  # what stands in the rows now is unknown
            raise
        self._shown = list(rows)
        self.viewport().update()

    def _fill(self, rows: Sequence[ShownRow]) -> None:
        for row, (shown, old, items) in enumerate(zip(rows, self._shown, self._items, strict=True)):
            if shown != old:
                for item, text, old_text in zip(items, shown.texts, old.texts, strict=True):
                    if text != old_text:
                        item.setText(text)
                # Each only where it differs: in a flood every row has another line each frame.
                if shown.kind != old.kind or shown.rule != old.rule:
                    self._paint_row(row, shown)
                elif shown.run_id != old.run_id:
                    self._paint_worker(items, shown.run_id)

    def show_selection(self, rows: list[int], current: int | None) -> None:
        """Show these rows as selected, and one as the current one."""
        selection = self.selectionModel()
        if rows != self._selected or len(selection.selectedRows()) != len(rows):
            chosen = QItemSelection()
            last = len(self._columns) - 1
            for row in rows:
                chosen.select(self._model.index(row, 0), self._model.index(row, last))
            selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._selected = rows
        if current is None:
            # Its row, where another line stands now, would be taken for it, by a screen reader as well.
            if self.currentIndex().isValid():
                selection.clearCurrentIndex()
        elif self.currentIndex().row() != current:
            column = max(0, self.currentIndex().column())
            index = self._model.index(current, column if not self.isColumnHidden(column) else self._always_shown())
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _always_shown(self) -> int:
        """Return the index of a column that cannot be hidden."""
        return next(place for place, column in enumerate(self._columns) if not column.can_be_hidden)

    def _resize_model(self, count: int) -> None:
        empty = ShownRow(("",) * len(self._columns), 0)
        for _ in range(len(self._items), count):
            items = [QStandardItem() for _ in self._columns]
            for item, alignment in zip(items, self._alignments, strict=True):
                item.setTextAlignment(alignment)
            self._model.appendRow(items)
            self._items.append(items)
            self._shown.append(empty)
        if count < len(self._items):
            self._model.removeRows(count, len(self._items) - count)
            del self._items[count:], self._shown[count:]

    def _paint_row(self, row: int, shown: ShownRow) -> None:
        colour = self._colours.get(shown.kind)
        back = QBrush(self._rules[shown.rule - 1]) if 0 < shown.rule <= len(self._rules) else None
        # Never colour alone: a row that a rule points out is bold as well.
        font = QFont(self.font())
        font.setBold(True)
        for item in self._items[row]:
            item.setData(colour, Qt.ItemDataRole.ForegroundRole)
            item.setData(back, Qt.ItemDataRole.BackgroundRole)
            item.setData(font if back else None, Qt.ItemDataRole.FontRole)
        self._paint_worker(self._items[row], shown.run_id)

    def _paint_worker(self, items: list[QStandardItem], run: int) -> None:
        if self._worker_mark is not None:
            icon, colour = self._worker_mark(run)
            for place in self._worker_columns:
                items[place].setData(icon, Qt.ItemDataRole.DecorationRole)
                items[place].setData(colour, Qt.ItemDataRole.ForegroundRole)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_row_height()
            for row, shown in enumerate(self._shown):
                if shown.rule:  # it has a font of its own
                    self._paint_row(row, shown)
