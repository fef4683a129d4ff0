"""The legend below the lanes: what each pattern means, in one thin row."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.ui.timeline.shapes import PHASE_MEANINGS, PHASE_NAMES, Palette, Phase
from app.ui.timeline.vector import ICON_SIZE, band_icon, phase_icon, request_icon
from app.ui.widgets import add_all, plain_label

_BAND = "Predicted"
_BAND_MEANING = "when the run must notice the stop, by its mechanism"
_REQUEST = "Request"
_REQUEST_MEANING = (
    "one thread of the program asks another, which notices at the arrow's head; dashed where that is likely, with a bar "
    "across where it has not noticed"
)
# What goes first where there is no room for all: from the right.
_PHASES = (
    Phase.RUNNING, Phase.WAITING, Phase.STOPPING, Phase.ENDED, Phase.STUCK, Phase.HELD_BACK, Phase.STARTING,
)  # fmt: skip
_SPACE = 12  # pixels between two entries
_SMALL = 0.9  # of the window's text


class _Entry(QWidget):
    """A pattern and its word; a tool tip says what it means."""

    def __init__(self, word: str, meaning: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.pattern = plain_label("", self)
        self.word = plain_label(word, self)
        add_all(QHBoxLayout(self), self.pattern, self.word, margins=0, spacing=4)
        self.setToolTip(f"{word}: {meaning}")
        self.word.setAccessibleDescription(meaning)


class Legend(QWidget):
    """Shows as many entries as there is room for, the most important ones; the GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Legend")
        self.phases = {phase: _Entry(PHASE_NAMES[phase].capitalize(), PHASE_MEANINGS[phase], self) for phase in _PHASES}
        self.band = _Entry(_BAND, _BAND_MEANING, self)
        self.entries = [*self.phases.values()]
        self.entries.insert(_PHASES.index(Phase.STOPPING) + 1, self.band)
        # In its place only once there is a request: most sessions observe no program.
        self.request = _Entry(_REQUEST, _REQUEST_MEANING, self)
        self.request.hide()
        self._row = QHBoxLayout(self)
        add_all(self._row, *self.entries, margins=(4, 1, 4, 1), spacing=_SPACE).addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._take_font()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours; call again when they change."""
        ratio = self.devicePixelRatioF()
        for phase, entry in self.phases.items():
            icon = phase_icon(phase, palette.phases[phase], palette.ground)
            entry.pattern.setPixmap(icon.pixmap(ICON_SIZE, ratio))
        self.band.pattern.setPixmap(band_icon(palette.band).pixmap(ICON_SIZE, ratio))
        self.request.pattern.setPixmap(request_icon(palette.text, palette.names).pixmap(ICON_SIZE, ratio))

    def show_requests(self) -> None:
        """Say what the arrow of a request means, from now on."""
        if self.request not in self.entries:
            self.entries.insert(1, self.request)
            self._row.insertWidget(1, self.request)
            self._take_font()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._take_font()

    def _take_font(self) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        for entry in self.entries:
            entry.word.setFont(font)
            entry.word.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show the entries that there is room for."""
        room = self.width() - 8
        for entry in self.entries:
            room -= entry.sizeHint().width()
            entry.setVisible(room >= 0)
            room -= _SPACE
