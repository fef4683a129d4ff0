"""Requests between threads of an observed program: one request and one thread that it was for, and in words.

What the program calls its threads and files is in them as it is.
"""

from dataclasses import dataclass

from app.core.latency import duration
from app.core.observed import Place
from app.core.observed_run import ObservedRun, ObservedStop
from app.session.observed_words import asked_words, place_words


@dataclass(frozen=True, slots=True)
class Request:
    """One request and one thread that it was for; instants are ns from the beginning of the session.

    Attributes:
        run: whose thread was asked.
        stop: what asked it and where, and what it noticed and where.
        seen_at: where the thread was when it was last looked why it had not noticed; None if it has, or was not looked at.
    """

    run: int
    stop: ObservedStop
    seen_at: Place | None = None

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from all others."""
        return self.run, self.stop.asked.number

    @property
    def by(self) -> int | None:
        """The run whose thread asked; None if that is not known."""
        return None if self.stop.asked.by is None else self.stop.asked.by.run

    @property
    def instant(self) -> int:
        """When it was asked."""
        return self.stop.asked.requested

    @property
    def noticed(self) -> int | None:
        """When it noticed; None if it was not seen to."""
        return None if self.stop.notice is None else self.stop.notice.noticed

    @property
    def at(self) -> Place | None:
        """The line that asked."""
        return self.stop.asked.place

    @property
    def noticed_at(self) -> Place | None:
        """The line that noticed."""
        return None if self.stop.notice is None else self.stop.notice.place

    def touches(self, run: int | None) -> bool:
        """Return whether a run's thread asked, or was asked."""
        return run is not None and run in (self.run, self.by)

    @property
    def asked_words(self) -> str:
        """Who asked, where and with what: "asked by MainThread at app.py:12 (do_run = bool)"."""
        return asked_words(self.stop.asked)

    @property
    def noticed_words(self) -> str:
        """Where the thread noticed, and how long after; or that it was not seen to."""
        if self.stop.latency is None:
            return "not noticed"
        at = f" at {place_words(self.noticed_at)}" if self.noticed_at else ""
        # Where the request itself is likely only, its own words say so.
        likely = "" if self.stop.exact or not self.stop.asked.exact else ", likely"
        return f"noticed{at} after {duration(self.stop.latency)}{likely}"


def requests_of(run: int, observed: ObservedRun | None) -> tuple[Request, ...]:
    """Return the requests for a run's thread, in the order in which they became known.

    Args:
        run: its id.
        observed: what is known of it, counted from the beginning of the session; None of a run of another kind.
    """
    return () if observed is None else tuple(Request(run, stop, _seen_at(stop, observed)) for stop in observed.stops)


def _seen_at(stop: ObservedStop, observed: ObservedRun) -> Place | None:
    verdict = observed.verdict
    if stop.notice is not None or verdict is None or verdict.since is None or verdict.since < stop.asked.requested:
        return None
    return verdict.place
