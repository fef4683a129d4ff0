"""The session panel in the whole window: one record in one file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.core.events import StopRequested
from app.core.worker import Worker
from app.session.journal import Verdict, evidence_data, read_entry
from app.session.journal_reader import Judgement
from app.session.journal_reader import Step as JudgedStep
from app.session.reader import SessionReader
from app.session.record_words import event_words
from app.session.reports.race_chart import race_chart
from app.session.session_summary import read_summary
from app.session.unfinished import UnfinishedPlan, unfinished_plan
from app.ui.browser.saver import SavedBar
from app.ui.journal.logic import VERDICT_OF_ANOTHER_PLAN, marked
from app.ui.journal.plan_driver import PlanDriver
from app.ui.journal.session_controller import NOTHING_RECORDED
from tests.ui.conftest import Desk

PLAN = """
version = 1
title = "Short"

[[worker]]
name = "A"
strategy = "event-wait"
interval = 0.005

[[step]]
title = "Start it"
do = "Press Start."
expect = "It writes lines."
actions = [{ action = "start", workers = ["A"] }, { action = "wait", for = "lines", worker = "A", lines = 3, seconds = 20 }]
checks = [{ check = "lines_min", worker = "A", is = 3 }, { check = "line_matches", worker = "A", is = "^running… 2$" }]

[[step]]
title = "Stop it"
actions = [{ action = "set", worker = "A", field = "interval", value = 0.25 }, { action = "stop" }]
checks = [{ check = "outcome", worker = "A", is = "interrupted" }, { check = "lines_max", worker = "A", is = 1 }]

[[step]]
title = "Look at the row"
expect = "It says Ended."
"""


def entries(desk: Desk) -> list[dict[str, Any]]:
    """Return what the session's file has of the journal by now."""
    recorder = desk.services.recorder
    assert recorder is not None
    desk.until_quiet()
    desk.until(lambda: not recorder.status().behind)
    path = recorder.status().path
    if path is None:
        return []
    with SessionReader(path, pytest.fail) as reader:  # type: ignore[arg-type]
        read = [read_entry(line.kind, line.text) for line in reader.lines()]
    return [entry for entry in read if entry is not None]


def words(desk: Desk) -> list[str]:
    return [entry["action"] for entry in entries(desk) if "action" in entry]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "short.plan.toml"
    path.write_text(PLAN, "utf-8")
    return path


def open_plan(desk: Desk, path: Path, answer: str = "Replace") -> None:
    """Open a plan in a window with workers of the person's own."""
    desk.window.parts.session.plans.open_plan(path)
    assert desk.question().startswith("Replace ")
    desk.answer(answer)


def test_a_session_in_which_nothing_was_done_leaves_no_file(desk: Desk) -> None:
    desk.window.parts.session.closing()
    assert entries(desk) == []


def test_what_is_clicked_is_recorded_with_the_instant_of_the_click_beside_its_chain(desk: Desk) -> None:
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.table.select([1])
    desk.window.parts.actions.stop.trigger()
    desk.until(lambda: desk.rows == ["Running", "Stopped"])
    desk.window.parts.actions.stop_all.trigger()
    desk.until_quiet()
    journal = entries(desk)
    assert [entry["action"] for entry in journal] == ["environment", "start", "start", "stop", "stop-all"]
    start, stop = journal[1], journal[3]
    assert (start["worker"]["name"], start["worker"]["strategy"]) == ("Event", "event-poll")
    snapshot = desk.controller.state.snapshot(stop["run"])
    assert snapshot is not None
    assert stop["worker"] == "Flag"
    assert snapshot.chain.clicked is not None
    assert stop["clicked_ns"] == snapshot.chain.clicked - desk.services.stream.origin


def test_one_press_is_one_line_and_stands_before_its_effects(desk: Desk) -> None:
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.actions.stop.trigger()
    desk.until_quiet()
    (stop,) = (entry for entry in entries(desk) if entry.get("action") == "stop")
    assert stop["workers"] == ["Event", "Flag"]
    assert len(stop["runs"]) == 2
    # In the order of time, as the log shows it, though it was recorded last.
    texts = desk.log_texts()
    pressed = texts.index("You pressed Stop: asked Event and Flag to stop")
    asked = [index for index, text in enumerate(texts) if text == event_words(StopRequested())]
    assert len(asked) == 2
    assert pressed < min(asked)
    instants = [record.instant for record in desk.log_records()]
    assert instants[pressed] - desk.services.stream.origin == stop["clicked_ns"]
    assert instants == sorted(instants)


def test_edits_and_changes_of_the_table_are_recorded(desk: Desk) -> None:
    desk.window.parts.workers.editing.edit(0, "interval", "0.02")
    desk.window.parts.workers.table.select([0])
    desk.window.parts.workers.editing.duplicate_selected()
    desk.window.parts.workers.editing.remove_selected()
    desk.window.parts.workers.editing.replace_all([Worker("New", "flag")])
    desk.window.parts.session.closing()
    assert words(desk) == ["environment", "edit", "duplicate", "remove", "open-workers", "close"]
    edit = entries(desk)[1]
    assert (edit["worker"], edit["field"], edit["text"]) == ("Event", "interval", "0.02")


def test_a_note_is_in_the_log_and_in_the_file(desk: Desk) -> None:
    panel = desk.window.parts.session.panel
    desk.window.parts.session.panel_action.trigger()
    assert panel.isVisible()
    desk.until(panel.notes.line.hasFocus)
    QTest.keyClicks(panel.notes.line, "it hangs")
    QTest.keyClick(panel.notes.line, Qt.Key.Key_Return)
    note = entries(desk)[-1]
    assert (note["note"], note["kind"]) == ("it hangs", "note")
    desk.until(lambda: any(entry.get("note") == "it hangs" for entry in desk.log_entries()))


def test_a_note_is_about_the_row_that_is_selected(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    desk.window.parts.workers.table.select([1])
    panel = desk.window.parts.session.panel
    desk.window.parts.session.panel_action.setChecked(True)
    panel.notes.line.setText("x")
    panel.notes.line.textEdited.emit("x")
    panel.notes.take()
    assert entries(desk)[-1]["link"] == {"run": 2, "worker": "Flag", "number": 1}


def test_f12_attaches_a_picture_of_the_window(desk: Desk) -> None:
    desk.window.parts.session.attach_window()
    piece = entries(desk)[-1]
    assert (piece["name"], piece["type"], piece["why"]) == ("window.png", "image/png", "F12")
    assert evidence_data(piece).startswith(b"\x89PNG")


def test_a_plan_is_opened_carried_out_and_judged_by_both(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    assert [row.worker.name for row in desk.window.parts.workers.rows.rows] == ["A"]
    steps = session.panel.steps
    steps.do.click()
    desk.until(lambda: steps.table.item(0, 2).text() == marked(Verdict.PASS))
    QTest.keyClick(steps.table, Qt.Key.Key_P)
    assert steps.current() == 1
    steps.do.click()
    desk.until(lambda: steps.table.item(1, 2).text() == marked(Verdict.FAIL), timeout=30_000)
    assert desk.window.parts.workers.rows.rows[0].worker.interval == 0.25
    assert "✗ A: " in steps.what.toPlainText()
    steps.table.setCurrentCell(1, 0)
    QTest.keyClick(steps.table, Qt.Key.Key_S)
    journal = entries(desk)
    judged = [(entry["step"], entry["verdict"], entry["by"]) for entry in journal if "verdict" in entry]
    assert judged == [(1, "pass", "program"), (1, "pass", "person"), (2, "fail", "program"), (2, "skip", "person")]
    plans = [entry for entry in journal if entry.get("action") == "plan"]
    assert plans[0]["plan"]["step"][0]["title"] == "Start it"


def test_a_verdict_can_be_undone_and_given_again_and_the_session_has_it_all(desk: Desk, plan: Path) -> None:
    open_plan(desk, plan)
    parts, steps = desk.window.parts, desk.window.parts.session.panel.steps
    QTest.keyClick(steps.table, Qt.Key.Key_P)
    QTest.keyClick(steps.table, Qt.Key.Key_S)
    steps.table.setCurrentCell(0, 0)
    QTest.keyClick(steps.table, Qt.Key.Key_B)
    assert parts.actions.undo.text() == "&Undo verdict of step 1"
    parts.actions.undo.trigger()
    assert (steps.verdicts, steps.current()) == ([Verdict.PASS, Verdict.SKIP, None], 0)
    steps.actual.setText("typed meanwhile")
    parts.actions.undo.trigger()
    assert (steps.verdicts, steps.current()) == ([Verdict.PASS, None, None], 1)
    assert [steps.table.item(row, 1).text() for row in range(2)] == [marked(Verdict.PASS), ""]
    assert steps.summary.text() == "Short: 1 passed, 2 to do"
    parts.actions.redo.trigger()
    assert steps.verdicts == [Verdict.PASS, Verdict.SKIP, None]
    parts.actions.undo.trigger()
    judged = [(each["step"], each["verdict"], each["actual"]) for each in entries(desk) if "verdict" in each]
    typed = "typed meanwhile"
    assert judged == [
        *[(1, "pass", ""), (2, "skip", ""), (1, "blocked", ""), (1, "pass", "")],
        *[(1, "pass", typed), (2, None, ""), (2, "skip", ""), (2, None, "")],
    ]
    path = desk.services.recorder.status().path  # type: ignore[union-attr]
    (opened,) = read_summary(path).plans  # type: ignore[arg-type]
    assert [each.verdict for each in opened.steps] == [Verdict.PASS, None, None]
    # What was judged in a plan that is no longer open stays as it is.
    parts.session.plans.open_plan(plan)
    parts.actions.undo.trigger()
    assert parts.workers.problem.text() == VERDICT_OF_ANOTHER_PLAN
    assert steps.verdicts == [None, None, None]


def test_a_failure_brings_its_evidence_with_it(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running"])
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    QTest.keyClick(session.panel.steps.table, Qt.Key.Key_F)
    journal = entries(desk)
    pieces = {entry["name"]: entry for entry in journal if "evidence" in entry}
    assert {"window.png", "lines.txt", "stacks.txt", "chains.json", "environment.json"} <= set(pieces)
    assert all(piece["step"] == 1 for piece in pieces.values())
    lines = evidence_data(pieces["lines.txt"]).decode()
    assert "running… 1" in lines
    assert '"event"' not in lines  # events by their sentences
    (chain,) = json.loads(evidence_data(pieces["chains.json"]))
    assert (chain["worker"], chain["outcome"]) == ("A", "interrupted")
    assert "MainThread" in evidence_data(pieces["stacks.txt"]).decode()


def test_what_was_seen_is_recorded_after_the_verdict_too_and_brings_no_more_evidence(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    steps = session.panel.steps
    steps.judge(Verdict.FAIL)
    pieces = len([entry for entry in entries(desk) if "evidence" in entry])
    steps.table.setCurrentCell(0, 0)
    steps.actual.setText("it hung")
    session.closing()
    journal = entries(desk)
    assert [entry["actual"] for entry in journal if entry.get("by") == "person"] == ["", "it hung"]
    assert len([entry for entry in journal if "evidence" in entry]) == pieces


def test_the_report_of_the_session_that_runs_is_saved_once_there_is_something_in_it(desk: Desk, tmp_path: Path) -> None:
    session, said = desk.window.parts.session, []
    session.said.connect(said.append)
    session.save_report()
    assert said == [NOTHING_RECORDED]
    session.journal.note("there")
    entries(desk)
    actions = {action.text(): action for action in desk.window.parts.actions.session_menu.actions()}
    actions["Save &report…"].trigger()
    (dialog,) = desk.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "out.html"))
    dialog.close()
    desk.until(lambda: any(bar.isVisible() for bar in desk.window.findChildren(SavedBar)))
    assert "there" in (tmp_path / "out.html").read_text("utf-8")
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.stop_all()
    entries(desk)
    actions["Save as &test…"].trigger()
    desk.until(lambda: len(desk.window.findChildren(QFileDialog)) == 1)
    (dialog,) = desk.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "test_out.py"))
    dialog.close()
    desk.until((tmp_path / "test_out.py").exists)
    compile((tmp_path / "test_out.py").read_text("utf-8"), "test_out.py", "exec")


def test_a_plan_that_is_wrong_is_one_sentence_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bad.plan.toml"
    path.write_text('title = "x"\n[[step]]\ntitel = "y"\n', "utf-8")
    before = desk.window.parts.workers.rows.workers()
    desk.window.parts.session.plans.open_plan(path)
    assert desk.window.parts.workers.problem.text().startswith(f"{path}, line ")
    assert desk.window.parts.workers.rows.workers() == before
    assert desk.window.parts.session.plans.plan is None


def test_a_plan_takes_the_place_of_no_worker_that_runs(desk: Desk, plan: Path) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.session.plans.open_plan(plan)
    assert "to replace them, stop all of them first" in desk.question()
    desk.answer("Replace")  # a button that cannot be pressed
    desk.answer("Cancel")
    assert desk.window.parts.session.plans.plan is None
    assert desk.rows == ["Running", "Running"]


def test_a_plan_beside_other_workers_is_about_its_own_whatever_they_are_called_now(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "flag.plan.toml"
    path.write_text(PLAN.replace('"A"', '"Flag"'), "utf-8")
    desk.window.parts.workers.start_named(["Flag"])
    desk.until(lambda: desk.rows == ["Ready", "Running"])
    open_plan(desk, path, "Add")
    rows, session = desk.window.parts.workers.rows.rows, desk.window.parts.session
    assert [row.worker.name for row in rows] == ["Event", "Flag", "Flag 2"]
    steps = session.panel.steps
    steps.do.click()
    desk.until(lambda: steps.table.item(0, 2).text() == marked(Verdict.PASS))
    assert desk.rows == ["Ready", "Running", "Running"]
    steps.table.setCurrentCell(1, 0)
    steps.do.click()  # sets a field and stops "all": those of the plan
    desk.until(lambda: steps.table.item(1, 2).text() == marked(Verdict.FAIL), timeout=30_000)
    assert [row.worker.interval for row in rows] == [0.01, 0.01, 0.25]
    assert desk.rows == ["Ready", "Running", "Stopped"]
    desk.window.parts.workers.stop_all()
    (opened,) = (entry for entry in entries(desk) if entry.get("action") == "plan")
    assert [worker["name"] for worker in opened["plan"]["worker"]] == ["Flag 2"]


def test_a_plan_whose_workers_are_there_asks_nothing(desk: Desk, plan: Path) -> None:
    open_plan(desk, plan, "Add")
    desk.window.parts.workers.start()
    desk.until(lambda: "Running" in desk.rows)
    desk.window.parts.session.plans.open_plan(plan)
    assert desk.question() == ""
    assert [row.worker.name for row in desk.window.parts.workers.rows.rows] == ["Event", "Flag", "A"]


def test_a_resumed_plan_goes_on_where_it_was(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    (document,) = (entry["plan"] for entry in entries(desk) if entry.get("action") == "plan")
    steps = [JudgedStep("Short", number, "") for number in (1, 2, 3)]
    steps[0] = replace(steps[0], by_person=Judgement(Verdict.PASS, 5, "It did.", session="20260101-000000"))
    unfinished = UnfinishedPlan("20260102-000000", plan, "Short", document, tuple(steps))
    session.plans.resume(unfinished)
    assert session.panel.steps.current() == 1
    entry = entries(desk)[-1]
    assert (entry["resumes"], entry["earlier"]) == ("20260102-000000", unfinished.earlier)
    session.panel.steps.table.setCurrentCell(0, 0)
    assert session.panel.steps.actual.text() == "It did."


def test_a_step_about_workers_that_are_not_there_is_blocked(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    desk.window.parts.workers.editing.replace_all([Worker("Other", "flag")])
    session.panel.steps.do.click()
    assert session.panel.steps.table.item(0, 2).text() == marked(Verdict.BLOCKED)
    assert "there is no worker called 'A'; open the plan again" in session.panel.steps.what.toPlainText()


def test_what_is_carried_out_can_be_given_up(desk: Desk, plan: Path) -> None:
    session = desk.window.parts.session
    open_plan(desk, plan)
    driver: PlanDriver = session.plans.driver
    session.panel.steps.do.click()
    assert driver.is_busy()
    driver.give_up()
    assert not driver.is_busy()
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    assert not [entry for entry in entries(desk) if "verdict" in entry]


def test_a_plan_that_was_not_finished_is_offered_at_the_next_start(make_desk: type[Desk], plan: Path) -> None:
    first = make_desk()
    open_plan(first, plan)
    QTest.keyClick(first.window.parts.session.panel.steps.table, Qt.Key.Key_P)
    entries(first)
    recorder = first.services.recorder
    assert recorder is not None
    recorder.close()
    folder = first.services.sessions
    assert folder is not None
    second = make_desk()
    session = second.window.parts.session
    session.plans.look_for_unfinished(folder)
    second.until(lambda: session.plans.unfinished is not None)
    assert session.plans.unfinished is not None
    assert session.plans.unfinished.label.text() == "The plan “Short” was not finished: 1 of 3 steps are judged."
    session.plans.unfinished.accept_button.click()
    second.answer("Add")
    assert session.panel.steps.current() == 1
    assert session.panel.steps.verdicts == [Verdict.PASS, None, None]
    assert entries(second)[-1]["resumes"] == recorder.status().path.stem  # type: ignore[union-attr]


def test_a_plan_that_is_put_aside_is_not_offered_again(make_desk: type[Desk], plan: Path) -> None:
    first = make_desk()
    open_plan(first, plan)
    entries(first)
    first.services.recorder.close()  # type: ignore[union-attr]
    second = make_desk()
    session = second.window.parts.session
    session.plans.look_for_unfinished(first.services.sessions)  # type: ignore[arg-type]
    second.until(lambda: session.plans.unfinished is not None)
    session.plans.unfinished.dismiss_button.click()  # type: ignore[union-attr]
    assert session.plans.unfinished.isHidden()  # type: ignore[union-attr]
    said = entries(second)[-1]
    assert (said["action"], said["session"]) == ("put-aside", first.services.recorder.status().path.stem)  # type: ignore[union-attr]
    second.services.recorder.close()  # type: ignore[union-attr]
    assert unfinished_plan(first.services.sessions) is None  # type: ignore[arg-type]


RACE = """
version = 1
title = "Race"

[[worker]]
name = "Waits"
strategy = "event-wait"
interval = 0.02

[[worker]]
name = "Polls"
strategy = "event-poll"
interval = 0.02

[[step]]
title = "Race them"
actions = [{ action = "race", rounds = 3 }]
checks = [
  { check = "outcome", worker = "Waits", is = "interrupted" },
  { check = "outcome", worker = "Polls", is = "interrupted" },
]
"""


def test_a_step_may_race_the_workers_of_the_window(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "race.plan.toml"
    path.write_text(RACE, "utf-8")
    session = desk.window.parts.session
    open_plan(desk, path)
    session.panel.steps.do.click()
    desk.until(lambda: session.panel.steps.table.item(0, 2).text() != "", timeout=60_000)
    assert session.panel.steps.table.item(0, 2).text() == marked(Verdict.PASS)
    assert "interrupted: 3 of 3" in session.panel.steps.what.toPlainText()
    (race,) = (entry for entry in entries(desk) if entry.get("action") == "race")
    assert (race["workers"], race["rounds"]) == (["Waits", "Polls"], 3)
    (kept,) = (json.loads(evidence_data(entry)) for entry in entries(desk) if "evidence" in entry)
    assert (kept["experiment"], kept["result"]["rounds"]) == ("race", 3)
    chart = race_chart(kept["result"])
    assert chart is not None
    assert [(row.label, len(row.dots)) for row in chart.rows] == [("Waits", 3), ("Polls", 3)]


def test_a_race_is_not_begun_while_one_of_its_workers_runs(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "race.plan.toml"
    path.write_text(RACE, "utf-8")
    session = desk.window.parts.session
    open_plan(desk, path)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    session.panel.steps.do.click()
    assert session.panel.steps.table.item(0, 2).text() == marked(Verdict.BLOCKED)
    assert "still running" in session.panel.steps.what.toPlainText()


def test_closing_amid_a_race_leaves_no_thread(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "race.plan.toml"
    path.write_text(RACE.replace("rounds = 3", "rounds = 1000"), "utf-8")
    session = desk.window.parts.session
    open_plan(desk, path)
    session.panel.steps.do.click()
    assert session.plans.driver.is_busy()
    session.shutdown()
    assert not session.plans.driver.is_busy()


def test_the_span_that_is_measured_is_what_a_note_is_about(desk: Desk) -> None:
    navigation = desk.window.parts.timeline.view.navigation
    navigation.begin_measure(5_000_000)
    navigation.measure = (5_000_000, 1_000_000)
    panel = desk.window.parts.session.panel
    desk.window.parts.session.panel_action.setChecked(True)
    panel.notes.line.setText("x")
    panel.notes.line.textEdited.emit("x")
    panel.notes.take()
    assert entries(desk)[-1]["link"] == {"span_ns": [1_000_000, 5_000_000]}
