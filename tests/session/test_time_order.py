"""The order of time against sorting everything at once."""

import csv
import json
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.batch import LATE_NS, Batch, Kind, RunName
from app.session import time_order
from app.session.export import export_session, line_blocks
from app.session.folder import new_writer
from app.session.reader import SessionReader
from app.session.search import scan as scanning
from app.session.search.hits import Hits
from app.session.search.messages import chunk_from_bytes, chunk_to_bytes
from app.session.search.query import Query
from app.session.search.scan import Scan
from app.session.segments import Segment
from app.session.time_order import Ordered, Span, TimeOrder, ordered
from tests.session.conftest import STARTED


class Arrived:
    """Batches in the order in which they arrived."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.found: list[Span] = []
        self.by_span: dict[Span, array[int]] = {}
        before = min(batches[0].instants) if batches else 0
        end = 0
        for batch in batches:
            keys = batch.order_keys()
            span = Span(end, end + len(batch), batch.bounds()[0], max(keys), before)
            self.found.append(span)
            self.by_span[span] = keys
            before, end = span.next_cut, span.end

    def spans(self, line: int, most: int) -> list[Span]:
        return [span for span in self.found if span.end > line][:most]

    def ordered(self, span: Span) -> Ordered:
        return ordered(self.by_span[span])

    def span_at(self, key: int) -> Span | None:
        below = [span for span in self.found if span.before < key]
        return below[-1] if below else next(iter(self.found), None)

    def sorted(self) -> list[tuple[int, int]]:
        keys = [key for span in self.found for key in self.by_span[span]]
        return sorted(zip(keys, range(len(keys)), strict=True))


def drained(parts: Sequence[Sequence[tuple[int, int]]]) -> list[Batch]:
    """Return batches as a collector makes them of some (run, instant) each: a run's instants never step back."""
    latest: dict[int, int] = {}
    highest = None
    held: dict[int, int] = {}
    batches = []
    for part in parts:
        batch = Batch()
        for run in sorted({run for run, _ in part}):
            instants = sorted(max(instant, latest.get(run, 0)) for of, instant in part if of == run)
            latest[run] = instants[-1]
            texts = [f"{run} {instant}" for instant in instants]
            batch.add(run, RunName(str(run), 1), array("q", instants), bytes(len(texts)), texts)
        batch.mark_late(batch.bounds()[0] if highest is None else highest, held)
        highest = batch.highest() if highest is None else max(highest, batch.highest())
        batches.append(batch)
    return batches


TICK = LATE_NS // 10
PARTS = st.lists(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60).map(lambda tick: tick * TICK)), min_size=1, max_size=12),
    min_size=1,
    max_size=12,
).map(lambda parts: [[(run, n * 3 * TICK + instant) for run, instant in part] for n, part in enumerate(parts)])


@settings(max_examples=60)
@given(PARTS, st.integers(1, 3), st.integers(0, 3))
def test_pages_and_places_agree_with_sorting_everything(
    parts: list[list[tuple[int, int]]], most: int, few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_order, "_AT_ONCE", most)
        patch.setattr(time_order, "_FEW", few)
        patch.setattr(time_order, "_KEPT", most)
        arrived = Arrived(drained(parts))
        wanted = arrived.sorted()
        order = TimeOrder(arrived)
        lines = [line for _, line in wanted]
        for position in range(len(lines) + 1):
            for count in (1, 3, len(lines)):
                assert order.lines(position, count) == lines[position : position + count]
        for step in (1, 2, 3, 7):
            scattered = range(0, len(lines) + 3, step)
            assert order.at(scattered) == lines[::step]
            assert order.at([0, *scattered[1:2], *scattered[5:]]) == [
                lines[0],
                *lines[step : step + 1],
                *lines[5 * step :: step],
            ]
        for key in {key + step for key, _ in wanted for step in (-1, 0, 1)}:
            assert order.position_at(key, arrived.span_at(key)) == sum(found < key for found, _ in wanted)


@given(PARTS)
def test_a_run_stays_in_its_own_order_and_only_what_is_late_is_marked(parts: list[list[tuple[int, int]]]) -> None:
    batches = drained(parts)
    whole = [record for batch in batches for record in batch]
    in_time = [whole[line] for _, line in Arrived(batches).sorted()]
    for run in {record.run for record in whole}:
        assert [r for r in in_time if r.run == run] == [r for r in whole if r.run == run]
    on_time = [record.instant for record in in_time if not record.late]
    assert on_time == sorted(on_time)
    highest = 0
    for batch in batches:
        assert all(record.late for record in batch if record.instant < highest - LATE_NS)
        assert all(record.instant < highest for record in batch if record.late)
        highest = max(highest, *batch.instants)


def test_how_batches_are_put_together_does_not_matter() -> None:
    ticks = [[(1, 0), (1, 5), (2, 2)], [(2, 4), (1, 7)], [(3, 1), (3, 40)], [(1, 41), (2, 12)]]
    batches = drained([[(run, tick * TICK) for run, tick in part] for part in ticks])
    whole = Batch()
    for batch in batches:
        whole.extend(batch)
    assert Arrived([whole]).sorted() == Arrived(batches).sorted()
    assert any(record.late for record in whole)
    assert Batch.from_bytes(*whole.to_bytes()) == whole


def test_a_record_of_the_order_of_arrival_says_whether_it_is_late() -> None:
    batch = Batch()
    batch.add(1, RunName("a", 1), array("q", [5, 9]), bytes([Kind.LINE] * 2), ["x", "y"])
    batch.late[1] = 12
    assert [(record.text, record.late) for record in batch] == [("x", False), ("y", True)]
    assert [record.late for record in batch.records(1, 2)] == [True]


@settings(max_examples=40)
@given(PARTS)
def test_a_file_is_read_and_searched_in_the_order_of_time(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, int]]]
) -> None:
    batches = drained(parts)
    writer = new_writer(tmp_path_factory.mktemp("sessions"), STARTED, 0)
    for batch in batches:
        writer.write(batch)
    writer.finish("later")
    whole = [record for batch in batches for record in batch]
    wanted = [whole[line] for _, line in Arrived(batches).sorted()]
    with SessionReader(writer.path, pytest.fail) as reader:
        lines = list(reader.lines())
        assert [line.number for line in lines] == list(range(len(wanted)))
        assert [(line.text, line.late) for line in lines] == [(record.text, record.late) for record in wanted]
        assert list(reader.lines(2, 5)) == lines[2:5]
        assert list(reader.lines(worker="1")) == [line for line in lines if line.name.worker == "1"]
        early = [line for line in lines if line.t_ns < 3 * TICK]
        assert list(reader.lines(to_ns=3 * TICK)) == early
        exported = [json.loads(row) for row in b"".join(export_session(reader, "jsonl", None, None)).splitlines()]
        assert [row.get("late", False) for row in exported] == [line.late for line in lines]
        rows = b"".join(export_session(reader, "csv", None, None)).decode().splitlines()
        assert [row["late"] for row in csv.DictReader(rows)] == ["late" if line.late else "" for line in lines]
    hits = Hits()
    # Of many batches it would fork, which a process with the threads of other tests must not.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scanning, "CAN_FORK", False)
        scan = Scan(
            Query("1 "),
            lambda first, count, found: hits.add(*chunk_from_bytes(chunk_to_bytes(first, count, found))),
            pytest.fail,
        )
    scan.search((Segment(0, writer.path),), None)
    assert hits.slice(0, len(lines)) == [line.number for line in lines if "1 " in line.text]


def test_scattered_lines_of_one_stretch_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = Arrived(drained([[(1, 1_000 * part + line) for line in range(500)] for part in range(20)]))
    asked: list[int] = []
    monkeypatch.setattr(arrived, "spans", lambda line, most: asked.append(line) or Arrived.spans(arrived, line, most))
    positions = list(range(0, 10_000, 10))
    assert TimeOrder(arrived).at(positions) == positions
    assert len(asked) < 5


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=12), st.integers(1, 16))
def test_blocks_have_the_numbers_of_their_ranges(pairs: list[tuple[int, int]], most: int) -> None:
    ranges = [(start, start + length) for start, length in pairs]
    blocks = list(line_blocks(ranges, most))
    assert [number for block in blocks for number in block] == [n for start, stop in ranges for n in range(start, stop)]
    assert all(0 < len(block) <= most and list(block) == sorted(set(block)) for block in blocks)
