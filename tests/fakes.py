"""Stand-ins for what a test must hold in its own hands."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.timers import Timer

PATIENCE = 20.0  # real seconds that a thread may take to get where a test waits for it


@dataclass(order=True)
class _Sleeper:
    due: int
    order: int
    thread: threading.Thread = field(compare=False)
    event: threading.Event | None = field(compare=False)
    go: threading.Event = field(compare=False, default_factory=threading.Event)


class FakeClock:
    """Virtual time with real threads: a Clock and Timers in one, where nothing passes until ``advance``.

    Threads that sleep or wait here are woken one at a time, in the order of their instants, and each is given the real
    time that it needs to come back or to end before anything else happens. On equal instants timers go first.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._now = 0
        self._order = itertools.count()
        self._timers: list[tuple[int, int, Timer]] = []
        self._sleepers: list[_Sleeper] = []
        self._awake: set[threading.Thread] = set()
        self._let_go = False

    # -- Clock ---------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the virtual instant in nanoseconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Block until so many virtual seconds have passed."""
        self._pass(seconds, None)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Block until ``event`` is set, by any thread, or so many virtual seconds have passed."""
        if not event.is_set():
            self._pass(seconds, event)
        return event.is_set()

    def _pass(self, seconds: float, event: threading.Event | None) -> None:
        me = threading.current_thread()
        with self._changed:
            if self._let_go or seconds <= 0:
                return
            sleeper = _Sleeper(self._now + round(seconds * 1e9), next(self._order), me, event)
            self._sleepers.append(sleeper)
            self._awake.discard(me)
            self._changed.notify_all()
        if event is None:
            sleeper.go.wait()
            return
        # What sets the event does not know this clock, so we look at both in short slices.
        while not sleeper.go.is_set() and not event.wait(0.001):
            pass
        with self._changed:
            if sleeper in self._sleepers:
                # It saw the event before ``_settle`` did: time must not pass until it sleeps again, or has ended.
                self._sleepers.remove(sleeper)
                self._awake.add(me)

    # -- Timers --------------------------------------------------------------------------------------------------

    def call_at(self, when: int, action: Callable[[], object]) -> Timer:
        """Call ``action`` when ``advance`` comes to ``when``; at once, in this thread, if that has passed."""
        timer = Timer(when, action)
        with self._changed:
            if when > self._now:
                heapq.heappush(self._timers, (when, next(self._order), timer))
                return timer
        action()
        return timer

    def close(self) -> None:
        """Drop the timers that are still to come."""
        with self._changed:
            self._timers.clear()

    # -- for the test --------------------------------------------------------------------------------------------

    def until_asleep(self, threads: int) -> None:
        """Wait until so many threads sleep or wait here."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self._sleepers) >= threads, PATIENCE)
            assert arrived, f"{len(self._sleepers)} threads sleep in the fake clock, not {threads}"

    def advance(self, seconds: float) -> None:
        """Let virtual time pass: fire what falls due, and wake the threads that are due, each at its own instant."""
        end = self._now + round(seconds * 1e9)
        self._settle()
        while (step := self._step(end)) is not None:
            step()
            self._settle()

    def let_go(self) -> None:
        """Let all through, from now on, without waiting: the end of a test, after the stops were asked for."""
        with self._changed:
            self._let_go = True
            for sleeper in list(self._sleepers):
                self._rouse(sleeper)

    def _step(self, end: int) -> Callable[[], object] | None:
        """Move time to the next instant at which something is due, and return what is to be done then."""
        with self._changed:
            sleeper = min(self._sleepers, default=None)
            if self._timers and (sleeper is None or self._timers[0][0] <= sleeper.due):
                if self._timers[0][0] <= end:
                    self._now, _, timer = heapq.heappop(self._timers)
                    return timer.action or (lambda: None)
            elif sleeper is not None and sleeper.due <= end:
                self._now = sleeper.due
                self._rouse(sleeper)
                return lambda: None
            self._now = end
            return None

    def _rouse(self, sleeper: _Sleeper) -> None:
        self._sleepers.remove(sleeper)
        self._awake.add(sleeper.thread)
        sleeper.go.set()

    def _settle(self) -> None:
        """Wait until every thread that is awake sleeps here again or has ended."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                for sleeper in [s for s in self._sleepers if s.event is not None and s.event.is_set()]:
                    self._rouse(sleeper)
                # A thread's end is not told to us, so it is looked for in short slices.
                self._awake = {thread for thread in self._awake if thread.is_alive()}
                if not self._awake:
                    return
                assert time.monotonic() < end, f"neither asleep nor ended: {[t.name for t in self._awake]}"
                self._changed.wait(0.001)
