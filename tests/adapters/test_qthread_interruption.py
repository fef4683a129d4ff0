"""A real QThread as a run's thread: born, named, asked, joined and destroyed in one place; and no PySide6 at all."""

import gc
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread

from app.adapters import ADAPTERS, qt_thread, whole_catalogue
from app.adapters.qt_thread import QtThread
from app.adapters.qthread_interruption import QThreadInterruption
from app.core.events import StopRequested, Stuck
from app.core.states import Outcome, State
from tests.core.harness import check_records
from tests.core.mechanisms import Gate, catalogue_with, watched, workload_of

ROOT = Path(__file__).parent.parent.parent
ID = QThreadInterruption.about.id


def live_qthreads() -> list[QObject]:
    return [thing for thing in gc.get_objects() if isinstance(thing, QThread)]


def test_the_whole_catalogue_is_what_is_built_in_and_the_adapters() -> None:
    ids = whole_catalogue().strategy_ids()
    assert ids[:3] == ("event-poll", "flag", "event-wait")
    assert ids[-len(ADAPTERS) :] == tuple(adapter.about.id for adapter in ADAPTERS)
    assert len(set(ids)) == len(ids)


def test_it_runs_in_a_thread_of_qts(core: Any) -> None:
    seen: list[object] = []

    def work() -> None:
        if not seen:
            thread = QThread.currentThread()
            seen.extend(
                [type(thread).__mro__[1], thread.objectName(), threading.get_ident(), threading.get_native_id()]
            )

    made: list[QThreadInterruption] = []
    core = core(catalogue_with(watched(QThreadInterruption, made), workload_of(work=work)))
    run = core.start(strategy="test", workload="test")
    core.until_line(run, "2")
    thread = made[0].thread
    assert seen == [QThread, "worker #1", thread.ident, thread.native_id]
    if sys.platform == "linux":  # Qt tells the system its name; there is room for 15 characters
        assert Path(f"/proc/self/task/{thread.native_id}/comm").read_text("utf-8").rstrip("\n") == "worker #1"
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).chain.latency is not None


def test_a_request_before_the_start_is_lost_by_qt_and_made_again(core: Any) -> None:
    thread = QThread()
    thread.requestInterruption()
    assert not thread.isInterruptionRequested()
    core = core()
    with core.held_manager():
        run = core.start(strategy=ID, interval=0.0)
        assert core.controller.stop(run)
        core.until_event(run, StopRequested)
    core.until_idle()
    assert core.snapshot(run).lines == 1
    assert core.snapshot(run).chain.latency is not None


def test_none_is_left_and_each_is_destroyed_where_it_was_made(core: Any) -> None:
    """The garbage collector, which would free a QThread in just any thread, never finds one."""
    core = core()
    threshold = gc.get_threshold()
    gc.set_threshold(100)
    try:
        for number in range(12 if core.engine is core.threads else 4):
            runs = [core.start(name=name, strategy=ID, interval=0.0) for name in "abc"]
            if number % 2:
                core.until_line(runs[0], "1")
            core.controller.stop_all()
            core.until_idle()
    finally:
        gc.set_threshold(*threshold)
    core.close()  # the engine joins its threads after their ends were told, at the latest now
    assert live_qthreads() == []
    for run in core.names:
        assert core.snapshot(run).chain.latency is not None
        check_records(core.of(run))


def test_who_never_starts_has_no_qthread(core: Any) -> None:
    core = core()
    with core.held_manager():
        run = core.start(strategy=ID)
        core.controller.close(5.0)
        core.until_event(run, StopRequested)
    core.until_idle()
    core.close()
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED
    assert live_qthreads() == []
    QtThread(lambda: None, "never").join()


def test_a_stuck_one_is_seen_with_its_stack_and_ends_after_all(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)), deadline=0.02)
    run = core.start(strategy=ID, workload="test")
    assert gate.entered.wait(20)
    core.controller.stop(run)
    core.until_event(run, Stuck)
    assert "work" in [call.function for call in core.snapshot(run).calls]
    gate.open()
    core.until_idle()
    assert core.snapshot(run).was_stuck
    assert core.snapshot(run).chain.latency is not None


class _Refused:
    """A QThread that the system refuses: Qt prints a warning, and nothing else."""

    def __init__(self, _target: object) -> None:
        pass

    def setObjectName(self, _name: str) -> None: ...  # noqa: N802
    def start(self) -> None: ...
    def isRunning(self) -> bool:  # noqa: N802
        return False

    isFinished = isRunning  # noqa: N815


def test_a_thread_that_the_system_refuses_is_a_failed_run(core: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_thread, "_qthread_class", lambda: _Refused)
    core = core()
    run = core.start(strategy=ID)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome) == (State.ENDED, Outcome.FAILED)
    assert "can't start a new QThread" in snapshot.error


# -- in processes of their own -----------------------------------------------------------------------------------

WITHOUT = "import sys; sys.modules['PySide6'] = None\nfrom app.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"


def run_program(program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_without_pyside_it_is_listed_and_running_it_is_one_sentence() -> None:
    listed = run_program(WITHOUT, "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert ID in listed.stdout
    result = run_program(WITHOUT, "run", ID, "--limit", "1")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "pip install PySide6-Essentials" in result.stderr


def test_without_pyside_nothing_of_a_mixed_set_is_started(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    worker = '[[worker]]\nname = "{0}"\nstrategy = "{0}"\nlimit = 1\n'
    file.write_text(worker.format("flag") + worker.format(ID), "utf-8")
    result = run_program(WITHOUT, "run", str(file))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_it_needs_no_application_and_no_screen() -> None:
    result = run_program(
        "import sys\nfrom app.__main__ import main\nstatus = main(sys.argv[1:])\n"
        "assert 'PySide6.QtWidgets' not in sys.modules\nsys.exit(status)\n",
        *("run", ID, "--interval", "0.001", "--stop-after", "0.05", "--json"),
    )
    assert (result.returncode, result.stderr.count("\n")) == (0, 1)
    chain = json.loads(result.stdout.splitlines()[-1])["chain"]
    assert chain["requested_ns"] <= chain["noticed_ns"] <= chain["cleaned_up_ns"] <= chain["ended_ns"]
