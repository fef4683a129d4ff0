"""The panes of the main window: table, timeline and log one below the other, and beside the log a place with tabs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from app.ui.side_panel import SidePanel
from app.ui.widgets import split

if TYPE_CHECKING:
    from app.documents.settings import Layout

_TABLE, _TIMELINE, _SIDE = 190, 170, 380  # pixels, as it comes
_LOG = 320  # pixels that the log has at least, whatever is beside it


def row_heights(layout: "Layout") -> tuple[int, ...]:
    """Return the heights of table, timeline and log; settings from before there was a timeline have two of them."""
    if len(layout.rows) == 3:
        return layout.rows
    table, log = layout.rows if len(layout.rows) == 2 else (_TABLE, layout.height - _TABLE)
    return table, _TIMELINE, max(1, log - _TIMELINE)


def column_widths(layout: "Layout", width: int) -> tuple[int, int]:
    """Return the widths of the log and of what is beside it in a window of a width; the log has at least half of it."""
    side = layout.columns[1] if len(layout.columns) == 2 else _SIDE
    side = min(side, width // 2)
    return width - side, side


class Panes(QObject):
    """Puts the panes in their places, and remembers the sizes of what is hidden; the GUI thread only.

    Args:
        table, timeline, log: from top to bottom.
        parent: what they are in.

    Attributes:
        side: the place beside the log.
        rows: the splitter of all.
        columns: the splitter of the log and what is beside it.
    """

    def __init__(self, table: QWidget, timeline: QWidget, log: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._kept_rows: tuple[int, ...] = ()  # the sizes when the timeline was last shown
        self._kept_columns: tuple[int, ...] = ()  # the sizes when something beside the log was last open
        self.side = SidePanel(parent)
        self.side.closing.connect(self._keep_columns)
        self.side.opening.connect(self._restore_columns)
        log.setMinimumWidth(_LOG)
        # The table has the whole width, so that no column is cut off when something is open beside the log.
        self.columns: QSplitter = split(Qt.Orientation.Horizontal, parent, (log, 1, 0), (self.side, 0, 0))
        rows = (table, 0, 0), (timeline, 0, 0), (self.columns, 1, 0)
        self.rows: QSplitter = split(Qt.Orientation.Vertical, parent, *rows)

    def set_columns(self, layout: "Layout", width: int) -> None:
        """Give log and side the widths that they had, in a window of a width; now, or once the side is opened."""
        self._kept_columns = column_widths(layout, width)
        self.columns.setSizes(self._kept_columns)

    def set_rows(self, layout: "Layout") -> None:
        """Give table, timeline and log the heights that they had."""
        self._kept_rows = row_heights(layout)
        self.rows.setSizes(self._kept_rows)

    def row_sizes(self) -> tuple[int, ...]:
        """Return the heights of table, timeline and log, as they were last where the timeline is hidden."""
        return self._kept_rows if self._timeline.isHidden() else tuple(self.rows.sizes())

    def column_sizes(self) -> tuple[int, ...]:
        """Return the widths of log and side, as they were last where the side is hidden."""
        return tuple(self.columns.sizes()) if self.side.isVisible() else self._kept_columns

    def show_timeline(self, shown: bool) -> None:
        """Show the timeline, or hide it."""
        if not shown and self._timeline.isVisible():
            self._kept_rows = tuple(self.rows.sizes())
        self._timeline.setVisible(shown)
        if shown and self._kept_rows:
            self.rows.setSizes(self._kept_rows)

    @Slot()
    def _keep_columns(self) -> None:
        """Remember how wide the place beside the log was."""
        if self.side.isVisible():
            self._kept_columns = tuple(self.columns.sizes())

    @Slot()
    def _restore_columns(self) -> None:
        """Give the place beside the log the width that it had."""
        if self._kept_columns:
            self.columns.setSizes(self._kept_columns)
