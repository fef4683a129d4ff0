"""Measures a window that has little to do: a thousand slow workers, one slow worker, no worker at all."""

import gc
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from .case import Case, Figures, three
from .design import Design
from .lag import LineLag, WindowLag
from .machine import ProcessorShare, sleeps
from .window_case import WARM_UP, let_pass, measured_in_window, run_until


def measure(case: Case) -> Figures:
    """Return the figures of a calm case; the main thread of a fresh process."""
    kinds = {"starting": _starting, "thousand": _thousand, "slow": _slow, "idle": _idle, "idle-again": _idle_again}
    return measured_in_window(case, kinds[case.kind])


class _Meter:
    """The process's own time on the processors, and what others took, since this was made."""

    def __init__(self) -> None:
        self._share = ProcessorShare()
        self._wall, self._own, self._sleeps = time.perf_counter(), time.process_time(), sleeps()

    def note(self, figures: Figures) -> None:
        figures.wall = time.perf_counter() - self._wall
        figures.processor = (time.process_time() - self._own) / figures.wall
        figures.wakes = sleeps() - self._sleeps
        figures.stolen, figures.others = self._share.since()


def _starting(_case: Case, design: Design) -> Figures:
    """Measure the window lag from the start until every worker has written its first line."""
    figures = Figures()
    meter, lag = _Meter(), WindowLag()
    lag.start()
    design.start()
    run_until(design.all_begun)
    figures.lag = three(lag.finish())
    meter.note(figures)
    return _ended(figures, design)


def _thousand(case: Case, design: Design) -> Figures:
    """Measure the window lag and the processors' time once every worker has written its first line."""
    design.start()
    run_until(design.all_begun)
    let_pass(WARM_UP)
    figures, first = Figures(), design.shown()
    meter, lag = _Meter(), WindowLag()
    lag.start()
    let_pass(case.seconds)
    figures.lag = three(lag.finish())
    meter.note(figures)
    figures.lines = design.shown() - first
    figures.rate = figures.lines / figures.wall
    return _ended(figures, design)


def _ended(figures: Figures, design: Design) -> Figures:
    """Stop all workers, look at the numbers, and return the figures."""
    design.stop()
    run_until(design.all_shown)
    figures.numbers = design.numbers()
    return figures


def _slow(case: Case, design: Design) -> Figures:
    """Measure the line lag of a worker that writes ten lines a second, nothing else going on."""
    design.start()
    let_pass(WARM_UP)
    figures, first = Figures(), design.shown()
    meter, line_lag = _Meter(), LineLag(design.viewport, design.shown)
    let_pass(case.seconds)
    figures.line_lag = three(line_lag.finish(design.stamps(), first))
    meter.note(figures)
    return _ended(figures, design)


def _idle(case: Case, _design: Design) -> Figures:
    """Measure what a window costs in which no worker runs; no timer of ours ticks meanwhile but the one that ends it."""
    figures = Figures(timers=len(active_timers()))
    meter = _Meter()
    let_pass(case.seconds)
    meter.note(figures)
    figures.timers = max(figures.timers or 0, len(active_timers()))
    return figures


def _idle_again(case: Case, design: Design) -> Figures:
    """Measure the same in a window in which a worker has run, and no longer does."""
    design.start()
    run_until(design.all_begun)
    design.stop()
    run_until(design.all_shown)
    let_pass(WARM_UP)
    return _idle(case, design)


def active_timers() -> list[QTimer]:
    """Return the QTimers that tick: those in the tree of the application and its windows, and those that Python holds."""
    application = QApplication.instance()
    roots = [application, *QApplication.topLevelWidgets()]
    found = {timer for root in roots for timer in root.findChildren(QTimer)}
    found.update(thing for thing in gc.get_objects() if type(thing) is QTimer)
    return [timer for timer in found if timer.isActive()]
