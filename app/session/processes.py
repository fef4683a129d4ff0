"""Which process writes a session file, and whether it is still there."""

import os
from collections.abc import Mapping
from pathlib import Path

# The files that this process writes, by device and inode. They may only be opened by SQLite: opening and closing one by
# other means takes away SQLite's locks on it, all of this process.
written_here: set[tuple[int, int]] = set()
_ENDED = ("Z", "X")  # it has ended, and its parent has not asked how


def is_written_here(path: Path) -> bool:
    """Return whether this process writes a session file; any thread."""
    try:
        found = path.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) in written_here


def is_written_elsewhere(meta: Mapping[str, str]) -> bool:
    """Return whether another process still writes a session, by what its file says; any thread."""
    return _is_open(meta) and is_alive(int(meta["process"]), meta.get("process_began", ""))


def is_cut_off(meta: Mapping[str, str]) -> bool:
    """Return whether a session was not ended although its process is gone, and is not marked yet; any thread."""
    return _is_open(meta) and not is_alive(int(meta["process"]), meta.get("process_began", ""))


def _is_open(meta: Mapping[str, str]) -> bool:
    """Return whether a session has neither an end mark nor that of a crash, and says which process writes it."""
    process = meta.get("process", "")
    return not {"ended", "cut_off"} & meta.keys() and process.isdecimal() and len(process) < 10


def process_began(process: int) -> str:
    """Return what tells a process from a later one of the same number; empty where the platform does not say it."""
    return _look(process)[1]


def is_alive(process: int, began: str = "") -> bool:
    """Return whether another process of that number lives; ``began``: as by ``process_began``, empty if not known."""
    # A process of before had our number.
    if process <= 0 or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # another user's
    # One that was killed has its number until its parent has asked for its exit status: as far as signals go, it lives.
    state, now = _look(process)
    return state not in _ENDED and (now == began or not (now and began))


def _look(process: int) -> tuple[str, str]:
    """Return a process's state, a letter, and when it began, in the kernel's own count; empty where that is not known."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return "", ""
    # Its name, which may be anything, stands in brackets before them.
    words = stat.rpartition(b")")[2].decode("ascii", "replace").split()
    return (words[0], words[19]) if len(words) > 19 else ("", "")
