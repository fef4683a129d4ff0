"""Lanes that have used up their shares go on in turn, one at a time; none waits for a turn for ever."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.core.credit import PATIENCE, Account, Credit


class Floor:
    """Accounts that write as much as they may, without threads: each asks again when it is woken."""

    def __init__(self, most: int, lanes: int) -> None:
        self.credit = Credit(most, most)
        self.accounts = [self.credit.open() for _ in range(lanes)]
        self.exhausted = 0
        self.credit.on_exhausted = self._note
        self.owed: list[tuple[Account, int]] = []

    def _note(self) -> None:
        self.exhausted += 1

    def write(self, account: Account, most: int = 10**9) -> int:
        """Have an account write until it must wait; return how many units that were."""
        units = 0
        while units < most:
            account.granted.clear()
            room = self.credit.borrow(account, 1, 0)
            if not room:
                break
            units += room
            self.owed.append((account, room))
        return units

    def woken(self) -> list[Account]:
        return [account for account in self.accounts if account.granted.is_set()]

    def release(self) -> None:
        owed, self.owed = self.owed, []
        self.credit.release(owed)


def test_those_that_wait_go_on_one_at_a_time_with_their_whole_share_each_in_its_order() -> None:
    floor = Floor(16_000, 4)
    first, second, third, fourth = floor.accounts
    assert [floor.write(account) for account in floor.accounts] == [4_000] * 4
    assert floor.exhausted == 4
    floor.release()
    for account in (first, second, third, fourth):
        assert floor.woken() == [account]
        assert floor.write(account) == 4_000
    assert floor.woken() == []


def test_the_turn_goes_to_one_that_can_go_on() -> None:
    """The one that has waited longest still holds its share: what it wrote has not been read."""
    floor = Floor(16_000, 2)
    slow, quick = floor.accounts
    floor.write(slow)
    floor.write(quick)
    floor.owed = [(account, units) for account, units in floor.owed if account is quick]
    floor.release()
    assert floor.woken() == [quick]


def test_a_turn_that_is_not_used_ends() -> None:
    floor = Floor(16_000, 4)
    for account in floor.accounts:
        floor.write(account)
    floor.release()
    (idle,) = floor.woken()
    idle.granted.clear()  # woken, and never heard of again
    waiting = [account for account in floor.accounts if account is not idle]
    for _ in range(PATIENCE + 1):
        floor.release()
    assert set(floor.woken()) == set(waiting)


def test_a_turn_does_not_stay_with_a_lane_that_holds_nothing() -> None:
    """There is no other release if everything has been released: the next one must be woken by this one."""
    floor = Floor(16_000, 2)
    first, second = floor.accounts
    floor.write(first)
    floor.write(second)
    floor.release()
    assert floor.woken() == [first]
    floor.write(first, most=1)
    assert floor.woken() == []
    floor.release()
    assert floor.woken() == [second]


def test_a_lane_that_ends_passes_its_turn_on() -> None:
    floor = Floor(16_000, 3)
    for account in floor.accounts:
        floor.write(account)
    floor.release()
    (holder,) = floor.woken()
    holder.granted.clear()
    floor.credit.close(holder, 0)
    assert len(floor.woken()) == 1
    other = floor.woken()[0]
    other.granted.clear()
    floor.credit.forget(other)  # unblocked: it goes on without credit
    assert len(floor.woken()) == 1


@given(
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["write", "line", "release", "close"])), max_size=60),
)
def test_whatever_happens_a_release_lets_one_through(lanes: int, steps: list[tuple[int, str]]) -> None:
    floor = Floor(64, lanes)
    waiting: set[int] = set()
    closed: set[int] = set()
    for number, word in steps:
        place = number % lanes
        account = floor.accounts[place]
        if word == "release":
            floor.release()
        elif place in closed or (place in waiting and not account.granted.is_set()):
            continue
        elif word == "close":
            floor.credit.close(account, 0)
            closed.add(place)
        else:
            floor.write(account, 1 if word == "line" else 10**9)
        waiting = {
            place
            for place, account in enumerate(floor.accounts)
            if account in floor.credit._waiting and place not in closed
        }
        # What waits does so for something: a turn of a lane that holds credit, or what has not been released.
        if waiting and not any(account.granted.is_set() for account in floor.accounts):
            assert floor.credit.in_flight()[0] > 0
    for _ in itertools.repeat(None, lanes + PATIENCE + 1):
        floor.release()
    for place in waiting - closed:
        assert floor.accounts[place].granted.is_set() or floor.accounts[place] not in floor.credit._waiting
