"""A process that is ready to search, so that what is typed need not wait until one has started."""

import contextlib
import importlib.util
from pathlib import Path

from app.session.child_process import Child, kill, start_child, there
from app.session.deflate import FOLDER

_CHILD = "app.session.search.child"


def start_searcher() -> Child:
    """Start a process that searches once it is told what for; OSError if that cannot be done. Any thread."""
    # Nothing but ours, the standard library, what unpacks quickly and numpy: what a user's site does at every start has no
    # place here (-S).
    found = importlib.util.find_spec("numpy")
    numpy = Path(found.origin).resolve().parents[1] if found is not None and found.origin else None
    folders = dict.fromkeys(folder for folder in (FOLDER, numpy) if folder is not None)
    return start_child(_CHILD, "-S", folders=tuple(folders))


def end_searcher(child: Child) -> None:
    """End such a process, whatever it is at; returns when it is gone, which takes milliseconds. Any one thread."""
    kill(child)
    child.wait()
    close_pipes(child)


def close_pipes(child: Child) -> None:
    """Close what leads to a process and from it."""
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            there(pipe).close()


class Spare:
    """Keeps one such process, which waits for its input and takes no time; any one thread, the window's.

    It takes 50 to 80 ms until a process has started and imported what it needs: as much as the first hits, otherwise.
    """

    def __init__(self) -> None:
        self._child: Child | None = None

    @property
    def child(self) -> Child | None:
        """The process that is ready; None if none is."""
        return self._child

    def prepare(self) -> None:
        """Have a process start, if none is there; whoever takes it says what is wrong if it cannot."""
        if self._child is None:
            with contextlib.suppress(OSError):
                self._child = start_searcher()

    def take(self) -> Child:
        """Return the process, or another if it is not there or has died; OSError if none can be had."""
        child, self._child = self._child, None
        if child is not None and child.poll() is None:
            return child
        if child is not None:
            close_pipes(child)
        return start_searcher()

    def put_away(self) -> None:
        """End the process that nobody took."""
        child, self._child = self._child, None
        if child is not None:
            end_searcher(child)
