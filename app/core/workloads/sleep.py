"""Does no work; only pauses between checkpoints."""

from .base import Workload


class Sleep(Workload):
    """Does nothing; the strategy's pause is the whole interval."""

    id = "sleep"
    title = "Sleep"
    sentence = "Does no work; only pauses between checkpoints."
    only_pauses = True
