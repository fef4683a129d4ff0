"""What was noted, judged and run in a session, as tables to choose from."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from app.session.session_summary import SessionSummary
from app.ui.browser.logic import NOTE_TITLES, STEP_TITLES, note_rows, step_table
from app.ui.compare.tables import TextTable


class Place(NamedTuple):
    """Where to go in a session: a time (ns in the sitting), and the number of a line if it is about one."""

    t_ns: int
    line: int | None = None


class ChoiceTable(TextTable):
    """A table whose rows stand for something; chosen by a click, by Enter, or by a double click. The GUI thread only.

    Signals:
        chosen: what the row stands for.
    """

    chosen = Signal(object)

    def __init__(self, headers: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(headers, name, parent)
        self._values: list[object] = []
        self.activated.connect(self._on_chosen)
        self.clicked.connect(self._on_chosen)

    def show_choices(self, rows: Sequence[Sequence[str]], values: Sequence[object]) -> None:
        """Show rows, and remember what each of them stands for; None for what cannot be chosen."""
        self._values = list(values)
        self.show_rows(rows)
        # Once more: the columns were made as wide as their texts, the last one too.
        self.horizontalHeader().setStretchLastSection(True)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        value = self._values[index.row()] if 0 <= index.row() < len(self._values) else None
        if value is not None:
            self.chosen.emit(value)


class SessionPane(QTabWidget):
    """The notes and the steps of a session; the GUI thread only.

    Signals:
        chosen: a ``Place`` that the log is to show.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Session")
        self.notes = ChoiceTable(NOTE_TITLES, "Notes of the session", self)
        self.steps = ChoiceTable(STEP_TITLES, "Steps of the session", self)
        for title, table in (("&Notes", self.notes), ("Ste&ps", self.steps)):
            self.addTab(table, title)
            table.chosen.connect(self.chosen)

    def show_card(self, card: SessionSummary | None) -> None:
        """Show the notes and steps of a session, or nothing."""
        notes, steps = (card.notes, card.steps) if card is not None else ((), ())
        self.notes.show_choices(note_rows(notes), [Place(note.t_ns, note.line) for note in notes])
        judged = [[given for given in (step.by_person, step.by_program) if given] for step in steps]
        places = [Place(max(given.t_ns for given in each)) if each else None for each in judged]
        self.steps.show_choices(step_table(steps), places)
        self.say_count(self.notes, "&Notes", len(notes))
        self.say_count(self.steps, "Ste&ps", len(steps))

    def say_count(self, page: QWidget, title: str, count: int) -> None:
        """Say in a page's title how much is on it."""
        place = self.indexOf(page)
        if place >= 0:
            self.setTabText(place, f"{title} ({count:,})")
