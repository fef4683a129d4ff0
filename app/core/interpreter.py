"""Which interpreter this is, whether it executes one thread at a time, and on how many processors it may."""

import os
import sys


def gil_is_enabled() -> bool:
    """Return whether one thread at a time executes bytecode; any thread.

    A free-threaded build may do so as well: with ``PYTHON_GIL=1``, ``-X gil=1``, or an extension module that needs it.
    """
    # New in Python 3.13; before, there was no Python without it.
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def python_version() -> str:
    """Return the version of this interpreter, such as "3.13.1", of a free-threaded build "3.13.1t"; any thread."""
    return sys.version.split()[0] + ("t" if "t" in getattr(sys, "abiflags", "") else "")


def usable_processors() -> int:
    """Return how many processors this process may use: in a container or under taskset not all; any thread."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
