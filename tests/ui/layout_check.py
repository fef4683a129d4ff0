"""Looks at every window and dialog, and finds the texts in them that have less room than they need."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QAction, QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QWidget,
)

from app.core.worker import Worker
from app.documents.plans import plan_paths
from app.session.folder import UNEXPECTED_ENDS
from app.session.schema import ENDING
from app.ui.browser.window import SessionBrowser
from app.ui.compare.window import CompareWindow
from app.ui.getting_started import LESSON
from app.ui.main_window import MainWindow
from app.ui.timeline.filter_popup import FilterPopup
from app.ui.widgets import InfoBar
from app.ui.workers.consent import Agreed, find_risks
from tests.session.stories import record, usual
from tests.ui.browser.conftest import select_rows

SCREEN = (1024, 700)
LARGE = 20  # points
RISKY = (Worker("A worker with a name", "async-exception"), Worker("B", "async-exception", "native"))

SEEN = (
    "You asked for a stop: “Event, waited on” noticed after 5.72 ms, “Flag” after 316 ms and “Event, polled” after 317 ms. "
    + LESSON
)

Look = Callable[[str, QWidget], None]


@contextmanager
def font_of(points: int) -> Iterator[None]:
    """Have the whole program use a font of so many points; 0 for the system's."""
    before = QFont(QApplication.font())
    if points:
        font = QFont(before)
        font.setPointSize(points)
        QApplication.setFont(font)
    try:
        yield
    finally:
        QApplication.setFont(before)


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
        elif not isinstance(widget, QComboBox | QLineEdit) or isinstance(
            widget.parentWidget(), QAbstractSpinBox | QComboBox
        ):
            continue
        elif widget.height() < widget.minimumSizeHint().height():
            found.append(f"field {widget.accessibleName()!r}: {widget.height()} of {widget.minimumSizeHint().height()}")
        seen = widget.visibleRegion().boundingRect()
        if seen != widget.rect() and not _is_scrolled(widget) and not _is_in_overflow(widget):
            found.append(f"{type(widget).__name__} {_words(widget)!r}: only {seen} of {widget.rect()} is seen")
    return found


def _words(widget: QWidget) -> str:
    return widget.accessibleName() or getattr(widget, "text", str)()


def _is_scrolled(widget: QWidget) -> bool:
    """Return whether a widget is in something that scrolls, or is a part of it."""
    above = widget.parentWidget()
    while above is not None and not above.isWindow():
        if isinstance(above, QAbstractScrollArea | QTabBar):
            return True
        above = above.parentWidget()
    return False


def _is_in_overflow(button: QWidget) -> bool:
    return button.objectName() == "qt_toolbar_ext_button"


def troubles(window: QWidget) -> list[str]:
    """Return what is wrong with a window: that it does not fit the screen, and the texts in it that are cut off."""
    for _ in range(3):  # a splitter learns of a new minimum by an event, and moves by another
        QApplication.processEvents()
    too_large = [
        f"{what} is {size.width()} × {size.height()}"
        for what, size in (("the window", window.size()), ("its smallest size", window.minimumSizeHint()))
        if size.width() > SCREEN[0] or size.height() > SCREEN[1]
    ]
    return too_large + cut_off(window)


def make_sessions(folder: Path) -> list[Path]:
    """Return two sessions in a folder."""
    for _ in range(2):
        record(folder, usual)
    return sorted(folder.glob(f"*{ENDING}"))


class Tour:
    """Opens one window or dialog after the other, and has each looked at.

    Args:
        window: filled, and shown.
        look: is given what is looked at, in words, and the window.
    """

    def __init__(self, window: MainWindow, look: Look) -> None:
        self.window, self.parts, self._look = window, window.parts, look

    def main_window(self, points: int) -> None:
        """Look at the main window as it comes, with all that can be opened in it, and with what it may have to say."""
        window, parts, look = self.window, self.parts, self._look
        window.resize(*SCREEN)
        look("as it comes", window)
        parts.log.zoom.set_points(points)  # whose font is one of fixed width, with a size of its own
        parts.area.open_find()
        look("find", window)
        parts.area.search.say("Invalid pattern at character 9: a parenthesis that was opened there is not closed.")
        parts.actions.details.setChecked(True)
        for page in ("Stop", "Last run", "Worker", "Record", "Code"):
            parts.details.show_page(page)
            look(f"find and details, {page}", window)
        parts.area.search.say("12 of 3,456, searching: 56 %")
        parts.getting_started.label.setText(SEEN)
        look("find and details after a stop", window)
        parts.area.close_search()
        parts.session.panel_action.setChecked(True)
        look("session, Notes", window)
        parts.workers.say("'A worker with a name' is running; stop it before you remove it.")
        window.show_progress("3 threads are still running: Event, polled #1, Flag #1 and Event, waited on #1.")
        look("closing", window)
        window.show_progress("")
        parts.workers.say("")
        offer = InfoBar(UNEXPECTED_ENDS.format(2), "&Open session", window)
        window.add_offer(offer)
        look("an offer", window)
        offer.hide()

    def plan(self) -> None:
        """Look at a plan, in place of the workers that are there."""
        self.parts.session.plans.open_plan(plan_paths()["event-against-flag"])
        for box in self.window.findChildren(QMessageBox):
            if box.isVisible():
                self._look("Replace or add?", box)
                next(button for button in box.buttons() if "Replace" in button.text()).click()
        steps = self.parts.session.panel.steps
        for step in range(len(steps.verdicts)):
            steps.table.setCurrentCell(step, 0)
            self._look(f"plan, step {step + 1}", self.window)
            for widget in (steps.actual, steps.do, *steps.buttons.values()):
                shown = widget.visibleRegion().boundingRect()
                assert shown == widget.rect(), f"{widget.accessibleName()}: {shown} of {widget.rect()}"

    def dialogs(self) -> None:
        """Look at each dialog of the menus, and at those that ask."""
        parts = self.parts
        for name, action in (
            ("Preferences", parts.actions.preferences),
            ("Keyboard shortcuts", parts.help.shortcuts),
            ("Diagnostics", parts.help.diagnostics),
            ("About", parts.help.about),
            ("Go to", _action(self.window, "Go to…")),
            ("Highlight rules", _action(self.window, "Highlight rules…")),
            ("Time range", _action(self.window, "Set time range…")),
        ):
            action.trigger()
            self._look_and_close(name)
        parts.workers.consent_dialog.ask(find_risks(RISKY, parts.workers.rows.catalogue, Agreed()), list)
        self._look_and_close("Consent")
        parts.threads.open_program(Path(__file__))
        self._look_and_close("Observe program")
        parts.threads.ask_dropped(Path(__file__))
        self._look_and_close("A file is dropped")
        stuck = parts.closing.dialog
        stuck.show_runs([])
        stuck.open()
        self._look_and_close("Stuck threads")
        for popup in self.window.findChildren(FilterPopup):
            popup.show()
            self._look("timeline filter", popup)
            popup.hide()

    def _look_and_close(self, name: str) -> None:
        (dialog,) = (one for one in self.window.findChildren(QDialog) if one.isVisible())
        self._look(name, dialog)
        dialog.reject()

    def other_windows(self, sessions: list[Path]) -> None:
        """Look at the windows that stand beside the main window."""
        parts = self.parts
        parts.compare.open()
        compare = parts.compare.window
        assert isinstance(compare, CompareWindow)
        compare.resize(*SCREEN)
        for tab in range(compare.tabs.count()):
            compare.tabs.setCurrentIndex(tab)
            self._look(f"compare, {compare.tabs.tabText(tab)}", compare)
        compare.close()
        parts.sessions.browse()
        browser = parts.sessions.browser
        assert isinstance(browser, SessionBrowser)
        browser.resize(*SCREEN)
        _until(lambda: browser.table.model().rowCount() >= len(sessions), "the sessions")
        select_rows(browser.table, 0, 1)
        self._look("sessions", browser)
        browser.delete_action.trigger()
        (question,) = (box for box in browser.findChildren(QMessageBox) if box.isVisible())
        self._look("delete sessions?", question)
        question.reject()
        browser.compare_action.trigger()
        _until(lambda: browser.session_actions.comparisons, "the comparison")
        self._look("two sessions compared", browser.session_actions.comparisons[0])
        browser.close()
        for path in sessions[:1]:
            parts.sessions.open(path)
            session = parts.sessions.windows[-1]
            assert isinstance(session, QWidget)
            session.resize(*SCREEN)
            self._look("a session", session)
            session.close()


def _until(true: Callable[[], object], what: str) -> None:
    """Let the windows live until something is true."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, f"waited for {what}"
        QTest.qWait(10)


def _action(window: MainWindow, text: str) -> QAction:
    """Return the action of the menus with this text."""
    found = (action for menu in window.menuBar().actions() for action in menu.menu().actions())
    return next(action for action in found if action.text().replace("&", "") == text)
