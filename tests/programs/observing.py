"""Programs that are observed in tests, and a Python that can be: this one, or a newer one where this is too old."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from app.core.batch import Batch, Record
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.events import Event, events_of
from app.core.fold import RunSnapshot
from app.core.program import Program
from app.core.pump import Pump
from app.core.runtime import Runtime
from app.programs.runtime import build_runtime
from tests.fakes import PATIENCE

_NEWER = ("python3.15", "python3.14", "python3.13", "python3.12")


@cache
def observable_python() -> str | None:
    """Return a Python in which programs can be observed; None if there is none on this machine."""
    if sys.version_info >= (3, 12) and getattr(sys, "_is_gil_enabled", lambda: True)():
        return sys.executable
    for path in filter(None, map(shutil.which, _NEWER)):
        # What a version manager has by that name may not be switched on; then its file lies beside.
        versions = sorted(
            Path(path).parents[1].glob(f"versions/{Path(path).name.removeprefix('python')}.*/bin/python3")
        )
        for each in (path, *map(str, versions)):
            if not subprocess.run([each, "-c", ""], capture_output=True, check=False).returncode:
                return each
    return None


needs_observable = pytest.mark.skipif(
    os.name != "posix" or observable_python() is None, reason="no Python 3.12 or newer is on this machine"
)


def a_program(folder: Path, source: str, *arguments: str, name: str = "program.py") -> Program:
    """Write a program to a file; return how it is run."""
    path = folder / name
    path.write_text(source, "utf-8")
    return Program(observable_python() or "", (str(path), *arguments), str(folder))


class ObservingRuntime:
    """The runtime of the window, read by the test; closed by it.

    Attributes:
        records: all that came, as it came.
        by_run: the events of each run.
    """

    def __init__(self, deadline: float = 0.3) -> None:
        self.runtime: Runtime = build_runtime(Catalogue(), deadline=deadline)
        self.controller = self.runtime.controller
        self.records: list[Record] = []
        self.by_run: dict[int, list[Event]] = {}
        self.held: list[Drained] = []
        self.is_holding = False
        self.pump = Pump(self.runtime.stream, self._read, self._release)

    def _read(self, batch: Batch) -> None:
        self.records += batch
        for _, run, event in events_of(batch):
            self.by_run.setdefault(run, []).append(event)
        self.controller.consume(batch)

    def _release(self, drained: Drained) -> None:
        if self.is_holding:
            self.held.append(drained)
        else:
            self.runtime.stream.release(drained)

    def observe(self, program: Program) -> int:
        """Start a program; return the run of its main thread."""
        run = self.controller.observe(program)
        assert run is not None
        return run

    def until(self, true: Callable[[], bool]) -> None:
        assert self.pump.wait(true, PATIENCE), self.controller.state.runs()

    def until_idle(self) -> None:
        self.until(self.controller.is_idle)

    def named(self, worker: str, number: int = 1) -> RunSnapshot:
        """Return what is known of a run by its name; ValueError if there is none."""
        (run,) = [each for each in self.controller.state.runs() if each.name == (worker, number)]
        return run

    def has(self, worker: str) -> bool:
        return any(run.name.worker == worker for run in self.controller.state.runs())

    def events(self, worker: str, number: int = 1) -> list[Event]:
        return self.by_run[self.named(worker, number).run]

    def close(self) -> None:
        self.runtime.close()
