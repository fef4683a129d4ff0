"""The timeline panel: the bar, the lanes, what the cursor says, and the same as a table."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollBar, QSizePolicy, QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.fold import RunSnapshot
from app.ui.theme import Theme
from app.ui.timeline.bar import TimelineBar
from app.ui.timeline.canvas import Canvas
from app.ui.timeline.feed import Feed
from app.ui.timeline.inks import inks_of
from app.ui.timeline.painter import Painter
from app.ui.timeline.signs import Signs
from app.ui.timeline.stage import Stage
from app.ui.timeline.studio import Shown, Studio, Wanted, load
from app.ui.timeline.table import LanesTable
from app.ui.widgets import plain_label
from app.ui.worker_marks import WorkerMarks

_FRAME = 33_000_000  # ns between two pictures while something runs: thirty a second
_REST = 6  # times as long as a picture took, until the next is asked for
_LONGEST_REST = 500_000_000  # ns: slower than that is not live any more
_WORDS = 250_000_000  # ns between two looks at what is written around the picture


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
        place_chosen: a run, and the instant (ns from the beginning of the sitting) at which it wrote a line; about, for
            lines of long ago.
        said: a sentence for the person.
    """

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
        self._clock = clock
        self._theme = theme
        self._painted = self._worded = 0
        self._scrolled = (0, 0, 0)  # what the scroll bar shows
        self._painter: Painter | None = None
        self._is_over = False
        self.feed = Feed(origin)
        self.signs = Signs(marks)
        self.stage = Stage(clock, origin)
        self.studio = Studio(self.stage, self.feed, self.signs, snapshot, origin)
        self.canvas = Canvas(self.stage, theme, self.signs, self)
        self.bar = TimelineBar(self.stage, theme, self)
        self.lane_bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.lane_bar.setAccessibleName("Lanes")
        self.readout = plain_label("", self)
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.readout.setAccessibleDescription("At the cursor")  # as a name it would be read instead of the text
        self.table = LanesTable(self)
        self.table.hide()
        self._menu: QMenu | None = None
        self._arrange()
        self.setFocusProxy(self.canvas)
        self.canvas.stale.connect(self.refresh)
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
        self.signs.learn(batch.names.values())
        self.feed.add(batch, first)
        if self.feed.is_full():
            with self.stage.lock:
                self.feed.drain()

    def on_frame(self) -> None:
        """Show the last picture, and have the next one made: thirty a second at most, none while nobody sees it."""
        if self._clock is None or self._is_over or (self.feed.timeline is None and self.feed.is_empty()):
            return
        if self._painter is None:
            self._painter = Painter(self.studio.make, load)
        shown = self._painter.take()
        if shown is not None:
            self._show(shown)
        now = self._clock()
        # A picture that takes long is one for which the painter fights with busy threads, and the window with all of them:
        # then it rests, and has the interpreter's attention a sixth of the time.
        rest = min(max(_FRAME, _REST * self._painter.took), _LONGEST_REST)
        if self._painter.is_busy:
            return
        if now - self._painted >= rest:
            self._painted = now
            self._painter.ask(self._wanted() if self.canvas.isVisible() else None)
        elif self.feed.has_much():
            self._painter.ask(None)

    def _wanted(self) -> Wanted:
        return self.canvas.wanted(table=not self.table.isHidden())

    def _is_live(self) -> bool:
        """Return whether pictures are made by the thread, so that the window need not wait for them."""
        return self._painter is not None and self.feed.timeline is not None and self.feed.timeline.is_live()

    @Slot()
    def on_quiet(self) -> None:
        """Show what has come last: nothing follows."""
        self._refresh_now()

    @Slot()
    def refresh(self) -> None:
        """Show everything as it is: now, or, while something runs, with the next picture."""
        if self._is_live():
            self._painted = 0
        else:
            self._refresh_now()

    def _refresh_now(self) -> None:
        if self._painter is not None:
            self._painter.discard()
        shown = self.studio.make(self._wanted() if self.canvas.isVisible() else None)
        if shown is not None:
            self._worded = 0
            self._show(shown)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show(self, shown: Shown) -> None:
        self.canvas.show_picture(shown)
        scrolled = shown.last_top, shown.top, shown.fits
        if scrolled != self._scrolled:
            self._scrolled = scrolled
            self._show_scrolled(*scrolled)
        now = 0 if self._clock is None else self._clock()
        if not self._worded or now - self._worded >= _WORDS:
            self._worded = now
            self._show_words(shown.text, shown.summary)
            if shown.cells is not None:
                self.table.show_rows(shown.cells)

    def _show_scrolled(self, last_top: int, top: int, fits: int) -> None:
        self.lane_bar.blockSignals(True)
        self.lane_bar.setRange(0, last_top)
        self.lane_bar.setPageStep(max(1, fits))
        self.lane_bar.setValue(top)
        self.lane_bar.blockSignals(False)
        self.lane_bar.setVisible(bool(last_top))

    def _show_words(self, text: str, summary: str) -> None:
        """Write what is around the picture, where it differs."""
        self.bar.show_stage()
        if text != self.readout.text():
            self.readout.setText(text)
        # Not only when the words change: a screen reader may come later than they did.
        described = text if text == summary else f"{text} {summary}"
        if QAccessible.isActive() and described != self.canvas.accessibleDescription():
            self.canvas.setAccessibleDescription(described)

    def summary(self) -> str:
        """Return a sentence about everything that is shown."""
        with self.stage.lock:
            return self.stage.summary()

    def measured(self) -> tuple[int, int] | None:
        """Return the span that is measured, ns in the sitting, the earlier end first; None if none is."""
        with self.stage.lock:
            measure = self.stage.navigation.measure
        return None if measure is None else (min(measure), max(measure))

    @Slot(bool)
    def _on_moved(self, by_key: bool) -> None:
        with self.stage.lock:
            summary = self.stage.summary()
            text = self.stage.cursor_text() or summary
        self._show_words(text, summary)
        if by_key and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, text))

    @Slot(int)
    def _on_scrolled(self, top: int) -> None:
        with self.stage.lock:
            self.stage.top = top
        self._scrolled = (-1, 0, 0)  # whatever comes of it is shown
        self.refresh()

    # -- to and from the log -------------------------------------------------------------------------------------

    @Slot()
    def ask_line(self) -> None:
        """Go to the log's line at the cursor."""
        with self.stage.lock:
            event = self.stage.line_at_cursor()
            lane = self.stage.current()
        if event is None or lane is None:
            return
        self.place_chosen.emit(lane.run, event.instant)

    def set_cursor(self, instant: int, run: int | None = None) -> None:
        """Put the cursor at an instant (ns from the beginning of the sitting), in a run's lane if it is shown."""
        stage, navigation = self.stage, self.stage.navigation
        with stage.lock:
            navigation.current = run
            navigation.put(instant, bring=True)
            if run is not None and any(lane.run == run for lane in stage.shown()):
                stage.step_lane(0)
        self._on_moved(False)
        self.canvas.refresh_soon()

    @Slot(object)
    def _on_row(self, run: int) -> None:
        with self.stage.lock:
            self.stage.navigation.current = run
            self.stage.step_lane(0)
        self.canvas.refresh_soon()

    # -- looks ---------------------------------------------------------------------------------------------------

    def show_table(self, shown: bool) -> None:
        """Show or hide the table beside the lanes."""
        self.table.setVisible(shown)
        self.refresh()

    def set_menu(self, menu: QMenu) -> None:
        """Have a menu come up where the context menu is wanted."""
        self._menu = menu

    @Slot(object)
    def _on_menu(self, place: QPoint) -> None:
        if self._menu is not None:
            self._menu.popup(place)

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        self.signs.renew()
        self.canvas.apply_theme()
        self.bar.legend.apply_inks(inks_of(self._theme, self.signs))

    def prepare(self) -> None:
        """Load what pictures take, in the thread that will make them, before the first runs want the interpreter."""
        if self._painter is None and not self._is_over:
            self._painter = Painter(self.studio.make, load)

    def put_away(self) -> None:
        """End what is under way; nothing comes any more."""
        self._is_over = True
        if self._painter is not None:
            self._painter.put_away()
            self._painter = None
