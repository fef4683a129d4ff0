"""Where a thread is at this moment."""

import itertools
import sys
import threading
import traceback
from collections.abc import Iterable
from typing import NamedTuple


class Call(NamedTuple):
    """One call of a stack: the file, the line (from 1), the function, and the line's text as it stands in the file."""

    file: str
    line: int
    function: str
    text: str


def calls_of(ident: int | None) -> tuple[Call, ...]:
    """Return the Python calls of the thread with this ``ident``, innermost last; any thread.

    Empty if there is no such thread any more. It is a snapshot by ``sys._current_frames``: the thread goes on meanwhile.
    """
    frame = sys._current_frames().get(ident) if ident is not None else None
    if frame is None:
        return ()
    calls = [
        Call(call.filename, call.lineno or 0, call.name, call.line or "") for call in traceback.extract_stack(frame)
    ]
    # How every thread begins says nothing about this one; shown only while there is nothing else.
    own = list(itertools.dropwhile(lambda call: call.file == threading.__file__, calls))
    return tuple(own or calls)


def stack_text(calls: Iterable[Call]) -> str:
    """Return some calls as Python writes them in a traceback."""
    entries = [(call.file, call.line, call.function, call.text) for call in calls]
    return "".join(traceback.format_list(entries)).rstrip("\n")


def culprit(calls: tuple[Call, ...], own_files: Iterable[str]) -> int | None:
    """Return the index of the call that keeps a thread from its checkpoint; None if there are no calls.

    It is the innermost one in the strategy's or the workload's own file: what that line calls, and does not return from,
    is why. Without one it is the innermost of all.

    Args:
        calls: the stack, innermost last.
        own_files: the files of the run's strategy and workload.
    """
    files = set(own_files)
    for index in reversed(range(len(calls))):
        if calls[index].file in files:
            return index
    return len(calls) - 1 if calls else None
