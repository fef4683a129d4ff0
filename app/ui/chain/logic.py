"""A stop chain in parts: its five gaps, the thread's and the window's, and what a bar shows of them; no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from app.core.latency import StopChain, duration

# The six instants in their order: as the parts are labelled, and as a sentence has them.
INSTANTS = ("clicked", "requested", "noticed", "cleaned up", "ended", "shown")
_NOUNS = (
    "the click",
    "the request",
    "the moment it noticed",
    "the end of its cleanup",
    "the thread's end",
    "the painted row",
)
REQUESTED, NOTICED, ENDED = INSTANTS.index("requested"), INSTANTS.index("noticed"), INSTANTS.index("ended")
# True of a run that never noticed, and of code of the person's own of which it cannot be known.
NOT_SEEN = "it was not seen to notice"
# Why an instant is not known, of a run that has ended and of one that is alive.
_WHY = (
    "it was not clicked",
    "it was not asked to stop",
    NOT_SEEN,
    "it is not known when it had cleaned up",
    "it has not ended",
    "its row was not on the screen",
)
_WHY_NOT_YET = (
    _WHY[0],
    "it has not been asked to stop",
    "it has not noticed yet",
    "it has not cleaned up yet",
    "it has not ended yet",
    "it has not ended yet",
)


class Whose(StrEnum):
    """Whose time a part of the chain is: the window's (the click, the painting), or the thread's (all between)."""

    WINDOW = "window"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two neighbouring instants.

    Attributes:
        name: such as ``requested → noticed``.
        words: such as ``from the request to the moment it noticed``.
        whose: the side that took that time.
        since, until: the instants, ``perf_counter_ns``; None where they are not known.
        missing: why there is no length, in words; empty if there is one.
    """

    name: str
    words: str
    whose: Whose
    since: int | None
    until: int | None
    missing: str

    @property
    def ns(self) -> int | None:
        """How long it was; None if one of its instants is not known."""
        return None if self.since is None or self.until is None else self.until - self.since


@dataclass(frozen=True, slots=True)
class Segment:
    """The time between two known instants that have no known one between them.

    Attributes:
        first, last: the numbers of the gaps that it covers, from 0; the same unless an instant between is not known.
        since, until: the instants, ``perf_counter_ns``.
        is_open: it goes on: ``until`` is now.
    """

    first: int
    last: int
    since: int
    until: int
    is_open: bool = False

    @property
    def ns(self) -> int:
        """How long it was."""
        return self.until - self.since

    @property
    def name(self) -> str:
        """Such as ``requested → noticed``."""
        if self.is_open:
            return f"{INSTANTS[self.first]} → now"
        return f"{INSTANTS[self.first]} → {INSTANTS[self.last + 1]}"

    @property
    def words(self) -> str:
        """Such as ``from the request to the moment it noticed``."""
        return f"from {_NOUNS[self.first]} to {_NOUNS[self.last + 1]}"

    @property
    def whose(self) -> Whose:
        """The side that took that time."""
        return Whose.THREAD if REQUESTED <= self.first < ENDED else Whose.WINDOW

    @property
    def numbers(self) -> str:
        """The numbers of its parts from 1: ``2``, or ``2–3`` where the instant between is not known."""
        return f"{self.first + 1}" if self.first == self.last else f"{self.first + 1}–{self.last + 1}"


def gaps(chain: StopChain, *, alive: bool = False) -> tuple[Gap, ...]:
    """Return the five gaps of a chain, in their order; ``alive``: what is missing may still come."""
    instants = chain.instants()
    why = _WHY_NOT_YET if alive else _WHY
    made = []
    for place, (since, until) in enumerate(pairwise(instants)):
        missing = why[place] if since is None else why[place + 1] if until is None else ""
        segment = Segment(place, place, 0, 0)
        made.append(Gap(segment.name, segment.words, segment.whose, since, until, missing))
    return tuple(made)


def segments(chain: StopChain, now: int | None = None) -> tuple[Segment, ...]:
    """Return what lies between the known instants of a chain, in their order.

    Args:
        chain: the instants.
        now: of a run that is alive: what it is doing goes on until then; None of one that has ended.
    """
    known = [(place, instant) for place, instant in enumerate(chain.instants()) if instant is not None]
    made = [Segment(first, following - 1, since, until) for (first, since), (following, until) in pairwise(known)]
    if now is not None and chain.requested is not None and chain.ended is None:
        place, since = known[-1]
        made.append(Segment(place, place, since, max(now, since), is_open=True))
    return tuple(made)


def thread_ns(chain: StopChain) -> int | None:
    """Return how long the thread took, from the request to its end; None if it was not asked or lives."""
    if chain.requested is None or chain.ended is None:
        return None
    return chain.ended - chain.requested


def window_ns(chain: StopChain) -> int | None:
    """Return how long the window took, as far as that is known; None if nothing of it is."""
    known = [gap.ns for gap in gaps(chain) if gap.whose is Whose.WINDOW and gap.ns is not None]
    return sum(known) if known else None


# -- as a table --------------------------------------------------------------------------------------------------

TABLE_TITLES = ("Part", "From", "To", "Length", "Share")
TIMES_COUNT = "Times count from the request."


def table_rows(chain: StopChain) -> list[tuple[str, ...]]:
    """Return the texts of the table: a row a gap, then what the thread and what the window took altogether.

    Why a length is missing, ``remarks`` tells.

    ``From`` and ``To`` count from the request (from the first known instant if it was not asked), ``Share`` is that of
    the whole chain as far as it is known, once it has ended.
    """
    known = [instant for instant in chain.instants() if instant is not None]
    zero = chain.requested if chain.requested is not None else min(known, default=0)
    # Of a chain that goes on there is no whole yet.
    whole = max(known) - min(known) if chain.ended is not None else 0
    rows: list[tuple[str, ...]] = [
        (
            gap.name,
            _offset(gap.since, zero),
            _offset(gap.until, zero),
            _length(gap.ns),
            share_text(gap.ns, whole),
        )
        for gap in gaps(chain)
    ]
    thread, window = thread_ns(chain), window_ns(chain)
    ends = (_offset(chain.requested, zero), _offset(chain.ended, zero)) if thread is not None else ("–", "–")
    rows.append(("thread altogether", *ends, _length(thread), share_text(thread, whole)))
    rows.append(("window altogether", "–", "–", _length(window), share_text(window, whole)))
    return rows


def remarks(chain: StopChain, *, alive: bool = False) -> list[str]:
    """Return, for each row of the table, whose time it is and why it has no length, if it has none."""
    own = [f"{gap.whose}: {gap.missing or gap.words}" for gap in gaps(chain, alive=alive)]
    return [*own, f"thread: {Segment(REQUESTED, ENDED - 1, 0, 0).words}", "window: the first part and the last"]


def _length(ns: int | None) -> str:
    return "–" if ns is None else duration(ns)


def _offset(instant: int | None, zero: int) -> str:
    """Return an instant as the time from ``zero``; it may be before it."""
    if instant is None:
        return "–"
    if instant == zero:
        return "0"
    return f"−{duration(zero - instant)}" if instant < zero else duration(instant - zero)


def share_text(ns: int | None, whole: int) -> str:
    """Return what share of the whole a length is, in per cent with one decimal."""
    if ns is None or whole <= 0:
        return "–"
    share = 100 * ns / whole
    return "< 0.1 %" if 0 < share < 0.05 else f"{share:.1f} %"


# -- as a bar ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Where a segment lies on the bar, in pixels; ``widened``: more than to scale, or it could not be seen."""

    segment: Segment
    left: float
    width: float
    widened: bool


def boxes(parts: Sequence[Segment], width: float, least: float) -> tuple[Box, ...]:
    """Return where the segments lie on a bar, to scale but none narrower than ``least``.

    Args:
        parts: in their order; none of them for an empty bar.
        width: pixels of the bar.
        least: pixels of the narrowest; an equal share of the width where there is no room for that.
    """
    if not parts:
        return ()
    whole = sum(part.ns for part in parts)
    # Where all are of no length they share the bar.
    least = min(least, width / len(parts)) if whole else width / len(parts)
    # Shortest first: each that would be too narrow gets the least, which leaves less for those that follow; from the
    # first that is wide enough on, all have the same scale.
    widths: dict[int, float] = {}
    left_width, left_ns = width, whole
    for place in sorted(range(len(parts)), key=lambda place: parts[place].ns):
        ns = parts[place].ns
        widths[place] = max(left_width * ns / left_ns if left_ns else 0.0, least)
        left_width -= widths[place]
        left_ns -= ns
    made, at = [], 0.0
    for place, part in enumerate(parts):
        to_scale = width * part.ns / whole if whole else width / len(parts)
        made.append(Box(part, at, widths[place], widths[place] > to_scale + 0.5))
        at += widths[place]
    return tuple(made)


def place_of(instant: int, row: Sequence[Box]) -> float:
    """Return where an instant lies on the bar, in pixels; before its beginning and after its end, there."""
    for box in row:
        if instant <= box.segment.until:
            if box.segment.ns == 0 or instant <= box.segment.since:
                return box.left
            return box.left + box.width * (instant - box.segment.since) / box.segment.ns
    return row[-1].left + row[-1].width if row else 0.0


@lru_cache(maxsize=256)
def gap_lines(chain: StopChain, *, alive: bool = False) -> tuple[str, ...]:
    """Return the gaps for a tooltip, a line each; none if there is nothing to tell. Kept: tooltips are asked for often."""
    if chain.requested is None:
        shown = gaps(chain)[ENDED]
        return () if shown.ns is None else (f"{shown.name}: {duration(shown.ns)} ({shown.whose})",)
    lines = [
        f"{gap.name}: {duration(gap.ns)} ({gap.whose})" if gap.ns is not None else f"{gap.name}: – ({gap.missing})"
        for gap in gaps(chain, alive=alive)
    ]
    thread, window = thread_ns(chain), window_ns(chain)
    if thread is not None:
        lines.append(f"thread altogether: {duration(thread)}")
    if window is not None:
        lines.append(f"window altogether: {duration(window)}")
    return tuple(lines)
