"""What controls the timeline: the bar above it, its actions, and the dialog for an exact span."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
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
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.ui.timeline.filter_popup import FilterPopup
from app.ui.timeline.scale import span_text
from app.ui.timeline.view_state import Order, TimelineViewState
from app.ui.widgets import add_all, plain_label, put_in_tab_order

_ORDERS = {
    Order.START: "by start",
    Order.NAME: "by name",
    Order.LATENCY: "by latency",
    Order.STATE: "by state",
}
_LONGEST_SPAN = "88.888s..88.888s"  # what the field has room for
FILTER, FILTER_ON = "Filter", "Filter (on)"


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
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setMovable(False)
        self.follow = self.addAction("Follow")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Follow live, and fit the runs when the last of them has ended (End in the timeline)")
        self.fit = self.addAction("Fit all")
        self.fit.setToolTip("Show all runs from start to end (F in the timeline)")
        self.filter = self.addAction(FILTER)
        self.filter.setToolTip("Choose which lanes are shown")
        put_in_tab_order(self)
        self.popup = FilterPopup(view.choose, self)
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.sort = QComboBox(self)
        self.sort.setToolTip("Sort lanes")
        self.sort.setAccessibleName("Sort")
        for order, words in _ORDERS.items():
            self.sort.addItem(words, order)
        self.sort.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.addWidget(self._labelled("Sort", self.sort))
        self.span = self._field(
            "Time range", "Type a range, such as 1.2s..3.4s, or a length, such as 500ms, and press Enter"
        )
        self._take_font()
        self.fit.triggered.connect(self._on_fit)
        self.filter.triggered.connect(self._on_filter)
        self.popup.changed.connect(self._on_filtered)
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
        self.addWidget(field)
        return field

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._take_font()

    def _take_font(self) -> None:
        room = self.span.fontMetrics().horizontalAdvance(_LONGEST_SPAN)
        self.span.setFixedWidth(room + self.span.sizeHint().height())

    @Slot()
    def _on_fit(self) -> None:
        with self._view.lock:
            self._view.fit()
        self.changed.emit()

    @Slot()
    def _on_filter(self) -> None:
        button = self.widgetForAction(self.filter)
        self.popup.open_below(button if button is not None and button.isVisible() else self)

    @Slot()
    def _on_filtered(self) -> None:
        self.filter.setText(FILTER_ON if self.popup.is_active() else FILTER)
        self.changed.emit()

    @Slot(int)
    def _on_sort(self, index: int) -> None:
        self._view.sort(Order(self.sort.itemData(index)))
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
                navigation.following = False
                if follow:
                    self._view.follow()
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
        self.span = self._new("&Set time range…")
        self.span.triggered.connect(self._on_span)
        self.to_line = self._new("&Go to line in log", "Enter")
        self.to_code = self._new("Show co&de of request", "C")
        self.next = self._changing("Ne&xt event", "Ctrl+Right", partial(view.step_event, back=False))
        self.previous = self._changing("Pre&vious event", "Ctrl+Left", partial(view.step_event, back=True))
        self.measure = self._changing("&Measure from cursor", "M", navigation.toggle_measure)
        self.pin = self._changing("&Pin or unpin lane", "P", partial(view.toggle_current, "pinned"))
        self.hide = self._changing("&Hide lane", "H", partial(view.toggle_current, "hidden"))
        self.show_all = self._changing("Show hidden lan&es", "", partial(view.choose, hidden=set()))
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
        menu.addActions([self.to_line, self.to_code, self.previous, self.next, self.measure])
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
        self.setWindowTitle("Set time range")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._view = view
        self.span = QLineEdit(span_text(view.navigation.span), self)
        self.span.setAccessibleName("Time range")
        self.span.setMinimumWidth(260)
        self.problem = plain_label("A range, such as 1.2s..3.4s, or a length, such as 500ms.", self, wraps=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.show_span)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Time range", self.span)
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
