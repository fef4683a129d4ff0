"""The timeline in words, for tool tips, the read-out and screen readers; no Qt."""

from collections.abc import Mapping, Sequence

from app.core.latency import duration
from app.ui.display_text import visible
from app.ui.timeline.lane import ENDINGS, NEVER_NOTICED, NOTICE_UNKNOWN, Event, Lane
from app.ui.timeline.scale import Span, place_text
from app.ui.timeline.shapes import PHASE_MEANINGS, PHASE_NAMES, Phase

NO_RUN = "No runs yet."
# What stands in the place of the lanes.
EMPTY = "Runs appear here, one lane each, with every line and every Stop. Start a worker to see one."
EMPTY_SESSION = "No runs were recorded in this session."
LOADING = "Loading the timeline…"
NO_LANE = "No lanes match. Choose Filter, then Show all."
TABLE_TITLES = ("Run", "State", "Started", "Lines", "Asked to stop", "Noticed after", "Predicted", "Outside prediction")


def cursor_text(lane: Lane | None, instant: int, event: Event | None, resolution: int) -> str:
    """Return what is at the cursor: the event there, or else what the lane's run was doing."""
    place = place_text(instant, resolution)
    if lane is None:
        return f"Cursor at {place}"
    if event is not None:
        return f"{place_text(event.instant, resolution)}: {lane.title} {visible(event.words, 300)}"
    phase = lane.phase_at(instant)
    doing = "not started yet" if phase is None else PHASE_NAMES[phase]
    if phase is Phase.ENDED:
        doing = ENDINGS[lane.outcome]
    elif phase is Phase.HELD_BACK:
        doing += f": {PHASE_MEANINGS[phase]}"
    elif lane.requested is not None and lane.requested <= instant:
        doing += f", asked to stop {duration(instant - lane.requested)} ago"
    return f"{place}: {lane.title} {doing}"


def summary(
    lanes: Mapping[int, Lane], shown: Sequence[Lane], span: Span, now: int, stops: int = 0, forgotten: int = 0
) -> str:
    """Return a sentence about everything that the timeline shows.

    Args:
        lanes: all that there are.
        shown: those that are shown, scrolled out or not.
        span: the time that is shown.
        now: ns from the beginning of the session.
        stops: how many Stops there were.
        forgotten: how many lanes are not kept any more.
    """
    if not lanes:
        return NO_RUN
    alive = sum(lane.ended is None for lane in lanes.values())
    late = sum(lane.is_late(now) for lane in lanes.values())
    requests = sum(len(lane.requests) for lane in lanes.values())
    asked = f", {_several(requests, 'request')} by the program" if requests else ""
    parts = [f"{_several(len(lanes), 'run')}, {alive:,} alive, {_several(stops, 'Stop')}{asked}"]
    if late:
        parts.append(f"{late:,} later than predicted")
    if len(shown) != len(lanes):
        parts.append(f"{_several(len(shown), 'lane')} shown")
    if forgotten:
        parts.append(f"{_several(forgotten, 'older run')} no longer kept")
    start, end = (place_text(at, span.length // 1_000) for at in (max(0, span.start), max(0, span.end)))
    return f"{'; '.join(parts)}. From {start} to {end}."


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def state_words(lane: Lane) -> str:
    """Return what a run is doing, or how it ended."""
    return PHASE_NAMES[lane.phase()] if lane.ended is None else ENDINGS[lane.outcome]


def _unnoticed(lane: Lane) -> str:
    """Return what the table says of a run that noticed nothing, as far as that is known."""
    if lane.notice_unknown:
        return NOTICE_UNKNOWN
    return "never" if lane.outcome in NEVER_NOTICED and lane.requested is not None else ""


def table_cells(lane: Lane, now: int) -> tuple[str, ...]:
    """Return a lane as a row of a table; see ``TABLE_TITLES``."""
    asked = "" if lane.requested is None else place_text(lane.requested, 1_000_000)
    band = "" if lane.band is None else f"within {duration(lane.band[1])}"
    late = lane.is_late(now)
    outside = visible(lane.outside, 300) if lane.outside else ("yes" if late else "")
    noticed = duration(lane.latency) if lane.latency is not None else ""
    return (
        lane.title,
        state_words(lane).capitalize(),
        place_text(lane.start, 1_000_000),
        f"{len(lane.ticks):,}",
        asked,
        noticed or _unnoticed(lane),
        band,
        outside,
    )
