"""Brings numpy in when it is first needed, in a thread of its own: the window must not stand still for it."""

import threading


def _load() -> None:
    import numpy  # noqa: F401 - that it is there is all


class Loader:
    """Imports numpy, 0.1 s or, beside busy threads, several times that; the GUI thread only."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if that was not done."""
        if self._thread is None:
            self._thread = threading.Thread(target=_load, name="timeline-loader", daemon=True)
            self._thread.start()

    def is_ready(self) -> bool:
        """Return whether it is done."""
        return self._thread is not None and not self._thread.is_alive()

    def wait(self) -> None:
        """Wait until what was begun is done; the thread touches nothing of the window's."""
        if self._thread is not None:
            self._thread.join()
