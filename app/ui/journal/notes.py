"""Notes: type and Enter."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.session.journal import LONGEST_NOTE, Journal, NoteKind
from app.session.journal_reader import link_words
from app.ui.display_text import session_time, visible
from app.ui.flow_layout import FlowLayout
from app.ui.journal.logic import note_words
from app.ui.widgets import add_all, plain_label


class NoteLine(QLineEdit):
    """A line for a note; knows when typing began.

    Signals:
        given_up: Escape was pressed: what was typed is not wanted.
    """

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.text() or self.property("corrects")):
            self.given_up.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class Notes(QWidget):
    """Takes notes and lists them; the GUI thread only.

    Args:
        journal: keeps them.
        now: the clock, ``perf_counter_ns``.
        origin: the beginning of the session, of the same clock.
        link: returns what a note would be about now; None for nothing in particular.

    Signals:
        said: a sentence for the person.
        chosen: a note's link was chosen, an object as in the journal.
    """

    said = Signal(str)
    chosen = Signal(object)

    def __init__(
        self,
        journal: Journal,
        now: Callable[[], int],
        origin: int,
        link: Callable[[], Mapping[str, Any] | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._now = now
        self._origin = origin
        self._link_now = link
        self._typed: int | None = None
        self._link: Mapping[str, Any] | None = None
        self._corrects: int | None = None
        self._entries: dict[int, dict[str, Any]] = {}
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Kind of note")
        for kind in NoteKind:
            self.kind.addItem(str(kind).capitalize(), kind)
        self.line = NoteLine(self)
        self.line.setAccessibleName("Note")
        self.line.setMaxLength(
            LONGEST_NOTE + 1
        )  # one more than allowed: too long a text is refused, not cut in silence
        self.about = QCheckBox(self)
        self.about.hide()
        self.list = QListWidget(self)
        self.list.setAccessibleName("Notes of this session")
        self.list.setWordWrap(True)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.correct = QAction("&Correct this note…", self)
        self.list.addAction(self.correct)
        self._arrange()
        self.line.textEdited.connect(self._on_typed)
        self.line.returnPressed.connect(self.take)
        self.line.given_up.connect(self._clear)
        self.correct.triggered.connect(self._on_correct)
        self.list.itemActivated.connect(self._on_activated)
        self._clear()

    def _arrange(self) -> None:
        """Put everything in its place."""
        label = plain_label("N&otes", self, buddy=self.line)
        # A choice is called by its label alone: on Linux Qt gives it the name of what is chosen.
        of_kind = plain_label("Kind of note", self, buddy=self.kind)
        kind = QWidget(self)
        add_all(QHBoxLayout(kind), of_kind, self.kind, margins=0)
        head = QWidget(self)
        flow = FlowLayout(head)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        flow.addWidget(label)
        flow.addWidget(kind)
        add_all(QVBoxLayout(self), head, self.line, self.about, (self.list, 1), margins=0)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Stamp the note when typing begins: what the note is about has happened by then."""
        if not text:
            self._typed = None
        elif self._typed is None:
            self._typed = self._now()
            self._link = self._link_now()
            words = link_words(self._link, session_time)
            self.about.setText(f"About {visible(words, 60)}".replace("&", "&&"))
            self.about.setChecked(bool(words))
            self.about.setVisible(bool(words))

    @Slot()
    def take(self) -> None:
        """Keep what was typed as a note; a text that is no good stays, and a sentence says why."""
        text, kind = self.line.text(), self.kind.currentData()
        link = self._link if self.about.isChecked() else None
        typed = self._now() if self._typed is None else self._typed
        try:
            number = self._journal.note(text, kind, typed=typed, link=link, corrects=self._corrects)
        except BadInput as error:
            self.said.emit(str(error))
            return
        entry = {"id": number, "note": text, "kind": str(kind), "typed_ns": typed - self._origin}
        self._show(entry | {"link": link, "corrects": self._corrects})
        self._clear()

    def _show(self, entry: dict[str, Any]) -> None:
        number = entry["id"]
        self._entries[number] = entry
        item = QListWidgetItem(note_words(entry))
        item.setData(Qt.ItemDataRole.UserRole, number)
        self.list.addItem(item)
        self.list.scrollToBottom()
        corrected = entry["corrects"]
        if corrected in self._entries:
            later = [n for n, other in self._entries.items() if other["corrects"] == corrected]
            for row in range(self.list.count()):
                if self.list.item(row).data(Qt.ItemDataRole.UserRole) == corrected:
                    self.list.item(row).setText(note_words(self._entries[corrected], corrected_by=later))

    @Slot()
    def _clear(self) -> None:
        self.line.clear()
        self.line.setProperty("corrects", False)
        self.line.setPlaceholderText("Type a note and press Enter")
        self._typed = self._link = self._corrects = None
        self.about.hide()

    @Slot()
    def _on_correct(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        self._clear()
        self._corrects = item.data(Qt.ItemDataRole.UserRole)
        self.line.setProperty("corrects", True)
        self.line.setPlaceholderText(f"Corrected text of note {self._corrects} (Esc to cancel)")
        self.line.setFocus()

    @Slot(QListWidgetItem)
    def _on_activated(self, item: QListWidgetItem) -> None:
        link = self._entries[item.data(Qt.ItemDataRole.UserRole)]["link"]
        if link is not None:
            self.chosen.emit(link)
