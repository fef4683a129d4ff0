"""The timeline: frames while panning and zooming, and beside busy workers: ``python -m tests.benchmarks.timeline``.

1. 64 lanes with a million ticks together, all on the screen, are panned, zoomed at the pointer, and both again at the
   deepest zoom. A frame is from the call that changes the span to the end of the widget's repaint. Beside it the same
   frames of an empty label of the same size that is given a plain picture each time.
2. A batch of 16,000 lines, as a frame brings them at a million lines a second, is taken by the model.
3. The whole window with 4 workers that write as fast as they can, and with 4 that write every 10 ms beside 4 threads
   that only compute; each with the timeline and without: window lag.

``--real`` uses the screen that there is; otherwise Qt's offscreen platform paints into memory.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from .machine import ComputingThreads, ProcessorShare, environment, stolen_words, wait_until_quiet
from .report import table
from .targets import verdict_line

LANES = 64
TICKS = 1_000_000
GAP = 3_840_000  # ns between two lines of a run: then the million are a minute
ORIGIN = 1_000
MOST_FRAME = 16.7  # ms, p99
MOST_LAG = 33.0  # ms, p99, beside 4 busy workers
MOST_BATCH = 1.0  # ms, median


def three(times: Sequence[float]) -> list[float]:
    """Return p50, p99 and the greatest of some times."""
    ordered = sorted(times)
    return [statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], ordered[-1]]


def frames(change: Callable[[int], None], count: int) -> list[float]:
    """Return how long so many changes took, each with its repaint, in ms."""
    found = []
    for frame in range(count):
        begun = time.perf_counter_ns()
        change(frame)
        found.append((time.perf_counter_ns() - begun) / 1e6)
    return found


def filled_panel() -> "TimelinePanel":  # noqa: F821
    """Return a timeline with the lanes and ticks, on the screen."""
    from app.core.batch import Batch, RunName
    from app.core.events import Running, Started, encode
    from app.ui.theme import Theme, WorkerMarks
    from app.ui.timeline.panel import TimelinePanel

    theme = Theme()
    panel = TimelinePanel(ORIGIN, theme, WorkerMarks(theme))
    names = {run: RunName(f"Worker {run}", 1) for run in range(1, LANES + 1)}
    for run, name in names.items():
        batch = Batch()
        for instant, event in ((ORIGIN, Started("event-poll", "sleep", 0.004)), (ORIGIN + 1, Running(ORIGIN, 1))):
            kind, text = encode(event)
            batch.add(run, name, array("q", [instant]), bytes([kind]), [text])
        panel.add(batch)
    each = TICKS // LANES
    for first in range(0, each, 250):
        batch = Batch()
        for run, name in names.items():
            some = range(first, min(first + 250, each))
            instants = array("q", (ORIGIN + i * GAP + run * 7_919 for i in some))
            batch.add(run, name, instants, bytes(len(some)), ["x"] * len(some))
        panel.add(batch)
    panel.refresh()
    panel.resize(1_400, 2_000)
    panel.show()
    panel.refresh()
    height = panel.canvas.places.top(LANES) + 200
    panel.resize(1_400, height)
    return panel


def painted(count: int) -> dict[str, list[float]]:
    """Return the frames of each kind, in ms."""
    from PySide6.QtGui import QImage, QPixmap
    from PySide6.QtWidgets import QApplication, QLabel

    from app.ui.timeline.scale import Span

    panel = filled_panel()
    QApplication.processEvents()
    view, navigation, canvas = panel.view, panel.view.navigation, panel.canvas
    assert len(view.rows()) == LANES, f"{len(view.rows())} lanes are on the screen"

    def shown() -> None:
        panel.refresh()
        canvas.repaint()

    def pan(frame: int) -> None:
        navigation.pan(9 if frame // 100 % 2 == 0 else -9, view.width, view.known())
        shown()

    def zoom(frame: int) -> None:
        at = navigation.span.at(view.width // 3, view.width)
        navigation.zoom(1 if frame // 40 % 2 == 0 else -1, at, view.known())
        shown()

    found = {}
    view.fit()
    for name, length in (("a minute", 60 * 10**9), ("a second", 10**9), ("a millisecond", 10**6)):
        navigation.show(Span(20 * 10**9, 20 * 10**9 + length))
        found[f"pan, {name} across"] = frames(pan, count)
    view.fit()
    found["zoom in and out"] = frames(zoom, count)
    empty = QLabel()
    empty.resize(canvas.size())
    empty.show()
    QApplication.processEvents()

    def plain(frame: int) -> None:
        image = QImage(canvas.size(), QImage.Format.Format_RGB32)
        image.fill(0xFF000000 | frame)
        empty.setPixmap(QPixmap.fromImage(image))
        empty.repaint()

    found["an empty label"] = frames(plain, count)
    panel.shutdown()
    panel.close()
    return found


def taken(runs: int, count: int = 200) -> list[float]:
    """Return how long the model takes for a batch of 16,000 lines of so many runs, in ms."""
    from app.core.batch import Batch, RunName
    from app.ui.timeline.model import Timeline

    timeline = Timeline(0)
    found = []
    for frame in range(count):
        batch = Batch()
        each = 16_000 // runs
        for run in range(1, runs + 1):
            instants = array("q", range(frame * 16_000_000, (frame + 1) * 16_000_000, 16_000_000 // each))
            batch.add(run, RunName("W", run), instants, bytes(len(instants)), ["x"] * len(instants))
        begun = time.perf_counter_ns()
        timeline.add(batch)
        found.append((time.perf_counter_ns() - begun) / 1e6)
    return found


def beside_workers(seconds: float, *, shown: bool, computing: int) -> list[float]:
    """Return the window lags, in ms, of the whole window beside 4 workers, or beside as many that only compute."""
    from app.core.catalogue import Catalogue
    from app.core.worker import Worker
    from app.documents.settings import Settings
    from app.ui.main_window import MainWindow
    from app.ui.main_window_setup import fill_window
    from app.ui.start import build_services, shutdown

    from ..timers import running_timers
    from .lag import WindowLag
    from .window_case import let_pass, run_until

    interval = 0.01 if computing else 0.0
    workers = tuple(Worker(f"Event {number}", "event-poll", interval=interval) for number in range(4))
    threads = ComputingThreads(computing)
    with tempfile.TemporaryDirectory() as name:
        settings = replace(Settings(), workers=workers)
        services = build_services(Catalogue(), settings, Path(name) / "settings.toml", Path(name) / "sessions")
        window = MainWindow()
        fill_window(window, services)
        window.parts.actions.timeline.setChecked(shown)
        window.show()
        let_pass(0.5)
        window.parts.workers.start()
        threads.start()
        let_pass(1.5)
        lag = WindowLag()
        lag.start()
        let_pass(seconds)
        found = lag.finish()
        threads.stop()
        services.controller.stop_all()
        run_until(lambda: services.controller.is_idle() and not running_timers(window.parts.bridge))
        shutdown(services, window)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=600, help="frames of each kind")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the window lag is measured")
    parser.add_argument("--real", action="store_true", help="paint on the screen that there is")
    parser.add_argument("--wait", type=float, default=20.0, help="most seconds to wait for the machine to be quiet")
    options = parser.parse_args(arguments)
    if not options.real:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    sys.stdout.write(f"{environment()}\n\n")
    wait_until_quiet(options.wait)
    share = ProcessorShare()
    found = painted(options.frames)
    found["16,000 lines of 4 runs taken"] = taken(4)
    found["16,000 lines of 64 runs taken"] = taken(64)
    for computing, what in ((0, "4 writing"), (4, "4 computing")):
        for shown, how in ((False, "no timeline"), (True, "timeline")):
            wait_until_quiet(options.wait)
            lags = beside_workers(options.seconds, shown=shown, computing=computing)
            found[f"window lag, {what}, {how}"] = lags
    figures = {name: three(times) for name, times in found.items()}
    rows = [(name, *(f"{figure:.2f}" for figure in each)) for name, each in figures.items()]
    sys.stdout.write(table(("ms", "p50", "p99", "max"), rows) + "\n\n")
    for name, (p50, p99, _) in figures.items():
        if name.startswith(("pan", "zoom")):
            sys.stdout.write(
                verdict_line((p99 <= MOST_FRAME, f"{name}: p99 at most {MOST_FRAME} ms: {p99:.1f}")) + "\n"
            )
        elif name.startswith("16,000 lines of 4"):
            sys.stdout.write(verdict_line((p50 <= MOST_BATCH, f"{name}: at most {MOST_BATCH:g} ms: {p50:.2f}")) + "\n")
        elif name.endswith(", timeline"):
            sys.stdout.write(verdict_line((p99 <= MOST_LAG, f"{name}: p99 at most {MOST_LAG:g} ms: {p99:.1f}")) + "\n")
    sys.stdout.write(stolen_words("timeline", share.since()[0]) + "\n")
    application.processEvents()
    return 0


if __name__ == "__main__":
    sys.exit(main())
