"""Why a run of ours has not ended, by its chain and by where its thread was when it was slow to stop: pure functions."""

import linecache
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from app.core.errors import one_line
from app.core.events import Located
from app.core.fold import RunSnapshot
from app.core.place_words import holder_words, limit_words, place_words
from app.core.prediction import Notices
from app.core.stacks import Call, culprit
from app.core.verdicts import Verdict
from app.programs.dump import Frame, ThreadDump
from app.programs.scopes import LocalsScope
from app.programs.source import Place, Source
from app.programs.waits import Doing, Wait, own_depth, wait_of

_LONGEST = 80  # characters of a line of code in a sentence
_BROAD = {"Exception", "BaseException"}
_RAISED = (Notices.RAISING, Notices.INTERRUPTING)

LinesOf = Callable[[str], Sequence[str]]


def run_verdict(
    snapshot: RunSnapshot,
    files: Iterable[str],
    notices: Notices | None,
    lines_of: LinesOf = linecache.getlines,
) -> tuple[Verdict, str] | None:
    """Return why a run had not ended when its thread was looked at last, and the sentence about it; None if it was not.

    Args:
        snapshot: the run.
        files: of its strategy and its workload.
        notices: how its strategy comes to be noticed; None if that is not known.
        lines_of: returns a file's lines, none if it cannot be read.
    """
    looked = next((event for event in reversed(snapshot.located) if event.calls), None)
    if looked is None or snapshot.chain.requested is None:
        return None
    noticed = snapshot.chain.noticed if isinstance(looked, Located) else looked.noticed
    known = set(files)
    calls, guilty = looked.calls, culprit(looked.calls, known)
    at = _at(calls[guilty if guilty is not None else -1])
    # How the controller itself calls them says nothing about this run.
    own = [call for call in calls if call.file in known]
    if noticed is not None:
        return _after_the_notice(own, at, lines_of)
    return _before_the_notice(calls, own, at, notices, lines_of)


def _after_the_notice(calls: Sequence[Call], at: str, lines_of: LinesOf) -> tuple[Verdict, str]:
    places = [_place(call, lines_of) for call in calls]
    is_in_part = any(not each.is_in_loop for place in places if place is not None for each in place.cleanups)
    if is_in_part or any(call.function in ("clean_up", "__exit__", "__aexit__") for call in calls):
        return Verdict.SLOW_CLEANUP, f"It had noticed, and was cleaning up at {at}."
    return Verdict.NOTICED_NOT_ENDED, f"It had noticed, and was at {at}."


def _before_the_notice(
    calls: Sequence[Call], own: Sequence[Call], at: str, notices: Notices | None, lines_of: LinesOf
) -> tuple[Verdict, str]:
    wait = _wait(calls, lines_of)
    is_blocked = wait.doing is Doing.FOR_LOCK or (wait.doing is Doing.IN_CALL and wait.is_certain)
    swallows = _swallows(own, lines_of) if notices in _RAISED and not is_blocked else ""
    if swallows:
        return Verdict.SWALLOWED, f"It was asked by an exception, and {swallows} and goes on; it was at {at}."
    if notices is Notices.NEVER:
        return Verdict.ASKED_NOT_POLLED, f"Nothing in its loop looks at the request; it was at {at}."
    if wait.doing is Doing.FOR_LOCK:
        return Verdict.WAITING_FOR_LOCK, f"It was waiting for a lock at {at}{_limit(wait)}; {holder_words('')}."
    if is_blocked:
        return Verdict.BLOCKED_IN_CALL, f"It was in a call that had not returned: {at}{_limit(wait)}."
    if wait.doing is Doing.COMPUTES:
        return Verdict.ASKED_NOT_POLLED, f"It was computing, and looks at the request only when that is done: {at}."
    return Verdict.UNKNOWN, f"It was at {at}; whether it computed there or waited is not known."


def _at(call: Call) -> str:
    """Return the line at which a call is, as it was, and its place."""
    place = place_words(call.file, call.line)
    text = one_line(call.text.strip())
    if not text:
        return place
    return f"`{text if len(text) <= _LONGEST else f'{text[: _LONGEST - 1]}…'}` ({place})"


def _limit(wait: Wait) -> str:
    """Return the time-out of a call, if it is a length: of what is no more than a name the value is not known."""
    return "" if wait.timeout and not wait.timeout.endswith(" s") else limit_words(wait.timeout)


def _place(call: Call, lines_of: LinesOf) -> Place | None:
    """Return where the line of a call lies; None if its file cannot be read, or was changed since."""
    lines = lines_of(call.file)
    if not 0 < call.line <= len(lines) or lines[call.line - 1].strip() != call.text.strip():
        return None
    try:
        return _source("".join(lines)).place(call.function, call.line)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


@lru_cache(maxsize=32)
def _source(text: str) -> Source:
    """Return the tree of a file; kept, because a window asks again and again."""
    return Source(text)


def _wait(calls: Sequence[Call], lines_of: LinesOf) -> Wait:
    frames = tuple(Frame(call.function, call.file, call.line) for call in reversed(calls))
    thread = ThreadDump("", 0, None, is_active=False, frames=frames)
    depth = min(own_depth(thread), len(frames) - 1)
    call = calls[len(calls) - 1 - depth]
    place = _place(call, lines_of)
    wait = wait_of(thread, place, LocalsScope(frames[depth], ""), None)
    # What is written in C and is entered by a name, for so long that it was looked at, is a lock.
    if depth == 0 and place is not None and place.entering and wait.doing is Doing.IN_CALL:
        return Wait(Doing.FOR_LOCK, wait.what, 0, "", place.entering[0])
    return wait


def _swallows(calls: Sequence[Call], lines_of: LinesOf) -> str:
    """Return which ``except`` of a loop around a call catches everything and goes on; empty if there is none."""
    for call in reversed(calls):
        place = _place(call, lines_of)
        for handler in place.catching if place is not None else ():
            is_broad = not handler.exceptions or _BROAD & set(handler.exceptions)
            if is_broad and handler.is_in_loop and not handler.leaves:
                word = " ".join(("except", ", ".join(handler.exceptions))).strip()
                return f"the loop around `{word}` in line {handler.line} catches it"
    return ""
