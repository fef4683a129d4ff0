"""Ties a timeline and a log together: a tick goes to its line, a line to its instant."""

from functools import partial

from app.ui.log.area import LogArea
from app.ui.timeline.lookup import line_near
from app.ui.timeline.panel import TimelinePanel


def link(timeline: TimelinePanel, area: LogArea, origin: int) -> None:
    """Tie them together; the GUI thread only.

    Args:
        timeline: of a sitting.
        area: the log of the same.
        origin: its beginning, a ``perf_counter_ns``.
    """
    timeline.place_chosen.connect(partial(_to_place, timeline, area, origin))
    area.panel.chosen.connect(partial(_to_cursor, timeline, area, origin))


def _to_place(timeline: TimelinePanel, area: LogArea, origin: int, run: int, instant: int) -> None:
    line = line_near(area.store, run, origin, instant)
    if line is None:
        timeline.said.emit("The line is not kept any more.")
    else:
        area.panel.choose(line, stay=True)


def _to_cursor(timeline: TimelinePanel, area: LogArea, origin: int, line: int) -> None:
    record = area.store.record(line)
    if record is not None:
        timeline.set_cursor(record.instant - origin, record.run)
