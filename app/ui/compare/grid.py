"""The grid of a matrix: a standard table over a C++ model, whose items are written when a cell changes."""

import html
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from app.experiments.results import Cell, CellState
from app.ui.compare.axis import Axis, axis_over
from app.ui.compare.colours import ink_on, on_scale
from app.ui.compare.pictures import miniature
from app.ui.compare.words import cell_spoken, cell_text
from app.ui.theme import Theme

_SHORTEST = 10_000  # ns: the scale begins here, or where the quickest cell asks for it
_LINES = 3.6  # of text in a cell
_WIDTH = 30  # letters of text in a cell, with its picture

Key = tuple[str, str]


class Grid(QTableView):
    """Strategies × workloads; a click or Enter opens a cell. The GUI thread only.

    Args:
        theme: the colours.
        strategy_title, workload_title: give the title of a row and of a column.

    Signals:
        opened: the strategy and the workload of the cell that was clicked, or on which Enter was pressed.
        scale_changed: the colours stand for other lengths of time than before.
    """

    opened = Signal(str, str)
    scale_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        strategy_title: Callable[[str], str],
        workload_title: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._titles = (strategy_title, workload_title)
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self.cells: dict[Key, Cell] = {}
        self.axis = axis_over([_SHORTEST, 1e9], is_log=True)
        self._deadline = 1e9
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setAccessibleName("Matrix")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().lineSpacing() * _LINES))
        self.horizontalHeader().setDefaultSectionSize(self.fontMetrics().averageCharWidth() * _WIDTH)
        self.clicked.connect(self._on_opened)
        self.activated.connect(self._on_opened)

    def reset_cells(self, cells: Sequence[Cell], deadline: float) -> None:
        """Show another matrix, whose cells come row by row; ``deadline`` in seconds, up to which the colours go."""
        self._rows = tuple(dict.fromkeys(cell.strategy for cell in cells))
        self._columns = tuple(dict.fromkeys(cell.workload for cell in cells))
        self._deadline = deadline * 1e9
        self.cells = {}
        self._model.clear()
        self._model.setRowCount(len(self._rows))
        self._model.setColumnCount(len(self._columns))
        self._model.setVerticalHeaderLabels([self._titles[0](row) for row in self._rows])
        self._model.setHorizontalHeaderLabels([self._titles[1](column) for column in self._columns])
        self.axis = axis_over([_SHORTEST, self._deadline], is_log=True)
        self.axis = self._fitting_axis(cells)
        self.show_cells(cells)
        self.scale_changed.emit()
        if self._rows and self._columns:
            self.setCurrentIndex(self._model.index(0, 0))

    def show_cells(self, cells: Iterable[Cell]) -> None:
        """Show some cells as they are now."""
        changed = {(cell.strategy, cell.workload): cell for cell in cells}
        changed = {key: cell for key, cell in changed.items() if key[0] in self._rows and key[1] in self._columns}
        self.cells |= changed
        axis = self._fitting_axis(changed.values())
        if axis != self.axis:
            # A quicker one than any before: all colours and pictures stand for something else now.
            self.axis = axis
            changed = self.cells
            self.scale_changed.emit()
        for key, cell in changed.items():
            self._write(key, cell)

    def _fitting_axis(self, cells: Iterable[Cell]) -> Axis:
        """Return the axis as it is, begun further left if one of these cells asks for it."""
        quickest = min((min(cell.latencies, default=_SHORTEST) for cell in cells), default=_SHORTEST)
        return axis_over([min(quickest, self.axis.low), self._deadline], is_log=True)

    def _write(self, key: Key, cell: Cell) -> None:
        item = QStandardItem(cell_text(cell))
        item.setEditable(False)
        spoken = cell_spoken(cell, self._titles[0](key[0]), self._titles[1](key[1]))
        item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
        # As escaped rich text: Qt would guess at plain text.
        item.setToolTip(f"<p>{html.escape(spoken)}</p>")
        item.setData(key, Qt.ItemDataRole.UserRole)
        ink = QGuiApplication.palette().color(QPalette.ColorRole.Text)
        if cell.summary is not None:
            ground = on_scale(self._theme.scale(), self.axis.share(cell.summary.p50))
            ink = QColor(ink_on(ground))
            item.setBackground(QBrush(QColor(ground)))
        elif cell.never:
            ink = QColor(self._theme.colour("stuck"))
        elif cell.state in (CellState.SENSELESS, CellState.WAITING):
            ink = QColor(self._theme.colour("ended"))
        item.setForeground(QBrush(ink))
        if cell.runs:
            item.setData(miniature(cell, self.axis, ink, self.devicePixelRatioF()), Qt.ItemDataRole.DecorationRole)
        self._model.setItem(self._rows.index(key[0]), self._columns.index(key[1]), item)

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        for key, cell in self.cells.items():
            self._write(key, cell)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._rows[index.row()], self._columns[index.column()])

    def sizeHint(self) -> QSize:
        return QSize(600, 240)
