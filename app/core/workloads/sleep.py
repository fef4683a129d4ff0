"""No work of its own: the pause between two checkpoints is all."""

from .base import Workload


class Sleep(Workload):
    """Does nothing; the strategy's pause is the whole interval."""

    id = "sleep"
    title = "Sleep"
    sentence = "No work of its own: the pause between two checkpoints is all."
    only_pauses = True
