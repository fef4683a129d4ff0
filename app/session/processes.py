"""Whether the process that wrote a session is still there."""

import os
from pathlib import Path

_ENDED = ("Z", "X")  # it has ended, and whoever started it has not asked how


def process_began(process: int) -> str:
    """Return what tells a process from a later one of the same number; empty where the platform does not say it."""
    return _look(process)[1]


def is_alive(process: int, began: str = "") -> bool:
    """Return whether another process of that number is there, and has not ended.

    Args:
        process: its number.
        began: what ``process_began`` said of it; empty if that is not known.
    """
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
