"""Every window and dialog fits a screen of 1024 × 700 and cuts no text off: as it comes, and with a 20 pt font."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QSizePolicy, QToolButton, QWidget

from app.core.worker import Worker
from app.documents.plans import plan_paths
from app.documents.settings import DEFAULT_WORKERS
from tests.ui.conftest import Desk

SCREEN = (1024, 700)
LARGE = 20  # points


@pytest.fixture(params=[0, LARGE], ids=["as it comes", "20 pt"])
def points(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[int]:
    """Have the whole program use a font of so many points; 0 for the system's."""
    before = QFont(qapp.font())
    if request.param:
        font = QFont(before)
        font.setPointSize(request.param)
        qapp.setFont(font)
    yield request.param
    qapp.setFont(before)


def cut_off(window: QWidget) -> list[str]:
    """Return the texts in a window that have less room than they need."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        if isinstance(widget, QLabel) and widget.text() and not widget.toolTip():
            if widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored:
                continue  # of what may be any length, the end is elsewhere as well
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            wide = widget.width() >= widget.sizeHint().width() or widget.wordWrap()
            if not wide or widget.height() < needed:
                found.append(f"label {widget.text()!r}: {widget.size().toTuple()} of {widget.sizeHint().toTuple()}")
        elif isinstance(widget, QAbstractButton) and widget.text() and not _is_in_overflow(widget):
            needed_size = widget.minimumSizeHint() if not isinstance(widget, QToolButton) else widget.sizeHint()
            if widget.width() < needed_size.width() or widget.height() < needed_size.height() - 1:
                found.append(f"button {widget.text()!r}: {widget.size().toTuple()} of {needed_size.toTuple()}")
    return found


def _is_in_overflow(button: QAbstractButton) -> bool:
    return button.objectName() == "qt_toolbar_ext_button"


def check(window: QWidget) -> None:
    """Check that a window fits the screen, and that no text in it is cut off."""
    for _ in range(3):  # a splitter learns of a new minimum by an event, and moves by another
        QApplication.processEvents()
    for size in (window.size(), window.minimumSizeHint()):
        assert size.width() <= SCREEN[0], f"{window.windowTitle()} is {size.width()} pixels wide"
        assert size.height() <= SCREEN[1], f"{window.windowTitle()} is {size.height()} pixels high"
    assert "\n".join(cut_off(window)) == ""


def opened(desk: Desk) -> QDialog:
    (dialog,) = (one for one in desk.window.findChildren(QDialog) if one.isVisible())
    return dialog


def test_the_main_window(points: int, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.window.resize(*SCREEN)
    parts = desk.window.parts
    check(desk.window)
    parts.log.zoom.set_points(points)  # whose font is one of fixed width, with a size of its own
    parts.area.open_find()
    check(desk.window)
    parts.area.search.say("Invalid pattern at character 9: a parenthesis that was opened there is not closed.")
    parts.actions.details.setChecked(True)
    for page in ("Stop", "Last run", "Worker", "Record", "Code"):
        parts.details.show_page(page)
        check(desk.window)
    # The log never loses its text column.
    view = parts.log.view
    text = view.horizontalHeader().count() - 1
    shown = view.viewport().width() - view.columnViewportPosition(text)
    assert view.columnWidth(text) == shown > 11 * view.fontMetrics().averageCharWidth()
    assert view.viewport().height() >= view.rowHeight(0)


def test_the_verdict_buttons_are_in_sight_whatever_is_scrolled(points: int, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    desk.window.resize(*SCREEN)
    session = desk.window.parts.session
    session.open_plan(plan_paths()["event-against-flag"])
    steps = session.panel.steps
    for step in range(len(steps.verdicts)):
        check(desk.window)
        for widget in (steps.actual, steps.do, *steps.buttons.values()):
            assert widget.visibleRegion().boundingRect() == widget.rect(), widget.accessibleName()
        steps.table.setCurrentCell(step, 0)


def test_a_font_that_changes_later_cuts_nothing_off(desk: Desk, qapp: QApplication) -> None:
    """The desktop's font is changed while the window is open; nothing was measured once and for all."""
    desk.window.resize(*SCREEN)
    before = QFont(qapp.font())
    figures = desk.window.parts.status.labels
    narrow = [label.minimumWidth() for label in figures]
    try:
        qapp.setFont(QFont(before.family(), LARGE))
        check(desk.window)
        for label, width, widest in zip(
            figures, narrow, ("99 alive", "99 stuck", "recorded, 9,999 behind"), strict=True
        ):
            assert label.minimumWidth() >= label.fontMetrics().horizontalAdvance(widest) > width
    finally:
        qapp.setFont(before)
    check(desk.window)
    assert [label.minimumWidth() for label in figures] == narrow


@pytest.mark.parametrize("name", ["preferences", "shortcuts", "diagnostics", "about"])
def test_the_dialogs_of_the_menus(points: int, make_desk: Callable[..., Desk], name: str) -> None:
    desk = make_desk()
    desk.window.resize(*SCREEN)
    parts = desk.window.parts
    action = parts.actions.preferences if name == "preferences" else getattr(parts.help, name)
    action.trigger()
    dialog = opened(desk)
    check(dialog)
    dialog.reject()


def test_the_dialogs_that_ask(points: int, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk((Worker("A worker with a name", "async-exception"), Worker("B", "async-exception", "native")))
    desk.window.resize(*SCREEN)
    desk.window.parts.workers.start()
    dialog = opened(desk)
    check(dialog)
    dialog.reject()
    stuck = desk.window.parts.closing.dialog
    stuck.show_runs(desk.controller.state.snapshots(()))
    stuck.open()
    check(stuck)
    stuck.reject()


def test_the_windows_beside_it(points: int, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    parts = desk.window.parts
    parts.compare.open()
    window = parts.compare.window
    assert isinstance(window, QWidget)
    window.resize(*SCREEN)
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        check(window)
    parts.sessions.browse()
    browser = parts.sessions.browser
    assert isinstance(browser, QWidget)
    browser.resize(*SCREEN)
    check(browser)
