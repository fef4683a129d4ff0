"""A lane: what is known of one run, as its records say, and what happened in it; instants are ns of the session. No Qt."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from app.core.batch import RunName
from app.core.events import Asked, Ended, HeldBack, NoticedAt, Running, SlowToNotice, Started, StopRequested, Stuck
from app.core.events import Event as RunEvent
from app.core.fold import RunSnapshot, advance
from app.core.latency import duration
from app.core.own_code.description import OWN_CODE
from app.core.reader_waits import Held
from app.core.states import Outcome
from app.core.workloads import BUILT_IN
from app.session.requests import Request, requests_of
from app.ui.display_text import visible
from app.ui.timeline.shapes import PHASE_NAMES, Phase

if TYPE_CHECKING:
    # They bring numpy, which the first window does without.
    from app.ui.timeline.ticks import Tick, Ticks


# What happens when a run comes into a phase, to follow its name.
PHASE_BEGINS = {
    Phase.STARTING: "was started",
    Phase.RUNNING: "began to run",
    Phase.STOPPING: "was asked to stop",
    Phase.STUCK: "was still running at the stop deadline: stuck",
    Phase.ENDED: "ended",
}
# How a run ended, as one word or two.
ENDINGS: dict[Outcome | None, str] = {
    Outcome.COMPLETED: "completed",
    Outcome.INTERRUPTED: "stopped",
    Outcome.FAILED: "failed",
    Outcome.RELEASED: "never stopped",
    Outcome.KILLED: "killed",
    None: PHASE_NAMES[Phase.ENDED],
}

SLOW = "was slow to stop; the log shows where its thread was"
PREDICTED = "was predicted to have noticed by now"
LONGEST_NAME = 60  # characters of a lane's name in a sentence
# What stands beside the Stop of a run that has ended without noticing, by its outcome.
NEVER_NOTICED: dict[Outcome | None, str] = {
    Outcome.INTERRUPTED: "never noticed",
    Outcome.RELEASED: "never stopped, released",
    Outcome.KILLED: "never noticed, killed",
}
NOTICE_UNKNOWN = "not known when it noticed"
_WITHOUT_WORK = frozenset(workload.id for workload in BUILT_IN if workload.only_pauses)
_EVER = 2**60  # ns: what has ended stays so
LAST = 2**60  # ns; what a damaged file says beyond it is brought back, so that sums of times fit into 64 bits
_PHASES: dict[type[RunEvent], Phase] = {
    Started: Phase.STARTING,
    Running: Phase.RUNNING,
    StopRequested: Phase.STOPPING,
    Asked: Phase.STOPPING,
    Stuck: Phase.STUCK,
    Ended: Phase.ENDED,
}
_MOST_CHANGES = 64  # a run has five at most; a file may say anything


class Bar(NamedTuple):
    """A stretch of a lane in one phase, from ``start`` to before ``end``."""

    start: int
    end: int
    phase: Phase


@dataclass(slots=True)
class Lane:
    """What is known of one run. All but ``known`` is set by ``consume``: a picture asks for it a thousand times.

    Attributes:
        run: its id.
        name: its worker and number.
        start: its first instant.
        ticks: its lines.
        origin: the beginning of the session, a ``perf_counter_ns``.
        label: the lane's name: the worker's and the run's number.
        title: the same as it can be shown.
        known: what the fold knows of it; its instants are ``perf_counter_ns``.
        changes: when it came into which phase, ascending.
        slow: when it was looked where the thread is, because it had not noticed; None if it was not.
        strategy, workload: their ids; empty where no event says them.
        interval: seconds of a pause; 0 where no event says it.
        clicked: when a person asked it to stop.
        requested: when it was asked to stop.
        noticed: when it noticed.
        ended: when it ended.
        released: when the program released what its thread was blocked in.
        band: within which ns after the request it was predicted to notice.
        outside: in words, why it noticed outside the band.
        outcome: how it ended; None while it lives.
        held: when it was held back because its reader was behind; None if it never was.
        requests: by threads of the same program that was observed, in the order in which they became known.
    """

    run: int
    name: RunName
    start: int
    ticks: "Ticks"
    origin: int = 0
    label: str = field(init=False)
    title: str = field(init=False)
    known: RunSnapshot = field(init=False)
    changes: list[tuple[int, Phase]] = field(init=False, default_factory=list)
    slow: int | None = field(init=False, default=None)
    strategy: str = field(init=False, default="")
    workload: str = field(init=False, default="")
    interval: float = field(init=False, default=0.0)
    clicked: int | None = field(init=False, default=None)
    requested: int | None = field(init=False, default=None)
    noticed: int | None = field(init=False, default=None)
    ended: int | None = field(init=False, default=None)
    released: int | None = field(init=False, default=None)
    band: tuple[int, int] | None = field(init=False, default=None)
    outside: str = field(init=False, default="")
    outcome: Outcome | None = field(init=False, default=None)
    held: Held | None = field(init=False, default=None)
    requests: tuple[Request, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        self.known = RunSnapshot(self.run, self.name)
        self.label = self.known.title
        self.title = visible(self.label, LONGEST_NAME)

    def consume(self, instant: int, event: RunEvent) -> None:
        """Take one of its events, at an instant of the session; one with instants that no session can have is left out."""
        if self.outcome is not None:
            return
        if isinstance(event, HeldBack):
            self._hold(event)
            return
        known = advance(self.known, self.origin + instant, event)
        # Of a request of an observed program's, the chain has the first that counts; its own event may have another.
        own = event.requested if isinstance(event, Asked) else event.noticed if isinstance(event, NoticedAt) else None
        instants = (*known.chain.instants(), known.released, known.started, own)
        if not all(0 <= at - self.origin <= LAST for at in instants if at is not None):
            return
        if not all(0 <= at <= LAST for at in known.band or ()):
            return
        was_requested = self.requested is not None
        self._keep(known)
        if isinstance(event, SlowToNotice) and self.slow is None:
            self.slow = instant
        if isinstance(event, Ended) and self.ended is None:
            self.ended = instant  # a file may leave it out
        if isinstance(event, Asked):
            instant = event.requested - self.origin  # it is known later, often only with the notice
        phase = _PHASES.get(type(event))
        if phase is not None and not (phase is Phase.STOPPING and was_requested):
            self._change(instant, phase)

    def _keep(self, known: RunSnapshot) -> None:
        self.known, here = known, known.since(self.origin)
        chain = here.chain
        self.strategy, self.workload, self.interval = here.strategy, here.workload, here.interval or 0.0
        self.clicked, self.requested, self.noticed, self.ended = (
            chain.clicked, chain.requested, chain.noticed, chain.ended,
        )  # fmt: skip
        self.requests = requests_of(self.run, here.observed)
        self.released, self.band, self.outside, self.outcome = here.released, here.band, here.outside, here.outcome

    def _hold(self, event: HeldBack) -> None:
        if self.held is None:
            self.held = Held()
        waits = [(began - self.origin, ended - self.origin) for began, ended in event.waits]
        self.held.add((began, ended) for began, ended in waits if began >= 0 and ended <= LAST)

    def _change(self, instant: int, phase: Phase) -> None:
        """Say that it came into a phase; instants that step back, as in a file that was made by hand, are put right."""
        if len(self.changes) < _MOST_CHANGES:
            last = self.changes[-1][0] if self.changes else instant
            self.changes.append((max(instant, last), phase))

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to the checkpoint that noticed it; None if either is unknown."""
        return None if self.requested is None or self.noticed is None else self.noticed - self.requested

    @property
    def is_observed(self) -> bool:
        """Whether it is a thread of an observed program, which only that program itself asks to stop."""
        return self.known.is_observed

    @property
    def waits(self) -> bool:
        """Whether it does nothing but pause between two lines."""
        return self.interval > 0 and self.workload in _WITHOUT_WORK

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
        return Phase.HELD_BACK if found is Phase.RUNNING and self.held is not None and self.held.at(instant) else found

    @property
    def last(self) -> int:
        """The last instant that anything of it is known of."""
        changed = self.changes[-1][0] if self.changes else self.start
        return max(changed, self.ticks.latest, self.ended or 0, 0 if self.held is None else self.held.end)

    @property
    def slowness(self) -> tuple[int, int]:
        """What it is sorted by, the slowest with the greatest: asked and never noticed, then by latency, then the others."""
        if self.requested is None or self.notice_unknown:
            return 0, 0
        return (2, -self.requested) if self.latency is None else (1, self.latency)

    @property
    def notice_unknown(self) -> bool:
        """Whether it stopped when it was asked, and it cannot be known when it noticed: code of the person's own."""
        stopped = self.latency is None and self.outcome is Outcome.INTERRUPTED
        return stopped and self.strategy == OWN_CODE and self.requested is not None

    def is_late(self, now: int) -> bool:
        """Return whether it noticed outside the predicted band, or has not noticed although the band is over."""
        if self.requested is None or self.band is None:
            return False
        at = self.noticed
        if at is None:
            at = now if self.ended is None else self.ended
        return at - self.requested > self.band[1]

    def latency_text(self, now: int) -> str:
        """Return what stands beside the noticing point; what is late says so."""
        if self.latency is not None:
            return f"{duration(self.latency)}{' late' if self.is_late(now) else ''}"
        if self.requested is None:
            return ""
        if self.ended is not None:
            return NOTICE_UNKNOWN if self.notice_unknown else NEVER_NOTICED.get(self.outcome, "")
        return "late" if self.is_late(now) else ""


# -- what happened in a lane ------------------------------------------------------------------------------------------


class Event(NamedTuple):
    """Something that happened in a lane.

    Attributes:
        instant: when, ns from the beginning of the session.
        words: what, to follow the lane's name.
        is_line: whether it is a line.
    """

    instant: int
    words: str
    is_line: bool = False


def marks(lane: Lane) -> Iterator[Event]:
    """Yield what happened in a lane but for its lines."""
    for instant, phase in lane.changes:
        if phase is Phase.STOPPING and lane.requests:
            continue  # each request is told below
        yield Event(instant, ENDINGS[lane.outcome] if phase is Phase.ENDED else PHASE_BEGINS[phase])
    if lane.slow is not None:
        yield Event(lane.slow, SLOW)
    for request in lane.requests:
        yield Event(request.instant, f"was {request.asked_words}")
        if request.noticed is not None:
            yield Event(request.noticed, request.noticed_words)
    if lane.noticed is not None and not lane.requests:
        latency = "" if lane.latency is None else f" after {duration(lane.latency)}"
        outside = f", {lane.outside}" if lane.outside else ""
        yield Event(lane.noticed, f"noticed Stop{latency}{outside}")
    if lane.released is not None:
        after = "" if lane.requested is None else f" {duration(lane.released - lane.requested)} after Stop"
        yield Event(lane.released, f"never stopped; what blocked its thread was released{after}")
    if lane.requested is not None and lane.band is not None:
        yield Event(lane.requested + lane.band[1], PREDICTED)


def _line(tick: "Tick") -> Event:
    return Event(tick.instant, "wrote a line" if tick.is_exact else "wrote a line about here", is_line=True)


def nearest(lane: Lane, instant: int, within: int) -> Event | None:
    """Return the event nearest to an instant, at most ``within`` ns away; a line only if nothing else is there."""
    near = [event for event in marks(lane) if abs(event.instant - instant) <= within]
    if near:
        return min(near, key=lambda event: abs(event.instant - instant))
    return nearest_line(lane, instant, within)


def nearest_line(lane: Lane, instant: int, within: int) -> Event | None:
    """Return the line nearest to an instant, at most ``within`` ns away; about, where exact instants are not kept."""
    tick = lane.ticks.nearest(instant)
    if tick is None:
        return None
    reach = within if tick.is_exact else max(within, 1 << lane.ticks.presence.shift)
    return _line(tick) if abs(tick.instant - instant) <= reach else None


def following(lane: Lane, instant: int) -> Event | None:
    """Return the first event after an instant."""
    found = [event for event in marks(lane) if event.instant > instant]
    tick = lane.ticks.after(instant)
    if tick is not None:
        found.append(_line(tick))
    return min(found, key=lambda event: event.instant, default=None)


def preceding(lane: Lane, instant: int) -> Event | None:
    """Return the last event before an instant."""
    found = [event for event in marks(lane) if event.instant < instant]
    tick = lane.ticks.before(instant)
    if tick is not None:
        found.append(_line(tick))
    return max(found, key=lambda event: event.instant, default=None)
