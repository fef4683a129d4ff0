"""The bar above the timeline: the legend, whose entries are filters, and what chooses lanes and the span."""

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QToolBar, QToolButton, QWidget

from app.core.errors import BadInput
from app.ui.timeline.scale import span_text
from app.ui.timeline.shapes import PHASE_MEANINGS, Palette, Phase
from app.ui.timeline.vector import phase_icon
from app.ui.timeline.view_state import Order, TimelineViewState
from app.ui.widgets import plain_label

_ORDERS = {
    Order.START: "by start",
    Order.NAME: "by name",
    Order.LATENCY: "by latency",
    Order.STATE: "by state",
}
_FIELD = (64, 120)  # least and most pixels: in a narrow window what follows is not to fall behind the arrow


class Legend(QObject):
    """A button for each state, and one for what is outside its predicted band; the GUI thread only.

    Args:
        bar: gets the buttons.

    Signals:
        changed: lanes in other states are to be shown.
    """

    changed = Signal()

    def __init__(self, bar: QToolBar) -> None:
        super().__init__(bar)
        self.phases: dict[Phase, QAction] = {}
        for phase in Phase:
            word = phase.capitalize()
            tip = f"{word}: {PHASE_MEANINGS[phase]}. Click to show or hide lanes that are {word.lower()}."
            self.phases[phase] = self._add(bar, word, tip, checked=True)
        tip = "Show only lanes that noticed the stop later than predicted"
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

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours; call again when they change."""
        for phase, action in self.phases.items():
            action.setIcon(phase_icon(phase, palette.phases[phase], palette.ground))


class TimelineBar(QToolBar):
    """A tool bar, so that what has no room is behind its arrow; the GUI thread only.

    Args:
        view: what is chosen from.

    Signals:
        changed: something else is to be shown.
        said: a sentence for the person.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, view: TimelineViewState, parent: QWidget | None = None) -> None:
        super().__init__("Timeline", parent)
        self._view = view
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(22, 12))
        self.setMovable(False)
        self.legend = Legend(self)
        self.follow = self.addAction("Follow")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Follow live (End in the timeline)")
        button = self.widgetForAction(self.follow)
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.filter = self._field("Filter lanes", "Show only lanes whose name contains this text")
        self.filter.setClearButtonEnabled(True)
        self.sort = QComboBox(self)
        self.sort.setToolTip("Sort lanes")
        for order, words in _ORDERS.items():
            self.sort.addItem(words, order)
        self.addWidget(self._labelled("Sort", self.sort))
        self.span = self._field(
            "Span", "Visible time: type a range such as 1.2s..3.4s, or a length such as 500ms, and press Enter"
        )
        self.legend.changed.connect(self._on_legend)
        self.filter.textChanged.connect(self._on_filter)
        self.sort.currentIndexChanged.connect(self._on_sort)
        self.span.returnPressed.connect(self._on_span)
        self.follow.toggled.connect(self._on_follow)

    def _labelled(self, words: str, box: QComboBox) -> QWidget:
        """Return a box with its label, which go behind the arrow together; on Linux only a label names a box."""
        both = QWidget(self)
        row = QHBoxLayout(both)
        row.setContentsMargins(4, 0, 4, 0)
        label = plain_label(words, both)
        label.setBuddy(box)
        row.addWidget(label)
        row.addWidget(box)
        return both

    def _field(self, name: str, tip: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        field.setToolTip(tip)
        field.setMinimumWidth(_FIELD[0])
        field.setMaximumWidth(_FIELD[1])
        self.addWidget(field)
        return field

    @Slot()
    def _on_legend(self) -> None:
        self._view.choose(phases=self.legend.chosen(), late_only=self.legend.late.isChecked())
        self.changed.emit()

    @Slot(str)
    def _on_filter(self, text: str) -> None:
        self._view.choose(text=text)
        self.changed.emit()

    @Slot(int)
    def _on_sort(self, index: int) -> None:
        self._view.choose(order=Order(self.sort.itemData(index)))
        self.changed.emit()

    @Slot()
    def _on_span(self) -> None:
        try:
            self._view.show_typed(self.span.text())
        except BadInput as error:
            self.said.emit(str(error))
            self.span.selectAll()
        else:
            self.changed.emit()

    @Slot(bool)
    def _on_follow(self, follow: bool) -> None:
        navigation = self._view.navigation
        if follow != navigation.following:
            with self._view.lock:
                navigation.following = follow  # the next picture goes there
            self.changed.emit()

    def show_view(self) -> None:
        """Show what is chosen; calls Qt only where that differs."""
        navigation = self._view.navigation
        if self.follow.isChecked() != navigation.following:
            self.follow.setChecked(navigation.following)
        if not self.span.hasFocus():
            text = span_text(navigation.span)
            if text != self.span.text():
                self.span.setText(text)
                self.span.setCursorPosition(0)
