"""What is said of one thread: clauses that have the thread as their subject."""

from collections.abc import Sequence

from app.core.errors import listed, one_line
from app.core.place_words import holder_words, limit_words, place_words
from app.programs.case import Case, holding
from app.programs.conditions import Read
from app.programs.dump import Frame, is_library, thread_object
from app.programs.loops import LoopState
from app.programs.waits import Doing, begins_a_thread

BEGAN_LATER = "when and by whom is not known, observation began later"


def where_words(case: Case, cases: Sequence[Case]) -> str:
    """Return what the thread does and where, without its name."""
    wait, frame = case.wait, case.frame
    if frame is None:
        return "runs no Python code, or has just begun"
    at = place_words(frame.file, frame.line)
    if wait.doing is Doing.COMPUTES:
        return f"computes at {at}, in {one_line(frame.function)}{_called(case, frame)}"
    if wait.doing is Doing.FOR_LOCK:
        what = f"waits for the lock `{wait.what}` at {at}{limit_words(wait.timeout)}"
        return f"{what}, {_holder(case, cases)}"
    if begins_a_thread(frame):
        return "is in the function that it was started with, which is not written in Python"
    if not wait.what:
        return f"is in a call at {at}"
    return f"is in `{wait.what}` at {at}{_joined(case, cases)}{_called(case, frame)}{limit_words(wait.timeout)}"


def _joined(case: Case, cases: Sequence[Case]) -> str:
    """Return which thread a ``join`` waits for; empty if it is none, or not known."""
    for frame in case.thread.frames[: case.wait.depth]:
        local = frame.local("self") if frame.name == "join" else None
        for other in cases if local is not None else ():
            if local is not None and thread_object(other.thread) == local.address:
                return f" for the end of {other.name}"
    return ""


def _called(case: Case, frame: Frame) -> str:
    """Return where the program itself made a call of a library; empty if the call is its own."""
    if not is_library(frame.file):
        return ""
    own = next((level.frame for level in case.levels if not is_library(level.frame.file)), None)
    return "" if own is None else f", called at {place_words(own.file, own.line)}"


def _holder(case: Case, cases: Sequence[Case]) -> str:
    """Return who holds the lock that a thread waits for, as far as it is known, and whether that one waits for this."""
    found = holding(case, cases)
    if found is None:
        return holder_words("")
    other, how = found
    if other is None:
        return "held by a thread that has ended"
    back = holding(other, cases)
    deadlock = (
        ", which waits for a lock that this one holds: a deadlock" if back is not None and back[0] is case else ""
    )
    return f"{holder_words(other.name)}{how}{deadlock}"


def read_words(reads: Sequence[Read]) -> str:
    """Return what is read, with its values."""
    texts = [
        f"`{read.text}`, which is {read.value.text}" if read.value else f"`{read.text}`, whose value is not known"
        for read in reads[:3]
    ]
    return ", and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def loop_words(state: LoopState) -> str:
    """Return what a loop reads, and whether its thread has been asked."""
    place = "the loop around it" if state.level.frame.line == 0 else f"the loop around it (line {state.loop.line})"
    says = {
        True: f"it has been asked ({BEGAN_LATER})",
        False: "it has not been asked",
        None: "whether it has been asked is not known",
    }[state.asked]
    likely = "likely " if state.is_likely and state.asked is not None else ""
    return f"{place} reads {read_words(state.reads)}: {likely}{says}"


def no_loop_words(case: Case) -> str:
    """Return why it is not known whether a thread has been asked that no loop decides for."""
    if case.missing:
        return f"{case.missing}, so what it reads is not known"
    if case.frame is None:
        return ""
    if not case.levels:
        return "nothing of the program is around it, so whether it has been asked is not known"
    return "no loop around it reads what another thread could set, so whether it has been asked cannot be seen"


def needed_words(case: Case, asked: LoopState | None) -> str:
    """Return what would be needed to know more."""
    if case.frame is None:
        return "a native debugger shows where it is"
    unknown = [read for read in asked.reads if read.value is None] if asked is not None else []
    if not unknown:
        return ""
    reasons = sorted({read.reason for read in unknown if read.reason})
    what = "its value" if len(unknown) == 1 else "their values"
    return f"{what} would tell{f' ({listed(reasons)})' if reasons else ''}"
