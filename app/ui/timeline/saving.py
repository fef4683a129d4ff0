"""Saves the timeline as a picture, PNG or SVG: what is on the screen, all of it or nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QSize, Slot
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from app.core.errors import BadInput
from app.session.save import save

if TYPE_CHECKING:
    from app.ui.timeline.panel import TimelinePanel

_SCALE = 2  # pixels of a PNG for one of the screen
_FORMS = {"PNG picture (*.png)": "png", "SVG drawing (*.svg)": "svg"}
_DOTS = 96  # an inch: then a unit of the drawing is a pixel of the screen


class PictureSaver(QObject):
    """Asks for a file and saves what is shown there; the GUI thread only."""

    def __init__(self, panel: "TimelinePanel") -> None:
        super().__init__(panel)
        self._panel = panel

    @Slot()
    def ask(self) -> None:
        """Ask for a file's name and save there."""
        if self._panel.stage.timeline is None:
            self._panel.said.emit("There is nothing to save: nothing has run yet.")
            return
        dialog = QFileDialog(self._panel, "Save the timeline", str(Path.home()), ";;".join(_FORMS))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_FORMS[chosen]))
        dialog.selectFile("timeline")
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, path: Path) -> None:
        """Save to a path, in the format that its ending says; what came of it is said."""
        if self._panel.stage.timeline is None:
            self._panel.said.emit("There is nothing to save: nothing has run yet.")
            return
        try:
            content = self.drawn("svg" if path.suffix.lower() == ".svg" else "png")
            save([content], path, None, lambda: False)
        except BadInput as error:
            self._panel.said.emit(str(error))
        else:
            self._panel.said.emit(f"Saved the timeline in {path}.")

    def drawn(self, form: str) -> bytes:
        """Return what is shown as the bytes of a file.

        Args:
            form: ``png`` or ``svg``.
        """
        size = self._panel.canvas.size().expandedTo(QSize(200, 60))
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if form == "svg":
            drawing = QSvgGenerator()
            drawing.setOutputDevice(buffer)
            drawing.setResolution(_DOTS)
            drawing.setSize(size)
            drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
            drawing.setTitle("Timeline")
            drawing.setDescription(self._panel.summary())
            painter = QPainter(drawing)
            self._paint(painter, size)
            painter.end()
        else:
            image = QImage(size * _SCALE, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(_SCALE)
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
            self._paint(painter, size)
            painter.end()
            QImageWriter(buffer, QByteArray(b"png")).write(image)
        buffer.close()
        return bytes(content.data())

    def _paint(self, painter: QPainter, size: QSize) -> None:
        # numpy comes with them: it is there by now, because there is a timeline.
        from app.ui.timeline.geometry import Geometry
        from app.ui.timeline.picture import look_of
        from app.ui.timeline.scene import scene_of
        from app.ui.timeline.vector import Vector

        panel, canvas, stage = self._panel, self._panel.canvas, self._panel.stage
        assert stage.timeline is not None
        ratio = canvas.devicePixelRatioF()
        made = panel.studio.make(canvas.wanted(table=False))
        assert made is not None
        assert canvas.inks is not None
        shown = made.geometry
        lane, gutter = round(shown.lane / ratio), round(shown.gutter / ratio)
        geometry = Geometry(size.width(), size.height(), gutter, round(shown.axis / ratio), lane)
        painter.setFont(canvas.font())
        with stage.lock:
            scene = scene_of(stage.timeline, stage.rows(), look_of(stage), stage.now, geometry.plot, 95)
        Vector(painter, geometry, canvas.inks, panel.signs.image).paint(scene)
