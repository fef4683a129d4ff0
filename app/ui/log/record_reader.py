"""Shows one record as a whole, beside a log whose rows are clipped."""

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

# QPlainTextEdit lays a text out line by line: one unbroken line of 10 MB took it 6 s.
_LONGEST_SHOWN = 100_000


class RecordReader(QPlainTextEdit):
    """A read-only view of a plain text that can be selected and copied; the GUI thread only."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName("Record")
        self.setTabChangesFocus(True)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def read(self, text: str) -> None:
        """Show a text: its line breaks as they are, what else cannot be seen as escapes."""
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}\n… {len(text):,} characters in all"
        self.setPlainText(
            "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in shown)
        )
