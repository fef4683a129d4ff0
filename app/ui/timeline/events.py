"""What happened in a lane: the event at a place, and the next one. No Qt."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from app.core.latency import duration
from app.ui.timeline.lane import Lane, Phase

if TYPE_CHECKING:
    from app.ui.timeline.ticks import Tick  # brings numpy, which the first window does without

_WORDS = {
    Phase.STARTING: "is started",
    Phase.RUNNING: "runs",
    Phase.STOPPING: "is asked to stop",
    Phase.STUCK: "counts as stuck",
    Phase.ENDED: "has ended",
}


class Event(NamedTuple):
    """Something that happened in a lane.

    Attributes:
        instant: when, ns from the beginning of the sitting.
        words: what, to follow the lane's name.
        is_line: whether it is a line.
    """

    instant: int
    words: str
    is_line: bool = False


def marks(lane: Lane) -> Iterator[Event]:
    """Yield what happened in a lane but for its lines."""
    for instant, phase in lane.changes:
        words = _WORDS.get(phase, str(phase))
        yield Event(instant, f"{words}: {lane.outcome}" if phase is Phase.ENDED and lane.outcome else words)
    if lane.slow is not None:
        yield Event(lane.slow, "is slow to stop: the log shows where it is")
    if lane.noticed is not None:
        latency = "" if lane.latency is None else f" {duration(lane.latency)} after the request"
        outside = f", {lane.outside}" if lane.outside else ""
        yield Event(lane.noticed, f"notices the stop{latency}{outside}")
    if lane.released is not None:
        after = "" if lane.requested is None else f" {duration(lane.released - lane.requested)} after the request"
        yield Event(lane.released, f"is let go{after}: what its thread was blocked in was released from outside")
    if lane.requested is not None and lane.band is not None:
        yield Event(lane.requested + lane.band[1], "must have noticed by now, by its mechanism")


def _line(tick: "Tick") -> Event:
    return Event(tick.instant, "a line" if tick.is_exact else "a line, about here", is_line=True)


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
