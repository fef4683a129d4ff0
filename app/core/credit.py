"""Credit: how much may be in flight between the workers and whoever reads them, shared among the live lanes."""

import threading
from collections.abc import Iterable

# About 16,000 lines in flight keep 16 busy threads from freezing a window (measured: without a bound the window stood
# still for 2.3 s, with this one its 99th percentile of lag was 6 to 11 ms).
MOST_LINES = 16_000
# 64 MB of text altogether: CPython stores a character in at most 4 bytes.
MOST_CHARACTERS = 16 * 2**20


class Account:
    """What one lane holds of the credit; its fields are guarded by the credit's lock.

    Attributes:
        lines, characters: held by the lane: its unused room, what waits in it, and what was drained but not settled.
        granted: set when there may be credit again, or when the lane is in a hurry.
    """

    __slots__ = ("characters", "granted", "lines")

    def __init__(self) -> None:
        self.lines = 0
        self.characters = 0
        self.granted = threading.Event()


# What one drain of one lane took: settled once it has been read, or committed.
Receipt = tuple[Account, int, int]


class Credit:
    """The pool that lanes borrow from, in portions, and that gets back what has been read.

    Each lane may hold an equal share of the whole, so a slow worker is never crowded out by fast ones: the shares add up
    to no more than the whole, so whoever holds less than a share finds some free, at the latest when what
    was lent under larger shares has come back. A line that is larger than a share is let through when its lane holds
    nothing else; one that is larger than the whole, when nobody holds anything.
    """

    def __init__(self, lines: int = MOST_LINES, characters: int = MOST_CHARACTERS) -> None:
        self.most_lines = lines
        self.most_characters = characters
        self._lock = threading.Lock()
        self._free_lines = lines
        self._free_characters = characters
        self._lanes = 0
        self._waiting: list[Account] = []
        # The one large line that waits for the others to make room. While it waits nobody else borrows: otherwise the
        # small lines of others would take each bit that becomes free, and the large one would wait for ever.
        self._large: Account | None = None

    def open(self) -> Account:
        """Return a new lane's account, holding nothing; any thread."""
        with self._lock:
            self._lanes += 1
        return Account()

    def close(self, account: Account, room_lines: int, room_characters: int) -> None:
        """Take a lane off the shares and its unused room back; any thread, once a lane."""
        with self._lock:
            self._lanes -= 1
            if self._large is account:
                self._large = None
            self._give_back(account, room_lines, room_characters)
            woken = self._take_waiting()
        for waiter in woken:
            waiter.granted.set()

    def borrow(self, account: Account, cost: int, room_lines: int, room_characters: int) -> tuple[int, int] | None:
        """Trade a lane's room for enough to send a line of ``cost`` characters, and some more for the next ones.

        Returns the new room (lines, characters), or None if the lane must wait: then ``account.granted``, which the
        caller has cleared before, is set when it is worth while to ask again, and the lane's room is gone.
        """
        with self._lock:
            self._give_back(account, room_lines, room_characters)
            share_lines = max(1, self.most_lines // max(1, self._lanes))
            share_characters = max(1, self.most_characters // max(1, self._lanes))
            lines = min(max(1, share_lines // 4), share_lines - account.lines, self._free_lines)
            characters = self._grant(account, cost, share_characters)
            if lines <= 0 or characters is None:
                self._waiting.append(account)
                return None
            if self._large is account:
                self._large = None
            account.lines += lines
            account.characters += characters
            self._free_lines -= lines
            self._free_characters -= characters
            return lines, characters

    def _grant(self, account: Account, cost: int, share: int) -> int | None:
        """Return how many characters a lane may have now for a line of ``cost``, or None if none."""
        if self._large is not None and self._large is not account:
            return None
        if account.characters + cost <= share and cost <= self._free_characters:
            return min(max(cost, share // 4), share - account.characters, self._free_characters)
        if cost > share:
            if account.characters == 0 and cost <= self._free_characters:
                return cost
            self._large = account
        return None

    def forget(self, account: Account) -> None:
        """Say that a lane no longer waits (it was hurried); any thread."""
        with self._lock:
            woken: list[Account] = []
            if self._large is account:
                self._large = None
                woken = self._take_waiting()
        for waiter in woken:
            waiter.granted.set()

    def settle(self, receipts: Iterable[Receipt]) -> None:
        """Take back what was read: (account, lines, characters) each; any thread.

        Everybody who waits is woken and asks again; who finds nothing waits again.
        """
        with self._lock:
            for account, lines, characters in receipts:
                self._give_back(account, lines, characters)
            woken = self._take_waiting()
        for waiter in woken:
            waiter.granted.set()

    def in_flight(self) -> tuple[int, int]:
        """Return the lines and characters that are lent at the moment; any thread."""
        with self._lock:
            return self.most_lines - self._free_lines, self.most_characters - self._free_characters

    def _give_back(self, account: Account, lines: int, characters: int) -> None:
        account.lines -= lines
        account.characters -= characters
        self._free_lines += lines
        self._free_characters += characters

    def _take_waiting(self) -> list[Account]:
        woken, self._waiting = self._waiting, []
        return woken
