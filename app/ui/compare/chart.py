"""The chart of a race: drawn into a picture when its result, its size or the colours change, never in a paint."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from app.core.worker import Worker
from app.experiments.results import RunResult
from app.ui.compare.geometry import (
    DOT,
    Axis,
    ChartRow,
    Dot,
    Frame,
    Point,
    RaceRuns,
    chart_rows,
    nearest,
    race_axis,
)
from app.ui.compare.words import AXIS_TITLE, EMPTY_RACE, NEVER, dot_text
from app.ui.theme import Theme
from app.ui.widgets import blank_pixmap, single_shot

_GAP = 12  # pixels between the names and the rows
_MOST_NAMES = 0.35  # of the width that the names have at most
_LEAST_ROW, _MOST_ROW = 46.0, 120.0  # pixels: the height of a row
_MANY = 5_000  # runs: more are drawn when a window that is being resized has come to rest, at some 10 µs each
_SETTLED = 200  # ms
_PAUSE = 2_000  # ms between two drawings of so many, while a race goes on
_SIGN = 20.0  # pixels: the width of a sign in the legend
_STEPS = ((0, 5), (6, 5), (6, -1), (11, -1), (11, -6), (16, -6))
_LEGEND = ("a run", "a run outside its band", "never noticed", "predicted", "share of the runs that had noticed")


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
        title: says how a worker is asked to stop.

    Signals:
        dot_clicked: the ``RunResult`` whose dot was clicked.
    """

    dot_clicked = Signal(object)

    def __init__(
        self,
        theme: Theme,
        colour: Callable[[str], QColor],
        title: Callable[[Worker], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMargin(_GAP)
        self.setText(EMPTY_RACE)
        self.setAccessibleName("Race chart")
        self.setAccessibleDescription(EMPTY_RACE)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMouseTracking(True)
        self._timer = single_shot(self, self.draw, _SETTLED)
        self._theme = theme
        self._colour = colour
        self._title = title
        self._runs: RaceRuns | None = None
        self._is_log = True
        self.axis: Axis | None = None
        self.frame = Frame(0, 0, 0, 0, _LEAST_ROW)
        self.rows: list[ChartRow] = []

    def show_runs(self, runs: RaceRuns, *, is_log: bool, goes_on: bool = False) -> None:
        """Show the runs of a race, on a logarithmic or a linear axis.

        Args:
            runs: of the race.
            is_log: whether the axis is logarithmic.
            goes_on: more runs will come, so that very many are not drawn each time.
        """
        if self._runs is None:
            self.setMargin(0)
            self.setWordWrap(False)
            self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._runs, self._is_log = runs, is_log
        if not goes_on or runs.count <= _MANY:
            self._timer.stop()
            self.draw()
        elif not self._timer.isActive():
            self._timer.start(_PAUSE)

    def _frame_of(self, workers: Sequence[Worker]) -> tuple[Frame, float]:
        """Return where the time goes in a chart that is as large as it is now, and the least height of all."""
        metrics = self.fontMetrics()
        names = [name for worker in workers for name in (worker.name, self._title(worker))]
        longest = max(map(metrics.horizontalAdvance, names), default=0) + _GAP
        left = min(longest, self.width() * _MOST_NAMES)
        never = metrics.horizontalAdvance(NEVER) + 2.0 * _GAP
        width = max(self.width() - left - never - 8, 50.0)
        top = metrics.height() + 4.0
        bottom = metrics.height() * 2 + 16.0 + _legend_height(metrics, width + never)
        least = max(_LEAST_ROW, metrics.lineSpacing() * 2 + 6.0)
        row = (self.height() - top - bottom) / max(len(workers), 1)
        frame = Frame(left, top, width, never, min(max(row, least), max(_MOST_ROW, least)))
        return frame, top + least * len(workers) + bottom

    @Slot()
    def draw(self) -> None:
        """Draw it anew; after the colours have changed."""
        runs = self._runs
        if runs is None or self.width() < 2 or self.height() < 2:
            return
        self.axis = race_axis(runs, is_log=self._is_log)
        self.frame, least = self._frame_of(runs.workers)
        self.setMinimumHeight(round(least))
        frame = self.frame
        self.rows = chart_rows(runs.groups, self.axis, frame)
        titles = {worker.name: self._title(worker) for worker in runs.workers}
        ratio = self.devicePixelRatioF()
        picture = blank_pixmap(self.size(), ratio)
        palette = self._palette(runs)
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

    def _palette(self, runs: RaceRuns) -> ChartPalette:
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
            {worker: self._colour(worker) for worker in runs.groups},
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._runs is not None and self._runs.count > _MANY:
            self._timer.start(_SETTLED)
        else:
            self.draw()

    def _run_at(self, place: QPointF) -> RunResult | None:
        """Return the run whose dot is at a place; None if there is none."""
        under = [row for row in self.rows if 0 <= place.y() - row.top < self.frame.row]
        dot = nearest((dot for row in under for dot in row.every_dot()), place.x(), place.y())
        return None if dot is None else dot.run

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        run = self._run_at(event.position())
        # As escaped rich text: Qt would guess at plain text, and a worker may have any name.
        text = "" if run is None else f"<p>{html.escape(dot_text(run)).replace(chr(10), '<br>')}</p>"
        QToolTip.showText(event.globalPosition().toPoint(), text, self)
        self.setCursor(Qt.CursorShape.ArrowCursor if run is None else Qt.CursorShape.PointingHandCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        run = self._run_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if run is not None:
            self.dot_clicked.emit(run)


# -- drawing: a few bulk calls each, into a picture ------------------------------------------------------------------


def _draw_axis(painter: QPainter, axis: Axis, frame: Frame, rows: Sequence[ChartRow], palette: ChartPalette) -> None:
    """Draw the ticks with their labels, the axis's title, and the lines between the rows."""
    bottom, right = frame.top + frame.row * len(rows), frame.left + frame.width
    ticks = [(frame.x(axis, tick.ns), tick.text) for tick in axis.ticks()]
    lines = [QLineF(x, frame.top if text else bottom - 3, x, bottom + 4 if text else bottom) for x, text in ticks]
    lines += [QLineF(0, y, right + frame.never, y) for y in (*(row.top for row in rows), bottom)]
    lines.append(QLineF(right, frame.top, right, bottom))
    painter.setPen(QPen(palette.faint, 1))
    painter.drawLines(lines)
    painter.setPen(palette.text)
    painter.drawText(QRectF(right, 0, frame.never, frame.top), Qt.AlignmentFlag.AlignCenter, NEVER)
    metrics = painter.fontMetrics()
    free = 0.0  # where the label before ends
    for x, text in ticks:
        half = metrics.horizontalAdvance(text) / 2
        if text and x - half >= free:
            painter.drawText(QPointF(x - half, bottom + 6 + metrics.ascent()), text)
            free = x + half + 10
    title = QRectF(frame.left, bottom + 6 + metrics.height(), frame.width + frame.never, metrics.height())
    said = metrics.elidedText(AXIS_TITLE, Qt.TextElideMode.ElideRight, round(title.width()))
    painter.drawText(title, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)


def _draw_names(painter: QPainter, row: ChartRow, title: str, frame: Frame, palette: ChartPalette) -> None:
    """Draw a worker's name and its strategy's title left of its row."""
    room = round(frame.left - 12)
    painter.setPen(palette.text)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    area = QRectF(4, row.top, room, frame.row)
    if row.worker == title:
        painter.drawText(area, (flags | Qt.TextFlag.TextWordWrap).value, title)
        return
    elided = painter.fontMetrics().elidedText
    names = [elided(text, Qt.TextElideMode.ElideRight, room) for text in (row.worker, title)]
    painter.drawText(area, flags.value, "\n".join(names))


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


def _legend_places(metrics: QFontMetrics, width: float) -> list[Point]:
    """Return where each entry of the legend begins, from the legend's top left; in as many lines as the width asks for."""
    x = y = 0.0
    places = []
    for text in _LEGEND:
        room = _SIGN + metrics.horizontalAdvance(text) + 16
        if x > 0 and x + room > width:
            x, y = 0.0, y + metrics.height() + 4
        places.append((x, y))
        x += room
    return places


def _legend_height(metrics: QFontMetrics, width: float) -> float:
    return _legend_places(metrics, width)[-1][1] + metrics.height() + 4


def _draw_legend(painter: QPainter, frame: Frame, rows: Sequence[ChartRow], palette: ChartPalette) -> None:
    """Draw what the signs mean, below the axis and its title."""
    metrics = painter.fontMetrics()
    top = frame.top + frame.row * len(rows) + 12 + metrics.height() * 2.5
    for place, (x, y) in enumerate(_legend_places(metrics, frame.width + frame.never)):
        _draw_sign(painter, place, frame.left + x, top + y, palette)
        painter.setPen(palette.text)
        painter.drawText(QPointF(frame.left + x + _SIGN, top + y + metrics.ascent() / 2 - 1), _LEGEND[place])


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
