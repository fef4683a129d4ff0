"""The legend, whose entries are filters."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton

from app.ui.theme import Theme
from app.ui.timeline.inks import Inks
from app.ui.timeline.lane import Phase
from app.ui.timeline.patterns import phase_icon
from app.ui.timeline.words import PHASE_WORDS

_TIPS = {
    Phase.STARTING: "its thread has not begun",
    Phase.RUNNING: "its thread works",
    Phase.WAITING: "its thread is in the pause between two lines",
    Phase.STOPPING: "it was asked to stop and has not ended",
    Phase.STUCK: "it was asked to stop, and the deadline has passed",
    Phase.ENDED: "its thread has ended",
}


class Legend(QObject):
    """A button for each state, and one for what is outside its predicted band; the GUI thread only.

    Args:
        bar: gets the buttons.
        theme: the colours.

    Signals:
        changed: lanes in other states are to be shown.
    """

    changed = Signal()

    def __init__(self, bar: QToolBar, theme: Theme) -> None:
        super().__init__(bar)
        self._theme = theme
        self.phases: dict[Phase, QAction] = {}
        for phase in Phase:
            word = PHASE_WORDS[phase]
            tip = f"{word}: {_TIPS[phase]}. Press to hide or show the lanes that are {word.lower()} now."
            self.phases[phase] = self._add(bar, word, tip, checked=True)
        tip = "Show only the lanes that noticed later than their mechanism lets one predict"
        self.late = self._add(bar, "Late only", tip, checked=False)

    def _add(self, bar: QToolBar, word: str, tip: str, *, checked: bool) -> QAction:
        action = bar.addAction(word)
        action.setCheckable(True)
        action.setChecked(checked)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.toggled.connect(self._on_toggled)
        button = bar.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(word)
            button.setAccessibleDescription(tip)
        return action

    @Slot()
    def _on_toggled(self) -> None:
        self.changed.emit()

    def chosen(self) -> set[Phase]:
        """Return the states whose lanes are shown."""
        return {phase for phase, action in self.phases.items() if action.isChecked()}

    def apply_inks(self, inks: Inks) -> None:
        """Take the colours; call again when they change."""
        for phase, action in self.phases.items():
            action.setIcon(phase_icon(phase, inks.phases[phase], inks.ground))
