"""Why a thread of the program has not stopped, from what was found about it."""

from ..core.verdicts import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chains import Place


class Facts:
    """What was found about one thread.

    Attributes:
        noticed: whether it noticed a request that meant to end it.
        cleaning: the line in an ``except``, a ``finally`` or an ``__exit__`` where it is.
        swallowed: whether what was thrown into it was caught, and it goes on.
        asked: whether a request is for it that it has not noticed.
        is_certain: whether it is certain that the request is for it.
        lock: the type of the lock it waits for; empty if it waits for none.
        call: what it has been in all the time; empty if it executes Python code.
        looked: how often it looked at a branch within the time of the look; None if that was not looked at.
        elsewhere: whether something of the kind it looks at was signalled that no thread reads.
        at: the line of the program where it is; None if it has none.
    """

    __slots__ = (
        "asked",
        "at",
        "call",
        "cleaning",
        "elsewhere",
        "is_certain",
        "lock",
        "looked",
        "noticed",
        "swallowed",
    )

    def __init__(self) -> None:
        self.noticed = False
        self.cleaning: Place | None = None
        self.swallowed = False
        self.asked = False
        self.is_certain = False
        self.lock = ""
        self.call = ""
        self.looked: int | None = None
        self.elsewhere = False
        self.at: Place | None = None


def verdict_of(facts: Facts) -> Verdict:
    """Return the first verdict that fits."""
    if facts.swallowed:
        return Verdict.SWALLOWED
    if facts.noticed:
        return Verdict.SLOW_CLEANUP if facts.cleaning else Verdict.NOTICED_NOT_ENDED
    if facts.asked and not facts.looked:
        if facts.lock:
            return Verdict.WAITING_FOR_LOCK
        return Verdict.BLOCKED_IN_CALL if facts.call else Verdict.ASKED_NOT_POLLED
    if (facts.asked and facts.is_certain) or facts.at is None:
        return Verdict.UNKNOWN  # it looks, and goes on: what it waits for is not known
    return Verdict.ASKED_ELSEWHERE if facts.elsewhere or facts.asked else Verdict.NEVER_ASKED
