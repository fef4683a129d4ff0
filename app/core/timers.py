"""Timers: one thread that does small things at given instants."""

import heapq
import itertools
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from .clock import Clock


class Timer:
    """One thing to do; ``cancel`` makes it nothing."""

    __slots__ = ("action", "when")

    def __init__(self, when: int, action: Callable[[], object]) -> None:
        self.when = when
        self.action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Do nothing when the time comes; any thread, also too late. Lets go of the action at once."""
        self.action = None


class Timers(Protocol):
    """What calls back at an instant; a fake clock brings its own."""

    def call_at(self, when: int, action: Callable[[], object]) -> Timer:
        """Call ``action`` at the instant ``when`` (``perf_counter_ns``), or at once if that has passed; any thread."""

    def close(self) -> None:
        """Drop what is still to come and return when nothing of it runs any more."""


class ThreadTimers:
    """Timers by a thread of their own; it blocks while nothing is due and never ticks.

    Actions run in that thread and must be short; one that raises is reported through ``threading.excepthook``.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._heap: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self._closed = False
        # Started now and not with the first timer: that may be a window's thread asking a run to stop, and
        # Thread.start() waits for the new thread to take the GIL, which beside busy threads can be long.
        self._thread = threading.Thread(target=self._live, name="timers", daemon=True)
        self._thread.start()

    def call_at(self, when: int, action: Callable[[], object]) -> Timer:
        """Call ``action`` at the instant ``when``; any thread; after ``close`` nothing is called."""
        timer = Timer(when, action)
        with self._changed:
            if self._closed:
                return timer
            self._drop_cancelled()
            heapq.heappush(self._heap, (when, next(self._order), timer))
            # Only the next one is waited for; a thread that is woken in vain wants the GIL, which another may wait for.
            if self._heap[0][2] is timer:
                self._changed.notify()
        return timer

    def close(self) -> None:
        """End the thread and wait for it; any thread but its own."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
        self._thread.join()

    def _drop_cancelled(self) -> None:
        """Rebuild a heap that is mostly cancelled timers: far-off ones would otherwise pile up until they are due."""
        if len(self._heap) > 64:
            waiting = [entry for entry in self._heap if entry[2].action is not None]
            if len(waiting) * 2 < len(self._heap):
                heapq.heapify(waiting)
                self._heap = waiting

    def _live(self) -> None:
        while True:
            with self._changed:
                while not self._closed:
                    if not self._heap:
                        self._changed.wait()
                    elif (ahead := self._heap[0][0] - self._clock.now()) > 0:
                        # A week at the most: threading cannot wait longer than TIMEOUT_MAX.
                        self._changed.wait(min(ahead / 1e9, 604_800.0))
                    else:
                        break
                if self._closed:
                    return
                action = heapq.heappop(self._heap)[2].action
            if action is not None:
                self._call(action)
            del action  # it may hold a run, which must not be kept until the next timer is due

    @staticmethod
    def _call(action: Callable[[], object]) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - a mistake of ours in one action must not end the others' thread
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
