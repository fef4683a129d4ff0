"""The Help menu: getting started, keyboard shortcuts, the parts of the window in place, diagnostics, about."""

import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import PySide6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QMainWindow,
    QMenu,
    QMenuBar,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app import __version__
from app.core.interpreter import gil_is_enabled
from app.core.latency import duration
from app.ui.widgets import TextTable, TextView, add_all, new_action, plain_label

if TYPE_CHECKING:
    from app.ui.why_dialog import WhyDialog

SLOGAN = "Start threads, ask them to stop, and see exactly when each one noticed."
DISMISS_HINT = "Click anywhere or press Escape to close this."
_SHADE = 150  # of 255: how dark the window is behind the names of its parts
_CAPTION = (420, 8)  # most pixels that a caption is wide, and its margin


# -- keyboard shortcuts ------------------------------------------------------------------------------------------------


def shortcuts(bar: QMenuBar) -> list[tuple[str, str, str]]:
    """Return the menu, the action and the keys of each action in the menus that has keys, in their order.

    An action that is in two menus is listed with the first.
    """
    menus: dict[QAction, str] = {}
    for menu, action in _actions(bar.actions(), ""):
        menus.setdefault(action, menu)
    return [
        (
            menu,
            _plain(action.text()),
            ", ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in found),
        )
        for action, menu in menus.items()
        if (found := action.shortcuts())
    ]


def _actions(actions: Sequence[QAction], path: str) -> Iterator[tuple[str, QAction]]:
    for action in actions:
        menu = action.menu()
        if isinstance(menu, QMenu):
            title = _plain(menu.title())
            yield from _actions(menu.actions(), f"{path} ▸ {title}" if path else title)
        elif not action.isSeparator():
            yield path, action


def _plain(text: str) -> str:
    """Return an action's text as it is seen: without the mark of its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


# -- diagnostics -------------------------------------------------------------------------------------------------------


def environment_text() -> str:
    """Return the parts of the environment that affect latencies, a line each."""
    return "\n".join(
        (
            f"Python {platform.python_version()}, {'with the GIL' if gil_is_enabled() else 'free-threaded'}",
            f"PySide6 {PySide6.__version__}, Qt {qVersion()}",
            f"{platform.system()} {platform.release()}, {os.cpu_count()} processors",
            f"switch interval {duration(sys.getswitchinterval() * 1e9)}",
        )
    )


def display_text(widget: QWidget) -> str:
    """Return what is known of the screen that a widget is on, a line each."""
    screen, font = widget.screen(), widget.font()
    size = f"{screen.size().width()} × {screen.size().height()} at scale {widget.devicePixelRatioF():g}"
    scheme = QGuiApplication.styleHints().colorScheme().name.lower()
    return "\n".join(
        (
            f"Display: {QGuiApplication.platformName()}, {size}, {screen.refreshRate():.0f} Hz",
            f"Window: {widget.width()} × {widget.height()}",
            f"Font: {font.family()}, {font.pointSizeF():g} pt",
            f"Style: {QApplication.style().objectName()}, {scheme}",
        )
    )


# -- the parts in place ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartCaption:
    """What a part of the window is called, what it is for, and where it is."""

    title: str
    sentence: str
    widget: QWidget


class PartsOverlay(QWidget):
    """Names the parts of the window in their places, over it, until a click or Escape; the GUI thread only.

    Args:
        parts: those that are seen are named.
        parent: the window that it covers.
    """

    def __init__(self, parts: Sequence[PartCaption], parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAccessibleName("What am I looking at?")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoFillBackground(True)
        shade = self.palette()
        shade.setColor(QPalette.ColorRole.Window, QColor(0, 0, 0, _SHADE))
        self.setPalette(shade)
        self.captions: list[tuple[QWidget, QLabel]] = []
        for part in parts:
            if part.widget.isVisible():
                self.captions.append((part.widget, self._caption(f"{part.title}\n{part.sentence}")))
        self.hint = self._caption(DISMISS_HINT)
        parent.installEventFilter(self)
        self._arrange()
        self.show()
        self.raise_()
        self.setFocus()

    def _caption(self, text: str) -> QLabel:
        label = plain_label(text, self, wraps=True)
        label.setFrameShape(QFrame.Shape.StyledPanel)
        label.setAutoFillBackground(True)
        colours = label.palette()
        colours.setColor(QPalette.ColorRole.Window, QApplication.palette().color(QPalette.ColorRole.ToolTipBase))
        colours.setColor(QPalette.ColorRole.WindowText, QApplication.palette().color(QPalette.ColorRole.ToolTipText))
        label.setPalette(colours)
        label.setMargin(_CAPTION[1])
        return label

    def _arrange(self) -> None:
        """Cover the window, and put each caption into the middle of its part, none over another."""
        self.setGeometry(self._covered.rect())
        taken: list[QRect] = []
        for widget, label in self.captions:
            place = QRect(widget.mapTo(self._covered, QPoint()), widget.size())
            taken.append(_free_place(label, place, self.rect(), taken))
            label.setGeometry(taken[-1])
        bottom = QRect(0, self.height() - 40, self.width(), 40)
        self.hint.setGeometry(_free_place(self.hint, bottom, self.rect(), taken))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._end()

    def _end(self) -> None:
        self._covered.removeEventFilter(self)
        self.hide()
        self.deleteLater()


def _free_place(label: QLabel, part: QRect, whole: QRect, taken: Sequence[QRect]) -> QRect:
    """Return where a caption stands: in the middle of its part, within the window, below what is there already."""
    width = min(_CAPTION[0], whole.width(), label.sizeHint().width() if not label.wordWrap() else _CAPTION[0])
    place = QRect(0, 0, width, label.heightForWidth(width))
    place.moveCenter(part.center())
    place.moveLeft(max(0, min(place.left(), whole.right() - place.width())))
    place.moveTop(max(0, min(place.top(), whole.bottom() - place.height())))
    while overlapped := [other for other in taken if other.intersects(place)]:
        place.moveTop(max(other.bottom() for other in overlapped) + 4)
    return place


# -- the menu ----------------------------------------------------------------------------------------------------------


class Help(QObject):
    """Fills the Help menu and shows what is chosen in it; the GUI thread only.

    Args:
        menu: gets the actions.
        diagnostics: returns further lines about this program: paths, what is recorded.
        parts: returns what the parts of the window are called.
        parent: of the dialogs.

    Signals:
        getting_started_asked: the line above the workers is wanted again.
    """

    getting_started_asked = Signal()

    def __init__(
        self,
        menu: QMenu,
        diagnostics: Callable[[], str],
        parts: Callable[[], Sequence[PartCaption]],
        parent: QMainWindow,
    ) -> None:
        super().__init__(parent)
        self._parent = parent
        self._diagnostics = diagnostics
        self._parts = parts
        new = new_action
        self.getting_started = new(
            self, "&Getting started", None, "Say above the workers what to press", self.getting_started_asked
        )
        self.shortcuts = new(self, "&Keyboard shortcuts", "Ctrl+F1", "All keys, by menu", self.show_shortcuts)
        self.tour = new(self, "&What am I looking at?", "F1", "Name the parts of the window in place", self.show_parts)
        self.diagnostics = new(
            self, "&Diagnostics", None, "Versions, paths and settings, to copy", self.show_diagnostics
        )
        self.why = new(
            self,
            "Why is it still &running?…",
            None,
            "Another Python program's threads, and a verdict each",
            self.show_why,
        )
        self._why_dialog: WhyDialog | None = None
        self.about = new(self, "&About Thread Controller", None, "Version and environment", self.show_about)
        menu.addActions([self.getting_started, self.shortcuts, self.tour])
        menu.addSeparator()
        menu.addAction(self.why)
        menu.addSeparator()
        menu.addActions([self.diagnostics, self.about])

    def diagnostics_text(self) -> str:
        """Return what a report of a problem should have."""
        return f"Thread Controller {__version__}\n{environment_text()}\n{display_text(self._parent)}\n{self._diagnostics()}"

    @Slot()
    def show_shortcuts(self) -> None:
        """Show all keys; returns at once."""
        dialog = _dialog("Keyboard shortcuts", self._parent)
        table = TextTable(("Menu", "Action", "Keys"), "Keyboard shortcuts", dialog)
        table.show_rows(shortcuts(self._parent.menuBar()))
        _finish(dialog, table)

    @Slot()
    def show_diagnostics(self) -> None:
        """Show versions, paths and settings, with a button that copies them; returns at once."""
        dialog = _dialog("Diagnostics", self._parent)
        text = TextView("Diagnostics", dialog)
        text.read(self.diagnostics_text())
        buttons = _finish(dialog, text)
        copy = buttons.addButton("&Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._on_copy)

    @Slot()
    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self.diagnostics_text())

    @Slot()
    def show_parts(self) -> None:
        """Name the parts of the window in their places, until a click."""
        PartsOverlay(self._parts(), self._parent)

    @Slot()
    def show_why(self) -> None:
        """Show the Python programs of this machine, and why the threads of one still run; returns at once."""
        if self._why_dialog is None:
            # Imported when it is first asked for: the first window needs nothing of it.
            from app.ui.why_dialog import WhyDialog

            self._why_dialog = WhyDialog(self._parent)
            self._why_dialog.closed.connect(self._on_why_closed)
        self._why_dialog.show()
        self._why_dialog.raise_()
        self._why_dialog.activateWindow()

    @Slot()
    def _on_why_closed(self) -> None:
        self._why_dialog = None

    def shutdown(self) -> None:
        """End what a dialog reads."""
        if self._why_dialog is not None:
            self._why_dialog.close()

    @Slot()
    def show_about(self) -> None:
        """Show what this program is; returns at once."""
        box = QMessageBox(self._parent)
        box.setWindowTitle("About Thread Controller")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Thread Controller {__version__}")
        box.setInformativeText(f"{SLOGAN}\n\n{environment_text()}")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


def _dialog(title: str, parent: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    available = parent.screen().availableSize()
    dialog.resize(min(640, available.width() - 40), min(480, available.height() - 80))
    return dialog


def _finish(dialog: QDialog, content: QWidget) -> QDialogButtonBox:
    """Put content and a Close button into a dialog and open it; return the buttons."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    add_all(QVBoxLayout(dialog), (content, 1), buttons)
    dialog.open()
    content.setFocus()
    return buttons
