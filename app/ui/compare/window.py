"""The compare window: a race, a matrix, and two strategies' code."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Slot
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from app.core.batch import Batch
from app.core.catalogue import Catalogue
from app.core.events import Ended, events_of
from app.experiments.results import MatrixResult, RaceResult
from app.ui.compare.code_tab import CodeTab
from app.ui.compare.controls import CompareServices
from app.ui.compare.matrix_export import last_cut_short
from app.ui.compare.matrix_tab import MatrixTab
from app.ui.compare.race_tab import NAME as RACE
from app.ui.compare.race_tab import RaceTab
from app.ui.compare.words import already_running
from app.ui.display_text import visible
from app.ui.services import GarbageCollector
from app.ui.task import Task, TaskResult
from app.ui.theme import Theme, WorkerMarks

_SIZE = QSize(1180, 820)  # pixels, where the screen has them
_FRAME = QSize(16, 48)  # pixels that the system's frame and title bar may take
_PAUSE = 0.1  # seconds between two updates: ten a second are as many as a person can follow


class CompareWindow(QMainWindow):
    """Race, Matrix and Code; closing it cancels the experiment and hides the window with its results. The GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        theme, marks: the colours.
        services: what it has of the main window.
        garbage: collects on this thread; no frame does while only an experiment runs.
        parent: the main window.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        theme: Theme,
        marks: WorkerMarks,
        services: CompareServices,
        garbage: GarbageCollector,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare")
        self.setObjectName("compare")
        self._theme, self._garbage = theme, garbage
        self.task = Task(self, pause=_PAUSE)
        self.race = RaceTab(catalogue, self.task, theme, marks, services, self)
        self.matrix = MatrixTab(catalogue, self.task, theme, services, self)
        self.code = CodeTab(catalogue, theme, self)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName("Compare")
        for widget, word in ((self.race, "&Race"), (self.matrix, "&Matrix"), (self.code, "C&ode")):
            self.tabs.addTab(widget, word)
        self.setCentralWidget(self.tabs)
        close = self.menuBar().addMenu("&File").addAction("&Close window")
        close.setShortcut("Ctrl+W")
        close.triggered.connect(self.close)
        self.task.progress.connect(self._on_progress)
        self.task.ended.connect(self._on_ended)
        for tab in (self.race, self.matrix):
            tab.begun.connect(self._on_begun)
        self.race.finished.connect(self._on_race)
        for export in (self.race.export, self.matrix.export):
            export.said.connect(self.say)
        theme.changed.connect(self._on_theme)
        self.resize(fitting_size(_SIZE, self.screen().availableSize()))

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence in the status bar for some time."""
        self.statusBar().showMessage(visible(sentence), 20_000)

    def say_cut_short(self, folder: Path | None) -> None:
        """Say where the last matrix is that the end of the program cut short, if there is one in a folder."""
        path = last_cut_short(folder)
        if path is not None:
            self.say(f"What a matrix had found when the program ended is kept in {path}")

    @Slot(object)
    def _on_progress(self, values: Sequence[object]) -> None:
        self._measuring_tab().show_progress(values)
        self._garbage.collect_if_due()

    @Slot()
    def _on_begun(self) -> None:
        self._block(True)

    def _block(self, is_blocked: bool) -> None:
        """Let no experiment be started beside the one that runs, which the tab of the other says; or let it again."""
        for tab in (self.race, self.matrix):
            tab.controls.block(is_blocked)
            if tab is not self._measuring_tab():
                tab.controls.say(already_running(self.task.name) if is_blocked else "")

    @Slot(object)
    def _on_ended(self, result: TaskResult) -> None:
        self._block(False)
        self._measuring_tab().show_end(result)
        self._garbage.collect_if_due()

    def _measuring_tab(self) -> RaceTab | MatrixTab:
        return self.race if self.task.name == RACE else self.matrix

    @Slot(object)
    def _on_race(self, result: RaceResult) -> None:
        last = {run.strategy: run for run in result.runs[-len(result.workers) :] if run.latency is not None}
        for strategy, run in last.items():
            self.code.light(strategy, f"{run.worker}, round {run.number}", run.latency or 0)

    def on_batch(self, batch: Batch) -> None:
        """Light the checkpoint of each run of the main window that a batch says has noticed; once a frame."""
        if self.tabs.currentWidget() is not self.code or not self.isVisible() or batch.only_lines():
            return
        last: dict[str, tuple[str, int]] = {}  # the last of each strategy: more of them could not be told apart by eye
        for _, run_id, event in events_of(batch):
            if isinstance(event, Ended) and event.chain.latency is not None:
                name = batch.names[run_id]
                last[event.strategy] = f"{name.worker} #{name.number}", event.chain.latency
        for strategy, (run, latency) in last.items():
            self.code.light(strategy, run, latency)

    @Slot()
    def _on_theme(self) -> None:
        for tab in (self.race, self.matrix, self.code):
            tab.apply_theme()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.race.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The focus comes back from the main window, where the workers may have changed.
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.race.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        # The experiment ends a little later, and its result is shown in the hidden window: closing does not wait.
        self.cancel()
        super().closeEvent(event)

    @property
    def matrix_result(self) -> MatrixResult | None:
        """The matrix that was measured last, also in part; None if none was."""
        return self.matrix.result

    def bring_to_front(self) -> None:
        """Show the window before all others."""
        self.show()
        self.raise_()
        self.activateWindow()

    def pick_racers(self, names: Iterable[str]) -> None:
        """Bring the race to the front, with the workers that have these names picked."""
        self.tabs.setCurrentWidget(self.race)
        self.race.refresh()
        self.race.racers.pick(names)

    def cancel(self) -> None:
        """Cancel the experiment; what is done is kept."""
        self.race.cancel()
        self.matrix.cancel()

    def shutdown(self, seconds: float) -> None:
        """Cancel the experiment, wait for it at most so many seconds, show its result, and disconnect from the theme."""
        self._theme.changed.disconnect(self._on_theme)
        self.task.cancel_and_wait(seconds)
        self.task.shutdown(0)


def fitting_size(wanted: QSize, screen: QSize) -> QSize:
    """Return the size of a window that fits a screen together with its frame, at most the wanted one."""
    return wanted.boundedTo(screen - _FRAME)
