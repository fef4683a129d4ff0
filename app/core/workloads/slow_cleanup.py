"""Tidying up that takes its time: the stop is noticed at once, and the thread ends late all the same."""

import threading

from ..parameters import Parameter, Value
from .base import Workload


class SlowCleanup(Workload):
    """No work of its own, and a ``finally`` of chosen length."""

    id = "slow-cleanup"
    title = "Slow clean-up"
    sentence = "Does no work, but has a 'finally' that takes long: the thread outlives the stop that it has noticed."
    parameters = (
        Parameter("seconds", "Length of the clean-up", "How long the 'finally' takes.", usual=0.5, most=60, unit="s"),
    )
    seconds: float

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.released = threading.Event()

    def clean_up(self) -> None:
        """Take so long, in the run's own thread; an Event, so that a release can cut it short."""
        self.released.wait(self.seconds)

    def release(self) -> None:
        """End the clean-up."""
        self.released.set()
