"""Where a thread is at this moment."""

import itertools
import re
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


_TRACEBACK = "Traceback (most recent call last):\n"
_CALL = re.compile(r'  File "(.*)", line (\d{1,9}), in (.*)')


def calls_in(error: str) -> tuple[Call, ...]:
    """Return the calls of the last traceback in what Python writes about an exception, innermost last.

    Empty if there is none in it, as in the text about a group of exceptions, which has several.
    """
    before, traceback_found, rest = error.rpartition(_TRACEBACK)
    if not traceback_found or (before and not before.endswith("\n")):
        return ()
    calls: list[Call] = []
    awaits_text = False
    for line in rest.split("\n"):
        if not line.startswith("  "):
            break  # the exception itself, whose text may hold anything
        found = _CALL.fullmatch(line)
        if found is not None:
            calls.append(Call(found[1], int(found[2]), found[3], ""))
        elif awaits_text and line.startswith("    "):
            calls[-1] = calls[-1]._replace(text=line.strip())
        awaits_text = found is not None
    return tuple(calls)


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
