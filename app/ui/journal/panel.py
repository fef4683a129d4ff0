"""The session panel: a dock with the head of the session, its notes, and the steps of a plan."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDockWidget, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.session.journal import Journal
from app.ui.journal.head import Head
from app.ui.journal.notes import Notes
from app.ui.journal.steps import Steps


class SessionPanel(QDockWidget):
    """Everything that a person says about the session; the GUI thread only.

    Args:
        journal: keeps it.
        now: the clock, ``perf_counter_ns``.
        origin: the beginning of the session, of the same clock.
        link: returns what a note would be about now; None for nothing in particular.

    Signals:
        said: a sentence for the person.
        chosen: what a note is about was chosen, an object as in the journal.
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
        super().__init__("Session", parent)
        self.setObjectName("session-panel")
        self.setAccessibleName("Session")
        self.head = Head(journal, now, origin, self)
        self.notes = Notes(journal, now, origin, link, self)
        self.steps = Steps(self)
        self.plans = QMenu("Open &plan", self)
        self.open_plan = QPushButton("Open &plan", self)
        self.open_plan.setMenu(self.plans)
        plan = QWidget(self)
        column = QVBoxLayout(plan)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.open_plan)
        column.addWidget(self.steps, 1)
        parts = QSplitter(Qt.Orientation.Vertical, self)
        parts.addWidget(self.notes)
        parts.addWidget(plan)
        parts.setChildrenCollapsible(False)
        whole = QWidget(self)
        layout = QVBoxLayout(whole)
        layout.addWidget(self.head)
        layout.addWidget(parts, 1)
        self.setWidget(whole)
        self.setMinimumWidth(300)
        self.notes.said.connect(self.said)
        self.notes.chosen.connect(self.chosen)

    @Slot()
    def toggle(self) -> None:
        """Show the panel with the focus in the note's line, or hide it."""
        self.setVisible(self.isHidden())
        if self.isVisible():
            self.notes.line.setFocus()
