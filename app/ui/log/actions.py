"""The log's actions: one object each, shared by the menu, the keys and the context menu."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.ui.log.area import LogArea
from app.ui.log.go_to import GoToDialog
from app.ui.log.logic import COLUMNS
from app.ui.log.rules_dialog import RulesDialog
from app.ui.log.saving import WHAT, Saver


class LogActions(QObject):
    """Makes the actions of one log and puts them into a menu; the GUI thread only.

    Args:
        area: the log.
        saver: saves its lines.
        menu: where they go; the log's context menu is the same.
    """

    def __init__(self, area: LogArea, saver: Saver, menu: QMenu) -> None:
        super().__init__(area)
        self._area = area
        self._menu = menu
        panel = area.panel
        self.find = self._new("&Find…", "Ctrl+F", "Find lines", area.open_find)
        self.filter = self._new("F&ilter…", "Ctrl+Shift+F", "Show only the lines that have something", area.open_filter)
        self.next = self._new("Find &next", "F3", "Go to the next hit", area.find_next)
        self.previous = self._new("Find p&revious", "Shift+F3", "Go to the previous hit", area.find_previous)
        self.go_to = self._new("&Go to…", "Ctrl+G", "Go to a line or a time", self._on_go_to)
        self.copy = self._new("&Copy text", "Ctrl+C", "Copy the selected lines' texts", area.copy_text)
        self.copy_rows = self._new(
            "Copy with col&umns", "Ctrl+Shift+C", "Copy the selected lines with their columns", area.copy_rows
        )
        self.select_all = self._new(
            "Select &all lines", "Ctrl+A", "Select every line that is shown", panel.picker.select_all
        )
        # These keys mean something else in other parts of the window.
        for action in (self.copy, self.copy_rows, self.select_all):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            area.addAction(action)
        self.follow = self._new("Follow the &tail", "Ctrl+End", "Go to the newest line and stay there", panel.follow)
        self.pause = self._new("&Pause the view", "Ctrl+Shift+P", "Show no new lines; they go on being kept")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(panel.pause)
        panel.pause_changed.connect(self.pause.setChecked)
        self.clear = self._new(
            "C&lear the view", "Ctrl+L", "Show no line that there is now; the record stays", area.clear
        )
        self.columns = QMenu("Colum&ns", menu)
        self.rules = self._new("&Highlight rules…", None, "Point out the rows that have something", self._on_rules)
        self.save = QMenu("&Save log", menu)
        for word, title in WHAT.items():
            action = self.save.addAction(title)
            action.setData(word)
        self.save.triggered.connect(lambda action: saver.ask(action.data()))
        self._fill_columns()
        self._fill(menu)
        panel.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        panel.view.customContextMenuRequested.connect(self._on_context_menu)

    def _new(self, text: str, keys: str | None, tip: str, slot: Callable[[], object] | None = None) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        if slot is not None:
            action.triggered.connect(slot)
        return action

    def _fill(self, menu: QMenu) -> None:
        menu.addActions([self.find, self.filter, self.next, self.previous, self.go_to])
        menu.addSeparator()
        menu.addActions([self.copy, self.copy_rows, self.select_all])
        menu.addMenu(self.save)
        menu.addSeparator()
        menu.addActions([self.follow, self.pause, self.clear])
        menu.addSeparator()
        menu.addMenu(self.columns)
        menu.addAction(self.rules)

    def _fill_columns(self) -> None:
        hidden = self._area.panel.hidden_columns()
        for column in COLUMNS:
            action = self.columns.addAction(column)
            action.setCheckable(True)
            action.setChecked(column not in hidden)
            action.setEnabled(column != "Text")
            action.setData(column)
        self.columns.triggered.connect(self._on_column)

    def show_hidden(self, hidden: tuple[str, ...]) -> None:
        """Hide these columns and no others."""
        for action in self.columns.actions():
            shown = action.data() not in hidden or action.data() == "Text"
            action.setChecked(shown)
            self._area.panel.show_column(action.data(), shown)

    @Slot(QAction)
    def _on_column(self, action: QAction) -> None:
        self._area.panel.show_column(action.data(), action.isChecked())

    @Slot()
    def _on_go_to(self) -> None:
        GoToDialog(self._area.panel).open()

    @Slot()
    def _on_rules(self) -> None:
        RulesDialog(self._area.panel).open()

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        self._menu.popup(self._area.panel.view.viewport().mapToGlobal(place))
