"""Says when a thread notices what this very process asks it by: a flag that is set, or what a method does.

The monitor is used as in an observed program, but nothing is written: of its links only the notices of our own requests
matter. No thread of the observer's runs: what would wait for it, such as very long functions, is not read. It is for the
child process in which a person's own code runs.
"""

import sys
from time import perf_counter_ns

from .chains import Chains, Request
from .monitor import Monitor
from .objects import object_of
from .output import Output
from .threads import Thread, Threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class FlagWatch:
    """Watches one run of code of the person's own.

    Args:
        on_noticed: called with the instant (``perf_counter_ns``) when a thread has certainly noticed the request, in that
            thread; each thread that looks at it calls once.
        ours: folders with the code of ours that runs beside it.
    """

    def __init__(self, on_noticed: "Callable[[int], object]", *ours: str) -> None:
        self._on_noticed = on_noticed
        self._ours = ours
        self._threads: Threads
        self._monitor: Monitor | None = None
        self._chains = Chains()
        self._asker: Thread | None = None

    def start(self) -> bool:
        """Begin to watch; the thread that is about to import the code.

        Returns:
            Whether it can be seen when a flag is read: Python 3.12 or newer, no free-threaded build, a tool id is free.
        """
        if not hasattr(sys, "monitoring") or "t" in getattr(sys, "abiflags", ""):
            return False
        output = _NoOutput()
        self._threads = Threads(output, perf_counter_ns())
        monitor = Monitor(output, self._threads, self._chains, self._ours)
        monitor.links.noticing = self._notice
        if not monitor.start(_nothing_to_wrap):
            return False
        self._monitor = monitor
        return True

    def stop(self) -> None:
        """Watch no more, and give the tool id back; any thread."""
        if self._monitor is not None:
            self._monitor.stop()

    def ask_by_flag(self, holder: object, name: str, value: object) -> None:
        """Take it that this thread is about to set an attribute of an object, or a global of a module.

        Args:
            holder: the object.
            name: of the attribute.
            value: a literal, which is all that is asked whether it is true.
        """
        if self._monitor is None:
            return
        try:
            self._ask(self._monitor, holder, name, value)
        except Exception as error:  # noqa: BLE001 - whatever happens here, the flag must be set
            self._monitor.failed("flags", error)

    def _ask(self, monitor: Monitor, holder: object, name: str, value: object) -> None:
        self._asker = asker = self._this_thread()
        base, base_type = object_of(holder)
        what = f"{name} = {type(value).__name__}"
        request = Request(
            perf_counter_ns(), name, "attribute", what, ("", 0), asker, base=base, base_type=base_type,
            truth=1 if value else -1,
        )  # fmt: skip
        # Before it is set: it may be noticed at once.
        self._chains.add(request)
        monitor.index.switch_on_again(name)

    def ask_by_method(self) -> None:
        """Take it that all that this thread asks by from now on, such as a flag that it sets, is the request."""
        if self._monitor is not None:
            self._asker = self._this_thread()

    def _this_thread(self) -> Thread:
        return self._threads.current() or self._threads.foreign("request", perf_counter_ns())

    def _notice(self, request: Request, _thread: Thread, t_ns: int, certain: bool) -> None:
        # What was looked at before the request was there may be linked to it only by chance.
        if certain and request.by is self._asker and t_ns >= request.t_ns:
            self._on_noticed(t_ns)


class _NoOutput(Output):
    """Keeps nothing of what the observer has to say."""

    def __init__(self) -> None:
        super().__init__(-1)

    def add(self, kind: str, **fields: object) -> None:
        """Do nothing."""


def _nothing_to_wrap() -> bool:
    return True
