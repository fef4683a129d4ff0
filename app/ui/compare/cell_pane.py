"""What there is to be seen of one cell of a matrix: its runs, their lanes, the code, the stack of a slow one."""

import linecache
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.latency import duration
from app.core.worker import Worker
from app.experiments.results import Cell
from app.ui.chain.where import own_files, where_text
from app.ui.compare.geometry import Lanes, lanes_of
from app.ui.compare.words import RUNS, cell_runs, cell_spoken, slowest_stack, workload_title
from app.ui.details.logic import strategy_source
from app.ui.display_text import visible
from app.ui.theme import Theme
from app.ui.widgets import MOST_ROWS, TextTable, TextView, add_all, blank_pixmap, plain_label

_MOST_LANES = 50  # in the picture; the table has the others
_SIGNS = (
    f"The first {_MOST_LANES} runs. Bar: the run's life. Tick: a line. Long line: the request. Dot: noticed. "
    "Cross: not before the deadline."
)
_MARGIN = 8  # pixels left and right of the lanes
_LANE = 16.0  # pixels: the height of a lane
_RULER = 22.0  # pixels: what stands above the lanes


@dataclass(frozen=True, slots=True)
class LanePalette:
    """The colours of the lanes.

    Attributes:
        text, faint: of what is written and of lines.
        bar: of a run's life.
        request, noticed, wrong: of the instants, and of what never noticed.
    """

    text: QColor
    faint: QColor
    bar: QColor
    request: QColor
    noticed: QColor
    wrong: QColor


class LanesView(QLabel):
    """The lanes of a cell's runs, drawn when the cell, the size or the colours change; the GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Lanes of the runs; the table of the runs says the same")
        self._theme = theme
        self._cell: Cell | None = None

    def show_cell(self, cell: Cell | None) -> None:
        """Show the runs of a cell; None for none."""
        self._cell = cell
        if self.isVisible():
            self.draw()

    def draw(self) -> None:
        """Draw them anew; after the colours have changed."""
        runs = self._cell.runs[:_MOST_LANES] if self._cell is not None else ()
        width = self.width() - 2 * _MARGIN
        lanes = lanes_of(runs, _MARGIN, max(width, 50), _LANE)
        if not lanes.lanes:
            self.setPixmap(QPixmap())
            return
        picture = lanes_picture(lanes, self.width(), self._palette(), self.font(), self.devicePixelRatioF())
        self.setPixmap(picture)
        self.setMinimumHeight(round(picture.height() / picture.devicePixelRatio()))

    def _palette(self) -> LanePalette:
        text = QGuiApplication.palette().color(QPalette.ColorRole.Text)
        faint = QColor(text)
        faint.setAlpha(70)
        bar = QColor(self._theme.colour("band"))
        bar.setAlpha(70)
        words = ("stopping", "running", "stuck")
        return LanePalette(text, faint, bar, *(QColor(self._theme.colour(word)) for word in words))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.draw()


class CellPane(QWidget):
    """One cell from near; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        theme: the colours.
    """

    def __init__(self, catalogue: Catalogue, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.cell: Cell | None = None
        self.title = plain_label("Click a cell, or press Enter on it, to see its runs.", self, wraps=True)
        self.runs = TextTable(RUNS, "Runs of the cell", self)
        self.lanes = LanesView(theme, self)
        lanes = self._lanes_page()
        self.code = reader("Code of the strategy", self)
        self.stack = reader("Where the slowest one was", self)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("The cell")
        for widget, word in ((self.runs, "Runs"), (lanes, "Lanes"), (self.code, "Code"), (self.stack, "Stack")):
            self.tabs.addTab(widget, word)
        add_all(QVBoxLayout(self), self.title, (self.tabs, 1), margins=0)

    def _lanes_page(self) -> QWidget:
        area = QScrollArea(self)
        area.setWidget(self.lanes)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName("Lanes")
        page = QWidget(self)
        add_all(QVBoxLayout(page), (area, 1), plain_label(_SIGNS, page))
        return page

    def show_cell(self, cell: Cell) -> None:
        """Show a cell."""
        about = self._catalogue.strategy(cell.strategy).about
        is_other = self.cell is None or (self.cell.strategy, self.cell.workload) != (cell.strategy, cell.workload)
        self.cell = cell
        self.title.setText(visible(cell_spoken(cell, about.title, workload_title(self._catalogue, cell.workload))))
        self.runs.show_rows([[visible(text) for text in row] for row in cell_runs(cell.runs[:MOST_ROWS])])
        self.lanes.show_cell(cell)
        if is_other:
            self.code.setPlainText(strategy_source(self._catalogue, cell.strategy))
        text = self._stack(cell)
        if text != self.stack.toPlainText():
            self.stack.setPlainText(text)

    def _stack(self, cell: Cell) -> str:
        slow = slowest_stack(cell)
        if slow is None:
            return "No run of this cell was slow enough to look where it was."
        worker = Worker("", cell.strategy, cell.workload.partition(":")[0])
        where = where_text(slow.calls, own_files(self._catalogue, worker), linecache.getlines)
        latency = "did not notice" if slow.never else f"took {duration(slow.chain.latency or 0)} to notice"
        return f"Run {slow.number} {latency}. It was here:\n\n{where}"

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.lanes.draw()


def lanes_size(lanes: Lanes, width: int) -> QSize:
    """Return how large the picture of some lanes is."""
    return QSize(width, round(_RULER + _LANE * len(lanes.lanes) + 4))


def lanes_picture(lanes: Lanes, width: int, palette: LanePalette, font: QFont, ratio: float) -> QPixmap:
    """Return the lanes of a cell's runs: their lives, their lines, the request across all of them, and when each noticed."""
    size = lanes_size(lanes, width)
    picture = blank_pixmap(size, ratio)
    painter = QPainter(picture)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(0, _RULER)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.bar)
    painter.drawRects([QRectF(lane.started, lane.y - 4, max(lane.ended - lane.started, 1), 8) for lane in lanes.lanes])
    painter.setPen(QPen(palette.text, 1))
    # Once a pixel: a quick worker has a thousand lines in a second.
    ticks = {(round(tick), lane.y) for lane in lanes.lanes for tick in lane.ticks}
    painter.drawLines([QLineF(x + 0.5, y - 4, x + 0.5, y + 4) for x, y in ticks])
    painter.setPen(QPen(palette.request, 2))
    painter.drawLine(QLineF(lanes.requested, -4, lanes.requested, _LANE * len(lanes.lanes)))
    _draw_noticed(painter, lanes, palette)
    _draw_ruler(painter, lanes, width, palette)
    painter.end()
    return picture


def _draw_ruler(painter: QPainter, lanes: Lanes, width: int, palette: LanePalette) -> None:
    metrics = painter.fontMetrics()
    base = -_RULER + metrics.ascent()
    free = 4.0  # where the text before ends
    painter.setPen(palette.text)
    texts = (f"−{duration(lanes.before)}", "stop requested", f"+{duration(lanes.after)}")
    for text, x in zip(texts, (0.0, lanes.requested, float(width)), strict=True):
        room = metrics.horizontalAdvance(text)
        left = min(max(x - room / 2, free), width - room - 4)
        if left >= free:
            painter.drawText(QPointF(left, base), text)
            free = left + room + 8


def _draw_noticed(painter: QPainter, lanes: Lanes, palette: LanePalette) -> None:
    seen = [(lane.noticed, lane.y) for lane in lanes.lanes if lane.noticed is not None and not lane.never]
    painter.setPen(QPen(palette.noticed, 9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in seen]))
    ends = [(lane.noticed if lane.noticed is not None else lane.ended, lane.y) for lane in lanes.lanes if lane.never]
    painter.setPen(QPen(palette.wrong, 2))
    painter.drawLines([QLineF(x - 4, y - 4 * turn, x + 4, y + 4 * turn) for x, y in ends for turn in (1, -1)])


def reader(name: str, parent: QWidget) -> TextView:
    """Return a view of code, in which the keys can move a cursor."""
    view = TextView(name, parent)
    flags = Qt.TextInteractionFlag
    view.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return view
