"""Code of the person's own in a real child process: what it writes, how it stops, and what it does to its process."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.batch import Kind
from app.core.events import Failed, Located
from app.core.interpreter import python_version
from app.core.own_code.description import OwnCode, read_stop
from app.core.states import Outcome
from app.core.worker import code_worker
from tests.core.harness import Core

Start = Callable[..., int]


@pytest.fixture
def core() -> Any:
    with Core(kind="child") as made:
        yield made


@pytest.fixture
def start(core: Core, tmp_path: Path) -> Start:
    """Return a function that writes a file and starts what is called Mine in it."""

    def started(code: str, stop: str = "none", *, name: str = "mine", **more: Any) -> int:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(code), "utf-8")
        own = OwnCode(str(path), "Mine", read_stop(stop), **more)
        run = core.controller.start(code_worker(name, own))
        assert run is not None
        return run

    return started


def test_it_is_listened_to_and_stops_and_its_notice_is_known(core: Core, start: Start) -> None:
    run = start(
        """
        import os, sys
        print(os.path.basename(os.getcwd()), sys.stdin.read(), os.environ["A"])
        def Mine(stop, n):
            print("go", n)
            print("wrong", file=sys.stderr)
            os.write(1, b"raw\\n")
            os.system("echo other")
            stop.wait()
        """,
        "argument stop",
        arguments=(("n", "5"),),
        environment=(("A", "b"),),
    )
    core.until_line(run, "other")
    assert core.controller.stop(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert snapshot.outcome is Outcome.INTERRUPTED
    assert snapshot.chain.latency is not None
    assert snapshot.host is not None
    assert snapshot.host.python == python_version()
    assert sorted(core.texts(run)[1:]) == ["go 5", "other", "raw", "wrong"]
    assert [record.text for record in core.of(run) if record.kind == Kind.STDERR] == ["wrong"]
    assert core.texts(run)[0].endswith(" b")


@pytest.mark.parametrize("end", ["os._exit(3)", "ctypes.string_at(0)", "os.kill(os.getpid(), 9)"])
def test_the_line_before_its_process_ends_is_kept(core: Core, start: Start, end: str) -> None:
    code = f"import ctypes, os, time\ndef Mine():\n    print('first'); time.sleep(0.05); print('last'); {end}\n"
    for name in ("a", "b", "c"):
        run = start(code, name=name)
        core.until_idle()
        assert core.texts(run) == ["first", "last"]
        assert core.snapshot(run).outcome is Outcome.FAILED


def test_several_run_side_by_side_and_each_run_takes_the_file_as_it_is_then(core: Core, start: Start) -> None:
    code = "import {}\nSEEN = []\ndef Mine(): SEEN.append(1); print('{}', SEEN)"
    first = [start(code.format("queue", name), name=name) for name in ("a", "b")]
    core.until_idle()
    again = start(code.format("os", "new"), name="a")
    core.until_idle()
    assert [core.texts(run) for run in (*first, again)] == [["a [1]"], ["b [1]"], ["new [1]"]]
    assert {core.snapshot(run).outcome for run in (*first, again)} == {Outcome.COMPLETED}


DEATHS = {
    "os._exit": ("import os\ndef Mine(): print('last'); os._exit(7)", "7"),
    "segfault": ("import ctypes\ndef Mine(): print('last'); ctypes.string_at(0)", "SIGSEGV"),
    "abort": ("import os\ndef Mine(): print('last'); os.abort()", "SIGABRT"),
    "sys.exit": ("import sys\ndef Mine(): print('last'); sys.exit('enough')", "SystemExit: enough"),
    "at import": ("print('last')\nimport os\nos._exit(3)", "3"),
}


@pytest.mark.parametrize(("code", "words"), DEATHS.values(), ids=DEATHS)
def test_whatever_it_does_to_its_process_is_its_run_s_failure(core: Core, start: Start, code: str, words: str) -> None:
    run = start(code)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.FAILED
    assert words in core.events(run, Failed)[0].summary + core.events(run, Failed)[0].traceback
    if words.startswith("System"):
        assert core.texts(run) == ["last"]


def test_what_never_stops_is_located_in_its_file_and_killed(core: Core, start: Start, tmp_path: Path) -> None:
    run = start("import threading\ndef Mine():\n  print('go')\n  threading.Event().wait()")
    core.until_line(run, "go")
    assert core.controller.stop(run)
    core.controller.locate([run])
    calls = core.until_event(run, Located).calls
    assert str(tmp_path / "mine.py") in [call.file for call in calls]
    core.controller.kill(run)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.KILLED


def test_a_flood_waits_for_its_reader_and_stops(core: Core, start: Start) -> None:
    run = start(
        "def Mine(stop):\n  i = 0\n  while not stop.is_set():\n    i += 1; print(i)\n  print('end', i)", "argument stop"
    )
    core.until_line(run, "30000")
    core.controller.stop(run)
    core.until_idle()
    lines = core.texts(run)
    assert lines[:-1] == [str(number) for number in range(1, len(lines))]
    assert lines[-1] == f"end {len(lines) - 1}"
    assert {record.kind for record in core.of(run)} >= {Kind.LINE}


def test_a_thread_of_its_own_is_the_current_thread(core: Core, start: Start) -> None:
    run = start(
        """
        import threading
        class Mine(threading.Thread):
            def __init__(self):
                super().__init__(name="mine")
                self.halt = threading.Event()
            def run(self):
                print(threading.current_thread() is self, self.name)
                self.halt.wait()
            def stop(self):
                self.halt.set()
                self.join()
        """,
        "method stop",
    )
    core.until_line(run, "True mine")
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED
    assert not core.snapshot(run).never
