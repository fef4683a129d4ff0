"""The words for why a thread has not stopped."""

from enum import StrEnum


class Verdict(StrEnum):
    """Why a thread has not stopped; where several fit, the first one is it.

    SLOW_CLEANUP: it noticed the request, and is in a ``finally``, an ``except`` or an ``__exit__``.
    NOTICED_NOT_ENDED: it noticed the request, and goes on elsewhere.
    SWALLOWED: what was thrown into it was caught, and it goes on.
    WAITING_FOR_LOCK: it was asked, and waits for a lock.
    BLOCKED_IN_CALL: it was asked, and is in a call that does not return.
    ASKED_NOT_POLLED: it was asked, and computes without a checkpoint.
    ASKED_ELSEWHERE: it was not asked; an object of that kind that no live thread reads was signalled meanwhile.
    NEVER_ASKED: it was not asked, as far as was seen.
    UNKNOWN: what was seen does not tell.
    """

    SLOW_CLEANUP = "slow-cleanup"
    NOTICED_NOT_ENDED = "noticed-not-ended"
    SWALLOWED = "swallowed"
    WAITING_FOR_LOCK = "waiting-for-lock"
    BLOCKED_IN_CALL = "blocked-in-call"
    ASKED_NOT_POLLED = "asked-not-polled"
    ASKED_ELSEWHERE = "asked-elsewhere"
    NEVER_ASKED = "never-asked"
    UNKNOWN = "unknown"
