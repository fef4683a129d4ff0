"""What passes between the window and the thread that does something for it; no Qt."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended.

    Attributes:
        result: what was returned; None if it went wrong or was cancelled.
        problem: what went wrong, a sentence; empty if nothing did.
    """

    result: Any = None
    problem: str = ""


@dataclass(slots=True)
class Errand:
    """What the thread has of its errand: where to tell things, and whether they are still wanted. No QObject in it.

    Attributes:
        told: what was told and is not shown yet; bounded by what there is to be told of: the sessions of a folder.
        ending: set last.
    """

    told: "deque[Any]" = field(default_factory=deque)
    ending: Ending | None = None
    _cancel: threading.Event = field(default_factory=threading.Event)

    def tell(self, thing: Any) -> None:
        """Have something shown; the errand's thread."""
        self.told.append(thing)

    def cancel(self) -> None:
        """Ask it to end; any thread."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """Return whether nobody wants it any more; any thread."""
        return self._cancel.is_set()
