"""The one clock: every instant is a ``time.perf_counter_ns``."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What tells the time and passes it; tests put a fake one in its place.

    Every method may be called from any thread.
    """

    def now(self) -> int:
        """Return the present instant in nanoseconds; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for ``seconds``."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Block until ``event`` is set or ``seconds`` have passed; return whether it is set."""


class SystemClock:
    """The real clock; its methods are the standard library's own functions, so a strategy pays for no detour."""

    now = staticmethod(time.perf_counter_ns)
    sleep = staticmethod(time.sleep)
    wait = staticmethod(threading.Event.wait)
