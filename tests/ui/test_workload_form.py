"""The workload in the form: what it does, what it can be told, and that what is told reaches the next run."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QWidget

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.core.workloads import BUILT_IN
from app.core.workloads.sleep import Sleep
from app.ui.details.form import WorkerForm
from app.ui.workers.rows import WorkerRows
from tests.ui.conftest import Desk

WORKERS = (
    Worker(name="Call", strategy="event-wait", interval=0.01, workload="blocking-call", parameters=(("seconds", 0.5),)),
    Worker(name="Read", strategy="event-wait", interval=0.01, workload="socket"),
    Worker(name="Pause", strategy="event-wait", interval=0.01),
)


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """Return a window whose form shows the first of three workers."""
    desk = make_desk(WORKERS)
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Worker")
    desk.window.parts.workers.table.select([0])
    return desk


def form_of(desk: Desk) -> WorkerForm:
    return desk.window.parts.details.form


def line(desk: Desk, name: str) -> QLineEdit:
    field = form_of(desk).field(f"parameters.{name}")
    assert isinstance(field, QLineEdit)
    desk.until(field.isVisible)
    return field


def choose(desk: Desk, workload: str) -> None:
    box = form_of(desk).field("workload")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(workload))
    box.activated.emit(box.currentIndex())


def parameters(desk: Desk, row: int = 0) -> tuple[tuple[str, object], ...]:
    return desk.window.parts.workers.rows.workers()[row].parameters


def type_into(desk: Desk, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    desk.qtbot.keyClicks(field, text)


def shown_parameters(desk: Desk) -> list[str]:
    """The fields of parameters that can be seen in the form, from the top."""
    form = form_of(desk)
    fields = [w for w in form.findChildren(QWidget) if w.objectName().startswith("parameters.") and not w.isHidden()]
    return [field.objectName() for field in sorted(fields, key=lambda field: field.y())]


# -- what is shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", BUILT_IN, ids=lambda workload: workload.id)
def test_every_workload_shows_its_sentence_its_warning_and_its_parameters(desk: Desk, workload: type) -> None:
    desk.window.parts.workers.table.select([2])
    choose(desk, workload.id)
    form = form_of(desk)
    words = form.workload.words
    assert words.textFormat() is Qt.TextFormat.PlainText
    assert words.text().startswith(workload.sentence)
    assert workload.warning in words.text()
    assert ("Warning: " in words.text()) is bool(workload.warning)
    desk.until(lambda: shown_parameters(desk) == [parameter.field for parameter in workload.parameters])
    for parameter in workload.parameters:
        field = form.field(parameter.field)
        assert field.accessibleName() == parameter.label
        assert field.accessibleDescription() == field.toolTip() == parameter.about
        assert isinstance(field, QCheckBox) is isinstance(parameter.usual, bool)
        if isinstance(field, QLineEdit):
            assert field.placeholderText() == parameter.choice
            assert field.text() == parameter.text(parameter.usual)


def test_the_fields_have_the_row_s_values_and_stand_below_the_workload(desk: Desk) -> None:
    field = line(desk, "seconds")
    assert field.text() == "0.5"
    assert field.placeholderText() == "0.001 to 3,600 s"
    form = form_of(desk)
    desk.until(lambda: form.field("workload").y() < form.workload.words.y() < field.y() < form.field("interval").y())
    labels = [label for label in form.findChildren(QLabel) if label.buddy() is field]
    assert [label.text() for label in labels] == ["Length of a call (s)"]
    assert labels[0].textFormat() is Qt.TextFormat.PlainText


def test_another_row_brings_its_own_fields(desk: Desk) -> None:
    old = line(desk, "seconds")
    desk.window.parts.workers.table.select([1])
    desk.until(lambda: shown_parameters(desk) == ["parameters.interrupt"])
    box = form_of(desk).field("parameters.interrupt")
    assert isinstance(box, QCheckBox)
    assert box.isChecked()
    with pytest.raises(KeyError):
        form_of(desk).field("parameters.seconds")
    desk.window.parts.workers.table.select([2])
    desk.until(lambda: shown_parameters(desk) == [])
    desk.window.parts.workers.table.select([0])
    assert line(desk, "seconds") is not old
    assert line(desk, "seconds").text() == "0.5"


def test_the_same_workload_in_another_row_keeps_the_fields(desk: Desk) -> None:
    desk.window.parts.workers.editing.duplicate_selected()
    field = line(desk, "seconds")
    desk.window.parts.workers.editing.edit(3, "parameters.seconds", "9")
    assert field is line(desk, "seconds")
    assert field.text() == "9"
    desk.window.parts.workers.table.select([0])
    assert field is line(desk, "seconds")
    assert field.text() == "0.5"


def test_no_row_has_no_fields(desk: Desk) -> None:
    desk.window.parts.workers.editing.replace_all([])
    desk.until(lambda: shown_parameters(desk) == [])
    form_of(desk).show_row(None)
    assert form_of(desk).workload.words.text() == ""


def test_tab_goes_from_the_workload_through_its_fields_to_the_interval(desk: Desk) -> None:
    form = form_of(desk)
    for workload in ("native", "socket", "blocking-call"):  # made anew each time
        choose(desk, workload)
        (name,) = [parameter.field for parameter in Catalogue().workload(workload).parameters]
        desk.until(form.field(name).isVisible)
        form.field("workload").setFocus()
        for expected in (name, "interval"):
            desk.qtbot.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
            assert form.focusWidget().objectName() == expected
        desk.qtbot.keyClick(form.focusWidget(), Qt.Key.Key_Backtab)
        assert form.focusWidget().objectName() == name


# -- editing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["0", "-1", "nan", "inf", "soon", "", "3601"])
def test_a_wrong_value_is_one_sentence_and_keeps_the_focus(desk: Desk, wrong: str) -> None:
    field, form = line(desk, "seconds"), form_of(desk)
    type_into(desk, field, wrong)
    if not wrong:
        desk.qtbot.keyClick(field, Qt.Key.Key_Backspace)
    desk.qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert form.problem.text().startswith("Length of a call ")
    assert "Enter 0.001 to 3,600 s." in form.problem.text()
    assert field.hasFocus()
    assert parameters(desk) == (("seconds", 0.5),)
    desk.qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), form.problem.text()) == ("0.5", "")


def test_a_right_value_is_for_the_next_run(desk: Desk) -> None:
    field = line(desk, "seconds")
    type_into(desk, field, "0.002")
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert parameters(desk) == (("seconds", 0.002),)
    type_into(desk, field, "2")  # as usual
    form_of(desk).field("interval").setFocus()
    assert parameters(desk) == ()
    assert field.text() == "2"


def test_a_switch_is_ticked_by_the_space_bar(desk: Desk) -> None:
    desk.window.parts.workers.table.select([1])
    box = form_of(desk).field("parameters.interrupt")
    desk.until(box.isVisible)
    box.setFocus()
    for values in ((("interrupt", False),), ()):
        desk.qtbot.keyClick(box, Qt.Key.Key_Space)
        assert parameters(desk, 1) == values
        assert box.isChecked() is (values == ())
    desk.qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.isChecked()


def test_another_workload_begins_with_what_is_usual(desk: Desk) -> None:
    choose(desk, "native")
    assert line(desk, "seconds").text() == "0.2"
    assert parameters(desk) == ()
    choose(desk, "blocking-call")
    assert line(desk, "seconds").text() == "2"


def test_a_wrong_text_is_forgotten_with_its_workload(desk: Desk) -> None:
    """The workload is changed elsewhere while a field of the old one has the focus and cannot be left."""
    field, form = line(desk, "seconds"), form_of(desk)
    type_into(desk, field, "soon")
    assert form.problem.text()
    desk.window.parts.workers.editing.edit(0, "workload", "error")
    assert form.problem.text() == ""
    assert form.field("workload").hasFocus()
    assert parameters(desk) == ()
    assert line(desk, "line").text() == "3"


def test_what_is_typed_is_taken_when_the_worker_is_started(desk: Desk) -> None:
    type_into(desk, line(desk, "seconds"), "0.001")
    desk.window.parts.actions.start.trigger()
    assert parameters(desk) == (("seconds", 0.001),)
    desk.until(lambda: desk.rows[0] == "Running")


def test_a_worker_runs_as_it_was_told(desk: Desk) -> None:
    choose(desk, "error")
    type_into(desk, line(desk, "line"), "2")
    desk.qtbot.keyClick(form_of(desk).focusWidget(), Qt.Key.Key_Return)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows[0].startswith("Failed: "))
    snapshot = desk.window.parts.workers.rows.rows[0].snapshot
    assert snapshot is not None
    assert snapshot.lines == 2
    assert "ValueError" in snapshot.error


def test_hostile_words_stay_plain(make_desk: Callable[..., Desk]) -> None:
    class Hostile(Sleep):
        id = "hostile"
        sentence = "<img src='file:///x'>"
        warning = "<b>w</b>"

    desk = make_desk(
        (Worker(name="a", strategy="flag", workload="hostile"),), Catalogue(workloads=(*BUILT_IN, Hostile))
    )
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Worker")
    words = form_of(desk).workload.words
    assert words.text() == "<img src='file:///x'>\nWarning: <b>w</b>"
    assert words.textFormat() is Qt.TextFormat.PlainText


# -- the rows, without a window ----------------------------------------------------------------------------------


def test_rows_know_the_fields_of_their_workload_and_no_others() -> None:
    rows = WorkerRows(WORKERS, Catalogue())
    assert [parameter.field for parameter in rows.parameters(0)] == ["parameters.seconds"]
    assert rows.text(0, "parameters.seconds") == "0.5"
    assert rows.text(1, "parameters.interrupt") == "yes"
    rows.edit(0, "parameters.seconds", "3")
    rows.edit(1, "parameters.interrupt", "no")
    assert [worker.parameters for worker in rows.workers()] == [(("seconds", 3.0),), (("interrupt", False),), ()]
    before = rows.workers()
    for index, name in [(0, "parameters.interrupt"), (2, "parameters.seconds"), (0, "parameters.")]:
        for call in (rows.text, lambda i, n: rows.edit(i, n, "1"), lambda i, n: rows.check(i, n, "1")):
            with pytest.raises(BadInput, match="has no such parameter") as caught:
                call(index, name)
            assert caught.value.field == name
    assert rows.workers() == before


def test_the_same_workload_once_more_keeps_what_it_was_told() -> None:
    rows = WorkerRows(WORKERS, Catalogue())
    rows.edit(0, "workload", "blocking-call")
    assert rows.workers()[0] == WORKERS[0]
    rows.edit(0, "workload", "native")
    assert rows.workers()[0].parameters == ()
