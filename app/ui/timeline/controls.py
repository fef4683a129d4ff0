"""What controls the timeline: the bar above it, whose legend filters, its actions, and the dialog for an exact span."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.ui.timeline.scale import span_text
from app.ui.timeline.shapes import PHASE_MEANINGS, Palette, Phase
from app.ui.timeline.vector import phase_icon
from app.ui.timeline.view_state import Order, TimelineViewState
from app.ui.widgets import add_all, plain_label, put_in_tab_order

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
        action.toggled.connect(self.changed)
        button = bar.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setAccessibleName(word)
            button.setAccessibleDescription(tip)
        return action

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
        put_in_tab_order(self)
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
        label = plain_label(words, both, buddy=box)
        add_all(row, label, box)
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


# The keys are the canvas's own, and mean this only there: shown in the texts, and no shortcuts of the window.
_TAB = "\t"


class TimelineActions(QObject):
    """Makes the actions of one timeline and puts them into a menu; the GUI thread only.

    Args:
        view: what the timeline shows.
        sort: the box that chooses the order: the menu chooses the same.
        menu: where they go.
        parent: owns them and the dialog.

    Signals:
        changed: something else is to be shown.
    """

    changed = Signal()

    def __init__(self, view: TimelineViewState, sort: QComboBox, menu: QMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._sort = sort
        self._parent = parent
        self.menu = menu
        navigation = view.navigation
        self.follow = self._changing("Follow &latest", "End", view.follow)
        self.fit = self._changing("&Fit all", "F", view.fit)
        self.zoom_in = self._changing("Zoom &in", "+", partial(view.zoom, 2))
        self.zoom_out = self._changing("Zoom &out", "−", partial(view.zoom, -2))
        self.span = self._new("Show exact &span…")
        self.span.triggered.connect(self._on_span)
        self.to_line = self._new("&Go to line in log", "Enter")
        self.next = self._changing("Ne&xt event", "Ctrl+Right", partial(view.step_event, back=False))
        self.previous = self._changing("Pre&vious event", "Ctrl+Left", partial(view.step_event, back=True))
        self.measure = self._changing("&Measure from cursor", "M", navigation.toggle_measure)
        self.pin = self._changing("&Pin or unpin lane", "P", partial(view.toggle_current, "pinned"))
        self.hide = self._changing("&Hide lane", "H", partial(view.toggle_current, "hidden"))
        self.show_all = self._changing("Show all hidden lan&es", "", partial(view.choose, hidden=set()))
        self.sort = QMenu("So&rt lanes", menu)
        self._orders = QActionGroup(self)
        for place, order in enumerate(Order):
            action = self._orders.addAction(sort.itemText(place))
            action.setCheckable(True)
            action.setChecked(order is view.choice.order)
            action.setData(place)
        self.sort.addActions(self._orders.actions())
        self._orders.triggered.connect(self._on_order)
        sort.currentIndexChanged.connect(self._on_sorted)
        self.table = self._new("Show as &table")
        self.table.setCheckable(True)
        self.save = self._new("Save pi&cture…")
        menu.addActions([self.follow, self.fit, self.zoom_in, self.zoom_out, self.span])
        menu.addSeparator()
        menu.addActions([self.to_line, self.previous, self.next, self.measure])
        menu.addSeparator()
        menu.addMenu(self.sort)
        menu.addActions([self.pin, self.hide, self.show_all])
        menu.addSeparator()
        menu.addActions([self.table, self.save])

    def _new(self, text: str, key: str = "") -> QAction:
        return QAction(f"{text}{_TAB}{key}" if key else text, self)

    def _changing(self, text: str, key: str, change: Callable[[], object]) -> QAction:
        """Return an action that changes what is shown."""
        action = self._new(text, key)
        action.triggered.connect(partial(self._change, change))
        return action

    def _change(self, change: Callable[[], object], _checked: bool = False) -> None:
        with self._view.lock:
            change()
        self.changed.emit()

    @Slot(QAction)
    def _on_order(self, action: QAction) -> None:
        self._sort.setCurrentIndex(action.data())

    @Slot(int)
    def _on_sorted(self, place: int) -> None:
        self._orders.actions()[place].setChecked(True)

    @Slot()
    def _on_span(self) -> None:
        dialog = SpanDialog(self._view, self._parent)
        dialog.accepted.connect(self.changed)
        dialog.open()


class SpanDialog(QDialog):
    """Asks for a span and has it shown: accepted when it is; the GUI thread only."""

    def __init__(self, view: TimelineViewState, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Show exact span")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._view = view
        self.span = QLineEdit(span_text(view.navigation.span), self)
        self.span.setAccessibleName("Exact span")
        self.span.setMinimumWidth(260)
        self.problem = plain_label("A range such as 1.2s..3.4s, or a length such as 500ms.", self, wraps=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.show_span)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Span", self.span)
        add_all(QVBoxLayout(self), form, self.problem, buttons)
        self.span.setFocus()
        self.span.selectAll()

    @Slot()
    def show_span(self) -> None:
        """Show the span that was typed; what is wrong with it is said here."""
        try:
            self._view.show_typed(self.span.text())
        except BadInput as error:
            self.problem.setText(str(error))
            self.span.setFocus()
            self.span.selectAll()
        else:
            self.accept()
