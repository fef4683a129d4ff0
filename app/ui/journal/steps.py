"""The steps of a plan: what to do, what to expect, and what became of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.documents.plan_parts import Step
from app.session.journal import Check, Verdict, check_words
from app.session.journal_reader import Step as JudgedStep
from app.ui.display_text import visible
from app.ui.flow_layout import FlowField, FlowLayout, captioned
from app.ui.journal.logic import ABOUT_PLANS, SIGNS, WORDS, marked, next_step, plan_end, verdict_summary
from app.ui.theme import Theme
from app.ui.widgets import InfoBar, TextView, add_all, plain_label, scrolled

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
        self.setWordWrap(False)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        for column in range(len(_COLUMNS)):
            mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
            self.horizontalHeader().setSectionResizeMode(column, mode)

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

    Args:
        theme: the colours of the verdicts.

    Signals:
        judged: step (from 0), the ``Verdict`` and the actual result that the person gave.
        changed: step (from 0), its verdict before and its verdict now, None for none: right after ``judged``.
        described: the same as ``judged``, once the actual result of a step was changed that has its verdict already, or
            its verdict was undone or done again; None for no verdict.
        carried_out: step (from 0): the program is to do what it can of it.
        report_asked: the report of the session is to be saved.

    Attributes:
        bar: the layout at the top, into which the panel puts the summary and what opens a plan.
    """

    judged = Signal(int, object, str)
    changed = Signal(int, object, object)
    described = Signal(int, object, str)
    carried_out = Signal(int)
    report_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._steps: tuple[Step, ...] = ()
        self.verdicts: list[Verdict | None] = []
        self._by_program: list[Verdict | None] = []
        self._actual: list[str] = []  # what stands in the field when a step is open
        self._recorded: list[str] = []  # what of it is in the session
        self.table = StepTable(self)
        self.summary = plain_label(ABOUT_PLANS, self, wraps=True)
        self.end = InfoBar("", "Save report…", self)
        self.end.hide()
        self.what = TextView("What to do and what to expect", self, is_code=False)
        self.actual = FlowField(20, self)
        self.actual.setAccessibleName("Actual result")
        self.actual.setPlaceholderText("What happened; can be changed after the verdict")
        self.actual.setMaxLength(100_000)
        self.do = QPushButton("R&un step", self)
        self.do.setToolTip("Let the program do what this step says, and judge what it can")
        self.buttons = {verdict: QPushButton(f"{SIGNS[verdict]} {words}", self) for verdict, words in _BUTTONS.items()}
        self._arrange()
        self.table.judged.connect(self.judge)
        self.table.currentCellChanged.connect(self._on_current)
        self.actual.editingFinished.connect(self.keep)
        self.do.clicked.connect(self._on_do)
        self.end.accepted.connect(self.report_asked)
        theme.changed.connect(self.apply_theme)
        self._on_current()

    def _arrange(self) -> None:
        """Put everything in its place; without a plan there is only what is said of plans."""
        # Both fit the window at its smallest; what they hold is scrolled.
        for part, lines in ((self.table, 4), (self.what, 3)):
            part.setMinimumHeight(lines * (self.fontMetrics().height() + 4))
        self._of_plan = QWidget(self)
        add_all(QVBoxLayout(self._of_plan), (self.table, 3), (self.what, 2), margins=0, spacing=4)
        self.bar = QHBoxLayout()
        page = QWidget(self)
        add_all(QVBoxLayout(page), self.end, self.bar, (self._of_plan, 1)).addStretch()
        # The verdict is below what is scrolled: it is in sight on the smallest screen.
        self._answer = QWidget(self)
        flow = FlowLayout(self._answer, margins=(6, 0, 6, 6))
        flow.addWidget(captioned("A&ctual result", self.actual))
        flow.addWidget(self.do)
        for verdict, button in self.buttons.items():
            button.setAccessibleName(_BUTTONS[verdict])
            button.setToolTip(f"{WORDS[verdict]} ({str(verdict)[0].upper()} in the list of steps)")
            button.setProperty("verdict", str(verdict))
            button.clicked.connect(self._on_button)
            flow.addWidget(button)
        self._of_plan.hide()
        self._answer.hide()
        above = scrolled(page, self)
        above.setMinimumHeight(self.fontMetrics().height())  # on a small screen; Qt would keep room for its arrows
        add_all(QVBoxLayout(self), (above, 1), self._answer, margins=0, spacing=4)

    def show_plan(self, title: str, steps: Sequence[Step], judged: Sequence[JudgedStep] = ()) -> None:
        """Show a plan's steps, at the first that has no verdict yet.

        Args:
            title: the plan's.
            steps: in their order.
            judged: the steps as an earlier session recorded them, if it is resumed: verdicts and actual results.
        """
        self._title = title
        self._steps = ()  # while the rows are made no step is open
        before = {step.number: step for step in judged}
        given = [before[number].by_person if number in before else None for number in range(1, len(steps) + 1)]
        self.verdicts = [each.verdict if each else None for each in given]
        self._by_program = [None] * len(steps)
        self._actual = [each.actual if each else "" for each in given]
        self._recorded = list(self._actual)
        self.table.setRowCount(0)
        self.table.setRowCount(len(steps))
        for row, step in enumerate(steps):
            for column, text in enumerate((f"{row + 1}. {visible(step.title, 200)}", "", "")):
                item = QTableWidgetItem(text)
                item.setToolTip(text)  # a long title is cut off
                self.table.setItem(row, column, item)
        self._steps = tuple(steps)
        self.apply_theme()
        for place, given_by_program in ((each.number - 1, each.by_program) for each in judged):
            if given_by_program is not None:
                self.show_checks(place, given_by_program.verdict, given_by_program.checks)
        self._of_plan.show()
        self._answer.show()
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
        before = self.verdicts[step]
        self._set(step, verdict)
        self._actual[step] = self._recorded[step] = self.actual.text()
        self.judged.emit(step, verdict, self._recorded[step])
        self.changed.emit(step, before, verdict)
        following = next_step(self.verdicts, step)
        if following is not None:
            self.table.setCurrentCell(following, 0)

    def change(self, step: int, verdict: Verdict | None) -> None:
        """Open a step (from 0) and have its verdict be another, or none; its actual result stays."""
        self.table.setCurrentCell(step, 0)
        self._set(step, verdict)
        self._actual[step] = self._recorded[step] = self.actual.text()
        self.described.emit(step, verdict, self._recorded[step])

    def _set(self, step: int, verdict: Verdict | None) -> None:
        self.verdicts[step] = verdict
        self._item(step, 1).setText("")
        self._show_verdict(step, 1, verdict)
        self._sum_up()

    @Slot()
    def keep(self) -> None:
        """Keep what is typed as the actual result of the open step; it is recorded if the step has its verdict."""
        step = self.current()
        if step is not None:
            self._actual[step] = self.actual.text()
            self._record_actual(step)

    def _record_actual(self, step: int) -> None:
        verdict, actual = self.verdicts[step], self._actual[step]
        if verdict is not None and actual != self._recorded[step]:
            self._recorded[step] = actual
            self.described.emit(step, verdict, actual)

    def show_checks(self, step: int, verdict: Verdict | None, checks: Sequence[Check], sentence: str = "") -> None:
        """Show what the program judged of a step (from 0)."""
        if step >= len(self._steps):
            return
        self._by_program[step] = verdict
        item = self._item(step, 2)
        item.setText(sentence or "not judged")
        self._show_verdict(step, 2, verdict)
        item.setData(Qt.ItemDataRole.UserRole, "\n".join([*filter(None, [sentence]), *map(check_words, checks)]))
        self._show_step()

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        if item is None:
            raise LookupError(f"no step {row}")
        return item

    @Slot()
    def apply_theme(self) -> None:
        """Show the verdicts in the theme's colours."""
        for row, verdicts in enumerate(zip(self.verdicts, self._by_program, strict=True)):
            for column, verdict in enumerate(verdicts, 1):
                self._show_verdict(row, column, verdict)

    def _show_verdict(self, row: int, column: int, verdict: Verdict | None) -> None:
        if verdict is not None:
            item = self._item(row, column)
            item.setText(marked(verdict))
            item.setForeground(QColor(self._theme.colour(str(verdict))))

    def _sum_up(self) -> None:
        end = plan_end(self.verdicts)
        title = visible(self._title, 100)
        self.summary.setText(title if end else f"{title}: {verdict_summary(self.verdicts)}")
        self.end.label.setText(end)
        self.end.setVisible(bool(end))

    @Slot(int, int, int, int)
    def _on_current(self, row: int = -1, _column: int = -1, before: int = -1, _: int = -1) -> None:
        """Show the step that was chosen; what was typed about the one before stays with that."""
        if row == before and row >= 0:
            return  # only the column is another
        if 0 <= before < len(self._steps):
            self._actual[before] = self.actual.text()
            self._record_actual(before)
        step = self.current()
        self.actual.setText("" if step is None else self._actual[step])
        self._show_step()

    def _show_step(self) -> None:
        """Show what is to be done in the open step, and what the program found."""
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
