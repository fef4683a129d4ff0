"""The status bar: how many runs are alive and stuck, and whether they are recorded; the rest in its tool tip."""

import sys
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QFont, QPalette
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.core.controller import Controller
from app.core.fold import Tally
from app.core.latency import duration
from app.session.recorder import Recorder, Recording
from app.ui.bridge import Bridge
from app.ui.theme import Theme
from app.ui.widgets import plain_label
from app.ui.window_lag import LagSummary
from app.ui.workers.logic import rate_text

_REFRESH = 250_000_000  # ns: figures that change more often cannot be read
_RATE_SPAN = 1_000_000_000
_RECORDING_POLL = 100  # ms
# The widest expected text of each part, so that the others do not move when a figure grows.
_WIDEST = (
    "99 alive",
    "99 stuck",
    "recorded, 9,999 behind",
)
_STUCK = 1  # the index of the part with the number of stuck runs
TITLE = "Thread Controller"


def status_texts(tally: Tally, recording: Recording | None) -> tuple[str, ...]:
    """Return the texts of the status bar's parts."""
    return f"{tally.alive:,} alive", f"{tally.stuck:,} stuck", _recording_text(recording)


def figures_text(tally: Tally, rate: float, lag: LagSummary | None, switch_interval: float) -> str:
    """Return the figures of the tool tip, a line each; ``switch_interval`` in seconds."""
    return "\n".join(
        (
            f"{tally.stopping:,} stopping",
            f"{rate_text(rate)} lines/s",
            f"window lag {lag_words(lag)}",
            f"switch interval {duration(switch_interval * 1e9)}",
        )
    )


def lag_words(lag: LagSummary | None) -> str:
    """Return how late the window's timer fired; a dash before it was measured."""
    return f"p99 {duration(lag.p99)}, max {duration(lag.most)}" if lag else "–"


def window_title(stuck: int) -> str:
    """Return the window's title: the number of stuck runs comes first, where a narrow task bar still shows it."""
    return f"{stuck:,} stuck – {TITLE}" if stuck else TITLE


def stuck_words(stuck: int) -> str:
    """Return the announcement and the badge's tooltip for a number of stuck runs."""
    if not stuck:
        return ""
    threads = "thread is" if stuck == 1 else "threads are"
    return f"{stuck:,} {threads} stuck: asked to stop, past the deadline, still alive."


def _recording_text(recording: Recording | None) -> str:
    if recording is None:
        return "not recorded"
    if recording.trouble:
        return f"NOT RECORDED, {recording.behind:,} wait"
    return f"recorded, {recording.behind:,} behind" if recording.behind else "recorded"


class FigureLabel(QLabel):
    """A text with a figure, as wide as the widest that is expected, in whatever font it has.

    It has no accessible name: a screen reader would say that instead of the text.

    Args:
        widest: the widest text that is expected.
    """

    def __init__(self, widest: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._widest = widest
        self._reserve()

    def _reserve(self) -> None:
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(self._widest))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve()


class Status(QObject):
    """Fills the status bar four times a second while runs are alive; the GUI thread only.

    Signals:
        trouble: the sentence about why nothing is recorded, or about a file; empty when all is well.
        stuck_changed: the number of stuck runs.
    """

    trouble = Signal(str)
    stuck_changed = Signal(int)

    def __init__(
        self, bar: QStatusBar, controller: Controller, bridge: Bridge, recorder: Recorder | None, theme: Theme
    ) -> None:
        super().__init__(bar)
        self._bar = bar
        self._theme = theme
        self._stuck = 0
        self._recorder = recorder
        self._trouble = ""
        self._controller = controller
        self._bridge = bridge
        self._samples: deque[tuple[int, int]] = deque()
        self._shown_at = 0
        self.labels: list[QLabel] = []
        self.badge = plain_label("", bar)  # the icon beside the number of stuck runs, whose text says what it means
        self.badge.hide()
        for place, sample in enumerate(_WIDEST):
            if place == _STUCK:
                bar.addPermanentWidget(self.badge)
                self.badge.hide()
            label = FigureLabel(sample, bar)
            bar.addPermanentWidget(label)
            self.labels.append(label)
        bar.setSizeGripEnabled(False)
        theme.changed.connect(self._show_badge)
        self.on_quiet()

    @Slot()
    def on_frame(self) -> None:
        """Refresh the figures if it is time to."""
        now = self._controller.clock.now()
        if now - self._shown_at >= _REFRESH:
            self._shown_at = now
            self._show(self._rate(now))

    @Slot()
    def on_quiet(self) -> None:
        """Show that no run is alive; the lag stays: it is that of the last runs."""
        self._samples.clear()
        self._show(0.0)

    def _rate(self, now: int) -> float:
        samples = self._samples
        samples.append((now, self._bridge.records))
        while len(samples) > 2 and now - samples[1][0] >= _RATE_SPAN:
            samples.popleft()
        (since, before), (_, records) = samples[0], samples[-1]
        return (records - before) * 1e9 / (now - since) if now > since else 0.0

    def _show(self, rate: float) -> None:
        recording = self._recorder.status() if self._recorder else None
        lag = self._bridge.lag.summary()
        tally = self._controller.state.tally()
        texts = status_texts(tally, recording)
        figures = figures_text(tally, rate, lag, sys.getswitchinterval())
        # What keeps lines from being recorded now; else what became of a file before: that stays.
        trouble = (recording.trouble or recording.notice) if recording is not None else ""
        if trouble != self._trouble:
            self._trouble = trouble
            self.trouble.emit(trouble)
        for label, text in zip(self.labels, texts, strict=True):
            if label.text() != text:
                label.setText(text)
        if figures != self._bar.toolTip():
            self._bar.setToolTip(figures)
        if tally.stuck != self._stuck:
            more, self._stuck = tally.stuck > self._stuck, tally.stuck
            self._show_badge()
            if more:
                # For screen readers; the badge shows the same.
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._bar, stuck_words(tally.stuck)))
            self.stuck_changed.emit(tally.stuck)

    @Slot()
    def _show_badge(self) -> None:
        """Emphasise the number of stuck runs while there are some: by an icon, by weight, and by colour."""
        label, stuck = self.labels[_STUCK], self._stuck
        font, palette = QFont(), QPalette()  # of both only what is set here counts
        font.setBold(stuck > 0)
        if stuck:
            palette.setColor(QPalette.ColorRole.WindowText, QColor(self._theme.colour("stuck")))
            self.badge.setPixmap(self._theme.icon("state-stuck", self._theme.colour("stuck")).pixmap(16))
        label.setFont(font)
        label.setPalette(palette)
        for widget in (label, self.badge):
            widget.setToolTip(stuck_words(stuck))
        self.badge.setVisible(stuck > 0)


class RecordingMonitor(QObject):
    """Tells the log what is on the disk: once a frame, and after the last run has ended until everything is written.

    The GUI thread only. Then its timer stops: with nothing running and nothing to be recorded, none ticks.

    Args:
        recorder: records the session; None if nothing is recorded.
        show: is told how far the recording is.
        status: the status bar, which shows it too.
    """

    def __init__(self, recorder: Recorder | None, show: Callable[[Recording], object], status: Status) -> None:
        super().__init__(status)
        self._recorder = recorder
        self._show_recording = show
        self._status = status
        self._timer = QTimer(self)
        self._timer.setInterval(_RECORDING_POLL)
        self._timer.timeout.connect(self._on_timer)

    def on_frame(self) -> bool:
        """Show the state of the recording; return whether something waits to be written."""
        if self._recorder is None:
            return False
        recording = self._recorder.status()
        self._show_recording(recording)
        return recording.behind > 0

    @Slot()
    def on_quiet(self) -> None:
        """Poll until everything is on the disk."""
        if self._recorder is not None:
            self._timer.start()
            self._on_timer()

    @Slot()
    def _on_timer(self) -> None:
        # The status of one instant: if it were read twice, the last commit could come in between and never be shown.
        if not self.on_frame():
            self._timer.stop()
        self._status.on_quiet()
