"""An Event of asyncio and a coroutine that say when the code first learns that it was asked to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from types import coroutine
from typing import Any, Literal


class NotingAsyncEvent(asyncio.Event):
    """An ``asyncio.Event`` in every way; each look that finds it set says so. The event loop's thread only."""

    _on_found: Callable[[], object] | None = None

    def watch(self, on_found: Callable[[], object]) -> None:
        """Have ``on_found`` called at each look from now on that finds it set."""
        self._on_found = on_found

    def is_set(self) -> bool:
        """Return whether it is set."""
        found = super().is_set()
        if found and self._on_found is not None:
            self._on_found()
        return found

    async def wait(self) -> Literal[True]:
        """Wait until it is set."""
        await super().wait()
        if self._on_found is not None:
            self._on_found()
        return True


@coroutine
def noting(awaited: Awaitable[Any], on_cancelled: Callable[[], object]) -> Generator[Any, Any, Any]:
    """Await something, and call ``on_cancelled`` just before a CancelledError is raised where it waits.

    What ``await`` does, by hand: only so is the exception seen before the code's own ``finally`` has run.
    """
    steps: Any = awaited.__await__()
    try:
        waits_for = next(steps)
        while True:
            try:
                value = yield waits_for
            except asyncio.CancelledError as error:
                on_cancelled()
                waits_for = steps.throw(error)
            except BaseException as error:  # noqa: BLE001 - GeneratorExit too
                waits_for = steps.throw(error)
            else:
                waits_for = steps.send(value)
    except StopIteration as end:
        return end.value
