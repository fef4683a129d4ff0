"""Our design: the real main window on the real controller, with the workers table and the log on the screen."""

import tempfile
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.documents.settings import Settings
from app.ui import main_window
from app.ui.bridge import Bridge
from app.ui.start import build_services, put_away

from .case import Case
from .design import Design


class Ours(Design):
    """Workers of the strategy event-poll, started by the window's own action; the bridge drains in the GUI thread."""

    bridge_class: type[Bridge] = Bridge
    recorded = False

    def __init__(self, case: Case) -> None:
        workers = tuple(
            Worker(f"Event {number}", "event-poll", interval=case.interval, limit=case.count or None)
            for number in range(1, case.workers + 1)
        )
        self._folder = tempfile.TemporaryDirectory()
        settings = replace(Settings(), workers=workers)
        folder = Path(self._folder.name)
        sessions = folder / "sessions" if self.recorded else None
        self._services = build_services(Catalogue(), settings, folder / "settings.toml", sessions)
        with patch.object(main_window, "Bridge", self.bridge_class):
            self.window = self._main = main_window.MainWindow(self._services)
        self._store = self._main.log.store
        self.viewport = self._main.log.view.viewport()

    def start(self) -> None:
        self._main.workers.start()

    def stop(self) -> None:
        self._services.controller.stop_all()

    def all_shown(self) -> bool:
        # Once it is quiet no timer ticks: until then runs are alive, or what they wrote has not been handed on.
        return self._services.controller.is_idle() and not self._main.bridge.is_ticking()

    def shown(self) -> int:
        return self._store.end

    def stamps(self) -> Sequence[int]:
        return array("q", (record.instant for record in self._store.records(0, self._store.end)))

    def numbers(self) -> str:
        """Look at every line that the log holds, and at how many lines each worker says that it wrote.

        The log holds the last million records. Each worker's numbers in it must go up by one and end with its last; where
        nothing was let go yet, they must begin with 1 as well.
        """
        store = self._store
        runs = [row.run for row in self._main.workers.rows.rows if row.run is not None]
        written = {snapshot.run: snapshot.lines for snapshot in self._services.controller.snapshots(runs)}
        kept: dict[int, list[int]] = {run: [] for run in written}
        for record in store.records(store.first, store.end - store.first):
            if record.kind == Kind.LINE:
                kept[record.run].append(int(record.text.rpartition(" ")[2]))
        for run, numbers in kept.items():
            if numbers != list(range(written[run] - len(numbers) + 1, written[run] + 1)):
                return f"NOT ok: run {run} has a gap"
            if store.first == 0 and len(numbers) != written[run]:
                return f"NOT ok: run {run} lacks its beginning"
        return "ok" if store.end == self._main.bridge.records else "NOT ok: records are missing"

    def close(self) -> None:
        self._main.hide()
        put_away(self._services, self._main)
        self._folder.cleanup()


class OursRecorded(Ours):
    """The same window with its session on disk, in a temporary folder."""

    recorded = True
