"""What a fresh pair of eyes found wrong once: each stays right."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit

from app.core.worker import Worker
from app.documents.settings import Layout, load_settings
from app.ui.workers.rows import Column
from tests.ui.conftest import Desk
from tests.ui.log.conftest import TIME
from tests.ui.test_editing import form_field, open_editor
from tests.ui.test_ends import QUIET, signalled
from tests.ui.test_ends import stuck_for_good as stuck_for_good  # noqa: PLC0414 - the fixture
from tests.ui.test_log import batch, numbers, shown

MakeDesk = Callable[..., Desk]


def test_a_log_beyond_32_bits_is_shown_and_scrolled(desk: Desk) -> None:
    log = desk.window.parts.log
    log.store.end = 2**40
    log.store.clear()
    log.add(batch(numbers(1, 1_000)))
    assert shown(log)[-1] == "running… 1000"
    log.bar.setValue(0)
    assert shown(log)[0] == "running… 1"
    log.choose(2**40 + 500)
    assert log.line == 2**40 + 500
    log.opened.emit(2**40 + 500)
    assert desk.window.parts.details.record.toPlainText().endswith("running… 501")


def test_a_run_that_is_joined_late_does_not_end_the_keeper(desk: Desk) -> None:
    """Its worker runs again meanwhile."""
    workers = desk.window.parts.workers
    workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    with desk.held_manager():
        workers.stop_all()
        desk.until(lambda: desk.rows == ["Stopped", "Stopped"])
        workers.start()
        assert [row.run for row in workers.rows.rows] == [3, 4]
    desk.until(lambda: desk.rows == ["Running", "Running"])
    workers.stop_all()
    desk.until_quiet()
    workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])


def test_a_sigterm_after_a_ctrl_c_leaves_the_stuck(stuck_for_good: tuple[str, ...]) -> None:
    done = signalled("SIGINT if not noted.is_set() else signal.SIGTERM", *stuck_for_good, times=2)
    assert done.stderr.replace(QUIET, "") == ""
    assert done.returncode == 3


def test_what_is_typed_in_the_form_counts_when_start_is_clicked(desk: Desk) -> None:
    field = form_field(desk, "interval")
    field.selectAll()
    desk.qtbot.keyClicks(field, "0.02")
    desk.window.parts.actions.start.trigger()
    assert desk.window.parts.workers.rows.workers()[0].interval == 0.02
    desk.until(lambda: desk.rows[0] == "Running")


def test_nothing_is_started_with_a_wrong_text_in_the_form(desk: Desk) -> None:
    field = form_field(desk, "interval")
    field.selectAll()
    desk.qtbot.keyClicks(field, "soon")
    desk.window.parts.actions.start.trigger()
    assert desk.rows == ["Ready", "Ready"]
    assert field.hasFocus()
    assert desk.window.parts.details.form.problem.text().startswith("Interval must be a number. ")


def test_a_wrong_field_cannot_be_left_by_a_second_tab(desk: Desk) -> None:
    field = form_field(desk, "interval")
    field.selectAll()
    desk.qtbot.keyClicks(field, "-1")
    for _ in range(3):
        desk.qtbot.keyClick(field, Qt.Key.Key_Tab)
        assert field.hasFocus()


def test_another_set_replaces_what_stands_in_the_form(desk: Desk) -> None:
    field = form_field(desk, "text")
    desk.window.parts.actions.examples.actions()[0].trigger()
    desk.answer("Replace")
    desk.window.parts.workers.table.select([0])
    assert field.text() == "Child thread running... {i}"


def test_showing_a_text_does_not_change_it(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("One", "flag", text_at_end=("a\rb",), text="\ufeffx {i}"),))
    for name in ("text_at_end", "text", "name"):
        desk.qtbot.keyClick(form_field(desk, name), Qt.Key.Key_Tab)
    worker = desk.window.parts.workers.rows.workers()[0]
    assert (worker.text_at_end, worker.text) == (("a\rb",), "\ufeffx {i}")


def test_removing_a_row_ends_the_editing_in_it(desk: Desk) -> None:
    editor = open_editor(desk, 0, Column.NAME)
    editor.selectAll()
    desk.qtbot.keyClicks(editor, "New")
    desk.window.parts.workers.table.select([0])
    desk.window.parts.actions.remove.trigger()
    assert [desk.cell(row, Column.NAME) for row in range(len(desk.rows))] == ["Flag"]
    assert desk.window.parts.workers.table.viewport().findChild(QLineEdit) is not editor or not editor.isVisible()


def test_a_text_that_is_given_up_takes_its_sentence_along(desk: Desk) -> None:
    editor = open_editor(desk, 0, Column.NAME)
    editor.selectAll()
    desk.qtbot.keyClicks(editor, "Flag")
    assert desk.window.parts.workers.problem.isVisible()
    desk.window.parts.log.setFocus()
    desk.until(lambda: not desk.window.parts.workers.problem.isVisible())
    assert desk.cell(0, Column.NAME) == "Event"


def test_thousands_of_copies_take_no_time_and_have_an_end(desk: Desk) -> None:
    rows = desk.window.parts.workers.rows
    while len(rows.rows) < 8_000:
        rows.duplicate(range(len(rows.rows)))
    desk.window.parts.workers.reload()
    assert len({worker.name for worker in rows.workers()}) == 8_192
    desk.window.parts.workers.table.selectAll()
    desk.window.parts.actions.duplicate.trigger()
    assert "at most 10,000" in desk.window.parts.workers.problem.text()
    assert len(rows.rows) == 8_192
    desk.window.parts.settings_saver.save()
    settings, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert (problem, len(settings.workers)) == ("", 8_192)


def test_the_save_dialog_knows_the_ending_and_so_what_it_would_replace(desk: Desk) -> None:
    desk.window.parts.actions.save.trigger()
    dialog = desk.window.findChild(QFileDialog)
    assert dialog.defaultSuffix() == "toml"
    assert not dialog.testOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.reject()


def test_columns_grow_with_the_text_of_the_log(desk: Desk) -> None:
    view = desk.window.parts.log.view
    for _ in range(20):
        desk.window.parts.actions.zoom_in.trigger()
    assert view.column_widths.widths()[TIME] > view.fontMetrics().horizontalAdvance("00:00:00.000")


def test_the_width_of_closed_details_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(layout=Layout(details=True, width=780))
    desk.window.panes.columns.setSizes([400, 380])
    sizes = tuple(desk.window.panes.columns.sizes())
    desk.window.parts.actions.details.setChecked(False)
    desk.window.parts.settings_saver.save()
    settings, _ = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert settings.layout.columns == sizes


def test_the_last_latency_stays_while_the_worker_runs_again(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.stop()
    desk.until(lambda: desk.rows == ["Stopped", "Stopped"])
    latency = desk.cell(0, Column.LATENCY)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    assert desk.cell(0, Column.LATENCY) == latency != ""


def test_no_mnemonic_of_the_form_is_a_menus(desk: Desk) -> None:
    def letters(texts: list[str]) -> set[str]:
        return {text[text.index("&") + 1].lower() for text in texts if "&" in text}

    menus = letters([action.text() for action in desk.window.menuBar().actions()])
    words = [label.text() for label in desk.window.parts.details.form.findChildren(QLabel) if label.buddy() is not None]
    assert "Wor&kload" in words
    assert len(letters(words)) == len(words)
    assert not menus & letters(words)
