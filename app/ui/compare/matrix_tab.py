"""The matrix: which strategies under which workloads, and what was found."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.strategies import About
from app.core.workloads import Workload
from app.experiments.columns import column_title
from app.experiments.limits import DEFAULT_INTERVAL, DEFAULT_MATRIX_DEADLINE, DEFAULT_N
from app.experiments.matrix import Matrix
from app.experiments.race_report import MATRIX_FILE, MATRIX_FOUND, matrix_evidence, matrix_facts
from app.experiments.results import Cell, MatrixResult
from app.experiments.verdict import matrix_sentence
from app.ui.compare.controls import CompareServices, Controls, ExperimentTab, Field
from app.ui.compare.export import ResultExport
from app.ui.compare.grid import Grid, Legend
from app.ui.compare.matrix_export import rendered
from app.ui.compare.parts import new_button, show_text, sides
from app.ui.compare.picks import Pick, PickList
from app.ui.compare.runs_page import CellPane
from app.ui.compare.words import (
    ASKS_FIRST,
    EMPTY_MATRIX,
    IN_A_CHILD,
    RANDOM_IF_EMPTY,
    TICK_CELLS,
    cut_short,
    disturbance,
    matrix_risks,
    seconds,
    whole,
    whole_or_none,
)
from app.ui.compare.workload_choice import WorkloadChoice
from app.ui.display_text import visible
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.theme import Theme
from app.ui.widgets import add_all, plain_label, split

NAME = "The matrix"  # its task's
_FIELDS = (
    Field("n", "Runs per ce&ll", str(DEFAULT_N)),
    Field("interval", "&Interval (s)", f"{DEFAULT_INTERVAL:g}"),
    Field("deadline", "&Deadline (s)", f"{DEFAULT_MATRIX_DEADLINE:g}"),
    Field("seed", "S&eed", "", RANDOM_IF_EMPTY),
)


class MatrixTab(ExperimentTab):
    """Measures strategies × workloads; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        task: runs the matrix in the background.
        theme: the colours.
        services: what it has of the main window.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        task: Task,
        theme: Theme,
        services: CompareServices,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(NAME, task, services, parent)
        self._catalogue, self._theme = catalogue, theme
        self.result: MatrixResult | None = None
        self._last: MatrixResult | None = None  # what was found before the matrix that goes on
        self.strategies = PickList("Strate&gies", self)
        self.workloads = PickList("&Workloads", self)
        with_parameters = (workload for workload in catalogue.workloads if workload.parameters)
        self.another = WorkloadChoice("Another worklo&ad", with_parameters, self)
        self.add = new_button("Add", "Add this workload, with these parameters, to the list of workloads", self)
        self.add.clicked.connect(self._on_add)
        self._added: dict[str, Pick] = {}  # by what the matrix calls them
        self.own = QLineEdit(self)
        self.own.setAccessibleName("A function of your own")
        self.own.setPlaceholderText("FILE.py:NAME")
        self.own.setToolTip("A function of your own as another workload; you are asked before it is imported and run")
        self._use(Controls("matrix", _FIELDS, resumes=True, parent=self))
        self.controls.resumed.connect(self.resume)
        self.grid = Grid(theme, self._title, self)
        self.empty = plain_label(EMPTY_MATRIX, self, wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(12)
        self.legend = Legend(theme, self.grid.axis, self)
        self.export = ResultExport("matrix", self._rendered, self)
        self.pane = CellPane(catalogue, theme, self)
        self.grid.opened.connect(self.open_cell)
        self.grid.scale_changed.connect(self._draw_legend)
        self._fill()
        self._assemble()

    def _fill(self) -> None:
        catalogue = self._catalogue
        self.strategies.fill(_strategy_pick(strategy.about) for strategy in catalogue.strategies)
        self._fill_workloads()
        risks = matrix_risks(catalogue, catalogue.strategy_ids(), catalogue.workload_ids())
        for picks, kind in ((self.strategies, "strategy"), (self.workloads, "workload")):
            picks.warn(ASKS_FIRST if any(risk.kind == kind for risk in risks) else "")

    def _fill_workloads(self) -> None:
        listed = [_workload_pick(workload) for workload in self._catalogue.workloads]
        self.workloads.fill([*listed, *self._added.values()])

    @Slot()
    def _on_add(self) -> None:
        """Add a workload with the parameters that the fields say, and tick it."""
        try:
            column = self.another.column()
        except BadInput as error:
            self.controls.say(str(error))
            return
        self.controls.say("")
        if column.values:
            usual = _workload_pick(column.workload)
            self._added[column.spec] = Pick(column.spec, visible(self._catalogue.title(column.spec), 200), usual.tip)
            self._fill_workloads()
        self.workloads.pick({*self.workloads.picked(), column.spec})

    def _assemble(self) -> None:
        workloads = QWidget(self)
        own = QFormLayout()
        own.addRow("&Your own", self.own)
        add_all(QVBoxLayout(workloads), (self.workloads, 1), self.another, self.add, own, margins=0)
        upper = QWidget(self)
        parts = (self.sentence, self.notes, (self.empty, 1), (self.grid, 1), self.legend)
        add_all(QVBoxLayout(upper), *parts, margins=0)
        rows = split(Qt.Orientation.Vertical, self, (upper, 3, 400), (self.pane, 2, 240))
        right = QWidget(self)
        add_all(QVBoxLayout(right), (rows, 1), self.export, self.environment)
        left = self._side((self.strategies, 1), (workloads, 1))
        add_all(QHBoxLayout(self), sides(left, self._results(right), self), margins=0)
        for part in (self.grid, self.legend, self.pane, self.export):
            part.hide()

    def _title(self, wanted: str) -> str:
        """Return the title of a row or a column: of a strategy, a workload, or a function of the person's own."""
        return column_title(wanted, self._catalogue.title)

    # -- start, cancel, resume -----------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Start the matrix of what is ticked, once the person agrees if some of it can do harm."""
        if self._is_refused():
            return
        text = self.controls.text
        context = TaskContext()
        own = self.own.text().strip()
        strategies, workloads = self.strategies.picked(), [*self.workloads.picked(), *([own] if own else [])]
        try:
            if not (strategies and workloads):
                raise BadInput(TICK_CELLS)
            matrix = Matrix(
                self._catalogue,
                strategies,
                workloads,
                whole("n", text("n")),
                seconds("interval", text("interval")),
                seconds("deadline", text("deadline")),
                whole_or_none("seed", text("seed")),
                on_cell=partial(_report_cell, context),
                on_progress=partial(context.report, key="progress"),
            )
        except BadInput as error:
            self.controls.say(str(error))
            return
        risks = matrix_risks(self._catalogue, matrix.strategies, matrix.workloads, matrix.own_code)
        self._with_consent(risks, partial(self._begin, matrix, context))

    @Slot()
    def resume(self) -> None:
        """Go on with what was cancelled, as it was asked for then, whatever the fields say now."""
        if self._is_refused():
            return
        old = self.result
        if old is None or old.finished:
            self.controls.say("There is nothing to resume: no matrix was cancelled.")
            return
        context = TaskContext()
        try:
            matrix = Matrix(
                self._catalogue,
                old.strategies,
                old.workloads,
                old.n,
                old.interval,
                old.deadline,
                old.seed,
                on_cell=partial(_report_cell, context),
                on_progress=partial(context.report, key="progress"),
                resumed=old,
            )
        except BadInput as error:
            self.controls.say(str(error))
            return
        # It was agreed to when it was started; not if it is from an earlier session.
        risks = matrix_risks(self._catalogue, matrix.strategies, matrix.workloads, matrix.own_code)
        self._with_consent(risks, partial(self._begin, matrix, context))

    def _begin(self, matrix: Matrix, context: TaskContext) -> None:
        cells = matrix.cells
        try:
            self._task.start(NAME, lambda context: matrix.run(context.cancel), context)
        except BadInput as error:
            self.controls.say(str(error))
            return
        self._services.record("matrix", matrix_facts(matrix))
        self._last, self.result = self.result, None
        self._show_grid()
        self.pane.forget()
        self.grid.reset_cells(cells, matrix.deadline)
        self.export.setEnabled(False)
        self._seed = f"Seed {matrix.seed}."
        self._disturbed = disturbance(self._services.alive())
        self.controls.begin()
        show_text(self.sentence, "")
        self._note()
        self.begun.emit()

    def _show_grid(self) -> None:
        self.empty.hide()
        for part in (self.grid, self.legend, self.export):
            part.show()

    # -- what it reports -----------------------------------------------------------------------------------------

    def show_progress(self, values: Sequence[object]) -> None:
        """Show how far the matrix is, and the cells that have changed."""
        super().show_progress(values)
        cells = [value for value in values if isinstance(value, Cell)]
        if cells:
            self.grid.show_cells(cells)
            self._show_again()

    def show_end(self, result: TaskResult) -> None:
        """Show what the matrix found, or what went wrong."""
        if isinstance(result.value, MatrixResult):
            self.show_result(result.value)
            self._keep(MATRIX_FILE, matrix_evidence(result.value, self._catalogue), MATRIX_FOUND)
        else:
            # As before: what an earlier matrix found can still be resumed.
            self.result = self._last
            self.controls.end("", can_resume=self.result is not None and not self.result.finished)
        self.controls.say(result.problem)

    def show_result(self, result: MatrixResult) -> None:
        """Show what was found."""
        self.result = result
        self._show_grid()
        self.grid.show_cells(result.cells)
        show_text(self.sentence, matrix_sentence(result, self._catalogue.title))
        self.grid.setAccessibleDescription(self.sentence.text())
        self._note(cut_short(result))
        show_text(self.environment, result.environment.words())
        self.controls.end(cut_short(result) or "Done.", can_resume=not result.finished)
        self.export.setEnabled(True)
        self._show_again()

    def _rendered(self, form: str) -> str | None:
        return None if self.result is None else rendered(self.result, form)

    @Slot(str, str)
    def open_cell(self, strategy: str, workload: str) -> None:
        """Show the runs of a cell."""
        self.pane.show_cell(self.grid.cells[strategy, workload])
        self.pane.show()
        self._reveal(self.pane)

    def _show_again(self) -> None:
        shown = self.pane.cell
        now = self.grid.cells.get((shown.strategy, shown.workload)) if shown is not None else None
        if now is not None and now is not shown:
            self.pane.show_cell(now)

    @Slot()
    def _draw_legend(self) -> None:
        self.legend.show_axis(self.grid.axis)

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.strategies.apply_theme()
        self.workloads.apply_theme()
        self.grid.apply_theme()
        self.pane.apply_theme()
        self.legend.draw()


def _strategy_pick(about: About) -> Pick:
    # What can do harm is not ticked to begin with.
    return Pick(
        about.id, f"{'⚠ ' if about.warning else ''}{about.title}", about.warning or about.sentence, not about.warning
    )


def _workload_pick(workload: type[Workload]) -> Pick:
    risky = bool(workload.warning) or workload.own_process
    tip = IN_A_CHILD if workload.own_process else workload.warning or workload.sentence
    return Pick(workload.id, f"{'⚠ ' if risky else ''}{workload.title}", tip, not risky)


def _report_cell(context: TaskContext, cell: Cell) -> None:
    # A cell that has changed again before the window was told replaces the earlier one.
    context.report(cell, (cell.strategy, cell.workload))
