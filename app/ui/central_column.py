"""What fills a window: its parts below each other, and above them what it offers."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from app.ui.widgets import add_all

_SMALL_SCREEN = 700  # pixels


class CentralColumn(QWidget):
    """The central widget of a window; the GUI thread only.

    A main window does not know that a sentence is higher where it is wrapped: its smallest height does not allow for that,
    and the part below would be cut off. So this widget asks for the height that its parts need at its width, as far as a
    small screen has it: there the lowest part is cut off rather than the window.

    Args:
        parent: the window.
        parts: what it shows from top to bottom, each alone or with its stretch.
        margins: around them.
    """

    def __init__(
        self,
        parent: QWidget,
        *parts: QWidget | QLayout | tuple[QWidget | QLayout, int],
        margins: int | tuple[int, int, int, int] = 0,
        spacing: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._column = add_all(QVBoxLayout(self), *parts, margins=margins, spacing=spacing)

    def offer(self, bar: QWidget) -> None:
        """Show a sentence with something to be done about it above everything else."""
        self._column.insertWidget(0, bar)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and self.isVisible():
            self._keep_high_enough()
        return done

    def _keep_high_enough(self) -> None:
        window = self.window()
        around = window.frameGeometry().height() - self.height()
        most = min(self.screen().availableSize().height(), _SMALL_SCREEN) - around
        needed = max(self._column.minimumSize().height(), min(self._column.minimumHeightForWidth(self.width()), most))
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)
