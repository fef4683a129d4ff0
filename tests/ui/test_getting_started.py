"""The line above the workers: what to press, what was seen, and what it offers."""

from collections.abc import Callable

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome
from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS, Layout, load_settings
from app.ui.compare.window import CompareWindow
from app.ui.getting_started import LESSON, NO_WORKERS, PRESS_START, PRESS_STOP, STOPPING, seen
from app.ui.workers.rows import Row
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]
CATALOGUE = Catalogue()
CLICK = 1_000_000_000


def row(name: str, strategy: str, latency: int | None, *, clicked: int | None = CLICK, ended: bool = True) -> Row:
    """Return a row whose run was asked to stop and, if it has ended, noticed after ``latency`` ns, or never."""
    noticed = None if latency is None else CLICK + latency
    chain = StopChain(clicked, None if clicked is None else CLICK, noticed)
    outcome = Outcome.INTERRUPTED if ended else None
    snapshot = RunSnapshot(1, RunName(name, 1), strategy, chain=chain, outcome=outcome, running=1)
    return Row(Worker(name, strategy), 1, snapshot)


WAITS = row("Waits", "event-wait", 400_000)
POLLS = row("Polls", "event-poll", 443_000_000)
FLAG = row("Flag", "flag", 312_000_000)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], NO_WORKERS),
        ([Row(Worker("A", "flag"))], PRESS_START),
        ([row("A", "flag", None, clicked=None, ended=False), Row(Worker("B", "flag"))], PRESS_STOP),
        ([row("A", "flag", None, ended=False), FLAG], STOPPING.format(ended=1, asked=2)),
    ],
)
def test_it_says_what_to_press(rows: list[Row], sentence: str) -> None:
    said = seen(rows, CATALOGUE)
    assert (said.sentence, said.row, said.names) == (sentence, None, ())


def test_it_says_what_was_seen_the_first_to_notice_first_and_the_lesson() -> None:
    said = seen([POLLS, FLAG, WAITS], CATALOGUE)
    figures = "“Waits” noticed after 400 µs, “Flag” after 312 ms and “Polls” after 443 ms"
    assert said.sentence == f"You asked for a stop: {figures}. {LESSON}"
    assert (said.row, said.names) == (0, ("Waits", "Flag", "Polls"))


def test_the_lesson_is_said_only_where_the_stop_shows_it() -> None:
    """A poll may happen to come first, and what only polls or only waits teaches nothing."""
    lucky = row("Lucky", "flag", 100_000)
    for rows in ([POLLS, FLAG], [WAITS], [WAITS, lucky], [row("Deaf", "event-wait", None), POLLS]):
        assert LESSON not in seen(rows, CATALOGUE).sentence


def test_the_newest_click_counts_and_what_never_noticed_is_the_slowest() -> None:
    older = row("Older", "flag", 5, clicked=CLICK - 1)
    never = row("Never", "flag", None)
    said = seen([older, never, WAITS], CATALOGUE)
    assert said.sentence == "You asked for a stop: “Waits” noticed after 400 µs and “Never” never noticed."
    assert said.row == 1


def test_of_many_the_first_and_the_last_are_named() -> None:
    rows = [row(f"W{ms}", "flag", ms * 1_000_000) for ms in range(1, 31)]
    said = seen(rows, CATALOGUE)
    assert (
        said.sentence
        == "You asked for a stop: of 30 threads “W1” noticed after 1.00 ms first, “W30” noticed after 30.0 ms last."
    )


def test_the_first_minute(make_desk: MakeDesk) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    parts, line = desk.window.parts, desk.window.parts.getting_started
    assert (line.isVisible(), line.label.text()) == (True, PRESS_START)
    assert not line.why.isVisible()
    parts.actions.start.trigger()
    desk.until(lambda: line.label.text() == PRESS_STOP)
    parts.actions.stop.trigger()
    desk.until(line.why.isVisible)
    chains = [one.snapshot.chain for one in parts.workers.rows.rows if one.snapshot is not None]
    slowest = max(range(3), key=lambda index: chains[index].latency or 0)
    assert all(worker.name in line.label.text() for worker in DEFAULT_WORKERS)
    line.why.click()
    assert parts.details.isVisible()
    assert parts.details.currentWidget() is parts.details.stop
    assert parts.workers.table.current() == slowest
    line.race.click()
    window = parts.compare.window
    assert isinstance(window, CompareWindow)
    assert window.tabs.currentWidget() is window.race
    assert {worker.name for worker in window.race.racers.picked()} == {worker.name for worker in DEFAULT_WORKERS}


def test_dismissed_for_good_and_brought_back_by_help(make_desk: MakeDesk) -> None:
    desk = make_desk()
    line, saver = desk.window.parts.getting_started, desk.window.parts.settings_saver

    def kept() -> bool:
        saver.save()
        return load_settings(desk.services.settings_path, CATALOGUE)[0].layout.getting_started

    line.dismiss.click()
    assert not line.isVisible()
    assert not kept()
    desk.window.parts.help.getting_started.trigger()
    assert line.isVisible()
    assert kept()


def test_who_dismissed_it_does_not_see_it_again(make_desk: MakeDesk) -> None:
    desk = make_desk(layout=Layout(getting_started=False))
    assert not desk.window.parts.getting_started.isVisible()
