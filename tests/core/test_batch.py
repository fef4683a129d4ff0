"""Batches: columns, and the codec to bytes and back."""

from array import array
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.batch import LINES, Batch, Kind, Record, RunName
from app.core.column_bytes import joined_texts, texts_from_bytes, texts_to_bytes
from app.core.packed_batch import PackedBatch, merged
from tests.core.mechanisms import raising

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
    back = Batch.from_bytes(*batch.to_bytes())
    assert list(back) == records
    assert back.names == names
    assert back == batch


@given(RECORDS, NAMES, st.data())
def test_cut_or_grown_bytes_are_refused(
    records: list[tuple[int, int, int, str]], names: dict[int, RunName], data: st.DataObject
) -> None:
    columns, texts = batch_of(records, names).to_bytes()
    cut = data.draw(st.integers(0, len(columns) - 1))
    for damaged in (columns[:cut], columns + b"\0", b"\xff" + columns[1:]):
        with pytest.raises(ValueError):
            Batch.from_bytes(damaged, texts)
    for damaged in (b"", b"\2" + texts[1:], texts + b"\n"):
        with pytest.raises(ValueError):
            Batch.from_bytes(columns, damaged)


@given(RECORDS, NAMES, st.data())
def test_flipped_bytes_raise_nothing_but_value_error(
    records: list[tuple[int, int, int, str]], names: dict[int, RunName], data: st.DataObject
) -> None:
    parts = [bytearray(part) for part in batch_of(records, names).to_bytes()]
    for _ in range(data.draw(st.integers(1, 4))):
        part = data.draw(st.sampled_from(parts))
        part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        back = Batch.from_bytes(*map(bytes, parts))
    except ValueError:
        return
    assert len(list(back)) == len(records)  # a flip inside a number or a text: told by the file's checksum, not here


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_foreign_bytes_raise_nothing_but_value_error(columns: bytes, texts: bytes) -> None:
    with pytest.raises(ValueError):
        Batch.from_bytes(columns, texts)


@pytest.mark.parametrize("lengths", [(5, -1), (1, 1), (3, 3)])
def test_lengths_that_do_not_add_up_are_refused(lengths: tuple[int, int]) -> None:
    data = texts_to_bytes(["a\nb", "c"])
    assert texts_from_bytes(data[:1] + array("q", (3, 1)).tobytes() + data[17:], 2) == ["a\nb", "c"]
    with pytest.raises(ValueError, match="characters"):
        texts_from_bytes(data[:1] + array("q", lengths).tobytes() + data[17:], 2)


@given(st.lists(TEXT, max_size=8))
def test_texts_without_line_breaks_can_be_searched_as_one(texts: list[str]) -> None:
    joined = joined_texts(texts_to_bytes(texts))
    if not texts or any("\n" in text for text in texts):
        assert joined is None
    else:
        assert joined == "\n".join(texts)


def test_bounds_are_those_of_all_instants() -> None:
    batch = Batch()
    batch.add(1, RunName("a", 1), array("q", [5, 9]), bytes(2), ["x", "y"])
    batch.add(2, RunName("b", 1), array("q"), b"", [])
    batch.add(3, RunName("c", 1), array("q", [2, 3]), bytes(2), ["x", "y"])
    assert batch.bounds() == (2, 9)
    whole = batch_of([(4, 1, 0, ""), (1, 1, 0, ""), (10, 1, 0, "")])
    whole.extend(batch)
    assert whole.bounds() == (1, 10)
    with pytest.raises(ValueError):
        Batch().bounds()


def test_iteration_and_kinds() -> None:
    batch = batch_of([(5, 1, Kind.LINE, "a"), (6, 2, Kind.LINE, "b")])
    assert list(batch) == [Record(5, 1, Kind.LINE, "a"), Record(6, 2, Kind.LINE, "b")]
    assert len(batch) == 2
    assert batch.only_lines()
    batch.kinds[1] = Kind.STDERR
    assert batch.only_lines()
    batch.kinds[1] = Kind.ERROR
    assert not batch.only_lines()
    assert Batch().only_lines()
    words = {kind.word: kind for kind in Kind if kind not in LINES}
    assert list(words) == ["state", "chain", "error", "action", "note", "step", "evidence"]
    assert not any(kind.source for kind in words.values())
    assert {kind.word for kind in LINES} == {"line"}
    sources = ["", "stderr", "debug", "info", "warning", "error", "critical"]
    assert [kind.source for kind in sorted(LINES)] == sources


@given(RECORDS, RECORDS)
def test_lines_are_counted_however_the_batch_came_about(
    first: list[tuple[int, int, int, str]], second: list[tuple[int, int, int, str]]
) -> None:
    counted = Counter(run for _, run, kind, _ in [*first, *second] if kind in LINES)
    drained = Batch()
    for instant, run, kind, text in [*first, *second]:
        drained.add(run, RunName("a", 1), array("q", [instant]), bytes([kind]), [text])
    grown = batch_of(first)
    grown.line_counts()
    grown.extend(batch_of(second))
    decoded = Batch.from_bytes(*merged([batch_of(first), batch_of(second)]).to_bytes())
    for batch in (drained, grown, decoded, batch_of([*first, *second])):
        assert batch.line_counts() == counted


def test_a_run_without_lines_is_not_counted() -> None:
    batch = Batch()
    batch.add(1, RunName("a", 1), array("q", [1]), bytes([Kind.STATE]), ["x"])
    batch.add(2, RunName("b", 1), array("q"), b"", [])
    batch.add(3, RunName("c", 1), array("q", [1, 2]), bytes([Kind.STATE, Kind.LINE]), ["x", "y"])
    assert batch.line_counts() == {3: 1}
    assert Batch().line_counts() == {}


# -- texts that stay packed --------------------------------------------------------------------------------------------


PACKABLE = st.lists(
    st.tuples(st.integers(0, 2**40), st.integers(1, 3), st.sampled_from([0, 1, 3]), st.text()), min_size=1
)


def made_of(rows: list[tuple[int, int, int, str]]) -> Batch:
    batch = Batch()
    for instant, run, kind, text in rows:
        batch.add(run, RunName(f"w{run}", 1), array("q", (instant,)), bytes((kind,)), (text,))
    return batch


@given(PACKABLE, PACKABLE)
def test_a_packed_batch_is_the_batch_that_it_was_packed_from(
    first: list[tuple[int, int, int, str]], second: list[tuple[int, int, int, str]]
) -> None:
    plain = [made_of(first), made_of(second)]
    packed = [PackedBatch.of_bytes(*batch.to_bytes()) for batch in plain]
    for one, other in zip(plain, packed, strict=True):
        assert other.to_bytes() == one.to_bytes()
        assert (list(other), len(other)) == (list(one), len(one))
        assert (other.names, other.line_counts()) == (one.names, one.line_counts())
    whole, together = merged(plain), merged(packed)
    assert list(together) == list(whole)
    assert (together.bounds(), together.line_counts(), together.names) == (
        whole.bounds(),
        whole.line_counts(),
        whole.names,
    )
    assert Batch.from_bytes(*together.to_bytes()).texts == whole.texts
    # What is added to makes a plain one of it, and leaves those that it was made of.
    most = sum(map(len, whole.texts))
    assert most == whole.characters() <= together.characters()
    together.extend(plain[0])
    assert list(together) == list(whole) + list(plain[0])
    assert together.characters() == most + plain[0].characters()
    assert list(packed[0]) == list(plain[0])


def test_nothing_unpacks_the_texts_on_their_way_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(5, 1, 0, "€"), (6, 1, 0, "x")]
    one, two = (PackedBatch.of_bytes(*made_of(rows).to_bytes()) for _ in range(2))
    assert isinstance(one, PackedBatch)

    def keep_none(batch: PackedBatch, _texts: list[str]) -> None:
        batch.packed = None

    monkeypatch.setattr(PackedBatch, "texts", property(raising(AssertionError("unpacked")), keep_none))
    whole = merged([one, two])
    whole.mark_late(10, {})
    assert len(whole) == 4
    assert whole.bounds() == (5, 6)
    assert whole.to_bytes()[1] == "\0€\nx\n€\nx".encode()
    # Nor does one record that is shown, or the few of the window's own that come with them.
    assert [whole.text(index) for index in range(4)] == ["€", "x", "€", "x"]
    assert whole.record(1) == Record(6, 1, 0, "x")
    own = made_of([(7, 2, 0, "own")])
    assert merged([whole, Batch(), own]).to_bytes()[1] == "\0€\nx\n€\nx\nown".encode()


@pytest.mark.parametrize("counts", [(1, 1), (200, 1, 130)])
def test_a_text_is_found_wherever_it_stands(counts: tuple[int, ...]) -> None:
    texts = [[f"{part}…{index}" for index in range(count)] for part, count in enumerate(counts)]
    batches = [PackedBatch.of_bytes(*made_of([(5, 1, 0, text) for text in each]).to_bytes()) for each in texts]
    whole, expected = merged(batches), [text for each in texts for text in each]
    indices = [*reversed(range(len(expected))), *range(len(expected))]  # from the end, as a log shows them, and again
    assert [whole.text(index) for index in indices] == [expected[index] for index in indices]
    assert whole.texts == expected
    assert whole.text(3 % len(expected)) == expected[3 % len(expected)]


def test_what_has_line_breaks_within_makes_a_plain_batch_of_packed_ones() -> None:
    packed = PackedBatch.of_bytes(*made_of([(5, 1, 0, "a")]).to_bytes())
    assert [record.text for record in merged([packed, made_of([(6, 1, 0, "b\nc")])])] == ["a", "b\nc"]


@pytest.mark.parametrize("texts", [b"\0a", b"\0a\nb\nc", b"\0\xff\nb", b"\2a\nb", b""])
def test_packed_texts_that_do_not_add_up_are_refused(texts: bytes) -> None:
    columns = made_of([(5, 1, 0, "a"), (6, 1, 0, "b")]).to_bytes()[0]
    with pytest.raises(ValueError):
        PackedBatch.of_bytes(columns, texts)
