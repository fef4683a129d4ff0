"""The bar below the log in which one says what to find, and sees how many there are."""

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.core.batch import Kind, RunName
from app.session.search.query import Query
from app.ui.plain_label import plain_label

_PAUSE = 150  # ms after the last key until the search begins
_ANY = "any"
_KIND_WORDS = {
    _ANY: None,
    "lines": frozenset({int(Kind.LINE)}),
    "states": frozenset({int(Kind.STATE), int(Kind.CHAIN)}),
    "errors": frozenset({int(Kind.ERROR)}),
}


class SearchBar(QWidget):
    """What to find, what to leave out, whose; the GUI thread only.

    Signals:
        asked: a new ``Query``, a moment after the last change.
        narrowed: whether only the hits are to be shown.
        next_asked, previous_asked: go to the next or the previous hit.
        closed: the bar was closed.
    """

    asked = Signal(object)
    narrowed = Signal(bool)
    next_asked = Signal()
    previous_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.include = _field("Find", "text or pattern to find")
        self.exclude = _field("Without", "leave out what has this")
        self.case = _switch("Aa", "Match case", "Tell upper and lower case apart")
        self.regex = _switch(".*", "Regular expression", "Take what is typed as regular expressions")
        self.only_hits = QCheckBox("&Only hits")
        self.only_hits.setToolTip("Show the hits alone (Ctrl+Shift+F)")
        self.worker = _choice("Worker", 14)
        self.run = _choice("Run", 5)
        self.kind = _choice("Kind", 6)
        self.kind.addItems(list(_KIND_WORDS)[1:])
        self.count = plain_label("", self)
        self.count.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.previous = _button("▲", "Previous hit", "Go to the previous hit (Shift+F3)")
        self.next = _button("▼", "Next hit", "Go to the next hit (F3)")
        self.close_button = _button("✕", "Close the search", "Close the search and show all lines (Esc)")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self.ask_now)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for label, field in (("&Find", self.include), ("Wit&hout", self.exclude)):
            caption = QLabel(label)
            caption.setBuddy(field)
            first.addWidget(caption)
            first.addWidget(field, 1)
        for widget in (self.case, self.regex, self.only_hits, self.previous, self.next, self.close_button):
            first.addWidget(widget)
        for label, choice in (("Wor&ker", self.worker), ("R&un", self.run), ("K&ind", self.kind)):
            caption = QLabel(label)
            caption.setBuddy(choice)
            second.addWidget(caption)
            second.addWidget(choice)
        second.addWidget(self.count, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(first)
        layout.addLayout(second)

    def _connect(self) -> None:
        for field in (self.include, self.exclude):
            field.textChanged.connect(self._on_edited)
            field.returnPressed.connect(self._on_return)
        for switch in (self.case, self.regex):
            switch.toggled.connect(self._on_edited)
        for choice in (self.worker, self.run, self.kind):
            choice.currentIndexChanged.connect(self._on_edited)
        self.only_hits.toggled.connect(self.narrowed)
        self.next.clicked.connect(self.next_asked)
        self.previous.clicked.connect(self.previous_asked)
        self.close_button.clicked.connect(self.closed)

    def open(self, *, only_hits: bool) -> None:
        """Show the bar, ready to be typed into."""
        self.show()
        if only_hits:
            self.only_hits.setChecked(True)
        self.include.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.include.selectAll()

    def query(self) -> Query:
        """Return what the bar asks for."""
        run = self.run.currentData()
        return Query(
            include=self.include.text(),
            exclude=self.exclude.text(),
            regex=self.regex.isChecked(),
            case=self.case.isChecked(),
            worker=self.worker.currentData(),
            run=run,
            kinds=_KIND_WORDS[self.kind.currentText()],
        )

    def offer(self, names: Iterable[RunName]) -> None:
        """Offer these workers and runs; what is chosen stays chosen."""
        known = list(names)
        _refill(self.worker, sorted({name.worker for name in known}), str)
        _refill(self.run, sorted({name.number for name in known}), lambda number: f"#{number}")

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show how many hits there are, or what is wrong."""
        self.count.setText(text)
        # A sign as well as a colour; the fields keep what was typed.
        self.include.setProperty("wrong", wrong)
        self.count.setProperty("wrong", wrong)

    @Slot()
    def _on_edited(self) -> None:
        self._timer.start()

    @Slot()
    def ask_now(self) -> None:
        """Ask for what stands in the bar, without waiting for more keys."""
        self._timer.stop()
        self.asked.emit(self.query())

    @Slot()
    def _on_return(self) -> None:
        if self._timer.isActive():
            self.ask_now()
        else:
            self.next_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


def _field(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    field.setClearButtonEnabled(True)
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


def _choice(name: str, characters: int) -> QComboBox:
    choice = QComboBox()
    choice.setAccessibleName(name)
    choice.setMinimumContentsLength(characters)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.addItem(_ANY, None)
    return choice


def _refill(choice: QComboBox, values: list, word) -> None:  # type: ignore[no-untyped-def, type-arg]
    """Offer other values, without telling anybody."""
    if [choice.itemData(place) for place in range(1, choice.count())] == values:
        return
    chosen = choice.currentData()
    with QSignalBlocker(choice):
        while choice.count() > 1:
            choice.removeItem(choice.count() - 1)
        for value in values:
            choice.addItem(word(value), value)
        place = choice.findData(chosen) if chosen is not None else 0
        choice.setCurrentIndex(max(0, place))
