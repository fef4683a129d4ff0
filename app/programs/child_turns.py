"""Turns: children that have used up what they may have in flight write on one after another, and not all at once."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from app.core.engine import CreditToken
from app.core.interpreter import usable_processors
from app.programs.child_link import ChildLink
from app.programs.child_stream import FrameToken, frames_of_links

# Lines that a child may still write when the next is let go: some 3 ms of writing, in which the next one hears of it.
_LEFT = 3_000
# ns of a turn: for a child that has stopped writing, or writes slowly now, the others do not wait.
_LONGEST = 20_000_000


# What is told to a child: that these frames of its were read.
_Told = tuple[ChildLink, Sequence[FrameToken]]


@dataclass
class _Account:
    """What one child has in flight.

    Attributes:
        unread: lines that came, and of which it was not told that they were read.
        owed: frames that were read, of which it will be told when its turn comes.
        began: when its turn began, in ns; None while it has none.
    """

    unread: int = 0
    owed: list[FrameToken] = field(default_factory=list)
    began: int | None = None


class ChildTurns:
    """Tells children what of theirs was read, and those that wait for it in turn.

    The disk takes the lines of all children together, so all that wait would write on at the same moment, and leave the
    window no processor. So as many have a turn as there are processors beside the window's; a child that has nearly used
    its turn up passes it on. A child that is slower than its reader does not wait, and is told at once. Where a turn is not
    used up in a while the children do not fight for the processors, and all that wait are told: after a disk stood still,
    say. Long lines, which count more in the child than here, may have no turns.

    With turns the window lag (p99, two processors) beside two and four children at interval 0 was 8 and 10 ms, without
    them 10 and 18, in the same minutes.

    Args:
        tell: tells a child that frames were read; any thread, waits for nothing.
        now: the clock, in ns.
        later: has a function called some seconds later; any thread.
        most: how many have a turn at the same time; None for one a processor that this process may use, less one.
    """

    def __init__(
        self,
        tell: Callable[[ChildLink, Sequence[FrameToken]], None],
        now: Callable[[], int],
        later: Callable[[float, Callable[[], None]], None],
        most: int | None = None,
    ) -> None:
        self._tell = tell
        self._now = now
        self._later = later
        self._most = most or max(1, usable_processors() - 1)
        self._lock = threading.Lock()
        self._accounts: dict[ChildLink, _Account] = {}
        self._waiting: deque[ChildLink] = deque()  # bounded by the number of children: each is in it at most once
        self._turns: list[ChildLink] = []  # those that have one
        self._looks = False  # whether it is set when to look for turns that last too long

    def came(self, link: ChildLink, lines: int) -> None:
        """Count lines that a child has sent, before they can be read; any thread."""
        with self._lock:
            account = self._accounts.setdefault(link, _Account())
            account.unread += lines
            if account.began is None or not _has_used_up(link, account):
                return
            self._end_turn(link)
            told = self._let_go()
        self._tell_all(told)

    def read(self, tokens: Iterable[CreditToken]) -> None:
        """Take what was read, or committed, of some children; any thread."""
        told: list[_Told] = []
        with self._lock:
            for link, frames in frames_of_links(tokens).items():
                account = self._accounts.get(link)
                if account is None:
                    continue  # it is gone
                waits = bool(account.owed)
                account.owed.extend(frames)
                if waits:
                    continue
                if account.began is None and _has_used_up(link, account):
                    self._waiting.append(link)
                else:
                    told.append(self._settle(link))
            told += self._let_go()
        self._tell_all(told)

    def leave(self, link: ChildLink) -> None:
        """Forget a child that is gone; any thread."""
        with self._lock:
            account = self._accounts.pop(link, None)
            if account is None:
                return
            if account.began is not None:
                self._turns.remove(link)
            if link in self._waiting:
                self._waiting.remove(link)
            told = self._let_go()
        self._tell_all(told)

    def _look(self) -> None:
        """Where a turn lasts too long, end it and tell all that wait."""
        told: list[_Told] = []
        with self._lock:
            self._looks = False
            over = [link for link in self._turns if self._left_of(link) <= 0]
            for link in over:
                self._end_turn(link)
            if over:
                told = [self._settle(link) for link in self._waiting]
                self._waiting.clear()
            self._look_in_time()
        self._tell_all(told)

    # -- with the lock held --------------------------------------------------------------------------------------------

    def _let_go(self) -> list[_Told]:
        """Give the turns that are free to those that have waited longest; return what they are to be told."""
        told = []
        while self._waiting and len(self._turns) < self._most:
            link = self._waiting.popleft()
            self._accounts[link].began = self._now()
            self._turns.append(link)
            told.append(self._settle(link))
        self._look_in_time()
        return told

    def _look_in_time(self) -> None:
        """Have it looked when the oldest turn is too long, if any child waits for it."""
        if self._waiting and not self._looks:
            self._looks = True
            self._later(max(0, min(map(self._left_of, self._turns))) / 1e9, self._look)

    def _left_of(self, link: ChildLink) -> int:
        """Return how many ns are left of a child's turn."""
        began = self._accounts[link].began
        assert began is not None
        return began + _LONGEST - self._now()

    def _end_turn(self, link: ChildLink) -> None:
        self._turns.remove(link)
        self._accounts[link].began = None

    def _settle(self, link: ChildLink) -> _Told:
        account = self._accounts[link]
        owed, account.owed = account.owed, []
        account.unread -= sum(token.weight.lines for token in owed)
        return link, owed

    # -- without it ----------------------------------------------------------------------------------------------------

    def _tell_all(self, told: Iterable[_Told]) -> None:
        # Of two threads the later may tell first: a child takes its frames by their numbers.
        for link, owed in told:
            self._tell(link, owed)


def _has_used_up(link: ChildLink, account: _Account) -> bool:
    """Return whether a child has nearly used up what it may have in flight; a quarter of it where that is little."""
    return account.unread >= max(link.lines // 4, link.lines - _LEFT)
