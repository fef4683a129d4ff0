"""Colours and icons, in light and in dark, and each worker's mark: a shape and a colour, the same everywhere."""

from PySide6.QtCore import QByteArray, QObject, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap, QPixmapCache, QPolygonF
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QToolBar, QToolButton

from app.resource_files import resource

# Okabe and Ito's palette, which people with any kind of colour blindness can tell apart, darkened for white and
# lightened for black until the contrast with the background is at least 4.5 to 1 (WCAG 2.2, 1.4.3).
_LIGHT = {
    "ready": "#5f6368",
    "starting": "#0072b2",
    "running": "#00734f",
    "waiting": "#2f7d68",
    "held-back": "#6b6000",
    "stop": "#a3457f",
    "stopping": "#9a5b00",
    "stuck": "#b3261e",
    "ended": "#5f6368",
    "failed": "#b3261e",
    "state": "#5a5f66",
    "chain": "#5a5f66",
    "error": "#b3261e",
    "stderr": "#8c3a1f",
    "debug": "#5f6368",
    "info": "#0060a8",
    "warning": "#8a4b00",
    "critical": "#b3261e",
    "action": "#0072b2",
    "note": "#7a3e9d",
    "step": "#00734f",
    "pass": "#00734f",
    "fail": "#b3261e",
    "blocked": "#9a5b00",
    "skip": "#5f6368",
    "evidence": "#7a3e9d",
    "band": "#0072b2",
    "marked": "#0072b2",
    "differing": "#ffe9b0",
    "filler": "#ececec",
    "lit": "#8fe3bf",
    "code-keyword": "#0060a8",
    "code-string": "#00662f",
    "code-comment": "#5f6368",
    "code-number": "#8a4b00",
    "code-name": "#7a3e9d",
}
_DARK = {
    "ready": "#a8adb4",
    "starting": "#56b4e9",
    "running": "#2fc997",
    "waiting": "#7fcdb2",
    "held-back": "#e5d84a",
    "stop": "#e59ac5",
    "stopping": "#f0b04c",
    "stuck": "#ff8a80",
    "ended": "#a8adb4",
    "failed": "#ff8a80",
    "state": "#a8adb4",
    "chain": "#a8adb4",
    "error": "#ff8a80",
    "stderr": "#ffb59a",
    "debug": "#a8adb4",
    "info": "#6cb4ee",
    "warning": "#f0b04c",
    "critical": "#ff8a80",
    "action": "#56b4e9",
    "note": "#d7a6f0",
    "step": "#2fc997",
    "pass": "#2fc997",
    "fail": "#ff8a80",
    "blocked": "#f0b04c",
    "skip": "#a8adb4",
    "evidence": "#d7a6f0",
    "band": "#56b4e9",
    "marked": "#56b4e9",
    "differing": "#4d3d00",
    "filler": "#303236",
    "lit": "#00734f",
    "code-keyword": "#6cb4ee",
    "code-string": "#7fd6a4",
    "code-comment": "#a8adb4",
    "code-number": "#f0b04c",
    "code-name": "#d7a6f0",
}
# Okabe and Ito's eight, for workers; contrast as above. Eight, and the signs beside them are seven.
_WORKERS_LIGHT = ("#0072b2", "#9a5b00", "#00734f", "#a3457f", "#b3421e", "#2a6f97", "#6b6000", "#4a4e54")
_WORKERS_DARK = ("#6cb4ee", "#f0b04c", "#2fc997", "#e59ac5", "#ff9a73", "#8fd3f5", "#e5d84a", "#c3c7cc")
# Behind the rows that a highlight rule points out: pale in light, deep in dark, so that the text keeps its contrast.
_RULES_LIGHT = {
    "yellow": "#fff3a3",
    "green": "#dcf5e6",
    "blue": "#e3f1fd",
    "purple": "#f5ecfb",
    "orange": "#ffedd5",
    "red": "#ffebe9",
}
_RULES_DARK = {
    "yellow": "#484000",
    "green": "#0f4930",
    "blue": "#12395c",
    "purple": "#452857",
    "orange": "#593700",
    "red": "#5e1d1a",
}
# From fast to slow: one hue whose lightness goes one way only, so that it is read without seeing colours; in dark it is
# the bright end that is slow, because that is what stands out there.
_SCALE_LIGHT = ("#f2f7fc", "#c3dbee", "#7fb2d9", "#3a7fbb", "#0f4c8c", "#08264d")
_SCALE_DARK = ("#16222f", "#1d3d5c", "#2a628f", "#4c92c6", "#8fc3ea", "#dbeefc")
_SIZES = (16, 24, 32, 48, 64)
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


# A dark palette for platforms that say "dark" and paint light, as bare X11 does. Contrast of text on its background is
# at least 7 to 1.
_DARK_ROLES = {
    QPalette.ColorRole.Window: "#2b2d30",
    QPalette.ColorRole.WindowText: "#e6e7e9",
    QPalette.ColorRole.Base: "#1e1f22",
    QPalette.ColorRole.AlternateBase: "#26282b",
    QPalette.ColorRole.Text: "#e6e7e9",
    QPalette.ColorRole.Button: "#35383c",
    QPalette.ColorRole.ButtonText: "#e6e7e9",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#35383c",
    QPalette.ColorRole.ToolTipText: "#e6e7e9",
    QPalette.ColorRole.PlaceholderText: "#9aa0a6",
    QPalette.ColorRole.Link: "#8ab4f8",
    QPalette.ColorRole.Highlight: "#2f5d9b",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Accent: "#5b93d9",
    QPalette.ColorRole.Light: "#45494e",
    QPalette.ColorRole.Midlight: "#3c4045",
    QPalette.ColorRole.Mid: "#1a1b1d",
    QPalette.ColorRole.Dark: "#151618",
    QPalette.ColorRole.Shadow: "#0b0b0c",
}
_MARKER = QPalette.ColorRole.Window  # the role by which our own palette is recognised
_DARK_DISABLED = "#7d838a"


def dark_palette() -> QPalette:
    """Return our own dark palette."""
    palette = QPalette()
    for role, colour in _DARK_ROLES.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DARK_DISABLED))
    return palette


class Theme(QObject):
    """The colours and icons of the light or dark scheme, following the desktop; the GUI thread only.

    Signals:
        changed: colours and icons must be fetched anew.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chosen = Qt.ColorScheme.Unknown
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)

    def choose(self, name: str) -> None:
        """Follow the desktop (``system``), or be ``light`` or ``dark`` whatever it is."""
        self._chosen = _SCHEMES[name]
        QGuiApplication.styleHints().setColorScheme(self._chosen)
        self._apply()

    @staticmethod
    def desktop_scheme() -> Qt.ColorScheme:
        """Return what the desktop asks for; unknown where it says nothing."""
        return QGuiApplication.styleHints().colorScheme()

    @Slot()
    def _apply(self) -> None:
        """Bring the palette in line with the scheme, where the platform does not."""
        scheme = self._chosen if self._chosen != Qt.ColorScheme.Unknown else self.desktop_scheme()
        # The palette itself is asked: the empty window's theme, which is another object, may have set it.
        if QGuiApplication.palette().color(_MARKER) == QColor(_DARK_ROLES[_MARKER]):
            QGuiApplication.setPalette(QPalette())
        if scheme == Qt.ColorScheme.Dark and not self.is_dark():
            QGuiApplication.setPalette(dark_palette())
        self.changed.emit()

    def is_dark(self) -> bool:
        """Return whether windows have a dark background now."""
        return QGuiApplication.palette().color(QPalette.ColorRole.Base).lightness() < 128

    def colour(self, word: str) -> str:
        """Return the colour of a state or a kind as ``#rrggbb``."""
        return (_DARK if self.is_dark() else _LIGHT)[word]

    def worker_colours(self) -> tuple[str, ...]:
        """Return the colours of the workers' marks, each as ``#rrggbb``."""
        return _WORKERS_DARK if self.is_dark() else _WORKERS_LIGHT

    def scale(self) -> tuple[str, ...]:
        """Return the colours of a scale from fast to slow, at equal distances, each as ``#rrggbb``."""
        return _SCALE_DARK if self.is_dark() else _SCALE_LIGHT

    def rule_colour(self, name: str) -> str:
        """Return the background of a highlight rule's colour as ``#rrggbb``."""
        return (_RULES_DARK if self.is_dark() else _RULES_LIGHT)[name]

    def icon(self, name: str, colour: str | None = None) -> QIcon:
        """Return a built-in icon in the palette's text colour, or in ``colour``, at every size, also disabled.

        Drawn into pixmaps at once: an icon engine in Python would be called, and wait for the GIL, in every paint.
        """
        palette = QGuiApplication.palette()
        normal = QColor(colour) if colour else palette.color(QPalette.ColorRole.ButtonText)
        disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        icon = QIcon()
        for mode, tint in ((QIcon.Mode.Normal, normal), (QIcon.Mode.Disabled, disabled)):
            for pixmap in _drawings(name, tint.name()):
                icon.addPixmap(pixmap, mode)
        return icon

    def mark_overflow(self, bar: QToolBar) -> None:
        """Draw the arrow behind which a tool bar keeps what has no room in the text colour: Qt's own is always black."""
        button = bar.findChild(QToolButton, "qt_toolbar_ext_button")
        if button is not None:
            button.setIcon(self.icon("more"))


def _drawings(name: str, tint: str) -> list[QPixmap]:
    """Return a built-in icon in a colour, ``#rrggbb``, at every size; those of an earlier window, if there are any."""
    kept = {f"{name} {tint} {size}": QPixmap() for size in _SIZES}
    if all(QPixmapCache.find(key, pixmap) for key, pixmap in kept.items()):
        return list(kept.values())
    text = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", tint).encode()))
    drawn = [_drawn(renderer, size) for size in _SIZES]
    for key, pixmap in zip(kept, drawn, strict=True):
        QPixmapCache.insert(key, pixmap)
    return drawn


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap


_SIZE = 32  # pixels of the largest drawing; shown at a row's height
# As shapes in a square from -1 to 1: told apart without colour. None is a circle.
_SHAPES: tuple[tuple[tuple[float, float], ...] | None, ...] = (
    None,
    ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    ((0, -0.95), (0.95, 0.8), (-0.95, 0.8)),
    ((0, -1), (1, 0), (0, 1), (-1, 0)),
    ((0, 0.95), (0.95, -0.8), (-0.95, -0.8)),
    ((-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3), (0.3, 1), (-0.3, 1), (-0.3, 0.3),
     (-1, 0.3), (-1, -0.3), (-0.3, -0.3)),
    ((-1, -0.5), (0, -0.5), (0, -1), (1, 0), (0, 1), (0, 0.5), (-1, 0.5)),
)  # fmt: skip
# So many workers look different; the others look like one of them.
_LOOKS = len(_SHAPES) * len(_WORKERS_LIGHT)


class WorkerMarks(QObject):
    """Assigns a shape and a colour to each worker's name, in the order in which the names come; the GUI thread only.

    Shapes and colours have lengths without a common factor, so no two of the first 56 workers look the same.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._numbers: dict[str, int] = {}
        self._drawn: dict[int, tuple[QIcon, QColor]] = {}
        # Connected first, so that the cache is empty when other receivers ask for the new colours.
        theme.changed.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._drawn.clear()

    def mark(self, name: str) -> tuple[QIcon, QColor]:
        """Return the mark's icon and colour of the worker with this name."""
        number = self._numbers.setdefault(name, len(self._numbers)) % _LOOKS
        drawn = self._drawn.get(number)
        if drawn is None:
            colours = self._theme.worker_colours()
            colour = QColor(colours[number % len(colours)])
            drawn = self._drawn[number] = QIcon(_drawing(number % len(_SHAPES), colour)), colour
        return drawn


def _drawing(shape: int, colour: QColor) -> QPixmap:
    pixmap = QPixmap(_SIZE, _SIZE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.translate(_SIZE / 2, _SIZE / 2)
    half = _SIZE * 0.36
    points = _SHAPES[shape]
    if points is None:
        painter.drawEllipse(QRectF(-half, -half, 2 * half, 2 * half))
    else:
        painter.drawPolygon(QPolygonF([QPointF(x * half, y * half) for x, y in points]))
    painter.end()
    return pixmap
