"""Mouse and keys over the rows of the log: what is chosen, selected and opened."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.ui.log.position import passes_end, stepped
from app.ui.log.shown import Shown

if TYPE_CHECKING:
    from app.ui.log.panel import LogPanel


MOST_SETTLED = 100_000  # lines of a selection that are remembered one by one


class Picker(QObject):
    """Turns what is done to the rows into lines that are chosen; the GUI thread only."""

    def __init__(self, panel: "LogPanel") -> None:
        super().__init__(panel)
        self._panel = panel
        self._keeps = False  # the drag that goes on was begun with Ctrl
        view = panel.view
        view.key_pressed.connect(self._on_key)
        view.open_pressed.connect(self._on_open_pressed)
        view.row_pressed.connect(self._on_row_pressed)
        view.row_dragged.connect(self._on_row_dragged)
        view.row_opened.connect(self._on_row_opened)
        view.menu_asked.connect(self._on_menu_asked)
        view.wheel_turned.connect(self._on_wheel)

    def show_selection(self) -> None:
        """Show which of the rows are selected."""
        panel, selection = self._panel, self._panel.selection
        rows = [row for row, line in enumerate(panel.lines) if selection.contains(line)] if selection.ranges else []
        current = selection.current
        panel.view.show_selection(rows, panel.lines.index(current) if current in panel.lines else None)

    @Slot()
    def select_all(self) -> None:
        """Select every line that is shown."""
        panel, shown = self._panel, self._panel.shown()
        if count := shown.count():
            first, last = shown.lines(0, 1)[0], shown.lines(count - 1, 1)[0]
            panel.selection.everything(first, last + 1)
            self.show_selection()
            panel.selection_changed.emit()

    def settle(self, shown: Shown) -> None:
        """Keep selected, of a narrow view that ends, what was seen to be, and not what was hidden between."""
        selection = self._panel.selection
        if selection.is_new and not selection.settle(shown, MOST_SETTLED):
            self._panel.said.emit(f"More than {MOST_SETTLED:,} lines were selected among the hits: now they are not.")

    @Slot(str, bool)
    def _on_key(self, word: str, extend: bool) -> None:
        panel, shown = self._panel, self._panel.shown()
        last = shown.count() - 1
        if last < 0:
            return
        page = panel.bar.pageStep()
        # Where nothing is chosen, one is at the last row that is seen.
        here = shown.place(panel.line) if panel.line is not None else panel.bar.value() + page - 1
        here = min(here, last)
        place = min(max(stepped(word, here, page, last), 0), last)
        panel.choose(shown.lines(place, 1)[0], extend=extend)
        if passes_end(word, here, last):
            panel.follow_on()

    @Slot()
    def _on_open_pressed(self) -> None:
        if self._panel.line is not None:
            self._panel.opened.emit(self._panel.line)

    @Slot(int, object)
    def _on_row_pressed(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        panel = self._panel
        if row >= len(panel.lines):
            return
        line = panel.lines[row]
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self._keeps = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if shift:
            panel.selection.extend(line, keep=self._keeps)
        elif self._keeps:
            panel.selection.toggle(line)
        else:
            panel.selection.only(line)
        self._say(line)

    @Slot(int)
    def _on_menu_asked(self, row: int) -> None:
        """Choose the row that a menu is asked for, unless it is one of those that are selected."""
        panel = self._panel
        if row < len(panel.lines) and not panel.selection.contains(panel.lines[row]):
            panel.selection.only(panel.lines[row])
            self._say(panel.lines[row])

    def _say(self, line: int) -> None:
        self.show_selection()
        self._panel.chosen.emit(line)
        self._panel.selection_changed.emit()

    @Slot(int)
    def _on_row_dragged(self, row: int) -> None:
        panel, shown = self._panel, self._panel.shown()
        if panel.line is None or not panel.lines or not shown.count():
            return
        place = min(max(shown.place(panel.lines[0]) + row, 0), shown.count() - 1)
        line = shown.lines(place, 1)[0]
        if line != panel.line:
            panel.choose(line, extend=True, keep=self._keeps)

    @Slot(int)
    def _on_row_opened(self, row: int) -> None:
        if row < len(self._panel.lines):
            self._panel.opened.emit(self._panel.lines[row])

    @Slot(object)
    def _on_wheel(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self._panel.bar, event)
