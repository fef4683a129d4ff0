"""Who races: workers of the main window, or strategies of the catalogue under one workload."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.prediction import Notices
from app.core.worker import Worker, check_interval
from app.experiments.columns import worker_of
from app.experiments.limits import DEFAULT_INTERVAL
from app.programs.consent import code_use
from app.ui.compare.picks import Pick, PickList
from app.ui.compare.words import ASKS_FIRST, seconds
from app.ui.compare.workload_choice import WorkloadChoice
from app.ui.display_text import visible
from app.ui.widgets import add_all, plain_label
from app.ui.workers.rows import strategy_title, workload_title

FROM_TABLE, FROM_CATALOGUE = "Workers of the table", "Strategies of the catalogue"


class Racers(QWidget):
    """Picks who races; the GUI thread only.

    Args:
        catalogue: the strategies and workloads.
        workers: returns the workers of the main window.

    Signals:
        changed: others are picked than before.
    """

    changed = Signal()

    def __init__(
        self, catalogue: Catalogue, workers: Callable[[], Sequence[Worker]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._catalogue, self._workers = catalogue, workers
        self.source = QComboBox(self)
        self.source.setAccessibleName("Racers")
        self.source.addItems([FROM_TABLE, FROM_CATALOGUE])
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setMinimumContentsLength(12)
        # One that stops the whole process cannot race.
        racing = (workload for workload in catalogue.workloads if not workload.own_process)
        self.workload = WorkloadChoice("Wor&kload", racing, self)
        self.workers = PickList("&Workers", self)
        self.strategies = PickList("Stra&tegies", self)
        self.interval = QLineEdit(f"{DEFAULT_INTERVAL:g}", self)
        self.interval.setAccessibleName("Interval (s)")
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.workers)
        self.pages.addWidget(self._catalogue_page())
        self._fill()
        head = add_all(QVBoxLayout(), plain_label("R&acers", self, buddy=self.source), self.source, spacing=2)
        add_all(QVBoxLayout(self), head, (self.pages, 1), margins=0)
        if not workers():
            self.source.setCurrentIndex(1)
            self.pages.setCurrentIndex(1)
        self.source.currentIndexChanged.connect(self._on_source)
        self.workers.changed.connect(self.changed)
        self.strategies.changed.connect(self.changed)

    def _catalogue_page(self) -> QWidget:
        page = QWidget(self)
        self.workload.form.addRow("&Interval (s)", self.interval)
        add_all(QVBoxLayout(page), (self.strategies, 1), self.workload, margins=0)
        return page

    def _fill(self) -> None:
        """Offer what the catalogue has; one strategy of each way to notice is ticked, as far as it does no harm."""
        ways: set[Notices] = set()
        picks = []
        for strategy in self._catalogue.strategies:
            about = strategy.about
            is_first = not about.warning and about.notices is not Notices.NEVER and about.notices not in ways
            ways |= {about.notices} if is_first else set()
            text = f"{'⚠ ' if about.warning else ''}{about.title}"
            picks.append(Pick(about.id, text, about.warning or about.sentence, is_first))
        self.strategies.fill(picks)
        self.strategies.warn(
            ASKS_FIRST if any(strategy.about.warning for strategy in self._catalogue.strategies) else ""
        )

    def refresh(self) -> None:
        """Take the workers of the main window as they are now; ticks stay."""
        workers = self._workers()
        picks = [self._pick(worker) for worker in workers]
        self.workers.fill(picks)
        self.workers.warn(ASKS_FIRST if any(pick.text.startswith("⚠") for pick in picks) else "")

    def _pick(self, worker: Worker) -> Pick:
        about = self._catalogue.strategy(worker.strategy).about
        workload = self._catalogue.workload(worker.workload)
        use = code_use(worker)
        risky = about.warning or workload.warning or ("" if use is None else use.sentence)
        how, what = strategy_title(worker, self._catalogue), workload_title(worker, self._catalogue)
        text = visible(f"{'⚠ ' if risky else ''}{worker.name}: {how}, {what}", 200)
        # What can do harm, or cannot race, is not ticked to begin with.
        return Pick(worker.name, text, risky or about.sentence, not risky and not workload.own_process)

    @Slot(int)
    def _on_source(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        self.changed.emit()

    def _is_from_catalogue(self) -> bool:
        return self.source.currentIndex() == 1

    def pick(self, names: Iterable[str]) -> None:
        """Choose the workers with these names, and no others."""
        self.source.setCurrentIndex(0)
        self.workers.pick(names)

    def count(self) -> int:
        """Return how many are ticked."""
        return len((self.strategies if self._is_from_catalogue() else self.workers).picked())

    def picked(self) -> list[Worker]:
        """Return the workers that are ticked, or one for each strategy; BadInput if a field means nothing."""
        if not self._is_from_catalogue():
            wanted = set(self.workers.picked())
            return [worker for worker in self._workers() if worker.name in wanted]
        interval = check_interval(seconds("interval", self.interval.text()))
        column = self.workload.column()
        found = []
        for strategy in self.strategies.picked():
            title = self._catalogue.title(strategy)
            found.append(replace(worker_of(strategy, column, interval), name=title))
        return found

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        self.workers.apply_theme()
        self.strategies.apply_theme()
