"""Add, duplicate, remove, edit in place; one sentence where something is wrong, nothing half-applied."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import NO_LIMIT, Worker
from app.documents.settings import DEFAULT_WORKERS, load_settings
from app.resource_files import display_name
from app.ui.workers.rows import Column, WorkerRows, value_of
from tests.ui.conftest import Desk

WRONG = [
    ("interval", "-1", "negative"),
    ("interval", "nan", "must be a number"),
    ("interval", "1e9", "can't be more than 3,600 s"),
    ("interval", "soon", "must be a number"),
    ("interval", "", "must be a number"),
    ("name", "", "empty"),
    ("name", "x" * 10_000, "10,000 characters"),
    ("name", "Flag", "Another worker"),
    ("text", "{x}", "brace"),
    ("limit", "0", "whole number from 1"),
    ("limit", "many", "whole number"),
    ("stop_after", "-2", "negative"),
]


@pytest.mark.parametrize(("field", "text", "words"), WRONG)
def test_a_wrong_text_is_one_sentence_and_changes_nothing(field: str, text: str, words: str) -> None:
    rows = WorkerRows((Worker(name="Event", strategy="event-poll"), Worker(name="Flag", strategy="flag")), Catalogue())
    before = rows.workers()
    with pytest.raises(BadInput) as caught:
        rows.edit(0, field, text)
    sentence = str(caught.value)
    assert sentence[0].isupper()
    assert caught.value.field == field
    assert words in sentence
    assert "\n" not in sentence
    assert len(sentence) < 200
    assert rows.workers() == before


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("interval", "0", 0.0),
        ("interval", "1e-3", 0.001),
        ("limit", "", None),
        ("limit", "12", 12),
        ("stop_after", " ", None),
        ("text_on_request", "", None),
        ("text_at_end", "", ()),
        ("text_at_end", "\nChild Thread Interrupted", ("", "Child Thread Interrupted")),
        ("name", "Ünïcode 名", "Ünïcode 名"),
    ],
)
def test_texts_and_values_are_two_sides_of_one(field: str, text: str, value: object) -> None:
    rows = WorkerRows((Worker(name="One", strategy="flag"),), Catalogue())
    rows.edit(0, field, text)
    assert getattr(rows.workers()[0], field) == value
    assert value_of(field, rows.text(0, field)) == value


def open_editor(desk: Desk, row: int, column: Column) -> QWidget:
    table = desk.window.parts.workers.table
    table.setFocus()
    table.setCurrentIndex(table.model().index(row, column))
    desk.qtbot.keyClick(table, Qt.Key.Key_F2)
    editors = [w for w in table.viewport().findChildren(QWidget) if isinstance(w, QLineEdit | QComboBox)]
    assert len(editors) == 1
    return editors[0]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("-1", "can't be negative"),
        ("nan", "must be a number"),
        ("1e9", "can't be more than 3,600 s"),
        ("text", "must be a number"),
        ("", "must be a number"),
    ],
)
def test_a_wrong_interval_keeps_the_editor_open_and_says_why(desk: Desk, wrong: str, why: str) -> None:
    editor = open_editor(desk, 0, Column.INTERVAL)
    editor.selectAll()
    desk.qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    desk.qtbot.keyClicks(editor, wrong)
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    problem = desk.window.parts.workers.problem
    assert problem.isVisible()
    assert problem.text() == f"Interval {why}. Enter 0 to 3,600 s, e.g. 0.5."
    assert editor.isVisible()
    assert editor.hasFocus()
    assert desk.window.parts.workers.rows.workers()[0].interval == 0.01
    desk.qtbot.keyClick(editor, Qt.Key.Key_Escape)
    desk.until(lambda: not problem.isVisible())
    assert desk.cell(0, Column.INTERVAL) == "0.01 s"


def test_a_right_interval_is_for_the_next_run(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows[0] == "Running")
    editor = open_editor(desk, 0, Column.INTERVAL)
    editor.selectAll()
    desk.qtbot.keyClicks(editor, "0.25")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.until(lambda: desk.cell(0, Column.INTERVAL) == "0.25 s")
    assert desk.rows[0] == "Running"
    assert desk.window.parts.workers.rows.workers()[0].interval == 0.25


def test_a_strategy_is_chosen_from_a_list(desk: Desk) -> None:
    box = open_editor(desk, 0, Column.STRATEGY)
    assert [box.itemText(i) for i in range(box.count())] == [s.about.title for s in Catalogue().strategies]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert desk.cell(0, Column.STRATEGY) == "Event, waited on"
    assert desk.window.parts.workers.rows.workers()[0].strategy == "event-wait"


def test_add_duplicate_and_remove(desk: Desk) -> None:
    actions = desk.window.parts.actions
    actions.add.trigger()
    editor = desk.window.parts.workers.table.viewport().findChild(QLineEdit)
    assert editor.text() == "Worker"
    desk.qtbot.keyClicks(editor, "Third")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.until(lambda: desk.cell(2, Column.NAME) == "Third")
    desk.window.parts.workers.table.select([0, 1])
    actions.duplicate.trigger()
    names = [desk.cell(row, Column.NAME) for row in range(len(desk.rows))]
    assert names == ["Event", "Flag", "Third", "Event 2", "Flag 2"]
    assert desk.window.parts.workers.table.selected() == [3, 4]
    desk.qtbot.keyClick(desk.window.parts.workers.table, Qt.Key.Key_Delete)
    assert [desk.cell(row, Column.NAME) for row in range(len(desk.rows))] == ["Event", "Flag", "Third"]
    assert not actions.remove.isEnabled()


def test_a_running_worker_cannot_be_removed(desk: Desk) -> None:
    desk.window.parts.workers.table.select([0])
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows[0] == "Running")
    assert not desk.window.parts.actions.remove.isEnabled()
    desk.qtbot.keyClick(desk.window.parts.workers.table, Qt.Key.Key_Delete)
    assert desk.window.parts.workers.problem.text() == "'Event' is running; stop it before you remove it."
    assert len(desk.rows) == 2


def test_the_last_worker_can_be_removed_and_one_added_again(desk: Desk) -> None:
    desk.window.parts.workers.table.select([0, 1])
    desk.window.parts.actions.remove.trigger()
    assert desk.rows == []
    assert not desk.window.parts.actions.start.isEnabled()
    desk.window.parts.workers.start()
    desk.window.parts.actions.add.trigger()
    assert desk.rows == ["Ready"]


def form_field(desk: Desk, name: str) -> QWidget:
    desk.window.parts.workers.table.select([0])
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Worker")
    field = desk.window.parts.details.form.field(name)
    field.setFocus()
    return field


@pytest.mark.parametrize(
    ("name", "wrong", "right", "said"),
    [
        ("name", "Flag", "Other", "Another worker is called 'Flag'. "),
        ("interval", "soon", "0.02", "Interval must be a number. "),
        ("limit", "0", "7", NO_LIMIT),
        ("stop_after", "-1", "1.5", "Stop after can't be negative. "),
        ("text", "{", "n {i}", "The brace at character 1, "),
    ],
)
def test_the_form_keeps_the_focus_on_a_wrong_field_until_it_is_right(
    desk: Desk, name: str, wrong: str, right: str, said: str
) -> None:
    field = form_field(desk, name)
    assert isinstance(field, QLineEdit)
    before = desk.window.parts.workers.rows.workers()[0]
    form = desk.window.parts.details.form
    field.selectAll()
    desk.qtbot.keyClicks(field, wrong)
    desk.qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert form.problem.text().startswith(said)
    assert form.problem.isVisible()
    assert field.hasFocus()
    assert desk.window.parts.workers.rows.workers()[0] == before
    field.selectAll()
    desk.qtbot.keyClicks(field, right)
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert form.problem.text() == ""
    assert desk.window.parts.workers.rows.text(0, name) == right


def test_escape_takes_a_wrong_text_back(desk: Desk) -> None:
    field = form_field(desk, "interval")
    field.selectAll()
    desk.qtbot.keyClicks(field, "soon")
    desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.01"
    assert desk.window.parts.details.form.problem.text() == ""


def test_the_lines_at_the_end_are_edited_as_lines(desk: Desk) -> None:
    field = form_field(desk, "text_at_end")
    assert isinstance(field, QPlainTextEdit)
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    desk.qtbot.keyClicks(field, "done")
    desk.window.parts.details.form.field("name").setFocus()
    assert desk.window.parts.workers.rows.workers()[0].text_at_end == ("", "done")


def test_the_form_shows_the_current_row(desk: Desk) -> None:
    form_field(desk, "name")
    desk.window.parts.workers.table.select([1])
    assert desk.window.parts.details.form.field("name").text() == "Flag"
    assert desk.window.parts.details.form.field("strategy").currentText() == "Flag"


def test_worker_sets_are_opened_and_saved(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "set.toml"
    desk.window.parts.files.write(path)
    desk.window.parts.workers.table.select([0])
    desk.window.parts.actions.remove.trigger()
    desk.window.parts.files.load(path)
    assert [desk.cell(row, Column.NAME) for row in (0, 1)] == ["Event", "Flag"]
    path.write_text('[[worker]]\nstrategy = "flg"\n')
    desk.window.parts.files.load(path)
    assert "did you mean flag?" in desk.window.parts.workers.problem.text()
    assert len(desk.rows) == 2


def example(desk: Desk, name: str) -> None:
    actions = {action.text(): action for action in desk.window.parts.actions.examples.actions()}
    actions[display_name(name)].trigger()


def names(desk: Desk) -> list[str]:
    return [row.worker.name for row in desk.window.parts.workers.rows.rows]


def test_an_example_is_one_menu_away(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    example(desk, "tutorial-event")
    assert [desk.cell(0, column) for column in (0, 1, 3)] == ["Child", "Event, polled", "0.5 s"]
    assert len(desk.rows) == 1


def test_nothing_is_asked_where_there_is_no_worker(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(())
    example(desk, "tutorial-event")
    assert desk.question() == ""
    assert names(desk) == ["Child"]


def test_what_a_person_has_made_is_replaced_only_if_they_say_so(desk: Desk) -> None:
    before = desk.window.parts.workers.rows.workers()
    example(desk, "tutorial-event")
    assert desk.question() == "Replace these 2 workers, or add to them?"
    assert desk.window.parts.workers.rows.workers() == before
    desk.answer("Cancel")
    assert desk.question() == ""
    assert desk.window.parts.workers.rows.workers() == before
    example(desk, "tutorial-event")
    desk.answer("Replace")
    assert names(desk) == ["Child"]


def test_a_default_worker_that_was_edited_is_the_persons_own(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(DEFAULT_WORKERS)
    desk.window.parts.workers.editing.edit(0, "interval", "0.25")
    example(desk, "tutorial-event")
    assert desk.question().startswith("Replace these 3 workers")


def test_those_that_are_added_get_a_number_where_their_names_are_taken(desk: Desk) -> None:
    example(desk, "tutorial-event")
    desk.answer("Add")
    assert names(desk) == ["Event", "Flag", "Child"]
    assert desk.window.parts.workers.table.selected() == [2]
    desk.window.parts.workers.table.select([0, 1])
    desk.window.parts.actions.remove.trigger()
    desk.window.parts.workers.editing.edit(0, "interval", "0.25")
    example(desk, "tutorial-event")
    assert desk.question() == ("Replace this worker, or add to it? Added workers whose names are taken get a number.")
    desk.answer("Add")
    assert names(desk) == ["Child", "Child 2"]
    assert [row.worker.interval for row in desk.window.parts.workers.rows.rows] == [0.25, 0.5]


def test_running_workers_are_kept_when_others_are_added_and_cannot_be_replaced(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    runs = desk.controller.state.live()
    example(desk, "tutorial-event")
    assert "2 of them are running; to replace them, stop all of them first." in desk.question()
    desk.answer("Replace")  # a button that cannot be pressed
    assert desk.question() != ""
    desk.answer("Add")
    assert names(desk) == ["Event", "Flag", "Child"]
    assert desk.rows == ["Running", "Running", "Ready"]
    assert desk.controller.state.live() == runs


def test_one_that_runs_is_spoken_of_as_one(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk((Worker("A", "flag"),))
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running"])
    example(desk, "tutorial-event")
    assert desk.question() == ("Replace this worker, or add to it? It is running; to replace it, stop it first.")
    desk.answer("Cancel")


def test_what_was_started_while_the_question_was_open_is_not_replaced(desk: Desk) -> None:
    example(desk, "tutorial-event")
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.answer("Replace")
    assert names(desk) == ["Event", "Flag"]
    assert desk.window.parts.workers.problem.text().startswith("Workers are running")


def test_workers_are_saved_over_no_session_and_through_no_link(desk: Desk, tmp_path: Path) -> None:
    session, target, link = tmp_path / "a.tcsession", tmp_path / "set.toml", tmp_path / "link.toml"
    session.write_bytes(b"before")
    target.write_bytes(b"before")
    link.symlink_to(target)
    for path, words in ((session, "is a session's; choose another one."), (link, "it is a link; name the file")):
        desk.window.parts.files.write(path)
        assert words in desk.window.parts.workers.problem.text()
    assert (session.read_bytes(), target.read_bytes(), link.is_symlink()) == (b"before", b"before", True)


def test_what_is_added_is_kept_for_the_next_start(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    example(desk, "tutorial-event")
    desk.answer("Add")
    desk.window.parts.settings_saver.save()
    kept, _ = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert [worker.name for worker in kept.workers] == ["Event", "Flag", "Child"]
