"""What py-spy prints, and what is said where it refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.errors import BadInput
from app.programs import py_spy
from app.programs.dump import MOST_TEXT, is_library, is_standard, parse_dump
from app.programs.processes import is_python, parse_ps, python_processes
from app.programs.py_spy import SUDO, check_process, read_dump, refusal

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told by /proc")


def printed(**changes: object) -> bytes:
    frame = {"name": "work", "filename": "/srv/app.py", "line": 3, "locals": [{"name": "x", "addr": 7, "repr": "1"}]}
    thread = {"pid": 5, "thread_id": 9, "thread_name": "t", "os_thread_id": 6, "active": True, "frames": [frame]}
    return json.dumps([thread | changes]).encode()


def test_a_dump_is_read() -> None:
    dump = parse_dump(printed())
    (thread,) = dump.threads
    assert (dump.pid, thread.name, thread.ident, thread.native_id, thread.is_active) == (5, "t", 9, 6, True)
    (frame,) = thread.frames
    assert (frame.function, frame.file, frame.line) == ("work", "/srv/app.py", 3)
    assert frame.local("x") is not None
    assert frame.local("y") is None


def test_what_may_be_missing_may_be_missing() -> None:
    (thread,) = parse_dump(printed(thread_name=None, os_thread_id=None, frames=[])).threads
    assert (thread.name, thread.native_id, thread.frames) == ("", None, ())


def test_a_name_of_a_megabyte_is_cut() -> None:
    (thread,) = parse_dump(printed(thread_name="n" * 1_000_000)).threads
    assert len(thread.name) == MOST_TEXT


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"[1]", b"null", b"\xff", b"[" * 100_000, printed(frames=3), b'[{"pid":1}]']
)
def test_what_is_no_dump_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(BadInput, match="py-spy printed what cannot be read"):
        parse_dump(data)


@pytest.mark.parametrize("file", ["/usr/lib/python3.12/queue.py", r"C:\Python312\Lib\queue.py", "<frozen runpy>"])
def test_files_of_the_standard_library(file: str) -> None:
    assert is_standard(file)
    assert is_library(file)


@pytest.mark.parametrize("file", ["/srv/lib/app.py", "/home/me/python3/app.py", "<string>", "app.py"])
def test_files_of_a_program(file: str) -> None:
    assert not is_library(file)


def test_installed_files_are_libraries_and_not_standard() -> None:
    file = "/usr/lib/python3.12/site-packages/x.py"
    assert is_library(file)
    assert not is_standard(file)


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pid", [0, -1, 2**31, 10**30])
def test_a_number_that_no_process_has(pid: int) -> None:
    with pytest.raises(BadInput, match="is no number of a process"):
        check_process(pid)


def test_our_own_process_is_refused() -> None:
    with pytest.raises(BadInput, match="Thread Controller itself"):
        check_process(os.getpid())


@LINUX
def test_a_process_that_has_ended_and_one_that_is_no_python() -> None:
    process = subprocess.Popen(["sleep", "100"])
    try:
        with pytest.raises(BadInput, match=f"Process {process.pid} is no Python program"):
            read_dump(process.pid)
        process.kill()
        # It is waited for by waitid, which leaves it as it is: ended, and not yet collected.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(BadInput, match="has ended, and only waits"):
            read_dump(process.pid)
    finally:
        process.kill()
        process.wait()
    with pytest.raises(BadInput, match=f"There is no process {process.pid}"):
        read_dump(process.pid)
    assert refusal(process.pid, "anything") == f"Process {process.pid} has ended meanwhile."


@LINUX
def test_missing_rights_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    denied, pid = "Permission Denied: Try running again with elevated permissions", os.getppid()
    # Whatever has started these tests, it is taken for a Python program.
    monkeypatch.setattr(py_spy, "is_python", lambda _pid: True)
    monkeypatch.setattr(os, "geteuid", lambda: -5)
    assert refusal(pid, denied) == f"Process {pid} belongs to another user; run '{SUDO} why {pid}'."
    read_text = Path.read_text
    for scope, words in (("1\n", "ptrace_scope"), ("0\n", "--cap-add SYS_PTRACE")):
        monkeypatch.setattr(
            Path, "read_text", lambda path, *how, scope=scope: scope if "yama" in str(path) else read_text(path, *how)
        )
        monkeypatch.setattr(os, "geteuid", lambda: Path("/proc", str(pid)).stat().st_uid)
        assert words in refusal(pid, denied)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "sudo" in refusal(pid, denied)
    monkeypatch.setattr(sys, "platform", "win32")
    assert "administrator" in refusal(pid, denied)


def test_another_python_and_another_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for error in (
        "Error: Failed to find python version from target process",
        "Error: Unsupported version of Python: 3.16.0",
    ):
        assert "py-spy does not know the Python of process 5" in refusal(5, error)
    assert "(It rained)" in refusal(5, "\nError: It rained.\n\nStack backtrace:\n 0: x")
    assert "(it said nothing)" in refusal(5, "")


@LINUX
def test_a_free_threaded_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "readlink", lambda _path: Path("/opt/bin/python3.13t"))
    assert "runs a free-threaded Python" in refusal(os.getppid(), "Error: Failed to find python version")


def test_without_py_spy_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(py_spy.sysconfig, "get_path", lambda _name: "/nowhere")
    monkeypatch.setattr(py_spy.shutil, "which", lambda _name: None)
    with pytest.raises(BadInput, match="pip install py-spy"):
        read_dump(os.getppid())


def test_a_py_spy_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 100\n")
    slow.chmod(0o700)
    monkeypatch.setattr(py_spy, "find_py_spy", lambda: str(slow))
    with pytest.raises(BadInput, match="was cancelled"):
        read_dump(os.getppid(), lambda: True)
    monkeypatch.setattr(py_spy, "_TIMEOUT", 0.05)
    with pytest.raises(BadInput, match="was not read within"):
        read_dump(os.getppid())


# -- the list of processes ---------------------------------------------------------------------------------------------


@LINUX
def test_the_python_processes_are_listed_but_for_ours() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "input()", "a b", "\x1b[31m"], stdin=subprocess.PIPE) as process:
        (found,) = [each for each in python_processes() if each.pid == process.pid]
        assert found.command.endswith("-S -c 'input()' 'a b' '\x1b[31m'")
        assert found.is_ours
        assert is_python(process.pid)
        assert os.getpid() not in [each.pid for each in python_processes()]
        process.communicate(b"\n")


def test_what_ps_lists() -> None:
    lines = (
        "  12 501 /usr/bin/python3.12 app.py --x y",
        " 13 0 /Python.app/MacOS/Python -m x",
        "14 501 zsh",
        "x",
        "",
        "15 501",
    )
    first, second = parse_ps("\n".join(lines), 501)
    assert (first.pid, first.command, first.is_ours) == (12, "/usr/bin/python3.12 app.py --x y", True)
    assert (second.pid, second.is_ours) == (13, False)
