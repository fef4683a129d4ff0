"""The grid of a matrix: a standard table over a C++ model, whose items are written when a cell changes."""

import html
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QLineF, QModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QLinearGradient,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLabel, QSizePolicy, QTableView, QWidget

from app.experiments.results import Cell, CellState
from app.ui.compare.geometry import Axis, axis_over, histogram
from app.ui.compare.words import cell_spoken, cell_text
from app.ui.theme import Theme
from app.ui.timeline.shapes import mixed
from app.ui.widgets import blank_pixmap

_SHORTEST = 10_000  # ns: the scale begins here, or where the quickest cell asks for it
_LINES = 3.6  # of text in a cell
_WIDEST = "p95 1,000 ms"  # of the texts that must fit a cell beside its picture
_MOST_WIDTH = 1.6  # times the least width of a column, where there is room
_MOST_HEADS = 0.35  # of the width that the names of the rows have at most
_OUTLINE = 3  # pixels
_MINIATURE = QSize(56, 40)  # pixels of a cell's distribution
_BINS, _NEVER = 14, 8  # bars of it, and pixels for those that never noticed
_MOST_BAR = 460  # pixels of the legend's scale

Key = tuple[str, str]


class Grid(QTableView):
    """Strategies × workloads; a click or Enter opens a cell. The GUI thread only.

    Args:
        theme: the colours.
        title: gives the title of a row or of a column.

    Signals:
        opened: the strategy and the workload of the cell that was clicked, or on which Enter was pressed.
        scale_changed: the colours stand for other lengths of time than before.
    """

    opened = Signal(str, str)
    scale_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        title: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self.cells: dict[Key, Cell] = {}
        self.axis = axis_over([_SHORTEST, 1e9], is_log=True)
        self._deadline = 1e9
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setAccessibleName("Matrix")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        # A selection would paint over the colour, which is the figure: the current cell has an outline instead.
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().lineSpacing() * _LINES))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setTextElideMode(Qt.TextElideMode.ElideRight)
            header.setHighlightSections(False)
            header.sectionResized.connect(self._place_outline)
        self.outline = Outline(self.viewport())
        self.selectionModel().currentChanged.connect(self._place_outline)
        self.clicked.connect(self._on_opened)
        self.activated.connect(self._on_opened)

    def reset_cells(self, cells: Sequence[Cell], deadline: float) -> None:
        """Show another matrix, whose cells come row by row; ``deadline`` in seconds, up to which the colours go."""
        self._rows = tuple(dict.fromkeys(cell.strategy for cell in cells))
        self._columns = tuple(dict.fromkeys(cell.workload for cell in cells))
        self._deadline = deadline * 1e9
        self.cells = {}
        self.outline.hide()
        self._model.clear()
        self._model.setRowCount(len(self._rows))
        self._model.setColumnCount(len(self._columns))
        self._model.setVerticalHeaderLabels([self._title(row) for row in self._rows])
        self._model.setHorizontalHeaderLabels([self._title(column) for column in self._columns])
        for orientation, names in ((Qt.Orientation.Vertical, self._rows), (Qt.Orientation.Horizontal, self._columns)):
            for place, name in enumerate(names):
                tip = f"<p>{html.escape(self._title(name))}</p>"
                self._model.setHeaderData(place, orientation, tip, Qt.ItemDataRole.ToolTipRole)
        self.axis = axis_over([_SHORTEST, self._deadline], is_log=True)
        self.axis = self._fitting_axis(cells)
        self.show_cells(cells)
        self.scale_changed.emit()
        self._fit_columns()
        if self._rows and self._columns:
            self.setCurrentIndex(self._model.index(0, 0))

    def show_cells(self, cells: Iterable[Cell]) -> None:
        """Show some cells as they are now."""
        changed = {(cell.strategy, cell.workload): cell for cell in cells}
        changed = {key: cell for key, cell in changed.items() if key[0] in self._rows and key[1] in self._columns}
        self.cells |= changed
        axis = self._fitting_axis(changed.values())
        if axis != self.axis:
            # A quicker one than any before: all colours and pictures stand for something else now.
            self.axis = axis
            changed = self.cells
            self.scale_changed.emit()
        for key, cell in changed.items():
            self._write(key, cell)

    def _fitting_axis(self, cells: Iterable[Cell]) -> Axis:
        """Return the axis as it is, begun further left if one of these cells asks for it."""
        quickest = min((min(cell.latencies, default=_SHORTEST) for cell in cells), default=_SHORTEST)
        return axis_over([min(quickest, self.axis.low), self._deadline], is_log=True)

    def _write(self, key: Key, cell: Cell) -> None:
        item = QStandardItem(cell_text(cell))
        item.setEditable(False)
        spoken = cell_spoken(cell, self._title(key[0]), self._title(key[1]))
        item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
        # As escaped rich text: Qt would guess at plain text.
        item.setToolTip(f"<p>{html.escape(spoken)}</p>")
        item.setData(key, Qt.ItemDataRole.UserRole)
        ink = QGuiApplication.palette().color(QPalette.ColorRole.Text)
        if cell.summary is not None:
            ground = on_scale(self._theme.scale(), self.axis.share(cell.summary.p50))
            ink = QColor(ink_on(ground))
            item.setBackground(QBrush(QColor(ground)))
        elif cell.never:
            # Beyond the end of the scale, so in no colour of it: the loudest that there is.
            ground = self._theme.colour("stuck")
            ink = QColor(ink_on(ground))
            item.setBackground(QBrush(QColor(ground)))
            font = QFont(self.font())
            font.setBold(True)
            item.setFont(font)
        elif cell.state in (CellState.NOT_APPLICABLE, CellState.WAITING):
            ink = QColor(self._theme.colour("ended"))
        item.setForeground(QBrush(ink))
        if cell.runs:
            item.setData(miniature(cell, self.axis, ink, self.devicePixelRatioF()), Qt.ItemDataRole.DecorationRole)
        self._model.setItem(self._rows.index(key[0]), self._columns.index(key[1]), item)

    def _fit_columns(self) -> None:
        """Make the columns share the width; where there is too little for all, each keeps what its texts need."""
        self.verticalHeader().setMaximumWidth(round(self.width() * _MOST_HEADS))
        if not self._columns:
            return
        least = self.fontMetrics().horizontalAdvance(_WIDEST) + _MINIATURE.width() + 20
        width = max(least, min(self.viewport().width() // len(self._columns), round(least * _MOST_WIDTH)))
        self.horizontalHeader().setDefaultSectionSize(width)
        self._place_outline()

    @Slot()
    def _place_outline(self) -> None:
        self.outline.place(self.visualRect(self.currentIndex()) if self.currentIndex().isValid() else QRect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.outline.apply_theme()
        for key, cell in self.cells.items():
            self._write(key, cell)

    @Slot(QModelIndex)
    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._rows[index.row()], self._columns[index.column()])

    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().lineSpacing() * 10)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Outline(QFrame):
    """A frame around the current cell, in two colours, so that it is seen on any ground; the GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._inner = QFrame(self)
        for frame, width in ((self, _OUTLINE), (self._inner, 1)):
            frame.setFrameStyle(QFrame.Shape.Box | QFrame.Shadow.Plain)
            frame.setLineWidth(width)
        self.apply_theme()
        self.hide()

    def place(self, area: QRect) -> None:
        """Stand around an area of the parent; hide where that is empty."""
        self.setGeometry(area)
        self._inner.setGeometry(self.rect().adjusted(_OUTLINE, _OUTLINE, -_OUTLINE, -_OUTLINE))
        self.setVisible(not area.isEmpty())

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        application = QGuiApplication.palette()
        for frame, role in ((self, QPalette.ColorRole.Text), (self._inner, QPalette.ColorRole.Base)):
            palette = frame.palette()
            palette.setColor(QPalette.ColorRole.WindowText, application.color(role))
            frame.setPalette(palette)


class Legend(QLabel):
    """What the colours of a grid stand for, drawn when its width, the scale or the colours change; the GUI thread only."""

    def __init__(self, theme: Theme, axis: Axis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._axis = theme, axis
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colours: the quicker the p50, the nearer to the background; red: never")
        self.draw()

    def show_axis(self, axis: Axis) -> None:
        """Show the colours for other lengths of time."""
        self._axis = axis
        self.draw()

    def draw(self) -> None:
        """Draw it anew; after the colours have changed."""
        text = QGuiApplication.palette().color(QPalette.ColorRole.WindowText)
        colours = (self._theme.scale(), QColor(self._theme.colour("stuck")), text)
        self.setPixmap(legend(self._axis, *colours, self.font(), self.devicePixelRatioF(), max(self.width(), 200)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.draw()


def miniature(cell: Cell, axis: Axis, ink: QColor, ratio: float) -> QPixmap:
    """Return a cell's distribution: bars along the axis of the whole matrix, and how many never noticed as a hatched one."""
    width, height = _MINIATURE.width() - _NEVER - 2, _MINIATURE.height() - 2
    counts = histogram(cell.latencies, axis, _BINS)
    most = max(*counts, cell.never, 1)
    step = width / _BINS
    bars = [
        QRectF(place * step, height - height * count / most, step - 0.5, height * count / most)
        for place, count in enumerate(counts)
        if count
    ]
    picture = blank_pixmap(_MINIATURE, ratio)
    painter = QPainter(picture)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawRects(bars)
    if cell.never:
        tall = height * cell.never / most
        painter.setBrush(Qt.BrushStyle.BDiagPattern)
        painter.setPen(QPen(ink, 1))
        painter.drawRect(QRectF(width + 1.5, height - tall + 0.5, _NEVER - 1, tall - 0.5))
    painter.setPen(QPen(ink, 1))
    painter.drawLine(QLineF(0, height + 0.5, _MINIATURE.width(), height + 0.5))
    painter.end()
    return picture


def legend(
    axis: Axis, stops: Sequence[str], never: QColor, text: QColor, font: QFont, ratio: float, width: int
) -> QPixmap:
    """Return the scale of the colours, from the least to the greatest p50, with its ticks, and the colour of never.

    Args:
        axis: for which lengths of time the colours stand.
        stops: the colours.
        never: of a cell in which no run noticed.
        text: of what is written.
        font: the same.
        ratio: real pixels a pixel.
        width: pixels that there are.
    """
    metrics = QFontMetrics(font)
    head, tail = metrics.horizontalAdvance("p50 "), metrics.horizontalAdvance("never noticed") + 72
    picture = blank_pixmap(QSize(width, 2 * metrics.height() + 8), ratio)
    painter = QPainter(picture)
    painter.setFont(font)
    bar = QRectF(head + 8, 1, max(min(width - head - tail - 8, _MOST_BAR), 60), metrics.ascent())
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for place, stop in enumerate(stops):
        gradient.setColorAt(place / (len(stops) - 1), QColor(stop))
    painter.fillRect(bar, gradient)
    painter.setPen(QPen(text, 1))
    painter.drawRect(bar)
    painter.drawText(QPointF(0, bar.bottom()), "p50")
    painter.drawText(QPointF(bar.right() + 66, bar.bottom()), "never noticed")
    painter.setBrush(never)
    painter.drawRect(QRectF(bar.right() + 36, bar.top(), 24, bar.height()))
    free = 0.0  # where the label before ends
    for tick in axis.ticks():
        x = bar.left() + bar.width() * axis.share(tick.ns)
        half = metrics.horizontalAdvance(tick.text) / 2
        if tick.text and x - half >= free:
            free = x + half + 6
            painter.drawLine(QLineF(x, bar.bottom(), x, bar.bottom() + 4))
            painter.drawText(
                QPointF(x - metrics.horizontalAdvance(tick.text) / 2, bar.bottom() + 4 + metrics.ascent()), tick.text
            )
    painter.end()
    return picture


def on_scale(stops: Sequence[str], share: float) -> str:
    """Return the colour at a share (0 to 1) of a scale, as ``#rrggbb``; its stops stand at equal distances."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    return mixed(stops[below], stops[below + 1], place - below)


def ink_on(ground: str) -> str:
    """Return black or white, whichever can be read better: one of the two always has 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
