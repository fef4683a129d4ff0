"""The bare threads: what each strategy does, in the ten lines of a ``threading.Thread`` that anybody would write."""

import threading
import time


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


# By the strategy's id. A strategy that is not here is measured without a bare thread beside it.
BARE: dict[str, type[BareThread]] = {"event-poll": BareEventPoll, "flag": BareFlag, "event-wait": BareEventWait}

# The ones that look once an interval: their latency is a matter of luck, uniform on the interval. The others wait.
POLLING = frozenset({"event-poll", "flag"})
