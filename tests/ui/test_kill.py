"""Workers in processes of their own in the window: where they live is chosen in Details, and they can be killed."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from app.core.events import Killed
from app.core.states import Outcome
from app.core.worker import PROCESS, WINDOW, Worker
from app.programs.child_engine import ChildEngine
from tests.programs.children import sabotaged
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]
BLOCKED = Worker(
    name="Blocked",
    strategy="event-poll",
    workload="blocking-call",
    interval=0.01,
    parameters=(("seconds", 600.0),),
    engine=PROCESS,
)
HERE = Worker(name="Here", strategy="event-wait", interval=0.01)


def until_line(desk: Desk, name: str) -> int:
    """Wait until a worker's run has written a line, and return its id."""
    (index,) = desk.window.parts.workers.rows.indices([name])
    row = desk.window.parts.workers.rows.rows[index]
    desk.until(lambda: row.snapshot is not None and row.snapshot.lines > 0)
    assert row.run is not None
    return row.run


def test_a_run_in_a_process_of_its_own_is_killed_by_the_action_and_the_others_run_on(make_desk: MakeDesk) -> None:
    desk = make_desk((BLOCKED, HERE))
    parts = desk.window.parts
    parts.workers.table.select([0, 1])
    assert not parts.actions.kill.isEnabled()
    parts.actions.start.trigger()
    run, other = until_line(desk, "Blocked"), until_line(desk, "Here")
    desk.until(parts.actions.kill.isEnabled)
    # A thread of this process cannot be killed.
    parts.workers.table.select([1])
    desk.until(lambda: not parts.actions.kill.isEnabled())
    parts.workers.table.select([0])
    desk.until(parts.actions.kill.isEnabled)
    parts.actions.kill.trigger()
    desk.until(lambda: desk.rows[0] == "Killed")
    snapshot = desk.controller.state.snapshot(run)
    assert snapshot is not None
    assert snapshot.outcome is Outcome.KILLED
    (killed,) = [event for event in desk.log_events() if isinstance(event, Killed)]
    assert killed.clicked is not None
    (entry,) = [entry for entry in desk.log_entries() if entry.get("action") == "kill"]
    assert (entry["run"], entry["worker"]) == (run, "Blocked")
    assert desk.controller.state.is_live(other)
    assert not parts.actions.kill.isEnabled()


def test_details_offers_kill_while_the_run_can_be_killed(make_desk: MakeDesk) -> None:
    desk = make_desk((BLOCKED,))
    parts = desk.window.parts
    parts.workers.table.select([0])
    parts.actions.details.setChecked(True)
    parts.details.show_page("Stop")
    parts.actions.start.trigger()
    until_line(desk, "Blocked")
    desk.until(parts.details.stop.kill_button.isVisible)
    QTest.mouseClick(parts.details.stop.kill_button, Qt.MouseButton.LeftButton)
    desk.until(lambda: desk.rows == ["Killed"])
    desk.until(lambda: not parts.details.stop.kill_button.isVisible())
    assert "Its process was killed" in parts.details.stop.sentence.text()


def test_closing_offers_to_kill_what_is_stuck_in_a_process(make_desk: MakeDesk) -> None:
    # It never notices: one that does could end before its third iteration, which is the one that gets stuck.
    worker = Worker(name="Stuck", strategy="future-cancel", interval=0.01, engine=PROCESS)
    desk = make_desk((worker,), close_deadline=1.0)
    children = desk.services.runtime.others[PROCESS]
    assert isinstance(children, ChildEngine)
    # A C call keeps its interpreter: it can neither notice nor be let go.
    children.settings.launch = sabotaged("ctypes.PyDLL(None).sleep(1000)")
    left: list[bool] = []
    closing = desk.window.parts.closing
    closing.finished.connect(left.append)
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows == ["Running"])
    desk.window.close()
    desk.until(closing.dialog.isVisible)
    assert closing.dialog.kill_button.isVisible()
    QTest.mouseClick(closing.dialog.kill_button, Qt.MouseButton.LeftButton)
    desk.until(lambda: left == [False])
    assert closing.has_killed


def test_where_a_worker_lives_is_chosen_in_details(make_desk: MakeDesk) -> None:
    desk = make_desk((HERE,))
    parts = desk.window.parts
    parts.workers.table.select([0])
    parts.actions.details.setChecked(True)
    parts.details.show_page("Worker")
    form, rows = parts.details.form, parts.workers.rows
    box, field = form.field("engine"), form.field("interpreter")
    assert isinstance(box, QComboBox)
    assert isinstance(field, QLineEdit)
    assert (box.currentData(), field.text()) == (WINDOW, "")
    field.setFocus()
    QTest.keyClicks(field, "/nowhere/python")
    QTest.keyClick(field, Qt.Key.Key_Return)
    # Naming a Python means a process.
    desk.until(lambda: rows.workers()[0].engine == PROCESS)
    assert (rows.workers()[0].interpreter, box.currentData()) == ("/nowhere/python", PROCESS)
    parts.actions.start.trigger()
    assert "'/nowhere/python' is not there" in parts.workers.problem.text()
    box.setFocus()
    box.setCurrentIndex(box.findData(WINDOW))
    box.activated.emit(box.currentIndex())
    assert (rows.workers()[0].engine, rows.workers()[0].interpreter) == (WINDOW, None)
    parts.actions.start.trigger()
    until_line(desk, "Here")
