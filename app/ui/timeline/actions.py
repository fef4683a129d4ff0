"""The timeline's actions, the same in the menu bar and the context menu, and the dialog in which an exact span is typed."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.core.errors import BadInput
from app.ui.timeline.scale import span_text
from app.ui.timeline.view_state import Order, TimelineViewState
from app.ui.widgets import plain_label

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
        self.problem = plain_label("A range such as 1.2s..3.4s, or a length such as 500ms.", self)
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.show_span)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&Span", self.span)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
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
