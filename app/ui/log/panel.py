"""The log panel: the visible rows, a scroll bar over all lines, following the tail, and what is selected."""

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QPushButton, QWidget

from app.core.batch import Batch, Kind, Record
from app.documents.highlights import Rule
from app.ui.log.highlight import matcher
from app.ui.log.logic import COLUMNS, HIDDEN_AT_FIRST, RowMaker, follow_after_scroll, new_lines_text
from app.ui.log.position_bar import PositionBar
from app.ui.log.rows_view import RowsView
from app.ui.log.selection import Selection
from app.ui.log.shown import AllLines, HitLines, Shown
from app.ui.log.store import LogStore
from app.ui.log.zoom import Zoom
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks


class LogPanel(QWidget):
    """Shows the records of a sitting; the GUI thread only.

    Args:
        store: the records.
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        started_ns: the same instant in nanoseconds of the Unix epoch.
        theme: the colours.
        marks: the workers' signs.

    Signals:
        chosen: the line number of the row that was chosen.
        opened: a row was opened (double click or Enter): its line number.
        selection_changed: other lines are selected.
        moved: other lines are shown, or there are more of them.
        said: a sentence for the person.
    """

    chosen = Signal(object)  # not int: that has 32 bits
    opened = Signal(object)
    selection_changed = Signal()
    moved = Signal()
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
        self.following = True
        self.selection = Selection()
        self.rules: tuple[Rule, ...] = ()
        self.maker = RowMaker(origin, started_ns, store.name)
        self._hits: HitLines | None = None  # the only lines to show; None for all
        self._paused_end: int | None = None
        self._top = 0  # the number of the line in the first row
        self._lines: list[int] = []  # the numbers of the lines in the rows
        self._seen = 0  # how many lines were shown when the tail was last followed
        self._theme = theme
        self._marks = marks
        self.view = RowsView(self)
        self.bar = PositionBar(self)
        self.pill = QPushButton(self)
        self.pill.setObjectName("pill")
        self.pill.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.pill.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view)
        layout.addWidget(self.bar)
        self.setFocusProxy(self.view)
        for place, column in enumerate(COLUMNS):
            self.view.setColumnHidden(place, column in HIDDEN_AT_FIRST)
        self.zoom = Zoom(self.view)
        self._connect()
        self.apply_theme()

    def _connect(self) -> None:
        self.bar.valueChanged.connect(self._on_scrolled)
        self.view.key_pressed.connect(self._on_key)
        self.view.row_pressed.connect(self._on_row_pressed)
        self.view.row_dragged.connect(self._on_row_dragged)
        self.view.wheel_turned.connect(self._on_wheel)
        self.view.resized.connect(self.refresh)
        self.view.zoom_turned.connect(self.zoom.by)
        self.view.activated.connect(self._on_activated)
        self.view.doubleClicked.connect(self._on_activated)
        self.pill.clicked.connect(self.follow)

    # -- what comes in -------------------------------------------------------------------------------------------

    @Slot(object)
    def add(self, batch: Batch) -> None:
        """Add a batch and show it if the log follows its tail."""
        self.store.append(batch)
        self.refresh()

    def narrow(self, hits: HitLines | None, *, complete: bool = True) -> None:
        """Show these hits alone, or every line again; the line that is read stays as near as it can.

        Args:
            hits: what to show; None for all lines.
            complete: every line there is has been looked at; until then a hit is not a new line.
        """
        if (hits is None) != (self._hits is None) or not complete:
            self._seen = hits.count() if hits is not None else self.store.end - self.store.first
        self._hits = hits
        self.refresh()

    def is_narrowed(self) -> bool:
        """Return whether the hits alone are shown."""
        return self._hits is not None

    def clear(self) -> None:
        """Show no line that there is now; the record stays."""
        self.store.clear()
        self.selection.clear()
        self._hits = None
        self.following = True
        self.refresh()
        self.selection_changed.emit()

    def pause(self, paused: bool) -> None:
        """Show no line that comes from now on, until this is undone; the lines go on being kept."""
        self._paused_end = self.store.end if paused else None
        self.refresh()

    def is_paused(self) -> bool:
        """Return whether new lines are not shown."""
        return self._paused_end is not None

    # -- where we are --------------------------------------------------------------------------------------------

    @property
    def line(self) -> int | None:
        """The chosen line's number."""
        return self.selection.current

    def shown(self) -> Shown:
        """Return the lines that are shown."""
        if self._hits is not None:
            return self._hits
        return AllLines(self.store.first, self.store.end if self._paused_end is None else self._paused_end)

    @Slot()
    def refresh(self) -> None:
        """Show the rows of the present position; the line that is read stays where it is unless the tail is followed."""
        fits, shown = self.view.rows_that_fit(), self.shown()
        count = shown.count()
        last = max(0, count - fits)
        top = last if self.following else min(shown.place(self._top), last)
        self._lines = shown.lines(top, fits)
        self._top = self._lines[0] if self._lines else self.store.first
        self.bar.blockSignals(True)
        self.bar.setPageStep(fits)
        self.bar.setRange(0, last)
        self.bar.setValue(top)
        self.bar.blockSignals(False)
        # The row above the first is only needed for its instant.
        above = shown.lines(top - 1, 1) if top and not self.view.isColumnHidden(COLUMNS.index("Delta")) else []
        before = self.store.record(above[0]) if above else None
        self.view.show_rows(self.maker.rows(self._records(self._lines), before))
        self._show_selection()
        self._show_pill(count)
        self.moved.emit()

    def _records(self, lines: list[int]) -> list[Record]:
        """Return the records of some lines, ascending; a few reads, because neighbours are read together."""
        found: list[Record] = []
        start = 0
        for place in range(1, len(lines) + 1):
            if place == len(lines) or lines[place] != lines[place - 1] + 1:
                found += self.store.records(lines[start], place - start)
                start = place
        return found

    def _show_selection(self) -> None:
        selection = self.selection
        rows = [row for row, line in enumerate(self._lines) if selection.contains(line)] if selection.ranges else []
        current = selection.current
        row = self._lines.index(current) if current in self._lines else None
        self.view.show_selection(rows, row)

    def _show_pill(self, count: int) -> None:
        paused = self._paused_end is not None and self._hits is None
        if self.following and not paused:
            self._seen = count
        new = (self.store.end - (self._paused_end or 0)) if paused else max(0, count - self._seen)
        text = new_lines_text(new, paused=paused)
        if text != self.pill.text():
            self.pill.setText(text)
            self.pill.adjustSize()
            self._place_pill()
        self.pill.setVisible(bool(text))

    def _place_pill(self) -> None:
        place = self.view.geometry()
        self.pill.move(place.center().x() - self.pill.width() // 2, place.bottom() - self.pill.height() - 12)
        self.pill.raise_()

    @Slot()
    def follow(self) -> None:
        """Go to the newest line and stay with it."""
        self.following = True
        self._paused_end = None
        self.refresh()

    def choose(self, line: int, *, extend: bool = False) -> None:
        """Choose a line by its number, or the next that is shown, and bring it on the screen."""
        shown = self.shown()
        position = min(shown.place(line), shown.count() - 1)
        if position < 0:
            return
        line = shown.lines(position, 1)[0]
        if extend:
            self.selection.extend(line)
        else:
            self.selection.only(line)
        self.bring(line)
        self.chosen.emit(line)
        self.selection_changed.emit()

    def bring(self, line: int) -> None:
        """Bring a line on the screen, moving no more than that takes."""
        shown, fits = self.shown(), self.view.rows_that_fit()
        position, top = shown.place(line), shown.place(self._top)
        if not top <= position < top + fits:
            self.following = position >= shown.count() - 1
            wanted = position if position < top else position - fits + 1
            self._top = (shown.lines(max(0, wanted), 1) or [line])[0]
        self.refresh()

    # -- mouse and keys ------------------------------------------------------------------------------------------

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        self.following = follow_after_scroll(value, self.bar.maximum())
        self._top = (self.shown().lines(value, 1) or [self._top])[0]
        self.refresh()

    @Slot(str, bool)
    def _on_key(self, word: str, extend: bool) -> None:
        shown = self.shown()
        last = shown.count() - 1
        if last < 0:
            return
        page = self.bar.pageStep()
        here = shown.place(self.line) if self.line is not None else shown.place(self._top) + page
        steps = {"up": -1, "down": 1, "page up": -page, "page down": page, "home": -last - 1, "end": last + 1}
        if word == "end" and not extend:
            self.following = True
        position = min(max(here + steps[word], 0), last)
        self.choose(shown.lines(position, 1)[0], extend=extend)

    @Slot(int, object)
    def _on_row_pressed(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        if row >= len(self._lines):
            return
        line = self._lines[row]
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if shift:
            self.selection.extend(line, keep=ctrl)
        elif ctrl:
            self.selection.toggle(line)
        else:
            self.selection.only(line)
        self._show_selection()
        self.chosen.emit(line)
        self.selection_changed.emit()

    @Slot(int)
    def _on_row_dragged(self, row: int) -> None:
        if self.line is None or not self._lines:
            return
        shown = self.shown()
        position = min(max(shown.place(self._lines[0]) + row, 0), shown.count() - 1)
        line = shown.lines(position, 1)[0]
        if line != self.line:
            self.choose(line, extend=True)

    @Slot(object)
    def _on_wheel(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self.bar, event)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if index.row() < len(self._lines):
            self.opened.emit(self._lines[index.row()])

    @Slot()
    def select_all(self) -> None:
        """Select every line that is shown."""
        shown = self.shown()
        if count := shown.count():
            first, last = shown.lines(0, 1)[0], shown.lines(count - 1, 1)[0]
            self.selection.everything(first, last + 1)
            self._show_selection()
            self.selection_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_pill()

    # -- looks ---------------------------------------------------------------------------------------------------

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Point out the rows that these rules fit."""
        self.rules = rules
        self.maker = RowMaker(self.maker.origin, self.maker.started_ns, self.store.name, matcher(rules, self._too_slow))
        self.apply_theme()
        self.refresh()

    def rule_colour(self, name: str) -> str:
        """Return the background of a rule's colour as ``#rrggbb``."""
        return self._theme.rule_colour(name)

    def _too_slow(self, rule: Rule) -> None:
        self.said.emit(f"The highlight rule {rule.pattern!r} takes too long and is not tried any more.")

    def show_column(self, name: str, shown: bool) -> None:
        """Show or hide a column."""
        self.view.setColumnHidden(COLUMNS.index(name), not shown)
        self.refresh()

    def hidden_columns(self) -> tuple[str, ...]:
        """Return the columns that are hidden."""
        return tuple(column for place, column in enumerate(COLUMNS) if self.view.isColumnHidden(place))

    def announce(self, text: str) -> None:
        """Have a screen reader say something."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.view, text))

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        kinds = {int(kind): QColor(self._theme.colour(kind.word)) for kind in Kind if kind is not Kind.LINE}
        rules = [QColor(self._theme.rule_colour(rule.colour)) for rule in self.rules]
        self.view.set_colours(kinds, rules, self._marks.mark)
