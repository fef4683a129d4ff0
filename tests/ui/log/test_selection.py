"""What is selected, by line number, against a plain set of lines."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.ui.log.selection import Selection, joined, without
from app.ui.log.shown import AllLines, grouped
from tests.ui.log.line_list import LineList

LINES = st.integers(0, 30)
RANGES = st.tuples(LINES, st.integers(1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def flat(ranges: list[tuple[int, int]]) -> set[int]:
    return {line for start, end in ranges for line in range(start, end)}


@given(st.lists(RANGES, max_size=8), RANGES)
def test_ranges_are_joined_and_cut_as_sets_are(added: list[tuple[int, int]], gone: tuple[int, int]) -> None:
    ranges: list[tuple[int, int]] = []
    for new in added:
        ranges = joined(ranges, new)
    assert flat(ranges) == flat(added)
    cut = without(ranges, gone)
    assert flat(cut) == flat(added) - flat([gone])
    for found in (ranges, cut):
        assert found == sorted(found)
        assert all(start < end for start, end in found)
    assert all(end < start for (_, end), (start, _) in pairwise(ranges))


@given(st.lists(st.tuples(st.sampled_from(["only", "toggle", "extend", "keep"]), LINES), max_size=12))
def test_clicks_select_what_a_file_manager_would(clicks: list[tuple[str, int]]) -> None:
    selection = Selection()
    plain: set[int] = set()
    kept: set[int] = set()
    anchor: int | None = None
    for word, line in clicks:
        if word == "only":
            selection.only(line)
            plain, kept, anchor = {line}, set(), line
        elif word == "toggle":
            selection.toggle(line)
            plain = plain ^ {line}
            kept, anchor = set(plain), line
        else:
            anchor = line if anchor is None else anchor
            made = set(range(min(anchor, line), max(anchor, line) + 1))
            plain = made | (kept if word == "keep" else set())
            selection.extend(line, keep=word == "keep")
        assert selection.current == line
        assert flat(selection.ranges) == plain
        assert all(selection.contains(found) == (found in plain) for found in range(45))


@given(st.lists(RANGES, max_size=5), st.sets(LINES))
def test_in_a_narrowed_view_only_what_is_shown_counts(ranges: list[tuple[int, int]], shown: set[int]) -> None:
    selection = Selection()
    for new in ranges:
        selection.ranges = joined(selection.ranges, new)
    lines = LineList(sorted(shown))
    wanted = sorted(flat(ranges) & shown)
    assert selection.count(lines) == len(wanted)
    assert list(selection.lines(lines)) == wanted
    assert list(selection.shown_ranges(AllLines(0, 100))) == selection.ranges


def test_everything_and_nothing() -> None:
    selection = Selection()
    selection.everything(5, 50_000_000)
    assert selection.count(AllLines(0, 50_000_000)) == 49_999_995
    assert list(selection.shown_ranges(AllLines(10, 20))) == [(10, 20)]
    selection.clear()
    assert selection.current is None
    assert selection.count(AllLines(0, 10)) == 0


@given(st.sets(LINES))
def test_lines_are_grouped_into_ranges(lines: set[int]) -> None:
    ranges = list(grouped(sorted(lines)))
    assert flat(ranges) == lines
    assert all(end < start for (_, end), (start, _) in pairwise(ranges))


def test_all_lines_have_places() -> None:
    lines = AllLines(10, 20)
    assert lines.count() == 10
    assert lines.lines(8, 5) == [18, 19]
    assert lines.lines(-3, 2) == [10, 11]
    assert [lines.place(line) for line in (0, 10, 15, 20, 99)] == [0, 0, 5, 10, 10]
    assert AllLines(10, 5).count() == 0
