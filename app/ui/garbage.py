"""Garbage collection on the GUI thread only."""

import gc

# How many new containers before a collection, and how many collections before the next older generation is collected.
# Python's own figures, except the first, which is larger because the check is made only once a frame.
_NEW_OBJECTS = 5_000
_YOUNG_ROUNDS = 10
_MIDDLE_ROUNDS = 20


class GarbageCollector:
    """Collects reference cycles in the GUI thread, instead of in the thread that happens to allocate.

    A QObject in a cycle that the collector frees in a worker's thread crashes the process (8 of 8 tries; 0 of 8 with the
    automatic collection off and ``gc.collect`` called in the GUI thread). Create, use and restore it there.
    """

    def __init__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()

    def collect_if_due(self) -> None:
        """Collect what is due; called once a frame while runs are alive, and after the last has ended."""
        young, middle, old = gc.get_count()
        if old > _MIDDLE_ROUNDS:
            gc.collect(2)
        elif middle > _YOUNG_ROUNDS:
            gc.collect(1)
        elif young > _NEW_OBJECTS:
            gc.collect(0)

    def restore(self) -> None:
        """Restore Python's automatic collection, if it was enabled before."""
        if self._was_enabled:
            gc.enable()
