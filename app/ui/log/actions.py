"""The log's actions: one object each, shared by the menu, the keys and the context menu."""

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, SignalInstance, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.core.batch import Record
from app.session.record_words import record_words
from app.ui.log.export import SAVE_CHOICES, Saver, copy_lines
from app.ui.log.go_to import GoToDialog
from app.ui.log.panel import LogPanel
from app.ui.log.rules_dialog import RulesDialog
from app.ui.log.search_bar import MATCHING_ONLY, SearchBar


class LogActions(QObject):
    """Makes the actions of one log and puts them into a menu; the GUI thread only.

    Args:
        panel: the log.
        search: its search bar.
        saver: saves its lines.
        menu: where they go; the log's context menu is the same.
    """

    def __init__(self, panel: LogPanel, search: SearchBar, saver: Saver, menu: QMenu) -> None:
        super().__init__(panel)
        self._panel = panel
        self._saver = saver
        self._menu = menu
        self.find = self._new("&Find…", "Ctrl+F", "Find lines", search.find_asked)
        self.filter = self._new("F&ilter…", "Ctrl+Shift+F", MATCHING_ONLY, search.filter_asked)
        self.next = self._new("Find &next", "F3", "Go to the next match", search.next_asked)
        self.previous = self._new("Find p&revious", "Shift+F3", "Go to the previous match", search.previous_asked)
        self.go_to = self._new("&Go to…", "Ctrl+G", "Go to a line or a time", self._on_go_to)
        self.copy = self._new("&Copy text", "Ctrl+C", "Copy the selected lines' texts", self._on_copy_text)
        self.copy_rows = self._new(
            "Copy with col&umns", "Ctrl+Shift+C", "Copy the selected lines with their columns", self._on_copy_rows
        )
        self.select_all = self._new(
            "Select &all lines", "Ctrl+A", "Select every line that is shown", panel.picker.select_all
        )
        # These keys mean something else in other parts of the window.
        for action in (self.copy, self.copy_rows, self.select_all):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            panel.addAction(action)
            search.addAction(action)
        self.follow = self._new(
            "Follow &new lines", "Ctrl+End", "Go to the newest line and follow new lines", panel.follow
        )
        self.pause = self._new("&Pause the view", "Ctrl+Shift+P", "Show no new lines; they are still recorded")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(panel.pause)
        panel.pause_changed.connect(self.pause.setChecked)
        self.clear = self._new(
            "C&lear the view", "Ctrl+L", "Hide all lines up to now; the recording keeps them", panel.clear
        )
        self.columns = QMenu("Colum&ns", menu)
        self.rules = self._new(
            "&Highlight rules…", None, "Highlight lines containing a text or pattern", self._on_rules
        )
        self.save = QMenu("&Save log", menu)
        for word, title in SAVE_CHOICES.items():
            self.save.addAction(title).triggered.connect(partial(self._on_save, word))
        self._fill_columns()
        self._fill(menu)
        panel.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        panel.view.customContextMenuRequested.connect(self._on_context_menu)

    def _new(
        self, text: str, keys: str | None, tip: str, slot: Callable[[], object] | SignalInstance | None = None
    ) -> QAction:
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
        hidden = self._panel.hidden_columns()
        for column in self._panel.columns:
            action = self.columns.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.title not in hidden)
            action.setEnabled(column.can_be_hidden)
            action.setData(column.title)
        self.columns.triggered.connect(self._on_column)

    def show_hidden(self, hidden: tuple[str, ...]) -> None:
        """Hide these columns and no others."""
        for action in self.columns.actions():
            shown = action.data() not in hidden or not action.isEnabled()
            action.setChecked(shown)
            self._panel.show_column(action.data(), shown)

    @Slot(QAction)
    def _on_column(self, action: QAction) -> None:
        self._panel.show_column(action.data(), action.isChecked())

    @Slot()
    def _on_go_to(self) -> None:
        panel = self._panel
        GoToDialog(panel.store, panel.clock, panel.shown, partial(panel.choose, stay=True), panel).open()

    @Slot()
    def _on_rules(self) -> None:
        panel = self._panel
        RulesDialog(panel.rules, panel.row_style.rule_colour, panel.set_rules, panel).open()

    @Slot(QPoint)
    def _on_context_menu(self, place: QPoint) -> None:
        self._menu.popup(self._panel.view.viewport().mapToGlobal(place))

    @Slot()
    def _on_copy_text(self) -> None:
        """Copy lines exactly as they were written, and events in words."""
        self._copy(_texts)

    @Slot()
    def _on_copy_rows(self) -> None:
        """Copy the columns that are shown, as they are shown."""
        self._copy(self._panel.rows_as_text)

    def _copy(self, texts: Callable[[list[Record]], Iterable[str]]) -> None:
        panel = self._panel
        panel.said.emit(copy_lines(panel.store, panel.selection, panel.shown(), texts))

    def _on_save(self, what: str, _checked: bool = False) -> None:
        self._saver.ask(what)


def _texts(records: Iterable[Record]) -> list[str]:
    return [record_words(record.kind, record.text) for record in records]
