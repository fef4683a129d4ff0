"""A thread that does what others ask of it, reads and writes descriptors when that does not block, and keeps alarms."""

import heapq
import itertools
import selectors
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

from app.core.wake import Wake

_FEW_ALARMS = 64  # below, those that were cancelled wait until they are due


class Alarm:
    """One thing to do later; ``cancel`` makes it nothing. ``action`` is None when it was done, or cancelled."""

    __slots__ = ("action", "order", "when")

    def __init__(self, when: float, order: int, action: Callable[[], None]) -> None:
        self.when = when
        self.order = order
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do nothing when the time comes."""
        self.action = None

    def __lt__(self, other: "Alarm") -> bool:
        return (self.when, self.order) < (other.when, other.order)


class EventLoop:
    """Does everything in one thread, so that what it does needs no lock; a mistake in one thing ends none of the others.

    Args:
        name: the thread's.
        is_over: whether it may end; asked in the thread when there is no task.
    """

    def __init__(self, name: str, is_over: Callable[[], bool]) -> None:
        self._name = name
        self._is_over = is_over
        self._tasks: deque[Callable[[], object]] = deque()  # bounded by the orders for live runs
        self._thread: threading.Thread | None = None
        self._wake: Wake | None = None
        # The thread's own.
        self._selector: selectors.BaseSelector | None = None
        self._alarms: list[Alarm] = []
        self._order = itertools.count()

    # -- any thread ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the thread, unless it has been; one caller at a time."""
        if self._thread is None:
            self._wake = Wake()
            self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
            self._thread.start()

    def do(self, task: Callable[[], object]) -> None:
        """Have the thread do something; what is asked for before it has begun waits for that."""
        self._tasks.append(task)
        if self._wake is not None:
            self._wake.set()

    def join(self) -> None:
        """Wait for the end of the thread, if it has begun."""
        if self._thread is not None:
            self._thread.join()
        if self._wake is not None:
            self._wake.close()

    @property
    def has_begun(self) -> bool:
        """Whether there is a thread."""
        return self._thread is not None

    # -- the thread itself -----------------------------------------------------------------------------------------

    def after(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Do something some seconds later."""
        if len(self._alarms) > _FEW_ALARMS:
            # Far-off ones that were cancelled would pile up until they are due.
            waiting = [alarm for alarm in self._alarms if alarm.action is not None]
            if len(waiting) * 2 < len(self._alarms):
                heapq.heapify(waiting)
                self._alarms = waiting
        alarm = Alarm(time.monotonic() + seconds, next(self._order), action)
        heapq.heappush(self._alarms, alarm)
        return alarm

    def watch(self, descriptor: int, events: int, action: Callable[[], None]) -> None:
        """Do something whenever a descriptor can be read or written (``selectors.EVENT_READ``, ``EVENT_WRITE``)."""
        assert self._selector is not None
        self._selector.register(descriptor, events, action)

    def is_watched(self, descriptor: int) -> bool:
        """Return whether a descriptor is watched."""
        assert self._selector is not None
        return descriptor in self._selector.get_map()

    def unwatch(self, descriptor: int) -> None:
        """Watch a descriptor no longer, if it is; before it is closed."""
        assert self._selector is not None
        if self.is_watched(descriptor):
            self._selector.unregister(descriptor)

    def _live(self) -> None:
        assert self._wake is not None
        with selectors.DefaultSelector() as self._selector:
            # Cleared when it rings, and only then: each look lets go of the interpreter.
            self._selector.register(self._wake, selectors.EVENT_READ, self._wake.clear)
            descriptors = self._selector.get_map()
            while True:
                # One at a time: starting a hundred children must not keep what others say.
                if self._tasks:
                    _call(self._tasks.popleft())
                seconds = self._fire()
                if not self._tasks and self._is_over():
                    return
                for key, _ in self._selector.select(0 if self._tasks else seconds):
                    # One that was before it in the list may have ended its watch, and closed its descriptor.
                    if descriptors.get(key.fd) is key:
                        _call(key.data)

    def _fire(self) -> float | None:
        """Do what is due; return in how many seconds the next is, None if nothing is to come."""
        while self._alarms:
            ahead = self._alarms[0].when - time.monotonic()
            if ahead > 0 and self._alarms[0].action is not None:
                return ahead
            alarm = heapq.heappop(self._alarms)
            action, alarm.action = alarm.action, None
            if action is not None:
                _call(action)
        return None


def _call(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001 - a mistake about one thing must not end the thread of all
        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
