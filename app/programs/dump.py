"""The stacks of another Python process as values, and how they are read from what py-spy prints."""

import json
import re
from dataclasses import dataclass
from typing import Any

from app.core.errors import BadInput

MOST_TEXT = 300  # characters of a name, a path or a value: the process may call its threads what it likes
MOST_THREADS = 10_000
MOST_FRAMES = 5_000  # of a thread


_STANDARD = re.compile(
    r"(?:[\\/]lib[\\/]python3(?:\.\d+)?t?[\\/]|\\Lib\\|[\\/]python3\d+\.zip[\\/])(?!.*(?:site|dist)-packages)"
)
_INSTALLED = ("site-packages", "dist-packages")


def is_standard(file: str) -> bool:
    """Return whether a file is of Python's standard library."""
    return file.startswith("<frozen ") or bool(_STANDARD.search(file))


def is_library(file: str) -> bool:
    """Return whether a file is of the standard library or was installed: the program's own files are neither."""
    return is_standard(file) or any(folder in file for folder in _INSTALLED)


@dataclass(frozen=True, slots=True)
class Local:
    """A local variable: its name, the address of its object, and what py-spy shows of the value."""

    name: str
    address: int
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a stack.

    Attributes:
        function: its name; with the class in front on Python 3.11 and later.
        file: as the code object names it; it may be relative, or no file at all.
        line: from 1; 0 if it is not known.
        locals: its local variables that have a value.
    """

    function: str
    file: str
    line: int
    locals: tuple[Local, ...] = ()

    @property
    def name(self) -> str:
        """The function's own name, without the class around it."""
        return self.function.rpartition(".")[2]

    def local(self, name: str) -> Local | None:
        """Return the local variable of this name; None if there is none."""
        return next((local for local in self.locals if local.name == name), None)


@dataclass(frozen=True, slots=True)
class ThreadDump:
    """One thread.

    Attributes:
        name: empty if it has none.
        ident: its ``threading.get_ident``.
        native_id: the operating system's number; None if it is not known.
        is_active: whether it was using the processor.
        frames: its calls, innermost first.
    """

    name: str
    ident: int
    native_id: int | None
    is_active: bool
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class ProgramDump:
    """All threads of a process at one moment, the main thread first."""

    pid: int
    threads: tuple[ThreadDump, ...]


def thread_object(thread: ThreadDump) -> int | None:
    """Return the address of a thread's ``threading.Thread``; None if it has none on its stack, as the main thread."""
    for frame in reversed(thread.frames):
        if frame.name in ("_bootstrap", "_bootstrap_inner") and (local := frame.local("self")):
            return local.address
    return None


def parse_dump(data: bytes) -> ProgramDump:
    """Return what ``py-spy dump --json --locals`` has printed; BadInput if it is something else."""
    try:
        values = json.loads(data)
        threads = [_thread(value) for value in values[:MOST_THREADS]]
        pid = int(values[0]["pid"])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"py-spy printed what cannot be read ({type(error).__name__}); update it with 'pip install -U py-spy'."
        ) from None
    threads.sort(key=lambda thread: (thread.native_id != pid, thread.native_id or 0))
    return ProgramDump(pid, tuple(threads))


def _thread(value: dict[str, Any]) -> ThreadDump:
    native = value.get("os_thread_id")
    return ThreadDump(
        name=_text(value.get("thread_name")),
        ident=int(value["thread_id"]),
        native_id=None if native is None else int(native),
        is_active=bool(value.get("active")),
        frames=tuple(_frame(frame) for frame in value["frames"][:MOST_FRAMES]),
    )


def _frame(value: dict[str, Any]) -> Frame:
    variables = (value.get("locals") or ())[:1_000]
    return Frame(
        function=_text(value["name"]),
        file=str(value["filename"]),
        line=max(0, int(value["line"])),
        locals=tuple(Local(str(each["name"]), int(each["addr"]), _text(each.get("repr"))) for each in variables),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)[:MOST_TEXT]
