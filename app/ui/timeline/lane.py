"""A lane: what is known of one run, as its records say; instants are ns from the beginning of the sitting. No Qt."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from app.core.batch import RunName
from app.core.chain_record import ChainRecord

if TYPE_CHECKING:
    from app.ui.timeline.ticks import Ticks

NO_WORK = "sleep"  # the workload without work of its own: what is not a line is a pause
_EVER = 2**60  # ns: what has ended stays so
_MOST_CHANGES = 64  # a run has five at most; a file may say anything


class Phase(StrEnum):
    """What a run is doing, as a bar of its lane shows it; waiting is running in its pause."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPING = "stopping"
    STUCK = "stuck"
    ENDED = "ended"


class Bar(NamedTuple):
    """A stretch of a lane in one phase, from ``start`` to before ``end``."""

    start: int
    end: int
    phase: Phase


@dataclass(slots=True)
class Lane:
    """What is known of one run.

    Attributes:
        run: its id.
        name: its worker and number.
        start: its first instant.
        ticks: its lines.
        changes: when it came into which phase, ascending.
        strategy, workload: ids; empty where the records do not say.
        interval: seconds of a pause.
        clicked, requested, noticed, ended: instants of its stop chain; None where they are not known.
        band: within which ns after the request it was predicted to notice; None if that could not be told.
        outside: in words, why it noticed outside the band.
        released: when the program released what its thread was blocked in; None if it did not.
        slow: when it was looked where the thread is, because it had not noticed; None if it was not.
        outcome: how it ended; empty while it lives.
    """

    run: int
    name: RunName
    start: int
    ticks: "Ticks"
    changes: list[tuple[int, Phase]] = field(default_factory=list)
    strategy: str = ""
    workload: str = ""
    interval: float = 0.0
    clicked: int | None = None
    requested: int | None = None
    noticed: int | None = None
    ended: int | None = None
    band: tuple[int, int] | None = None
    outside: str = ""
    released: int | None = None
    slow: int | None = None
    outcome: str = ""

    @property
    def label(self) -> str:
        """The lane's name: the worker's and the run's number."""
        return f"{self.name.worker} #{self.name.number}"

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to the checkpoint that noticed it; None if either is unknown."""
        return None if self.requested is None or self.noticed is None else self.noticed - self.requested

    @property
    def waits(self) -> bool:
        """Whether it does nothing but pause between two lines."""
        return self.interval > 0 and self.workload == NO_WORK

    def change(self, instant: int, phase: Phase) -> None:
        """Say that it came into a phase; instants that step back, as in a file that somebody made, are put right."""
        if len(self.changes) < _MOST_CHANGES:
            last = self.changes[-1][0] if self.changes else instant
            self.changes.append((max(instant, last), phase))

    def take_chain(self, record: ChainRecord) -> None:
        """Take what the record of its stop chain says."""
        chain = record.chain
        self.clicked = chain.clicked
        self.requested = chain.requested if self.requested is None else self.requested
        self.noticed, self.band, self.outside = chain.noticed, record.band, record.outside
        self.released = record.released if self.released is None else self.released
        self.ended = chain.ended if self.ended is None else self.ended
        self.outcome = str(record.outcome)
        self.strategy, self.workload, self.interval = record.strategy, record.workload, record.interval

    def phase(self) -> Phase:
        """Return what it is doing as far as its records go."""
        last = self.changes[-1][1] if self.changes else Phase.RUNNING
        return Phase.WAITING if last is Phase.RUNNING and self.waits else last

    def bars(self, until: int) -> list[Bar]:
        """Return its bars, one after the other, up to an instant; what has ended stays so."""
        changes = self.changes or [(self.start, Phase.RUNNING)]
        last, phase = changes[-1]
        ends = [instant for instant, _ in changes[1:]] + [_EVER if phase is Phase.ENDED else max(until, last)]
        return [Bar(start, end, phase) for (start, phase), end in zip(changes, ends, strict=True) if start < end]

    def phase_at(self, instant: int) -> Phase | None:
        """Return the phase that it was in at an instant; None before its start."""
        found = None
        for start, phase in self.changes or [(self.start, Phase.RUNNING)]:
            if start > instant:
                break
            found = phase
        return found

    def is_late(self, now: int) -> bool:
        """Return whether it noticed outside the predicted band, or has not noticed although the band is over."""
        if self.requested is None or self.band is None:
            return False
        at = self.noticed
        if at is None:
            at = now if self.ended is None else self.ended
        return at - self.requested > self.band[1]
