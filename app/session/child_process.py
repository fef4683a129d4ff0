"""Processes of our own modules: started with pipes at both ends, and ended for certain."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

# The folder that has our ``app`` in it: the working directory may have another one.
_ROOT = Path(__file__).resolve().parents[2]

Child = subprocess.Popen[bytes]


def start_child(module: str, *options: str, folders: Sequence[Path] = ()) -> Child:
    """Start a module of ours in an interpreter and a process group of its own; OSError if that cannot be done. Any thread.

    Args:
        module: its name, from ``app`` on.
        options: of the interpreter.
        folders: where more may be imported from.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, *folders)))}
    return subprocess.Popen(
        [sys.executable, "-P", *options, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows a console would flash up
        start_new_session=True,
    )


def there(pipe: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe of a child, which ``start_child`` asked for and so is there."""
    if pipe is None:
        raise ValueError("a process without pipes")
    return pipe


def kill(child: Child) -> None:
    """Kill a child with every process that it has forked, before it has been waited for; any thread."""
    if sys.platform == "win32":
        child.kill()
    else:
        # A group of its own, since it was started; not waited for yet, so its number cannot be another's.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
