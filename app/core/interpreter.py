"""Whether the interpreter is one on which threads can be recorded."""

import sys

from .errors import BadInput


def gil_is_enabled() -> bool:
    """Return whether one thread at a time executes bytecode; any thread.

    A free-threaded build may do so as well: with ``PYTHON_GIL=1``, ``-X gil=1``, or an extension module that needs it.
    """
    # New in Python 3.13; before, there was no Python without it.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def require_gil() -> None:
    """Return if threads can be started and recorded here; any thread.

    The lanes rely on the GIL: a worker's thread appends to two columns that the collector's shortens. Without it,
    instants were seen out of order, and workers hung.

    Raises:
        BadInput: this is a free-threaded Python, and its GIL is off.
    """
    if not gil_is_enabled():
        raise BadInput(
            "This Python is free-threaded, and workers cannot be recorded correctly without the GIL; "
            "set PYTHON_GIL=1 in the environment, or use an ordinary build of Python."
        )
