"""Measures how much memory the real window has after many lines: four workers at interval 0, recorded."""

from .case import MARK, Case, Figures, three
from .design import Design
from .lag import WindowLag
from .machine import ProcessorShare, memory
from .window_case import measured_in_window, run_until


def measure(case: Case) -> Figures:
    """Return the memory at a million lines and at as many as the case says; the main thread of a fresh process."""
    return measured_in_window(case, _many)


def _many(case: Case, design: Design) -> Figures:
    figures, share, lag = Figures(), ProcessorShare(), WindowLag()
    lag.start()
    design.start()
    for mark in (MARK, case.count):
        run_until(lambda mark=mark: design.shown() >= mark)
        figures.memory.append((design.shown(), memory()))
    design.stop()
    run_until(design.all_shown)
    figures.lag = three(lag.finish())
    figures.lines = design.shown()
    figures.stolen, figures.others = share.since()
    figures.numbers = design.numbers()
    return figures
