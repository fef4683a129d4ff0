"""The menu of the workers table's header: which columns are shown, and the scale of the latencies' bars."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.ui.workers.bars import Scale
from app.ui.workers.rows import TITLES, Column
from app.ui.workers.table import WorkersTable

_ALWAYS = (Column.NAME, Column.STATE)  # cannot be hidden: who it is, and what it does
_MANUAL = "&Order added"
_SCALES = {Scale.LINEAR: "&Linear bars", Scale.LOG: "Lo&garithmic bars"}


class HeaderMenu(QObject):
    """Fills a menu and opens it over the header as well; the GUI thread only.

    Args:
        table: whose header it is.
        menu: to be filled.

    Signals:
        changed: a person chose something that should be saved.
    """

    changed = Signal()

    def __init__(self, table: WorkersTable, menu: QMenu) -> None:
        super().__init__(table)
        self._table = table
        self._menu = menu
        self._columns: list[QAction] = []
        for column in Column:
            action = menu.addAction(TITLES[column])
            action.setCheckable(True)
            action.setChecked(True)
            action.setEnabled(column not in _ALWAYS)
            action.setData(int(column))
            self._columns.append(action)
        sorting = menu.addMenu("&Sort by")
        self._sorts = QActionGroup(self)
        for title in (_MANUAL, *TITLES):
            self._sorts.addAction(title).setCheckable(True)
        sorting.addActions(self._sorts.actions())
        sorting.addSeparator()
        self._descending = sorting.addAction("&Descending")
        self._descending.setCheckable(True)
        self._on_sorted()
        self._fit = menu.addAction("&Fit columns")
        menu.addSeparator()
        self._scales = QActionGroup(self)
        for scale, words in _SCALES.items():
            action = self._scales.addAction(words)
            action.setCheckable(True)
            action.setChecked(scale is table.scale)
            action.setData(str(scale))
        menu.addActions(self._scales.actions())
        menu.triggered.connect(self._on_triggered)
        table.sort_changed.connect(self._on_sorted)
        header = table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_context_menu)

    def hidden(self) -> tuple[str, ...]:
        """Return the titles of the columns that are hidden."""
        return tuple(TITLES[action.data()] for action in self._columns if not action.isChecked())

    def show_hidden(self, titles: Iterable[str]) -> None:
        """Hide the columns with these titles and no others; unknown titles are passed over."""
        wanted = set(titles)
        for action in self._columns:
            action.setChecked(not action.isEnabled() or TITLES[action.data()] not in wanted)
            self._table.show_column(Column(action.data()), shown=action.isChecked())

    def show_scale(self, scale: Scale) -> None:
        """Draw the bars on this scale."""
        for action in self._scales.actions():
            action.setChecked(action.data() == scale)
        self._table.set_scale(scale)

    def sort_title(self) -> str:
        """Return the title of the column that the rows are sorted by; empty for the manual order."""
        column, _ = self._table.sorting
        return "" if column is None else TITLES[column]

    def sort_by_title(self, title: str, *, descending: bool) -> None:
        """Sort the rows by the column with this title; the manual order if there is none."""
        column = Column(TITLES.index(title)) if title in TITLES else None
        self._table.sort_by(column, descending=descending)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        if action is self._descending or action in self._sorts.actions():
            chosen = self._sorts.checkedAction()
            self.sort_by_title(chosen.text(), descending=self._descending.isChecked())
            self._on_sorted()
            return
        if action in self._columns:
            self._table.show_column(Column(action.data()), shown=action.isChecked())
        elif action in self._scales.actions():
            self._table.set_scale(Scale(action.data()))
        elif action is self._fit:
            self._table.columns.fit_always()
        self.changed.emit()

    @Slot()
    def _on_sorted(self) -> None:
        """Say in the menu what the rows are sorted by."""
        column, descending = self._table.sorting
        for action in self._sorts.actions():
            action.setChecked(action.text() == (_MANUAL if column is None else TITLES[column]))
        self._descending.setChecked(descending)
        self._descending.setEnabled(column is not None)
        self.changed.emit()

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        self._menu.popup(self._table.horizontalHeader().mapToGlobal(place))
