"""The compact hits answer as a sorted list of line numbers would."""

import pickle
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.search.hits import Hits
from app.session.search.messages import Chunk, chunk_from_bytes, chunk_to_bytes

# Parts of a session: how many lines are left out before, how many lines follow, which share of them are hits (of 4), seed.
SIZES = st.integers(1, 20) | st.sampled_from([4_095, 4_096, 4_097, 9_000])
PARTS = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 7, 8, 5_000]), SIZES, st.integers(0, 4), st.integers(0, 99)), max_size=9
)


def chunk(first: int, flags: list[bool]) -> Chunk:
    """Return a chunk as it comes from the process that searches."""
    return chunk_from_bytes(chunk_to_bytes(first, len(flags), int("".join("01"[flag] for flag in flags), 2)))


def built(parts: list[tuple[int, int, int, int]]) -> tuple[list[Chunk], list[int], int]:
    """Return the chunks of some parts, the lines that are hits, and the line after the last."""
    chunks, lines, place = [], [], 0
    for gap, count, share, seed in parts:
        place += gap
        chance = random.Random(seed)
        flags = [chance.randrange(4) < share for _ in range(count)]
        chunks.append(chunk(place, flags))
        lines += [place + i for i, flag in enumerate(flags) if flag]
        place += count
    return chunks, lines, place


@settings(max_examples=60)
@given(PARTS, st.data())
def test_answers(parts: list[tuple[int, int, int, int]], data: st.DataObject) -> None:
    chunks, lines, end = built(parts)
    hits = Hits()
    for one in chunks:
        hits.add(*one)
    assert (hits.total, hits.searched) == (len(lines), end)
    assert hits.slice(0, len(lines) + 9) == lines
    line = data.draw(st.integers(-2, end + 2) | st.sampled_from([*lines[:3], *lines[-3:], 0]))
    before, known = [i for i in lines if i < line], set(lines)
    assert hits.place(line) == len(before)
    assert hits.contains(line) == (line in known)
    start, count = data.draw(st.integers(0, len(lines) + 1)), data.draw(st.integers(0, 200))
    assert hits.slice(start, count) == lines[start : start + count]


@settings(max_examples=50)
@given(PARTS, PARTS, st.integers(0, 10_000))
def test_what_is_added_again_takes_the_place_of_what_was_there(
    first: list[tuple[int, int, int, int]], again: list[tuple[int, int, int, int]], back: int
) -> None:
    hits = Hits()
    chunks, lines, end = built(first)
    others, other_lines, other_end = built(again)
    for one in chunks:
        hits.add(*one)
    assert hits.slice(0, 10**6) == lines
    start = max(0, end - back)
    for one in others:
        hits.add(one.first + start, one.lines, one.bitmap)
    # Where nothing is added, nothing is taken back.
    taken_back = others[0].first + start if others else end
    kept = [line for line in lines if line < taken_back]
    assert hits.slice(0, 10**6) == kept + [line + start for line in other_lines]
    assert hits.total == len(kept) + len(other_lines)
    assert hits.searched == (start + other_end if others else end)


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=20), min_size=1, max_size=9))
def test_joined_chunks_are_one(parts: list[list[bool]]) -> None:
    whole = chunk(0, parts[0])
    for flags in parts[1:]:
        whole = whole.joined(chunk(whole.lines, flags))
    assert whole == chunk(0, [flag for flags in parts for flag in flags])


def test_answers_between_two_additions_are_not_remembered() -> None:
    hits = Hits()
    hits.add(0, 3, b"\xa0")
    assert hits.slice(0, 9) == [0, 2]
    hits.add(3, 3, b"\xa0")
    assert hits.slice(0, 9) == [0, 2, 3, 5]


def test_fifty_million_lines_cost_a_few_megabytes() -> None:
    hits = Hits()
    hits.add(0, 7, b"\xfe")
    hits.add(7, 50_000_000, b"\x55" * 6_250_000)
    assert hits.total == 25_000_007
    assert len(pickle.dumps(hits)) < 8_000_000
    assert hits.slice(25_000_000, 3) == [49_999_994, 49_999_996, 49_999_998]
