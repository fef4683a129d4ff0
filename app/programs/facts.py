"""What is known of a running program beside its stacks: its source, its memory, how much its threads compute."""

import io
import os
import re
import sys
import time
import tokenize
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.programs.dump import Frame, ProgramDump, ThreadDump
from app.programs.loops import LoopState
from app.programs.memory import UnreadableError
from app.programs.namesakes import Namesakes
from app.programs.objects import Objects
from app.programs.scopes import LocalsScope, MemoryScope
from app.programs.source import Place, Source
from app.programs.values import ProgramValues

_MOST_SOURCE = 2_000_000  # bytes of a file
_MOST_READS = 3_000_000  # of the memory of a process, which may look as it likes: some 10 s
_LOOK = 0.05  # seconds for which is looked how much the threads compute
_SLACK = 2.0  # seconds; by how much the system's figures of times may differ

_OF_PYTHON = re.compile(r"(?:lib)?python3\.(\d{1,2})(t?)(?![\d.])")


class ProgramFacts:
    """The facts about one process; one thread at a time, and ``close`` at the end.

    Args:
        dump: its stacks.

    Attributes:
        notes: what could not be looked at, a sentence each.
    """

    def __init__(self, dump: ProgramDump) -> None:
        self._dump = dump
        self._process = Path("/proc", str(dump.pid))
        self._sources: dict[str, Source | str] = {}
        self._started = process_started(dump.pid)
        self._memory: int | None = None
        self._reads = 0
        self.notes: list[str] = []
        self._reason = ""
        self._values = self._open_values()
        self._namesakes = None if self._values is None else Namesakes(self._values, dump.threads)

    def _open_values(self) -> ProgramValues | None:
        if not sys.platform.startswith("linux"):
            self._reason = "on this system only local variables can be read"
        else:
            try:
                self._memory = os.open(self._process / "mem", os.O_RDONLY)
                objects = Objects(self._read, minor_version(self._dump))
                return ProgramValues(objects, self._dump.threads)
            except OSError:
                self._reason = "the memory of the process could not be read"
            except UnreadableError:
                self._reason = "the objects of this build of Python cannot be read, only its local variables"
        self.notes.append(f"Attributes and global variables are not known: {self._reason}.")
        return None

    def _read(self, address: int, size: int) -> bytes:
        self._reads += 1
        if self._memory is None or self._reads > _MOST_READS:
            raise OSError
        return os.pread(self._memory, size, address)

    def close(self) -> None:
        """Close what was opened."""
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None

    # -- source ----------------------------------------------------------------------------------------------------

    def place(self, frame: Frame) -> Place | str:
        """Return where a call's line lies, or why that is not known, a clause."""
        if frame.file not in self._sources:
            self._sources[frame.file] = self._source(frame.file)
        source = self._sources[frame.file]
        if isinstance(source, str):
            return source
        try:
            return source.place(frame.function, frame.line) or "its source has no such function in that line"
        except RecursionError:
            return "its source is nested too deeply"

    def _source(self, file: str) -> Source | str:
        """Return the tree of a file, or why there is none, a clause."""
        if file.startswith("<"):
            return "its source is in no file"
        try:
            return self._read_source(self._path(file))
        except OSError:
            return "its source cannot be read"
        except RecursionError:
            return "its source is nested too deeply"
        except (SyntaxError, ValueError, MemoryError):
            return "its source is none of this version of Python"

    def _read_source(self, path: Path) -> Source | str:
        status = path.stat()
        if self._started is not None and status.st_mtime > self._started + _SLACK:
            return "its source was changed after the program had started"
        if status.st_size > _MOST_SOURCE or not path.is_file():
            return "its source is too long to be read"
        with path.open("rb") as opened:
            return Source(_decoded(opened.read(_MOST_SOURCE)))

    def _path(self, file: str) -> Path:
        """Return the path of a file of the process, which may be in a container."""
        if "\0" in file:
            raise OSError
        if not sys.platform.startswith("linux"):
            return Path(file)
        # What the process sees as its root and its folder is found there, in whatever container it is.
        relative = Path(file)
        if relative.is_absolute():
            return self._process / "root" / relative.relative_to("/")
        return self._process / "cwd" / relative

    # -- values ----------------------------------------------------------------------------------------------------

    def scope(self, thread: ThreadDump, frame: Frame, place: Place) -> LocalsScope | MemoryScope:
        """Return the values of a call."""
        if self._values is None:
            return LocalsScope(frame, self._reason)
        return MemoryScope(self._values, thread, frame, place)

    def is_daemon(self, thread: ThreadDump) -> bool | None:
        """Return whether a thread is a daemon; None if that is not known."""
        return None if self._values is None else self._values.is_daemon(thread)

    def name(self, thread: ThreadDump) -> str:
        """Return a thread's name, which py-spy misses where one of all is very long; empty if it has none."""
        return thread.name or ("" if self._values is None else self._values.name(thread))

    def elsewhere(self, states: Sequence[LoopState], state: LoopState) -> str:
        """Return what was signalled that no live thread reads, a clause; empty if there is nothing."""
        if self._namesakes is None:
            return ""
        with suppress(UnreadableError):
            return self._namesakes.signalled_elsewhere(states, state)
        return ""


def _decoded(data: bytes) -> str:
    coding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return io.TextIOWrapper(io.BytesIO(data), coding).read()


# -- the process -------------------------------------------------------------------------------------------------------


def minor_version(dump: ProgramDump) -> int:
    """Return which minor version of Python 3 a process runs, by its program and its libraries.

    Raises:
        UnreadableError: it is not known, or it is a build whose objects are laid out otherwise.
    """
    process = Path("/proc", str(dump.pid))
    names: list[str] = []
    with suppress(OSError):
        names.append(process.joinpath("exe").readlink().name)
    with suppress(OSError):
        names += re.findall(r"libpython3[^/\s]*", process.joinpath("maps").read_text("utf-8", "replace"))
    names += [
        part
        for thread in dump.threads
        for frame in thread.frames
        if frame.file.endswith("threading.py")
        for part in Path(frame.file).parts[-2:-1]
    ]
    for name in names:
        found = _OF_PYTHON.match(name)
        if found is not None:
            if found[2] or sys.maxsize < 2**32:
                raise UnreadableError
            return int(found[1])
    raise UnreadableError


def process_started(pid: int) -> float | None:
    """Return when a process was started, as ``time.time`` counts; None if that is not known."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text("ascii").split()[0])
        return time.time() - (uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return None


def processor_shares(pid: int, wait: Callable[[float], object] = time.sleep) -> Mapping[int, float] | None:
    """Return which share of a processor each thread of a process uses, by its native id; None if that is not known.

    Looks twice, with a pause of 0.05 s.
    """
    before, began = _processor_times(pid), time.perf_counter_ns()
    if not before:
        return None
    wait(_LOOK)
    after, took = _processor_times(pid), time.perf_counter_ns() - began
    return {native: (after[native] - used) / took for native, used in before.items() if native in after}


def _processor_times(pid: int) -> dict[int, int]:
    """Return the processor time of each thread of a process in ns; empty if it is not known."""
    found: dict[int, int] = {}
    with suppress(OSError, ValueError):
        for task in Path("/proc", str(pid), "task").iterdir():
            with suppress(OSError, ValueError, IndexError):
                found[int(task.name)] = int(task.joinpath("schedstat").read_text("ascii").split()[0])
    return found
