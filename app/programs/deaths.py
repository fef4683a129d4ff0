"""How a process died, or could not begin, in one sentence; pure functions."""

import errno
import re
import signal
from collections.abc import Callable

from app.core.errors import BadInput
from app.core.events import Failed
from app.core.stacks import Call
from app.programs.frames import WRONG_PYTHON

MOST_TAIL = 16_384  # bytes of what a child writes about itself that are kept, the last ones
_OUT_OF = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_LONGEST_WORDS = 200  # characters of its last line in a sentence
# What faulthandler writes before the stacks of a process that is about to die.
_FATAL = re.compile(r"^Fatal Python error: .*", re.MULTILINE)


# A thread in what faulthandler writes, and one of its calls; innermost first.
_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+ .*\(most recent call first\):$", re.MULTILINE)
_CALL = re.compile(r'^  File "(.*)", line (\d{1,9}) in (.*)$', re.MULTILINE)
_OF_RUN = ("core/run.py", "_live")  # the call that every run's thread begins with, after Python's own


def stack_in(dump: str, line_of: Callable[[str, int], str]) -> tuple[Call, ...]:
    """Return where the thread of a run is, by what faulthandler wrote of all threads, innermost last; empty if it did not.

    Args:
        dump: what was written.
        line_of: returns the text of a line (from 1) of a file, empty if there is none.
    """
    for thread in _THREAD.split(dump)[1:]:
        calls = [(file, int(line), function) for file, line, function in _CALL.findall(thread)]
        for place, (file, _, function) in enumerate(calls):
            if file.replace("\\", "/").endswith(_OF_RUN[0]) and function == _OF_RUN[1]:
                own = reversed(calls[: place + 1])
                return tuple(Call(file, line, function, line_of(file, line).strip()) for file, line, function in own)
    return ()


def not_started(error: OSError | BadInput) -> Failed:
    """Return the event about a process that could not be started."""
    if isinstance(error, BadInput):
        return Failed(str(error))
    reason = error.strerror or str(error)
    return Failed(f"Its process could not be started ({reason}).", refused=error.errno in _OUT_OF)


def death(status: int, fault: str, tail: str, was_ready: bool) -> Failed:
    """Return the event about a process that is over before its run was.

    Args:
        status: of its end, as ``subprocess`` has it.
        fault: why it had to be ended, the end of a sentence; empty if it had not.
        tail: the last that it wrote about itself.
        was_ready: whether it had said that it is there.
    """
    how = fault or status_words(status)
    if not was_ready and not fault:
        if status == WRONG_PYTHON and tail:
            return Failed(tail.splitlines()[-1])
        how += " before it was ready"
    sentence = death_sentence(how, tail)
    # As in a traceback, what it comes to is the last line.
    return Failed(sentence, f"{tail}\n{sentence}" if tail else "")


def status_words(status: int) -> str:
    """Return how a process ended, the end of a sentence: by which signal, or with which exit status."""
    if status >= 0:
        return f"left with exit status {status}"
    try:
        name, meaning = signal.Signals(-status).name, signal.strsignal(-status)
    except ValueError:
        name, meaning = f"signal {-status}", None
    words = f"was ended by {name}"
    if -status == getattr(signal, "SIGKILL", 9):
        return f"{words}, which Thread Controller did not send; the system may have run out of memory"
    return f"{words} ({meaning})" if meaning else words


def last_line(tail: str) -> str:
    """Return the line that says most of what a process wrote about itself before it died; empty if it wrote none."""
    fatal = _FATAL.search(tail)
    if fatal is not None:
        return _short(fatal[0])
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return _short(lines[-1]) if lines else ""


def death_sentence(how: str, tail: str) -> str:
    """Return the sentence about a process that died.

    Args:
        how: what ``status_words`` returned, or why it had to be ended.
        tail: the last that it wrote about itself.
    """
    said = last_line(tail)
    return f"Its process {how}{f'; it said last: {said}' if said else ''}{'' if said.endswith('.') else '.'}"


def tail_text(data: bytes) -> str:
    """Return what a process wrote, for a person: whatever it is, text that can be kept."""
    return data.decode("utf-8", "replace").replace("\0", "\ufffd").strip("\n")


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST_WORDS else f"{line[: _LONGEST_WORDS - 1]}…"
