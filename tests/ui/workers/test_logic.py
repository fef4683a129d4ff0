"""How a row reads: one column of plain words for what its run does and how it ended; no window."""

from dataclasses import replace

import pytest

from app.core.batch import RunName
from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.events import Failed, Hosted
from app.core.fold import RunSnapshot
from app.core.interpreter import python_version
from app.core.latency import StopChain
from app.core.own_code.description import OWN_CODE
from app.core.own_code.notice_watch import unknown_notice
from app.core.states import Outcome
from app.core.worker import PROCESS, WINDOW, Worker
from app.ui.details.logic import run_facts
from app.ui.run_words import NOT_STARTED
from app.ui.workers.consent import find_risks
from app.ui.workers.logic import can_kill, cells, label, look, possible, state_text, tooltip
from app.ui.workers.rows import TITLES, Column, Row

SECOND = 1_000_000_000
ASKED = StopChain(requested=0)
ERROR = (Failed("boom", "Traceback (most recent call last):\n  …\nValueError: boom\n"),)


def row(**facts: object) -> Row:
    """Return a row whose last run is as described."""
    return Row(Worker("A", "flag"), 1, RunSnapshot(1, RunName("A", 1), **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "now", "text", "icon"),
    [
        (Row(Worker("A", "flag")), 0, "Ready", "ready"),
        (Row(Worker("A", "flag"), 1), 0, "Starting…", "starting"),
        (row(running=1), 0, "Running", "running"),
        (row(running=1, chain=ASKED), 1.24 * SECOND, "Stopping 1.2 s", "stopping"),
        (row(running=1, chain=ASKED, was_stuck=True), 8.9 * SECOND, "Stuck 8 s", "stuck"),
        (row(running=1, chain=ASKED, was_stuck=True), 150 * SECOND, "Stuck 2 min 30 s", "stuck"),
        (row(chain=ASKED, outcome=Outcome.INTERRUPTED), 0, "Stopped", "ended"),
        (row(chain=ASKED, outcome=Outcome.INTERRUPTED, was_stuck=True), 0, "Stopped (was stuck)", "ended"),
        (row(outcome=Outcome.INTERRUPTED), 0, NOT_STARTED, "ended"),
        (row(outcome=Outcome.COMPLETED), 0, "Completed", "ended"),
        (row(outcome=Outcome.FAILED, failures=ERROR), 0, "Failed: ValueError: boom", "failed"),
        (row(chain=ASKED, outcome=Outcome.RELEASED, was_stuck=True), 0, "Never stopped (released)", "stuck"),
        (row(chain=ASKED, outcome=Outcome.KILLED, was_stuck=True), 0, "Killed (was stuck)", "stuck"),
        (row(outcome=Outcome.KILLED), 0, "Killed", "stuck"),
    ],
)
def test_one_column_says_what_a_run_does_and_how_it_ended(shown: Row, now: int, text: str, icon: str) -> None:
    assert state_text(shown, int(now)) == text
    assert look(shown) == icon
    texts = cells(shown, Catalogue(), int(now))
    assert len(texts) == len(TITLES)
    assert texts[Column.STATE] == text


def test_a_worker_that_lives_in_a_process_says_so() -> None:
    worker = Worker("A", "flag", "native", engine=PROCESS, interpreter="/p")
    shown = Row(worker, 1, RunSnapshot(1, RunName("A", 1), worker=worker, native_id=5))
    assert "A #1, native id 5, in a process of its own (/p)" in tooltip(shown)
    assert "Runs in a process of its own (/p)" in run_facts(shown.snapshot, 0)
    assert cells(shown, Catalogue(), 0)[Column.RUNS_IN] == "Process, p"
    shown.sample(replace(shown.snapshot, host=Hosted(7, "3.13.1t")), 0)
    assert "in a process of its own: 7, Python 3.13.1t (/p)" in tooltip(shown)
    assert cells(shown, Catalogue(), 0)[Column.RUNS_IN] == "Process, 3.13.1t"
    # The next run is to have another Python, and this program's own is known.
    shown.worker = replace(worker, interpreter=None)
    assert cells(shown, Catalogue(), 0)[Column.RUNS_IN] == f"Process, {python_version()}"
    shown.worker = replace(worker, engine=WINDOW, interpreter=None)
    assert cells(shown, Catalogue(), 0)[Column.RUNS_IN] == "This window"
    shown.worker = worker
    # What would stop the window stops its own process, and can be killed.
    assert find_risks([worker], Catalogue()) == ()
    assert find_risks([replace(worker, engine=WINDOW, interpreter=None)], Catalogue()) != ()
    assert can_kill(shown)
    assert not can_kill(Row(worker))
    assert possible([shown], [0], Abilities(let_go=True, in_flight=1)).kill


@pytest.mark.parametrize(
    ("count", "whole", "brief"),
    [
        (None, "&Stop", "&Stop"),
        (0, "&Stop", "&Stop"),
        (1, "&Stop 1 worker", "&Stop 1 worker"),
        (99, "&Stop 99 workers", "&Stop 99 workers"),
        (1_200, "&Stop 1,200 workers", "&Stop 1,200"),
    ],
)
def test_start_and_stop_say_how_many_they_mean(count: int | None, whole: str, brief: str) -> None:
    assert (label("&Stop", count), label("&Stop", count, brief=True)) == (whole, brief)


def test_of_the_selected_those_are_counted_that_it_can_be_done_with() -> None:
    rows = [row(running=1), row(running=1, chain=ASKED), Row(Worker("B", "flag")), row(outcome=Outcome.COMPLETED)]
    can = Abilities(let_go=True, in_flight=1)
    everything = possible(rows, [0, 1, 2, 3], can)
    assert (everything.starts, everything.stops) == (2, 1)
    none = possible(rows, [], can)
    assert (none.starts, none.stops, none.start, none.stop) == (None, None, True, True)
    stopping = possible(rows, [1], can)
    assert (stopping.starts, stopping.stops, stopping.start, stopping.stop) == (0, 0, False, False)


def test_details_say_why_it_is_not_known_when_own_code_noticed() -> None:
    stopped = RunSnapshot(
        1, RunName("A", 1), strategy=OWN_CODE, outcome=Outcome.INTERRUPTED, chain=ASKED, host=Hosted(7, "3.11.7")
    )
    assert f"Stop latency: not known; {unknown_notice('3.11.7')}" in run_facts(stopped, 0)
    assert f"Stop latency: not known; {unknown_notice('')}" in run_facts(replace(stopped, host=None), 0)
