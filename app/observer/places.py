"""Whose a line of code is: the program's, the standard library's or ours; and which line of the program's called it."""

import os
from types import FrameType

_LIBRARY = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 - pathlib is not imported
_OURS = os.path.dirname(__file__) + os.sep  # noqa: PTH120
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

PROGRAM, LIBRARY, OURS = "program", "library", "ours"


def owner(filename: str) -> str:
    """Return whose a file is, by its name in a code object."""
    if filename.startswith(_OURS):
        return OURS
    if filename.startswith("<frozen "):
        return LIBRARY
    if filename.startswith(_LIBRARY) and not any(part in filename for part in _INSTALLED):
        return LIBRARY
    return PROGRAM


def library_name(filename: str) -> str:
    """Return the name of a file of the standard library within it, such as "concurrent/futures/thread.py"."""
    return filename[len(_LIBRARY) :].replace(os.sep, "/") if filename.startswith(_LIBRARY) else ""


def package_name(filename: str) -> str:
    """Return the installed package that a file belongs to; empty for the program's own files."""
    for part in _INSTALLED:
        _, found, rest = filename.rpartition(part)
        if found:
            return rest.partition(os.sep)[0]
    return ""


class Places:
    """Finds lines of the program; remembers whose each file is.

    Args:
        ours: folders, besides the observer's own, whose files are not the program's.
    """

    def __init__(self, ours: tuple[str, ...] = ()) -> None:
        self._ours = tuple(folder + os.sep for folder in ours)
        self._owners: dict[str, str] = {}
        self._packages: dict[str, str] = {}

    def owner(self, filename: str) -> str:
        """Return whose a file is."""
        known = self._owners.get(filename)
        if known is None:
            known = self._owners[filename] = OURS if filename.startswith(self._ours) else owner(filename)
        return known

    def package(self, filename: str) -> str:
        """Return the installed package that a file belongs to; empty for the program's own files."""
        known = self._packages.get(filename)
        if known is None:
            known = self._packages[filename] = package_name(filename)
        return known

    def asked_at(self, frame: FrameType | None) -> tuple[tuple[str, int], str]:
        """Return the innermost line of the program that led to a frame, and what of the library it called.

        Where no line of the program did, it is the line that called the frame's own function.
        """
        inner = frame
        called = ""
        while frame is not None:
            code = frame.f_code
            if self.owner(code.co_filename) == PROGRAM:
                return (code.co_filename, frame.f_lineno or 0), called
            called = code.co_qualname
            frame = frame.f_back
        if inner is None:
            return ("", 0), ""
        caller = inner.f_back or inner
        return (caller.f_code.co_filename, caller.f_lineno or 0), inner.f_code.co_qualname

    def target(self, frame: FrameType | None) -> str:
        """Return the method of the library that a frame's thread was started to call; empty for one of its own threads."""
        while frame is not None and frame.f_back is not None:
            if frame.f_back.f_code.co_qualname in ("Thread.run", "Timer.run"):
                name = frame.f_code.co_qualname
                return name if not name.rpartition(".")[2].startswith("_") else ""
            frame = frame.f_back
        return ""

    def noticed_at(self, frame: FrameType, line: int) -> tuple[str, int]:
        """Return the innermost line of the program that led to a line of a frame; that line itself if none did."""
        own = frame.f_code.co_filename
        outer: FrameType | None = frame
        while outer is not None:
            if self.owner(outer.f_code.co_filename) == PROGRAM:
                return (own, line) if outer is frame else (outer.f_code.co_filename, outer.f_lineno or 0)
            outer = outer.f_back
        return own, line
