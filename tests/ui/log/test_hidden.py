"""A stop is one row: which events of a run are hidden, and where, against plain lists and in the window's log."""

import contextlib
import sqlite3
from array import array
from collections.abc import Callable, Collection, Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from app.core.batch import Batch
from app.core.errors import BadInput
from app.core.events import (
    Ended,
    Event,
    Failed,
    HeldBack,
    Noticed,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    decode,
    encode,
    events_of,
)
from app.core.latency import StopChain
from app.core.states import Outcome
from app.documents.settings import load_settings
from app.session.archive import Archive
from app.session.folder import new_writer
from app.session.record_words import record_words
from app.session.search.hits import Hits
from app.session.segments import Segment
from app.ui.log import store as store_module
from app.ui.log.actions import check_shown
from app.ui.log.hidden import HiddenEvents
from app.ui.log.shown import AllLines, FoundLines, HitLines, VisibleLines
from app.ui.log.store import LogStore
from tests.session.test_time_order import PARTS, Arrived, drained
from tests.ui.conftest import Desk
from tests.ui.log.conftest import CTRL, ORIGIN, STARTED, TEXT, Log, batch, numbers
from tests.ui.log.line_list import LineList
from tests.ui.log.test_found import hits_of

LINES = st.integers(0, 60)
MS = 1_000_000
STARTING, RUNNING = Started("flag", "none", 0.5), Running(0, 7)
ASKED, HELD, SHOWN = StopRequested(clicked=0), HeldBack(((0, MS),)), Shown(0, MS)
SLOW, STUCK, NOTICED, RELEASED = SlowToNotice(MS, None, ()), Stuck(MS, None, ()), Noticed(MS), Released(MS)
FAILED = Failed("ValueError: no")


def ended(outcome: Outcome = Outcome.INTERRUPTED, *, asked: bool = True) -> Ended:
    chain = StopChain(0, 0, 443 * MS, None, 450 * MS) if asked else StopChain(None, None, None, None, MS)
    return Ended(outcome, chain, 3, False, None, None, (0, 505 * MS) if asked else None, 0, "flag", "none", 0.5)


def happened(*events: Event, run: int = 1, start: int | None = None) -> Batch:
    """Return a batch of what happened to a run, a millisecond apart."""
    made = batch([encode(event)[1] for event in events], run, start)
    made.kinds[:] = bytes(encode(event)[0] for event in events)
    return made


# -- which ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ((STARTING, RUNNING, HELD), ()),
        ((STARTING, RUNNING, ASKED), (ASKED,)),
        ((STARTING, RUNNING, ASKED, NOTICED), (NOTICED,)),
        ((STARTING, RUNNING, ASKED, ended(), SHOWN), (ended(),)),
        ((ASKED, NOTICED, HELD, ended(), SHOWN), (ended(),)),
        ((ASKED, SLOW), (SLOW,)),
        ((ASKED, SLOW, STUCK), (STUCK,)),
        ((ASKED, STUCK, RELEASED), (STUCK, RELEASED)),
        ((ASKED, STUCK, RELEASED, ended(Outcome.RELEASED)), (ended(Outcome.RELEASED),)),
        ((RUNNING, ended(Outcome.COMPLETED, asked=False), SHOWN), (ended(Outcome.COMPLETED, asked=False),)),
        ((RUNNING, FAILED, ended(Outcome.FAILED, asked=False), SHOWN), (FAILED,)),
        ((RUNNING, ASKED, FAILED, ended(Outcome.FAILED), SHOWN), (FAILED, ended(Outcome.FAILED))),
        # Without a word about why, it is the end that says that it failed.
        ((RUNNING, ended(Outcome.FAILED, asked=False)), (ended(Outcome.FAILED, asked=False),)),
    ],
)
def test_of_a_run_one_row_tells_of_its_stop(events: Sequence[Event], shown: Sequence[Event]) -> None:
    store = LogStore()
    for event in events:
        # Another run that is asked to stop at the same time hides nothing of this one.
        store.append(happened(event))
        store.append(happened(ASKED, run=2))
    visible = VisibleLines(AllLines(0, store.end), store.hidden.lines, 0, store.end)
    records = [store.record(line) for line in visible.lines(0, store.end)]
    assert [(r.kind, r.text) for r in records if r and r.run == 1] == [encode(event) for event in shown]
    assert len([r for r in records if r and r.run == 2]) == 1


# -- where ----------------------------------------------------------------------------------------------------------


@given(st.lists(LINES, unique=True).map(sorted), st.none() | st.sets(LINES), LINES, LINES, LINES, st.integers(-2, 60))
def test_rows_are_those_of_a_plain_list(
    hidden: list[int], hits: set[int] | None, first: int, end: int, line: int, position: int
) -> None:
    everything = AllLines(first, end) if hits is None else HitLines(hits_of(hits), first, end)
    among = range(first, end) if hits is None else sorted(hit for hit in hits if first <= hit < end)
    hidden = [at for at in hidden if at in among or not first <= at < end]
    shown = VisibleLines(everything, array("q", hidden), first, end)
    plain = LineList([at for at in among if at not in hidden])
    assert shown.count() == plain.count()
    assert shown.place(line) == plain.place(line)
    assert shown.lines(position, 7) == plain.lines(position, 7)
    for part in (shown, shown.frozen()):
        ranges = list(part.ranges(max(0, position), 60))
        assert [at for low, high in ranges for at in range(low, high)] == plain.lines(max(0, position), 60)
        assert all(low < high for low, high in ranges)


EVENTS = (None, None, HELD, ASKED, NOTICED, ended())


def replace_lines(batches: Sequence[Batch], choices: Sequence[int]) -> None:
    """Put events in the place of some lines."""
    places = [(one, index) for one in batches for index in range(len(one))]
    for number, (one, index) in enumerate(places):
        event = EVENTS[choices[number % len(choices)]]
        if event is not None:
            one.kinds[index], one.texts[index] = encode(event)


def hidden_of(batches: Sequence[Batch], damaged: Collection[int]) -> list[int]:
    """Return the arrival numbers of what is to be hidden, where some batches cannot be read."""
    hidden: list[int] = []
    waiting: dict[int, int] = {}
    first = 0
    for number, one in enumerate(batches):
        for index, run, event in () if number in damaged else events_of(one):
            if event == HELD:
                hidden.append(first + index)
                continue
            hidden += [waiting.pop(run)] if run in waiting else []
            if not isinstance(event, Ended):
                waiting[run] = first + index
        first += len(one)
    return hidden


def line_numbers(batches: Sequence[Batch], arrived: Sequence[int], damaged: Collection[int]) -> list[int]:
    """Return the line numbers of some arrival numbers; what cannot be read stands where it arrived."""
    everything = Arrived(batches)
    for number in damaged:
        span = everything.found[number]
        # Of the first, nothing arrived before it: so it stands in front of everything.
        everything.by_span[span] = array("q", [span.before if number else 0]) * len(batches[number])
    places = {number: place for place, (_, number) in enumerate(everything.sorted())}
    return sorted(places[number] for number in arrived)


def test_what_is_hidden_is_known_by_its_line_number_however_late_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "CHUNK", 16)

    @settings(max_examples=40)
    @given(PARTS, st.lists(st.integers(0, len(EVENTS) - 1), min_size=1, max_size=40), st.integers(1, 30), st.data())
    def check(parts: list[list[tuple[int, int]]], choices: list[int], most: int, data: st.DataObject) -> None:
        batches = drained(parts)
        replace_lines(batches, choices)
        with contextlib.ExitStack() as ending:
            writer = new_writer(tmp_path, STARTED, ORIGIN)
            ending.callback(writer.discard)
            store = LogStore(Archive(pytest.fail), most)
            ending.callback(store.close)
            for one in batches:
                store.append(one)
                writer.write(one)
                if data.draw(st.booleans()):
                    store.recorded((Segment(0, writer.path),), writer.records)
            assert list(store.hidden.lines) == line_numbers(batches, hidden_of(batches, ()), ())
            # The same of a session that is read from its file, where some batches are damaged.
            damaged = data.draw(st.sets(st.integers(0, len(batches) - 1)))
            firsts = list(accumulate(map(len, batches), initial=0))
            with contextlib.closing(sqlite3.connect(writer.path, isolation_level=None)) as connection:
                for number in damaged:
                    connection.execute("UPDATE batch SET texts = x'00' WHERE first = ?", (firsts[number],))
            again = LogStore(Archive([].append))
            ending.callback(again.close)
            again.show_recorded((Segment(0, writer.path),), writer.records)
            again.look_for_hidden((one, firsts[n]) for n, one in enumerate(batches) if n not in damaged)
            wanted = line_numbers(batches, hidden_of(batches, damaged), damaged)
            assert list(again.hidden.lines) == wanted
            for line in wanted:
                record = again.record(line)
                assert record is not None
                assert isinstance(decode(record.kind, record.text), HeldBack | StopRequested | Noticed)

    check()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9), st.booleans()), max_size=12), st.booleans())
def test_of_what_was_found_the_hidden_is_known(parts: list[tuple[bool, int, bool]], all_events: bool) -> None:
    events = HiddenEvents(lambda _key, _first: pytest.fail("nothing came late"))
    found, hits = FoundLines(events), Hits()
    end = 0
    for is_event, count, is_searched in parts:
        events.append(end, happened(*[HELD] * count) if is_event else batch(numbers(1, count)))
        end += count
        if is_searched and hits.searched < end:
            # Every second line is a hit.
            first, many = hits.searched, end - hits.searched
            bits = sum(1 << (many - 1 - at) for at in range(many) if (first + at) % 2)
            chunk = first, many, (bits << -many % 8).to_bytes((many + 7) // 8, "big")
            found.add(*chunk)
            hits.add(*chunk)
        shown = found.shown(0, end, all_events=all_events)
        plain = [line for line in range(hits.searched) if line % 2 and (all_events or line not in events.lines)]
        assert shown.lines(0, end) == plain
        assert found.count_hidden(0, end) == hits.place(hits.searched) - len(plain) or all_events


# -- in the log -----------------------------------------------------------------------------------------------------


def rows(log: Log) -> list[str]:
    """What the rows say, without the sign before an event."""
    return [text.removeprefix("▪ ") for text in log.rows()]


def run_with_a_stop(log: Log) -> None:
    """Have a run start, write three lines, be asked to stop, and stop."""
    log.write(happened(STARTING, RUNNING), batch(numbers(1, 3)), happened(ASKED, start=5 * MS))


STOPPED = record_words(*encode(ended()))
ASKED_WORDS = record_words(*encode(ASKED))


def test_a_stop_is_one_row_and_all_events_are_a_choice(log: Log) -> None:
    run_with_a_stop(log)
    assert rows(log) == [*numbers(1, 3), ASKED_WORDS]
    log.write(happened(ended(), SHOWN))
    assert rows(log) == [*numbers(1, 3), STOPPED]
    assert STOPPED == "stopped: noticed 443 ms after Stop (predicted within 505 ms)"
    log.actions.all_events.trigger()
    assert [text.partition(":")[0] for text in rows(log)] == [
        "starting", "running", *numbers(1, 3), "stopping", "stopped", "shown",
    ]  # fmt: skip
    log.actions.all_events.trigger()
    assert rows(log) == [*numbers(1, 3), STOPPED]


def test_numbers_positions_and_keys_pass_over_what_is_hidden(log: Log) -> None:
    run_with_a_stop(log)
    log.write(happened(ended(), SHOWN), batch(numbers(4, 200)))
    assert log.bar.maximum() + log.bar.pageStep() == 201
    log.actions.show_hidden(("Wall clock", "Delta"))
    log.key(Qt.Key.Key_Home)
    assert log.rows(0)[:5] == ["2", "3", "4", "6", "8"]
    log.key(Qt.Key.Key_Down)
    log.key(Qt.Key.Key_Down)
    log.key(Qt.Key.Key_Down)
    assert log.panel.line == 6
    assert log.page_through() == [*numbers(1, 3), f"▪ {STOPPED}", *numbers(4, 200)]
    log.key(Qt.Key.Key_A, CTRL)
    assert len(log.selected()) == 201
    # What was not seen to be selected is not, when it comes to be shown.
    log.actions.all_events.trigger()
    assert len(log.selected()) == 201
    assert 5 not in log.selected()


def test_go_to_a_hidden_line_says_which_are_near(log: Log) -> None:
    run_with_a_stop(log)
    with pytest.raises(BadInput, match=r"Line 1 is hidden. The nearest lines shown: 2\.$"):
        check_shown(1, log.panel.shown())
    log.panel.show_all_events(True)
    check_shown(1, log.panel.shown())


def test_find_passes_over_what_is_hidden_and_says_so(log: Log) -> None:
    run_with_a_stop(log)
    log.write(happened(ended(), SHOWN), happened(STARTING, RUNNING, run=2), batch(["starting again"], run=2))
    log.find("starting")
    assert log.count == "1 of 1 · 2 in hidden events"
    assert log.panel.line == 10
    log.key(Qt.Key.Key_F3)
    assert log.panel.line == 10
    log.area.search.only_hits.setChecked(True)
    assert rows(log) == ["starting again"]
    # A request that is a hit is hidden when the run has ended, and what comes is hidden at once.
    log.find("st", only=True)
    assert rows(log) == [STOPPED, "starting again"]
    log.actions.all_events.trigger()
    assert [text.partition(":")[0] for text in rows(log)] == [
        "starting", "stopping", "stopped", "starting", "starting again",
    ]  # fmt: skip
    assert "hidden" not in log.count
    log.actions.all_events.trigger()
    log.write(happened(ASKED, run=2))
    log.until(lambda: rows(log) == [STOPPED, "starting again", ASKED_WORDS])
    log.write(happened(ended(), HELD, run=2))
    log.until(lambda: rows(log) == [STOPPED, "starting again", STOPPED])


def test_a_paused_view_loses_no_row(log: Log) -> None:
    run_with_a_stop(log)
    log.actions.pause.trigger()
    log.write(happened(ended(), SHOWN))
    assert rows(log) == [*numbers(1, 3), ASKED_WORDS]
    log.actions.pause.trigger()
    assert rows(log) == [*numbers(1, 3), STOPPED]


def test_cleared_lines_come_back_without_what_is_hidden(log: Log) -> None:
    run_with_a_stop(log)
    log.actions.clear.trigger()
    assert rows(log) == []
    log.write(happened(ended(), SHOWN), batch(["x"]))
    assert rows(log) == [STOPPED, "x"]
    log.actions.show_cleared.trigger()
    assert rows(log) == [*numbers(1, 3), STOPPED, "x"]


def test_the_row_that_is_chosen_gives_its_place_to_the_next_of_its_stop(log: Log) -> None:
    run_with_a_stop(log)
    log.key(Qt.Key.Key_End)
    chosen: list[int] = []
    log.panel.chosen.connect(chosen.append)
    assert log.selected() == [5]
    log.write(batch(["x"], start=6 * MS), happened(NOTICED, ended(), SHOWN))
    assert (log.selected(), chosen) == ([8], [8])
    # A line stays chosen, as does the row where all events are shown.
    log.key(Qt.Key.Key_Up)
    log.write(happened(ASKED, run=2))
    log.write(happened(ended(), run=2))
    assert log.selected() == [6]
    log.actions.all_events.trigger()
    log.write(happened(ASKED, run=3))
    log.key(Qt.Key.Key_End)
    log.write(happened(ended(), run=3))
    assert log.selected() == [12]


def test_what_is_hidden_is_not_counted_as_new(log: Log) -> None:
    log.write(batch(numbers(1, 200)))
    log.bar.setValue(0)
    log.write(happened(STARTING, RUNNING, ASKED))
    assert log.panel.new_lines.text() == "↓ 1 new line"
    log.write(happened(ended(), SHOWN))
    assert log.panel.new_lines.text() == "↓ 1 new line"
    assert log.rows()[0] == "running… 1"


def test_a_saved_log_has_all_lines_or_those_that_are_shown(log: Log, tmp_path: Path) -> None:
    run_with_a_stop(log)
    log.write(happened(ended(), SHOWN))
    lengths = {}
    for what in ("all", "shown"):
        with log.qtbot.waitSignal(log.saver.done):
            log.saver.start(what, tmp_path / what, "jsonl")
        lengths[what] = len((tmp_path / what).read_text("utf-8").splitlines())
    assert lengths == {"all": 8, "shown": 4}


def test_rows_are_copied_as_they_are_shown(log: Log) -> None:
    run_with_a_stop(log)
    log.write(happened(ended(), SHOWN))
    log.key(Qt.Key.Key_A, CTRL)
    log.actions.copy.trigger()
    assert log.said[-1] == "Copied 4 lines."
    assert log.rows(TEXT)[-1] == f"▪ {STOPPED}"


# -- in the window --------------------------------------------------------------------------------------------------


def test_a_session_of_before_shows_one_row_a_stop(desk: Desk, tmp_path: Path) -> None:
    writer = new_writer(tmp_path / "old", STARTED, ORIGIN)
    for made in (happened(STARTING, RUNNING), batch(numbers(1, 3)), happened(ASKED, ended(), SHOWN, start=5 * MS)):
        writer.write(made)
    writer.finish(STARTED.isoformat())
    desk.window.parts.sessions.open(writer.path)
    (window,) = desk.window.parts.sessions.windows
    model = window.log.view.model()

    def texts() -> list[str]:
        return [model.data(model.index(row, TEXT)) for row in range(model.rowCount())]

    desk.until(lambda: texts() == [*numbers(1, 3), f"▪ {STOPPED}"])
    window.actions_.all_events.trigger()
    assert len(texts()) == 8
    window.close()


def test_the_choice_is_in_two_menus_and_is_kept(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    actions, action = desk.window.parts.actions, desk.window.parts.log_actions.all_events
    assert action in actions.view_menu.actions()
    assert action in actions.log_menu.actions()
    action.trigger()
    assert desk.window.parts.settings_saver.is_waiting()
    desk.window.parts.settings_saver.save()
    kept, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert (problem, kept.layout.log_all_events) == ("", True)
    again = make_desk(layout=kept.layout).window
    assert again.parts.log.all_events
    assert again.parts.log_actions.all_events.isChecked()
    again.reset_layout()
    assert not again.parts.log.all_events
