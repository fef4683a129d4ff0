"""Replay: the recorded actions again, with their timing, and every run compared with its record."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.fold import RunSnapshot
from app.core.limits import DEFAULT_DEADLINE
from app.core.pump import Pump
from app.programs.runtime import build_runtime
from app.session.session_report import RunReport, SessionReport, run_report

from .comparison import Comparison, compared
from .repeated import RecordedExperiment, Repeated, repeat_experiment
from .results import Progress
from .script import KILL, LET_GO, START, STOP, Phase, ScheduledAction, Script

_RELEASED_WITHIN = 1.0  # seconds that runs which were let go have for their end, before they are left behind


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        comparisons: one a run that has a recorded end, in the order of their ids.
        remarks: a sentence for each thing that could not be done, or not be compared.
        left: what is known of the runs that had to be left behind.
        is_whole: whether it was carried through; False if it was ended early.
        experiments: what came of the races and matrices, in their order.
    """

    comparisons: tuple[Comparison, ...]
    remarks: tuple[str, ...]
    left: tuple[RunSnapshot, ...]
    is_whole: bool
    experiments: tuple[Repeated, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every run, race and matrix agrees with its record."""
        differ = [each.differences for each in self.comparisons] + [each.differences for each in self.experiments]
        return self.is_whole and not any(differ)


class Replay:
    """Carries a script out. The thread that calls ``play`` reads what the workers write.

    Args:
        catalogue: the strategies and workloads.
        deadline: seconds from a stop request until a run counts as stuck; so long, and as long again as recorded, a run is
            also waited for that has not ended when its record had, before it is asked to stop.
        on_progress: called before each action, race and matrix, by the thread that plays.

    Attributes:
        runtime: what the runs live in; a signal handler may ring its stream.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        deadline: float = DEFAULT_DEADLINE,
        on_progress: Callable[[Progress], object] = lambda _progress: None,
    ) -> None:
        self._catalogue = catalogue
        self._deadline = deadline
        self.runtime = build_runtime(catalogue, deadline=deadline)
        self._controller = self.runtime.controller
        self._pump = Pump(self.runtime.stream, self._controller.consume)
        self._on_progress = on_progress
        self._cancelled: Callable[[], bool] = bool
        self._runs: dict[int, int] = {}  # from the recorded run to ours

    def play(self, report: SessionReport, script: Script, cancelled: Callable[[], bool] = bool) -> Replayed:
        """Carry a script out, to its end or until ``cancelled`` says so, and compare; once, any one thread.

        Raises:
            BadInput: what a mechanism needs is not there; nothing has been started.
        """
        self._check(script)
        self._cancelled = cancelled
        total, done = sum(len(phase.actions) for phase in script.phases) + len(script.experiments), 0
        for place, phase in enumerate(script.phases):
            later = sum(phase.until for phase in script.phases[place + 1 :])
            self._play(phase, done, total, later)
            done += len(phase.actions)
        if cancelled():
            self._controller.close(self._deadline)
            self._pump.wait(self._controller.is_idle, self._deadline + _RELEASED_WITHIN)
        experiments = []
        for step, experiment in enumerate(script.experiments, done):
            if cancelled():
                break
            self._on_progress(Progress(step, total, None, f"{experiment.title}."))
            experiments.append(self._repeat(experiment))
        is_whole = not cancelled()
        comparisons = tuple(
            compared(run, script.workers[run.run], self._again(run), as_it_was=run.run in script.as_recorded)
            for run in report.runs
            if run.run in script.workers and run.outcome is not None
        )
        endless = (run for run in report.runs if run.run in script.workers and run.outcome is None)
        remarks = (f"{run.title} is not compared: the session ended before it did." for run in endless)
        left = tuple(self.runtime.left(self._pump))
        return Replayed(comparisons, (*script.remarks, *remarks), left, is_whole, tuple(experiments))

    def close(self) -> None:
        """End everything; runs that are stuck are left."""
        self.runtime.close()

    def _check(self, script: Script) -> None:
        """Raise BadInput if a mechanism needs what is not there."""
        for strategy in {worker.strategy for worker in script.workers.values()}:
            try:
                self._catalogue.strategy(strategy).check_available()
            except BadInput as error:
                raise BadInput(f"{strategy}: {error}", error.field) from None

    # -- one phase -----------------------------------------------------------------------------------------------

    def _play(self, phase: Phase, done: int, total: int, later: int) -> None:
        """Play a phase; ``done`` of ``total`` actions were before it, and ``later`` ns are recorded after it."""
        clock = self.runtime.clock
        origin = clock.now()
        for number, action in enumerate(phase.actions, done + 1):
            left = (later + phase.until - (clock.now() - origin)) / 1e9
            self._on_progress(Progress(number - 1, total, max(left, 0), f"Action {number:,} of {total:,}."))
            self._pump.wait(self._cancelled, (origin + action.at - clock.now()) / 1e9)
            if self._cancelled():
                return
            self._do(action)
        # A run that is stuck may end after all, as it may have done when it was recorded.
        patience = origin + 2 * phase.until + round(self._deadline * 1e9)
        if self._wait(self._controller.is_idle, (patience - clock.now()) / 1e9) or self._cancelled():
            return
        # Given up: those that have not ended when their record had are asked to stop, and let go if they are stuck.
        for action in phase.actions:
            self._controller.stop(self._runs.get(action.run, 0))
        self._wait(self._controller.are_only_stuck, None)
        self._controller.let_all_go()
        self._wait(self._controller.is_idle, _RELEASED_WITHIN)

    def _repeat(self, experiment: RecordedExperiment) -> Repeated:
        """Do a race or a matrix again, in a thread of its own: this one goes on looking for a cancel."""
        cancel = threading.Event()
        with ThreadPoolExecutor(1, "experiment") as pool:
            repeating = pool.submit(repeat_experiment, experiment, cancel)
            repeating.add_done_callback(lambda _: self.runtime.stream.ring())
            try:
                self._wait(repeating.done, None)
            finally:
                cancel.set()  # where it is not through yet, it lets its runs go
        return repeating.result()

    def _wait(self, true: Callable[[], bool], seconds: float | None) -> bool:
        """Read until something is true, and return whether it was in time; a cancel ends it as well."""
        self._pump.wait(lambda: true() or self._cancelled(), seconds)
        return true()

    def _do(self, action: ScheduledAction) -> None:
        run = self._runs.get(action.run, 0)
        if action.word == START and action.worker is not None:
            started = self._controller.start(action.worker)
            if started is not None:
                self._runs[action.run] = started
        elif action.word == STOP:
            self._controller.stop(run)
        elif action.word == LET_GO:
            self._controller.let_go(run)
        elif action.word == KILL:
            self._controller.kill(run)
        else:
            self._controller.stop_all()

    def _again(self, recorded: RunReport) -> RunReport:
        run = self._runs.get(recorded.run, 0)
        snapshot = self._controller.state.snapshot(run)
        if snapshot is None:
            return RunReport(0, recorded.name)
        return run_report(snapshot, line_records=self._controller.state.line_records(run))
