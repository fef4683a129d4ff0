"""Whether the interpreter executes one thread at a time."""

import sys


def gil_is_enabled() -> bool:
    """Return whether one thread at a time executes bytecode; any thread.

    A free-threaded build may do so as well: with ``PYTHON_GIL=1``, ``-X gil=1``, or an extension module that needs it.
    """
    # New in Python 3.13; before, there was no Python without it.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
