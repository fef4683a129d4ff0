"""Two sources side by side, and where the checkpoint is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters import whole_catalogue
from app.core.prediction import Notices
from app.core.strategies import Strategy
from app.ui.compare.code_tab import BOTH_THE_SAME, Excerpt, checkpoint_line, differences_text, loop_of, side_by_side

SOURCES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map("\n".join)


@given(SOURCES, SOURCES)
def test_both_sides_are_whole_and_stand_beside_each_other(left: str, right: str) -> None:
    sides = side_by_side(left, right)
    assert len(sides[0].lines) == len(sides[1].lines)
    for side, source in zip(sides, (left, right), strict=True):
        assert [line for i, line in enumerate(side.lines) if i not in side.fillers] == source.splitlines()
        assert not side.fillers & side.differing
        for number in range(len(source.splitlines())):
            assert side.lines[side.shown_at(number)] == source.splitlines()[number]
    for index, (ours, theirs) in enumerate(zip(sides[0].lines, sides[1].lines, strict=True)):
        unmarked = all(index not in side.differing | side.fillers for side in sides)
        assert not unmarked or ours == theirs


def test_what_is_the_same_is_not_marked() -> None:
    left, right = side_by_side("a\nb\nc", "a\nx\ny\nc")
    assert left.lines == ("a", "b", "", "c")
    assert (left.differing, left.fillers) == ({1}, {2})
    assert (right.differing, right.fillers) == ({1, 2}, set())
    assert differences_text(left, right) == "Highlighted lines differ: 1 on the left, 2 on the right."
    assert differences_text(*side_by_side("a", "a")) == BOTH_THE_SAME


@pytest.mark.parametrize("strategy", whole_catalogue().strategies, ids=lambda strategy: strategy.about.id)
def test_the_checkpoint_of_every_strategy_is_in_its_file(strategy: type[Strategy]) -> None:
    line = checkpoint_line(strategy.source(), strategy.about.checkpoint)
    if strategy.about.notices is Notices.NEVER:
        return
    assert line is not None
    assert strategy.source().splitlines()[line].strip() == strategy.about.checkpoint


@pytest.mark.parametrize("strategy", whole_catalogue().strategies, ids=lambda strategy: strategy.about.id)
def test_of_every_strategy_the_loop_is_compared_and_not_what_is_said_about_it(strategy: type[Strategy]) -> None:
    source, excerpt = strategy.source(), loop_of(strategy.source())
    lines = source.splitlines()
    shown = excerpt.text.splitlines()
    assert [line.strip() for line in lines[excerpt.first - 1 :][: len(shown)]] == [line.strip() for line in shown]
    assert shown[0] == shown[0].lstrip()
    for words in ('"""', "About(", strategy.about.title, "import threading"):
        assert words not in excerpt.text.splitlines()[0]
    assert "About(" not in excerpt.text
    if strategy.about.notices is not Notices.NEVER:
        assert checkpoint_line(excerpt.text, strategy.about.checkpoint) is not None


def test_two_ways_with_one_event_differ_in_the_lines_that_matter() -> None:
    catalogue = whole_catalogue()
    sources = [loop_of(catalogue.strategy(name).source()).text for name in ("event-poll", "event-wait")]
    polled, waited = side_by_side(*sources)
    assert [polled.lines[line].strip() for line in sorted(polled.differing)] == [
        "context.sleep()",
        "if self.event.is_set():",
    ]
    assert [waited.lines[line].strip() for line in sorted(waited.differing)] == ["if context.wait(self.event):"]


@pytest.mark.parametrize("source", ["", "x = 1", "def loop(:", 'def loop():\n    """Only words."""'])
def test_a_source_without_a_loop_is_shown_whole(source: str) -> None:
    assert loop_of(source) == Excerpt(source)
