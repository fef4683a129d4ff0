"""A list from which any entries are picked by a tick."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets import plain_label


@dataclass(frozen=True, slots=True)
class Pick:
    """An entry.

    Attributes:
        id: what ``picked`` returns.
        text: what is shown.
        tip: what is said about it.
        picked: whether it is ticked to begin with.
    """

    id: str
    text: str
    tip: str = ""
    picked: bool = True


class PickList(QWidget):
    """A list with ticks, and what picks all or none; Space ticks the current entry. The GUI thread only.

    Args:
        word: what stands above it, with its mnemonic.

    Signals:
        changed: an entry was ticked or unticked, or there are others.
    """

    changed = Signal()

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = word.replace("&", "")
        self._picks: tuple[Pick, ...] = ()
        self._model = QStandardItemModel(0, 1, self)
        self._model.itemChanged.connect(self._on_item)
        self.view = QListView(self)
        self.view.setModel(self._model)
        self.view.setAccessibleName(name)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        label = QLabel(word, self)
        label.setBuddy(self.view)
        self.all = _button("All", f"Pick all: {name}", self)
        self.none = _button("None", f"Pick none: {name}", self)
        self.all.clicked.connect(self._on_all)
        self.none.clicked.connect(self._on_none)
        self.warning = plain_label("", self)
        self.warning.setWordWrap(True)
        self.warning.hide()
        head = QHBoxLayout()
        head.addWidget(label, 1)
        head.addWidget(self.all)
        head.addWidget(self.none)
        self.apply_theme()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.warning)

    def fill(self, picks: Iterable[Pick]) -> None:
        """Show these entries; one that was there before keeps its tick."""
        picks = tuple(picks)
        if picks == self._picks:
            return
        self._picks = picks
        ticks = {item.data(Qt.ItemDataRole.UserRole): item.checkState() for item in self._items()}
        self._model.removeRows(0, self._model.rowCount())
        for pick in picks:
            item = QStandardItem(pick.text)
            item.setCheckable(True)
            item.setEditable(False)
            item.setData(pick.id, Qt.ItemDataRole.UserRole)
            item.setData(pick.tip, Qt.ItemDataRole.AccessibleDescriptionRole)
            usual = Qt.CheckState.Checked if pick.picked else Qt.CheckState.Unchecked
            item.setCheckState(ticks.get(pick.id, usual))
            self._model.appendRow(item)
        self.changed.emit()

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        # The outline of a tick's box is drawn darker than the window, which in dark is not to be seen.
        palette = QGuiApplication.palette()
        if palette.color(QPalette.ColorRole.Base).lightness() < 128:
            palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.PlaceholderText))
        self.view.setPalette(palette)

    def warn(self, text: str) -> None:
        """Show what some entries can do harm to; an empty text takes it away."""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def picked(self) -> tuple[str, ...]:
        """Return the ids of the entries that are ticked, in their order."""
        return tuple(
            item.data(Qt.ItemDataRole.UserRole) for item in self._items() if item.checkState() is Qt.CheckState.Checked
        )

    def pick(self, ids: Iterable[str]) -> None:
        """Tick exactly these entries."""
        wanted = set(ids)
        for item in self._items():
            is_wanted = item.data(Qt.ItemDataRole.UserRole) in wanted
            item.setCheckState(Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked)

    def _items(self) -> list[QStandardItem]:
        return [self._model.item(row) for row in range(self._model.rowCount())]

    @Slot("QStandardItem*")
    def _on_item(self, _item: QStandardItem) -> None:
        self.changed.emit()

    @Slot()
    def _on_all(self) -> None:
        self.pick(item.data(Qt.ItemDataRole.UserRole) for item in self._items())

    @Slot()
    def _on_none(self) -> None:
        self.pick(())


def _button(text: str, name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setAccessibleName(name)
    button.setAutoDefault(False)
    return button


def words_label(parent: QWidget) -> QLabel:
    """Return a label for sentences: plain text, as many lines as it takes, that can be selected and copied."""
    label = plain_label("", parent)
    label.setWordWrap(True)
    flags = Qt.TextInteractionFlag
    label.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return label
