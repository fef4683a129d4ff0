"""What the tool tip over the timeline says."""

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.ui.timeline import events, words

if TYPE_CHECKING:
    from app.ui.timeline.canvas import Canvas


def tip_at(canvas: "Canvas", place: QPointF) -> str:
    """Return the tool tip at a place of the widget, as escaped rich text: Qt would guess at plain text; empty for none."""
    stage = canvas.stage
    run = canvas.run_at(place.y())
    lane = None if run is None or stage.timeline is None else stage.timeline.lanes.get(run)
    if lane is None:
        return ""
    if canvas.column_at(place.x()) < 0:
        facts = [words.label(lane), ", ".join(filter(None, (lane.strategy, lane.workload)))]
        text = "\n".join(filter(None, facts))
    else:
        instant = canvas.instant_at(place.x())
        event = events.nearest(lane, instant, stage.near())
        text = words.cursor_text(lane, instant, event, stage.resolution)
    return f"<div style='white-space: pre-wrap'>{html.escape(text)}</div>"
