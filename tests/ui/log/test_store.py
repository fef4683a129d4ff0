"""What the log holds, against a plain list, whatever the disk is behind or ahead of what was shown."""

import contextlib
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.core.batch import Batch, Kind, RunName
from app.core.events import Running, encode
from app.core.packed_batch import PackedBatch, PackedTexts
from app.session import time_order
from app.session.archive import Archive
from app.session.folder import new_writer
from app.session.segments import Segment
from app.ui.log import store as store_module
from app.ui.log.store import LogStore, prepare
from tests.session.test_time_order import PARTS, Arrived, drained
from tests.ui.log.conftest import CTRL, ORIGIN, SHIFT, STARTED, Log, batch, numbers

SIZES = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["append", "commit", "both", "late"])), max_size=25)
RANGES = st.lists(st.tuples(st.integers(-5, 500), st.integers(0, 80)), min_size=1, max_size=8)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "CHUNK", 16)
    monkeypatch.setattr(store_module, "_KEPT", 10)


def test_memory_and_file_together_agree_with_a_plain_list(small_chunks: None, tmp_path: Path) -> None:
    @settings(max_examples=40)
    @given(SIZES, RANGES, st.integers(1, 60), st.integers(1, 2_000))
    def check(parts: list[tuple[int, str]], ranges: list[tuple[int, int]], most: int, characters: int) -> None:
        writer = new_writer(tmp_path, STARTED, ORIGIN)
        archive = Archive(pytest.fail)
        store = LogStore(archive, most, characters)
        waiting_for_disk: list[Batch] = []
        waiting_for_us: list[Batch] = []
        plain: list[str] = []

        def commit() -> None:
            for each in waiting_for_disk:
                writer.write(each)
            waiting_for_disk.clear()
            store.recorded((Segment(0, writer.path),), writer.records)

        def append() -> None:
            for each in waiting_for_us:
                store.append(each)
                plain.extend(each.texts)
            waiting_for_us.clear()

        for number, (size, what) in enumerate(parts):
            made = batch([f"{number}.{line}" for line in range(size)], run=number % 3 + 1, start=number * 1_000_000_000)
            if number % 2:
                made = PackedBatch.of_bytes(*made.to_bytes())  # as it comes from a child
            waiting_for_disk.append(made)
            waiting_for_us.append(made)
            if what in ("append", "both"):
                append()
            if what in ("commit", "both"):
                commit()
            # Nothing is let go of that is not in the file.
            assert (store._firsts[0] if store._firsts else store.end) <= max(store.committed, 0)
            assert store.end == len(plain)
            for start, count in ranges:
                found = [record.text for record in store.records(start, count)]
                low = max(0, start)
                assert found == plain[low : max(low, start + count)]
                some = range(low, low + 3 * max(0, count), 3)
                assert [record.text for record in store.records_of(some)] == plain[low : some.stop : 3]
        append()
        commit()
        assert [record.text for record in store.records(0, store.end)] == plain
        held = sum(len(chunk) for chunk in store._chunks)
        assert held <= most + 2 * (16 + 40)
        store.close()
        writer.discard()

    check()


def test_memory_and_file_together_are_in_the_order_of_time(small_chunks: None, tmp_path: Path) -> None:
    @settings(max_examples=60)
    @given(PARTS, st.data(), st.integers(1, 20), st.booleans())
    def check(parts: list[list[tuple[int, int]]], data: st.DataObject, most: int, recorded: bool) -> None:
        batches = drained(parts)
        committed = 0
        # Closed whatever happens: an example may end in the middle, where nothing more can be drawn.
        with contextlib.ExitStack() as ending:
            writer = new_writer(tmp_path, STARTED, ORIGIN)
            ending.callback(writer.discard)
            store = LogStore(Archive(pytest.fail) if recorded else None, most)
            ending.callback(store.close)
            for number, each in enumerate(batches, 1):
                store.append(each)
                for behind in batches[committed : data.draw(st.integers(committed, number))]:
                    writer.write(behind)
                    committed += 1
                store.recorded((Segment(0, writer.path),), writer.records)
                whole = [record for arrived in batches[:number] for record in arrived]
                wanted = [whole[line] for _, line in Arrived(batches[:number]).sorted()]
                start = data.draw(st.integers(store.first, store.end))
                found = store.records(start, 30)
                assert found == wanted[start : start + 30]
                assert [record.late for record in found] == [record.late for record in wanted[start : start + 30]]
                if recorded:
                    assert store.first == 0
                    instant = data.draw(st.sampled_from(wanted)).instant
                    on_time = [
                        line for line, record in enumerate(wanted) if not record.late and record.instant >= instant
                    ]
                    assert store.line_at(instant) <= min(on_time, default=store.end)

    check()


@pytest.mark.parametrize("recorded", [True, False])
def test_long_lines_are_not_all_kept_in_memory(make_log: Callable[..., Log], recorded: bool) -> None:
    log = make_log(recorded=recorded, most_characters=8 * 2**20)
    for number in range(30):
        log.write(batch([f"{number}" + "x" * 2**20]))
    kept = sum(len(text) for chunk in log.area.store._chunks for text in (chunk.texts or chunk.batch.texts))
    assert kept <= 13 * 2**20
    assert log.rows()[-1].startswith("29x")
    log.bar.setValue(0)
    assert log.rows()[0].startswith("0x" if recorded else str(log.area.store.first))


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_worked_out_by_another_thread_is_not_worked_out_again(
    monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    store = LogStore()
    some = batch(numbers(1, 6_000), run=1, start=0)
    some.extend(batch(numbers(1, 6_000), run=2, start=0))
    some.add(1, RunName("W1", 1), array("q", [some.instants[0]]), bytes([Kind.STATE]), (encode(Running(0, 0))[1],))
    whole = PackedBatch.of_bytes(*some.to_bytes()) if packed else some
    prepare(whole)
    monkeypatch.setattr(time_order, "ordered", pytest.fail)
    monkeypatch.setattr(PackedTexts, "unpack", pytest.fail)
    store.append(whole)
    newest = store.records_of(range(store.end - 4, store.end))
    assert [(record.run, record.text) for record in newest] == [
        (run, f"running… {number}") for number in (5_999, 6_000) for run in (1, 2)
    ]
    # That it runs is hidden: it stands behind the two lines of its instant, in the order in which they came.
    assert list(store.hidden.lines) == [2]


def test_a_name_that_cannot_be_read_now_can_be_later(log: Log) -> None:
    store = log.area.store
    assert store.name(7) == RunName("?", 0)
    assert store.names() == set()
    log.write(batch(["x"], run=7))
    assert store.name(7) == RunName("W7", 7)


def test_times_are_found_in_memory_and_in_the_file(make_log: Callable[..., Log], small_chunks: None) -> None:
    log = make_log(most=40)
    for part in range(20):
        log.write(batch(numbers(part * 20 + 1, part * 20 + 20), start=part * 1_000_000_000))
    store = log.area.store
    for line in (0, 1, 20, 199, 359, 360, 379, 399):
        instant = store.record(line).instant  # type: ignore[union-attr]
        assert store.line_at(instant) == line
    assert store.line_at(ORIGIN + 10**12) == 399
    # Between two drains: the first of the later one.
    assert store.line_at(ORIGIN + 500_000_000) == 20


def test_cleared_lines_stay_in_the_file(log: Log) -> None:
    log.write(batch(numbers(1, 100)))
    log.panel.clear()
    assert log.rows() == []
    log.write(batch(numbers(101, 103)))
    assert log.rows() == numbers(101, 103)
    assert log.area.store.record(0) is None
    assert log.archive.records(0, 1)[0].text == "running… 1"  # type: ignore[union-attr]


@pytest.mark.parametrize("recorded", [True, False])
def test_cleared_lines_can_be_shown_again(make_log: Callable[..., Log], recorded: bool) -> None:
    log = make_log(recorded=recorded)
    write = log.write if recorded else log.add
    write(batch(numbers(1, 100)))
    assert not log.actions.show_cleared.isEnabled()
    log.key(Qt.Key.Key_L, CTRL)
    write(batch(numbers(101, 300)))
    log.bar.setValue(50)
    rows = log.rows()
    assert rows[0] == "running… 151"
    log.key(Qt.Key.Key_L, CTRL | SHIFT)
    assert log.rows() == rows  # the line that is read stays
    assert not log.actions.show_cleared.isEnabled()
    assert log.page_through() == numbers(1, 300)


def test_what_is_no_longer_kept_cannot_be_shown_again() -> None:
    store = LogStore(most=1_000)
    store.append(batch(numbers(1, 5_000)))
    store.clear()
    assert store.has_cleared
    for _ in range(4):
        store.append(batch(numbers(1, 5_000)))
    assert (store.has_cleared, store.first > 5_000) == (False, True)
    before = store.first
    store.show_cleared()
    assert store.first == before
