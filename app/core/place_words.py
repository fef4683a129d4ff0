"""Words for a place, a lock's holder and a time-out, the same wherever it is said why a thread still runs."""

from pathlib import PurePath

from .errors import clipped, one_line


def place_words(file: str, line: int) -> str:
    """Return a place as a person writes it, such as ``file.py:12``; any system's path, 0 for a line that is not known."""
    name = one_line(PurePath(file.replace("\\", "/")).name)
    return clipped(f"{name}:{line}" if line else name)


def holder_words(name: str) -> str:
    """Return which thread holds a lock; empty stands for one that is not known."""
    return f"held by {name}" if name else "holder unknown"


def limit_words(timeout: str | None) -> str:
    """Return how long a wait can last, to follow what is waited in; ``timeout`` as in ``Wait``."""
    if timeout is None:
        return ""
    return f", for at most {timeout}" if timeout else ", without a time-out"
