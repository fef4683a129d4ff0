"""The timeline in words, for tool tips, the read-out and screen readers; no Qt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.latency import duration
from app.core.states import Outcome
from app.ui.log.logic import visible
from app.ui.timeline.axis import place_text
from app.ui.timeline.events import Event
from app.ui.timeline.lane import Lane, Phase
from app.ui.timeline.scale import Span

if TYPE_CHECKING:
    from app.ui.timeline.model import Timeline

LONGEST_NAME = 60  # characters of a lane's name in a sentence

PHASE_WORDS = {
    Phase.STARTING: "Starting",
    Phase.RUNNING: "Running",
    Phase.WAITING: "Waiting",
    Phase.STOPPING: "Stopping",
    Phase.STUCK: "Stuck",
    Phase.ENDED: "Ended",
}
# What stands beside the Stop of a run that has ended without noticing, by its outcome.
_NEVER = {str(Outcome.INTERRUPTED): "never noticed", str(Outcome.RELEASED): "never stopped, released"}
TABLE_TITLES = ("Run", "State", "Started", "Lines", "Asked to stop", "Noticed after", "Predicted", "Outside the band")


def label(lane: Lane) -> str:
    """Return a lane's name as it can be shown."""
    return visible(lane.label, LONGEST_NAME)


def event_text(lane: Lane, event: Event, resolution: int) -> str:
    """Return what an event is: whose, what, when."""
    return f"{label(lane)} {visible(event.words, 300)} at {place_text(event.instant, resolution)}"


def cursor_text(lane: Lane | None, instant: int, event: Event | None, resolution: int) -> str:
    """Return what is at the cursor: the event there, or else what the lane's run was doing."""
    place = place_text(instant, resolution)
    if lane is None:
        return f"Cursor at {place}"
    if event is not None:
        return f"{place}: {event_text(lane, event, resolution)}"
    phase = lane.phase_at(instant)
    doing = "not there yet" if phase is None else PHASE_WORDS[phase].lower()
    if lane.requested is not None and lane.requested <= instant and phase is not Phase.ENDED:
        doing += f", asked to stop {duration(instant - lane.requested)} before"
    return f"{place}: {label(lane)} {doing}"


def measure_text(start: int, end: int) -> str:
    """Return the length between two instants."""
    return duration(abs(end - start))


def latency_text(lane: Lane, now: int) -> str:
    """Return what stands beside a lane's noticing point; what is late says so."""
    if lane.latency is not None:
        return f"{duration(lane.latency)}{' late' if lane.is_late(now) else ''}"
    if lane.requested is None:
        return ""
    if lane.ended is not None:
        return _NEVER.get(lane.outcome, "")
    return "late" if lane.is_late(now) else ""


def summary(timeline: "Timeline | None", shown: Sequence[Lane], span: Span, now: int) -> str:
    """Return a sentence about everything that the timeline shows."""
    if timeline is None or not timeline.lanes:
        return "No run yet: start a worker, and its run is drawn here."
    alive = sum(lane.ended is None for lane in timeline.lanes.values())
    late = sum(lane.is_late(now) for lane in timeline.lanes.values())
    runs = len(timeline.lanes)
    stops = len(timeline.stops())
    parts = [f"{_several(runs, 'run')}, {alive:,} alive, {_several(stops, 'Stop')}"]
    if late:
        parts.append(f"{late:,} outside the predicted band")
    if len(shown) != runs:
        parts.append(f"{len(shown):,} lanes shown")
    if timeline.forgotten:
        parts.append(f"{timeline.forgotten:,} older runs are not kept")
    start, end = (place_text(at, span.length // 1_000) for at in (max(0, span.start), max(0, span.end)))
    return f"{'; '.join(parts)}. From {start} to {end}."


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def table_cells(lane: Lane, now: int) -> tuple[str, ...]:
    """Return a lane as a row of a table; see ``TABLE_TITLES``."""
    asked = "" if lane.requested is None else place_text(lane.requested, 1_000_000)
    band = "" if lane.band is None else f"within {duration(lane.band[1])}"
    late = lane.is_late(now)
    outside = visible(lane.outside, 300) if lane.outside else ("yes" if late else "")
    noticed = duration(lane.latency) if lane.latency is not None else ""
    return (
        label(lane),
        PHASE_WORDS[lane.phase()],
        place_text(lane.start, 1_000_000),
        f"{len(lane.ticks):,}",
        asked,
        noticed or ("never" if lane.outcome in _NEVER and lane.requested is not None else ""),
        band,
        outside,
    )
