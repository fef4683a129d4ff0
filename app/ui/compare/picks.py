"""A list from which entries are picked."""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPalette, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from app.ui.compare.parts import new_button, show_text
from app.ui.widgets import add_all, plain_label

_LEAST_ROWS = 4  # of a list that are to be seen, however small the screen


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


class _PickView(QListView):
    """A list that is as small as may be where there is no room: what is around it is not scrolled then."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(140, self.fontMetrics().lineSpacing() * _LEAST_ROWS + 8)


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
        self._model.itemChanged.connect(self.changed)
        self.view = _PickView(self)
        self.view.setModel(self._model)
        self.view.setAccessibleName(name)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        label = plain_label(word, self, buddy=self.view)
        self.all = new_button("All", f"Pick all: {name}", self)
        self.none = new_button("None", f"Pick none: {name}", self)
        self.all.clicked.connect(self._on_all)
        self.none.clicked.connect(self._on_none)
        self.warning = plain_label("", self, wraps=True)
        self.warning.hide()
        head = add_all(QHBoxLayout(), (label, 1), self.all, self.none)
        self.apply_theme()
        add_all(QVBoxLayout(self), head, (self.view, 1), self.warning, margins=0, spacing=2)

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
            item.setToolTip(f"<p>{html.escape(f'{pick.text}: {pick.tip}')}</p>")
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
        show_text(self.warning, text)

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

    @Slot()
    def _on_all(self) -> None:
        self.pick(item.data(Qt.ItemDataRole.UserRole) for item in self._items())

    @Slot()
    def _on_none(self) -> None:
        self.pick(())
