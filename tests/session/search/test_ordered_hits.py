"""Hits in the order of time, against sorting everything at once."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.search import ordered_hits
from app.session.search.ordered_hits import OrderedHits
from tests.session.test_time_order import PARTS, Arrived, drained


@settings(max_examples=60)
@given(PARTS, st.data(), st.integers(0, 3))
def test_hits_stand_where_their_lines_do(parts: list[list[tuple[int, int]]], data: st.DataObject, few: int) -> None:
    batches = drained(parts)
    whole = [record for batch in batches for record in batch]
    wanted = data.draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=len(whole), max_size=len(whole)))
    told: list[int] = []

    def found(first: int, count: int, hits: int) -> None:
        assert count
        assert first <= len(told)  # without a gap
        assert first + count >= len(told)  # and never less than before
        told[first:] = map(int, f"{hits:0{count}b}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered_hits, "_FEW", few)
        hits = OrderedHits(found)
        first = 0
        for number, batch in enumerate(batches):
            some = wanted[first : first + len(batch)]
            keys: array[int] = batch.order_keys()
            hits.add(
                first, len(batch), batch.bounds()[0], batch.highest(), int("".join(map(str, some)), 2), lambda k=keys: k
            )
            first += len(batch)
            if data.draw(st.booleans()):
                hits.flush()
                in_time = [line for _, line in Arrived(batches[: number + 1]).sorted()]
                assert told == [wanted[line] for line in in_time]
        hits.flush()
    assert told == [wanted[line] for _, line in Arrived(batches).sorted()]


def test_keys_are_not_asked_for_where_nothing_is_a_hit() -> None:
    told: list[tuple[int, int, int]] = []
    hits = OrderedHits(lambda *found: told.append(found))
    for number in range(3):
        hits.add(number * 10, 10, 0, 5, 0, pytest.fail)  # type: ignore[arg-type]
    hits.flush()
    assert [(first, count) for first, count, _ in told] == [(0, 10), (10, 10), (20, 10)]
