"""Python code in syntax colours, to be read and copied."""

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QResizeEvent, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.ui.theme import Theme
from app.ui.widgets import TextView


def coloured(code: str) -> Iterator[tuple[int, int, str]]:
    """Yield the coloured parts of Python code: where each begins, how long it is, and the theme's word for its colour.

    Places and lengths count as Qt does, in units of UTF-16.
    """
    # Loaded when code is first shown: the first window needs nothing of it.
    from pygments import token
    from pygments.lexers.python import PythonLexer

    words = {
        token.Keyword: "code-keyword",
        token.Operator.Word: "code-keyword",
        token.String: "code-string",
        token.Comment: "code-comment",
        token.Number: "code-number",
        token.Name.Class: "code-name",
        token.Name.Function: "code-name",
        token.Name.Decorator: "code-name",
    }
    place = 0
    for _, kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(code):
        length = len(text.encode("utf-16-le", "surrogatepass")) // 2
        word = next((words[one] for one in reversed(kind.split()) if one in words), "")
        if word and text.strip():
            yield place, length, word
        place += length


def marked_line(view: QPlainTextEdit, line: int, colour: str) -> QTextEdit.ExtraSelection:
    """Return what gives a line of a view (from 0) a ground of its own, over the whole width; the GUI thread only."""
    mark = QTextEdit.ExtraSelection()
    mark.cursor = QTextCursor(view.document().findBlockByNumber(line))
    mark.format.setBackground(QColor(colour))
    mark.format.setForeground(QGuiApplication.palette().color(QPalette.ColorRole.Text))
    mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
    return mark


class CodeView(TextView):
    """A read-only view of Python code; the GUI thread only.

    The colours are set when the code is, and when the theme changes: nothing of ours is called while it is painted.

    Args:
        name: what a screen reader calls it.
        theme: the colours.
    """

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._theme = theme
        self._lit: tuple[tuple[int, str], ...] = ()
        self._centred: int | None = None
        theme.changed.connect(self._mark)
        theme.changed.connect(self._colour)
        self.textChanged.connect(self._colour)

    def light(self, lines: Iterable[tuple[int, str]], shown: int | None = None) -> None:
        """Light some lines, and bring one of them into the middle.

        Args:
            lines: each line (from 0) and the theme's word for its ground; until the next call, or another text.
            shown: the line that is brought into sight; None for none.
        """
        self._lit = tuple(lines)
        self._mark()
        self._centred = shown
        if shown is not None:
            self.setTextCursor(QTextCursor(self.document().findBlockByNumber(shown)))
            self.centerCursor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # It is lit before it has its size; where a person has gone elsewhere meanwhile, that is left alone.
        if self._centred is not None and self.textCursor().blockNumber() == self._centred:
            self.centerCursor()

    @Slot()
    def _mark(self) -> None:
        self.setExtraSelections([marked_line(self, line, self._theme.colour(word)) for line, word in self._lit])

    @Slot()
    def _colour(self) -> None:
        document = self.document()
        blocked = self.blockSignals(True)  # a format is a change of the text as well
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.setCharFormat(QTextCharFormat())
        for place, length, word in coloured(self.toPlainText()):
            cursor.setPosition(place)
            cursor.setPosition(place + length, QTextCursor.MoveMode.KeepAnchor)
            style = QTextCharFormat()
            style.setForeground(QColor(self._theme.colour(word)))
            cursor.setCharFormat(style)
        self.blockSignals(blocked)
