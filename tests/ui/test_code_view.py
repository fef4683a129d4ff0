"""Python code in syntax colours."""

from PySide6.QtGui import QColor, QTextCursor
from pytestqt.qtbot import QtBot

from app.core.catalogue import Catalogue
from app.ui.code_view import CodeView, coloured
from app.ui.theme import Theme

CODE = 'class A:\n    """Text 𝄞."""\n\n    def loop(self):  # why\n        return 12 and self\n'


def parts(code: str) -> list[tuple[str, str]]:
    """Return the coloured parts as texts, each with its word."""
    units = code.encode("utf-16-le")
    return [(units[2 * at : 2 * (at + length)].decode("utf-16-le"), word) for at, length, word in coloured(code)]


def test_the_parts_are_what_python_says_they_are() -> None:
    assert parts(CODE) == [
        ("class", "code-keyword"),
        ("A", "code-name"),
        ('"""Text 𝄞."""', "code-string"),
        ("def", "code-keyword"),
        ("loop", "code-name"),
        ("# why", "code-comment"),
        ("return", "code-keyword"),
        ("12", "code-number"),
        ("and", "code-keyword"),
    ]


def test_every_mechanism_has_coloured_code_in_both_schemes(qtbot: QtBot) -> None:
    theme = Theme()
    view = CodeView("Code", theme)
    qtbot.addWidget(view)
    code = Catalogue().strategy("event-wait").source()
    for scheme in ("light", "dark"):
        theme.choose(scheme)
        view.read(code)
        assert view.toPlainText() == code
        cursor = QTextCursor(view.document())
        cursor.setPosition(code.index("class EventWait") + 1)
        assert cursor.charFormat().foreground().color() == QColor(theme.colour("code-keyword"))
    theme.choose("system")
