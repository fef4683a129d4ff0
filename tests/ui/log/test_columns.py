"""The columns of the log: one entry each, and events and hostile payloads as their texts show them."""

import json
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.core.batch import LINES, Kind, Record
from app.core.events import Event, Failed, Released, Running, Started, encode
from app.session.record_words import event_words
from app.ui.display_text import LONGEST_SHOWN, visible
from app.ui.log import columns
from app.ui.log.columns import COLUMNS, MARKS, Column, shown_text
from tests.ui.log.conftest import CTRL, SHIFT, TEXT, TITLES, Log, batch, numbers

EVENTS: tuple[Event, ...] = (
    Started("event-poll", "sleep", 0.05),
    Running(3, 4711),
    Released(5_000_000),
    Failed("ValueError: no", "Traceback\n  there"),
)
# What a file or a pipe may hold where an event is expected.
PAYLOADS = [
    "",
    "not json",
    "null",
    "[]",
    "{}",
    '{"event": "running"}',
    '{"event": "running", "started": 1, "native_id": "\\u202e<b>"}',
    '{"event": "running", "started": 1, "native_id": 1e999}',
    '{"event": 7, "native_id": 1}',
    '{"event": ["running"]}',
    "[" * 100_000,
    '{"event": "running", "started": 1, "native_id": ' + "9" * 10_000 + "}",
    "\ud800\x1b[31m{",
]


def header(log: Log) -> list[str]:
    """The titles that the view's header shows, of the columns that are not hidden."""
    model = log.view.model()
    places = [place for place in range(model.columnCount()) if not log.view.isColumnHidden(place)]
    return [model.headerData(place, Qt.Orientation.Horizontal) for place in places]


def menu(log: Log) -> dict[str, tuple[bool, bool]]:
    """What the menu of the columns offers: whether each is shown, and whether that can be changed."""
    return {action.text(): (action.isChecked(), action.isEnabled()) for action in log.actions.columns.actions()}


def test_a_column_is_one_entry(make_log: Callable[..., Log], monkeypatch: pytest.MonkeyPatch) -> None:
    kind = Column(
        "Kind",
        lambda row: Kind(row.record.kind).word,
        "actions ",
        is_right_aligned=True,
        is_hidden_at_first=True,
        can_be_hidden=True,
    )
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS[:2], kind, *COLUMNS[2:]))
    log = make_log()
    log.write(batch(["a", "b"]), batch(["c"], kind=Kind.NOTE))
    # Hidden at first, as the entry says; the menu shows it.
    assert "Kind" not in header(log)
    assert menu(log)["Kind"] == (False, True)
    next(action for action in log.actions.columns.actions() if action.text() == "Kind").trigger()
    assert header(log) == ["Time", "Kind", "Worker", "Run", "Text"]
    assert log.rows(2) == [Kind.LINE.word] * 2 + [Kind.NOTE.word]
    assert log.rows(TEXT + 1) == ["a", "b", f"{MARKS[Kind.NOTE]}c"]
    assert log.view.model().item(0, 2).textAlignment() & Qt.AlignmentFlag.AlignRight
    assert log.view.columnWidth(2) >= log.view.fontMetrics().horizontalAdvance("actions ")
    log.key(Qt.Key.Key_A, CTRL)
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    cells = [line.split("\t")[1] for line in QGuiApplication.clipboard().text().split("\n")]
    assert cells == log.rows(2)
    # The settings name it by its title.
    assert log.panel.hidden_columns() == ("Line", "Wall clock", "Delta", "Source")
    log.actions.show_hidden(("Kind", "Text"))
    assert log.panel.hidden_columns() == ("Kind",)  # a text cannot be hidden


def test_the_menu_offers_every_column_and_hides_all_but_the_text(log: Log) -> None:
    assert list(menu(log)) == [column.title for column in COLUMNS]
    assert [title for title, (_, enabled) in menu(log).items() if not enabled] == ["Text"]
    hidden = tuple(column.title for column in COLUMNS if column.is_hidden_at_first)
    assert log.panel.hidden_columns() == hidden == ("Line", "Wall clock", "Delta", "Source")


def test_where_a_line_comes_from_is_said_coloured_and_filtered(log: Log) -> None:
    kinds = sorted(LINES)
    log.write(*(batch([kind.name], kind=kind) for kind in kinds))
    # In words, too: colour alone would tell nothing to some.
    assert log.rows() == ["LINE", *(f"{kind.source}: {kind.name}" for kind in kinds[1:])]
    log.actions.show_hidden(())
    assert log.rows(TITLES.index("Source")) == [kind.source for kind in kinds]
    model = log.view.model()
    colours = [model.item(row, TEXT).foreground().color().name() for row in range(len(kinds))]
    assert len(set(colours[:4])) == 4
    for chosen, names in {
        "stderr": ["STDERR"],
        "warnings": ["LOG_WARNING", "LOG_ERROR", "LOG_CRITICAL"],
        "logging": [kind.name for kind in kinds[2:]],
        "lines": [kind.name for kind in kinds],
    }.items():
        log.find("", only=True)
        log.area.search.kind.setCurrentText(chosen)
        log.until_found()
        assert [text.rpartition(" ")[2] for text in log.rows()] == names


def test_the_line_numbers_are_those_that_one_can_go_to(log: Log) -> None:
    log.write(batch([*numbers(1, 1_200), "an apple"]))
    log.actions.columns.actions()[0].trigger()
    assert header(log)[0] == "Line"
    assert log.rows(0)[-1] == "1,200"
    log.panel.choose(1_004)
    log.key(Qt.Key.Key_C, CTRL | SHIFT)
    cells = QGuiApplication.clipboard().text().split("\t")
    assert (cells[0], cells[-1]) == ("1,004", "running… 1005")
    # Those of the hits alone have not become fewer.
    log.find("apple", only=True)
    assert log.rows(0) == ["1,200"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_shown_in_words_and_a_line_never_is(log: Log, event: Event) -> None:
    kind, text = encode(event)
    log.panel.show_all_events(True)
    log.write(batch([text], kind=kind), batch([text]))
    assert log.rows() == [MARKS[kind] + visible(event_words(event)), visible(text)]


@pytest.mark.parametrize("kind", [Kind.STATE, Kind.CHAIN, Kind.ERROR])
def test_hostile_payloads_are_shown_as_they_are(log: Log, kind: Kind) -> None:
    log.write(batch(PAYLOADS, kind=kind))
    assert log.rows() == [MARKS[kind] + visible(text) for text in PAYLOADS]
    assert all(text.isprintable() for text in log.rows())


def test_an_event_is_copied_and_announced_in_words(log: Log, announced: list[str]) -> None:
    kind, text = encode(EVENTS[2])
    log.write(batch([text], kind=kind))
    log.key(Qt.Key.Key_A, CTRL)
    log.key(Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == event_words(EVENTS[2])
    log.find("releas")
    announced.clear()
    log.key(Qt.Key.Key_F3)
    assert announced == [f"1 of 1: {event_words(EVENTS[2])}"]


def test_an_event_of_another_kind_is_shown_as_it_is() -> None:
    _, text = encode(Running(1, 2))
    assert shown_text(Record(0, 1, Kind.ERROR, text)) == MARKS[Kind.ERROR] + text
    assert json.loads(text)["event"] == "running"


def test_a_long_traceback_is_clipped_as_a_sentence(log: Log) -> None:
    kind, text = encode(Failed("x" * 10_000, ""))
    log.write(batch([text], kind=kind))
    assert log.rows() == [MARKS[kind] + "x" * LONGEST_SHOWN + "…"]
