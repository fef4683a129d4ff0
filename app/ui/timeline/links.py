"""Ties a timeline and a log together: a tick goes to its line, a line to its instant."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import SignalInstance

from app.core.batch import LINES
from app.ui.log.panel import LogPanel
from app.ui.log.store import LogStore

_PAGE = 2_000  # records read at once
_MOST = 40_000  # records looked at: about the millisecond or two that a bin of a long session has, at the highest rate


def link(
    panel: LogPanel,
    origin: int,
    place_chosen: SignalInstance,
    set_cursor: Callable[[int, int | None], None],
    say: Callable[[str], None],
) -> None:
    """Tie them together; the GUI thread only.

    Args:
        panel: the log of a session.
        origin: its beginning, a ``perf_counter_ns``.
        place_chosen: the timeline's signal that a person wants to see the line of a run at an instant.
        set_cursor: puts the timeline's cursor at an instant in a run's lane.
        say: says a sentence to the person.
    """
    place_chosen.connect(partial(_to_line, panel, origin, say))
    panel.chosen.connect(partial(_to_cursor, panel, origin, set_cursor))


def _to_line(panel: LogPanel, origin: int, say: Callable[[str], None], run: int, instant: int) -> None:
    line = line_near(panel.store, run, origin, instant)
    if line is None:
        say("This line is no longer kept.")
    else:
        panel.choose(line, stay=True)


def _to_cursor(panel: LogPanel, origin: int, set_cursor: Callable[[int, int | None], None], line: int) -> None:
    record = panel.store.record(line)
    if record is not None:
        set_cursor(record.instant - origin, record.run)


def line_near(store: LogStore, run: int, origin: int, instant: int) -> int | None:
    """Return the number of a run's first line from an instant on; None if it is not near, or not kept.

    Of lines of long ago only about when they came is known: then the line is a little later.

    Args:
        store: where it is.
        run: whose it is.
        origin: the beginning of the session, a ``perf_counter_ns``.
        instant: ns from there.
    """
    start = store.line_at(origin + instant)
    for place in range(start, start + _MOST, _PAGE):
        records = store.records(place, _PAGE)
        for line, record in enumerate(records, place):
            if record.run == run and record.kind in LINES and record.instant - origin >= instant:
                return line
        if len(records) < _PAGE:
            return None
    return None
