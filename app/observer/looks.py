"""How often threads look while a verdict is made: counted for a moment, in the code that they are in."""

import _thread
import sys
from types import CodeType

from .code_index import CodeIndex
from .places import LIBRARY, OURS, Places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_monitoring: "Any" = getattr(sys, "monitoring", None)


class Looks:
    """Counts looks; counted by callbacks in any thread, begun and ended by the observer's.

    Args:
        places: whose each file is.
        index: of the code objects.

    Attributes:
        are_counted: whether they are just now.
        moved: meanwhile: idents of threads that executed something.
        polled: meanwhile: ident of a thread, id of an Event that it looked at.
    """

    def __init__(self, places: Places, index: CodeIndex) -> None:
        self._places = places
        self._index = index
        self.are_counted = False
        self.moved: set[int] = set()
        self.polled: set[tuple[int, int]] = set()
        self._counts: dict[tuple[int, str], int] = {}
        self._watched: list[CodeType] = []

    def count(self, names: set[str]) -> None:
        """Count that this thread looks at names."""
        for name in names:
            key = (_thread.get_ident(), name)
            self._counts[key] = self._counts.get(key, 0) + 1

    def begin(self, codes: "list[CodeType]") -> None:
        """Begin to count how often threads look, and to see which move, in these code objects of the program."""
        self._counts, self.polled, self.moved = {}, set(), set()
        self.are_counted = True
        self._watched = [code for code in codes if self._places.owner(code.co_filename) not in (LIBRARY, OURS)]
        for code in self._watched:
            events = self._index.local.get(id(code), 0) | _monitoring.events.INSTRUCTION
            self._index.set_local(code, events, again=True)

    def end(self) -> dict[tuple[int, str], int]:
        """End to count; return the counts by ident of the thread and name that is read."""
        self.are_counted = False
        for code in self._watched:
            reading = self._index.readings.get(id(code))
            if reading is None or not (reading.branches or reading.stores):
                self._index.set_local(code, self._index.local.get(id(code), 0) & ~_monitoring.events.INSTRUCTION)
        return self._counts
