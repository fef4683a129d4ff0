"""The log's actions: one object each, shared by the menu, the keys and the context menu; and the dialog of Go to."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.core.batch import Record
from app.core.errors import BadInput, quoted
from app.session.record_words import record_words
from app.ui.log.columns import SessionClock
from app.ui.log.export import SAVE_CHOICES, Saver, copy_lines
from app.ui.log.panel import LogPanel
from app.ui.log.rules_dialog import RulesDialog
from app.ui.log.search_bar import MATCHING_ONLY, SearchBar
from app.ui.log.shown import Shown, is_shown
from app.ui.log.store import LogStore
from app.ui.widgets import add_all, new_action, plain_label

NOTHING_SHOWN = "No lines are shown."
CLEARED = "The log is cleared. Show all lines?"
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)\s*s?", re.ASCII)
_DAY_NS = 24 * 3600 * 10**9
_HINTS = {
    "Line number": "for example 12,345",
    "Time in the session": "12.5, 1:02.5 or 1:00:02.5",
    "Wall clock": "14:03 or 14:03:22.5",
}


class GoToDialog(QDialog):
    """Asks for a line number or a time, and goes there; the GUI thread only.

    Args:
        store: the records.
        clock: the clock of the session.
        shown: returns the lines that are shown.
        show_cleared: called to show the lines that were cleared away.
        go_to: called with the line's number.
        parent: the log.
    """

    def __init__(
        self,
        store: LogStore,
        clock: SessionClock,
        shown: Callable[[], Shown],
        show_cleared: Callable[[], object],
        go_to: Callable[[int], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Go to")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._store, self._clock, self._shown, self._go_to = store, clock, shown, go_to
        self._show_cleared = show_cleared
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Go to by")
        self.kind.addItems(list(_HINTS))
        self.place = QLineEdit(self)
        self.place.setAccessibleName("Place")
        self.place.setMinimumWidth(260)
        self.problem = plain_label("", self, wraps=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        self.uncover = buttons.addButton("Show &cleared lines", QDialogButtonBox.ButtonRole.ActionRole)
        self.uncover.hide()
        self.uncover.clicked.connect(self._on_uncover)
        buttons.accepted.connect(self.go)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&By", self.kind)
        form.addRow("&Place", self.place)
        add_all(QVBoxLayout(self), form, self.problem, buttons)
        self.kind.currentTextChanged.connect(self._on_kind)
        self._on_kind(self.kind.currentText())
        self.place.setFocus()

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        self.place.setPlaceholderText(_HINTS[kind])

    @Slot()
    def go(self) -> None:
        """Go to the place that was typed; the dialog says what is wrong with it."""
        try:
            line = self.line()
        except BadInput as error:
            self.problem.setText(str(error))
            self.uncover.setVisible(str(error) == CLEARED)
            self.place.setFocus()
            self.place.selectAll()
            return
        self._go_to(line)
        self.accept()

    @Slot()
    def _on_uncover(self) -> None:
        """Show the cleared lines and go to the one that is meant."""
        self._show_cleared()
        self.go()

    def line(self) -> int:
        """Return the number of the line that is meant, or the next after a time; BadInput if there is none."""
        text, store, clock, shown = self.place.text(), self._store, self._clock, self._shown()
        match self.kind.currentText():
            case "Line number":
                line = parse_line(text, store.end)
                if line < store.first and store.has_cleared:
                    raise BadInput(CLEARED, "line")
                check_shown(line, shown)
                return line
            case "Time in the session":
                t_ns = parse_time(text)
            case _:
                t_ns = parse_wall_clock(text, clock.started_ns)
        if not shown.count():
            raise BadInput(CLEARED if store.has_cleared else NOTHING_SHOWN, "time")
        return store.line_at(clock.origin + t_ns)


def parse_line(text: str, end: int) -> int:
    """Return the line number in a text; thousands may be parted by commas, blanks or apostrophes.

    Raises:
        BadInput: it is none, or there is no such line.
    """
    digits = re.sub(r"[\s,.'’_]", "", text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise BadInput(f"{quoted(text)} is not a line number. Enter one from 0 to {max(0, end - 1):,}.", "line")
    line = int(digits)
    if line >= end:
        last = f"the last is {end - 1:,}" if end else "the log is empty"
        raise BadInput(f"There is no line {line:,} yet; {last}.", "line")
    return line


def check_shown(line: int, shown: Shown) -> None:
    """Raise BadInput if a line is not among those that are shown."""
    if is_shown(line, shown):
        return
    place = shown.place(line)
    after = shown.lines(place, 1)
    around = [*shown.lines(place - 1, 1)] if place else []
    near = " and ".join(f"{other:,}" for other in (*around, *after))
    if not near:
        raise BadInput(NOTHING_SHOWN, "line")
    raise BadInput(f"Line {line:,} is hidden. The nearest lines shown: {near}.", "line")


def parse_time(text: str) -> int:
    """Return a time in the session, in nanoseconds: ``12.5``, ``1:02.5`` or ``1:00:02.5``.

    Raises:
        BadInput: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{quoted(text)} is not a time in the session. Enter seconds, m:ss or h:mm:ss.", "time")
    hours, minutes, seconds = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60
    ns = round((whole + float(seconds.replace(",", "."))) * 1e9)
    if ns >= 2**62:
        raise BadInput(f"{quoted(text)} is later than any session.", "time")
    return ns


def parse_wall_clock(text: str, started_ns: int) -> int:
    """Return the time in the session, in nanoseconds, of a local time of day: ``14:03`` or ``14:03:22.5``.

    A time before the session began is taken for the day after.

    Args:
        text: what was typed.
        started_ns: the beginning of the session in nanoseconds of the Unix epoch.

    Raises:
        BadInput: it is none.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or float((found[3] or "0").replace(",", ".")) >= 60:
        raise BadInput(f"{quoted(text)} is not a time of day. Enter hh:mm or hh:mm:ss.", "wall clock")
    started = datetime.fromtimestamp(started_ns / 1e9)
    midnight = started.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = float((found[3] or "0").replace(",", "."))
    then = midnight + timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=seconds)
    ns = round((then.timestamp() - started_ns / 1e9) * 1e9)
    # Typed to the second, the time of the beginning is a little before it.
    return max(0, ns) if ns > -60 * 10**9 else ns + _DAY_NS


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
        new = partial(new_action, self)
        self.find = new("&Find…", "Ctrl+F", "Find lines", search.find_asked)
        self.filter = new("F&ilter…", "Ctrl+Shift+F", MATCHING_ONLY, search.filter_asked)
        self.next = new("Find &next", "F3", "Go to the next match", search.next_asked)
        self.previous = new("Find p&revious", "Shift+F3", "Go to the previous match", search.previous_asked)
        self.around = new(
            "Show the lines aroun&d this one",
            "Ctrl+Shift+G",
            "Leave the filter, with the chosen line in the middle",
            search.around_asked,
        )
        self.back = new(
            "&Back to the matching lines", "Ctrl+Shift+B", "Show only the matching lines again", search.back_asked
        )
        self.back.setEnabled(False)
        search.back_possible.connect(self.back.setEnabled)
        self.go_to = new("&Go to…", "Ctrl+G", "Go to a line or a time", self._on_go_to)
        self.copy = new("&Copy text", "Ctrl+C", "Copy the selected lines' texts", self._on_copy_text)
        self.copy_rows = new(
            "Copy with col&umns", "Ctrl+Shift+C", "Copy the selected lines with their columns", self._on_copy_rows
        )
        self.select_all = new("Select &all lines", "Ctrl+A", "Select every line that is shown", panel.picker.select_all)
        # These keys mean something else in other parts of the window.
        for action in (self.copy, self.copy_rows, self.select_all):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            panel.addAction(action)
            search.addAction(action)
        self.follow = new("F&ollow new lines", "Ctrl+End", "Go to the newest line and follow new lines", panel.follow)
        self.pause = new("&Pause the view", "Ctrl+Shift+P", "Show no new lines; they are still recorded")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(panel.pause)
        panel.pause_changed.connect(self.pause.setChecked)
        self.clear = new("C&lear the view", "Ctrl+L", "Hide all lines up to now; the recording keeps them", panel.clear)
        self.show_cleared = new(
            "Show clear&ed lines", "Ctrl+Shift+L", "Show the lines that were cleared from the view", panel.show_cleared
        )
        self.show_cleared.setEnabled(False)
        panel.cleared.connect(self.show_cleared.setEnabled)
        self.all_events = new(
            "Show all e&vents", "Ctrl+Shift+E", "Show every event of a run: a stop is one row without this"
        )
        self.all_events.setCheckable(True)
        self.all_events.toggled.connect(panel.show_all_events)
        self.columns = QMenu("Colu&mns", menu)
        self.rules = new("&Highlight rules…", None, "Highlight lines containing a text or pattern", self._on_rules)
        self.save = QMenu("&Save log", menu)
        for word, title in SAVE_CHOICES.items():
            self.save.addAction(title).triggered.connect(partial(self._on_save, word))
        self._fill_columns()
        self._fill(menu)
        panel.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        panel.view.customContextMenuRequested.connect(self._on_context_menu)

    def _fill(self, menu: QMenu) -> None:
        menu.addActions([self.find, self.filter, self.next, self.previous, self.go_to])
        menu.addSeparator()
        menu.addActions([self.around, self.back])
        menu.addSeparator()
        menu.addActions([self.copy, self.copy_rows, self.select_all])
        menu.addMenu(self.save)
        menu.addSeparator()
        menu.addActions([self.follow, self.pause, self.clear, self.show_cleared])
        menu.addSeparator()
        menu.addAction(self.all_events)
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
        go_to = partial(panel.choose, stay=True)
        GoToDialog(panel.store, panel.clock, panel.shown, panel.show_cleared, go_to, panel).open()

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

    def _copy(self, texts: Callable[[list[tuple[int, Record]]], Iterable[str]]) -> None:
        panel = self._panel
        panel.said.emit(copy_lines(panel.store, panel.selection, panel.shown(), texts))

    def _on_save(self, what: str, _checked: bool = False) -> None:
        self._saver.ask(what)


def _texts(records: Iterable[tuple[int, Record]]) -> list[str]:
    return [record_words(record.kind, record.text) for _, record in records]
