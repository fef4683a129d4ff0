"""What an observer's records say, as values: threads, requests and their notices, verdicts, prints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.observed import Evidence, Place
from app.core.verdicts import Verdict


@dataclass
class ObservedThread:
    """One thread of the program; instants are ``perf_counter_ns``.

    Attributes:
        number: counted from 1, which is the main thread.
        name: as the program calls it.
        is_daemon: whether the process ends without waiting for it; None if that is not known.
        native_id: the system's.
        started: the instant before it was started; None if that was not seen.
        started_at: the line that started it.
        started_by: the number of the thread that did.
        ended: None while it lives.
        exception: the name of the type of the exception that ended it; empty for none.
    """

    number: int
    name: str
    is_daemon: bool | None
    native_id: int
    started: int | None
    started_at: Place | None
    started_by: int | None
    ended: int | None = None
    exception: str = ""


@dataclass(frozen=True)
class StopRequest:
    """What asked; ``object`` is type and id of what it was asked by, None if that is not known."""

    number: int
    instant: int
    what: str
    at: Place
    by: int | None
    object: Mapping[str, Any] | None


@dataclass
class ObservedChain:
    """One request and one thread that it was for.

    Attributes:
        number: of the chain.
        request: what asked.
        thread: the number of the thread.
        is_exact: whether it is certain that the thread noticed this request.
        noticed: None if it did not.
        noticed_at: the line that noticed.
        how: what the thread did when it noticed.
    """

    number: int
    request: StopRequest
    thread: int
    is_exact: bool
    noticed: int | None = None
    noticed_at: Place | None = None
    how: str = ""

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to its notice."""
        return None if self.noticed is None else self.noticed - self.request.instant


@dataclass(frozen=True)
class ThreadVerdict:
    """Why a thread had not stopped at an instant.

    Attributes:
        thread: its number.
        verdict: one of ``app.core.verdicts``.
        at: the line of the program where it was.
        since: the instant since which it should have ended; None if that is not known.
        made: that instant.
        why: what the verdict was made for: "deadline", "join", "exit" or "timeout".
        evidence: what was found.
    """

    thread: int
    verdict: Verdict
    at: Place | None
    since: int | None
    made: int
    why: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class ThreadEnded:
    """A thread, by its number, has ended at an instant."""

    thread: int
    instant: int


@dataclass(frozen=True)
class Printed:
    """What a thread wrote to a stream of the program's, "stdout" or "stderr"; of a long text the beginning.

    A thread that is not known is taken for the main one. ``left_out`` is how many characters followed.
    """

    thread: int
    instant: int
    stream: str
    text: str
    left_out: int = 0


@dataclass(frozen=True)
class ThreadAsked:
    """A chain of which it is known now that its thread is meant."""

    chain: ObservedChain


@dataclass(frozen=True)
class ThreadNoticed:
    """A chain whose thread has noticed; it need not have been known before."""

    chain: ObservedChain


@dataclass(frozen=True)
class Note:
    """A sentence about what is not observed."""

    text: str


@dataclass(frozen=True)
class MainThreadEnded:
    """The code of the main thread has ended at an instant."""

    instant: int


@dataclass(frozen=True)
class Unobserved:
    """The program is not observed, because of a problem."""

    problem: str


# What one record says that was not known before.
News = (
    ObservedThread
    | ThreadEnded
    | Printed
    | ThreadAsked
    | ThreadNoticed
    | ThreadVerdict
    | Note
    | MainThreadEnded
    | Unobserved
)
