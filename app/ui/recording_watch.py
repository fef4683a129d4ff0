"""Tells the log what is on the disk by now."""

from PySide6.QtCore import QObject, QTimer, Slot

from app.session.recorder import Recorder
from app.ui.log.area import LogArea
from app.ui.status import Status

_POLL = 100  # ms


class RecordingWatch(QObject):
    """Looks at the recorder once a frame, and after the last run has ended until everything is on the disk.

    The GUI thread only. Then its timer stands still: with nothing running and nothing to be recorded, none ticks.
    """

    def __init__(self, recorder: Recorder | None, area: LogArea, status: Status) -> None:
        super().__init__(area)
        self._recorder = recorder
        self._area = area
        self._status = status
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_timer)

    def on_frame(self) -> None:
        """Pass on how the recording stands."""
        self._pass_on()

    def _pass_on(self) -> bool:
        """Pass on how the recording stands; return whether something waits to be written."""
        if self._recorder is None:
            return False
        recording = self._recorder.status()
        self._area.on_recording(recording)
        return recording.behind > 0

    @Slot()
    def on_quiet(self) -> None:
        """Go on looking until everything is on the disk."""
        if self._recorder is not None:
            self._timer.start()
            self._on_timer()

    @Slot()
    def _on_timer(self) -> None:
        # As of one instant: asked for again, the last commit might have come in between, and nobody would hear of it.
        if not self._pass_on():
            self._timer.stop()
        self._status.on_quiet()
