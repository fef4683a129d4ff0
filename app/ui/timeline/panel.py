"""The timeline panel: the bar, the lanes, what the cursor says, and the same as a table."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QIcon
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollBar, QSizePolicy, QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.snapshot import RunSnapshot
from app.ui.plain_label import plain_label
from app.ui.theme import Theme
from app.ui.timeline import words
from app.ui.timeline.bar import TimelineBar
from app.ui.timeline.canvas import Canvas
from app.ui.timeline.feed import Feed
from app.ui.timeline.inks import inks_of
from app.ui.timeline.stage import Stage
from app.ui.timeline.table import LanesTable
from app.ui.worker_marks import WorkerMarks

_FRAME = 33_000_000  # ns between two pictures while something runs: thirty a second
_WORDS = 250_000_000  # ns between two looks at what is written around the picture
_LONGEST_SAID = 400  # characters of the read-out


class TimelinePanel(QWidget):
    """Shows the lanes of a sitting; the GUI thread only.

    It has no timer of its own: while something runs, whoever has the frames calls ``on_frame``.

    Args:
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        theme: the colours.
        marks: the workers' signs.
        clock: returns now, a ``perf_counter_ns``; None for a sitting that is over.
        snapshot: from a run's id to what is known of it now; None for a sitting that is over.

    Signals:
        line_chosen: the number of the line whose tick was chosen.
        place_chosen: a run and an instant (ns from the beginning of the sitting) at which it wrote a line, about.
        said: a sentence for the person.
    """

    line_chosen = Signal(object)  # not int: that has 32 bits
    place_chosen = Signal(object, object)
    said = Signal(str)

    def __init__(
        self,
        origin: int,
        theme: Theme,
        marks: WorkerMarks,
        clock: Callable[[], int] | None = None,
        snapshot: Callable[[int], RunSnapshot | None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._origin = origin
        self._clock = clock
        self._snapshot = snapshot
        self._theme = theme
        self._marks = marks
        self._painted = self._worded = 0
        self.feed = Feed(origin)
        self.stage = Stage(clock, origin)
        self.canvas = Canvas(self.stage, theme, marks, self)
        self.bar = TimelineBar(self.stage, theme, self)
        self.lane_bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.lane_bar.setAccessibleName("Lanes")
        self.readout = plain_label("", self)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.readout.setAccessibleName("At the cursor")
        self.table = LanesTable(self)
        self.table.hide()
        self._menu: QMenu | None = None
        self._arrange()
        self.setFocusProxy(self.canvas)
        self.canvas.painted.connect(self._on_painted)
        self.canvas.moved.connect(self._on_moved)
        self.canvas.asked.connect(self.ask_line)
        self.canvas.menu_asked.connect(self._on_menu)
        self.canvas.scrolled.connect(lambda rows: self.lane_bar.setValue(self.lane_bar.value() + rows))
        self.lane_bar.valueChanged.connect(self._on_scrolled)
        self.bar.changed.connect(self.refresh)
        self.bar.said.connect(self.said)
        self.table.chosen.connect(self._on_row)
        self.apply_theme()

    def _arrange(self) -> None:
        lanes = QHBoxLayout()
        lanes.setSpacing(0)
        lanes.addWidget(self.canvas, 3)
        lanes.addWidget(self.lane_bar)
        lanes.addWidget(self.table, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addLayout(lanes, 1)
        layout.addWidget(self.readout)
        self.readout.setMargin(2)
        self.lane_bar.hide()

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch, whether it is seen or not; ``first`` is its first line's number, None if it follows the last."""
        self.feed.add(batch, first)

    def on_frame(self) -> None:
        """Show what has come, thirty times a second at most, and not while nobody sees it."""
        if not self.feed.look() or self._clock is None:
            return
        now = self._clock()
        if now - self._painted >= _FRAME and self.canvas.isVisible():
            self._painted = now
            self.refresh()

    @Slot()
    def on_quiet(self) -> None:
        """Show what has come last: nothing follows."""
        self.feed.settle()
        self.refresh()
        self._show_words()

    @Slot()
    def refresh(self) -> None:
        """Show everything as it is now."""
        self.stage.timeline = self.feed.timeline
        if self.stage.timeline is not None and self.isVisible():
            self.canvas.refresh()

    def _learn(self) -> None:
        """Ask about those that were asked to stop: their chains are recorded when they have ended, if they ever do."""
        timeline = self.stage.timeline
        for run in () if timeline is None or self._snapshot is None else timeline.asked():
            known = None if self._snapshot is None else self._snapshot(run)
            if known is not None and timeline is not None:
                noticed = known.chain.noticed
                timeline.learn(run, known.band, None if noticed is None else noticed - self._origin)

    # -- what is around the picture ------------------------------------------------------------------------------

    @Slot()
    def _on_painted(self) -> None:
        last = self.stage.last_top()
        if (self.lane_bar.maximum(), self.lane_bar.value()) != (last, self.stage.top):
            self.lane_bar.blockSignals(True)
            self.lane_bar.setRange(0, last)
            self.lane_bar.setPageStep(max(1, self.stage.fits))
            self.lane_bar.setValue(self.stage.top)
            self.lane_bar.blockSignals(False)
            if self.lane_bar.isHidden() == bool(last):
                self.lane_bar.setVisible(bool(last))
        now = 0 if self._clock is None else self._clock()
        if self._clock is None or now - self._worded >= _WORDS:
            self._worded = now
            self._learn()
            self._show_words()

    def _show_words(self) -> None:
        """Write what is around the picture, where it differs."""
        stage = self.stage
        self.bar.show_stage()
        text = self.cursor_text() if stage.navigation.cursor is not None else self.summary()
        if text != self.readout.text():
            self.readout.setText(text)
            if QAccessible.isActive():
                self.canvas.setAccessibleDescription(f"{text} {self.summary()}")
        if not self.table.isHidden():
            self.table.show_lanes(stage.shown(), stage.now)

    def summary(self) -> str:
        """Return a sentence about everything that is shown."""
        return words.summary(self.stage.timeline, self.stage.shown(), self.stage.navigation.span, self.stage.now)

    def cursor_text(self) -> str:
        """Return what is at the cursor, in words; and what is measured."""
        stage, navigation = self.stage, self.stage.navigation
        if navigation.cursor is None:
            return ""
        event = stage.event_at_cursor()
        text = words.cursor_text(stage.current(), navigation.cursor, event, stage.resolution)
        if navigation.measure is not None:
            text = f"{words.measure_text(*navigation.measure)} measured. {text}"
        return text[:_LONGEST_SAID]

    @Slot(bool)
    def _on_moved(self, by_key: bool) -> None:
        self._show_words()
        if by_key and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, self.readout.text()))

    @Slot(int)
    def _on_scrolled(self, top: int) -> None:
        self.stage.top = top
        self.refresh()

    # -- to and from the log -------------------------------------------------------------------------------------

    @Slot()
    def ask_line(self) -> None:
        """Go to the log's line at the cursor."""
        event = self.stage.line_at_cursor()
        lane = self.stage.current()
        if event is None or lane is None:
            return
        if event.line is not None:
            self.line_chosen.emit(event.line)
        else:
            self.place_chosen.emit(lane.run, event.instant)

    def set_cursor(self, instant: int, run: int | None = None) -> None:
        """Put the cursor at an instant (ns from the beginning of the sitting), in a run's lane if it is shown."""
        navigation = self.stage.navigation
        navigation.current = run
        navigation.put(instant, bring=True)
        if run is not None and any(lane.run == run for lane in self.stage.shown()):
            self.stage.step_lane(0)
        self._show_words()
        self.canvas.refresh_soon()

    @Slot(object)
    def _on_row(self, run: int) -> None:
        self.stage.navigation.current = run
        self.stage.step_lane(0)
        self.canvas.refresh_soon()

    # -- looks ---------------------------------------------------------------------------------------------------

    def show_table(self, shown: bool) -> None:
        """Show or hide the table beside the lanes."""
        self.table.setVisible(shown)
        self._show_words()

    def set_menu(self, menu: QMenu) -> None:
        """Have a menu come up where the context menu is wanted."""
        self._menu = menu

    @Slot(object)
    def _on_menu(self, place: QPoint) -> None:
        if self._menu is not None:
            self._menu.popup(place)

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        self.bar.legend.apply_inks(inks_of(self._theme, self._marks))
        self.canvas.apply_theme()

    def sign(self, worker: str) -> QIcon:
        """Return a worker's sign."""
        return self._marks.mark(worker)[0]

    def put_away(self) -> None:
        """End what is under way; nothing comes any more."""
        self.feed.put_away()
