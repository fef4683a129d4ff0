"""Kills a child, or the window, at a random moment, and says what is wrong with the record of it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.core.batch import LINES
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.events import Ended, decode
from app.core.pump import Pump
from app.core.states import Outcome
from app.core.worker import PROCESS, Worker
from app.programs.process import APP
from app.programs.runtime import build_runtime
from app.session.folder import session_paths
from app.session.reader import SessionReader
from app.session.recorder import build_recorder, session_start
from tests.core.harness import eventually
from tests.programs.children import lives

NAMES = "AB"
_LONGEST = 0.4  # seconds from the first line on the disk to the kill
_GOES_ON = 1_000  # lines that the worker which was not killed still writes
_SET = "".join(
    f'[[worker]]\nname = "{name}"\nstrategy = "event-poll"\ninterval = 0\ntext = "{{i}}"\nengine = "{PROCESS}"\n'
    for name in NAMES
)


def kill_child(folder: Path, chance: random.Random) -> list[str]:
    """Have two children write, kill one of them, and return what is wrong with the record; empty if nothing is."""
    runtime = build_runtime(Catalogue())
    recorder = build_recorder(folder, session_start(runtime.stream), runtime.stream)
    controller = runtime.controller
    pump = Pump(runtime.stream, controller.consume, recorder.consume)
    try:
        runs = [
            controller.start(Worker(name, "event-poll", interval=0.0, text="{i}", engine=PROCESS)) for name in NAMES
        ]
        doomed, other = (run for run in runs if run is not None)
        pump.wait(lambda: recorder.status().committed and all(map(controller.state.line_records, (doomed, other))))
        until = time.monotonic() + chance.uniform(0, _LONGEST)
        pump.wait(lambda: time.monotonic() >= until)
        host = controller.state.snapshot(doomed).host
        assert host is not None
        os.kill(host.pid, signal.SIGKILL)
        acknowledged = recorder.status().committed
        pump.wait(lambda: not controller.state.is_live(doomed))
        seen = controller.state.line_records(other)
        pump.wait(lambda: controller.state.line_records(other) > seen + _GOES_ON)
        ended = controller.state.snapshot(doomed)
        controller.stop(other)
        pump.wait(controller.is_idle)
    finally:
        runtime.shutdown()
        recorder.close()
        runtime.stream.close()
    problems = problems_of(folder, acknowledged)
    if ended.outcome is not Outcome.FAILED or "SIGKILL" not in ended.error:
        problems.append(f"it ended as {ended.outcome}: {ended.error}")
    return problems


def kill_window(folder: Path, chance: random.Random) -> list[str]:
    """Have two children of a window write, kill the window, and return what is wrong with the record."""
    workers = folder / "workers.toml"
    workers.write_text(_SET, "utf-8")
    window = subprocess.Popen(
        [sys.executable, "-m", "app", "--workers", workers, "--start", "--session-dir", folder / "sessions"],
        cwd=APP.parent,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with window:
        try:
            eventually(lambda: _committed(folder / "sessions"))
            time.sleep(chance.uniform(0, _LONGEST))
            children = Path(f"/proc/{window.pid}/task/{window.pid}/children").read_text().split()
            acknowledged = _committed(folder / "sessions")
        finally:
            window.kill()
    for pid in map(int, children):
        eventually(lambda pid=pid: not lives(pid))
    return problems_of(folder / "sessions", acknowledged)


def _committed(folder: Path) -> int:
    """Return how many records the only session in a folder has on the disk."""
    for path in session_paths(folder):
        try:
            with SessionReader(path, lambda _sentence: None) as reader:
                return reader.records()
        except BadInput:  # it is being made
            return 0
    return 0


def problems_of(folder: Path, acknowledged: int) -> list[str]:
    """Return what is wrong with the only session in a folder, of which so many records were on the disk before."""
    problems: list[str] = []
    (path,) = session_paths(folder)
    texts: dict[str, list[str]] = {name: [] for name in NAMES}
    with SessionReader(path, problems.append) as reader:
        records = reader.records()
        for line in reader.lines():
            if line.kind in LINES:
                texts[line.name.worker].append(line.text)
            elif isinstance(event := decode(line.kind, line.text), Ended) and event.lines != len(
                texts[line.name.worker]
            ):
                problems.append(f"{line.name.worker} ended after {event.lines:,} lines, as it says")
    if records < acknowledged or not acknowledged:
        problems.append(f"{records:,} records of {acknowledged:,} that were acknowledged")
    problems += [
        f"{name} has {len(written):,} lines with a gap"
        for name, written in texts.items()
        if written != [str(number) for number in range(1, len(written) + 1)]
    ]
    return problems
