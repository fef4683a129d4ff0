"""Start-up: from just before a process is made to its window's first paint, ours beside a bare one, in turns."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from .machine import ProcessorShare

_PATIENCE = 60.0
_KEPT = ("CONFIG", "DATA", "STATE", "CACHE")


@dataclass
class StartUp:
    """Milliseconds of each start, without the first of each kind, which found nothing in the disk's cache."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    stolen: float = 0.0

    def ratio(self) -> float:
        """Return how many times the bare window's median ours takes."""
        return median(self.ours) / median(self.bare)


def measure_startup(times: int) -> StartUp:
    """Start each of both so often, in turns, with settings, sessions and caches in a temporary folder."""
    found = StartUp()
    share = ProcessorShare()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        # A program that was installed has its bytecode beside it.
        others = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        surroundings = others | {f"XDG_{kind}_HOME": str(Path(folder, kind.lower())) for kind in _KEPT}
        # As installed: bytecode is there. It is kept apart, and the first start of each kind writes it.
        surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
        surroundings["PYTHONPYCACHEPREFIX"] = str(Path(folder, "bytecode"))
        ours = ["ours", "--session-dir", str(Path(folder, "sessions"))]
        for turn in range(times + 1):
            for arguments, values in ((["bare"], found.bare), (ours, found.ours)):
                taken = _started(arguments, surroundings)
                if turn:
                    values.append(taken)
    found.stolen = share.since()[0]
    return found


def _started(arguments: list[str], surroundings: dict[str, str]) -> float:
    """Return the milliseconds that one start takes."""
    command = [sys.executable, "-m", "tests.benchmarks.startup_child", *arguments]
    before = time.monotonic_ns()
    child = subprocess.run(
        command,
        check=False,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        stdin=subprocess.DEVNULL,
    )
    if child.returncode or not child.stdout:
        raise RuntimeError(f"{' '.join(arguments)} ended with status {child.returncode}: {child.stderr}")
    return (int(child.stdout.split()[0]) - before) / 1e6
