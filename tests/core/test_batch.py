"""Batches: columns, and the codec to bytes and back."""

from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, Record, RunName

INT64 = st.integers(-(2**63), 2**63 - 1)
# characters() without arguments gives lone surrogates as well.
TEXT = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["", "\0", "a\nb\r\n\x85\u2028", "\ufeffx", "\ufffe", "😀"]
)
RECORDS = st.lists(st.tuples(INT64, INT64, st.integers(0, 255), TEXT), max_size=20)
NAMES = st.dictionaries(INT64, st.builds(RunName, TEXT, INT64), max_size=4)


def batch_of(records: list[tuple[int, int, int, str]], names: dict[int, RunName] | None = None) -> Batch:
    instants, runs, kinds, texts = zip(*records, strict=True) if records else ((), (), (), ())
    return Batch(array("q", instants), array("q", runs), bytearray(kinds), list(texts), names or {})


@given(RECORDS, NAMES)
@example([(0, 1, 0, "\ud83d"), (1, 1, 0, "\ude00")], {})  # two halves that meet must not become one character
def test_bytes_and_back(records: list[tuple[int, int, int, str]], names: dict[int, RunName]) -> None:
    batch = batch_of(records, names)
    back = Batch.from_bytes(batch.to_bytes())
    assert list(back) == records
    assert back.names == names
    assert back == batch


@given(RECORDS, NAMES, st.data())
def test_cut_or_grown_bytes_are_refused(
    records: list[tuple[int, int, int, str]], names: dict[int, RunName], data: st.DataObject
) -> None:
    whole = batch_of(records, names).to_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    for damaged in (whole[:cut], whole + b"\0", b"\xff" + whole[1:]):
        with pytest.raises(ValueError):
            Batch.from_bytes(damaged)


@given(RECORDS, NAMES, st.data())
def test_flipped_bytes_raise_nothing_but_value_error(
    records: list[tuple[int, int, int, str]], names: dict[int, RunName], data: st.DataObject
) -> None:
    damaged = bytearray(batch_of(records, names).to_bytes())
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=4)):
        damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        back = Batch.from_bytes(bytes(damaged))
    except ValueError:
        return
    assert len(list(back)) == len(records)  # a flip inside a number or a text: told by the file's checksum, not here


@given(st.binary(max_size=200))
def test_foreign_bytes_raise_nothing_but_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        Batch.from_bytes(data)


@pytest.mark.parametrize("lengths", [(4, -1), (1, 1), (2, 2)])
def test_lengths_that_do_not_add_up_are_refused(lengths: tuple[int, int]) -> None:
    good = batch_of([(0, 0, 0, "ab"), (0, 0, 0, "c")]).to_bytes()
    before = len(good) - len("abc") - 2 - 16
    assert Batch.from_bytes(good[:before] + array("q", (2, 1)).tobytes() + good[before + 16 :]).texts == ["ab", "c"]
    with pytest.raises(ValueError, match="characters"):
        Batch.from_bytes(good[:before] + array("q", lengths).tobytes() + good[before + 16 :])


def test_iteration_and_kinds() -> None:
    batch = batch_of([(5, 1, Kind.LINE, "a"), (6, 2, Kind.LINE, "b")])
    assert list(batch) == [Record(5, 1, Kind.LINE, "a"), Record(6, 2, Kind.LINE, "b")]
    assert len(batch) == 2
    assert batch.only_lines()
    batch.kinds[1] = Kind.ERROR
    assert not batch.only_lines()
    assert Batch().only_lines()
    assert [kind.word for kind in Kind] == ["line", "state", "chain", "error"]
