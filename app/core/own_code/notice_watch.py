"""When code of the person's own reads the flag that asks it to stop: seen from outside, where its process can."""

import re
from collections.abc import Callable
from typing import Protocol

_VERSION = re.compile(r"3\.(\d{1,3})\.[\w.+-]{1,40}")
_SINCE = 12  # of Python 3: before it, nothing tells that a flag is read


class NoticeWatch(Protocol):
    """Sees when the code notices a flag, or what a method has done."""

    def ask_by_flag(self, holder: object, name: str, value: object) -> None:
        """Take it that this thread is about to set an attribute of an object, or a global of a module."""

    def ask_by_method(self) -> None:
        """Take it that what this thread does from now on is the request."""

    def stop(self) -> None:
        """Watch no more; any thread."""


# Returns one that has begun, and calls with the instant in the thread that has noticed; None if nothing can be seen.
MakeWatch = Callable[[Callable[[int], object]], NoticeWatch | None]

_makes: list[MakeWatch] = []


def watch_by(make: MakeWatch) -> None:
    """Have runs watched by what ``make`` returns; called by a child's main program, and by nothing else."""
    _makes[:] = [make]


def new_watch(on_noticed: Callable[[int], object]) -> NoticeWatch | None:
    """Return a watch that has begun, or None if this process has none; the run's thread, before the code is imported.

    Args:
        on_noticed: called with the instant of each notice, in the thread that has noticed.
    """
    return _makes[0](on_noticed) if _makes else None


def unknown_notice(python: str) -> str:
    """Return why it is not known when code that stopped had noticed, a clause.

    Args:
        python: the version of its interpreter, as ``python_version`` has it; empty if it is not known.
    """
    version = _VERSION.fullmatch(python)
    if version is not None and int(version[1]) < _SINCE:
        return f"when a flag is read is seen with Python 3.{_SINCE} and newer, and this was {python}"
    if version is not None and python.endswith("t"):
        return f"when a flag is read is not seen in a free-threaded Python, which this was ({python})"
    return "it was not seen for certain that its thread read the flag, or what a method changed"
