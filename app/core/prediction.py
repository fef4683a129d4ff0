"""When a run must notice that it was asked to stop, by what its mechanism is: pure functions."""

from dataclasses import dataclass
from enum import StrEnum

from .latency import duration

# What a thread may be kept waiting by others without anything being wrong: Python's own switch interval, which is what a
# thread that computes may keep the interpreter to itself (sys.setswitchinterval).
ALLOWANCE = 5_000_000  # ns


class Notices(StrEnum):
    """How a mechanism comes to be noticed.

    POLLING: the thread looks, once an iteration. WAITING: the thread's pause ends when it is asked. RAISING: an exception
    is raised in the thread as soon as it executes bytecode. NEVER: not at all.
    """

    POLLING = "polling"
    WAITING = "waiting"
    RAISING = "raising"
    NEVER = "never"


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
    if notices is Notices.NEVER or figures.work is None:
        return None
    pause = 0 if notices is Notices.WAITING else round(interval * 1e9)
    return 0, pause + figures.work + max(figures.overshoot, ALLOWANCE)


def why_outside(latency: int, band: tuple[int, int], before: Figures, last: Figures) -> str:
    """Return in words why a latency is outside its band; empty if it is within.

    Args:
        latency: ns from the request to the noticing.
        band: what was predicted.
        before: what was measured before the request.
        last: the last piece of work, and by how much the last pause was longer than the interval.
    """
    if latency <= band[1]:
        return ""
    late = f"noticed {duration(latency - band[1])} later than predicted"
    if last.work is not None and before.work is not None and last.work > before.work + ALLOWANCE:
        return (
            f"{late}: the last piece of work took {duration(last.work)}, none before more than {duration(before.work)}"
        )
    if last.overshoot > max(before.overshoot, ALLOWANCE):
        return f"{late}: the last pause was {duration(last.overshoot)} longer than the interval"
    return f"{late}: the thread was not given the processor or the interpreter in time"
