"""An Event that says when it is first found set."""

import threading
from collections.abc import Callable


class NotingEvent(threading.Event):
    """A ``threading.Event`` in every way; each look that finds it set says so, in the thread that looks."""

    # Of the class: an Event that the code has made becomes one of these without being made anew.
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

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or the timeout is over; return whether it is set."""
        found = super().wait(timeout)
        if found and self._on_found is not None:
            self._on_found()
        return found
