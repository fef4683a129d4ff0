"""What all children have said, for the engine's one reader, and the credit that goes back to them."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from app.core.batch import Batch
from app.core.engine import CreditOwner, CreditToken, Drained
from app.core.packed_batch import merged
from app.programs.child_link import ChildLink
from app.programs.transcript import Told, Weight

# What all children together may have sent that was not read, while they are few.
MOST_LINES = 16_000
FEWEST_LINES = 1_000  # of one child, where they are many
_PRESSING = MOST_LINES // 2  # lines that are not let gather any longer


class FrameToken(CreditToken):
    """Stands for the child's own token of one frame."""

    __slots__ = ("link", "number", "weight")

    def __init__(self, owner: CreditOwner, link: ChildLink, number: int, weight: Weight) -> None:
        super().__init__(owner)
        self.link = link
        self.number = number
        self.weight = weight


class ChildStream:
    """Takes batches from the thread that reads the children, and hands them to the reader, which is another.

    Args:
        owner: whose tokens these are.
    """

    def __init__(self, owner: CreditOwner) -> None:
        self._owner = owner
        self._is_armed = True
        self._ring: Callable[[], None] = _nothing
        self._came: deque[tuple[ChildLink, Told]] = deque()  # bounded by what the children may have in flight
        self._pressing = 0  # lines that came since the last drain
        self._said: deque[Batch] = deque()  # of ours, some a run

    # -- the thread that reads the children --------------------------------------------------------------------------

    def come(self, link: ChildLink, told: Told) -> None:
        """Take what a child has said."""
        self._came.append((link, told))
        self._pressing += told.weight.lines
        # Children that have used up their credit cannot go on until something was read: a reader that lets lines gather is
        # not armed, and is woken all the same.
        if self._pressing >= _PRESSING:
            self._is_armed = True
        self._tell()

    def say(self, batch: Batch | None) -> None:
        """Take what is said on this side of a child's run; nothing for None."""
        if batch is not None:
            self._said.append(batch)
            self._tell()

    def _tell(self) -> None:
        # The reader arms before it looks a last time, and we look whether it is armed after we appended.
        if self._is_armed:
            self._is_armed = False
            self._ring()

    # -- the reader --------------------------------------------------------------------------------------------------

    def listen(self, ring: Callable[[], None]) -> None:
        """Have ``ring`` called, by any thread, when there is something to drain."""
        self._ring = ring

    def arm(self) -> bool:
        """Have the next thing that comes ring; False if there is something to drain already."""
        self._is_armed = True
        if self._came or self._said:
            self._is_armed = False
            return False
        return True

    def drain(self) -> Drained | None:
        """Take everything that has come; None if nothing has."""
        batches, tokens = [], []
        for _ in range(len(self._came)):
            link, told = self._came.popleft()
            batches.append(told.batch)
            tokens.append(FrameToken(self._owner, link, told.number, told.weight))
        # After it: what is said here of a run follows what its child said.
        batches += [self._said.popleft() for _ in range(len(self._said))]
        self._pressing = 0
        return Drained(merged(batches), tuple(tokens)) if batches else None


def frames_of_links(tokens: Iterable[CreditToken]) -> dict[ChildLink, list[FrameToken]]:
    """Return the frames that tokens stand for, by child."""
    by_link: defaultdict[ChildLink, list[FrameToken]] = defaultdict(list)
    for token in tokens:
        if isinstance(token, FrameToken):
            by_link[token.link].append(token)
    return by_link


def _nothing() -> None:
    """Do nothing: no reader is there yet."""
