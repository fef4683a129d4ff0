"""A program that runs with the observer in it, as a child of this process; POSIX only."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import Any

import app.observer
from app.core.errors import BadInput, quoted
from app.core.program import Program
from app.programs.process import WatchedProcess, open_pipe

# What ends this process passes on to the program; Ctrl+C reaches it by the terminal.
_PASSED_ON = ("SIGTERM", "SIGHUP")
_CARRIED = Path(app.observer.__file__).parent / "carried"
_OLDEST = (3, 12)

# What a program without a terminal begins with: it must not run on unseen when this process is gone. It is ended with the
# thread that started it; then the interpreter takes the place of this, and the program is as it always is.
_BOUND = """\
import os, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG
except Exception:
    pass
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""


def require_observable(interpreter: str) -> None:
    """Return if programs can be observed in an interpreter, which is run for that; any thread.

    Raises:
        BadInput: it cannot be run, is older than 3.12, or runs without the GIL, with "interpreter" as the field; or this
            system is not one for it.
    """
    if os.name != "posix":
        raise BadInput("Programs can be observed on Linux and macOS only.")
    program = "import sys; print(*sys.version_info[:2], getattr(sys, '_is_gil_enabled', lambda: True)())"
    try:
        answer = subprocess.run(
            [interpreter, "-S", "-c", program], capture_output=True, text=True, timeout=20, check=True
        ).stdout.split()
        version, has_gil = (int(answer[0]), int(answer[1])), answer[2] == "True"
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        raise BadInput(f"{quoted(interpreter, 100)} is not a Python that can be run.", "interpreter") from None
    if version < _OLDEST:
        raise BadInput(
            f"Programs can be observed in Python 3.12 and newer, and {quoted(interpreter, 100)} is "
            f"{version[0]}.{version[1]}.",
            "interpreter",
        )
    if not has_gil:
        raise BadInput(
            f"{quoted(interpreter, 100)} is free-threaded, and programs can be observed with the GIL only; set PYTHON_GIL=1 "
            "in the environment, or take an ordinary build of Python.",
            "interpreter",
        )


class ObservedProcess(WatchedProcess):
    """A program that was started with the observer in it; the thread that starts it shall live as long as it.

    Args:
        program: what is run.
        deadline: seconds from a request until a thread that lives gets its verdict.
        timeout: seconds until every thread gets its verdict; None for never.
        printed: whether the observer says what threads print.
        in_terminal: whether it has the streams and the process group of this process. Else it has a group of its own and
            nothing to read, what it prints goes nowhere but to the observer, and the last of its standard error is kept.

    Raises:
        BadInput: it cannot be started.

    Attributes:
        begun: the instant before it was started, a ``perf_counter_ns``.
        records: the descriptor from which the observer's records are read; it does not block.
        errors: the same for its standard error; -1 if that is this process's.
    """

    def __init__(
        self, program: Program, deadline: float, timeout: float | None, *, printed: bool, in_terminal: bool
    ) -> None:
        self.errors = -1
        try:
            with contextlib.ExitStack() as near, contextlib.ExitStack() as far:
                self.records, theirs = open_pipe(near, far)
                os.set_inheritable(theirs, True)
                apart: dict[str, Any] = {"close_fds": False}  # what we inherited, the program inherits
                if not in_terminal:
                    self.errors, far_errors = open_pipe(near, far)
                    apart = {
                        "stdin": subprocess.DEVNULL,
                        "stdout": subprocess.DEVNULL,
                        "stderr": far_errors,
                        "pass_fds": (theirs,),
                        "start_new_session": True,
                    }
                command = [program.interpreter, *program.arguments]
                if not in_terminal and sys.platform == "linux":
                    # Neither site nor the environment is looked at, so that the observer is not loaded yet.
                    command = [program.interpreter, "-I", "-S", "-c", _BOUND, str(os.getpid()), *command]
                environment = _environment(theirs, deadline, timeout, printed=printed)
                self.begun = time.perf_counter_ns()
                popen = subprocess.Popen(command, cwd=program.folder, env=environment, **apart)
                near.pop_all()
        except OSError as error:
            what = program.folder if program.folder and error.filename == program.folder else program.interpreter
            raise BadInput(f"{what}: it cannot be started ({error.strerror}).") from None
        super().__init__(popen, leads_group=not in_terminal)
        for descriptor in (self.records, self.errors):
            if descriptor >= 0:
                os.set_blocking(descriptor, False)

    def close(self) -> None:
        """Close the pipes; after ``wait``."""
        self._close(self.records, self.errors)


def _environment(descriptor: int, deadline: float, timeout: float | None, *, printed: bool) -> dict[str, str]:
    """Return our environment with what has the observer loaded; it takes that out again."""
    environment = dict(os.environ)
    path = environment.get("PYTHONPATH")
    if path is not None:
        environment["THREAD_CONTROLLER_PYTHONPATH"] = path
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_CARRIED), path)))
    told = (descriptor, deadline, timeout or 0, *(("printed",) if printed else ()))
    environment["THREAD_CONTROLLER_OBSERVE"] = ":".join(map(str, told))
    return environment


class PassingSignals:
    """Passes signals on to a program while it runs; a context, in the main thread.

    Args:
        process: the program's.
        interrupted: gets the instants of Ctrl+C, which the terminal passes on by itself.
    """

    def __init__(self, process: ObservedProcess, interrupted: list[int]) -> None:
        self._process = process
        self._interrupted = interrupted
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> None:
        for name in ("SIGINT", *_PASSED_ON):
            number = getattr(signal, name)
            # What was ignored when we were started is ignored by the program as well.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._pass_on)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            self._process.send_signal(number)
        else:
            self._interrupted.append(perf_counter_ns())
