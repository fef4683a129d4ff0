"""The signal by which a call into C in another thread returns early, so that an exception can be raised there.

Since Python 3.15 what waits in C and is interrupted by a signal raises an exception that was set for its thread. The signal
needs a handler, or it would end the process, and only the main thread can install one. Ours does nothing. A program that has
one of its own for SIGUSR1 keeps it.
"""

import signal
import sys
import threading
from types import FrameType

from .errors import BadInput
from .interpreter import gil_is_enabled

NEEDED = (3, 15)  # of Python; gh-144748
NUMBER = getattr(signal, "SIGUSR1", None)  # Windows has none


def install() -> None:
    """Install the handler where it is of use and nothing else handles the signal; the main thread only."""
    if not _why_not() and signal.getsignal(_number()) is signal.SIG_DFL:
        signal.signal(_number(), _do_nothing)


def require() -> None:
    """Return if a thread can be interrupted by the signal; any thread. The main thread installs the handler if it must.

    Raises:
        BadInput: why it cannot be.
    """
    if threading.current_thread() is threading.main_thread():
        install()
    if reason := _why_not() or _why_not_handled():
        raise BadInput(f"strategy: signal-interrupt {reason}; choose another strategy.", "strategy")


def interrupt(ident: int) -> None:
    """Send the signal to a thread that is alive, if it is ours still: another's handler is not for us; any thread."""
    if signal.getsignal(_number()) is _do_nothing:
        signal.pthread_kill(ident, _number())


def _number() -> int:
    assert NUMBER is not None
    return int(NUMBER)


def _why_not() -> str:
    """Return why this Python or this system cannot do it; empty if it can."""
    if sys.version_info < NEEDED:
        return f"needs Python 3.15 or newer, and this is Python {sys.version_info.major}.{sys.version_info.minor}"
    if NUMBER is None or not hasattr(signal, "pthread_kill"):
        return "needs signals to single threads, which this system does not have"
    if not gil_is_enabled():
        return "needs the GIL: without it, a signal to a thread may deadlock"
    return ""


def _why_not_handled() -> str:
    handler = signal.getsignal(_number())
    if handler is _do_nothing:
        return ""
    if handler is signal.SIG_DFL:
        return "needs a handler for SIGUSR1, which only the main thread can install"
    return "needs SIGUSR1, for which this program has a handler of its own"


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Be the handler: that there is one is enough."""
