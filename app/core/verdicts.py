"""Why a thread has not stopped, as one word."""

from enum import StrEnum


class Verdict(StrEnum):
    """Why a thread has not stopped, in the order in which they are considered.

    Where only a glance at a running program is had, it may not be known whether a thread was asked; the evidence says so.
    """

    SLOW_CLEANUP = "slow-cleanup"
    """It is in a ``finally``, an ``except`` or an ``__exit__`` after which it ends: it noticed, or its work was over."""

    NOTICED_NOT_ENDED = "noticed-not-ended"
    """It noticed, or its code ran to the end, and it does something else than cleaning up since."""

    SWALLOWED = "swallowed"
    """It was asked by an exception, which its own code caught and went on."""

    WAITING_FOR_LOCK = "waiting-for-lock"
    """It waits for a lock, and was asked; or whether it was asked cannot be seen, and nothing but the lock ends the wait."""

    BLOCKED_IN_CALL = "blocked-in-call"
    """It is in a call, and was asked; or whether it was asked cannot be seen, and the call has no time-out."""

    ASKED_NOT_POLLED = "asked-not-polled"
    """It was asked, and computes: it has not reached a checkpoint since."""

    ASKED_ELSEWHERE = "asked-elsewhere"
    """It was not asked; likely another object was signalled for it, one that no live thread reads."""

    NEVER_ASKED = "never-asked"
    """It was not asked, as far as is seen."""

    UNKNOWN = "unknown"
    """What is known does not tell."""
