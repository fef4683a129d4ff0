"""The steps of a plan: what to do, what to expect, and what became of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.documents.plan_parts import Step
from app.session.journal import Check, Verdict
from app.ui.display_text import visible
from app.ui.journal.logic import WORDS, next_step, verdict_summary
from app.ui.widgets import TextView, add_all, plain_label

_KEYS = {
    Qt.Key.Key_P: Verdict.PASS,
    Qt.Key.Key_F: Verdict.FAIL,
    Qt.Key.Key_B: Verdict.BLOCKED,
    Qt.Key.Key_S: Verdict.SKIP,
}
_COLUMNS = ("Step", "You", "Program")


class StepTable(QTableWidget):
    """The list of steps: one key each for a verdict while it has the focus.

    Signals:
        judged: a ``Verdict`` for the current step.
    """

    judged = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.setAccessibleName("Steps of the plan")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        verdict = _KEYS.get(Qt.Key(event.key())) if not event.modifiers() else None
        if verdict is not None and self.currentRow() >= 0:
            self.judged.emit(verdict)
            event.accept()
        else:
            super().keyPressEvent(event)


class Steps(QWidget):
    """Shows a plan's steps and takes the person's verdicts; the GUI thread only.

    What the program judged and what the person judged are kept apart, each in a column of its own.

    Signals:
        judged: step (from 0), the ``Verdict`` and the actual result that the person gave.
        carried_out: step (from 0): the program is to do what it can of it.
    """

    judged = Signal(int, object, str)
    carried_out = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ""
        self._steps: tuple[Step, ...] = ()
        self.verdicts: list[Verdict | None] = []
        self.table = StepTable(self)
        self.summary = plain_label("No plan is open.", self)
        self.what = TextView("What to do and what to expect", self, is_code=False)
        self.actual = QLineEdit(self)
        self.actual.setAccessibleName("Actual result")
        self.actual.setPlaceholderText("Actual result")
        self.actual.setMaxLength(100_000)
        self.do = QPushButton("R&un step", self)
        self.do.setToolTip("Let the program do what this step says, and judge what it can")
        self.buttons = {verdict: QPushButton(words, self) for verdict, words in _BUTTONS.items()}
        grid = QGridLayout()
        grid.addWidget(self.do, 0, 0, 1, 2)
        grid.addWidget(self.actual, 0, 2, 1, 2)
        for column, (verdict, button) in enumerate(self.buttons.items()):
            button.setToolTip(f"{WORDS[verdict]} ({str(verdict)[0].upper()} in the list of steps)")
            button.setProperty("verdict", str(verdict))
            button.clicked.connect(self._on_button)
            grid.addWidget(button, 1, column)
        add_all(QVBoxLayout(self), self.summary, (self.table, 3), (self.what, 2), grid, margins=0)
        self.table.judged.connect(self.judge)
        self.table.currentCellChanged.connect(self._on_current)
        self.do.clicked.connect(self._on_do)
        self._on_current()

    def show_plan(self, title: str, steps: Sequence[Step], verdicts: Sequence[Verdict | None] = ()) -> None:
        """Show a plan's steps, at the first that has no verdict yet."""
        self._title = title
        self._steps = tuple(steps)
        self.verdicts = [*verdicts, *[None] * len(steps)][: len(steps)]
        self.table.setRowCount(len(steps))
        for row, step in enumerate(steps):
            for column, text in enumerate((f"{row + 1}. {visible(step.title, 200)}", "", "")):
                self.table.setItem(row, column, QTableWidgetItem(text))
            self._show_verdict(row)
        self.table.setCurrentCell(next_step(self.verdicts, -1) or 0, 0)
        self._sum_up()

    def current(self) -> int | None:
        """Return the step that is open (from 0); None if there is none."""
        row = self.table.currentRow()
        return row if 0 <= row < len(self._steps) else None

    @Slot(object)
    def judge(self, verdict: Verdict) -> None:
        """Give the open step a verdict, and open the next."""
        step = self.current()
        if step is None:
            return
        self.verdicts[step] = verdict
        self._show_verdict(step)
        self._sum_up()
        actual = self.actual.text()
        self.actual.clear()
        self.judged.emit(step, verdict, actual)
        following = next_step(self.verdicts, step)
        if following is not None:
            self.table.setCurrentCell(following, 0)

    def show_checks(self, step: int, verdict: Verdict | None, checks: Sequence[Check], sentence: str = "") -> None:
        """Show what the program judged of a step (from 0)."""
        if step >= len(self._steps):
            return
        item = self._item(step, 2)
        item.setText(WORDS[verdict] if verdict is not None else sentence or "not judged")
        lines = [f"{'✓' if c.passed else '✗'} {c.check}: found {c.found} (expected {c.wanted})" for c in checks]
        item.setData(Qt.ItemDataRole.UserRole, "\n".join([*filter(None, [sentence]), *lines]))
        self._on_current()

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        if item is None:
            raise LookupError(f"no step {row}")
        return item

    def _show_verdict(self, row: int) -> None:
        verdict = self.verdicts[row]
        self._item(row, 1).setText(WORDS[verdict] if verdict is not None else "")

    def _sum_up(self) -> None:
        self.summary.setText(f"{visible(self._title, 100)}: {verdict_summary(self.verdicts)}")

    @Slot()
    def _on_current(self) -> None:
        step = self.current()
        for widget in (self.actual, self.do, *self.buttons.values()):
            widget.setEnabled(step is not None)
        if step is None:
            self.what.setPlainText("")
            return
        shown = self._steps[step]
        self.do.setEnabled(bool(shown.actions))
        judged = self._item(step, 2).data(Qt.ItemDataRole.UserRole) or ""
        parts = [("Do", shown.do), ("Expect", shown.expect), ("The program found", judged)]
        self.what.setPlainText("\n\n".join(f"{word}: {_lines(text)}" for word, text in parts if text))

    @Slot()
    def _on_button(self) -> None:
        self.judge(Verdict(self.sender().property("verdict")))

    @Slot()
    def _on_do(self) -> None:
        step = self.current()
        if step is not None:
            self.carried_out.emit(step)


_BUTTONS = {Verdict.PASS: "Pass", Verdict.FAIL: "Fail", Verdict.BLOCKED: "Blocked", Verdict.SKIP: "Skip"}


def _lines(text: str) -> str:
    """Return a text with its line breaks, and what else cannot be seen as escapes."""
    return "\n".join(visible(line, 4_096) for line in text.split("\n"))
