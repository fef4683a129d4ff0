"""The bar of a stop chain on the screen."""

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Slot
from PySide6.QtGui import QFontInfo, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.chain.drawing import COLOUR_OF_SEVERAL, COLOURS, Look, Picture, height_of, svg_of
from app.ui.theme import Theme


class ChainBar(QWidget):
    """Shows a picture of a chain, by one call a paint; made anew only when it, the width or the theme changes.

    The table beside it says the same to a screen reader. The GUI thread only.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = Picture()
        self._renderer = QSvgRenderer(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stop chain as a bar; the table below says the same")
        theme.changed.connect(self._draw)

    def show_picture(self, picture: Picture) -> None:
        """Show another picture; an empty one hides the bar."""
        if picture == self._picture:
            return
        self._picture = picture
        self.setFixedHeight(max(1, round(height_of(picture, self._line()))))
        self.setVisible(bool(picture.parts))
        self._draw()

    def picture(self) -> Picture:
        """Return what is shown."""
        return self._picture

    def _line(self) -> float:
        return float(self.fontMetrics().height() + 2)

    @Slot()
    def _draw(self) -> None:
        """Make the drawing; the widget's next paint shows it."""
        if not self._picture.parts or self.width() < 1:
            return
        metrics, palette = self.fontMetrics(), self.palette()
        words = {*COLOURS, COLOUR_OF_SEVERAL}
        look = Look(
            colours={word: self._theme.colour(word) for word in words},
            ink=palette.color(QPalette.ColorRole.WindowText).name(),
            ground=palette.color(QPalette.ColorRole.Base).name(),
            family=self.font().family(),
            pixels=QFontInfo(self.font()).pixelSize(),
            line=self._line(),
            width_of=metrics.horizontalAdvance,
        )
        self._renderer.load(QByteArray(svg_of(self._picture, self.width(), look).encode()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, max(1, round(height_of(self._picture, self._line()))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()  # it comes to widgets after the theme has told of it

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._renderer.render(painter, QRectF(self.rect()))
        painter.end()
