"""The log panel: the visible rows, a scroll bar over all lines, following the tail, and what is selected."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.core.batch import Batch, Record
from app.documents.highlights import Rule
from app.ui.log import columns
from app.ui.log.columns import RowMaker, SessionClock, row_as_text
from app.ui.log.match_marks import MatchMarks
from app.ui.log.position import Position, passes_end, stepped
from app.ui.log.position_bar import NewLinesButton, PositionBar
from app.ui.log.row_style import RowStyle
from app.ui.log.rows_view import RowsView
from app.ui.log.run_marks import RunMarks
from app.ui.log.selection import Selection
from app.ui.log.shown import NO_LINES, AllLines, FoundLines, Shown, VisibleLines, empty_text, is_shown
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import add_all, plain_label

_HINT_MARGIN = 24  # pixels beside what stands over empty rows
MOST_KEPT_SELECTED = 100_000  # lines of a selection that are remembered one by one


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
        if selection.is_new and not selection.settle(shown, MOST_KEPT_SELECTED):
            self._panel.said.emit(
                f"More than {MOST_KEPT_SELECTED:,} matching lines were selected; the selection is cleared."
            )

    def settle_events(self, shown: Shown) -> None:
        """Keep selected what was seen to be, and not the events between that are shown from now on."""
        most = MOST_KEPT_SELECTED if self._panel.is_narrowed() else shown.count()
        self._panel.selection.settle(shown, most)

    def follow_replaced(self) -> None:
        """Choose what has just taken the place of the one row that is selected."""
        panel, selection = self._panel, self._panel.selection
        line = selection.current
        if line is None or selection.ranges != [(line, line + 1)]:
            return
        for old, new in panel.store.hidden.replaced:
            line = new if old == line else line
        if line != selection.current and is_shown(line, panel.shown()):
            selection.only(line)
            self._say(line)

    @Slot(str, bool)
    def _on_key(self, word: str, extend: bool) -> None:
        panel, shown = self._panel, self._panel.shown()
        last = shown.count() - 1
        if last < 0:
            return
        page = panel.bar.pageStep()
        # Where no line is chosen, the keys move from the last row on the screen.
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


class LogPanel(QWidget):
    """Shows the records of a session; the GUI thread only.

    Args:
        store: the records.
        origin: the beginning of the session, a ``perf_counter_ns``.
        started_ns: the same instant in nanoseconds of the Unix epoch.
        theme: the colours.
        marks: the workers' signs.

    Signals:
        chosen: the line number of the row that was chosen.
        opened: a row was opened (double click or Enter): its line number.
        selection_changed: other lines are selected.
        pause_changed: whether new lines are shown.
        events_changed: every event of a run is shown, or not.
        cleared: the lines of before are not shown any more (True), or again (False).
        rules_changed: the highlight rules are other ones.
        said: a sentence for the person.
    """

    chosen = Signal(object)  # not int: that has 32 bits
    opened = Signal(object)
    selection_changed = Signal()
    pause_changed = Signal(bool)
    events_changed = Signal()
    cleared = Signal(bool)
    rules_changed = Signal()
    said = Signal(str)

    def __init__(
        self,
        store: LogStore,
        origin: int,
        started_ns: int,
        theme: Theme,
        marks: WorkerMarks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.position = Position()
        self.selection = Selection()
        self.clock = SessionClock(origin, started_ns)
        self.columns = columns.COLUMNS
        self.row_style = RowStyle(store, theme, marks, self.said.emit)
        self._found: FoundLines | None = None  # the only lines to show; None for all
        self._all_events = False
        self.lines: list[int] = []  # the numbers of the lines in the rows
        self.view = RowsView(self.columns, self)
        self.zoom = self.view.zoom
        self.matches = MatchMarks(self.view, len(self.columns) - 1)
        self.run_marks = RunMarks(self.view)
        self.bar = PositionBar(self)
        self.new_lines = NewLinesButton(self)
        self._hint = NO_LINES
        self.empty = plain_label("", self, wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.empty.hide()
        add_all(QHBoxLayout(self), self.view, self.bar, margins=0, spacing=0)
        self.setFocusProxy(self.view)
        self._note_columns()
        self.picker = Picker(self)
        self.bar.valueChanged.connect(self._on_scrolled)
        self.bar.end_passed.connect(self.follow_on)
        self.view.resized.connect(self.refresh)
        self.view.zoom_turned.connect(self.zoom.by)
        self.new_lines.clicked.connect(self.follow)
        self.apply_theme()

    # -- what comes in -------------------------------------------------------------------------------------------

    @Slot(object)
    def add(self, batch: Batch) -> None:
        """Add a batch and show it if the log follows its tail."""
        self.store.append(batch)
        self.refresh()
        if self.store.hidden.replaced and not self._all_events:
            self.picker.follow_replaced()

    def narrow(self, found: FoundLines | None) -> None:
        """Show these lines alone, also those that come, or every line again; the line that is read stays."""
        if found is not self._found:
            if self._found is not None:
                self.picker.settle(self.shown())
            self.selection.is_new = False
            self._found = found
        self.refresh()

    def is_narrowed(self) -> bool:
        """Return whether what was found alone is shown."""
        return self._found is not None

    @Slot(bool)
    def show_all_events(self, shown: bool) -> None:
        """Show every event of a run, or hide those that are not needed; the line that is read stays."""
        if shown == self._all_events:
            return
        if shown:
            self.picker.settle_events(self.shown())
        self._all_events = shown
        self.refresh()
        self.events_changed.emit()

    @property
    def all_events(self) -> bool:
        """Whether every event of a run is shown."""
        return self._all_events

    @Slot()
    def clear(self) -> None:
        """Show no line that there is now, until ``show_cleared``; the record stays."""
        self.store.clear()
        self.selection.clear()
        self.position.following = True
        if self.is_paused():
            self._pause(self.store.end)
        self.refresh()
        self.selection_changed.emit()
        self.cleared.emit(True)

    @Slot()
    def show_cleared(self) -> None:
        """Show the lines that were cleared away as well; the line that is read stays."""
        self.store.show_cleared()
        self.refresh()
        self.cleared.emit(False)

    def pause(self, paused: bool) -> None:
        """Show no line that comes from now on, until this is undone; the lines go on being kept."""
        if paused != self.is_paused():
            self._pause(self.store.end if paused else None)
            self.refresh()
            self.pause_changed.emit(paused)

    def _pause(self, end: int | None) -> None:
        """Show no line from number ``end`` on, and take none away; None to go on."""
        self.position.pause(end)
        self.store.hidden.hold(end is not None)

    def is_paused(self) -> bool:
        """Return whether new lines are not shown."""
        return self.position.paused_end is not None

    # -- where we are --------------------------------------------------------------------------------------------

    @property
    def line(self) -> int | None:
        """The chosen line's number."""
        return self.selection.current

    @property
    def following(self) -> bool:
        """Whether the newest line is to be seen."""
        return self.position.following

    def shown(self) -> Shown:
        """Return the lines that are shown."""
        return self._shown_to(self.position.end(self.store.end))

    def _shown_to(self, end: int) -> Shown:
        first, hidden = self.store.first, self.store.hidden.lines
        if self._found is not None:
            return self._found.shown(first, end, all_events=self._all_events)
        return AllLines(first, end) if self._all_events else VisibleLines(AllLines(first, end), hidden, first, end)

    @Slot()
    def refresh(self) -> None:
        """Show the rows of the present position; the line that is read stays where it is unless the tail is followed."""
        fits, covered, shown = *self._room(), self.shown()
        top = self.position.top(shown, fits, covered)
        self.position.settle(shown, top, self.store.end)
        self.lines = shown.lines(top, fits)
        self.bar.blockSignals(True)
        self.bar.setPageStep(fits)
        self.bar.setRange(0, self.position.last(shown, fits, covered))
        self.bar.setValue(top)
        self.bar.blockSignals(False)
        # The row above the first is only needed for its instant.
        above = shown.lines(top - 1, 1) if top and self._needs_row_above else []
        before = self.store.record(above[0]) if above else None
        records = self.store.records_of(self.lines)
        self.view.show_rows(self._maker.rows(zip(self.lines, records, strict=False), before, self._hidden))
        self.matches.show_rows(self.lines, records)
        self.run_marks.show_rows(records)
        self.picker.show_selection()
        new = self.position.new(self._shown_to(self.store.end))
        self.new_lines.say(new, paused=self.is_paused(), rows=self.view.geometry())
        if not self.lines or not self.empty.isHidden():
            self._show_empty(shown.count())

    def set_hint(self, hint: str) -> None:
        """Set what is said over the rows before the first line."""
        self._hint = hint
        self.refresh()

    def _show_empty(self, count: int) -> None:
        text = empty_text(self._hint, count=count, narrowed=self.is_narrowed(), cleared=self.store.has_cleared)
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self.empty.setGeometry(self.view.geometry().adjusted(_HINT_MARGIN, 0, -_HINT_MARGIN, 0))
        self.empty.raise_()

    def _room(self) -> tuple[int, int]:
        """Return how many rows fit, and how many of them the button covers when it is there."""
        return self.view.rows_that_fit(), self.new_lines.covered(self.view.row_height())

    @Slot()
    def follow(self) -> None:
        """Go to the newest line and stay with it, and end a pause."""
        was_paused = self.is_paused()
        self._pause(None)
        self.follow_on()
        if was_paused:
            self.pause_changed.emit(False)

    @Slot()
    def follow_on(self) -> None:
        """Go to the newest line that is shown, and stay with it."""
        if self.is_paused():
            self.bar.setValue(self.bar.maximum())
        self.position.following = True
        self.refresh()

    def stay_at(self, line: int) -> None:
        """Show the lines from one on, as if all of them had been seen."""
        self.position.stay(line, self.store.end)
        self.refresh()

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        self.position.scrolled(value, self.shown(), self.bar.maximum())
        self.refresh()

    def choose(self, line: int, *, extend: bool = False, keep: bool = False, stay: bool = False) -> None:
        """Choose a line by its number, or the next that is shown, and bring it on the screen.

        Args:
            line: its number.
            extend: select everything from the anchor to it.
            keep: what was selected besides stays so.
            stay: the log does not follow its tail from now on.
        """
        shown = self.shown()
        place = min(shown.place(line), shown.count() - 1)
        if place < 0:
            return
        line = shown.lines(place, 1)[0]
        if extend:
            self.selection.extend(line, keep=keep)
        else:
            self.selection.only(line)
        self.bring(line, stay=stay)
        self.chosen.emit(line)
        self.selection_changed.emit()

    def choose_in_middle(self, line: int) -> None:
        """Choose a line that is shown, in the middle of what is shown, and stay there."""
        self.position.centre(line, self.shown(), *self._room())
        self.choose(line, stay=True)

    def go_back(self, top: int, line: int, *, following: bool) -> None:
        """Choose a line, with another one in the first row, as it was when ``following`` or not."""
        self.position.line, self.position.following = top, following
        self.choose(line)

    def bring(self, line: int, *, stay: bool = False) -> None:
        """Bring a line that is shown on the screen, moving no more than that takes; see ``choose``."""
        self.position.bring(line, self.shown(), *self._room(), stay=stay)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.new_lines.place(self.view.geometry())
        if not self.empty.isHidden():
            self._show_empty(0)

    # -- style ---------------------------------------------------------------------------------------------------

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The highlight rules, in order."""
        return self.row_style.rules

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Highlight the rows that these rules fit."""
        self.row_style.set_rules(rules)
        self._note_columns()
        self.apply_theme()
        self.refresh()
        self.rules_changed.emit()

    def show_column(self, title: str, shown: bool) -> None:
        """Show or hide a column."""
        place = [column.title for column in self.columns].index(title)
        self.view.setColumnHidden(place, not shown)
        self.view.column_widths.fit()
        self._note_columns()
        self.refresh()

    def _note_columns(self) -> None:
        self._hidden = frozenset(self.hidden_columns())
        self._needs_row_above = any(c.needs_row_above and c.title not in self._hidden for c in self.columns)
        self._maker = RowMaker(self.columns, self.clock, self.store.name, self.row_style.rule_of)

    def hidden_columns(self) -> tuple[str, ...]:
        """Return the titles of the columns that are hidden."""
        return self.view.hidden_columns()

    def rows_as_text(self, records: list[tuple[int, Record]]) -> list[str]:
        """Return records, with their line numbers, as rows for the clipboard: the columns that are shown, as they are."""
        rows = self._maker.rows(records, None, self._hidden)
        return [row_as_text(row, self.columns, self._hidden) for row in rows]

    @Slot(object)
    def mark_run(self, run: int | None) -> None:
        """Mark the rows of the run that is meant in every part of the window; None for none."""
        self.run_marks.mark(run)

    def announce(self, text: str) -> None:
        """Have a screen reader say something."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.view, text))

    def apply_theme(self) -> None:
        """Use the theme's colours; call again when it changes."""
        style = self.row_style
        self.view.set_colours(style.kind_colours(), style.rule_colours(), style.worker_mark)
        self.matches.set_colour(style.match_colour())
        self.run_marks.set_colour(style.marked_colour())
