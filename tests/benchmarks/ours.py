"""Our design: the real main window on the real controller, with the workers table and the log on the screen."""

import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.own_code.description import OwnCode, read_stop
from app.core.worker import PROCESS, WINDOW, Worker, code_worker
from app.documents.settings import Settings
from app.ui import bridge
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.start import build_services, paint_in_one_thread, shutdown

from ..timers import running_timers
from .case import Case
from .design import Design, EmptyBesideProcesses
from .session_check import Numbers, all_committed, checked_file

# Records of one run that need no credit: its states, its chain, the lines that were in hand when it was asked to stop.
WITHOUT_CREDIT = 10
# How many of the newest lines in the view are looked at: with the file behind it, it has every line of the session.
LOOKED_AT = 1_000_000
PAINTING = 0.3  # seconds in which what has ended is painted, and that is recorded
_PAGE = 16_000


class Ours(Design):
    """The window as it is in the product: its session is on disk, in a temporary folder.

    Workers of the strategy event-poll, started by the window's own action; the collector drains in a thread of its own.
    """

    bridge_class: type[Bridge] = Bridge
    recorded = True
    engine = WINDOW
    workload = "sleep"

    def __init__(self, case: Case) -> None:
        self._case = case
        paint_in_one_thread()
        workers = tuple(
            Worker(
                f"Event {number}",
                "event-poll",
                self.workload,
                interval=case.interval,
                limit=case.count if case.kind == "whole" else None,
                engine=self.engine,
            )
            for number in range(1, case.workers + 1)
        )
        self._folder = tempfile.TemporaryDirectory()
        settings = replace(Settings(), workers=workers)
        folder = Path(self._folder.name)
        sessions = folder / "sessions" if self.recorded else None
        self.services = build_services(Catalogue(), settings, folder / "settings.toml", sessions)
        self._behind = 0
        self._watch_recorder()
        with patch.object(bridge, "Bridge", self.bridge_class):
            from app.ui.main_window_setup import fill_window  # here: it takes the bridge that stands there now

            self.window = self.main = MainWindow()
            fill_window(self.main, self.services)
        self.services.garbage.freeze()
        self.store = self.main.parts.log.store
        self.viewport = self.main.parts.log.view.viewport()

    def _watch_recorder(self) -> None:
        """Look at how far behind the recorder is each time it is given a batch: that is when it is furthest behind."""
        recorder = self.services.recorder
        if recorder is None:
            return
        consume = recorder.consume

        def watched(drained: Drained) -> None:
            # Before the batch is queued: until then, what waits can only become less.
            self._behind = max(self._behind, recorder.status().behind + len(drained.batch))
            consume(drained)

        recorder.consume = watched

    def behind(self) -> list[int] | None:
        if self.services.recorder is None:
            return None
        return [self._behind, self.services.stream.in_flight + WITHOUT_CREDIT * self._case.workers]

    def start(self) -> None:
        self.main.parts.workers.start()

    def stop(self) -> None:
        self.services.controller.stop_all()

    def all_begun(self) -> bool:
        written = self.written()
        return len(written) == self._case.workers and all(written.values())

    def all_shown(self) -> bool:
        # Once it is quiet no timer ticks: until then runs are alive, or what they wrote has not been handed on.
        return self.services.controller.is_idle() and not running_timers(self.main.parts.bridge)

    def shown(self) -> int:
        return self.store.end

    def stamps(self) -> Sequence[int]:
        return array("q", (record.instant for record in self.store.records(0, self.store.end)))

    def numbers(self) -> str:
        """Look at the newest million lines of the view, at what each worker says that it wrote, and at what is on disk."""
        from .window_case import let_pass  # here: it imports this module

        let_pass(PAINTING)  # that an end was shown is a record as well, and comes after it
        verdict = self._numbers_in_view()
        if verdict == "ok" and self.recorded:
            verdict = all_committed(self.services.recorder, self.store.end)
        if verdict != "ok" or not self.recorded or self._case.kind != "whole":
            return verdict
        return checked_file(self.services.recorder, self.written(), self.store.end)

    def written(self) -> dict[int, int]:
        """Return how many lines each run says that it wrote."""
        runs = [row.run for row in self.main.parts.workers.rows.rows if row.run is not None]
        return {snapshot.run: snapshot.lines for snapshot in self.services.controller.state.snapshots(runs)}

    def _numbers_in_view(self) -> str:
        """Look at the view: each worker's numbers go up by one and end with its last; from 1 on, if all is looked at."""
        store = self.store
        start = max(store.first, store.end - LOOKED_AT)
        numbers = Numbers()
        seen = 0
        for first in range(start, store.end, _PAGE):
            for record in store.records(first, min(_PAGE, store.end - first)):
                seen += 1
                if record.kind == Kind.LINE:
                    numbers.add(record.run, record.text)
        if seen != store.end - start or store.end != self.main.parts.bridge.records:
            return "NOT ok: records are missing in the view"
        return numbers.verdict(self.written(), whole=start == 0)

    def close(self) -> None:
        self.main.hide()
        shutdown(self.services, self.main)
        self._folder.cleanup()


class OursInProcesses(Ours):
    """The same window, with a process of its own for each worker."""

    engine = PROCESS


class OursInTwoProcesses(OursInProcesses):
    """The same with two workers: a child has one, so two children write with two threads what four of the window's would."""

    def __init__(self, case: Case) -> None:
        super().__init__(replace(case, workers=2))


class OursComputing(OursInProcesses):
    """The same, with workers that compute."""

    workload = "compute"


class OursBesideProcesses(Ours):
    """The window with slow workers of its own, beside processes that compute, as many: the yardstick of our own children."""

    def __init__(self, case: Case) -> None:
        super().__init__(replace(case, interval=0.05))
        self._beside = EmptyBesideProcesses(case)

    def start(self) -> None:
        super().start()
        self._beside.start()

    def stop(self) -> None:
        super().stop()
        self._beside.stop()


class OursComputingInOne(OursInProcesses):
    """The same, with one child whose run is code of a person's own: it has threads that compute, as many as workers."""

    _CODE = """
import threading

def compute(stop, count):
    def go_round():
        while not stop.is_set():
            for number in range(10_000):
                number * number
    threads = [threading.Thread(target=go_round) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

    def start(self) -> None:
        file = Path(self._folder.name) / "computing.py"
        file.write_text(self._CODE, "utf-8")
        arguments = (("count", str(self._case.workers)),)
        code = OwnCode(str(file), "compute", read_stop("argument stop"), arguments)
        self.services.controller.start(code_worker("Computing", code))

    def numbers(self) -> str:
        return "ok"  # it writes no lines


class OursUnrecorded(Ours):
    """The same window without a session: what recording costs is the difference."""

    recorded = False
