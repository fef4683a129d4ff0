"""The workers table: a standard view over a model that lives in C++, in the order in which a person wants the rows."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QWindow
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import configure_table
from app.ui.workers.bars import WIDTH, Scale
from app.ui.workers.cells import WorkerCells
from app.ui.workers.columns import ColumnWidths
from app.ui.workers.delegate import WorkerDelegate
from app.ui.workers.rows import Column, WorkerRows
from app.ui.workers.sorting import sorted_order

_RANK = Qt.ItemDataRole.UserRole + 1  # of a row's name: its place while the rows are sorted
_SORT_PERIOD = 1_000_000_000  # ns between two sortings by what changes all the time

# So many rows are kept up to date even where they are scrolled out of sight: a screen reader may ask for them.
_FEW = 50


class WorkersTable(QTableView):
    """Shows the rows of ``WorkerRows``; the GUI thread only.

    ``WorkerCells`` fills the model, for rows on the screen only. The order is computed here and given to a proxy model as
    ranks, so that selection, current row and editor stay with their rows. An index of a row is always that of
    ``WorkerRows``, wherever the row stands in the view.

    Attributes:
        columns: the widths of the columns.

    Signals:
        sort_changed: a person chose another column to sort by, or none.
        toggled: a row's state was double-clicked, or Space was pressed on a row: start it or stop it.
        remove_pressed: Delete was pressed.
    """

    sort_changed = Signal()
    toggled = Signal(int)
    remove_pressed = Signal()

    def __init__(self, rows: WorkerRows, theme: Theme, marks: WorkerMarks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._cells = WorkerCells(rows, theme, marks, self._bar_size, self)
        self._order = QSortFilterProxyModel(self)
        self._order.setDynamicSortFilter(False)
        self._order.setSortRole(_RANK)
        self._order.setSourceModel(self._cells.model)
        self._sorted_by: Column | None = None
        self._descending = False
        self._ranks: list[int] = []  # the indices in the order in which they are shown while they are sorted
        self._sorted_at = 0
        self._now = 0
        self.delegate = WorkerDelegate(rows, self._row_of, self)
        self.setModel(self._order)
        self.setItemDelegate(self.delegate)
        configure_table(self, "Workers")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setShowGrid(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # Without these a click on a title would select everything.
        header.sectionPressed.disconnect()
        header.sectionEntered.disconnect()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorShown(True)
        header.sortIndicatorChanged.connect(self._on_sort_indicator)
        self.columns = ColumnWidths(self, WIDTH)
        self.apply_theme()
        self.doubleClicked.connect(self._on_double_click)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def apply_theme(self) -> None:
        """Take the theme's icons and colours; call again when it changes."""
        self._cells.apply_theme()

    # -- rows ----------------------------------------------------------------------------------------------------

    def reload(self, now: int) -> None:
        """Show all rows anew: workers were added, removed or replaced."""
        count = len(self._rows.rows)
        self._cells.set_count(count)
        self.show_rows(range(count), now)
        self._sort()
        self.columns.fit()

    def extend(self, now: int) -> None:
        """Show rows that were added at the end; the others stay as they are."""
        first, count = len(self._cells), len(self._rows.rows)
        self._cells.set_count(count)
        self.show_rows(range(first, count), now)
        self._sort()

    def refresh(self, now: int) -> None:
        """Show the rows as they are at the instant ``now``; of many, those that are on the screen."""
        self.show_rows(self._seen(), now)
        if self._sorted_by is not None and now - self._sorted_at >= _SORT_PERIOD:
            self.sort_again()

    def _seen(self) -> Sequence[int]:
        """Return the indices of the rows that are on the screen, or of all if they are few."""
        count = len(self._cells)
        if count <= _FEW:
            return range(count)
        last = self.rowAt(self.viewport().height() - 1)
        places = range(max(0, self.rowAt(0)), (last if last >= 0 else count - 1) + 1)
        return places if self._sorted_by is None else self._ranks[places.start : places.stop]

    def watched(self) -> set[int]:
        """Return the indices of the rows that a person may be looking at: those on the screen, and the current one."""
        current = self.current()
        return {*self._seen(), *(() if current is None else (current,))}

    def show_rows(self, indices: Iterable[int], now: int) -> None:
        """Show these rows as they are at the instant ``now`` (``perf_counter_ns``)."""
        self._now = now
        is_resized = self._cells.show_rows(indices, now)
        self.viewport().update()
        if is_resized:
            self.columns.fit()

    def paint_now(self, indices: Iterable[int]) -> list[int]:
        """Paint at once if one of these rows is on the screen; return those that are. The painting is over on return.

        Not by ``update`` and a timer of 0 ms: that fires before the paint. A window that others cover counts as on the
        screen, since most desktops do not tell.
        """
        # Named here, and so imported: PySide makes a class when it is first met, which took 3 ms of the first run's end.
        handle: QWindow | None = self.window().windowHandle()
        # Exposed: neither hidden nor minimised, on another desktop neither where the system tells.
        if not self.isVisible() or self.window().isMinimized() or handle is None or not handle.isExposed():
            return []
        height = self.viewport().height()
        row_height = self.verticalHeader().defaultSectionSize()
        places = [(index, self.rowViewportPosition(self._place_of(index))) for index in indices]
        seen = [index for index, top in places if -row_height < top < height]
        if seen and height > 0 and self.viewport().width() > 0:
            self.viewport().repaint()
            return seen
        return []

    # -- order and columns ---------------------------------------------------------------------------------------

    @property
    def sorting(self) -> tuple[Column | None, bool]:
        """The column that the rows are sorted by, None for the manual order; and whether the largest comes first."""
        return self._sorted_by, self._descending

    def sort_by(self, column: Column | None, *, descending: bool = False) -> None:
        """Sort the rows by a column, or show them in the manual order, in which they were added."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(-1 if column is None else column, order)

    @Slot(int, Qt.SortOrder)
    def _on_sort_indicator(self, section: int, order: Qt.SortOrder) -> None:
        self._sorted_by = Column(section) if 0 <= section < len(Column) else None
        self._descending = self._sorted_by is not None and order == Qt.SortOrder.DescendingOrder
        self._sort()
        self.sort_changed.emit()

    def sort_again(self) -> None:
        """Bring the rows into the order that they have by now; not under the pointer, and not while one is edited."""
        if not self.viewport().underMouse() and self.state() != QAbstractItemView.State.EditingState:
            self._sort()

    def _sort(self) -> None:
        """Bring the rows into order; the current one stays where it is on the screen, as far as that can be."""
        self._sorted_at = self._now
        if self._sorted_by is None:
            if self._ranks:
                self._ranks = []
                self._move_rows(-1)
            return
        rows, catalogue = self._rows.rows, self._rows.catalogue
        order = sorted_order(rows, catalogue, self._sorted_by, self._now, descending=self._descending)
        if order == self._ranks:
            return
        self._ranks = order
        model = self._cells.model
        with QSignalBlocker(model):
            for rank, index in enumerate(order):
                model.item(index, Column.NAME).setData(rank, _RANK)
        self._move_rows(Column.NAME)

    def _move_rows(self, column: int) -> None:
        before = self.currentIndex().row()
        is_seen = before >= 0 and 0 <= self.rowViewportPosition(before) < self.viewport().height()
        self._order.sort(column)
        if is_seen:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.currentIndex().row() - before)
        self.show_rows(self._seen(), self._now)

    def _row_of(self, index: QModelIndex | QPersistentModelIndex) -> int:
        """Return the index of the row that a cell of the view shows."""
        return self._order.mapToSource(index).row()

    def _place_of(self, index: int) -> int:
        """Return where a row stands in the view, from 0."""
        return index if self._sorted_by is None else self._cell(index).row()

    def _cell(self, index: int, column: Column = Column.NAME) -> QModelIndex:
        """Return the cell of the view that shows a row's column."""
        return self._order.mapFromSource(self._cells.model.index(index, column))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._sorted_by is not None:
            self.sort_again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # It comes while the table is being made as well.
        if event.type() == QEvent.Type.FontChange and hasattr(self, "columns"):
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
            self.columns.fit()

    def show_column(self, column: Column, *, shown: bool) -> None:
        """Show a column, or hide it."""
        if self.isColumnHidden(column) == shown:
            self.setColumnHidden(column, not shown)
            self.columns.fit()

    # -- bars ----------------------------------------------------------------------------------------------------

    @property
    def scale(self) -> Scale:
        """How the lengths of the latencies' bars follow from them."""
        return self._cells.scale

    def set_scale(self, scale: Scale) -> None:
        """Draw the latencies' bars on this scale."""
        self._cells.scale = scale
        self.refresh(self._now)

    def _bar_size(self) -> tuple[int, float]:
        """Return the height of a latency's bar, and the real pixels a pixel."""
        return self.fontMetrics().height() * 2 // 3, self.devicePixelRatioF()

    def close_editor(self) -> None:
        """End editing in place: a right text is taken, a wrong one is given up."""
        editor = self.focusWidget()
        if editor is not None and editor is not self and self.viewport().isAncestorOf(editor):
            self.setFocus()

    # -- selection -----------------------------------------------------------------------------------------------

    def selected(self) -> list[int]:
        """Return the indices of the selected rows, ascending."""
        return sorted(self._row_of(index) for index in self.selectionModel().selectedRows())

    def select(self, indices: Iterable[int]) -> None:
        """Select these rows and no others; the last becomes the current one."""
        flags = QItemSelectionModel.SelectionFlag
        selection = self.selectionModel()
        selection.clearSelection()
        for row in indices:
            selection.setCurrentIndex(self._cell(row), flags.Select | flags.Rows)

    def current(self) -> int | None:
        """Return the index of the current row; None if there is none."""
        index = self.currentIndex()
        return self._row_of(index) if index.isValid() else None

    def make_current(self, row: int) -> None:
        """Make a row the current one; what is selected stays selected, and with it what Start and Stop mean."""
        self.selectionModel().setCurrentIndex(self._cell(row), QItemSelectionModel.SelectionFlag.NoUpdate)
        self.clearSelection()

    def bring_into_view(self, row: int) -> None:
        """Scroll to a row."""
        self.scrollTo(self._cell(row))

    def edit_name(self, row: int) -> None:
        """Open the name of a row for editing."""
        self.edit(self._cell(row))

    # -- Qt's own ------------------------------------------------------------------------------------------------

    @Slot(QModelIndex)
    def _on_double_click(self, index: QModelIndex) -> None:
        if index.column() == Column.STATE:
            self.toggled.emit(self._row_of(index))

    @Slot()
    def _on_scrolled(self) -> None:
        self.refresh(self._now)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = event.key(), self.current()
        if key == Qt.Key.Key_Space and current is not None and not event.modifiers():
            self.toggled.emit(current)
        elif key == Qt.Key.Key_Delete:
            self.remove_pressed.emit()
        elif key == Qt.Key.Key_Escape:
            self.clearSelection()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
