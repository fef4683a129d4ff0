"""The lanes on the screen: the picture, what mouse and keys do with it, and the same as a table."""

import html
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QStandardItem,
    QStandardItemModel,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QLabel, QSizePolicy, QTableView, QWidget

from app.ui.theme import Theme
from app.ui.timeline import words
from app.ui.timeline.arrows import links_at, tip_text
from app.ui.timeline.lane import nearest
from app.ui.timeline.shapes import Frame, FrameRequest, Geometry, Link, Palette
from app.ui.timeline.theme_palette import Signs, palette_of
from app.ui.timeline.view_state import TimelineViewState
from app.ui.timeline.words import TABLE_TITLES
from app.ui.widgets import configure_table, single_shot

_DRAG = 4  # pixels that a press may move and still be a click
_NOTCH = 120  # of a wheel, in eighths of a degree
_FAR = 10  # columns that the cursor moves with Shift
_PAGE = 0.75  # of the span
_NO, _SHIFT, _CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Key = Qt.Key


def _page(view: TimelineViewState, share: float) -> None:
    view.navigation.pan(round(view.width * share), view.width, view.known())


_LINE_KEYS = {(key, _NO) for key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space)}  # the log's line at the cursor
CODE_KEY = (Key.Key_C, _NO)  # the code of the request at the cursor
# With a key and its modifiers, what becomes of the view.
_KEYS: dict[tuple[Key, Qt.KeyboardModifier], Callable[[TimelineViewState], object]] = {
    (Key.Key_Left, _NO): lambda s: s.navigation.move(-1, s.width),
    (Key.Key_Right, _NO): lambda s: s.navigation.move(1, s.width),
    (Key.Key_Left, _SHIFT): lambda s: s.navigation.move(-_FAR, s.width),
    (Key.Key_Right, _SHIFT): lambda s: s.navigation.move(_FAR, s.width),
    (Key.Key_Left, _CTRL): lambda s: s.step_event(back=True),
    (Key.Key_Right, _CTRL): lambda s: s.step_event(back=False),
    (Key.Key_Up, _NO): lambda s: s.step_lane(-1),
    (Key.Key_Down, _NO): lambda s: s.step_lane(1),
    (Key.Key_PageUp, _NO): lambda s: _page(s, -_PAGE),
    (Key.Key_PageDown, _NO): lambda s: _page(s, _PAGE),
    (Key.Key_Home, _NO): lambda s: s.navigation.to_start(s.known()),
    (Key.Key_End, _NO): lambda s: s.follow(),
    (Key.Key_F, _NO): lambda s: s.fit(),
    (Key.Key_Plus, _NO): lambda s: s.zoom(2),
    (Key.Key_Plus, _SHIFT): lambda s: s.zoom(2),
    (Key.Key_Equal, _NO): lambda s: s.zoom(2),
    (Key.Key_Minus, _NO): lambda s: s.zoom(-2),
    (Key.Key_M, _NO): lambda s: s.navigation.toggle_measure(),
    (Key.Key_P, _NO): lambda s: s.toggle_current("pinned"),
    (Key.Key_H, _NO): lambda s: s.toggle_current("hidden"),
    (Key.Key_Escape, _NO): lambda s: s.navigation.forget(),
}


class Canvas(QLabel):
    """Shows the lanes as one pixmap; the GUI thread only.

    A label and no ``paintEvent`` of ours: that would be called from C++ at every paint and wait for the GIL there. The
    picture is made beforehand, as one array, and is one pixmap; what Qt paints from lives in C++.

    Signals:
        stale: another picture is wanted.
        moved: the cursor was moved by a person; whether by a key.
        asked: the person wants to see the log's line at the cursor.
        menu_asked: the context menu is wanted, at a point of the screen.
        scrolled: lanes are to be scrolled by so many rows.
        run_chosen: the run whose lane a person clicked, or went to by a key.
        request_chosen: the request whose arrow a person clicked, or that is nearest to the cursor when its key was pressed.
    """

    stale = Signal()
    moved = Signal(bool)
    asked = Signal()
    run_chosen = Signal(object)  # not int: that has 32 bits
    request_chosen = Signal(object)
    menu_asked = Signal(object)
    scrolled = Signal(int)

    def __init__(self, view: TimelineViewState, theme: Theme, signs: Signs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._theme = theme
        self._signs = signs
        self.colours: Palette | None = None
        self.places: Geometry | None = None  # where things are in the picture; None while there is none
        self._runs: list[int] = []
        self._links: list[Link] = []
        self._pressed: QPointF | None = None
        self._dragged = False
        self._measures = False
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(words.EMPTY)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("Timeline")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        # Many movements of the mouse are one picture.
        self._timer = single_shot(self, self.stale)

    def minimumSizeHint(self) -> QSize:
        """Return what the axis and one lane need."""
        height = self.fontMetrics().height() + 4
        return QSize(200, 2 * height)

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().height() + 4
        return QSize(600, 5 * height)

    # -- the picture ---------------------------------------------------------------------------------------------

    def refresh_soon(self) -> None:
        """Show everything as it is, with the next turn of the loop."""
        if not self._timer.isActive():
            self._timer.start(0)

    def request(self, *, table: bool) -> FrameRequest:
        """Return what the next picture is to be like; ``table``: whether the same is wanted as a table."""
        ratio = self.devicePixelRatioF()
        if self.colours is None:
            self.colours = palette_of(self._theme, self._signs)
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        return FrameRequest(width, height, ratio, self.font(), self.colours, self.hasFocus(), table)

    def show_frame(self, frame: Frame) -> None:
        """Show a picture."""
        if self.places is None:
            # Nothing of the ground is seen under it: it need not be painted.
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
            self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.places, self._runs, self._links = frame.geometry, frame.runs, frame.links
        self.setPixmap(QPixmap.fromImage(frame.image))

    def say(self, text: str) -> None:
        """Say a text in the place of the lanes, until there is a picture."""
        if self.places is None:
            self.setText(text)

    def apply_theme(self) -> None:
        """Take the theme's colours, or another font or screen; call again when it changes."""
        self.colours = None
        self.refresh_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.DevicePixelRatioChange):
            self.apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh_soon()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.refresh_soon()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.refresh_soon()

    # -- places --------------------------------------------------------------------------------------------------

    def column_at(self, x: float) -> int:
        """Return the column of the plot at a place of the widget; negative on the names."""
        assert self.places is not None
        return self.places.column(int(x * self.devicePixelRatioF()))

    def instant_at(self, x: float) -> int:
        """Return the instant at a place of the widget."""
        return self._view.navigation.span.at(max(0, self.column_at(x)), self._view.width)

    def run_at(self, y: float) -> int | None:
        """Return the run whose lane is at a place of the widget."""
        assert self.places is not None
        row = self.places.row(int(y * self.devicePixelRatioF()))
        return self._runs[row] if 0 <= row < len(self._runs) else None

    def links_at(self, place: QPointF) -> list[Link]:
        """Return the arrows at a place of the widget, the nearest first."""
        assert self.places is not None
        x = self.column_at(place.x())
        return links_at(self._links, x, int(place.y() * self.devicePixelRatioF()), self.places.unit) if x >= 0 else []

    def tip_at(self, place: QPointF) -> str:
        """Return the tool tip at a place, as escaped rich text: Qt would guess at plain text; empty for none."""
        view = self._view
        run = self.run_at(place.y())
        lane = None if run is None else view.lanes.get(run)
        if lane is None:
            return ""
        if links := self.links_at(place):
            text = tip_text(links, self._name)
        elif self.column_at(place.x()) < 0:
            facts = [lane.title, ", ".join(filter(None, (lane.strategy, lane.workload)))]
            text = "\n".join(filter(None, facts))
        else:
            instant = self.instant_at(place.x())
            event = nearest(lane, instant, view.near())
            text = words.cursor_text(lane, instant, event, view.resolution)
        return f"<div style='white-space: pre-wrap'>{html.escape(text)}</div>"

    def _name(self, run: int) -> str:
        lane = self._view.lanes.get(run)
        return "" if lane is None else lane.title

    def _put_cursor(self, place: QPointF) -> None:
        navigation = self._view.navigation
        navigation.current = self.run_at(place.y()) or navigation.current
        if self.column_at(place.x()) >= 0:
            navigation.put(self.instant_at(place.x()))

    # -- the mouse -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self.places is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._dragged = event.position(), False
        self._measures = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        with self._view.lock:
            self._put_cursor(event.position())
            if self._measures:
                self._view.navigation.begin_measure(self.instant_at(event.position().x()))
        self._moved()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.places is None:
            return
        place = event.position()
        with self._view.lock:
            if self._pressed is not None and not self._measures:
                by = round((self._pressed.x() - place.x()) * self.devicePixelRatioF())
                if self._dragged or abs(by) >= _DRAG:
                    self._dragged, self._pressed = True, place
                    self._view.navigation.pan(by, self._view.width, self._view.known())
            self._put_cursor(place)
            # Set with each movement, so that Qt shows it when the mouse rests: an ``event`` of ours, to say it only then,
            # would be called from C++ at every paint as well.
            self.setToolTip("" if self._pressed is not None else self.tip_at(place))
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.places is None or event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        if self._measures:
            with self._view.lock:
                self._view.navigation.end_measure()
        elif not self._dragged:
            self._clicked(event.position())
        self._pressed, self._measures = None, False
        self._moved()

    def _clicked(self, place: QPointF) -> None:
        if links := self.links_at(place):
            self.request_chosen.emit(links[0].request)
            return
        run = self.run_at(place.y())
        if run is not None:
            self.run_chosen.emit(run)
        if self.column_at(place.x()) >= 0:
            self.asked.emit()

    def _moved(self) -> None:
        self.moved.emit(False)
        self.refresh_soon()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        if self.places is None:
            return
        with self._view.lock:
            self._turned(event)
            self._put_cursor(event.position())
        self._moved()

    def _turned(self, event: QWheelEvent) -> None:
        turned, modifiers = event.angleDelta(), event.modifiers()
        view, navigation = self._view, self._view.navigation
        steps = turned.y() / _NOTCH
        if turned.x() or modifiers & Qt.KeyboardModifier.ShiftModifier:
            columns = -round((turned.x() or turned.y()) / _NOTCH * view.width / 10)
            navigation.pan(columns, view.width, view.known())
        elif modifiers & Qt.KeyboardModifier.ControlModifier or self.column_at(event.position().x()) < 0:
            self.scrolled.emit(-round(steps) or (-1 if steps > 0 else 1))
        else:
            navigation.zoom(steps, self.instant_at(event.position().x()), view.known())

    # -- keys and words ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        action = _KEYS.get(key)
        if self.places is None or (action is None and key not in _LINE_KEYS and key != CODE_KEY):
            super().keyPressEvent(event)
            return
        event.accept()
        before = self._view.navigation.current
        if key == CODE_KEY:
            self.ask_code()
        elif action is None:
            self.asked.emit()
        else:
            with self._view.lock:
                action(self._view)
        current = self._view.navigation.current
        if current is not None and current != before:
            self.run_chosen.emit(current)
        self.moved.emit(True)
        self.refresh_soon()

    @Slot()
    def ask_code(self) -> None:
        """Ask for the code of the request that is nearest to the cursor in its lane; nothing if there is none."""
        with self._view.lock:
            request = self._view.request_at_cursor()
        if request is not None:
            self.request_chosen.emit(request)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())
        event.accept()


class PictureRoom(QWidget):
    """Has the canvas fill it, without a layout: a new picture, some ten a second, is no reason to lay out the window.

    Args:
        canvas: becomes a child of this.
    """

    def __init__(self, canvas: Canvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = canvas
        canvas.setParent(self)
        self.setSizePolicy(canvas.sizePolicy())

    def minimumSizeHint(self) -> QSize:
        return self._canvas.minimumSizeHint()

    def sizeHint(self) -> QSize:
        return self._canvas.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._canvas.setGeometry(self.rect())


class LanesTable(QTableView):
    """A row a lane, in the timeline's order; the GUI thread only.

    The model lives in C++, and texts are set where they changed, with its signals blocked, as in the log's rows.

    Signals:
        chosen: the run of the row that became the current one.
    """

    chosen = Signal(object)  # not int: that has 32 bits

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(0, len(TABLE_TITLES), self)
        self._model.setHorizontalHeaderLabels(list(TABLE_TITLES))
        self._shown: list[tuple[int, tuple[str, ...]]] = []
        self.setModel(self._model)
        configure_table(self, "Timeline as a table")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.selectionModel().currentRowChanged.connect(self._on_current)

    def show_rows(self, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        """Show these rows and no others: each its run and its texts."""
        while self._model.rowCount() < len(rows):
            self._model.appendRow([QStandardItem() for _ in TABLE_TITLES])
            self._shown.append((-1, ("",) * len(TABLE_TITLES)))
        if self._model.rowCount() > len(rows):
            self._model.removeRows(len(rows), self._model.rowCount() - len(rows))
        if rows == self._shown:
            return
        with QSignalBlocker(self._model):
            for place, ((_, texts), (_, old)) in enumerate(zip(rows, self._shown, strict=False)):
                for column, text in enumerate(texts):
                    if text != old[column]:
                        self._model.item(place, column).setText(text)
        self._shown = rows
        self.viewport().update()

    def mark_run(self, run: int | None) -> None:
        """Make a run's row the current one; none where there is no such row."""
        row = next((row for row, (shown, _) in enumerate(self._shown) if shown == run), -1)
        with QSignalBlocker(self.selectionModel()):
            self.setCurrentIndex(self._model.index(row, 0))
        self.viewport().update()

    @Slot()
    def _on_current(self) -> None:
        row = self.currentIndex().row()
        if 0 <= row < len(self._shown):
            self.chosen.emit(self._shown[row][0])
