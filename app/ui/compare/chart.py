"""The chart of a race: drawn into a picture when its result, its size or the colours change, never in a paint."""

import html
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from app.experiments.results import RaceResult, RunResult
from app.ui.compare.axis import Axis
from app.ui.compare.drawing import Look, draw_axis, draw_legend, draw_names, draw_row
from app.ui.compare.logic import LEAST_ROW, MOST_ROW, ChartRow, Frame, chart_rows, grouped, nearest, race_axis
from app.ui.compare.words import dot_text
from app.ui.theme import Theme

_LABELS = 150.0  # pixels: the width of the names on the left
_NEVER = 64.0  # pixels: the width of the strip of those that never noticed
_TOP, _BOTTOM = 18.0, 72.0  # pixels above and below the rows: the word "never", the axis and the legend


_MANY = 5_000  # runs: more are drawn when a window that is being resized has come to rest, at some 10 µs each
_SETTLED = 200  # ms


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
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED)
        self._timer.timeout.connect(self.draw)
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
        picture = QPixmap(QSize(round(self.width() * ratio), round(self.height() * ratio)))
        picture.setDevicePixelRatio(ratio)
        look = self._look()
        picture.fill(look.ground)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        draw_axis(painter, self.axis, frame, self.rows, look)
        for row in self.rows:
            draw_names(painter, row, titles[row.worker], frame, look)
            draw_row(painter, row, frame, look)
        draw_legend(painter, frame, self.rows, look)
        painter.end()
        self.setPixmap(picture)

    def _look(self) -> Look:
        palette = QGuiApplication.palette()  # a widget is told of a new one later than we are
        text = palette.color(QPalette.ColorRole.Text)
        faint = QColor(text)
        faint.setAlpha(70)
        return Look(
            text,
            faint,
            palette.color(QPalette.ColorRole.Base),
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
