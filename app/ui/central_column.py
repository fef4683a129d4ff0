"""What fills a window: its parts below each other, and above them what it offers."""

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from app.ui.widgets import add_all

_SMALL_SCREEN = 700  # pixels


class CentralColumn(QWidget):
    """The central widget of a window; the GUI thread only.

    Args:
        parent: the window.
        parts: what it shows from top to bottom, each alone or with its stretch.
        margins: around them.
        spacing: pixels between two of them; None for the style's own.
    """

    def __init__(
        self,
        parent: QWidget,
        *parts: QWidget | QLayout | tuple[QWidget | QLayout, int],
        margins: int | tuple[int, int, int, int] = 0,
        spacing: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._column = add_all(_Column(self), *parts, margins=margins, spacing=spacing)

    def offer(self, bar: QWidget) -> None:
        """Show a sentence with something to be done about it above everything else."""
        self._column.insertWidget(0, bar)


class _Column(QVBoxLayout):
    """Has its widget be as high as its items need at their width.

    A main window does not know that a sentence is higher where it is wrapped: its smallest height does not allow for that,
    and the lowest part would be cut off. On a small screen it is, rather than the window.

    It learns of each new arrangement here: the widget's own events would call Python with each paint.
    """

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        widget = self.parentWidget()
        if widget is None or not widget.isVisible():
            return
        around = widget.window().frameGeometry().height() - widget.height()
        most = min(widget.screen().availableSize().height(), _SMALL_SCREEN) - around
        needed = max(self.minimumSize().height(), min(self.minimumHeightForWidth(rect.width()), most))
        if needed != widget.minimumHeight():
            widget.setMinimumHeight(needed)
