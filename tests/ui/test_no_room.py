"""Where the system has no room for more threads, the window says so and goes on."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.worker import Worker
from app.ui.workers.rows import Column
from tests.ui.conftest import Desk

MANY = 300
# What is free when the window is about to start them: not enough for the stacks of as many threads.
FREE = 2 * 2**30


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Have the system refuse threads of runs beyond so many."""
    start, limit = threading.Thread.start, {"most": 2}

    def refuse(thread: threading.Thread) -> None:
        alive = sum("#" in other.name for other in threading.enumerate())
        if "#" in thread.name and alive >= limit["most"]:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    return limit


def test_one_sentence_says_how_many_and_why(make_desk: Callable[..., Desk], refusing: dict[str, int]) -> None:
    desk = make_desk(tuple(Worker(f"w{number}", "event-wait", interval=0.01) for number in range(5)))
    panel = desk.window.parts.workers
    panel.start()
    desk.until(lambda: sum(state.startswith("Failed: ") for state in desk.rows) == 3)
    desk.until(lambda: panel.problem.text().startswith("3 threads could not be started: "))
    why = desk.controller.state.refusals.why
    assert why.startswith("The operating system refused a thread")
    assert panel.problem.text() == f"3 threads could not be started: t{why[1:]}"
    assert panel.problem.isVisible()
    assert desk.cell(4, Column.STATE).startswith("Failed: The operating system refused a thread")
    panel.stop_all()
    desk.until_quiet()
    refusing["most"] = 9
    panel.start()
    desk.until(lambda: desk.rows == ["Running"] * 5)
    assert not panel.problem.isVisible()


# Runs the program under a limit, waits until every worker runs or was refused, and uses the window as a person would.
DRIVER = """
import json, resource, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.__main__ import main
from app.core.states import State
from app.ui import main_window_setup

fill, facts = main_window_setup.fill_window, {{}}

def filled(window, services):
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + {free}, resource.RLIM_INFINITY))
    fill(window, services)
    window.timer = QTimer(window)
    window.timer.timeout.connect(lambda: steps[0](window, services) and steps.pop(0))
    window.timer.start(50)

def states(window):
    return [row.state for row in window.parts.workers.rows.rows]

def started(window, services):
    painter = window.parts.timeline.frames
    if not set(states(window)) <= {{State.RUNNING, State.ENDED}} or painter is None or not painter.took:
        return False
    failed = states(window).count(State.ENDED)
    facts.update(failed=failed, running=len(states(window)) - failed, said=window.parts.workers.problem.text())
    window.parts.area.open_find()
    window.parts.area.search.include.setText("running")
    return True

def searched(window, services):
    facts["searched"] = window.parts.area.finder.progress().searched
    if not facts["searched"]:
        return False
    window.parts.workers.stop_all()
    return True

def stopped(window, services):
    if set(states(window)) != {{State.ENDED}} or not services.controller.is_idle():
        return False
    window.parts.workers.start_named([window.parts.workers.rows.rows[-1].worker.name])
    return True

def again(window, services):
    if states(window)[-1] is not State.RUNNING:
        return False
    facts["again"] = True
    window.close()
    window.timer.stop()
    return True

steps = [started, searched, stopped, again]
main_window_setup.fill_window = filled
status = main(sys.argv[1:])
print(json.dumps(facts))
sys.exit(status)
"""


def run_with_little_room(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "many.toml"
    path.write_text("\n".join(f'[[worker]]\nname = "w{n}"\nstrategy = "event-wait"\n' for n in range(MANY)))
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.format(free=FREE), "--workers", str(path), "--start"],
        cwd=Path(__file__).resolve().parents[2], text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Thread creation error" not in done.stderr
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert isinstance(facts, dict)
    return facts


@pytest.mark.skipif(sys.platform != "linux", reason="the address space can be limited on Linux only")
def test_a_window_whose_process_may_have_no_more_threads_lives_works_and_closes(tmp_path: Path) -> None:
    facts = run_with_little_room(tmp_path)
    assert facts["failed"] + facts["running"] == MANY
    assert facts["failed"] > 0
    assert facts["running"] > 0
    assert facts["said"].startswith(f"{facts['failed']:,} threads could not be started: ")
    assert facts["searched"]
    assert facts["again"]
