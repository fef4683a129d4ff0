"""The strategies that need nothing but the standard library: one file each, one line each here."""

from .async_exception import AsyncException
from .asyncio_cancel import AsyncioCancel
from .base import About, Strategy
from .condition import ConditionWait
from .event_poll import EventPoll
from .event_wait import EventWait
from .flag import Flag
from .future_cancel import FutureCancel
from .queue_sentinel import QueueSentinel
from .signal_interrupt import SignalInterrupt

BUILT_IN: tuple[type[Strategy], ...] = (
    EventPoll,
    Flag,
    EventWait,
    ConditionWait,
    QueueSentinel,
    AsyncioCancel,
    AsyncException,
    FutureCancel,
    SignalInterrupt,
)

__all__ = ["BUILT_IN", "About", "Strategy"]
