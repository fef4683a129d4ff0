"""The button over the log that says how many lines have come while it did not follow its tail."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.ui.log.logic import new_lines_text

_ABOVE = 12  # pixels between it and the lower end of the rows


class Pill(QPushButton):
    """Goes to the newest line; End and Ctrl+End do the same by the keyboard. The GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pill")
        self.setToolTip("Go to the newest line and stay there (Ctrl+End)")
        # It comes and goes: the focus would go with it.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def say(self, new: int, *, paused: bool, rows: QRect) -> None:
        """Say how many lines have come, over rows that are somewhere; hide if there is nothing to say."""
        text = new_lines_text(new, paused=paused)
        if text != self.text():
            self.setText(text)
            # Without the arrow, which a screen reader would spell out.
            self.setAccessibleName(text.removeprefix("↓ "))
            self.adjustSize()
            self.place(rows)
        if bool(text) == self.isHidden():
            self.setVisible(bool(text))

    def place(self, rows: QRect) -> None:
        """Float over the lower end of rows that are somewhere."""
        self.move(rows.center().x() - self.width() // 2, rows.bottom() - self.height() - _ABOVE)
        self.raise_()

    def covered(self, row_height: int) -> int:
        """Return how many rows at the lower end it covers when it is there; rows of a height in pixels."""
        return -(-(self.sizeHint().height() + _ABOVE) // max(1, row_height))
