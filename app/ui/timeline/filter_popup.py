"""Which lanes are shown: a small window that opens below the bar's Filter button."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.timeline.shapes import PHASE_MEANINGS, PHASE_NAMES, Palette, Phase
from app.ui.timeline.vector import ICON_SIZE, phase_icon
from app.ui.widgets import add_all, plain_label

# A run that is held back is running: it changes too often to choose lanes by.
_PHASES = tuple(phase for phase in Phase if phase is not Phase.HELD_BACK)
_COLUMNS = 2


class FilterPopup(QFrame):
    """Changes which lanes a timeline shows, at once; the GUI thread only.

    Args:
        choose: is called with what is chosen: fields of the view state's ``Choice``.
        parent: the widget below which it opens.

    Signals:
        changed: other lanes are to be shown.
    """

    changed = Signal()

    def __init__(self, choose: Callable[..., None], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._choose = choose
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setWindowTitle("Filter lanes")
        self.setAccessibleName("Filter lanes")
        self.text = QLineEdit(self)
        self.text.setClearButtonEnabled(True)
        self.text.setPlaceholderText("Part of a name")
        self.phases = {phase: self._check(phase) for phase in _PHASES}
        self.late = QCheckBox("Only lanes &later than predicted", self)
        self.late.setToolTip("Lanes that noticed the stop later than predicted, or still have not noticed it")
        self.all = QPushButton("Show &all", self)
        self.all.setToolTip("Show all lanes, hidden ones too")
        self.all.setAutoDefault(False)
        self._arrange()
        self.text.textChanged.connect(self._on_chosen)
        self.text.returnPressed.connect(self.close)
        for box in (*self.phases.values(), self.late):
            box.toggled.connect(self._on_chosen)
        self.all.clicked.connect(self.show_all)

    def _check(self, phase: Phase) -> QCheckBox:
        box = QCheckBox(PHASE_NAMES[phase].capitalize(), self)
        box.setChecked(True)
        box.setIconSize(ICON_SIZE)
        box.setToolTip(f"Show lanes that are {PHASE_NAMES[phase]}: {PHASE_MEANINGS[phase]}")
        return box

    def _arrange(self) -> None:
        states = QGridLayout()
        for place, box in enumerate(self.phases.values()):
            states.addWidget(box, place // _COLUMNS, place % _COLUMNS)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.all)
        names = plain_label("&Name contains:", self, buddy=self.text)
        heading = plain_label("Show lanes that are:", self)
        add_all(QVBoxLayout(self), names, self.text, heading, states, self.late, buttons)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours; call again when they change."""
        for phase, box in self.phases.items():
            box.setIcon(phase_icon(phase, palette.phases[phase], palette.ground))

    def chosen(self) -> set[Phase]:
        """Return the phases whose lanes are shown."""
        # What is held back is running.
        found = {phase for phase, box in self.phases.items() if box.isChecked()}
        return found | ({Phase.HELD_BACK} if Phase.RUNNING in found else set())

    def is_active(self) -> bool:
        """Return whether anything chosen here may keep a lane from being shown."""
        return bool(self.text.text()) or self.late.isChecked() or self.chosen() != set(Phase)

    @Slot()
    def show_all(self) -> None:
        """Show all lanes, those that were hidden one by one too."""
        self._choose(hidden=set())
        for box in self.phases.values():
            box.setChecked(True)
        self.late.setChecked(False)
        self.text.clear()
        self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        self._choose(phases=self.chosen(), late_only=self.late.isChecked(), text=self.text.text())
        self.changed.emit()

    def open_below(self, button: QWidget) -> None:
        """Open it below a button, within the screen."""
        self.adjustSize()
        self.move(place_below(button, self.sizeHint().width(), self.sizeHint().height()))
        self.show()
        self.text.setFocus(Qt.FocusReason.PopupFocusReason)


def place_below(button: QWidget, width: int, height: int) -> QPoint:
    """Return where something of a size opens below a button; above it where there is no room below."""
    area = QRect(button.mapToGlobal(QPoint(0, 0)), button.size())
    screen = button.screen().availableGeometry()
    x = max(screen.left(), min(area.left(), screen.right() - width))
    below = area.bottom() + 1
    return QPoint(x, below if below + height <= screen.bottom() else max(screen.top(), area.top() - height))
