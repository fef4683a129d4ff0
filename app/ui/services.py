"""What the window is given, and garbage collection, which is the GUI thread's alone."""

import gc
from dataclasses import dataclass
from pathlib import Path

from app.core.catalogue import Catalogue
from app.core.controller import Controller
from app.core.runtime import Runtime
from app.core.stream import Stream
from app.documents.settings import Settings
from app.session.recorder import Recorder

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
        self._freezes = False
        gc.disable()

    def freeze(self) -> None:
        """Leave alone for good what there is when a collection is due first; for a process that ends with its window.

        Otherwise that collection goes through all that was imported and built, and keeps the interpreter for 80 ms amid the
        first lines.
        """
        self._freezes = True

    def collect_if_due(self) -> None:
        """Collect what is due; called once a frame while runs are alive, and after the last has ended."""
        young, middle, old = gc.get_count()
        if self._freezes and young > _NEW_OBJECTS:
            self._freezes = False
            gc.freeze()
        elif old > _MIDDLE_ROUNDS:
            gc.collect(2)
        elif middle > _YOUNG_ROUNDS:
            gc.collect(1)
        elif young > _NEW_OBJECTS:
            gc.collect(0)

    def restore(self) -> None:
        """Restore Python's automatic collection, if it was enabled before."""
        if self._was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that lives longer than the window, made by the composition root.

    Attributes:
        runtime: what runs live in.
        settings_path: where the settings are kept.
        sessions: the folder of the session files; None to record nothing.
        started_ns: the wall clock at the beginning of the session, ns of the Unix epoch.
    """

    catalogue: Catalogue
    runtime: Runtime
    garbage: GarbageCollector
    recorder: Recorder | None
    settings: Settings
    settings_path: Path
    sessions: Path | None
    started_ns: int

    @property
    def controller(self) -> Controller:
        """Starts and stops runs, and knows them."""
        return self.runtime.controller

    @property
    def stream(self) -> Stream:
        """What comes out of the runs."""
        return self.runtime.stream
