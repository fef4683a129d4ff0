"""What is carried into a child: files of ours alone, under a name of their own, with the standard library alone."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.core.events import Running, StopRequested
from app.core.states import Outcome
from app.programs.process import APP, BOOT
from tests.core.harness import eventually
from tests.programs.children import child_core, lives

CARRIED = [APP / "programs" / name for name in ("child.py", "frames.py")] + sorted((APP / "core").rglob("*.py"))


@pytest.mark.parametrize("path", CARRIED, ids=lambda path: path.relative_to(APP).as_posix())
def test_a_carried_file_imports_relatively_or_from_the_standard_library(path: Path) -> None:
    """A child knows them under another name, and its program may have a package that is called app."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.ImportFrom) and path.parent.name == "programs":
            module = node.module or ""
            ours = module.startswith(("core.", "observer."))
            assert ours or f"{module}.py" in [each.name for each in CARRIED]


@pytest.mark.parametrize("is_zip", [False, True], ids=["folder", "zip"])
def test_nothing_but_the_private_name_is_seen(is_zip: bool, tmp_path: Path) -> None:
    """Also where the working folder has a package called app, and modules with names of the standard library's."""
    for name in ("app.py", "json.py", "struct.py", "threading.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong one')")
    folder = str(APP)
    if is_zip:
        with zipfile.ZipFile(tmp_path / "ours.zip", "w") as archive:
            for path in CARRIED:
                archive.write(path, f"app/{path.relative_to(APP)}")
            archive.write(APP / "programs" / "__init__.py", "app/programs/__init__.py")
        folder = str(tmp_path / "ours.zip" / "app")
    look = "print(sorted(name for name in sys.modules if name.startswith(('app', '_thread_controller.programs'))))\n"
    code = BOOT.replace("main(settings)\n", look)
    result = subprocess.run(
        [sys.executable, "-c", code, folder, "{}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    ours = ["_thread_controller.programs", "_thread_controller.programs.child", "_thread_controller.programs.frames"]
    assert (result.stderr, result.stdout) == ("", f"{ours}\n")


def test_a_child_imports_nothing_that_takes_long_and_that_few_need() -> None:
    """Each of these would have every run begin 2 to 30 ms later."""
    code = BOOT.replace("import gc, sys\n", "import gc, sys\nbefore = set(sys.modules)\n")
    code = code.replace("main(settings)\n", "print(*sorted(set(sys.modules) - before))\n")
    result = subprocess.run([sys.executable, "-c", code, str(APP), "{}"], capture_output=True, text=True, check=True)
    imported = result.stdout.split()
    assert "threading" in imported
    heavy = {"pathlib", "urllib", "asyncio", "concurrent", "logging", "subprocess", "ctypes"}
    if sys.version_info >= (3, 15):
        heavy.remove("pathlib")  # Python's own traceback imports it
    assert not heavy & set(imported)


def test_a_child_s_instants_fall_within_the_round_trip() -> None:
    """One clock for all processes: no offset is applied."""
    with child_core() as core:
        before = core.clock.now()
        run = core.start(strategy="event-wait", interval=60.0)
        running = core.until_event(run, Running)
        core.until_line(run, "1")
        asking = core.clock.now()
        core.controller.stop(run)
        core.until_idle()
        after, chain = core.clock.now(), core.snapshot(run).chain
        assert before < (running.started or 0) < core.instant(run, Running) < asking
        assert asking < (chain.requested or 0) <= (chain.noticed or 0) <= (chain.ended or 0) < after
        assert chain.requested == core.instant(run, StopRequested)
        assert core.snapshot(run).outcome is Outcome.INTERRUPTED


_PARENT = """\
import os, sys, threading
from app.core.clock import SystemClock
from app.core.engine import NewRun
from app.core.batch import RunName
from app.core.worker import Worker
from app.programs.child_engine import ChildEngine
from tests.programs.children import sabotaged
engine = ChildEngine(SystemClock(), launch=sabotaged(sys.argv[1]))
engine.start(NewRun(1, RunName("a", 1), Worker("a", "event-poll", interval=0.001)))
while not any(b"now" in link.tail for link in engine._life.links):
    threading.Event().wait(0.01)
print(*[link.end.pid for link in engine._life.links], flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("act", ["", "ctypes.PyDLL(None).sleep(1000)\n"], ids=["alive", "gil-kept"])
def test_a_child_ends_with_the_process_that_started_it(act: str) -> None:
    """By the pipe's end; where its interpreter is kept by a C call, by the system, on Linux."""
    if act and sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent has died")
    command = [sys.executable, "-c", _PARENT, f"os.write(2, b'now')\n{act}"]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=APP.parent)
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        parent.kill()
    eventually(lambda: not lives(pid))
