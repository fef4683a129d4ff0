"""The process that shows and records is killed while children write: what is on disk is gapless, and no child is left."""

import signal
import subprocess
import sys
from pathlib import Path

from app.core.batch import Kind
from app.programs.process import APP
from app.session.folder import session_paths
from app.session.reader import SessionReader
from tests.core.harness import eventually
from tests.programs.children import lives

_RECORDER = """\
import sys
from datetime import datetime
from pathlib import Path
from app.core.catalogue import Catalogue
from app.core.pump import Pump
from app.core.worker import PROCESS, Worker
from app.programs.runtime import build_runtime
from app.session.recorder import build_recorder, session_start
runtime = build_runtime(Catalogue())
recorder = build_recorder(Path(sys.argv[1]), session_start(runtime.stream), runtime.stream)
controller = runtime.controller
pump = Pump(runtime.stream, controller.consume, recorder.consume)
for name in "AB":
    controller.start(Worker(name, "event-poll", interval=0.0, text="{i}", engine=PROCESS))
pump.wait(lambda: recorder.status().committed > 20_000)
children = runtime.others[PROCESS]._life.links
print(*[link.end.pid for link in children], flush=True)
pump.wait(lambda: False)
"""


def test_what_was_committed_is_gapless_when_the_recorder_is_killed(tmp_path: Path) -> None:
    recorder = subprocess.Popen(
        [sys.executable, "-c", _RECORDER, str(tmp_path)], stdout=subprocess.PIPE, cwd=APP.parent
    )
    assert recorder.stdout is not None
    with recorder, recorder.stdout:
        pids = [int(pid) for pid in recorder.stdout.readline().split()]
        recorder.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    for pid in pids:
        eventually(lambda pid=pid: not lives(pid))
    (path,) = session_paths(tmp_path)
    troubles: list[str] = []
    with SessionReader(path, troubles.append) as reader:
        lines = [line for line in reader.lines() if line.kind == Kind.LINE]
    assert troubles == []
    assert len(lines) > 10_000
    for name in "AB":
        texts = [line.text for line in lines if line.name.worker == name]
        assert texts == [str(number) for number in range(1, len(texts) + 1)]
