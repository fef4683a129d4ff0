"""The race: its workers, how often they run, and what was found."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.experiments.limits import DEFAULT_RACE_DEADLINE, DEFAULT_ROUNDS
from app.experiments.race import Race
from app.experiments.results import RaceResult, RunResult
from app.experiments.verdict import race_sentence
from app.ui.compare.chart import RaceChart
from app.ui.compare.controls import Controls, ExperimentTab, Field, Pick, PickList
from app.ui.compare.geometry import grouped
from app.ui.compare.words import (
    FIGURES,
    PREVIOUS_RACE,
    RANDOM_IF_EMPTY,
    ROUNDS,
    cut_short,
    disturbance,
    figures,
    needed_words,
    rounds,
    seconds,
    warnings,
    whole,
    whole_or_none,
)
from app.ui.display_text import visible
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import MOST_ROWS, TextTable, add_all, split

NAME = "The race"  # its task's
_FIELDS = (
    Field("rounds", "Rou&nds", str(DEFAULT_ROUNDS)),
    Field("seed", "S&eed", "", RANDOM_IF_EMPTY),
    Field("deadline", "&Deadline (s)", f"{DEFAULT_RACE_DEADLINE:g}"),
)


class RaceTab(ExperimentTab):
    """Races the workers of the main window; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        task: runs the race in the background.
        theme, marks: the colours.
        workers: returns the workers of the main window.
        alive: returns how many runs of the main window are alive.

    Signals:
        finished: a ``RaceResult``: what was found.
    """

    finished = Signal(object)

    def __init__(
        self,
        catalogue: Catalogue,
        task: Task,
        theme: Theme,
        marks: WorkerMarks,
        workers: Callable[[], Sequence[Worker]],
        alive: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(NAME, task, alive, parent)
        self._catalogue, self._marks, self._workers = catalogue, marks, workers
        self.result: RaceResult | None = None
        self._groups: dict[str, list[RunResult]] = {}
        self.picks = PickList("&Workers", self)
        self._use(Controls("race", _FIELDS, parent=self))
        self.picks.changed.connect(self._on_picks)
        self.chart = RaceChart(theme, self._colour, self._title, self)
        self.is_log = QCheckBox("Logarithmic a&xis", self)
        self.is_log.setToolTip("Latencies go from microseconds to seconds: on a linear axis the quick ones are one dot")
        self.is_log.setChecked(True)
        self.is_log.toggled.connect(self._on_axis)
        self.figures = TextTable(FIGURES, "Figures of the race", self)
        self.rounds = TextTable(ROUNDS, "Runs of the worker that is chosen above", self)
        self.figures.current_changed.connect(self._on_worker)
        self._assemble()
        self.refresh()

    def _assemble(self) -> None:
        left = QWidget(self)
        add_all(QVBoxLayout(left), (self.picks, 1), self.controls)
        area = QScrollArea(self)
        area.setWidget(self.chart)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Race chart")
        tables = split(Qt.Orientation.Horizontal, self, (self.figures, 0, 560), (self.rounds, 0, 300))
        rows = split(Qt.Orientation.Vertical, self, (area, 3, 480), (tables, 1, 180))
        right = QWidget(self)
        add_all(QVBoxLayout(right), self.sentence, self.notes, self.is_log, (rows, 1), self.environment)
        sides = split(Qt.Orientation.Horizontal, self, (left, 0, 270), (right, 1, 800))
        add_all(QHBoxLayout(self), sides, margins=0)

    def _colour(self, worker: str) -> QColor:
        return self._marks.mark(worker)[1]

    def _title(self, strategy: str) -> str:
        return self._catalogue.strategy(strategy).about.title

    @Slot()
    def refresh(self) -> None:
        """Take the workers of the main window as they are now; ticks stay."""
        workers = self._workers()
        self.picks.fill(self._pick(worker) for worker in workers)
        self.picks.warn(warnings(self._catalogue, (worker.strategy for worker in workers)))

    def _pick(self, worker: Worker) -> Pick:
        about = self._catalogue.strategy(worker.strategy).about
        workload = self._catalogue.workload(worker.workload)
        text = visible(f"{'⚠ ' if about.warning else ''}{worker.name}: {about.title}, {workload.title}", 200)
        tip = about.warning or workload.warning or about.sentence
        # What can do harm, or cannot race, is not ticked to begin with.
        return Pick(worker.name, text, tip, not about.warning and not workload.own_process)

    @Slot()
    def _on_picks(self) -> None:
        self.controls.advise(needed_words(len(self.picks.picked())))

    @Slot()
    def start(self) -> None:
        """Start the race of those that are ticked; what is wrong is said in a sentence."""
        picked = set(self.picks.picked())
        workers = [worker for worker in self._workers() if worker.name in picked]
        controls = self.controls
        context = TaskContext()
        try:
            race = Race(
                self._catalogue,
                workers,
                whole("rounds", controls.text("rounds")),
                whole_or_none("seed", controls.text("seed")),
                seconds("deadline", controls.text("deadline")),
                on_progress=partial(context.report, key="progress"),
            )
            disturbed = disturbance(self._alive())
            self._task.start(NAME, lambda context: race.run(context.cancel), context)
        except BadInput as error:
            controls.say(str(error))
            return
        self._disturbed, self._seed = disturbed, f"Seed {race.seed}."
        controls.begin()
        self._note(PREVIOUS_RACE if self.result is not None else "")

    def show_end(self, result: TaskResult) -> None:
        """Show what the race found, or what went wrong."""
        self.controls.end("")
        self.controls.say(result.problem)
        if isinstance(result.value, RaceResult):
            self.show_result(result.value)

    def show_result(self, result: RaceResult) -> None:
        """Show what was found."""
        self.result = result
        self._groups = grouped(result)
        self.sentence.setText(race_sentence(result, self._catalogue))
        self._seed = f"Seed {result.seed}."
        self._note(cut_short(result))
        self.controls.end(f"{result.done:,} of {result.rounds:,} rounds.")
        self.environment.setText(result.environment.words())
        self.chart.show_result(result, is_log=self.is_log.isChecked())
        self.chart.setAccessibleDescription(self.sentence.text())
        titles = {worker.name: self._title(worker.strategy) for worker in result.workers}
        self.figures.show_rows([[visible(text) for text in row] for row in figures(self._groups, titles)])
        self._on_worker(max(self.figures.currentIndex().row(), 0))
        self.finished.emit(result)

    @Slot(int)
    def _on_worker(self, row: int) -> None:
        runs = list(self._groups.values())[row][:MOST_ROWS] if 0 <= row < len(self._groups) else []
        self.rounds.show_rows([[visible(text) for text in texts] for texts in rounds(runs)])

    @Slot(bool)
    def _on_axis(self, is_log: bool) -> None:
        self.chart.show_result(self.result, is_log=is_log)

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.chart.draw()
        self.picks.apply_theme()
