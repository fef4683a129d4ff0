"""Undo and Redo of edits, add, remove, duplicate, open: by the actions, in a whole window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS
from app.session.journal import Verdict
from app.ui.workers.changes import Arranged, Edited, names_words
from app.ui.workers.rows import Row, WorkerRows
from tests.ui.conftest import QUICK, Desk
from tests.ui.test_editing import example, names

MakeDesk = Callable[..., Desk]
PLAN = """\
version = 1
title = "Edits its worker"

[[worker]]
name = "Planned"
strategy = "flag"
interval = 0.25

[[step]]
title = "Slower"
do = "Set the interval to 0.75."
expect = "It is."
actions = [{ action = "set", worker = "Planned", field = "interval", value = 0.75 }]
"""
FOUR = tuple(Worker(name, "flag", interval=0.01) for name in "abcd")


@pytest.fixture
def four(make_desk: MakeDesk) -> Desk:
    """Return a window with the workers a, b, c and d."""
    return make_desk(FOUR)


def undo(desk: Desk) -> None:
    desk.window.parts.actions.undo.trigger()


def redo(desk: Desk) -> None:
    desk.window.parts.actions.redo.trigger()


def last_actions(desk: Desk, count: int) -> list[dict[str, Any]]:
    """Return the last entries of the journal, without their instants, once all that is recorded is in the log."""
    at = desk.window.parts.session.journal.note("all is recorded")
    desk.until(lambda: any(entry.get("id") == at for entry in desk.log_entries()))
    kept = [{k: v for k, v in entry.items() if k != "clicked_ns"} for entry in desk.log_entries() if "action" in entry]
    return kept[-count:]


def test_removed_rows_come_back_at_their_places_with_their_last_runs(four: Desk) -> None:
    actions, panel = four.window.parts.actions, four.window.parts.workers
    assert (actions.undo.isEnabled(), actions.undo.text()) == (False, "&Undo")
    panel.start()
    four.until(lambda: four.rows == ["Running"] * 4)
    panel.stop_all()
    four.until_quiet()
    before = [[four.cell(row, column) for column in range(9)] for row in range(4)]
    panel.table.select([0, 2])
    actions.remove.trigger()
    assert names(four) == ["b", "d"]
    assert actions.undo.text() == "&Undo remove 2 workers"
    undo(four)
    assert names(four) == ["a", "b", "c", "d"]
    assert [[four.cell(row, column) for column in range(9)] for row in range(4)] == before
    assert panel.table.selected() == [0, 2]
    assert (actions.undo.isEnabled(), actions.redo.text()) == (False, "&Redo remove 2 workers")
    redo(four)
    assert names(four) == ["b", "d"]
    assert last_actions(four, 3) == [
        {"action": "remove", "workers": ["a", "c"]},
        {"action": "add", "workers": ["a", "c"]},
        {"action": "remove", "workers": ["a", "c"]},
    ]
    # Their runs are followed as before.
    undo(four)
    panel.table.clearSelection()
    panel.start()
    four.until(lambda: four.rows == ["Running"] * 4)


def test_each_kind_of_change_is_undone_and_done_again(desk: Desk) -> None:
    panel, actions = desk.window.parts.workers, desk.window.parts.actions
    history: list[tuple[Worker, ...]] = [panel.rows.workers()]
    texts = []
    for change in (
        lambda: panel.editing.edit(0, "interval", "0.25"),
        lambda: panel.editing.edit(0, "name", "R&D"),
        actions.add.trigger,
        lambda: (panel.table.select([0, 1]), actions.duplicate.trigger()),
        lambda: (example(desk, "tutorial-event"), desk.answer("Add")),
        lambda: (example(desk, "tutorial-flag"), desk.answer("Replace")),
        lambda: (panel.table.selectAll(), actions.remove.trigger()),
        lambda: example(desk, "tutorial-event"),
    ):
        change()
        history.append(panel.rows.workers())
        texts.append(actions.undo.text().removeprefix("&Undo "))
    assert texts == [
        "edit Event",
        "edit Event",
        "add Worker",
        "duplicate 2 workers",
        "add Child",
        "replace 6 workers",
        f"remove {history[-3][0].name}",
        "open Child",
    ]
    for workers in history[-2::-1]:
        undo(desk)
        assert panel.rows.workers() == workers
    assert actions.redo.text() == "&Redo edit Event"
    for workers in history[1:]:
        redo(desk)
        assert panel.rows.workers() == workers
    assert not actions.redo.isEnabled()


def test_a_plan_that_replaces_workers_and_a_step_that_edits_one_are_undone(desk: Desk, tmp_path: Path) -> None:
    session, actions, rows = desk.window.parts.session, desk.window.parts.actions, desk.window.parts.workers.rows
    path = tmp_path / "edit.plan.toml"
    path.write_text(PLAN, "utf-8")
    session.plans.open_plan(path)
    desk.answer("Replace")
    assert names(desk) == ["Planned"]
    assert actions.undo.text() == "&Undo replace 2 workers"
    with desk.qtbot.waitSignal(session.plans.driver.finished):
        session.panel.steps.do.click()
    assert rows.workers()[0].interval == 0.75
    assert actions.undo.text() == "&Undo edit Planned"
    undo(desk)
    assert rows.workers()[0].interval == 0.25
    undo(desk)
    assert rows.workers() == QUICK
    assert not actions.undo.isEnabled()
    # The step has no worker to edit now: it says so, and changes nothing.
    with desk.qtbot.waitSignal(session.plans.driver.finished) as finished:
        session.panel.steps.do.click()
    assert finished.args[0].verdict is Verdict.BLOCKED
    assert rows.workers() == QUICK
    redo(desk)
    redo(desk)
    assert (names(desk), rows.workers()[0].interval) == (["Planned"], 0.75)


def test_opening_over_the_defaults_which_does_not_ask_loses_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    example(desk, "tutorial-event")
    assert names(desk) == ["Child"]
    undo(desk)
    assert desk.window.parts.workers.rows.workers() == DEFAULT_WORKERS
    (entry,) = last_actions(desk, 1)
    assert entry["action"] == "open-workers"
    assert [table["name"] for table in entry["workers"]] == [worker.name for worker in DEFAULT_WORKERS]


def test_an_undo_that_would_take_a_running_worker_away_is_refused(desk: Desk) -> None:
    panel, actions = desk.window.parts.workers, desk.window.parts.actions
    panel.table.select([1])
    actions.duplicate.trigger()
    panel.start()
    desk.until(lambda: desk.rows[2] == "Running")
    undo(desk)
    assert panel.problem.text() == "'Flag 2' is running; stop it before you undo this."
    assert names(desk) == ["Event", "Flag", "Flag 2"]
    assert actions.undo.isEnabled()
    panel.stop()
    desk.until_quiet()
    undo(desk)
    assert names(desk) == ["Event", "Flag"]
    assert not panel.problem.isVisible()


def test_an_edit_is_undone_while_its_worker_runs_for_the_next_run(desk: Desk) -> None:
    panel = desk.window.parts.workers
    panel.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    panel.editing.edit(0, "interval", "0.25")
    undo(desk)
    assert panel.rows.workers() == QUICK
    assert desk.rows == ["Running", "Running"]
    assert last_actions_while_running(desk)[-1] == {
        "action": "edit",
        "worker": "Event",
        "field": "interval",
        "text": "0.01",
    }


def last_actions_while_running(desk: Desk) -> list[dict[str, Any]]:
    """Return the journal's entries once the edit and its undo are among them."""
    desk.until(lambda: sum(entry.get("action") == "edit" for entry in desk.log_entries()) == 2)
    edits = (entry for entry in desk.log_entries() if entry.get("action") == "edit")
    return [{k: v for k, v in entry.items() if k != "clicked_ns"} for entry in edits]


def test_another_workload_takes_its_parameters_along_and_undo_brings_them_back() -> None:
    rows = WorkerRows((Worker("A", "flag", "blocking-call", parameters=(("seconds", 7.0),)),), Catalogue())
    row, before = rows.rows[0], rows.rows[0].worker
    rows.edit(0, "workload", "sleep")
    change = Edited("edit A", row, before, row.worker)
    # What was set since, by a plan for example, stays.
    rows.edit(0, "interval", "2")
    actions = change.apply(rows, undone=True)
    assert (row.worker.workload, row.worker.parameters, row.worker.interval) == ("blocking-call", before.parameters, 2)
    assert [(word, facts["field"], facts["text"]) for word, facts in actions] == [
        ("edit", "workload", "blocking-call"),
        ("edit", "parameters.seconds", "7"),
    ]
    assert [facts["field"] for _, facts in change.apply(rows, undone=False)] == ["workload"]


def test_one_worker_is_named_and_several_are_counted() -> None:
    rows = tuple(Row(worker) for worker in FOUR)
    assert (names_words(rows[:1]), names_words(rows)) == ("a", "4 workers")
    assert Arranged("", rows[:2], rows).touched(undone=False) == rows[2:]


def test_undoing_an_edit_leaves_the_selection_alone(four: Desk) -> None:
    panel = four.window.parts.workers
    panel.table.select([1, 3])
    panel.editing.edit(0, "interval", "0.25")
    undo(four)
    assert panel.table.selected() == [1, 3]
