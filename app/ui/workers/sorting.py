"""The order of the rows when they are sorted by a column; no Qt."""

import re
from collections.abc import Callable, Sequence

from app.core.catalogue import Catalogue
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.states import Outcome, State
from app.ui.workers.rows import Column, Row, runs_in, strategy_title, workload_title

Key = tuple[object, ...]

_DIGITS = re.compile(r"(\d{1,18})")
# The column State is sorted by what needs a look first.
_ALIVE = {State.STUCK: 0, State.STOPPING: 1, State.STARTING: 2, State.RUNNING: 3, State.READY: 9}
_ENDED = {
    Outcome.FAILED: 4,
    Outcome.KILLED: 5,
    Outcome.RELEASED: 6,
    Outcome.INTERRUPTED: 7,
    Outcome.COMPLETED: 8,
}


def _natural(text: str) -> Key:
    """Return a text as it is sorted: without regard to case, and "Worker 2" before "Worker 10"."""
    parts = _DIGITS.split(text.casefold())
    return tuple((int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts))


def _state(row: Row, _catalogue: Catalogue, now: int) -> Key:
    snapshot = row.snapshot
    if snapshot is None or snapshot.outcome is None:
        requested = snapshot.chain.requested if snapshot else None
        return _ALIVE[row.state], 0 if requested is None else requested - now  # the longest asked first
    return _ENDED[snapshot.outcome], 0


def _latency(row: Row, _catalogue: Catalogue, _now: int) -> Key | None:
    asked = row.asked
    if asked is None:
        return None
    if asked.chain.latency is not None:
        return (asked.chain.latency,)
    return (float("inf"),) if asked.never else None


def _rate(row: Row, _catalogue: Catalogue, _now: int) -> Key | None:
    rate = row.rate()
    return None if rate is None else (rate,)


def _lines(row: Row, _catalogue: Catalogue, _now: int) -> Key | None:
    return None if row.snapshot is None else (row.snapshot.lines,)


def _run_time(row: Row, _catalogue: Catalogue, now: int) -> Key | None:
    snapshot = row.snapshot
    if snapshot is None or snapshot.started is None:
        return None
    ended = snapshot.chain.ended
    return ((now if ended is None else ended) - snapshot.started,)


# What a row is sorted by, for each column; None if it has nothing there.
_KEYS: dict[Column, Callable[[Row, Catalogue, int], Key | None]] = {
    Column.NAME: lambda row, _catalogue, _now: _natural(row.title),
    Column.STRATEGY: lambda row, catalogue, _now: _natural(strategy_title(row.worker, catalogue)),
    Column.WORKLOAD: lambda row, catalogue, _now: _natural(row.program or workload_title(row.worker, catalogue)),
    Column.INTERVAL: lambda row, _catalogue, _now: (
        None if row.worker.strategy in (OWN_CODE, OBSERVED) else (row.worker.interval,)
    ),
    Column.RUNS_IN: lambda row, _catalogue, _now: _natural(runs_in(row)),
    Column.STATE: _state,
    Column.LINES: _lines,
    Column.RATE: _rate,
    Column.RUN_TIME: _run_time,
    Column.LATENCY: _latency,
}


def sorted_order(rows: Sequence[Row], catalogue: Catalogue, column: Column, now: int, *, descending: bool) -> list[int]:
    """Return the indices of the rows sorted by a column at the instant ``now``; equal ones keep their order.

    Rows that have nothing in that column come last, whichever way it is sorted.
    """
    keys = [_KEYS[column](row, catalogue, now) for row in rows]
    known = [index for index, key in enumerate(keys) if key is not None]
    known.sort(key=lambda index: keys[index] or (), reverse=descending)
    return known + [index for index, key in enumerate(keys) if key is None]
