"""What code of the person's own has written leaves its process before the code goes on: it may end the process next.

``os._exit`` and a crash run nothing of ours any more, and the lines before them are those that are wanted most.
"""

from collections.abc import Callable

_waits: list[Callable[[], object]] = []


def wait_by(wait: Callable[[], object]) -> None:
    """Have ``wait`` called after each line; by a child's main program, and by nothing else."""
    _waits[:] = [wait]


def wait_until_sent() -> None:
    """Wait until the last line has been sent, if that takes no long; the thread that wrote it."""
    for wait in _waits:
        wait()
