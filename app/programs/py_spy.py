"""Reads the stacks of a running Python process by py-spy, a program of its own: it only reads the process's memory."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.core.errors import BadInput, quoted
from app.programs.dump import ProgramDump, parse_dump
from app.programs.processes import can_be_looked_at, is_free_threaded, is_python

MOST_PID = 2**31 - 1
# By its path: the command is often in a virtual environment, of which root's PATH knows nothing.
SUDO = 'sudo "$(command -v thread-controller)"'
_MOST_OUTPUT = 256 * 2**20  # bytes
_MOST_ERRORS = 100_000  # bytes
_TIMEOUT = 30.0  # seconds
_POLL = 0.02  # seconds between two looks whether it was cancelled


def find_py_spy() -> str:
    """Return the path of the program py-spy; BadInput if it is not installed."""
    beside = Path(sysconfig.get_path("scripts"), "py-spy.exe" if sys.platform == "win32" else "py-spy")
    found = str(beside) if beside.is_file() else shutil.which("py-spy")
    if found is None:
        raise BadInput(
            "py-spy is not installed, by which other programs are read; install it with 'pip install py-spy'."
        )
    return found


def read_dump(pid: int, is_cancelled: Callable[[], bool] = lambda: False) -> ProgramDump:
    """Return the stacks of a process; any thread. The process stands still for some milliseconds, and is not changed.

    Args:
        pid: of the process.
        is_cancelled: looked at every 0.02 s.

    Raises:
        BadInput: why it cannot be read, and what to do.
    """
    check_process(pid)
    command = [find_py_spy(), "dump", "--pid", str(pid), "--json", "--locals"]
    # Files and no pipes: nothing has to be read while it runs, however much it is.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        except OSError as error:
            raise BadInput(f"py-spy cannot be started ({error.strerror or error}).") from None
        with process:
            _await(process, pid, is_cancelled)
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise BadInput(refusal(pid, errors.read(_MOST_ERRORS).decode("utf-8", "replace")))
        data = output.read(_MOST_OUTPUT + 1)
    if len(data) > _MOST_OUTPUT:
        raise BadInput(f"The stacks of process {pid} are more than {_MOST_OUTPUT // 2**20} MB; they are not read.")
    return parse_dump(data)


def _await(process: "subprocess.Popen[bytes]", pid: int, is_cancelled: Callable[[], bool]) -> None:
    until = time.monotonic() + _TIMEOUT
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
                return
            if is_cancelled():
                raise BadInput(f"Reading process {pid} was cancelled.")
            if time.monotonic() > until:
                raise BadInput(f"Process {pid} was not read within {_TIMEOUT:g} s; is it stopped, or in a debugger?")
    finally:
        process.kill()  # does nothing if it has ended


def check_process(pid: int) -> None:
    """Return if there is a process with this number; BadInput if there is none, or it is this one."""
    if not 0 < pid <= MOST_PID:
        raise BadInput(f"PID {quoted(pid)} is no number of a process; enter one from 1 to {MOST_PID:,}.")
    if pid == os.getpid():
        raise BadInput("This is the process of Thread Controller itself; name another one.")
    if sys.platform.startswith("linux"):
        state = _linux_state(pid)
        if state is None:
            raise BadInput(f"There is no process {pid}; it may have ended. 'ps aux' lists those that run.")
        if state in "ZX":
            raise BadInput(
                f"Process {pid} has ended, and only waits for the one that started it; there is nothing to read."
            )


def _linux_state(pid: int) -> str | None:
    """Return the letter of a process's state; None if there is no such process."""
    try:
        return Path("/proc", str(pid), "stat").read_text("utf-8", "replace").rpartition(") ")[2][:1]
    except OSError:
        return None


def refusal(pid: int, errors: str) -> str:
    """Return why py-spy could not read a process, and what to do, one sentence.

    Args:
        pid: of the process.
        errors: what py-spy has written to its standard error.
    """
    lowered = errors.lower()
    if sys.platform.startswith("linux") and _linux_state(pid) is None:
        return f"Process {pid} has ended meanwhile."
    if sys.platform.startswith("linux") and can_be_looked_at(pid) and not is_python(pid):
        return f"Process {pid} is no Python program; name the PID of one."
    if "permission denied" in lowered or "operation not permitted" in lowered or "eperm" in lowered:
        return _no_rights(pid)
    if is_free_threaded(pid):
        return f"Process {pid} runs a free-threaded Python, which py-spy does not read; run it with an ordinary build."
    if any(
        words in lowered for words in ("find python version", "unsupported version of python", "find a python interp")
    ):
        return (
            f"py-spy does not know the Python of process {pid}, or that has only just begun; "
            "try again, or update it with 'pip install -U py-spy'."
        )
    return f"Process {pid} cannot be read by py-spy ({first_line(errors)}); try again, or as root."


def first_line(errors: str) -> str:
    """Return the first line of what py-spy has written, without its mark."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return lines[0].removeprefix("Error: ").rstrip(".")[:200] if lines else "it said nothing"


def _no_rights(pid: int) -> str:
    if sys.platform == "darwin":
        return f"Reading process {pid} needs the rights of root on macOS; run '{SUDO} why {pid}'."
    if not sys.platform.startswith("linux"):
        return f"Reading process {pid} was not permitted; run this as an administrator."
    with suppress(OSError):
        owner = Path("/proc", str(pid)).stat().st_uid
        if owner != os.geteuid():
            return f"Process {pid} belongs to another user; run '{SUDO} why {pid}'."
    with suppress(OSError):
        if Path("/proc/sys/kernel/yama/ptrace_scope").read_text("ascii").strip() not in ("", "0"):
            return (
                f"This system does not let a process read another (ptrace_scope); run '{SUDO} why {pid}', "
                "or allow it until the next start with 'sudo sysctl kernel.yama.ptrace_scope=0'."
            )
    return (
        f"Reading process {pid} was not permitted; run this as root, or, in a container, start that with "
        "'--cap-add SYS_PTRACE'."
    )
