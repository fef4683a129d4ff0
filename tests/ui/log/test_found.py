"""From hit to hit, against a plain list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.search.hits import Hits
from app.ui.log.finder import Found, Progress, Walk, density, found_text, next_hit, previous_hit
from app.ui.log.shown import AllLines, HitLines, is_shown

LINES = st.integers(0, 60)


def hits_of(lines: set[int], searched: int = 61) -> Hits:
    hits = Hits()
    found = sum(1 << (searched - 1 - line) for line in lines if line < searched)
    hits.add(0, searched, (found << -searched % 8).to_bytes((searched + 7) // 8, "big"))
    return hits


@given(st.sets(LINES), LINES | st.none(), LINES, LINES)
def test_the_walk_stays_among_the_lines_that_are_shown(lines: set[int], line: int | None, first: int, end: int) -> None:
    shown = HitLines(hits_of(lines), first, end)
    plain = sorted(found for found in lines if first <= found < end)
    after = [found for found in plain if line is None or found > line]
    before = [found for found in plain if line is None or found < line]
    for found, near, far in ((next_hit(shown, line), after[:1], plain[:1]),
                             (previous_hit(shown, line), before[-1:], plain[-1:])):  # fmt: skip
        expected = Found(near[0]) if near else Found(far[0], around=True) if far else None
        assert found == expected
    assert [is_shown(found, shown) for found in range(70)] == [found in plain for found in range(70)]
    assert shown.lines(0, 99) == plain
    assert list(shown.frozen().ranges(0, 99)) == list(shown.ranges(0, 99))


@given(st.sets(LINES), LINES, LINES, st.integers(1, 20))
def test_marks_stand_where_the_hits_are_among_the_lines_that_are_shown(
    lines: set[int], first: int, end: int, buckets: int
) -> None:
    marks = density(HitLines(hits_of(lines), first, end), AllLines(first, end), buckets)
    assert sum(marks) == len([line for line in lines if first <= line < end])
    for bucket, count in enumerate(marks):
        low, high = (first + (end - first) * place // buckets for place in (bucket, bucket + 1))
        assert count == len([line for line in lines if low <= line < high])


@pytest.mark.parametrize(
    ("line", "progress", "text"),
    [
        (None, Progress(61, 61), "3 matches"),
        (20, Progress(61, 61), "2 of 3"),
        (21, Progress(61, 61), "3 matches"),
        (None, Progress(30, 60), "3 matches, searching: 50 %"),
        (None, Progress(61, 61, "Lines 5 to 6 are damaged."), "3 matches · ⚠ Lines 5 to 6 are damaged."),
        (None, Progress(61, 61, "It has died.", failed=True), "⚠ It has died."),
    ],
)
def test_what_is_said(line: int | None, progress: Progress, text: str) -> None:
    assert found_text(HitLines(hits_of({10, 20, 30}), 0, 61), line, progress) == text


def test_no_hits_are_no_hits() -> None:
    assert found_text(HitLines(Hits(), 0, 0), None, Progress(0, 0)) == "No matches"
    assert found_text(HitLines(hits_of({5}), 10, 61), None, Progress(61, 61)) == "No matches"  # cleared away
    assert next_hit(HitLines(Hits(), 0, 0), None) is None


def test_who_asks_while_it_is_searched_gets_the_nearest_hit_and_not_the_first_that_is_there() -> None:
    walk, lines = Walk(), {5, 40}
    walk.ask(60, back=False)
    # From line 10 on there is none yet: to begin at the top again would be wrong.
    assert walk.answer(HitLines(hits_of(lines, 20), 0, 60), 10, 20) is None
    assert walk.waits
    assert walk.answer(HitLines(hits_of(lines, 50), 0, 60), 10, 50) == Found(40)
    assert not walk.waits
    walk.ask(60, back=False)
    assert walk.answer(HitLines(hits_of(lines, 60), 0, 60), 40, 60) == Found(5, around=True)
    walk.ask(60, back=True)
    assert walk.answer(HitLines(hits_of(lines, 20), 0, 60), 50, 20) is None
    assert walk.answer(HitLines(hits_of(lines, 55), 0, 60), 50, 55) == Found(40)
    walk.ask(60, back=True)
    assert walk.answer(HitLines(hits_of(lines, 55), 0, 60), None, 55) is None
    assert walk.answer(HitLines(hits_of(lines, 60), 0, 60), None, 60) == Found(40)
    walk.ask(60, back=False)
    assert walk.answer(HitLines(hits_of(set(), 60), 0, 60), None, 60) is None
    assert not walk.waits
