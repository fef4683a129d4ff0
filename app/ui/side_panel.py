"""The place beside the log: details and session, as tabs of one place, so that the log keeps its width."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

LEAST_WIDTH = 260  # pixels


class SidePanel(QTabWidget):
    """Tabs that are opened and closed one by one; hidden while none is open; the GUI thread only.

    Signals:
        opening: it is shown, because the first page was opened.
        closing: it is hidden, because the last page was closed; it has its width still.
    """

    opening = Signal()
    closing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Beside the log")
        self.setDocumentMode(True)
        self.setTabsClosable(True)
        self.setMinimumWidth(LEAST_WIDTH)
        self._actions: dict[QWidget, QAction] = {}
        self._closed_behind: QWidget | None = None  # the page that was closed last, if it was not in front
        self.tabCloseRequested.connect(self._on_close)
        self.hide()

    def add_page(self, page: QWidget, title: str, action: QAction) -> None:
        """Add a page that is closed, and have a checkable action open and close it.

        The action that is triggered while its page is behind another brings it to the front.
        """
        self._actions[page] = action
        place = self.addTab(page, title)
        for side in (QTabBar.ButtonPosition.LeftSide, QTabBar.ButtonPosition.RightSide):
            button = self.tabBar().tabButton(place, side)
            if button is not None:
                button.setAccessibleName(f"Close {title}")
                button.setToolTip(f"Close {title}")
        self.setTabVisible(place, False)
        action.toggled.connect(partial(self._set_open, page))
        action.triggered.connect(partial(self._on_triggered, page))

    def is_open(self, page: QWidget) -> bool:
        """Return whether a page is open, in front or behind another."""
        return self.isTabVisible(self.indexOf(page))

    def _set_open(self, page: QWidget, is_open: bool) -> None:
        place = self.indexOf(page)
        others = [other for other in self._actions if other is not page and self.is_open(other)]
        self._closed_behind = page if not is_open and self.currentWidget() is not page else None
        if not others and not is_open:
            self.closing.emit()
        self.setTabVisible(place, is_open)
        if is_open:
            self.setCurrentIndex(place)
        elif others and self.currentWidget() is page:
            self.setCurrentWidget(others[0])
        if is_open and self.isHidden():
            self.show()
            self.opening.emit()
        self.setHidden(not is_open and not others)

    def _on_triggered(self, page: QWidget) -> None:
        if not self.is_open(page) and self._closed_behind is page:
            self._actions[page].setChecked(True)

    @Slot(int)
    def _on_close(self, place: int) -> None:
        page = self.widget(place)
        if page is not None:
            self._actions[page].setChecked(False)
