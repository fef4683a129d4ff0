"""The strategies that need nothing but the standard library: one file each, one line each here."""

from .base import About, Strategy
from .event_poll import EventPoll
from .event_wait import EventWait
from .flag import Flag

BUILT_IN: tuple[type[Strategy], ...] = (
    EventPoll,
    Flag,
    EventWait,
)

__all__ = ["BUILT_IN", "About", "Strategy"]
