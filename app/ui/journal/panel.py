"""The session panel: what is tested, the tester, the time box, the notes, and the steps of a plan."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.session.journal import Journal
from app.ui.flow_layout import FlowField
from app.ui.journal.logic import clock_words
from app.ui.journal.notes import Notes
from app.ui.journal.steps import Steps
from app.ui.theme import Theme
from app.ui.widgets import add_all, plain_label, scrolled

LONGEST = 500  # characters of a charter or a name
_LONGEST_BOX = 24 * 60  # minutes


class Head(QWidget):
    """Charter, tester and time box of the session; the GUI thread only.

    Args:
        journal: keeps them whenever one of them was changed.
        now: the clock, ``perf_counter_ns``.
        origin: the beginning of the session, of the same clock.
        started: the same as a time of day, in words.

    Signals:
        changed: something was changed and kept.
    """

    changed = Signal()

    def __init__(
        self, journal: Journal, now: Callable[[], int], origin: int, started: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._journal = journal
        self._now = now
        self._origin = origin
        self._started = started
        self._kept = ("", "", 0)
        self.charter, self.tester = FlowField(20, self), FlowField(20, self)
        for field in (self.charter, self.tester):
            field.setMaxLength(LONGEST)
            field.editingFinished.connect(self.keep)
        self.box = QSpinBox(self)
        self.box.setRange(0, _LONGEST_BOX)
        self.box.setSpecialValueText("No limit")
        self.box.setSuffix(" min")
        self.box.editingFinished.connect(self.keep)
        self.box.valueChanged.connect(self._on_box)
        self.clock = plain_label("", self, wraps=True)
        # No accessible name: a screen reader would say it instead of the time.
        self.clock.setAccessibleDescription("Time of this session")
        row = add_all(QHBoxLayout(), self.box, (self.clock, 1))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        rows: tuple[tuple[str, str, QWidget, QWidget | QHBoxLayout], ...] = (
            ("What you are testin&g", "What you are testing", self.charter, self.charter),
            ("Your name", "Your name", self.tester, self.tester),
            ("Time &box", "Time box in minutes", self.box, row),
        )
        for words, name, widget, place in rows:
            label = plain_label(words, self, buddy=widget)
            widget.setAccessibleName(name)
            form.addRow(label, place)
        # While it is hidden, or there is no box whose time could run out, nothing ticks.
        self._timer = QTimer(self)
        self._timer.setInterval(1_000)
        self._timer.timeout.connect(self._tick)

    @Slot()
    def keep(self) -> None:
        """Record what the head says, if it was changed."""
        said = (self.charter.text(), self.tester.text(), self.box.value())
        if said != self._kept:
            self._kept = said
            charter, tester, minutes = said
            self._journal.action("session", charter=charter, tester=tester, timebox_s=minutes * 60 or None)
            self.changed.emit()

    @Slot()
    def _on_box(self) -> None:
        self._tick()
        if self.isVisible() and self.box.value():
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _tick(self) -> None:
        elapsed = (self._now() - self._origin) / 1e9
        self.clock.setText(clock_words(self._started, elapsed, self.box.value() * 60 or None))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_box()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)


class SessionPanel(QTabWidget):
    """Everything that a person says about the session: notes on one tab, a plan on the other; the GUI thread only.

    Args:
        journal: keeps it.
        now: the clock, ``perf_counter_ns``.
        origin: the beginning of the session, of the same clock.
        started: the same as a time of day, in words.
        link: returns what a note would be about now; None for nothing in particular.
        theme: the colours of the verdicts.

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
        started: str,
        link: Callable[[], Mapping[str, Any] | None],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("session-panel")
        self.setAccessibleName("Session")
        self.head = Head(journal, now, origin, started, self)
        self.notes = Notes(journal, now, origin, link, self)
        self.steps = Steps(theme, self)
        self.plans = QMenu("Open &plan", self)
        self.open_plan = QPushButton("Open &plan", self)
        self.open_plan.setMenu(self.plans)
        add_all(self.steps.bar, (self.steps.summary, 1), self.open_plan)
        about = QWidget(self)
        add_all(QVBoxLayout(about), self.head, (self.notes, 1))
        self.addTab(scrolled(about, self), "Notes")
        self.addTab(self.steps, "Plan")
        self.notes.said.connect(self.said)
        self.notes.chosen.connect(self.chosen)

    def show_steps(self) -> None:
        """Bring the plan's steps to the front."""
        self.setCurrentWidget(self.steps)

    def focus_page(self) -> None:
        """Put the focus into what is written in, or chosen from, on the tab that is in front."""
        (self.steps.table if self.currentWidget() is self.steps else self.notes.line).setFocus()
