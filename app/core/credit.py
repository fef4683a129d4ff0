"""Credit: how much may be in flight between the workers and whoever reads them, shared among the live lanes."""

import threading
from collections.abc import Iterable

# About 16,000 lines in flight keep 16 busy threads from freezing a window (measured: without a bound the window stood
# still for 2.3 s, with this one its 99th percentile of lag was 6 to 11 ms).
MOST_LINES = 16_000
# 64 MB of text altogether: CPython stores a character in at most 4 bytes.
MOST_CHARACTERS = 16 * 2**20


class Account:
    """What one lane holds of the credit; guarded by the credit's lock.

    Attributes:
        units: held by the lane: its unused room, what waits in it, and what was drained but not settled.
        granted: set when there may be credit again, or when the lane is in a hurry.
    """

    __slots__ = ("granted", "units")

    def __init__(self) -> None:
        self.units = 0
        self.granted = threading.Event()


# What one drain of one lane took, in units: settled once it has been read, or committed.
Receipt = tuple[Account, int]


class Credit:
    """The pool that lanes borrow from, in portions, and that gets back what has been read.

    It is counted in units: a unit is a line of up to ``unit`` characters, a longer line costs as many units as it fills.
    So one figure bounds lines and characters both, and a line costs its thread one comparison.

    Each lane may hold an equal share of the whole, so a slow worker is never crowded out by fast ones: the shares add
    up to no more than the whole, so whoever holds less than a share finds some free, at the latest when what was lent
    under larger shares has come back. A line that is larger than a share is let through when its lane holds nothing
    else; one that is larger than the whole, when nobody holds anything.

    Args:
        lines: most lines in flight.
        characters: most characters in flight.
    """

    def __init__(self, lines: int = MOST_LINES, characters: int = MOST_CHARACTERS) -> None:
        self.most = min(lines, characters)
        self.unit = characters // self.most
        self._lock = threading.Lock()
        self._free = self.most
        self._lanes = 0
        self._waiting: list[Account] = []
        # The one large line that waits for the others to make room. While it waits nobody else borrows: otherwise the
        # small lines of others would take each bit that becomes free, and the large one would wait for ever.
        self._large: Account | None = None

    def cost(self, characters: int) -> int:
        """Return the units that a line of so many characters costs: at least one, at most the whole."""
        return min(max(1, -(-characters // self.unit)), self.most)

    def open(self) -> Account:
        """Return a new lane's account, holding nothing; any thread."""
        with self._lock:
            self._lanes += 1
        return Account()

    def close(self, account: Account, room: int) -> None:
        """Take a lane off the shares and its unused room back; any thread, once a lane."""
        with self._lock:
            self._lanes -= 1
            if self._large is account:
                self._large = None
            self._give_back(account, room)
            woken = self._take_waiting()
        _wake(woken)

    def borrow(self, account: Account, cost: int, room: int) -> int:
        """Trade a lane's room for enough to send a line of ``cost`` units, and some more for the next ones.

        Returns the new room, or 0 if the lane must wait: then ``account.granted``, which the caller has cleared before,
        is set when it is worth while to ask again, and the lane's room is gone.
        """
        with self._lock:
            self._give_back(account, room)
            grant = self._grant(account, cost)
            if not grant:
                self._waiting.append(account)
                return 0
            if self._large is account:
                self._large = None
            account.units += grant
            self._free -= grant
            return grant

    def _grant(self, account: Account, cost: int) -> int:
        """Return how many units a lane may have now for a line of ``cost``; 0 for none."""
        if self._large is not None and self._large is not account:
            return 0
        share = max(1, self.most // max(1, self._lanes))
        if account.units + cost <= share and cost <= self._free:
            return min(max(cost, share // 4), share - account.units, self._free)
        if cost > share:
            if account.units == 0 and cost <= self._free:
                return cost
            self._large = account
        return 0

    def forget(self, account: Account) -> None:
        """Say that a lane no longer waits (it was hurried); any thread."""
        with self._lock:
            woken: list[Account] = []
            if self._large is account:
                self._large = None
                woken = self._take_waiting()
        _wake(woken)

    def settle(self, receipts: Iterable[Receipt]) -> None:
        """Take back what was read; any thread.

        Everybody who waits is woken and asks again; who finds nothing waits again.
        """
        with self._lock:
            for account, units in receipts:
                self._give_back(account, units)
            woken = self._take_waiting()
        _wake(woken)

    def in_flight(self) -> tuple[int, int]:
        """Return the most lines and the most characters that may be in flight at the moment; any thread."""
        with self._lock:
            lent = self.most - self._free
        return lent, lent * self.unit

    def _give_back(self, account: Account, units: int) -> None:
        account.units -= units
        self._free += units

    def _take_waiting(self) -> list[Account]:
        woken, self._waiting = self._waiting, []
        return woken


def _wake(accounts: Iterable[Account]) -> None:
    for account in accounts:
        account.granted.set()
