"""A child's process: started with its pipes, looked after, ended with its whole group."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.programs.frames import STACK_SIGNAL

# The folder that has core and programs in it; a child loads them from there, under a name of its own.
APP = Path(__file__).resolve().parents[1]

# Before anything of ours is loaded, and written so that every Python since 2.7 can read it. "-c" puts the working folder in
# front of what is imported from; the package is made by hand, because many programs have one that is called app.
BOOT = """\
import gc, sys
gc.disable()
if sys.path and sys.path[0] == "":
    del sys.path[0]
if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
    sys.stderr.write("Python %d.%d cannot carry runs; CPython 3.11 or newer can.\\n" % tuple(sys.version_info[:2]))
    sys.exit(64)
import types
package = types.ModuleType("_thread_controller")
package.__path__ = [sys.argv[1]]
sys.modules["_thread_controller"] = package
from _thread_controller.programs.child import main
settings = sys.argv[2]
del sys.argv[1:]
main(settings)
"""

_PIPE_SIZE = 2**20  # bytes; the system's own 64 KB are a fortieth of a second of one fast worker
_F_SETPIPE_SZ = 1031


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What a child's engine is told: the arguments of ``ThreadEngine``, and how much may be in flight.

    Attributes:
        deadline, slow_after: seconds.
        releases_stuck: whether a run that counts as stuck is let go at once.
        lines, characters: the most that the child may have sent that was not read.
    """

    deadline: float
    slow_after: float
    releases_stuck: bool
    lines: int
    characters: int


# Whether a process can be looked at without waiting for it, on macOS from Python 3.13 on. Until it was waited for, its
# number is no other's, and what is left of its group can be killed.
_CAN_LOOK = hasattr(os, "waitid")


class WatchedProcess:
    """A process that was started: looked at, killed, and waited for once, by any threads.

    Args:
        popen: the process; waited for by nothing else.
        leads_group: whether it is the first of a process group of its own, which is killed with it.

    Attributes:
        pid: the system's number of it.
        exited: a descriptor that can be read when it is over; -1 where the system has none.
    """

    def __init__(self, popen: "subprocess.Popen[bytes]", *, leads_group: bool) -> None:
        self._popen = popen
        self._leads_group = leads_group
        self.pid = popen.pid
        self._ending = threading.Lock()  # what signals the process must know that it was not waited for
        self._status: int | None = None
        self.exited = -1
        with contextlib.suppress(OSError, AttributeError):
            self.exited = os.pidfd_open(self.pid)

    def has_exited(self) -> bool:
        """Return whether the process is over; it is not waited for yet. Any thread."""
        with self._ending:
            if self._status is not None:
                return True
            if _CAN_LOOK:
                return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            self._status = self._popen.poll()
            return self._status is not None

    def kill(self) -> None:
        """Kill the process, with every process of its group if it leads one; any thread. Nothing once it was waited for."""
        with self._ending:
            if self._status is None:
                # Not waited for yet, so its number, which is its group's too, cannot be another's.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    (os.killpg if self._leads_group else os.kill)(self.pid, signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        """Send it a signal; any thread. Nothing once it was waited for."""
        with self._ending:
            if self._status is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait for its end, once; return the status as ``subprocess`` has it."""
        if _CAN_LOOK:
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            self._before_wait()
        with self._ending:
            self._status = self._popen.wait()
            return self._status

    def _before_wait(self) -> None:
        """Do what is to be done while the number of a process that is over is still its own."""

    def _close(self, *descriptors: int) -> None:
        for descriptor in (*descriptors, self.exited):
            if descriptor >= 0:
                os.close(descriptor)


class ChildProcess(WatchedProcess):
    """A process that was started, and the near ends of its pipes; made by the thread whose end shall be its own.

    Args:
        interpreter: an executable file.
        limits: what its engine is told.

    Raises:
        OSError: it cannot be started.

    Attributes:
        pid: the system's number of it, and of its group.
        orders, frames, errors: descriptors that do not block; orders are written, the others read.
        exited: a descriptor that can be read when the process is over; -1 where the system has none.
    """

    boot = BOOT

    def __init__(self, interpreter: str, limits: ChildLimits) -> None:
        with contextlib.ExitStack() as near, contextlib.ExitStack() as far:
            far_orders, self.orders = open_pipe(far, near)
            self.frames, far_frames = open_pipe(near, far)
            self.errors, far_errors = open_pipe(near, far)
            _enlarge(self.frames)
            settings: dict[str, Any] = {
                "folder": str(APP),
                "parent": os.getpid(),
                "orders": far_orders,
                "frames": far_frames,
                "deadline": limits.deadline,
                "slow_after": limits.slow_after,
                "releases_stuck": limits.releases_stuck,
                "lines": limits.lines,
                "characters": limits.characters,
                "switch_interval": sys.getswitchinterval(),
            }
            popen = subprocess.Popen(
                [interpreter, "-c", self.boot, str(APP), json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                stdout=far_errors,
                stderr=far_errors,
                pass_fds=(far_orders, far_frames),
                # A group, to be killed as one, but no session: Linux may share the processors out by session, and then each
                # child gets as much as the window with all its threads. The child gives the terminal up by itself.
                process_group=0,
            )
            near.pop_all()
        super().__init__(popen, leads_group=True)
        for descriptor in (self.orders, self.frames, self.errors):
            os.set_blocking(descriptor, False)

    def ask_stack(self) -> bool:
        """Have the process write where its threads are to its standard streams; False if it cannot be asked. Any thread."""
        with self._ending:
            # One that stands still would write it when it goes on, amid threads that run again: that has crashed one.
            if STACK_SIGNAL is None or self._status is not None or _stands_still(self.pid):
                return False
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, STACK_SIGNAL)
            return True

    def _before_wait(self) -> None:
        self.kill()  # what is left of its group

    def close(self) -> None:
        """Close the pipes; after ``wait``."""
        self._close(self.orders, self.frames, self.errors)


def _stands_still(pid: int) -> bool:
    """Return whether a process was stopped by a signal, as far as the system tells: Linux does."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()[0] == "T"
    except (OSError, IndexError):
        return False


def open_pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack) -> tuple[int, int]:
    """Return the reading and the writing end of a pipe, each closed by its stack."""
    read, write = os.pipe()
    reading.callback(os.close, read)
    writing.callback(os.close, write)
    return read, write


def _enlarge(descriptor: int) -> None:
    """Give a pipe more room where the system allows it."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_SIZE)
