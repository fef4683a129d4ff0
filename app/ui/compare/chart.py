"""The chart of a race: drawn into a picture when its result, its size or the colours change, never in a paint."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from app.experiments.results import RaceResult, RunResult
from app.ui.compare.geometry import (
    DOT,
    LEAST_ROW,
    MOST_ROW,
    Axis,
    ChartRow,
    Dot,
    Frame,
    Point,
    chart_rows,
    grouped,
    nearest,
    race_axis,
)
from app.ui.compare.words import dot_text
from app.ui.theme import Theme
from app.ui.widgets import blank_pixmap, single_shot

_LABELS = 150.0  # pixels: the width of the names on the left
_NEVER = 64.0  # pixels: the width of the strip of those that never noticed
_TOP, _BOTTOM = 18.0, 72.0  # pixels above and below the rows: the word "never", the axis and the legend
_MANY = 5_000  # runs: more are drawn when a window that is being resized has come to rest, at some 10 µs each
_SETTLED = 200  # ms
_SIGN = 20.0  # pixels: the width of a sign in the legend
_STEPS = ((0, 5), (6, 5), (6, -1), (11, -1), (11, -6), (16, -6))


@dataclass(frozen=True, slots=True)
class ChartPalette:
    """The colours of a chart.

    Attributes:
        text, faint, ground: of what is written, of lines, and behind all.
        band: of what was predicted.
        wrong: of what never noticed.
        workers: of each worker's runs, by its name.
    """

    text: QColor
    faint: QColor
    ground: QColor
    band: QColor
    wrong: QColor
    workers: Mapping[str, QColor]


class RaceChart(QLabel):
    """Shows a race's runs as dots, their distributions and their bands; the GUI thread only.

    The table beside it says the same to a screen reader.

    Args:
        theme: the colours.
        colour: gives the colour of a worker by its name.
        title: gives the title of a worker's strategy by the strategy's id.
    """

    def __init__(
        self, theme: Theme, colour: Callable[[str], QColor], title: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Race chart")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setMouseTracking(True)
        self._timer = single_shot(self, self.draw, _SETTLED)
        self._theme = theme
        self._colour = colour
        self._title = title
        self._result: RaceResult | None = None
        self._groups: dict[str, list[RunResult]] = {}
        self._is_log = True
        self.axis: Axis | None = None
        self.frame = self.frame_of_chart()
        self.rows: list[ChartRow] = []

    def show_result(self, result: RaceResult | None, *, is_log: bool) -> None:
        """Show what a race found, on a logarithmic or a linear axis; None for nothing."""
        self._result, self._is_log = result, is_log
        self._groups = grouped(result) if result is not None else {}
        self.setMinimumHeight(round(_TOP + LEAST_ROW * len(self._groups) + _BOTTOM) if result is not None else 0)
        self.draw()

    def frame_of_chart(self) -> Frame:
        """Return where the time goes, in a chart that is as large as it is now; the rows share the height."""
        row = (self.height() - _TOP - _BOTTOM) / max(len(self._groups), 1)
        width = max(self.width() - _LABELS - _NEVER - 8, 50.0)
        return Frame(_LABELS, _TOP, width, _NEVER, min(max(row, LEAST_ROW), MOST_ROW))

    @Slot()
    def draw(self) -> None:
        """Draw it anew; after the colours have changed."""
        if self._result is None or self.width() < 2 or self.height() < 2:
            self.setPixmap(QPixmap())
            return
        self.axis = race_axis(self._result, is_log=self._is_log)
        frame = self.frame = self.frame_of_chart()
        self.rows = chart_rows(self._groups, self.axis, frame)
        titles = {worker.name: self._title(worker.strategy) for worker in self._result.workers}
        ratio = self.devicePixelRatioF()
        picture = blank_pixmap(self.size(), ratio)
        palette = self._palette()
        picture.fill(palette.ground)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        _draw_axis(painter, self.axis, frame, self.rows, palette)
        for row in self.rows:
            _draw_names(painter, row, titles[row.worker], frame, palette)
            _draw_row(painter, row, frame, palette)
        _draw_legend(painter, frame, self.rows, palette)
        painter.end()
        self.setPixmap(picture)

    def _palette(self) -> ChartPalette:
        application = QGuiApplication.palette()  # a widget is told of a new one later than we are
        text = application.color(QPalette.ColorRole.Text)
        faint = QColor(text)
        faint.setAlpha(70)
        return ChartPalette(
            text,
            faint,
            application.color(QPalette.ColorRole.Base),
            QColor(self._theme.colour("band")),
            QColor(self._theme.colour("stuck")),
            {worker: self._colour(worker) for worker in self._groups},
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._result is not None and len(self._result.runs) > _MANY:
            self._timer.start()
        else:
            self.draw()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        under = [row for row in self.rows if 0 <= place.y() - row.top < self.frame.row]
        dot = nearest((dot for row in under for dot in row.every_dot()), place.x(), place.y())
        # As escaped rich text: Qt would guess at plain text, and a worker may have any name.
        text = "" if dot is None else f"<p>{html.escape(dot_text(dot.run)).replace(chr(10), '<br>')}</p>"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)


# -- drawing: a few bulk calls each, into a picture ------------------------------------------------------------------


def _draw_axis(painter: QPainter, axis: Axis, frame: Frame, rows: Sequence[ChartRow], palette: ChartPalette) -> None:
    """Draw the ticks with their labels, and the lines between the rows."""
    bottom, right = frame.top + frame.row * len(rows), frame.left + frame.width
    ticks = [(frame.x(axis, tick.ns), tick.text) for tick in axis.ticks()]
    lines = [QLineF(x, frame.top if text else bottom - 3, x, bottom + 4 if text else bottom) for x, text in ticks]
    lines += [QLineF(0, y, right + frame.never, y) for y in (*(row.top for row in rows), bottom)]
    lines.append(QLineF(right, frame.top, right, bottom))
    painter.setPen(QPen(palette.faint, 1))
    painter.drawLines(lines)
    painter.setPen(palette.text)
    painter.drawText(QRectF(right, 0, frame.never, frame.top), Qt.AlignmentFlag.AlignCenter, "never")
    metrics = painter.fontMetrics()
    free = 0.0  # where the label before ends
    for x, text in ticks:
        half = metrics.horizontalAdvance(text) / 2
        if text and x - half >= free:
            painter.drawText(QPointF(x - half, bottom + 6 + metrics.ascent()), text)
            free = x + half + 10


def _draw_names(painter: QPainter, row: ChartRow, title: str, frame: Frame, palette: ChartPalette) -> None:
    """Draw a worker's name and its strategy's title left of its row."""
    room = round(frame.left - 12)
    elided = painter.fontMetrics().elidedText
    names = [elided(text, Qt.TextElideMode.ElideRight, room) for text in (row.worker, title)]
    painter.setPen(palette.text)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(4, row.top, room, frame.row), flags.value, "\n".join(dict.fromkeys(names)))


def _draw_row(painter: QPainter, row: ChartRow, frame: Frame, palette: ChartPalette) -> None:
    """Draw a worker's band, distribution and runs."""
    if row.band is not None:
        left, right = row.band
        _draw_band(painter, QRectF(left, row.top + 3, max(right - left, 2.0), frame.row - 6), palette)
    painter.setPen(QPen(palette.text, 1.2))
    painter.drawPolyline(_polygon(row.curve))
    colour = palette.workers[row.worker]
    _draw_dots(painter, _places(row.dots), colour)
    _draw_rings(painter, _places(row.outside), colour, palette)
    _draw_crosses(painter, _places(row.never), palette)


def _places(dots: Iterable[Dot]) -> set[Point]:
    # Each place once, however many runs stand there: half a pixel cannot be told from another.
    return {(round(dot.x * 2) / 2, dot.y) for dot in dots}


def _polygon(points: Iterable[Point]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _draw_band(painter: QPainter, area: QRectF, palette: ChartPalette) -> None:
    fill = QColor(palette.band)
    fill.setAlpha(45)
    painter.fillRect(area, fill)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(palette.band, 1, Qt.PenStyle.DashLine))
    painter.drawRect(area)


def _draw_dots(painter: QPainter, places: Iterable[Point], colour: QColor, size: float = DOT - 1) -> None:
    painter.setPen(QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(_polygon(places))


def _draw_rings(painter: QPainter, places: set[Point], colour: QColor, palette: ChartPalette) -> None:
    _draw_dots(painter, places, colour)
    _draw_dots(painter, places, palette.ground, DOT - 4)


def _draw_crosses(painter: QPainter, places: Iterable[Point], palette: ChartPalette) -> None:
    half = DOT / 2 - 0.5
    lines = [QLineF(x - half, y + turn * half, x + half, y - turn * half) for x, y in places for turn in (1, -1)]
    painter.setPen(QPen(palette.wrong, 2))
    painter.drawLines(lines)


def _draw_legend(painter: QPainter, frame: Frame, rows: Sequence[ChartRow], palette: ChartPalette) -> None:
    """Draw what the signs mean, below the axis; in as many lines as the width asks for."""
    metrics = painter.fontMetrics()
    x, y = frame.left, frame.top + frame.row * len(rows) + 34
    words = ("a run", "a run outside its band", "never noticed", "predicted", "share of the runs that had noticed")
    for place, text in enumerate(words):
        width = _SIGN + metrics.horizontalAdvance(text) + 16
        if x > frame.left and x + width > frame.left + frame.width + frame.never:
            x, y = frame.left, y + metrics.height() + 4
        _draw_sign(painter, place, x, y, palette)
        painter.setPen(palette.text)
        painter.drawText(QPointF(x + _SIGN, y + metrics.ascent() / 2 - 1), text)
        x += width


def _draw_sign(painter: QPainter, place: int, x: float, y: float, palette: ChartPalette) -> None:
    middle = {(x + 8, y)}
    if place == 0:
        _draw_dots(painter, middle, palette.text)
    elif place == 1:
        _draw_rings(painter, middle, palette.text, palette)
    elif place == 2:
        _draw_crosses(painter, middle, palette)
    elif place == 3:
        _draw_band(painter, QRectF(x + 1, y - 6, 14, 12), palette)
    else:
        painter.setPen(QPen(palette.text, 1.2))
        painter.drawPolyline(_polygon((x + right, y + down) for right, down in _STEPS))
