"""The widths of the workers table's columns: what they need, names first, until a person sets them."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QTableView

from app.ui.workers.rows import Column

# Which column gets what it needs first, where there is no room for all: a figure that is cut off says nothing.
_FIRST = (
    Column.NAME,
    Column.STATE,
    Column.LATENCY,
    Column.INTERVAL,
    Column.LINES,
    Column.RUN_TIME,
    Column.RATE,
    Column.STRATEGY,
    Column.WORKLOAD,
    Column.RUNS_IN,
)
_TAKES_REST = Column.STATE  # a failure can be long
_MOST_OF_ALL = 0.4  # of the width, for one column: a name may have thousands of letters
# What changes while a run lives has its room from the beginning: a column must not jump.
_SAMPLES = {
    Column.STATE: "Stopped (was stuck)",
    Column.LINES: "9,999,999",
    Column.RATE: "999,999",
    Column.RUN_TIME: "59 min 59 s",
    Column.LATENCY: "99.9 ms",
}
# What a column shows even where there is no room for all; a figure that is cut off says nothing, a name says something.
_LEAST = {
    Column.NAME: "mmm",
    Column.STRATEGY: "mm",
    Column.WORKLOAD: "mm",
    Column.INTERVAL: "0.5 s",
    Column.RUNS_IN: "mm",
    Column.STATE: "Stopped",
    Column.LINES: "999",
    Column.RATE: "999",
    Column.RUN_TIME: "99.9 s",
    Column.LATENCY: "999 ms",
}
_ICON = 24  # pixels, with the space beside it
_NARROWEST, _WIDEST = 24, 4_000  # pixels of a column that a person sets


def fitted_widths(
    needs: Mapping[Column, int], least: Mapping[Column, int], available: int, rest: Column = _TAKES_REST
) -> dict[Column, int]:
    """Return the widths of columns, which fill what is available.

    Args:
        needs: the pixels that each of the columns that are shown needs.
        least: pixels that each of them gets, as far as it needs them, even where there is no room for all.
        available: pixels for all of them.
        rest: the column that takes what none needs; the last one if it is hidden.
    """
    most = round(available * _MOST_OF_ALL)
    wanted = {column: min(need, max(least[column], most)) for column, need in needs.items()}
    widths = {column: min(need, least[column]) for column, need in wanted.items()}
    spare = available - sum(widths.values())
    for column in _FIRST:
        if column in wanted and spare > 0:
            more = min(spare, wanted[column] - widths[column])
            widths[column] += more
            spare -= more
    if spare > 0 and widths:
        widths[rest if rest in widths else max(widths)] += spare
    return widths


class ColumnWidths(QObject):
    """Sets the widths of a table's columns until a person sets one; the GUI thread only.

    Args:
        table: whose columns they are.
        bar: pixels of the bar beside a latency.

    Attributes:
        is_fitting: whether the widths follow from what the columns need; False once a person has set one.
    """

    def __init__(self, table: QTableView, bar: int) -> None:
        super().__init__(table)
        self._bar = bar
        self._table = table
        self.is_fitting = True
        self._is_busy = False
        # What is on the screen counts: a thousand rows would take 170 ms.
        table.horizontalHeader().setResizeContentsPrecision(0)
        table.horizontalHeader().sectionResized.connect(self._on_resized)

    def fit(self) -> None:
        """Set the widths to what the columns need now, if they follow from that."""
        table = self._table
        if not self.is_fitting or table.viewport().width() <= 0:
            return
        shown = [column for column in Column if not table.isColumnHidden(column)]
        needs = {column: self._need(column) for column in shown}
        least = {column: self._room(column, _LEAST[column], "0") for column in shown}
        widths = fitted_widths(needs, least, table.viewport().width())
        self._is_busy = True
        try:
            for column, width in widths.items():
                if table.columnWidth(column) != width:
                    table.setColumnWidth(column, width)
        finally:
            self._is_busy = False

    def fit_always(self) -> None:
        """Have the widths follow from what the columns need, from now on."""
        self.is_fitting = True
        self.fit()

    def widths(self) -> tuple[int, ...]:
        """Return the widths that a person has set, of all columns but the last; empty if they have set none."""
        if self.is_fitting:
            return ()
        return tuple(self._table.columnWidth(column) for column in Column if column != max(Column))

    def set_widths(self, widths: Sequence[int]) -> None:
        """Set the widths that a person had set; those of another number of columns are passed over."""
        if len(widths) != len(Column) - 1:
            return
        for column, width in zip(Column, widths, strict=False):
            if width:  # a column that was hidden keeps its first width
                self._table.setColumnWidth(column, min(max(width, _NARROWEST), _WIDEST))

    def _need(self, column: Column) -> int:
        """Return the pixels that a column needs for its title, for what it shows, and for what it may come to show."""
        table = self._table
        need = max(table.sizeHintForColumn(column), table.horizontalHeader().sectionSizeHint(column))
        if column not in _SAMPLES:
            return need
        sample = self._room(column, _SAMPLES[column], "m")
        # What a failure says is cut off where there is no room: it is in the tooltip.
        return sample if column is Column.STATE else max(need, sample)

    def _room(self, column: Column, sample: str, margin: str) -> int:
        """Return the pixels that a column needs for a text, with the icon or the bar beside it, and for its margin."""
        metrics = self._table.fontMetrics()
        space = metrics.horizontalAdvance(margin)
        room = metrics.horizontalAdvance(sample) + space
        if column is Column.LATENCY:
            return room + self._bar + space
        return room + _ICON if column in (Column.NAME, Column.STATE) else room

    @Slot(int, int, int)
    def _on_resized(self, column: int, old: int, new: int) -> None:
        """Leave the widths alone from now on: a person has set one. A column that is hidden or shown again sets none."""
        if not self._is_busy and old and new and column != max(Column):
            self.is_fitting = False
