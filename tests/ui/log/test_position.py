"""Which line is in the first row: rules without a widget, against what a person expects."""

from hypothesis import given
from hypothesis import strategies as st

from app.ui.log.position import Position, passes_end, stepped
from app.ui.log.shown import AllLines
from tests.ui.log.line_list import LineList

FITS = 10


def look(position: Position, end: int, shown: AllLines | LineList | None = None) -> list[int]:
    """Return the lines on the screen."""
    lines = shown or AllLines(0, position.end(end))
    top = position.top(lines, FITS, 2)
    position.settle(lines, top, end)
    return lines.lines(top, FITS)


def test_the_tail_is_followed_and_then_not_and_then_again() -> None:
    position = Position()
    assert look(position, 100) == list(range(90, 100))
    assert look(position, 150) == list(range(140, 150))
    position.scrolled(139, AllLines(0, 150), 140)
    assert look(position, 150) == list(range(139, 149))
    assert look(position, 5_000) == list(range(139, 149))
    assert position.new(AllLines(0, 5_000)) == 4_850
    position.scrolled(4_990, AllLines(0, 5_000), 4_990)
    assert look(position, 6_000)[-1] == 5_999
    assert position.new(AllLines(0, 6_000)) == 0


@given(st.lists(st.sets(st.integers(0, 1_000)), max_size=10), st.integers(0, 999))
def test_the_line_that_is_read_stays_while_hits_come_in_above_it(found: list[set[int]], read: int) -> None:
    position = Position()
    look(position, 1_000)
    position.scrolled(read, AllLines(0, 1_000), 2_000)
    hits: set[int] = set()
    for more in found:
        hits |= more
        # A search goes from the top to the end: what is shown for the moment must not become what is read.
        look(position, 1_000, LineList(sorted(hits)))
    assert position.line == read
    assert look(position, 1_000)[0] == min(read, 990)


def test_new_hits_are_counted_by_their_lines() -> None:
    position = Position()
    look(position, 100, LineList(list(range(0, 100, 10))))
    position.scrolled(0, LineList(list(range(0, 100, 10))), 5)
    # Found late, but written before the tail was left.
    assert position.new(LineList(list(range(0, 100, 5)))) == 0
    assert position.new(LineList([*range(0, 100, 5), 100, 150, 151])) == 3


def test_a_pause_moves_nothing_and_leaves_room_for_what_says_so() -> None:
    position = Position()
    before = look(position, 100)
    position.pause(100)
    assert look(position, 100) == before
    assert look(position, 5_000) == before
    assert position.new(AllLines(0, 5_000)) == 4_900
    lines = AllLines(0, 100)
    assert position.last(lines, FITS, 2) == 92
    position.scrolled(92, lines, 92)
    assert look(position, 5_000) == list(range(92, 100))
    position.pause(None)
    assert look(position, 5_000)[-1] == 4_999


@given(st.integers(0, 99), st.integers(0, 99), st.booleans(), st.booleans())
def test_a_line_is_brought_by_the_shortest_way(top: int, line: int, stay: bool, paused: bool) -> None:
    position, lines = Position(), AllLines(0, 100)
    if paused:
        position.pause(100)
    room = FITS - 2 if paused else FITS
    position.scrolled(min(top, 100 - room), lines, 100 - room)
    before = look(position, 100)
    position.bring(line, lines, FITS, 2, stay=stay)
    after = look(position, 100)
    assert line in after[:room]
    if line in before[:room]:
        assert after == before
    else:
        assert line == (after[0] if line < before[0] else after[room - 1])
    assert not (stay and position.following)


def test_what_keys_mean() -> None:
    words = ("up", "down", "page up", "page down", "home", "end")
    assert [stepped(word, 50, 10, 99) for word in words] == [49, 51, 40, 60, 0, 99]
    assert [word for word in words if passes_end(word, 99, 99)] == ["down", "page down", "end"]
    assert [word for word in words if passes_end(word, 98, 99)] == ["end"]
