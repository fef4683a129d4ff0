"""Why a thread has not stopped, as one word."""

from enum import StrEnum


class Verdict(StrEnum):
    """Why a thread has not stopped, in the order in which they are considered."""

    SLOW_CLEANUP = "slow-cleanup"
    """It noticed, and has been in a ``finally``, an ``except`` or an ``__exit__`` since."""

    NOTICED_NOT_ENDED = "noticed-not-ended"
    """It noticed, and does something else than cleaning up since."""

    SWALLOWED = "swallowed"
    """It was asked by an exception, which its own code caught and went on."""

    WAITING_FOR_LOCK = "waiting-for-lock"
    """It was asked, and waits for a lock that another thread holds."""

    BLOCKED_IN_CALL = "blocked-in-call"
    """It was asked, and is in a call that does not return."""

    ASKED_NOT_POLLED = "asked-not-polled"
    """It was asked, and computes without reaching a checkpoint."""

    ASKED_ELSEWHERE = "asked-elsewhere"
    """It was not asked; an object of the kind that it reads was signalled, and no live thread reads that one."""

    NEVER_ASKED = "never-asked"
    """It was not asked."""

    UNKNOWN = "unknown"
    """What is known does not tell."""
