"""What a thread does at this moment: it computes, or it waits in a call, or for a lock. Pure functions over a dump."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath

from app.programs.conditions import Scope, code
from app.programs.dump import Frame, ThreadDump, is_standard
from app.programs.memory import UnreadableError
from app.programs.source import Place

# Files of the standard library whose calls are waits and no loops of a program's.
_WAITING = {
    "threading",
    "queue",
    "_queue",
    "selectors",
    "socket",
    "ssl",
    "subprocess",
    "synchronize",
    "popen_fork",
    "_base",
}
# What in those files does not wait.
_QUICK = {
    *("is_set", "isSet", "set", "clear", "is_alive", "notify", "notify_all", "notifyAll", "qsize", "empty", "full"),
    *("get_nowait", "put_nowait", "task_done", "release", "locked", "done", "cancelled", "running", "current_thread"),
    *("enumerate", "active_count", "name", "ident", "daemon", "fileno"),
}
_HOW_THREADS_BEGIN = {"_bootstrap", "_bootstrap_inner", "run"}

LOCKS = {"lock", "RLock"}
# Functions and methods written in C that wait, by their names. Those written in Python are on the stack themselves.
_BLOCKING = {
    *("accept", "acquire", "connect", "exec", "exec_", "flock", "getch", "input", "lockf", "poll", "read", "readinto"),
    *("readline", "readlines", "recv", "recv_into", "recvfrom", "recvmsg", "select", "send", "sendall", "sleep"),
    *("wait4", "waitpid"),
}
_NO_TIMEOUT = {"flock", "getch", "input", "lockf", "read", "readinto", "readline", "readlines", "wait4", "waitpid"}
# By the name of a call, which argument is its time-out, if it is not given by its name.
_TIMEOUTS = {"sleep": 0, "join": 0, "wait": 0, "result": 0, "select": 3, "poll": 0, "acquire": 1, "get": 1, "put": 2}
_SOCKETS = {"accept", "connect", "recv", "recv_into", "recvfrom", "recvmsg", "send", "sendall"}
_CPU_SHARE = 0.01  # of the time that was looked; one of a hundred that compute has as much


class Doing(Enum):
    """What a thread does."""

    COMPUTES = "computes"
    IN_CALL = "in a call"
    FOR_LOCK = "for a lock"
    HAS_ENDED = "has ended"
    NOTHING = "nothing in Python"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a thread does at this moment.

    Attributes:
        doing: of which kind it is.
        what: the code of the call or the lock; empty if it is not known.
        depth: the index of the program's own call in the stack, which waits or computes.
        timeout: "" if there is none, its length in words, or None if that is not known.
        lock: the expression of the lock; None if it is not known, or none is waited for.
        is_certain: whether the call is one that waits; else the thread may wait for its turn to compute.
    """

    doing: Doing
    what: str = ""
    depth: int = 0
    timeout: str | None = None
    lock: ast.expr | None = None
    is_certain: bool = True


def waits_by_nature(frame: Frame) -> bool:
    """Return whether a call is one of the standard library that waits for something."""
    if not is_standard(frame.file) or PurePath(frame.file.replace("\\", "/")).stem not in _WAITING:
        return False
    return frame.name not in _HOW_THREADS_BEGIN and frame.name not in _QUICK


def begins_a_thread(frame: Frame) -> bool:
    """Return whether a call is how every thread begins, which says nothing about this one."""
    return frame.name in _HOW_THREADS_BEGIN and is_standard(frame.file) and frame.file.endswith("threading.py")


def own_depth(thread: ThreadDump) -> int:
    """Return the index of the innermost call that is no wait of the standard library; the number of calls if all are."""
    for depth, frame in enumerate(thread.frames):
        if not waits_by_nature(frame):
            return depth
    return len(thread.frames)


def wait_of(thread: ThreadDump, place: Place | None, scope: Scope | None, cpu: float | None) -> Wait:
    """Return what a thread does.

    Args:
        thread: the thread.
        place: where the line of its innermost own call lies; None if the source is not known.
        scope: the values of that call; None with its place.
        cpu: which share of a processor it used of late, from 0 to 1; None if that is not known.
    """
    if not thread.frames:
        return Wait(Doing.NOTHING)
    if thread.frames[-1].name == "_shutdown" and waits_by_nature(thread.frames[-1]):
        return Wait(Doing.HAS_ENDED, depth=len(thread.frames) - 1)
    depth = own_depth(thread)
    if depth == len(thread.frames) or begins_a_thread(thread.frames[depth]):
        frame = thread.frames[max(0, depth - 1)]
        return Wait(Doing.IN_CALL, frame.function, max(0, depth - 1), _local_timeout(thread.frames[:depth]))
    if depth:
        return _in_standard_wait(thread, depth, place, scope)
    return _directly(place, scope, thread.is_active, cpu)


def _in_standard_wait(thread: ThreadDump, depth: int, place: Place | None, scope: Scope | None) -> Wait:
    """Return the wait of a thread that is in calls of the standard library which wait."""
    inner, outermost = thread.frames[:depth], thread.frames[depth - 1]
    written = _call_named(place, outermost.name)
    what = code(written) if written is not None else f"{outermost.function}()"
    timeout = _local_timeout(inner)
    if timeout is None and written is not None and scope is not None:
        timeout = _written_timeout(written, scope)
    if inner[0].name == "__enter__":
        # A Condition, or what is made of one: it waits for the lock inside.
        entering = place.entering[0] if place is not None and place.entering else None
        return Wait(Doing.FOR_LOCK, what if entering is None else code(entering), depth, "", entering)
    return Wait(Doing.IN_CALL, what, depth, timeout)


def _local_timeout(frames: tuple[Frame, ...]) -> str | None:
    """Return the time-out that the outermost of some calls was given; None if none of them shows one."""
    for frame in reversed(frames):
        local = frame.local("timeout")
        if local is not None:
            return "" if local.text == "None" else _seconds(local.text)
    return None


def _seconds(text: str) -> str | None:
    with suppress(ValueError, OverflowError):
        seconds = float(text)
        return f"{seconds:,.3g} s" if seconds < 1_000 else f"{seconds:,.0f} s"
    return None


def _call_named(place: Place | None, name: str) -> ast.Call | None:
    for call in place.calls if place else ():
        if isinstance(call, ast.Call) and _name_of(call) == name:
            return call
    return None


def _name_of(call: ast.expr) -> str:
    function = call.func if isinstance(call, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _directly(place: Place | None, scope: Scope | None, is_active: bool, cpu: float | None) -> Wait:
    """Return what a thread does whose innermost call is one of its own: a call into C, or nothing but computing."""
    is_computing = is_active if cpu is None else cpu >= _CPU_SHARE
    if place is None or scope is None or is_computing:
        doing = Doing.COMPUTES if is_computing else Doing.IN_CALL
        return Wait(doing, is_certain=place is not None)
    waits = any(isinstance(call, ast.Call) and _waits(call, scope) for call in place.calls)
    for lock, timeout in _locks(place, scope):
        if place.entering and waits:
            return Wait(Doing.IN_CALL, is_certain=False)  # all in one line: it is in the one or in the other
        return Wait(Doing.FOR_LOCK, code(lock), 0, timeout, lock)
    if place.entering and not waits:
        return Wait(Doing.IN_CALL, f"with {code(place.entering[0])}", is_certain=False)
    return _in_call(place, scope, is_known=cpu is not None)


def _in_call(place: Place, scope: Scope, *, is_known: bool) -> Wait:
    """Return in which call a thread is; ``is_known``: it is known that it does not compute."""
    calls = [call for call in place.calls if isinstance(call, ast.Call)]
    known = [call for call in calls if _waits(call, scope)]
    # The innermost of several: its arguments are done before a call begins.
    chosen = known[-1] if known else calls[-1] if len(calls) == 1 else None
    if chosen is not None:
        return Wait(Doing.IN_CALL, code(chosen), 0, _written_timeout(chosen, scope), is_certain=bool(known))
    if place.iterated is not None and not calls:
        return Wait(Doing.IN_CALL, f"for … in {code(place.iterated)}", is_certain=is_known)
    return Wait(Doing.IN_CALL if calls or is_known else Doing.COMPUTES, is_certain=False)


def _waits(call: ast.Call, scope: Scope) -> bool:
    """Return whether a call into C is known to wait."""
    name = _name_of(call)
    if name in ("get", "acquire") and isinstance(call.func, ast.Attribute):
        return _type_name(call.func.value, scope) in {"SimpleQueue", *LOCKS}
    return name in _BLOCKING


def _locks(place: Place, scope: Scope) -> Iterator[tuple[ast.expr, str | None]]:
    """Yield the lock that a line takes, and its time-out."""
    for expression in place.entering:
        if _type_name(expression, scope) in LOCKS:
            yield expression, ""
    for call in place.calls:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            lock = call.func.value
            if call.func.attr == "acquire" and _type_name(lock, scope) in LOCKS:
                yield lock, _written_timeout(call, scope)


def _type_name(expression: ast.expr, scope: Scope) -> str:
    with suppress(UnreadableError):
        return scope.type_name(expression)
    return ""


def _written_timeout(call: ast.Call, scope: Scope) -> str | None:
    """Return the time-out of a call as its source tells it: "" for none, None if that is not known."""
    name = _name_of(call)
    if name in _SOCKETS and isinstance(call.func, ast.Attribute):
        return _socket_timeout(call.func.value, scope)
    if name in _NO_TIMEOUT:
        return ""
    is_plain = all(each.arg is not None for each in call.keywords)
    if name not in _TIMEOUTS or not is_plain or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    place = _TIMEOUTS[name]
    named = next((keyword.value for keyword in call.keywords if keyword.arg == "timeout"), None)
    given = call.args[place] if len(call.args) > place else named
    return "" if given is None else _given_timeout(given, scope)


def _given_timeout(given: ast.expr, scope: Scope) -> str:
    try:
        value = str(given.value) if isinstance(given, ast.Constant) else scope.value(given).text
    except UnreadableError:
        return code(given)
    return "" if value == "None" else _seconds(value) or code(given)


def _socket_timeout(expression: ast.expr, scope: Scope) -> str | None:
    with suppress(UnreadableError):
        timeout = scope.socket_timeout(expression)
        return "" if timeout is None else _seconds(str(timeout / 1e9))
    return None
