"""The Python processes of this machine, as far as the system lists them without another dependency."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

_MOST_COMMAND = 100_000  # bytes of a command line that are read
_MOST_PROCESSES = 100_000
_PYTHON = re.compile(r"(?:lib)?python(?:w|\d[\d.]*t?)?(?:\.exe)?$", re.IGNORECASE)
_LIBRARY = re.compile(r"/libpython\d")
_FREE_THREADED = re.compile(r"python3\.\d+t")
_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class PythonProcess:
    """A process that runs Python.

    Attributes:
        pid: its number.
        command: its command line.
        is_ours: whether it belongs to the user of this process.
    """

    pid: int
    command: str
    is_ours: bool


def lists_processes() -> bool:
    """Return whether the processes of this system can be listed; Windows has no simple way to their command lines."""
    return os.name == "posix"


def python_processes() -> list[PythonProcess]:
    """Return the Python processes but for this one, the newest first; any thread. Empty where they cannot be listed."""
    found = _of_proc() if sys.platform.startswith("linux") else _of_ps() if lists_processes() else ()
    return sorted((each for each in found if each.pid != os.getpid()), key=lambda each: -each.pid)


def _of_proc() -> Iterator[PythonProcess]:
    for folder in list(Path("/proc").iterdir())[:_MOST_PROCESSES]:
        if folder.name.isascii() and folder.name.isdigit() and is_python(int(folder.name)):
            with suppress(OSError):
                command = command_line(int(folder.name))
                yield PythonProcess(int(folder.name), command, folder.stat().st_uid == os.geteuid())


def can_be_looked_at(pid: int) -> bool:
    """Return whether the program of a process can be told, which those of another user's cannot; Linux only."""
    try:
        Path("/proc", str(pid), "exe").readlink()
    except OSError:
        return False
    return True


def is_python(pid: int) -> bool:
    """Return whether a process runs Python, by its program and its libraries; Linux only."""
    folder = Path("/proc", str(pid))
    with suppress(OSError):
        if _PYTHON.match(folder.joinpath("exe").readlink().name.removesuffix(" (deleted)")):
            return True
    with suppress(OSError):
        # A program that has an interpreter in it.
        return bool(_LIBRARY.search(folder.joinpath("maps").read_text("utf-8", "replace")))
    # Of the processes of others only the command line can be read.
    return bool(_PYTHON.match(PurePath(_arguments(pid)[0]).name))


def is_free_threaded(pid: int) -> bool:
    """Return whether a process runs a free-threaded build of Python, by the name of its program; Linux only."""
    with suppress(OSError):
        return bool(_FREE_THREADED.match(Path("/proc", str(pid), "exe").readlink().name))
    return False


def command_line(pid: int) -> str:
    """Return the command line of a process as it may be typed; empty if it is not known."""
    return shlex.join(filter(None, _arguments(pid)))


def _arguments(pid: int) -> list[str]:
    with suppress(OSError), Path("/proc", str(pid), "cmdline").open("rb") as file:
        return file.read(_MOST_COMMAND).rstrip(b"\0").decode("utf-8", "replace").split("\0")
    return [""]


def _of_ps() -> Iterator[PythonProcess]:
    with suppress(OSError, subprocess.SubprocessError):
        listing = subprocess.run(
            ["ps", "-axww", "-o", "pid=,uid=,command="], capture_output=True, timeout=_TIMEOUT, check=False
        )
        yield from parse_ps(listing.stdout.decode("utf-8", "replace"), os.geteuid())


def parse_ps(listing: str, user: int) -> Iterator[PythonProcess]:
    """Yield the Python processes of what ``ps -o pid=,uid=,command=`` has printed.

    Args:
        listing: what it printed.
        user: the number of our user.
    """
    for line in listing.splitlines()[:_MOST_PROCESSES]:
        words = line.split(None, 2)
        if len(words) == 3 and words[0].isdigit() and words[1].isdigit():
            program = PurePath(words[2].split(" ", 1)[0]).name
            if _PYTHON.match(program):
                yield PythonProcess(int(words[0]), words[2], int(words[1]) == user)
