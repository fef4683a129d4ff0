"""Measures a design in a window: how many lines reach the view, how late the window is, how late a line is."""

import os
import sys
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from .case import Case, Figures, three
from .design import SIZE, Design, Empty, EmptyBeside, EmptyBesideProcesses
from .gui_drain import OursInGui
from .lag import LineLag, WindowLag
from .machine import ComputingThreads, ProcessorShare, children_time
from .naive import Naive, NaiveBySlot
from .ours import (
    Ours,
    OursBesideProcesses,
    OursComputing,
    OursComputingInOne,
    OursInProcesses,
    OursInTwoProcesses,
    OursUnrecorded,
)
from .superqt_case import SuperQt

DESIGNS: dict[str, Callable[[Case], Design]] = {
    "ours": Ours,
    "ours-unrecorded": OursUnrecorded,
    "ours-processes": OursInProcesses,
    "ours-two-processes": OursInTwoProcesses,
    "ours-beside-processes": OursBesideProcesses,
    "ours-computing": OursComputing,
    "ours-computing-in-one": OursComputingInOne,
    "ours-gui": OursInGui,
    "naive": Naive,
    "naive-slot": NaiveBySlot,
    "superqt": SuperQt,
    "empty": Empty,
    "empty-beside": EmptyBeside,
    "empty-beside-processes": EmptyBesideProcesses,
}
WARM_UP = 0.5  # seconds in which a window is shown, and later the workers have begun, before anything is measured


def measure(case: Case) -> Figures:
    """Return the figures of a case that has a window; the main thread of a fresh process."""
    kinds = {"paced": _paced, "flood": _flood, "whole": _flood}
    return measured_in_window(case, kinds[case.kind])


def measured_in_window(case: Case, measuring: Callable[[Case, Design], Figures]) -> Figures:
    """Show the case's design, measure it and put it away; the main thread of a fresh process."""
    application = QApplication([])
    design = DESIGNS[case.design](case)
    sys.setswitchinterval(case.switch)
    design.window.resize(*SIZE)
    design.window.show()
    let_pass(WARM_UP)
    figures = measuring(case, design)
    figures.behind = design.behind()
    design.close()
    application.processEvents()
    return figures


def let_pass(seconds: float) -> None:
    """Run the event loop for some seconds."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1_000), loop.quit)
    loop.exec()


def run_until(condition: Callable[[], bool]) -> None:
    """Run the event loop until a condition, looked at every 20 ms, holds."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(20)
    timer.timeout.connect(lambda: condition() and loop.quit())
    timer.start()
    loop.exec()
    timer.stop()


def _flood(case: Case, design: Design) -> Figures:
    return _Flood(case, design).run()


class _Flood:
    """Workers that write as fast as they can for the case's seconds; then the view may show the rest.

    A thread asks them to stop, and another gives up on a view that is too far behind: a window that is flooded by signals
    fires no timers of its own. What the frozen view had by then is what counts, over all the time that it took. The lag
    counts until everything is shown, or until then.
    """

    def __init__(self, case: Case, design: Design) -> None:
        self._design = design
        self._figures = Figures()
        self._lag = WindowLag()
        self._stopper = threading.Timer(case.seconds, self._stop)
        self._watchdog = threading.Timer(case.seconds + case.draining, self._give_up)
        # What a line costs is measured between two looks, so that no start counts.
        self._looker = threading.Timer(case.seconds / 4, self._look)
        self._looked: tuple[int, float, float] | None = None
        for timer in (self._stopper, self._watchdog, self._looker):
            timer.daemon = True
        self._started_fires = 0
        self._has_limit = case.kind == "whole"

    def run(self) -> Figures:
        self._share = ProcessorShare()
        self._started = time.perf_counter_ns()
        self._watchdog.start()
        if not self._has_limit:
            self._stopper.start()
            self._looker.start()
        self._lag.start()
        self._design.start()
        run_until(self._design.all_shown)
        self._watchdog.cancel()
        self._note(capped=False)
        self._figures.numbers = self._design.numbers()
        return self._figures

    def _seconds(self) -> float:
        return (time.perf_counter_ns() - self._started) / 1e9

    def _note(self, *, capped: bool) -> None:
        figures, now = self._figures, time.perf_counter_ns()
        figures.lines, figures.wall, figures.capped = self._design.shown(), self._seconds(), capped
        figures.rate = figures.lines / figures.wall
        figures.stolen, figures.others = self._share.since()
        figures.lag = three(self._lag.finish(now if capped else None))
        figures.lag_later = three(self._lag.finish(now, self._started_fires))

    def _look(self) -> None:
        self._started_fires = self._lag.count()
        self._looked = (self._design.shown(), time.process_time(), children_time())

    def _stop(self) -> None:
        if self._looked is not None:
            lines, own, others = self._looked
            lines = max(1, self._design.shown() - lines)
            self._figures.a_line = [(time.process_time() - own) / lines, (children_time() - others) / lines]
        self._figures.rate_while = self._design.shown() / self._seconds()
        self._design.stop()

    def _give_up(self) -> None:
        self._note(capped=True)
        self._figures.behind = self._design.behind()
        sys.stdout.write(self._figures.to_json() + "\n")
        sys.stdout.flush()
        os._exit(0)


def _paced(case: Case, design: Design) -> Figures:
    """Measure the window lag, then the line lag, each for the case's seconds, beside the threads that only compute."""
    computing = ComputingThreads(case.computing)
    computing.start()
    design.start()
    let_pass(WARM_UP)
    share = ProcessorShare()
    lag = WindowLag()
    lag.start()
    let_pass(case.seconds)
    figures = Figures(lag=three(lag.finish()))
    if design.viewport is not None:
        line_lag = LineLag(design.viewport, design.shown)
        first = design.shown()
        let_pass(case.seconds)
        figures.line_lag = three(line_lag.finish(design.stamps(), first))
    figures.stolen, figures.others = share.since()
    design.stop()
    computing.stop()
    run_until(design.all_shown)
    figures.numbers = design.numbers()
    return figures
