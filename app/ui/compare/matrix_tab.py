"""The matrix: which strategies under which workloads, and what was found."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.strategies import About
from app.experiments.limits import DEFAULT_INTERVAL, DEFAULT_MATRIX_DEADLINE, DEFAULT_N
from app.experiments.matrix import Matrix
from app.experiments.results import Cell, MatrixResult
from app.experiments.verdict import matrix_sentence
from app.ui.compare.cell_pane import CellPane
from app.ui.compare.controls import Controls, ExperimentTab, Field, Pick, PickList
from app.ui.compare.grid import Grid, legend
from app.ui.compare.matrix_export import MatrixExport
from app.ui.compare.words import (
    RANDOM_IF_EMPTY,
    cut_short,
    disturbance,
    seconds,
    specs,
    warnings,
    whole,
    whole_or_none,
    workload_title,
)
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
        alive: returns how many runs of the main window are alive.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        task: Task,
        theme: Theme,
        alive: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(NAME, task, alive, parent)
        self._catalogue, self._theme = catalogue, theme
        self.result: MatrixResult | None = None
        self.strategies = PickList("Strate&gies", self)
        self.workloads = PickList("&Workloads", self)
        self.also = QLineEdit(self)
        self.also.setAccessibleName("More workloads")
        self.also.setPlaceholderText("socket:interrupt=no, compute:…")
        self.also.setToolTip("More workloads, with parameters: NAME or NAME:PARAMETER=VALUE, a comma between two")
        self._use(Controls("matrix", _FIELDS, resumes=True, parent=self))
        self.controls.resumed.connect(self.resume)
        self.grid = Grid(theme, self._strategy_title, self._workload_title, self)
        self.legend = plain_label("", self)
        self.legend.setAccessibleName("Colours: the quicker the p50, the nearer to the background")
        self.export = MatrixExport(lambda: self.result, self)
        self.pane = CellPane(catalogue, theme, self)
        self.grid.opened.connect(self.open_cell)
        self.grid.scale_changed.connect(self._draw_legend)
        self._fill()
        self._assemble()
        self._draw_legend()

    def _fill(self) -> None:
        catalogue = self._catalogue
        self.strategies.fill(_strategy_pick(strategy.about) for strategy in catalogue.strategies)
        self.strategies.warn(warnings(catalogue, catalogue.strategy_ids()))
        self.workloads.fill(
            Pick(workload.id, workload.title, workload.warning or workload.sentence) for workload in catalogue.workloads
        )

    def _assemble(self) -> None:
        left = QWidget(self)
        column = add_all(QVBoxLayout(left), (self.strategies, 1), (self.workloads, 1))
        form = QFormLayout()
        form.addRow("&Also", self.also)
        add_all(column, form, self.controls)
        upper = QWidget(self)
        add_all(QVBoxLayout(upper), self.sentence, self.notes, (self.grid, 1), self.legend, margins=0)
        rows = split(Qt.Orientation.Vertical, self, (upper, 3, 480), (self.pane, 2, 240))
        right = QWidget(self)
        add_all(QVBoxLayout(right), (rows, 1), self.export, self.environment)
        sides = split(Qt.Orientation.Horizontal, self, (left, 0, 290), (right, 1, 800))
        add_all(QHBoxLayout(self), sides, margins=0)

    def _strategy_title(self, strategy: str) -> str:
        return self._catalogue.strategy(strategy).about.title

    def _workload_title(self, workload: str) -> str:
        return workload_title(self._catalogue, workload)

    # -- start, cancel, resume -----------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Start the matrix of what is ticked; what is wrong is said in a sentence."""
        text = self.controls.text
        context = TaskContext()
        try:
            deadline = seconds("deadline", text("deadline"))
            matrix = Matrix(
                self._catalogue,
                self.strategies.picked(),
                [*self.workloads.picked(), *specs(self.also.text())],
                whole("n", text("n")),
                seconds("interval", text("interval")),
                deadline,
                whole_or_none("seed", text("seed")),
                on_cell=partial(_report_cell, context),
                on_progress=partial(context.report, key="progress"),
            )
            self._begin(matrix, deadline, context)
        except BadInput as error:
            self.controls.say(str(error))
            return
        self.result = None
        self.export.setEnabled(False)

    @Slot()
    def resume(self) -> None:
        """Go on with what was cancelled, as it was asked for then, whatever the fields say now."""
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
            self._begin(matrix, old.deadline, context)
        except BadInput as error:
            self.controls.say(str(error))

    def _begin(self, matrix: Matrix, deadline: float, context: TaskContext) -> None:
        cells = matrix.cells
        self._task.start(NAME, lambda context: matrix.run(context.cancel), context)
        self.grid.reset_cells(cells, deadline)
        self._seed = f"Seed {matrix.seed}."
        self._disturbed = disturbance(self._alive())
        self.controls.begin()
        self.sentence.setText("")
        self._note()

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
        else:
            # As before: what an earlier matrix found can still be resumed.
            self.controls.end("", can_resume=self.result is not None and not self.result.finished)
        self.controls.say(result.problem)

    def show_result(self, result: MatrixResult) -> None:
        """Show what was found."""
        self.result = result
        self.grid.show_cells(result.cells)
        self.sentence.setText(matrix_sentence(result))
        self.grid.setAccessibleDescription(self.sentence.text())
        self._note(cut_short(result))
        self.environment.setText(result.environment.words())
        self.controls.end(cut_short(result) or "Done.", can_resume=not result.finished)
        self.export.setEnabled(True)
        self._show_again()

    @Slot(str, str)
    def open_cell(self, strategy: str, workload: str) -> None:
        """Show the runs of a cell."""
        self.pane.show_cell(self.grid.cells[strategy, workload])

    def _show_again(self) -> None:
        shown = self.pane.cell
        now = self.grid.cells.get((shown.strategy, shown.workload)) if shown is not None else None
        if now is not None and now is not shown:
            self.pane.show_cell(now)

    @Slot()
    def _draw_legend(self) -> None:
        text = QGuiApplication.palette().color(QPalette.ColorRole.WindowText)
        self.legend.setPixmap(legend(self.grid.axis, self._theme.scale(), text, self.font(), self.devicePixelRatioF()))

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.strategies.apply_theme()
        self.workloads.apply_theme()
        self.grid.apply_theme()
        self.pane.apply_theme()
        self._draw_legend()


def _strategy_pick(about: About) -> Pick:
    # What can do harm is not ticked to begin with.
    return Pick(
        about.id, f"{'⚠ ' if about.warning else ''}{about.title}", about.warning or about.sentence, not about.warning
    )


def _report_cell(context: TaskContext, cell: Cell) -> None:
    # A cell that has changed again before the window was told replaces the earlier one.
    context.report(cell, (cell.strategy, cell.workload))
