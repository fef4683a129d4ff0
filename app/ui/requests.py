"""Requests between threads of an observed program: what is known of each, and in words. No Qt."""

from dataclasses import dataclass

from app.core.latency import duration
from app.ui.display_text import visible

_LONGEST = 100  # characters of a thread's name, or of what asked
Place = tuple[str, int]  # file and line


@dataclass(frozen=True, slots=True)
class Request:
    """One request and one thread that it was for; instants are ns from the beginning of the session.

    Attributes:
        run: whose thread was asked.
        number: tells it from the others of that run.
        by: the run whose thread asked; None if that is not known.
        asked_by: what that one is called; empty if it is not known.
        instant: just before it was asked.
        noticed: when it noticed; None if it was not seen to.
        what: what asked it, such as ``do_run = bool``.
        at: the line that asked.
        noticed_at: the line that noticed.
        how: what the thread did when it noticed.
        is_exact: whether it is certain that it was this request which was noticed.
    """

    run: int
    number: int
    by: int | None
    asked_by: str
    instant: int
    noticed: int | None
    what: str
    at: Place | None
    noticed_at: Place | None
    how: str
    is_exact: bool

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others."""
        return self.run, self.number

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to its notice; None if it was not noticed."""
        return None if self.noticed is None else self.noticed - self.instant

    def touches(self, run: int | None) -> bool:
        """Return whether a run's thread asked, or was asked."""
        return run is not None and run in (self.run, self.by)


def place_words(place: Place | None) -> str:
    """Return a place as ``file.py:12``; empty for none."""
    if place is None:
        return ""
    file = place[0].replace("\\", "/").rpartition("/")[2]
    return f"{visible(file, _LONGEST)}:{place[1]}"


def asked_words(request: Request) -> str:
    """Return who asked, where and with what: "asked by MainThread at app.py:12 (do_run = bool)"."""
    by = f" by {visible(request.asked_by, _LONGEST)}" if request.asked_by else ""
    at = f" at {place_words(request.at)}" if request.at else ""
    return f"asked{by}{at} ({visible(request.what, _LONGEST)})"


def noticed_words(request: Request) -> str:
    """Return where the thread noticed, and how long after; or that it was not seen to."""
    if request.latency is None:
        return "not noticed"
    likely = "" if request.is_exact else "likely "
    at = f" at {place_words(request.noticed_at)}" if request.noticed_at else ""
    return f"{likely}noticed{at} after {duration(request.latency)}"
