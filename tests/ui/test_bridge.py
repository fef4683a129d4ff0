"""The signal bridge: one batch a frame, nothing that ticks while nothing runs, garbage on the GUI thread only."""

import gc
import threading
from array import array
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject, QThread, Signal, Slot
from PySide6.QtWidgets import QApplication, QLabel

from app.core.batch import Batch, Kind, RunName
from app.core.latency import percentile
from app.core.worker import Worker
from app.session.reader import SessionReader
from app.ui.bridge import pace
from app.ui.services import GarbageCollector
from app.ui.window_lag import FRAME, FRAMES_KEPT, LagMeter
from tests.timers import running_timers
from tests.ui.conftest import QUICK, Desk


class Ear(QObject):
    """Hears what the bridge hands on."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self.batches: list[Batch] = []
        self.threads: set[QThread] = set()
        self.frames_at: list[int] = []
        self._frames = 0
        desk.window.parts.bridge.listen(self._on_frame)

    @Slot(object)
    def _on_frame(self, batch: Batch | None) -> None:
        self._frames += 1
        if batch is not None:
            self.batches.append(batch)
            self.threads.add(QThread.currentThread())
            self.frames_at.append(self._frames)


def test_one_batch_a_frame_in_the_gui_thread_and_nothing_is_lost(make_desk: type[Desk]) -> None:
    workers = tuple(Worker(f"W{i}", s, interval=0, limit=20_000) for i, s in enumerate(("event-poll", "flag")))
    desk = make_desk(workers)
    ear = Ear(desk)
    desk.window.parts.workers.start()
    desk.until_quiet()
    assert ear.threads == {QApplication.instance().thread()}
    assert len(set(ear.frames_at)) == len(ear.batches)
    for run in (1, 2):
        records = [record for batch in ear.batches for record in batch if record.run == run]
        lines = [record.text for record in records if record.kind == Kind.LINE]
        assert lines == [f"running… {i}" for i in range(1, 20_001)]
        instants = [record.instant for record in records]
        assert instants == sorted(instants)
    assert desk.window.parts.bridge.records == sum(map(len, ear.batches))


def test_more_in_flight_than_the_credit_is_never_seen(make_desk: type[Desk]) -> None:
    desk = make_desk((Worker("Fast", "flag", interval=0, limit=50_000),))
    ear = Ear(desk)
    desk.window.parts.workers.start()
    desk.until_quiet()
    most = desk.services.stream.in_flight
    # What was drained between two frames goes to the window as one: twice the credit at most, and some records beside it.
    assert max(map(len, ear.batches)) <= 2 * most + 10
    # All credit is back: as many lines can be written once more. A worker without credit would wait for ever.
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Completed"])
    desk.until_quiet()
    assert sum(map(len, ear.batches)) >= 2 * 50_000


def test_what_is_recorded_is_what_is_shown_each_record_once(make_desk: type[Desk]) -> None:
    """Batches are drained between two frames as well: the recorder and the window each get every one of them once."""
    desk = make_desk(tuple(Worker(f"Fast {n}", "flag", interval=0, limit=20_000) for n in range(4)))
    desk.window.parts.workers.start()
    desk.until_quiet()
    recorder = desk.services.recorder
    assert recorder is not None
    desk.until(lambda: not recorder.status().behind)
    assert recorder.status().committed == desk.window.parts.bridge.records
    with SessionReader(recorder.status().path, pytest.fail) as reader:  # type: ignore[arg-type]
        texts: dict[int, list[str]] = {}
        for line in reader.lines():
            if line.kind == Kind.LINE:
                texts.setdefault(int(line.name.worker[-1]), []).append(line.text)
    assert texts == {n: [f"running… {i}" for i in range(1, 20_001)] for n in range(4)}


def test_the_log_and_its_record_are_in_the_order_of_time(make_desk: type[Desk]) -> None:
    desk = make_desk(tuple(Worker(f"W{n}", "flag", interval=0, limit=5_000) for n in range(4)))
    desk.window.parts.workers.start()
    desk.until_quiet()
    recorder, store = desk.services.recorder, desk.window.parts.log.store
    desk.until(lambda: not recorder.status().behind)
    shown = store.records(0, store.end)
    on_time = [record.instant for record in shown if not record.late]
    assert on_time == sorted(on_time)
    assert len(shown) == desk.window.parts.bridge.records
    with SessionReader(recorder.status().path, pytest.fail) as reader:
        lines = list(reader.lines())
    assert [(line.text, line.late) for line in lines] == [(record.text, record.late) for record in shown]


def test_what_is_pressing_is_shown_a_frame_later_and_the_rest_two() -> None:
    def batch(lines: int, kind: Kind = Kind.LINE) -> Batch:
        made = Batch()
        made.add(1, RunName("One", 1), array("q", range(lines)), bytes([kind]) * lines, ["x"] * lines)
        return made

    assert pace([], 16_000) == 2 * FRAME
    assert pace([batch(1_000), batch(2_999)], 16_000) == 2 * FRAME
    assert pace([batch(1_000), batch(3_000)], 16_000) == FRAME
    assert pace([batch(1), batch(1, Kind.STATE)], 16_000) == FRAME


def test_nothing_ticks_while_nothing_runs(desk: Desk) -> None:
    desk.until(lambda: not running_timers(desk.window))
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    assert running_timers(desk.window.parts.bridge)
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    # The last lines are still on their way to the disk; then nothing ticks any more.
    desk.until(lambda: not running_timers(desk.window))


def test_garbage_is_collected_on_the_gui_thread_only(desk: Desk) -> None:
    assert not gc.isenabled()
    threads: set[threading.Thread] = set()

    def note(phase: str, _info: dict[str, int]) -> None:
        threads.add(threading.current_thread())

    gc.callbacks.append(note)
    try:
        desk.window.parts.workers.editing.replace_all(replace(worker, interval=0) for worker in QUICK)
        desk.window.parts.workers.start()
        desk.until(lambda: desk.window.parts.bridge.records > 60_000, timeout=30_000)
        gc.collect()
    finally:
        gc.callbacks.remove(note)
    assert threads == {threading.main_thread()}


def test_the_first_collection_leaves_alone_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(gc, "collect", lambda generation: done.append(f"collect {generation}"))
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 0, 0))
    collector = GarbageCollector()
    try:
        collector.collect_if_due()
        collector.freeze()
        collector.collect_if_due()
        collector.collect_if_due()
    finally:
        collector.restore()
    assert done == ["collect 0", "freeze", "collect 0"]


def test_the_collection_is_given_back(make_desk: type[Desk]) -> None:
    desk = make_desk()
    desk.services.garbage.restore()
    assert gc.isenabled()


class Emitter(QObject):
    """Emits what it is told to."""

    told = Signal(object)


def test_a_hundred_thousand_emits_and_texts_survive(qapp: QApplication) -> None:
    """PySide6 6.12.0 below Python 3.12 aborts the process after about 570 of them."""
    emitter, label, heard = Emitter(), QLabel(), []
    emitter.told.connect(heard.append)
    for number in range(100_000):
        emitter.told.emit(number)
        label.setText("running… 1")
    assert len(heard) == 100_000
    label.deleteLater()


@given(st.lists(st.integers(0, 100_000_000), min_size=1, max_size=50))
def test_the_lag_is_how_late_the_timer_fires(gaps: list[int]) -> None:
    meter = LagMeter()
    now = 1_000
    meter.fired(now)
    assert meter.summary() is None
    for gap in gaps:
        now += gap
        meter.fired(now)
    late = sorted(max(0, gap - FRAME) for gap in gaps)
    summary = meter.summary()
    assert summary is not None
    assert (summary.p50, summary.p99, summary.most) == (percentile(late, 0.5), percentile(late, 0.99), late[-1])


def test_the_lag_forgets_old_frames_and_starts_anew() -> None:
    meter = LagMeter()
    meter.fired(0)
    meter.fired(10 * FRAME)
    for frame in range(FRAMES_KEPT):
        meter.fired((11 + frame) * FRAME)
    assert meter.summary().most == 0  # type: ignore[union-attr]
    meter.restart()
    assert meter.summary() is None
