"""The timeline panel: the bar, the lanes, what the cursor says, and the same as a table."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollBar, QSizePolicy, QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.errors import BadInput
from app.session.requests import Request
from app.session.save import save
from app.ui.task import Task, TaskResult
from app.ui.theme import Theme, WorkerMarks
from app.ui.timeline import words
from app.ui.timeline.canvas import Canvas, LanesTable, PictureRoom
from app.ui.timeline.controls import TimelineActions, TimelineBar
from app.ui.timeline.frames import Feed, FrameBuilder, FrameThread, load, read_recorded
from app.ui.timeline.legend import Legend
from app.ui.timeline.shapes import Frame, FrameRequest
from app.ui.timeline.theme_palette import Signs, palette_of
from app.ui.timeline.view_state import TimelineViewState
from app.ui.widgets import Formats, add_all, ask_save_file, plain_label, single_shot

_PICTURES: Formats = {"PNG picture (*.png)": ("png", "png"), "SVG drawing (*.svg)": ("svg", "svg")}
NOTHING = "Nothing to save yet: no worker has run."
SAVED = "Timeline saved to {path}."
_FRAME = 33_000_000  # ns between two pictures while something runs: thirty a second
_REST = 6  # times as long as a picture took, until the next is asked for
_LONGEST_REST = 500_000_000  # ns: slower than that is not live any more
_BATCHES = 8  # of a recorded session, that are taken at a time, and that may wait
_PAUSE = 0.02  # seconds between two times
_WORDS = 250_000_000  # ns between two looks at what is written around the picture


class TimelinePanel(QWidget):
    """Shows the lanes of a session; the GUI thread only.

    While something runs, what has the frames calls ``on_frame``; when nothing does, ``on_quiet``.

    Args:
        origin: the beginning of the session, a ``perf_counter_ns``.
        theme: the colours.
        marks: the workers' signs.
        clock: returns now, a ``perf_counter_ns``; None for a session that is over.

    Attributes:
        frames: makes the pictures while something runs; None before, and once the panel is shut down.
        last_picture_timer: ticks, when nothing runs any more, until the last picture is shown.

    Signals:
        place_chosen: a run, and the instant (ns from the beginning of the session) at which it wrote a line; about, for
            lines of long ago.
        run_chosen: the run whose lane a person chose: clicked its name or its plot, or went to it by a key.
        request_chosen: the ``Request`` whose arrow a person chose: clicked it, or asked for its code by a key.
        batches_read: batches of a session file that is loaded, in the order of arrival, each with its first arrival number.
        said: a sentence for the person.
    """

    place_chosen = Signal(object, object)
    run_chosen = Signal(object)  # not int: that has 32 bits
    request_chosen = Signal(object)
    batches_read = Signal(object)
    said = Signal(str)

    def __init__(
        self,
        origin: int,
        theme: Theme,
        marks: WorkerMarks,
        clock: Callable[[], int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._theme = theme
        self._painted = self._worded = 0
        self._scrolled = (0, 0, 0)  # what the scroll bar shows
        self.frames: FrameThread | None = None
        self._is_over = False
        self.last_picture_timer = single_shot(self, self._on_last_picture, _FRAME // 2_000_000)
        self._last_is_asked = False
        self._reading = Task(self, _PAUSE, _BATCHES, _BATCHES)
        self._reading.progress.connect(self._on_progress)
        self._reading.ended.connect(self._on_loaded)
        self.feed = Feed(origin)
        self.signs = Signs(marks)
        self.view = TimelineViewState()
        self.builder = FrameBuilder(self.view, self.feed, self.signs, origin, clock)
        # Before the lanes, as Tab goes.
        self.bar = TimelineBar(self.view, self)
        self.bar.follow.setVisible(clock is not None)  # there is nothing to follow in a session that is over
        self.canvas = Canvas(self.view, theme, self.signs, self)
        self.legend = Legend(self)
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
        self.canvas.scrolled.connect(self._on_scroll)
        self.canvas.run_chosen.connect(self._on_run)
        self.canvas.request_chosen.connect(self._on_request)
        self.lane_bar.valueChanged.connect(self._on_scrolled)
        self.bar.changed.connect(self.refresh)
        self.bar.said.connect(self.said)
        self.table.chosen.connect(self._on_run)
        self.apply_theme()

    def _arrange(self) -> None:
        lanes = add_all(QHBoxLayout(), (PictureRoom(self.canvas, self), 3), self.lane_bar, (self.table, 2), spacing=0)
        add_all(QVBoxLayout(self), self.bar, (lanes, 1), self.legend, self.readout, margins=0, spacing=0)
        self.readout.setMargin(2)
        self.lane_bar.hide()

    def minimumSizeHint(self) -> QSize:
        """Return what bar and lanes need: legend and read-out are there where there is room for them."""
        lanes = self.canvas.minimumSizeHint()
        return QSize(
            max(lanes.width(), self.bar.minimumSizeHint().width()), lanes.height() + self.bar.sizeHint().height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.height() - self.minimumSizeHint().height()
        for row in (self.readout, self.legend):
            room -= row.sizeHint().height()
            row.setVisible(room >= 0)

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, batch: Batch, first: int | None = None) -> None:
        """Take a batch, whether it is seen or not; ``first`` is its first line's number, None if it follows the last."""
        self.signs.learn(batch.names.values())
        self.feed.add(batch, first)
        if self.feed.is_full():
            with self.view.lock:
                self.feed.drain()

    def load(self, path: Path, end: int) -> None:
        """Fill the timeline from a session file, as far as the line before ``end``, in a thread; returns at once."""
        self.canvas.say(words.LOADING)
        self._reading.start("Reading the timeline", partial(read_recorded, path, end))

    @Slot(object)
    def _on_progress(self, batches: list[tuple[Batch, int]]) -> None:
        """Show what has come so far: all of it, until something is chosen."""
        for batch, first in batches:
            self.add(batch, first)
        self.batches_read.emit(batches)
        with self.view.lock:
            self.builder.build(None)
            if self.view.navigation.following:
                self.view.fit()
                self.view.navigation.following = True
        self.refresh()

    @Slot(object)
    def _on_loaded(self, _result: TaskResult) -> None:
        # What is wrong with the file, the log says.
        self.view.navigation.following = False
        self.canvas.say(words.EMPTY_SESSION)
        self.show_now()

    def on_frame(self) -> None:
        """Show the last picture, and have the next one made: thirty a second at most, none while it is not seen."""
        if self._clock is None or self._is_over or (self.feed.timeline is None and self.feed.is_empty()):
            return
        if self.frames is None:
            self.frames = FrameThread(self.builder.build, load, self._clock)
        self.last_picture_timer.stop()
        frame = self.frames.consume()
        if frame is not None:
            self._show(frame)
        now = self._clock()
        # A picture that takes long is one for which its thread fights with busy threads, and the window with all of them:
        # then it rests, and has the interpreter's attention a sixth of the time.
        rest = min(max(_FRAME, _REST * self.frames.took), _LONGEST_REST)
        if self.frames.is_busy:
            return
        if now - self._painted >= rest:
            self._painted = now
            self.frames.ask(self._seen_request())
        elif self.feed.has_much():
            self.frames.ask(None)

    def _is_live(self) -> bool:
        """Return whether pictures are made by the thread, so that the window need not wait for them."""
        return self.frames is not None and self.feed.timeline is not None and self.feed.timeline.is_live()

    @Slot()
    def refresh(self) -> None:
        """Show everything as it is: now, or, while something runs, with the next picture."""
        if self._is_live():
            self._painted = 0
            self._last_is_asked = False
        else:
            self.show_now()

    @Slot()
    def on_quiet(self) -> None:
        """Have the last picture made, by the thread: nothing follows, and the window has other things to show just then."""
        if self.frames is None:
            self.show_now()
            return
        self._last_is_asked = False
        self.last_picture_timer.start()

    @Slot()
    def _on_last_picture(self) -> None:
        """Ask for the last picture once the thread has time for it, and show it once it is there."""
        if self.frames is None:
            return
        if not self.frames.is_busy:
            # One that is ready is shown: where one end follows the other, the last picture is long in coming.
            self._show_at_once(self.frames.consume())
            if self._last_is_asked:
                return
            self._last_is_asked = True
            self.frames.ask(self._seen_request())
        self.last_picture_timer.start()

    def show_now(self) -> None:
        """Show everything as it is, now."""
        self.last_picture_timer.stop()
        if self.frames is not None:
            self.frames.discard()
        self._show_at_once(self.builder.build(self._seen_request()))

    def _seen_request(self) -> FrameRequest | None:
        return self.canvas.request(table=not self.table.isHidden()) if self.canvas.isVisible() else None

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show_at_once(self, frame: Frame | None) -> None:
        """Show a picture, and what is written around it, whenever that was written last."""
        if frame is not None:
            self._worded = 0
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        self.canvas.show_frame(frame)
        if frame.links:
            self.legend.show_requests()
        scrolled = frame.last_top, frame.top, frame.fits
        if scrolled != self._scrolled:
            self._scrolled = scrolled
            self._show_scrolled(*scrolled)
        now = 0 if self._clock is None else self._clock()
        if not self._worded or now - self._worded >= _WORDS:
            self._worded = now
            self._show_words(frame.text, frame.summary)
            if frame.cells is not None:
                self.table.show_rows(frame.cells)

    def _show_scrolled(self, last_top: int, top: int, fits: int) -> None:
        self.lane_bar.blockSignals(True)
        self.lane_bar.setRange(0, last_top)
        self.lane_bar.setPageStep(max(1, fits))
        self.lane_bar.setValue(top)
        self.lane_bar.blockSignals(False)
        self.lane_bar.setVisible(bool(last_top))

    def _show_words(self, text: str, summary: str) -> None:
        """Write what is around the picture, where it differs."""
        self.bar.show_view()
        if text != self.readout.text():
            self.readout.setText(text)
        # Not only when the words change: a screen reader may come later than they did.
        described = text if text == summary else f"{text} {summary}"
        if QAccessible.isActive() and described != self.canvas.accessibleDescription():
            self.canvas.setAccessibleDescription(described)

    def summary(self) -> str:
        """Return a sentence about everything that is shown."""
        with self.view.lock:
            return self.builder.summary()

    def measured(self) -> tuple[int, int] | None:
        """Return the span that is measured, ns in the session, the earlier end first; None if none is."""
        with self.view.lock:
            measure = self.view.navigation.measure
        return None if measure is None else (min(measure), max(measure))

    @Slot(bool)
    def _on_moved(self, by_key: bool) -> None:
        with self.view.lock:
            text, summary = self.builder.words()
        self._show_words(text, summary)
        if by_key and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, text))

    @Slot(int)
    def _on_scroll(self, rows: int) -> None:
        self.lane_bar.setValue(self.lane_bar.value() + rows)

    @Slot(int)
    def _on_scrolled(self, top: int) -> None:
        with self.view.lock:
            self.view.top = top
        self._scrolled = (-1, 0, 0)  # whatever comes of it is shown
        self.refresh()

    # -- which run is meant --------------------------------------------------------------------------------------

    def mark_run(self, run: int | None) -> None:
        """Highlight a run's lane and scroll to it, whatever time is shown; None: highlight none."""
        with self.view.lock:
            if run == self.view.marked:
                return
            self.view.mark(run)
        self.table.mark_run(run)
        self.canvas.refresh_soon()

    @Slot(object)
    def _on_run(self, run: int) -> None:
        self.mark_run(run)
        self.run_chosen.emit(run)

    @Slot(object)
    def _on_request(self, request: Request) -> None:
        with self.view.lock:
            self.view.request = request.key
        self._on_run(request.run)
        self.request_chosen.emit(request)
        self.canvas.refresh_soon()

    def requests_for(self, run: int) -> tuple[Request, ...]:
        """Return the requests for the thread of a run, as far as they are known here."""
        with self.view.lock:
            lane = self.view.lanes.get(run)
        return () if lane is None else lane.requests

    # -- to and from the log -------------------------------------------------------------------------------------

    @Slot()
    def ask_line(self) -> None:
        """Go to the log's line at the cursor."""
        with self.view.lock:
            event = self.view.line_at_cursor()
            lane = self.view.current()
        if event is None or lane is None:
            return
        self.place_chosen.emit(lane.run, event.instant)

    def set_cursor(self, instant: int, run: int | None = None) -> None:
        """Put the cursor at an instant (ns from the beginning of the session), in a run's lane if it is shown."""
        view, navigation = self.view, self.view.navigation
        with view.lock:
            navigation.current = run
            navigation.put(instant, bring=True)
            if run is not None and any(lane.run == run for lane in view.shown()):
                view.step_lane(0)
        self._on_moved(False)
        self.canvas.refresh_soon()

    # -- looks ---------------------------------------------------------------------------------------------------

    def show_table(self, shown: bool) -> None:
        """Show or hide the table beside the lanes."""
        self.table.setVisible(shown)
        self.refresh()

    def add_actions(self, menu: QMenu) -> TimelineActions:
        """Put the actions into a menu, which is also the context menu, and return them."""
        actions = TimelineActions(self.view, self.bar.sort, menu, self)
        actions.follow.setVisible(self._clock is not None)
        actions.changed.connect(self._on_changed)
        actions.to_line.triggered.connect(self.ask_line)
        actions.to_code.triggered.connect(self.canvas.ask_code)
        actions.table.toggled.connect(self.show_table)
        actions.save.triggered.connect(self.ask_picture)
        self._menu = menu
        return actions

    @Slot()
    def _on_changed(self) -> None:
        self.refresh()
        self._on_moved(True)

    @Slot()
    def ask_picture(self) -> None:
        """Ask for a file's name and save the picture there."""
        if self.feed.timeline is None:
            self.said.emit(NOTHING)
            return
        ask_save_file(self, "Save timeline", "timeline", _PICTURES, self.save_picture)

    def save_picture(self, path: Path, form: str) -> None:
        """Save what is on the screen as a picture, ``png`` or ``svg``, all of it or nothing; what came of it is said."""
        try:
            content = self.builder.saved(form, self.canvas.request(table=False))
            if content is None:
                self.said.emit(NOTHING)
                return
            save([content], path, lambda: False)
        except BadInput as error:
            self.said.emit(str(error))
        else:
            self.said.emit(SAVED.format(path=path))

    @Slot(object)
    def _on_menu(self, place: QPoint) -> None:
        if self._menu is not None:
            self._menu.popup(place)

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        self.signs.renew()
        self.canvas.apply_theme()
        palette = palette_of(self._theme, self.signs)
        self.legend.apply_palette(palette)
        self.bar.popup.apply_palette(palette)
        self._theme.mark_overflow(self.bar)

    def prepare(self) -> None:
        """Load what pictures take, in the thread that will make them, before the first runs want the interpreter."""
        if self._clock is not None and self.frames is None and not self._is_over:
            self.frames = FrameThread(self.builder.build, load, self._clock)

    def shutdown(self) -> None:
        """End what is under way; nothing comes any more."""
        self._is_over = True
        self.last_picture_timer.stop()
        self._reading.shutdown()
        if self.frames is not None:
            self.frames.shutdown()
            self.frames = None
