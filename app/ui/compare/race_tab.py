"""The race: its racers, how often they run, and what was found."""

import json
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.clock import SystemClock
from app.core.errors import BadInput
from app.core.worker import Worker
from app.experiments.limits import DEFAULT_RACE_DEADLINE, DEFAULT_ROUNDS
from app.experiments.race import Race
from app.experiments.race_report import (
    RACE_FILE,
    RACE_FOUND,
    race_csv,
    race_evidence,
    race_facts,
    race_markdown,
    race_values,
)
from app.experiments.results import RaceResult, RunResult
from app.experiments.verdict import race_sentence
from app.ui.compare.chart import RaceChart
from app.ui.compare.controls import CompareServices, Controls, ExperimentTab, Field
from app.ui.compare.export import ResultExport
from app.ui.compare.geometry import RaceRuns, new_runs, race_runs
from app.ui.compare.live import LiveRace
from app.ui.compare.parts import HeadedTable, show_text, sides
from app.ui.compare.racers import Racers
from app.ui.compare.runs_page import RunsPage
from app.ui.compare.words import (
    FIGURES,
    PREVIOUS_RACE,
    RANDOM_IF_EMPTY,
    ROUNDS,
    TICK_RACERS,
    cut_short,
    disturbance,
    figures,
    needed_words,
    rounds,
    seconds,
    whole,
    whole_or_none,
)
from app.ui.display_text import visible
from app.ui.task import Task, TaskContext, TaskResult
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import add_all, split
from app.ui.workers.consent import find_risks
from app.ui.workers.rows import strategy_title

NAME = "The race"  # its task's
_FIELDS = (
    Field("rounds", "Rou&nds", str(DEFAULT_ROUNDS)),
    Field("seed", "S&eed", "", RANDOM_IF_EMPTY),
    Field("deadline", "&Deadline (s)", f"{DEFAULT_RACE_DEADLINE:g}"),
)
_LIVE_FIGURES = 5_000  # runs: of more, the figures are made when the race has ended


class RaceTab(ExperimentTab):
    """Races workers of the main window, or strategies of the catalogue; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        task: runs the race in the background.
        theme, marks: the colours.
        services: what it has of the main window.

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
        services: CompareServices,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(NAME, task, services, parent)
        self._catalogue, self._marks = catalogue, marks
        self.result: RaceResult | None = None
        self._runs: RaceRuns | None = None
        self._coming: RaceRuns | None = None  # of the race that goes on, until its first round is there
        self.racers = Racers(catalogue, services.workers, self)
        self.picks = self.racers.workers
        self._use(Controls("race", _FIELDS, parent=self))
        self.racers.changed.connect(self._on_picks)
        self.chart = RaceChart(theme, self._colour, self._title, self)
        self.chart.dot_clicked.connect(self.open_run)
        self.is_log = QCheckBox("Logarithmic a&xis", self)
        self.is_log.setToolTip("Latencies go from microseconds to seconds: on a linear axis the quick ones are one dot")
        self.is_log.setChecked(True)
        self.is_log.toggled.connect(self._on_axis)
        self.figures = HeadedTable(FIGURES, "Figures of the race", self)
        name = "Runs of the worker that is chosen in Figures"
        self.runs = RunsPage(ROUNDS, name, rounds, self._worker_of, theme, catalogue, self)
        self.rounds, self.stop = self.runs.table, self.runs.stop
        self.figures.current_changed.connect(self._on_worker)
        self.figures.activated.connect(self._on_figures_activated)
        self.export = ResultExport("race", self._rendered, self)
        self._assemble()
        self.refresh()

    def _assemble(self) -> None:
        area = QScrollArea(self)
        area.setWidget(self.chart)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Race chart")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(self.fontMetrics().lineSpacing() * 10)
        self.tables = QTabWidget(self)
        self.tables.setAccessibleName("Results of the race")
        self.tables.addTab(self.figures, "Fi&gures")
        self.tables.addTab(self.runs, "R&uns")
        self.tables.hide()
        for part in (self.is_log, self.export):
            part.hide()
        rows = split(Qt.Orientation.Vertical, self, (area, 3, 420), (self.tables, 2, 220))
        head = add_all(QHBoxLayout(), (self.is_log, 1), self.export)
        right = QWidget(self)
        add_all(QVBoxLayout(right), self.sentence, self.notes, head, (rows, 1), self.environment)
        add_all(QHBoxLayout(self), sides(self._side((self.racers, 1)), self._results(right), self), margins=0)

    def _colour(self, worker: str) -> QColor:
        return self._marks.mark(worker)[1]

    def _title(self, worker: Worker) -> str:
        return strategy_title(worker, self._catalogue)

    @Slot()
    def refresh(self) -> None:
        """Take the workers of the main window as they are now; ticks stay."""
        self.racers.refresh()

    @Slot()
    def _on_picks(self) -> None:
        self.controls.advise(needed_words(self.racers.count()))

    # -- the race ------------------------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Start the race of those that are ticked, once the person agrees if one of them can do harm."""
        if self._is_refused():
            return
        controls = self.controls
        context = TaskContext()
        live = LiveRace(partial(context.report, key="race"), SystemClock.now)
        try:
            workers = self.racers.picked()
            if not workers:
                raise BadInput(TICK_RACERS)
            race = Race(
                self._catalogue,
                workers,
                whole("rounds", controls.text("rounds")),
                whole_or_none("seed", controls.text("seed")),
                seconds("deadline", controls.text("deadline")),
                on_progress=live.tell,
                on_round=live.add,
            )
        except BadInput as error:
            controls.say(str(error))
            return
        self._with_consent(find_risks(workers, self._catalogue), partial(self._begin, race, context))

    def _begin(self, race: Race, context: TaskContext) -> None:
        disturbed = disturbance(self._services.alive())
        try:
            self._task.start(NAME, lambda context: race.run(context.cancel), context)
        except BadInput as error:
            self.controls.say(str(error))
            return
        self._services.record("race", race_facts(race))
        self._disturbed, self._seed = disturbed, f"Seed {race.seed}."
        self._coming = new_runs(race.workers, race.deadline)
        self.controls.begin()
        self._note(PREVIOUS_RACE if self.result is not None else "")
        self.begun.emit()

    def show_progress(self, values: Sequence[object]) -> None:
        """Show how far the race is, and the runs that were made since."""
        for live in values:
            if isinstance(live, LiveRace):
                super().show_progress([live.progress])
                self._show_made(live)
                live.set_drawn()

    def _show_made(self, live: LiveRace) -> None:
        """Show the runs that a race has made so far; the first of them take the place of the race before."""
        if not live.since(0):
            return
        if self._coming is not None:
            self._show_other(self._coming)
            self._coming = self.result = None
            self.export.setEnabled(False)
            show_text(self.sentence, "")
            show_text(self.environment, "")
            self._note()
        if self._runs is None:
            return
        self._runs.add(live.since(self._runs.count))
        self.chart.show_runs(self._runs, is_log=self.is_log.isChecked(), goes_on=True)
        if self._runs.count <= _LIVE_FIGURES:
            self._show_figures()

    def show_end(self, result: TaskResult) -> None:
        """Show what the race found, or what went wrong."""
        self._coming = None
        self.controls.end("")
        self.controls.say(result.problem)
        if isinstance(result.value, RaceResult):
            self.show_result(result.value)
            self._keep(RACE_FILE, race_evidence(result.value, self._catalogue), RACE_FOUND)
        elif self.result is not None:
            self._note()

    def show_result(self, result: RaceResult) -> None:
        """Show what was found."""
        shown, self.result = self._runs, result
        if shown is not None and (shown.workers, shown.count) == (result.workers, len(result.runs)):
            self._runs = race_runs(result)  # the same, of which a stop may be shown
        else:
            self._show_other(race_runs(result))
        show_text(self.sentence, race_sentence(result, self._catalogue))
        self._seed = f"Seed {result.seed}."
        self._note(cut_short(result))
        self.controls.end(f"{result.done:,} of {result.rounds:,} rounds.")
        show_text(self.environment, result.environment.words())
        self.chart.show_runs(race_runs(result), is_log=self.is_log.isChecked())
        self.chart.setAccessibleDescription(self.sentence.text())
        self.export.setEnabled(True)
        self._show_figures()
        self.finished.emit(result)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show_other(self, runs: RaceRuns) -> None:
        """Show the runs of another race than before."""
        self._runs = runs
        self.tables.show()
        for part in (self.is_log, self.export):
            part.show()
        self.runs.forget()
        self.tables.setCurrentIndex(0)

    def _show_figures(self) -> None:
        if self._runs is None:
            return
        titles = {worker.name: self._title(worker) for worker in self._runs.workers}
        self.figures.show_rows([[visible(text) for text in row] for row in figures(self._runs.groups, titles)])
        self._on_worker(max(self.figures.currentIndex().row(), 0))

    def _rendered(self, form: str) -> str | None:
        result = self.result
        if result is None:
            return None
        if form == "csv":
            return race_csv(result)
        if form == "md":
            return race_markdown(result, self._catalogue)
        return json.dumps(race_values(result, self._catalogue), indent=2) + "\n"

    @Slot(int)
    def _on_worker(self, row: int) -> None:
        groups = list(self._runs.groups.values()) if self._runs is not None else []
        self.runs.show_runs(groups[row] if 0 <= row < len(groups) else [])

    @Slot()
    def _on_figures_activated(self) -> None:
        """Show the runs of the worker on which Enter was pressed, or which was clicked twice."""
        self.tables.setCurrentIndex(1)
        self.rounds.setFocus()

    @Slot(object)
    def open_run(self, run: RunResult) -> None:
        """Choose a run in the tables, and show its stop chain and where it was."""
        if self._runs is None:
            return
        self.figures.selectRow(list(self._runs.groups).index(run.worker))
        self.tables.setCurrentIndex(1)
        self.runs.open_run(run)
        self._reveal(self.tables)

    def _worker_of(self, run: RunResult) -> Worker | None:
        workers = self._runs.workers if self._runs is not None else ()
        return next((worker for worker in workers if worker.name == run.worker), None)

    @Slot(bool)
    def _on_axis(self, is_log: bool) -> None:
        if self._runs is not None:
            self.chart.show_runs(self._runs, is_log=is_log, goes_on=self._task.is_running())

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.chart.draw()
        self.racers.apply_theme()
