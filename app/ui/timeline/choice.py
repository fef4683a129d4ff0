"""Which lanes are shown, and in which order: sorted, pinned, hidden, filtered. No Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from app.ui.timeline.lane import Lane, Phase

# What wants to be looked at first.
_URGENCY = (Phase.STUCK, Phase.STOPPING, Phase.RUNNING, Phase.WAITING, Phase.STARTING, Phase.ENDED)


class Order(StrEnum):
    """By what lanes are sorted."""

    START = "start"
    NAME = "name"
    LATENCY = "latency"
    STATE = "state"


@dataclass(slots=True)
class Choice:
    """What a person has chosen to see.

    Attributes:
        order: latency is the slowest first, state the one that wants to be looked at first.
        pinned: runs whose lanes stay on top.
        hidden: runs whose lanes are not shown.
        phases: lanes that are in one of these are shown.
        late_only: whether only lanes outside their predicted band are shown.
        text: what a lane's name has somewhere, in any case.
    """

    order: Order = Order.START
    pinned: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    phases: set[Phase] = field(default_factory=lambda: set(Phase))
    late_only: bool = False
    text: str = ""

    def shows(self, lane: Lane, now: int) -> bool:
        """Return whether a lane is shown; ``now`` in ns from the beginning of the sitting."""
        return (
            lane.run not in self.hidden
            and lane.phase() in self.phases
            and (not self.late_only or lane.is_late(now))
            and (not self.text or self.text.casefold() in lane.label.casefold())
        )

    def arranged(self, lanes: Iterable[Lane], now: int) -> tuple[list[Lane], list[Lane]]:
        """Return the lanes that are shown: those that are pinned, and the others, each in their order."""
        shown = [lane for lane in lanes if self.shows(lane, now)]
        # Sorted is stable: among equals, the first to start comes first.
        shown.sort(key=lambda lane: (lane.start, lane.run))
        if self.order is Order.NAME:
            shown.sort(key=lambda lane: (lane.name.worker.casefold(), lane.name))
        elif self.order is Order.LATENCY:
            shown.sort(key=lambda lane: -1 if lane.latency is None else lane.latency, reverse=True)
        elif self.order is Order.STATE:
            shown.sort(key=lambda lane: _URGENCY.index(lane.phase()))
        pinned = [lane for lane in shown if lane.run in self.pinned]
        return pinned, [lane for lane in shown if lane.run not in self.pinned]
