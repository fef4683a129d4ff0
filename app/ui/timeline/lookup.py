"""Finds the line of a tick of which only about when it came is known any more; no Qt."""

from app.core.batch import Kind
from app.ui.log.store import LogStore

_PAGE = 2_000  # records read at once
_MOST = 40_000  # records looked at: about the millisecond or two that a bin of a long sitting has, at the highest rate


def line_near(store: LogStore, run: int, origin: int, instant: int) -> int | None:
    """Return the number of a run's first line from an instant on; None if it is not near, or not kept.

    Args:
        store: where it is.
        run: whose it is.
        origin: the beginning of the sitting, a ``perf_counter_ns``.
        instant: ns from there.
    """
    start = store.line_at(origin + instant)
    for place in range(start, start + _MOST, _PAGE):
        records = store.records(place, _PAGE)
        for line, record in enumerate(records, place):
            if record.run == run and record.kind == Kind.LINE and record.instant - origin >= instant:
                return line
        if len(records) < _PAGE:
            return None
    return None
