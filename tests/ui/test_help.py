"""The Help menu: shortcuts made from the actions, the parts in place, diagnostics, about."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QMessageBox, QPushButton

from app import __version__
from app.ui.help import PartsOverlay, environment_text, shortcuts
from app.ui.widgets import TextTable
from tests.ui.conftest import Desk


def opened(desk: Desk) -> QDialog:
    (dialog,) = (one for one in desk.window.findChildren(QDialog) if one.isVisible())
    return dialog


def test_the_shortcuts_are_those_of_the_actions(desk: Desk) -> None:
    actions = desk.window.parts.actions
    rows = shortcuts(desk.window.menuBar())
    assert ("Run", "Start", "F5") in rows
    assert ("File", "Quit", "Ctrl+Q") in rows
    keys = [key for _, _, keys in rows for key in keys.split(", ")]
    assert len(keys) == len(set(keys)), "two actions have the same keys"
    desk.window.parts.help.shortcuts.trigger()
    dialog = opened(desk)
    (table,) = dialog.findChildren(TextTable)
    assert table.texts() == [list(row) for row in rows]
    assert not any("&" in text for row in rows for text in row)
    actions.start.setShortcut("F11")
    assert ("Run", "Start", "F11") in shortcuts(desk.window.menuBar())
    dialog.reject()


def test_the_parts_are_named_in_place_until_escape(desk: Desk) -> None:
    parts = desk.window.parts
    parts.help.tour.trigger()
    (overlay,) = desk.window.findChildren(PartsOverlay)
    assert overlay.hasFocus() or overlay.isVisible()
    texts = [label.text() for _, label in overlay.captions]
    assert [text.split("\n")[0] for text in texts] == ["Getting started", "Workers", "Timeline", "Log"]
    places = [label.geometry() for _, label in overlay.captions]
    assert all(overlay.rect().contains(place) for place in places)
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[:i])
    for widget, label in overlay.captions[1:]:
        part = QRect(widget.mapTo(desk.window, QPoint()), widget.size())
        assert part.intersects(label.geometry())
    desk.window.resize(1024, 700)
    desk.until(lambda: overlay.size() == desk.window.size())
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert not overlay.isVisible()


def test_the_diagnostics_can_be_copied(desk: Desk) -> None:
    desk.window.parts.help.diagnostics.trigger()
    dialog = opened(desk)
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    (copy,) = (button for button in buttons.findChildren(QPushButton) if button.text() == "&Copy")
    copy.click()
    text = QApplication.clipboard().text()
    assert text.startswith(f"Thread Controller {__version__}\n{environment_text()}\n")
    for said in ("switch interval 500 µs", "Window lag: ", f"Settings: {desk.services.settings_path}", "Sessions: ",
                 "Tracebacks: ", "Display: offscreen"):  # fmt: skip
        assert said in text
    dialog.reject()


def test_about_says_what_this_is(desk: Desk) -> None:
    desk.window.parts.help.about.trigger()
    (box,) = (one for one in desk.window.findChildren(QMessageBox) if one.isVisible())
    assert box.text() == f"Thread Controller {__version__}"
    assert environment_text() in box.informativeText()
    box.reject()
