"""The bare threads: what each strategy does, in the ten lines of a ``threading.Thread`` that anyone would write."""

import asyncio
import contextlib
import ctypes
import queue
import threading
import time
from typing import Any


class BareThread(threading.Thread):
    """A thread that is asked to stop, and says when it noticed."""

    def __init__(self, interval: float) -> None:
        super().__init__(daemon=True)
        self.interval = interval
        self.event = threading.Event()
        self.do_run = True
        self.requested = 0
        self.noticed = 0

    def ask(self) -> None:
        """Take the instant and set the signal; any thread."""
        self.requested = time.perf_counter_ns()
        self.event.set()


class BareEventPoll(BareThread):
    """``time.sleep``, then ``event.is_set()``."""

    def run(self) -> None:
        while True:
            time.sleep(self.interval)
            if self.event.is_set():
                break
        self.noticed = time.perf_counter_ns()


class BareFlag(BareThread):
    """``time.sleep``, then an attribute of the thread."""

    def ask(self) -> None:
        self.requested = time.perf_counter_ns()
        self.do_run = False

    def run(self) -> None:
        while self.do_run:
            time.sleep(self.interval)
        self.noticed = time.perf_counter_ns()


class BareEventWait(BareThread):
    """``event.wait(interval)``."""

    def run(self) -> None:
        while not self.event.wait(self.interval):
            pass
        self.noticed = time.perf_counter_ns()


class BareCondition(BareThread):
    """``condition.wait_for(…, interval)``."""

    def __init__(self, interval: float) -> None:
        super().__init__(interval)
        self.condition = threading.Condition()
        self.stopping = False

    def ask(self) -> None:
        self.requested = time.perf_counter_ns()
        with self.condition:
            self.stopping = True
            self.condition.notify()

    def run(self) -> None:
        with self.condition:
            while not self.condition.wait_for(lambda: self.stopping, self.interval):
                pass
        self.noticed = time.perf_counter_ns()


class BareQueue(BareThread):
    """``queue.get(timeout=interval)`` and a sentinel."""

    def __init__(self, interval: float) -> None:
        super().__init__(interval)
        self.queue: queue.Queue[None] = queue.Queue(1)

    def ask(self) -> None:
        self.requested = time.perf_counter_ns()
        self.queue.put_nowait(None)

    def run(self) -> None:
        while True:
            with contextlib.suppress(queue.Empty):
                self.queue.get(timeout=self.interval)
                break
        self.noticed = time.perf_counter_ns()


class BareAsyncio(BareThread):
    """``loop.call_soon_threadsafe(task.cancel)``."""

    def ask(self) -> None:
        self.requested = time.perf_counter_ns()
        self.loop.call_soon_threadsafe(self.task.cancel)

    def run(self) -> None:
        async def beat() -> None:
            self.loop, self.task = asyncio.get_running_loop(), asyncio.current_task()
            try:
                while True:
                    await asyncio.sleep(self.interval)
            except asyncio.CancelledError:
                self.noticed = time.perf_counter_ns()

        asyncio.run(beat())


class BareException(BareThread):
    """``PyThreadState_SetAsyncExc`` into a thread that sleeps."""

    def ask(self) -> None:
        thread = self

        class Stop(Exception):  # noqa: N818 - no error
            def __init__(self) -> None:
                thread.noticed = time.perf_counter_ns()

        self.requested = time.perf_counter_ns()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(Stop))

    def run(self) -> None:
        with contextlib.suppress(Exception):
            while True:
                time.sleep(self.interval)


class BareQThread:
    """A QThread that asks ``isInterruptionRequested`` after each sleep."""

    def __init__(self, interval: float) -> None:
        from PySide6.QtCore import QThread

        bare = self

        class Thread(QThread):
            def run(self) -> None:
                while not self.isInterruptionRequested():
                    time.sleep(interval)
                bare.noticed = time.perf_counter_ns()

        self.requested = self.noticed = 0
        self._thread = Thread()

    def start(self) -> None:
        self._thread.start()

    def ask(self) -> None:
        self.requested = time.perf_counter_ns()
        self._thread.requestInterruption()

    def join(self) -> None:
        self._thread.wait()


# By the strategy's id. A strategy that is not here is measured without a bare thread beside it.
BARE: dict[str, type[Any]] = {
    "event-poll": BareEventPoll,
    "flag": BareFlag,
    "event-wait": BareEventWait,
    "condition": BareCondition,
    "queue-sentinel": BareQueue,
    "asyncio-cancel": BareAsyncio,
    "async-exception": BareException,
    "qthread-interruption": BareQThread,
}

# The ones that look once an interval: their latency is a matter of luck, uniform on the interval. The others wait. (An
# exception cannot break a sleep, so a thread that sleeps notices it when an interval is over, as if it had looked.)
POLLING = frozenset({"event-poll", "flag", "qthread-interruption", "async-exception"})
