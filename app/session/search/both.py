"""Does the second half of some work in a process of its own, where the system can fork one."""

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Fewer are not worth a fork, which takes about a millisecond.
_FEWEST = 8
CAN_FORK = sys.platform != "win32" and (os.cpu_count() or 1) > 1


def both_halves(
    work: Callable[[Item], Result], items: Sequence[Item], before: Callable[[], None]
) -> Sequence[Callable[[], Result]]:
    """Return what does or did the work for each item, in their order; for a process with one thread.

    The first results are worked out as they are asked for, the others at the same time by another process: so whoever
    asks gets the first ones as soon as without.

    Args:
        work: it must neither write anything nor raise.
        items: what to do it for.
        before: called first in the other process, which must not outlive this one.
    """
    if not CAN_FORK or len(items) < _FEWEST:
        return [_later(work, item) for item in items]
    # A little less than half: it has to be begun, and its results to be read.
    place = (len(items) + 2) // 2
    half = _Half(work, items[place:], before)
    return [_later(work, item) for item in items[:place]] + [
        half.result(number) for number in range(len(items) - place)
    ]


def _later(work: Callable[[Item], Result], item: Item) -> Callable[[], Result]:
    return lambda: work(item)


class _Half:
    """Another process at work, and its results once they are asked for."""

    def __init__(self, work: Callable[[Item], Result], items: Sequence[Item], before: Callable[[], None]) -> None:
        self._results: list[object] | None = None
        self._read, write = os.pipe()
        self._process = os.fork()
        if not self._process:
            _be_other(work, items, before, write)
        os.close(write)

    def result(self, number: int) -> Callable[[], Result]:  # type: ignore[type-var]
        """Return what gives one result; it waits for all of them."""
        return lambda: self._all()[number]  # type: ignore[return-value]

    def _all(self) -> list[object]:
        if self._results is None:
            with os.fdopen(self._read, "rb") as pipe:
                data = pipe.read()
            os.waitpid(self._process, 0)
            if not data:
                raise RuntimeError("the second process of the search has ended by itself")
            self._results = pickle.loads(data)
        return self._results


def _be_other(
    work: Callable[[Item], Result], items: Sequence[Item], before: Callable[[], None], descriptor: int
) -> None:
    """Do the work and end, whatever happens; nothing of what the process was before may go on in it."""
    try:
        before()
        # Whoever reads our output waits for its end: it must not be kept open here.
        os.close(1)
        data = memoryview(pickle.dumps([work(item) for item in items]))
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os._exit(0)
