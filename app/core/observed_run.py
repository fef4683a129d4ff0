"""What is known of a thread of an observed program, by its events: pure values and functions, any thread."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from .events import Asked, Event, MainEnded, NoticedAt, ObservedThread, ObserverNote, ProgramEnded, VerdictMade
from .observed import Place, RunRef

_MOST_KEPT = 100  # of each kind, of one thread: a file may hold anything


class ObservedStop(NamedTuple):
    """One request of the program's for one of its threads, and its notice; None if it was not noticed."""

    asked: Asked
    notice: NoticedAt | None

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to its notice."""
        return None if self.notice is None else self.notice.noticed - self.asked.requested

    @property
    def exact(self) -> bool:
        """Whether the link between the two, or between the request and the thread, is certain; else it is likely."""
        return (self.notice or self.asked).exact


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """What is known of a thread of an observed program; instants are ``perf_counter_ns``.

    Attributes:
        place: the line that started it; None if that was not seen, as of the main thread.
        by: the thread that did.
        daemon: whether the process ends without waiting for it; None if that is not known.
        asks: what the program asked of it, in the order of being known.
        notices: what it noticed of that.
        verdicts: why it had not stopped, at several instants; the last counts.
        notes: what the observer does not see; of the main thread.
        main_ended: when the main thread's code had ended; None before, and of other threads.
        status: the exit status of the process, negative for a signal; None before its end, and of other threads.
    """

    place: Place | None = None
    by: RunRef | None = None
    daemon: bool | None = None
    asks: tuple[Asked, ...] = ()
    notices: tuple[NoticedAt, ...] = ()
    verdicts: tuple[VerdictMade, ...] = ()
    notes: tuple[str, ...] = ()
    main_ended: int | None = None
    status: int | None = None

    @property
    def stops(self) -> tuple[ObservedStop, ...]:
        """Each request with its notice."""
        notices = {notice.number: notice for notice in reversed(self.notices)}
        return tuple(ObservedStop(asked, notices.get(asked.number)) for asked in self.asks)

    @property
    def verdict(self) -> VerdictMade | None:
        """Why it had not stopped when that was looked at last."""
        return self.verdicts[-1] if self.verdicts else None

    def stop(self) -> tuple[int | None, int | None]:
        """Return when it was asked and when it noticed: of the first notice, else of the first request."""
        stops = self.stops
        noticed = min((stop for stop in stops if stop.notice), key=_noticed, default=None)
        stop = noticed or next(iter(stops), None)
        if stop is None:
            return None, None
        return stop.asked.requested, stop.notice.noticed if stop.notice else None

    def since(self, origin: int) -> "ObservedRun":
        """Return the same with all instants counted from ``origin``; those within evidence stay."""
        return replace(
            self,
            asks=tuple(replace(asked, requested=asked.requested - origin) for asked in self.asks),
            notices=tuple(replace(notice, noticed=notice.noticed - origin) for notice in self.notices),
            verdicts=tuple(
                replace(verdict, since=None if verdict.since is None else verdict.since - origin)
                for verdict in self.verdicts
            ),
            main_ended=None if self.main_ended is None else self.main_ended - origin,
        )


def _noticed(stop: ObservedStop) -> int:
    return stop.notice.noticed if stop.notice is not None else 0


def observe(known: ObservedRun | None, instant: int, event: Event) -> ObservedRun | None:
    """Return what is known after an event; ``known`` itself if that says nothing of an observed thread."""
    thread = known or ObservedRun()
    changed: dict[str, object]
    match event:
        case ObservedThread():
            changed = {"place": event.place, "by": event.by, "daemon": event.daemon}
        case Asked():
            changed = {"asks": (*thread.asks[: _MOST_KEPT - 1], event)}
        case NoticedAt():
            changed = {"notices": (*thread.notices[: _MOST_KEPT - 1], event)}
        case VerdictMade():
            changed = {"verdicts": (*thread.verdicts[: _MOST_KEPT - 1], event)}
        case ObserverNote():
            changed = {"notes": (*thread.notes[: _MOST_KEPT - 1], event.text)}
        case MainEnded():
            changed = {"main_ended": instant}
        case ProgramEnded():
            changed = {"status": event.status}
        case _:
            return known
    return replace(thread, **changed)  # type: ignore[arg-type]
