"""A program that runs with the observer in it, as a child of this process; POSIX only."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns
from types import FrameType

import app.observer
from app.core.errors import BadInput, quoted
from app.programs.observation import Observation

# Seconds that the observer has for its last verdicts, after the time-out.
_LAST_VERDICTS = 2.0
# Seconds that the observer's last records have to come after the program's end.
_LAST_RECORDS = 1.0
# What ends this process passes on to the program; Ctrl+C reaches it by the terminal.
_PASSED_ON = ("SIGTERM", "SIGHUP")
_CARRIED = Path(app.observer.__file__).parent / "carried"
_OLDEST = (3, 12)


def require_observable(interpreter: str) -> None:
    """Return if programs can be observed in an interpreter, which is run for that; any thread.

    Raises:
        BadInput: it cannot be run, is older than 3.12, or runs without the GIL; or this system is not one for it.
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
        raise BadInput(
            f"{quoted(interpreter, 100)} is not a Python that can be run; name one with --interpreter."
        ) from None
    if version < _OLDEST:
        raise BadInput(
            f"Programs can be observed in Python 3.12 and newer, and {quoted(interpreter, 100)} is "
            f"{version[0]}.{version[1]}; name a newer one with --interpreter."
        )
    if not has_gil:
        raise BadInput(
            f"{quoted(interpreter, 100)} is free-threaded, and programs can be observed with the GIL only; set PYTHON_GIL=1 "
            "in the environment, or name an ordinary build of Python with --interpreter."
        )


class ObservedProgram:
    """Runs a program to its end, with this process's streams and process group.

    Args:
        command: an interpreter and its arguments.
        deadline: seconds from a request until a thread that lives gets its verdict.
        timeout: seconds until every thread gets its verdict and the process is killed; None for never.
        printed: whether what threads print is told as well.

    Attributes:
        seen: what was seen so far; while the program runs, only the reading thread touches it.
    """

    def __init__(
        self, command: Sequence[str], deadline: float, timeout: float | None, *, printed: bool = False
    ) -> None:
        self.seen = Observation()
        self._printed = printed
        self._command = list(command)
        self._deadline = deadline
        self._timeout = timeout
        self._timed_out = threading.Event()

    def run(self) -> tuple[int, bool]:
        """Run it; the main thread. Returns its status, negative for a signal, and whether it was killed by the time-out.

        Raises:
            BadInput: it cannot be started.
        """
        ours, theirs = os.pipe()
        os.set_inheritable(theirs, True)
        try:
            # What we inherited, the program inherits.
            process = subprocess.Popen(self._command, env=self._environment(theirs), close_fds=False)
        except OSError as error:
            os.close(ours)
            raise BadInput(f"{self._command[0]}: it cannot be started ({error.strerror}).") from None
        finally:
            os.close(theirs)
        reader = threading.Thread(target=self._read, args=(ours,), name="observed program", daemon=True)
        reader.start()
        with _Passing(process, self.seen.interrupted):
            killed = self._wait(process)
        # A child of the program's may hold the pipe open.
        reader.join(_LAST_RECORDS)
        return process.returncode, killed

    def _wait(self, process: "subprocess.Popen[bytes]") -> bool:
        """Wait for the end; return whether the time-out made it."""
        try:
            process.wait(self._timeout)
            return False
        except subprocess.TimeoutExpired:
            self._timed_out.wait(_LAST_VERDICTS)
        if process.poll() is not None:
            return False
        process.kill()
        process.wait()
        return True

    def _environment(self, descriptor: int) -> dict[str, str]:
        """Return our environment with what has the observer loaded; it takes that out again."""
        environment = dict(os.environ)
        path = environment.get("PYTHONPATH")
        if path is not None:
            environment["THREAD_CONTROLLER_PYTHONPATH"] = path
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_CARRIED), path)))
        told = (descriptor, self._deadline, self._timeout or 0, *(["printed"] if self._printed else []))
        environment["THREAD_CONTROLLER_OBSERVE"] = ":".join(map(str, told))
        return environment

    def _read(self, descriptor: int) -> None:
        with open(descriptor, "rb") as records:
            for line in records:
                self.seen.feed(line)
                if self.seen.has_timed_out:
                    self._timed_out.set()


class _Passing:
    """Passes signals on to a program while it runs, and adds the instants of Ctrl+C; a context, in the main thread."""

    def __init__(self, process: "subprocess.Popen[bytes]", interrupted: list[int]) -> None:
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
