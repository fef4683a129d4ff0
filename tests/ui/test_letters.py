"""Alt and a letter goes to one thing alone, whatever is open: of two it would only go from one to the other."""

from collections import defaultdict

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow, QTabBar, QWidget

from tests.ui.conftest import Desk


def had_twice(window: QMainWindow) -> dict[str, list[str]]:
    """Return the letters that several of a window's menus and of what is to be seen in it have, with their texts."""
    texts = [action.text() for action in window.menuBar().actions()]
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
            texts.append(widget.text())
        elif isinstance(widget, QTabBar):
            texts += [widget.tabText(tab) for tab in range(widget.count())]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        found[QKeySequence.mnemonic(text).toString()].append(text)
    assert "Alt+D" in found  # fields are among them
    return {letter: words for letter, words in found.items() if letter and len(words) > 1}


def test_in_the_main_window(desk: Desk) -> None:
    window = desk.window
    window.parts.area.open_find()
    window.parts.session.panel_action.setChecked(True)
    window.parts.actions.details.setChecked(True)
    window.parts.details.show_page("Worker")
    assert had_twice(window) == {}


@pytest.mark.parametrize("tab", [0, 1])
def test_in_the_compare_window(desk: Desk, tab: int) -> None:
    desk.window.parts.compare.open()
    window = desk.window.parts.compare.window
    assert window is not None
    window.tabs.setCurrentIndex(tab)
    assert had_twice(window) == {}
