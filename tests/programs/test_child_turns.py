"""Turns of children: who may write on, in which order, and that none waits for ever."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.programs.child_link import ChildLink
from app.programs.child_stream import FrameToken
from app.programs.child_turns import ChildTurns
from app.programs.transcript import Weight

from .children import child_core, children_of

LINES = 4_000  # that each may have in flight


class Link:
    """A child, as far as its turns go."""

    lines = LINES

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Desk:
    """The turns of some children, with a clock that stands still, and what they were told."""

    def __init__(self, most: int = 1) -> None:
        self.now = 0
        self.told: list[tuple[Link, list[int]]] = []
        self.later: list[tuple[int, Callable[[], None]]] = []  # when, and what
        self.number = 0
        self.turns = ChildTurns(self._tell, lambda: self.now, self._keep, most)

    def _keep(self, seconds: float, action: Callable[[], None]) -> None:
        self.later.append((self.now + round(seconds * 1e9), action))

    def _tell(self, link: ChildLink, frames: Sequence[FrameToken]) -> None:
        self.told.append((link, [token.number for token in frames]))  # type: ignore[arg-type]

    def send(self, link: Link, lines: int = LINES) -> FrameToken:
        """Have lines come from a child; return the frame."""
        self.number += 1
        self.turns.came(link, lines)  # type: ignore[arg-type]
        return FrameToken(None, link, self.number, Weight(lines, 0, 0))  # type: ignore[arg-type]

    def read(self, *frames: FrameToken) -> None:
        """Have frames read, all at once."""
        self.turns.read(frames)

    def take(self) -> list[tuple[Link, list[int]]]:
        """Return what was told since it was last asked."""
        told, self.told = self.told, []
        return told

    def pass_time(self, ns: int) -> None:
        """Let time pass, and have done what was to be done later."""
        self.now += ns
        due = [action for when, action in self.later if when <= self.now]
        self.later = [(when, action) for when, action in self.later if when > self.now]
        for action in due:
            action()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def links() -> Iterator[tuple[Link, Link, Link]]:
    return Link("a"), Link("b"), Link("c")


Links = tuple[Link, Link, Link]


def test_a_child_that_has_not_used_up_what_it_may_is_told_at_once(desk: Desk, links: Links) -> None:
    one, other, _ = links
    frames = [desk.send(one, 100), desk.send(other, 100)]
    desk.read(*frames)
    assert desk.take() == [(one, [1]), (other, [2])]
    assert not desk.later, "nobody waits"


def test_of_those_that_have_one_goes_on_and_the_next_when_it_has_used_its_turn_up(desk: Desk, links: Links) -> None:
    one, other, third = links
    frames = [desk.send(link) for link in links]
    desk.read(*frames)
    assert desk.take() == [(one, [1])]
    desk.send(one, 100)
    assert desk.take() == [], "it has much left"
    again = desk.send(one)
    assert desk.take() == [(other, [2])], "before it was read what the first wrote in its turn"
    desk.read(again)
    assert desk.take() == [], "it waits again, behind the third"
    desk.send(other)
    assert desk.take() == [(third, [3])]
    desk.send(third)
    assert desk.take() == [(one, [5])]


def test_what_is_read_while_it_waits_it_is_told_in_its_turn_and_what_is_read_in_its_turn_at_once(
    desk: Desk, links: Links
) -> None:
    one, other, _ = links
    frames = [desk.send(one), desk.send(other, 3_000), desk.send(other, 500)]
    desk.read(frames[0], frames[1])
    desk.read(frames[2])
    assert desk.take() == [(one, [1])]
    desk.read(desk.send(one, 10))
    assert desk.take() == [(one, [4])]
    desk.send(one)
    assert desk.take() == [(other, [2, 3])]


def test_as_many_have_a_turn_as_may(links: Links) -> None:
    desk = Desk(most=2)
    desk.read(*[desk.send(link) for link in links])
    assert [link for link, _ in desk.take()] == list(links[:2])


def test_where_a_turn_is_not_used_all_that_wait_are_told_after_a_while(desk: Desk, links: Links) -> None:
    one, other, third = links
    desk.read(*[desk.send(link) for link in links])
    assert desk.take() == [(one, [1])]
    desk.pass_time(19_999_999)
    assert desk.take() == []
    desk.pass_time(1)
    assert desk.take() == [(other, [2]), (third, [3])]
    assert not desk.later, "nobody waits any more"


def test_a_turn_of_long_ago_holds_up_nobody(desk: Desk, links: Links) -> None:
    one, other, _ = links
    desk.read(desk.send(one))
    desk.pass_time(60_000_000_000)
    desk.read(desk.send(other))
    desk.pass_time(0)
    assert desk.take() == [(one, [1]), (other, [2])]


def test_a_child_that_is_gone_keeps_no_turn(desk: Desk, links: Links) -> None:
    one, other, third = links
    frames = [desk.send(link) for link in links]
    desk.read(*frames)
    desk.turns.leave(other)  # type: ignore[arg-type]
    assert desk.take() == [(one, [1])]
    desk.turns.leave(one)  # type: ignore[arg-type]
    assert desk.take() == [(third, [3])]
    desk.read(frames[0])
    desk.turns.leave(one)  # type: ignore[arg-type]
    assert desk.take() == [], "nothing is told to who is gone"


DOINGS = st.lists(
    st.tuples(
        st.sampled_from(["send", "read", "leave", "time"]),
        st.integers(0, 3),
        st.sampled_from([1, 300, 1_000, 2_500, LINES]),
    ),
    max_size=60,
)


@given(DOINGS, st.integers(1, 3))
def test_everything_that_was_read_is_told_once_in_its_order_and_none_waits_for_ever(
    doings: list[tuple[str, int, int]], most: int
) -> None:
    desk, links = Desk(most), [Link(name) for name in "abcd"]
    unread: dict[Link, list[FrameToken]] = {link: [] for link in links}
    read: dict[Link, list[int]] = {link: [] for link in links}
    gone: set[Link] = set()
    for doing, place, lines in doings:
        link = links[place]
        if doing == "time":
            desk.pass_time(lines * 10_000)
        elif link in gone:
            continue
        elif doing == "send":
            unread[link].append(desk.send(link, lines))
        elif doing == "read":
            desk.read(*unread[link])
            read[link] += [token.number for token in unread[link]]
            unread[link] = []
        else:
            gone.add(link)
            desk.turns.leave(link)  # type: ignore[arg-type]
    for _ in range(2):
        desk.pass_time(20_000_000)
    assert not desk.later
    told: dict[Link, list[int]] = {link: [] for link in links}
    for link, numbers in desk.told:
        told[link] += numbers
    for link in links:
        if link in gone:
            assert told[link] == read[link][: len(told[link])]
        else:
            assert told[link] == read[link]


def test_a_process_that_stands_still_in_its_turn_holds_up_no_other() -> None:
    with child_core() as core:
        runs = [core.start(name=f"worker {number}", interval=0.0) for number in range(3)]
        core.until(lambda: all(len(core.of(run)) > 2_000 for run in runs))
        still = children_of(core)[0]
        assert still.end is not None
        others = [run for run in runs if run not in still.transcript.live()]
        assert len(others) == 2
        os.kill(still.end.pid, signal.SIGSTOP)
        try:
            before = {run: len(core.of(run)) for run in others}
            # More than they may have in flight, and what they had.
            core.until(lambda: all(len(core.of(run)) > before[run] + 20_000 for run in others))
        finally:
            os.kill(still.end.pid, signal.SIGCONT)
