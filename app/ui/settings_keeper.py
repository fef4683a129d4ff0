"""Keeps the window's settings: how it was left, and what is in the table."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QTableView

from app.core.errors import BadInput
from app.documents.settings import Layout, Settings, save_settings
from app.terminal import tell
from app.ui.main_window import FRAME_HEIGHT

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

# An edit is kept a second later, so that a crash costs no more, and many edits are one file.
_DELAY = 1_000
_TABLE, _TIMELINE = 190, 170  # pixels, as it comes


def apply_layout(window: "MainWindow", layout: Layout) -> None:
    """Make a window look as it was left; lengths that no longer fit are left to Qt."""
    available = window.screen().availableSize()
    height = available.height() - FRAME_HEIGHT
    window.resize(min(layout.width, available.width()), min(layout.height, height))
    if layout.maximized:
        window.showMaximized()
    # The font first: the log's columns grow with it.
    window.log.zoom.set_points(layout.log_points)
    for table, widths in ((window.workers.table, layout.worker_columns), (window.log.view, layout.log_columns)):
        _set_widths(table, widths)
    window.log_actions.show_hidden(layout.log_hidden)
    window.actions_.details.setChecked(layout.details)
    window.rows_sizes = rows_of(layout)
    window.rows_splitter.setSizes(window.rows_sizes)
    window.actions_.timeline.setChecked(layout.timeline)
    window.columns_sizes = layout.columns if len(layout.columns) == 2 else (layout.width - 380, 380)
    window.columns_splitter.setSizes(window.columns_sizes)
    for action in window.actions_.themes.actions():
        action.setChecked(action.data() == layout.theme)


def rows_of(layout: Layout) -> tuple[int, ...]:
    """Return the heights of table, timeline and log; settings from before there was a timeline have two of them."""
    if len(layout.rows) == 3:
        return layout.rows
    table, log = layout.rows if len(layout.rows) == 2 else (_TABLE, layout.height - _TABLE)
    return table, _TIMELINE, max(1, log - _TIMELINE)


def _set_widths(table: QTableView, widths: tuple[int, ...]) -> None:
    header = table.horizontalHeader()
    if len(widths) == header.count() - 1:
        for column, width in enumerate(widths):
            if width:  # a column that was hidden keeps its first width
                header.resizeSection(column, min(max(width, 24), 4_000))


def _widths(table: QTableView) -> tuple[int, ...]:
    """Return the widths of all columns but the last, which takes what is left."""
    header = table.horizontalHeader()
    return tuple(header.sectionSize(column) for column in range(header.count() - 1))


def read_layout(window: "MainWindow") -> Layout:
    """Return how a window looks now."""
    size = window.normalGeometry().size() if window.isMaximized() else window.size()
    theme = window.actions_.themes.checkedAction()
    points = window.log.zoom.points()
    return Layout(
        width=max(200, size.width()),
        height=max(200, size.height()),
        maximized=window.isMaximized(),
        rows=tuple(window.rows_splitter.sizes()) if window.actions_.timeline.isChecked() else window.rows_sizes,
        columns=tuple(window.columns_splitter.sizes()) if window.details.isVisible() else window.columns_sizes,
        worker_columns=_widths(window.workers.table),
        log_columns=_widths(window.log.view),
        log_hidden=window.log.hidden_columns(),
        details=window.actions_.details.isChecked(),
        timeline=window.actions_.timeline.isChecked(),
        log_points=0 if points == window.log.zoom.system_points() else points,
        theme=theme.data() if theme else "system",
    )


class SettingsKeeper(QObject):
    """Writes the settings when something has changed, and when the window closes; the GUI thread only.

    Args:
        window: whose settings they are.
        settings: what they were.
        path: the file. One that cannot be written is said once, and costs nothing else.
    """

    def __init__(self, window: "MainWindow", settings: Settings, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._path = path
        self._said = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self.keep)

    def settings(self) -> Settings:
        """Return the settings as they are now."""
        window = self._window
        workers, rules = window.workers.rows.workers(), window.log.rules
        return replace(self._settings, layout=read_layout(window), workers=workers, rules=rules)

    @Slot()
    def keep_soon(self) -> None:
        """Keep the settings in a second."""
        self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Keep the settings now."""
        self._timer.stop()
        try:
            save_settings(self._path, self.settings())
        except BadInput as error:
            if not self._said:
                self._said = True
                self._window.workers.say(f"The settings cannot be kept: {error}")
                # The window may be closing: then nobody could read it there.
                tell(f"thread-controller: the settings cannot be kept: {error}\n")
