"""Work that swallows every exception: a stop that is raised in the thread is not heard here."""

import time

from ..parameters import Parameter, Value
from .base import Workload


class Swallow(Workload):
    """A busy loop inside ``try: … except Exception: pass`` that goes on until its time is up."""

    id = "swallow"
    title = "Swallowed exceptions"
    sentence = "Python work inside 'try: … except Exception: pass', which goes on as if nothing had been raised."
    parameters = (
        Parameter("seconds", "Length of the work", "How long each piece of work takes.", usual=0.05, most=60, unit="s"),
    )
    seconds: float

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.is_released = False

    def work(self) -> None:
        """Be busy until the time is up, whatever is raised meanwhile."""
        end = time.perf_counter_ns() + round(self.seconds * 1e9)
        while self.goes_on(end):
            try:
                while self.goes_on(end):
                    sum(range(1_000))
            except Exception:  # noqa: BLE001 - this is the mistake that the workload shows
                pass

    def goes_on(self, end: int) -> bool:
        """Return whether there is time left until ``end`` (``perf_counter_ns``)."""
        return time.perf_counter_ns() < end and not self.is_released

    def release(self) -> None:
        """End the work before its time, and every later piece of it."""
        self.is_released = True
