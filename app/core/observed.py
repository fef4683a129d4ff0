"""Values in the events about a thread of an observed program: places, who it was, what was found."""

from collections.abc import Iterable
from typing import NamedTuple

# What the strategy and the workload of such a thread's run are called: the program's own code decides both.
OBSERVED = "observed"
MAIN_THREAD = "MainThread"  # the name of the first run of a program, as Python calls its thread

Plain = str | int | None
Facts = tuple[tuple[str, Plain], ...]


class Place(NamedTuple):
    """A line of the program (from 1), in a file as the program names it."""

    file: str
    line: int


class RunRef(NamedTuple):
    """Another run: its id in the records, its name, and which of the runs of that name (from 1) it is."""

    run: int
    worker: str
    number: int


class Evidence(NamedTuple):
    """One thing that was found about a thread.

    Attributes:
        kind: "asked", "elsewhere" (what asked, and where), "call" (what it is in), "lock", "looked" (how often within how
            many ms), "cleanup" (where), or another word of the observer's.
        facts: names and plain values; a place is ``file`` and ``line``, an instant ``t_ns``, the thread that holds a lock
            ``holder`` (the id of its run), ``holder_name`` and ``holder_is`` ("itself", "ended" or "alive").
    """

    kind: str
    facts: Facts

    def get(self, name: str) -> Plain:
        """Return a fact, or None."""
        return next((value for key, value in self.facts if key == name), None)

    @property
    def place(self) -> Place | None:
        """Where it was, if that is known."""
        file, line = self.get("file"), self.get("line")
        return Place(file, line) if isinstance(file, str) and isinstance(line, int) else None


def found_of(evidence: Iterable[Evidence], kind: str) -> Evidence | None:
    """Return the first piece of evidence of a kind, or None."""
    return next((each for each in evidence if each.kind == kind), None)
