"""Credit: how much may be in flight between the workers and their reader, shared among the live lanes."""

import threading
from collections import deque
from collections.abc import Callable, Iterable

# About 16,000 lines in flight keep 16 busy threads from freezing a window (measured: without a bound the window stood
# still for 2.3 s, with this one its 99th percentile of lag was 6 to 11 ms).
MOST_LINES = 16_000
# Releases that waiting lanes let pass while one has the turn; then they go on beside it.
PATIENCE = 2
# How many lanes that have waited for longer go on without a turn at one release. Without a limit 25 to 40 of 64 did,
# some times a second; limited to 1, 2 or 4, the window lag (p99, 64 workers at interval 0, three runs each in turns) was
# 9 to 14, 9 to 20 and 8 to 13 ms, and 11 to 22 without.
MOST_IMPATIENT = 2
# 64 MB of text altogether: CPython stores a character in at most 4 bytes.
MOST_CHARACTERS = 16 * 2**20


class Account:
    """What one lane holds of the credit; guarded by the credit's lock.

    Attributes:
        units: held by the lane: its unused room, what waits in it, and what was drained but not released.
        granted: set when there may be credit again, or when the lane is unblocked.
        asked: the units of the line that it waits with.
        since: how many releases there had been when it began to wait.
        bypasses_turn: it was let go without a turn: what it asks for next it may have as if it had one.
    """

    __slots__ = ("asked", "bypasses_turn", "granted", "since", "units")

    def __init__(self) -> None:
        self.units = 0
        self.granted = threading.Event()
        self.asked = 1
        self.since = 0
        self.bypasses_turn = False


# What one drain of one lane took, in units; opaque outside the engine. It is released once the batch was read or committed.
LaneCredit = tuple[Account, int]


class Credit:
    """The pool that lanes borrow from, in portions, and that gets back what has been read.

    It is counted in units: a unit is a line of up to ``unit`` characters, a longer line costs as many units as it fills.
    So one figure bounds lines and characters both, and a line costs its thread one comparison.

    Each lane may hold an equal share of the whole, so a slow worker is never crowded out by fast ones: the shares add
    up to no more than the whole, so a lane that holds less than a share finds some free, at the latest when what was lent
    under larger shares has come back. A line that is larger than a share is let through when its lane holds nothing
    else; one that is larger than the whole, when no lane holds anything.

    A lane that has used up its share waits, and waiting lanes go on **in turn**, one at a time, each with its whole share;
    while one has the turn, all others may hold a quarter of a share. They have to wait anyway; were they all let go at
    once, they would fight for the interpreter, with each other and with the window: the 99th percentile of the window lag
    beside 4, 16 and 64 workers at interval 0 was 18, 22 and 27 ms that way and 10, 9 and 8 ms this way, in the same minutes.
    A turn ends when the room is used up, with the lane, when all of it has been released, or after ``PATIENCE`` releases,
    and at each release a few of those that have waited for longer than that go on without one.

    Where no lane has used a turn up between two releases (the workers are slower than that, or a disk takes long to
    commit), there are no turns until one does: each lane may hold a share, and those that wait go on with the
    release. So a turn that is not used delays the others by a release or two, and never stops them.

    Args:
        lines: most lines in flight.
        characters: most characters in flight.

    Attributes:
        on_exhausted: called, by the thread that asks for more, when it must wait and no other lane can go on: a reader that
            sleeps may read at once. (Called at each half of the whole, so that one half is committed while the other is
            written, it gained 3 % and cost 2 ms of window lag.)
    """

    def __init__(self, lines: int = MOST_LINES, characters: int = MOST_CHARACTERS) -> None:
        self.most = min(lines, characters)
        self.unit = characters // self.most
        self._lock = threading.Lock()
        self._free = self.most
        self._lanes = 0
        self._waiting: deque[Account] = deque()  # bounded by the number of lanes: each is in it at most once
        self._turn: Account | None = None
        self._turn_since = 0  # how many releases there had been
        self._used_up = 0  # turns since the last release
        self._in_turns = True  # whether they go on in turn: not where no turn is used up between two releases
        self._releases = 0
        self.on_exhausted: Callable[[], None] = lambda: None  # no reader is there yet
        # The one large line that waits for the others to make room. While it waits no other lane borrows: otherwise the
        # small lines of others would take each bit that becomes free, and the large one would wait for ever.
        self._large: Account | None = None

    def cost(self, characters: int) -> int:
        """Return the units that a line of so many characters costs: at least one, at most the whole."""
        return min(max(1, -(-characters // self.unit)), self.most)

    def lanes(self) -> int:
        """Return how many lanes share it at the moment; any thread."""
        return self._lanes

    def open(self) -> Account:
        """Return a new lane's account, holding nothing; any thread."""
        with self._lock:
            self._lanes += 1
        return Account()

    def close(self, account: Account, room: int) -> None:
        """Take a lane off the shares and its unused room back; any thread, once a lane."""
        with self._lock:
            self._lanes -= 1
            self._give_back(account, room)
            woken = self._leave(account)
        _wake(woken)

    def borrow(self, account: Account, cost: int, room: int) -> int:
        """Trade a lane's room for enough to send a line of ``cost`` units, and some more for the next ones.

        Returns the new room, or 0 if the lane must wait: then ``account.granted``, which the caller has cleared before,
        is set when it is worth while to ask again, and the lane's room is gone.
        """
        with self._lock:
            self._give_back(account, room)
            has_turn = account.bypasses_turn or not self._in_turns or self._turn in (None, account)
            account.bypasses_turn = False
            grant = self._grant(account, cost, has_turn=has_turn)
            if grant:
                if self._large is account:
                    self._large = None
                if self._turn is None and account.units + cost > self._portion():
                    self._take_turn(account)
                account.units += grant
                self._free -= grant
                return grant
            woken = self._wait(account, cost)
            exhausted = self._turn is None
        _wake(woken)
        if exhausted:
            self.on_exhausted()
        return 0

    def _wait(self, account: Account, cost: int) -> list[Account]:
        """Have a lane wait; return those that can go on instead."""
        if self._large is None and cost > self._share():
            self._large = account
        self._used_up += self._turn is account
        woken = self._pass_turn() if self._turn in (None, account) else []
        account.asked, account.since = cost, self._releases
        self._waiting.append(account)
        return woken

    def _share(self) -> int:
        return max(1, self.most // max(1, self._lanes))

    def _portion(self) -> int:
        return max(1, self._share() // 4)

    def _grant(self, account: Account, cost: int, *, has_turn: bool) -> int:
        """Return how many units a lane may have now for a line of ``cost``, with the turn or without; 0 for none."""
        if self._large is not None and self._large is not account:
            return 0
        share, portion = self._share(), self._portion()
        most = share if has_turn else portion
        if account.units + cost <= most and cost <= self._free:
            wanted = share if self._turn is account else portion
            return min(max(cost, wanted), most - account.units, self._free)
        if cost > share and account.units == 0 and cost <= self._free:
            return cost
        return 0

    def _take_turn(self, account: Account) -> None:
        self._turn = account
        self._turn_since = self._releases

    def _pass_turn(self) -> list[Account]:
        """Give the turn to the lane that has waited longest of those that can go on; return it, to be woken."""
        self._turn = None
        able = (account for account in self._waiting if self._grant(account, account.asked, has_turn=True))
        following = next(able, None)
        if following is None:
            return []
        self._waiting.remove(following)
        self._take_turn(following)
        return [following]

    def _leave(self, account: Account) -> list[Account]:
        """Forget that a lane waits or has the turn; return those to be woken."""
        if self._large is account:
            self._large = None
        if account in self._waiting:
            self._waiting.remove(account)
        return self._pass_turn() if self._turn in (None, account) else []

    def give_back(self, account: Account, room: int) -> None:
        """Take back a lane's room that was not used; any thread. Wakes none: a release follows every drain."""
        with self._lock:
            self._give_back(account, room)

    def forget(self, account: Account) -> None:
        """Say that a lane no longer waits (it was unblocked); any thread."""
        with self._lock:
            woken = self._leave(account)
        _wake(woken)

    def release(self, credits: Iterable[LaneCredit]) -> None:
        """Take back what was read, and pass the turn on; any thread.

        A lane that is woken asks again, and waits again if it finds nothing.
        """
        with self._lock:
            for account, units in credits:
                self._give_back(account, units)
            self._releases += 1
            if self._waiting:
                self._in_turns = self._used_up > 0
            self._used_up = 0
            woken = self._let_go()
            # A lane that holds nothing any more writes nothing just now, and there may be no other release: the turn must
            # not stay there, or the others would wait for ever.
            turn = self._turn
            if turn is None or not turn.units or self._releases - self._turn_since >= PATIENCE:
                woken += self._pass_turn()
        _wake(woken)

    def _let_go(self) -> list[Account]:
        """Take the lanes that go on without a turn from those that wait, and return them, to be woken."""
        woken: list[Account] = []
        # In the order in which they began to wait, so those that have waited too long stand in front. Where no lane uses a
        # turn up they are not fast enough to fight: the releases are slow, and all go on.
        while self._waiting and (
            not self._in_turns or (len(woken) < MOST_IMPATIENT and self._releases - self._waiting[0].since > PATIENCE)
        ):
            woken.append(self._waiting.popleft())
            woken[-1].bypasses_turn = True
        return woken

    def in_flight(self) -> tuple[int, int]:
        """Return the most lines and the most characters that may be in flight at the moment; any thread."""
        with self._lock:
            lent = self.most - self._free
        return lent, lent * self.unit

    def _give_back(self, account: Account, units: int) -> None:
        account.units -= units
        self._free += units


def _wake(accounts: Iterable[Account]) -> None:
    for account in accounts:
        account.granted.set()
