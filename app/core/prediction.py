"""When a run must notice that it was asked to stop, by what its mechanism is: pure functions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .latency import duration

# What a thread may be kept waiting by others without anything being wrong: Python's own switch interval, which is what a
# thread that computes may keep the interpreter to itself (sys.setswitchinterval).
ALLOWANCE = 5_000_000  # ns


class Notices(StrEnum):
    """How a mechanism comes to be noticed.

    POLLING: the thread looks, once an iteration. WAITING: the thread's pause ends when it is asked. RAISING: an exception
    is raised in the thread as soon as it executes bytecode. INTERRUPTING: the same, and a call that a signal can end is
    ended for it. NEVER: not at all. UNKNOWN: it is up to the person's own code.
    """

    POLLING = "polling"
    WAITING = "waiting"
    RAISING = "raising"
    INTERRUPTING = "interrupting"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of a run's iterations so far, in ns.

    Attributes:
        work: the longest piece of work; None if there is work and no piece of it was finished yet.
        overshoot: by how much the longest pause was longer than the interval.
    """

    work: int | None = 0
    overshoot: int = 0


def predicted_band(notices: Notices, interval: float, figures: Figures) -> tuple[int, int] | None:
    """Return within which ns after the request a run must notice it; None if that cannot be told.

    A polling thread has at most its pause and a piece of work before it when it is asked, a waiting one the piece of
    work; an exception waits for whatever is not bytecode, a pause as well as a call. To that comes what was measured of
    pauses that took longer, and no less than ``ALLOWANCE``.

    Args:
        notices: how the mechanism comes to be noticed.
        interval: seconds of a pause.
        figures: what was measured before the request.
    """
    if notices in (Notices.NEVER, Notices.UNKNOWN) or figures.work is None:
        return None
    pause = 0 if notices in (Notices.WAITING, Notices.INTERRUPTING) else round(interval * 1e9)
    return 0, pause + figures.work + max(figures.overshoot, ALLOWANCE)


class LateReason(StrEnum):
    """What kept a run from noticing within its band.

    WORK: the last piece of work was the longest by far. PAUSE: the last pause took longer than the interval. SCHEDULING:
    neither; the thread was not given the processor or the interpreter in time.
    """

    WORK = "work"
    PAUSE = "pause"
    SCHEDULING = "scheduling"


class Lateness(NamedTuple):
    """Why a run noticed later than predicted; all lengths in ns.

    Attributes:
        by: how much later.
        reason: what kept it.
        last: the last piece of work, or by how much the last pause was longer than the interval; 0 for SCHEDULING.
        before: the longest piece of work before the request; 0 where it does not matter.
    """

    by: int
    reason: LateReason
    last: int = 0
    before: int = 0


def lateness_of(latency: int, band: tuple[int, int], before: Figures, last: Figures) -> Lateness | None:
    """Return why a latency is beyond its band; None if it is within.

    Args:
        latency: ns from the request to the notice.
        band: what was predicted.
        before: what was measured before the request.
        last: the last piece of work, and by how much the last pause was longer than the interval.
    """
    if latency <= band[1]:
        return None
    late = latency - band[1]
    if last.work is not None and before.work is not None and last.work > before.work + ALLOWANCE:
        return Lateness(late, LateReason.WORK, last.work, before.work)
    if last.overshoot > max(before.overshoot, ALLOWANCE):
        return Lateness(late, LateReason.PAUSE, last.overshoot)
    return Lateness(late, LateReason.SCHEDULING)


def lateness_words(lateness: Lateness | None) -> str:
    """Return in words why a run noticed outside its band; empty if it did not."""
    if lateness is None:
        return ""
    late = f"noticed {duration(lateness.by)} later than predicted"
    if lateness.reason is LateReason.WORK:
        last, before = duration(lateness.last), duration(lateness.before)
        return f"{late}: the last piece of work took {last}, none before more than {before}"
    if lateness.reason is LateReason.PAUSE:
        return f"{late}: the last pause was {duration(lateness.last)} longer than the interval"
    return f"{late}: the thread was not given the processor or the interpreter in time"
