"""The bar below the log: what to find, and how many lines match."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.core.batch import LINES, LOGGED, Kind, RunName
from app.session.search.query import Query
from app.ui.display_text import visible
from app.ui.flow_layout import FlowField, FlowLayout, captioned
from app.ui.widgets import add_all, single_shot

FIND_HINT = "text or pattern"
EXCLUDE_HINT = "lines containing…"
MATCHING_ONLY = "Show matching lines only"
_PAUSE = 150  # ms after the last key until the search begins
_SHORTEST = 8  # characters that a field shows at least
_USUAL_COUNT = 28  # characters of what the count usually says
_LONGEST_NAME = 80  # characters of a worker's name in the list
_KINDS = {
    "lines": frozenset(map(int, LINES)),
    "stderr": frozenset({int(Kind.STDERR)}),
    "logging": frozenset(map(int, LOGGED)),
    "warnings": frozenset(int(kind) for kind in LOGGED if kind >= Kind.LOG_WARNING),
    "states": frozenset({int(Kind.STATE), int(Kind.CHAIN)}),
    "errors": frozenset({int(Kind.ERROR)}),
}
T = TypeVar("T")


class Choice(QComboBox, Generic[T]):
    """One of several values, or any. They are kept here: Qt would change a text with lone surrogates in it."""

    def __init__(self, name: str, characters: int, word: Callable[[T], str]) -> None:
        super().__init__()
        self._word = word
        self._values: list[T] = []
        self.setAccessibleName(name)
        self.setMinimumContentsLength(characters)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.addItem("any")
        self.currentTextChanged.connect(self.setToolTip)  # a long name is cut off

    def value(self) -> T | None:
        """Return the chosen value; None for any."""
        place = self.currentIndex()
        return self._values[place - 1] if place > 0 else None

    def offer(self, values: list[T]) -> None:
        """Offer other values, without a signal; what is chosen stays chosen, or becomes any if it is not there."""
        if values == self._values:
            return
        chosen = self.value()
        with QSignalBlocker(self):
            while self.count() > 1:
                self.removeItem(self.count() - 1)
            self.addItems([self._word(value) for value in values])
            self._values = values
            self.setCurrentIndex(values.index(chosen) + 1 if chosen in values else 0)


class SearchBar(QWidget):
    """What to find, what to exclude, of which worker; the GUI thread only.

    Signals:
        asked: a ``Query``, a moment after the last change; and whether anything was changed, or the bar was only opened.
        narrowed: whether only the matching lines are to be shown.
        find_asked, filter_asked: open the bar, to find lines or to show matching lines only.
        next_asked, previous_asked: go to the next or the previous match.
        around_asked, back_asked: show the lines around the chosen one, or the matching lines alone again.
        back_possible: whether there is a filter to go back to.
        closed: the bar was closed.
    """

    asked = Signal(object, bool)
    narrowed = Signal(bool)
    find_asked = Signal()
    filter_asked = Signal()
    next_asked = Signal()
    previous_asked = Signal()
    around_asked = Signal()
    back_asked = Signal()
    back_possible = Signal(bool)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.include = _field("Find", FIND_HINT, "Find lines that contain this text, or that this pattern fits")
        self.exclude = _field(
            "Exclude", EXCLUDE_HINT, "Leave out lines that contain this text, or that this pattern fits"
        )
        self.case = _switch("Aa", "Match case", "Distinguish upper and lower case")
        self.regex = _switch(".*", "Regular expression", "Use regular expressions")
        self.only_hits = QCheckBox("Onl&y matching")
        self.only_hits.setToolTip(f"{MATCHING_ONLY} (Ctrl+Shift+F)")
        self.worker: Choice[str] = Choice("Worker", 8, lambda name: visible(name, _LONGEST_NAME))
        self.run: Choice[int] = Choice("Run", 3, lambda number: f"#{number}")
        self.kind: Choice[str] = Choice("Kind", 6, str)
        self.kind.offer(list(_KINDS))
        self.count = _Count(self)
        self.previous = _button("▲", "Previous match", "Go to the previous match (Shift+F3)")
        self.next = _button("▼", "Next match", "Go to the next match (F3)")
        self.close_button = _button("✕", "Close the search", "Close the search and show all lines (Esc)")
        self._timer = single_shot(self, self._on_pause, _PAUSE)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        # Where there is no room beside each other, with a large font or beside the details, they take more rows: the log
        # must not become so wide for them that nothing else has room.
        flow = FlowLayout(self, margins=(6, 4, 6, 4))
        # No access keys: menus, the worker's form and the session panel have all letters. Find has Ctrl+F; Tab goes on.
        flow.addWidget(captioned("Find", self.include))
        flow.addWidget(captioned("Exclude", self.exclude))
        flow.addWidget(_together(self.case, self.regex))
        flow.addWidget(self.only_hits)
        flow.addWidget(_together(self.previous, self.next, self.close_button))
        for label, choice in (("Kind", self.kind), ("Worker", self.worker), ("Run", self.run)):
            flow.addWidget(captioned(label, choice))
        flow.addWidget(self.count)

    def _connect(self) -> None:
        for field in (self.include, self.exclude):
            field.textChanged.connect(self._on_edited)
            field.returnPressed.connect(self.next_asked)
        for switch in (self.case, self.regex):
            switch.toggled.connect(self._on_edited)
        for choice in (self.worker, self.run, self.kind):
            choice.currentIndexChanged.connect(self._on_edited)
        self.only_hits.toggled.connect(self.narrowed)
        self.next.clicked.connect(self.next_asked)
        self.previous.clicked.connect(self.previous_asked)
        self.close_button.clicked.connect(self.closed)

    def open(self, *, only_hits: bool) -> None:
        """Show the bar, ready to be typed into, and ask for what stands in it."""
        if only_hits or self.isHidden():
            self.only_hits.setChecked(only_hits)
        self.show()
        self.include.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.include.selectAll()
        self.ask_now()

    def forget(self) -> None:
        """Do not ask for what was typed just now."""
        self._timer.stop()

    def query(self) -> Query:
        """Return what the bar asks for."""
        kind = self.kind.value()
        return Query(
            include=self.include.text(),
            exclude=self.exclude.text(),
            regex=self.regex.isChecked(),
            case=self.case.isChecked(),
            worker=self.worker.value(),
            run=self.run.value(),
            kinds=None if kind is None else _KINDS[kind],
        )

    def offer(self, names: Iterable[RunName]) -> None:
        """Offer these workers and runs; what is chosen stays chosen."""
        known = list(names)
        self.worker.offer(sorted({name.worker for name in known}))
        self.run.offer(sorted({name.number for name in known}))

    def say(self, text: str) -> None:
        """Show how many hits there are, or what is wrong."""
        if text != self.count.text():
            self.count.setText(text)

    @Slot()
    def _on_edited(self) -> None:
        self._timer.start()

    def settle(self) -> None:
        """Ask for what has just been typed, if it has not been asked for yet."""
        if self._timer.isActive():
            self._on_pause()

    def is_waiting(self) -> bool:
        """Return whether something was typed that has not been asked for yet."""
        return self._timer.isActive()

    def ask_now(self) -> None:
        """Ask for what stands in the bar, without waiting for more keys."""
        self._timer.stop()
        self.asked.emit(self.query(), False)

    @Slot()
    def _on_pause(self) -> None:
        self._timer.stop()
        self.asked.emit(self.query(), True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class _Count(QLabel):
    """Says how many lines match, or what is wrong; its room is the same whatever it says, so that the rows stay."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(_USUAL_COUNT * metrics.averageCharWidth(), metrics.height())


def _together(*buttons: QWidget) -> QWidget:
    """Return buttons that stay beside each other."""
    group = QWidget()
    add_all(QHBoxLayout(group), *buttons, margins=0, spacing=4)
    return group


def _field(name: str, hint: str, tip: str) -> QLineEdit:
    field = FlowField(_SHORTEST)
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    field.setToolTip(tip)
    field.setClearButtonEnabled(True)
    for button in field.findChildren(QToolButton):
        button.setAccessibleName(f"Clear {name}")
    field.setMaxLength(10_000)
    return field


def _switch(text: str, name: str, tip: str) -> QToolButton:
    button = _button(text, name, tip)
    button.setCheckable(True)
    return button


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
