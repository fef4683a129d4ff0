"""The timeline's actions: the menu in the menu bar and the context menu are the same."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.ui.timeline.choice import Order
from app.ui.timeline.keys import toggle_current
from app.ui.timeline.panel import TimelinePanel
from app.ui.timeline.saving import PictureSaver
from app.ui.timeline.span_dialog import SpanDialog

# The keys are the canvas's own, and mean this only there: shown in the texts, and no shortcuts of the window.
_TAB = "\t"


class TimelineActions(QObject):
    """Makes the actions of one timeline and puts them into a menu; the GUI thread only.

    Args:
        panel: the timeline.
        menu: where they go.
    """

    def __init__(self, panel: TimelinePanel, menu: QMenu) -> None:
        super().__init__(panel)
        self._panel = panel
        self.saver = PictureSaver(panel)
        stage = panel.stage
        navigation = stage.navigation
        self.follow = self._on_stage("Follow &now", "End", lambda: navigation.follow(stage.known()[1]))
        self.fit = self._on_stage("&Fit everything", "F", stage.fit)
        self.zoom_in = self._on_stage("Zoom &in", "+", lambda: navigation.zoom(2, None, stage.known()))
        self.zoom_out = self._on_stage("Zoom &out", "−", lambda: navigation.zoom(-2, None, stage.known()))
        self.span = self._new("Show an exact &span…", "", self._on_span)
        self.to_line = self._new("Go to the &line in the log", "Enter", panel.ask_line)
        self.next = self._on_stage("Ne&xt event", "Ctrl+Right", lambda: stage.step_event(back=False))
        self.previous = self._on_stage("Pre&vious event", "Ctrl+Left", lambda: stage.step_event(back=True))
        self.measure = self._on_stage("&Measure from the cursor", "M", navigation.toggle_measure)
        self.pin = self._on_stage("&Pin or unpin the lane", "P", lambda: toggle_current(stage, "pinned"))
        self.hide = self._on_stage("&Hide the lane", "H", lambda: toggle_current(stage, "hidden"))
        self.show_all = self._on_stage("Show all hidden lan&es", "", lambda: stage.choose(hidden=set()))
        self.sort = QMenu("So&rt lanes", menu)
        self._orders = QActionGroup(self)
        for place, order in enumerate(Order):
            action = self._orders.addAction(panel.bar.sort.itemText(place))
            action.setCheckable(True)
            action.setChecked(order is stage.choice.order)
            action.setData(place)
        self.sort.addActions(self._orders.actions())
        self._orders.triggered.connect(lambda action: panel.bar.sort.setCurrentIndex(action.data()))
        panel.bar.sort.currentIndexChanged.connect(lambda place: self._orders.actions()[place].setChecked(True))
        self.table = self._new("As a &table", "", None)
        self.table.setCheckable(True)
        self.table.toggled.connect(panel.show_table)
        self.save = self._new("Save the pi&cture…", "", self.saver.ask)
        self._fill(menu)
        panel.set_menu(menu)

    def _new(self, text: str, key: str, slot: Callable[[], object] | None) -> QAction:
        action = QAction(f"{text}{_TAB}{key}" if key else text, self)
        if slot is not None:
            action.triggered.connect(slot)
        return action

    def _on_stage(self, text: str, key: str, change: Callable[[], object]) -> QAction:
        """Return an action that changes what the stage shows."""

        def act() -> None:
            with self._panel.stage.lock:
                change()
            self._panel.refresh()
            self._panel.canvas.moved.emit(True)

        return self._new(text, key, act)

    def _fill(self, menu: QMenu) -> None:
        menu.addActions([self.follow, self.fit, self.zoom_in, self.zoom_out, self.span])
        menu.addSeparator()
        menu.addActions([self.to_line, self.previous, self.next, self.measure])
        menu.addSeparator()
        menu.addMenu(self.sort)
        menu.addActions([self.pin, self.hide, self.show_all])
        menu.addSeparator()
        menu.addActions([self.table, self.save])

    @Slot()
    def _on_span(self) -> None:
        SpanDialog(self._panel).open()
