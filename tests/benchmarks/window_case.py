"""Measures a design in a window: how many lines reach the view, how late the window is, how late a line is."""

import os
import sys
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from .case import Case, Figures, three
from .collector_thread import OursInThread
from .design import SIZE, Design, Empty
from .lag import LineLag, WindowLag
from .machine import ComputingThreads, ProcessorShare
from .naive import Naive
from .ours import Ours
from .superqt_case import SuperQt

DESIGNS: dict[str, Callable[[Case], Design]] = {
    "ours": Ours,
    "ours-thread": OursInThread,
    "naive": Naive,
    "superqt": SuperQt,
    "empty": Empty,
}
WARM_UP = 0.5  # seconds in which a window is shown, and later the workers have begun, before anything is measured


def measure(case: Case) -> Figures:
    """Return the figures of a case that has a window; the main thread of a fresh process."""
    application = QApplication([])
    design = DESIGNS[case.design](case)
    sys.setswitchinterval(case.switch)
    design.window.resize(*SIZE)
    design.window.show()
    let_pass(WARM_UP)
    figures = (_paced if case.kind == "paced" else _flood)(case, design)
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
    """Let the workers write for the case's seconds, then let the view show the rest; the lag counts until then.

    A thread asks them to stop, and another gives up on a view that is too far behind: a window that is flooded by signals
    fires no timers of its own. What the frozen view had by then is what counts, over all the time that it took.
    """
    lag = WindowLag()
    share = ProcessorShare()
    started = time.perf_counter_ns()

    figures = Figures()

    def note(*, capped: bool) -> None:
        now = time.perf_counter_ns()
        figures.lines, figures.wall = design.shown(), (now - started) / 1e9
        figures.rate, figures.capped = figures.lines / figures.wall, capped
        figures.stolen, figures.others = share.since()
        figures.lag = three(lag.finish(now if capped else None))

    def stop() -> None:
        figures.rate_while = design.shown() * 1e9 / (time.perf_counter_ns() - started)
        design.stop()

    def give_up() -> None:
        note(capped=True)
        report(figures)
        os._exit(0)

    stopper = threading.Timer(case.seconds, stop)
    watchdog = threading.Timer(case.seconds + case.draining, give_up)
    for timer in (stopper, watchdog):
        timer.daemon = True
    watchdog.start()
    if case.kind == "flood":
        stopper.start()
    lag.start()
    design.start()
    run_until(design.all_shown)
    watchdog.cancel()
    note(capped=False)
    figures.numbers = design.numbers()
    return figures


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


def report(figures: Figures) -> None:
    """Hand the figures to the parent: the last line of standard output."""
    sys.stdout.write(figures.to_json() + "\n")
    sys.stdout.flush()
