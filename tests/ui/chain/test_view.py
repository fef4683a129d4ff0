"""The page about a stop, the badge, the log's words, and what has to be agreed to."""

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.adapters import whole_catalogue
from app.core.batch import Kind, Record, RunName
from app.core.catalogue import Catalogue
from app.core.events import Ended, Located, encode
from app.core.latency import StopChain
from app.core.own_code.description import OwnCode
from app.core.prediction import Lateness, LateReason, Notices
from app.core.stacks import Call
from app.core.states import Outcome, State
from app.core.strategies.flag import Flag
from app.core.worker import Worker, code_worker
from app.core.workloads.sleep import Sleep
from app.ui.chain.logic import boxes
from app.ui.chain.view import StopPage
from app.ui.details.logic import NOTICES, record_text, run_facts, stop_of, workload_facts
from app.ui.log.columns import shown_text
from app.ui.status import stuck_words, window_title
from app.ui.theme import Theme
from app.ui.window_lag import LagSummary
from app.ui.workers.consent import (
    FREEZING,
    RUN_IT,
    START_ANYWAY,
    Agreed,
    Risk,
    consent_needed,
    consent_question,
    find_risks,
)
from app.ui.workers.logic import tooltip
from app.ui.workers.rows import Row
from tests.core.mechanisms import Gate, catalogue_with, workload_of
from tests.ui.chain.test_logic import WHOLE, run
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]


class Risky(Flag):
    """A strategy that can do harm."""

    about = replace(Flag.about, id="risky", title="Risky one", warning="It can <b>break</b> things.")


def freezing() -> type:
    """A workload that says that it freezes the process, and does not."""
    workload = workload_of(work=lambda: None)
    workload.own_process = True
    return workload


@pytest.fixture
def theme(qtbot: QtBot) -> Theme:
    """The colours of the page."""
    return Theme()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> StopPage:
    """A page on the screen."""
    page = StopPage(theme, Catalogue())
    qtbot.addWidget(page)
    page.resize(420, 700)
    with qtbot.waitExposed(page):
        page.show()
    return page


def texts(page: StopPage) -> list[list[str]]:
    """What the table shows."""
    model = page.table.model()
    return [[str(model.index(r, c).data()) for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_the_page_says_it_in_words_as_a_bar_and_as_a_table(page: StopPage) -> None:
    page.show_run(run(WHOLE, band=(0, 50_000_000)), 0)
    assert page.title.text() == "Flag #3: Stopped"
    assert page.sentence.text().startswith("The thread caused the delay: ")
    assert page.band.text() == "Predicted to notice within 50.0 ms of the request, and did, after 20.0 ms."
    assert page.bar.isVisible()
    assert len(page.bar.picture().parts) == 5
    assert texts(page)[1] == ["requested → noticed", "0", "20.0 ms", "20.0 ms", "66.7 %"]
    assert page.table.accessibleName() == "Stop chain"
    index = page.table.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "window: from the click to the request"
    assert not page.where.isVisible()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_bar_is_painted_as_the_figures_say(page: StopPage, theme: Theme, name: str) -> None:
    theme.choose(name)
    page.show_run(run(WHOLE), 0)
    image = page.bar.grab().toImage()
    scale = image.width() / page.bar.width()
    second = boxes(page.bar.picture().parts, page.bar.width(), 22)[1]
    # Near the left edge of the part, away from its label, in the middle of the bar's height.
    y = page.bar.fontMetrics().height() + 2 + 4 + 13
    colour = image.pixelColor(round((second.left + 4) * scale), round(y * scale))
    assert colour.name() == theme.colour("stopping")
    theme.choose("system")


def test_the_model_of_the_table_is_sound(page: StopPage, qtmodeltester: ModelTester) -> None:
    page.show_run(run(WHOLE), 0)
    qtmodeltester.check(page.table.model())
    page.show_run(run(StopChain(requested=1), State.STOPPING), 5)
    qtmodeltester.check(page.table.model())


def test_a_worker_that_was_not_run_has_a_sentence_and_nothing_else(page: StopPage) -> None:
    page.show_run(run(WHOLE), 0)
    page.show_run(None, 0)
    assert page.sentence.text() == "This worker has not been run yet."
    visible = [w for w in (page.title, page.bar, page.band, page.table, page.where) if w.isVisible()]
    assert visible == []


def test_where_it_was_is_plain_text_and_disappears_again(page: StopPage) -> None:
    calls = (Call("<b>gone\u202e.py", 3, "work", "wait('<img src=x>')"),)
    page.show_run(run(WHOLE, located=(Located(calls),)), 0)
    assert page.where.isVisible()
    assert page.where.isReadOnly()
    assert page.where.toPlainText() == ("▶ <b>gone\\u202e.py, line 3, in work\n▶\t    3  wait('<img src=x>')")
    assert page.why.isVisible()
    assert page.why.text().startswith(
        r"noticed-not-ended: It had noticed, and was at `wait('<img src=x>')` (<b>gone\u202e.py:3)"
    )
    assert page.why.textFormat() is Qt.TextFormat.PlainText
    page.show_run(run(WHOLE), 0)
    assert not page.where.isVisible()
    assert not page.why.isVisible()


def test_the_stop_before_is_shown_until_the_new_run_is_asked() -> None:
    before, now = run(WHOLE), run(StopChain(), State.RUNNING)
    row = Row(Worker("Flag", "flag"), asked=before)
    assert stop_of(row) is before
    row.snapshot = now
    assert stop_of(row) is before
    row.snapshot = replace(now, chain=StopChain(requested=1))
    assert stop_of(row) is row.snapshot
    assert stop_of(Row(Worker("Flag", "flag"))) is None


def test_a_stuck_thread_has_a_page_a_badge_and_a_title(make_desk: MakeDesk) -> None:
    gate = Gate()
    workload = workload_of(work=gate.work)
    worker = Worker("Blocked", "event-wait", workload="test", interval=0.01)
    desk = make_desk((worker,), catalogue_with(workload), stop_deadline=0.05)
    window = desk.window
    window.parts.actions.details.setChecked(True)
    window.parts.details.show_page("Stop")
    label = window.parts.status.labels[1]
    assert (label.text(), label.font().bold(), window.parts.status.badge.isVisible()) == ("0 stuck", False, False)
    desk.window.parts.workers.start()
    desk.until(gate.entered.is_set)
    window.parts.workers.stop_all()
    desk.until(lambda: window.windowTitle() == "1 stuck – Thread Controller")
    assert label.text() == "1 stuck"
    assert label.font().bold()
    colour = label.palette().color(QPalette.ColorRole.WindowText)
    assert colour == QColor(window.parts.theme.colour("stuck"))
    assert window.parts.status.badge.isVisible()
    assert not window.parts.status.badge.pixmap().isNull()
    page = window.parts.details.stop
    desk.until(lambda: "has not noticed yet; it counts as stuck" in page.sentence.text())
    assert page.bar.picture().parts[-1].is_open
    assert page.where.isVisible()
    assert "▶ core/mechanisms.py" in page.where.toPlainText()
    assert "self._opened.wait(30)" in page.where.toPlainText()
    gate.open()
    desk.until_quiet()
    assert window.windowTitle() == "Thread Controller"
    assert (label.text(), label.font().bold(), window.parts.status.badge.isVisible()) == ("0 stuck", False, False)
    assert page.title.text() == "Blocked #1: Stopped (was stuck)"
    assert texts(page)[4][3] != "–"  # the page has the instant at which the row was painted
    assert html.escape("requested → noticed: ") in tooltip(window.parts.workers.rows.rows[0])


def test_how_many_are_stuck_is_said() -> None:
    assert window_title(0) == "Thread Controller"
    assert window_title(1_200) == "1,200 stuck – Thread Controller"
    assert stuck_words(0) == ""
    assert stuck_words(1) == "1 thread is stuck: asked to stop, past the deadline, still alive."
    assert stuck_words(2).startswith("2 threads are stuck")


def test_the_log_shows_an_end_in_words_and_the_record_page_both() -> None:
    late = Lateness(19_000_000, LateReason.SCHEDULING)
    kind, text = encode(Ended(Outcome.INTERRUPTED, WHOLE, 7, True, None, late, (0, 1), 0, "flag", "sleep", 0.1))
    words = "stopped: noticed 20.0 ms after Stop (predicted within 0.00 µs), was stuck"
    assert shown_text(Record(0, 1, kind, text)).endswith(words)
    assert shown_text(Record(0, 1, Kind.LINE, text)) == text  # a thread may write what looks like one
    whole = record_text(Record(0, 1, kind, text), RunName("Flag", 3), 0)
    assert whole.splitlines()[0].endswith("Flag #3")
    assert words in whole
    assert whole.splitlines()[-1] == text


# -- what has to be agreed to ------------------------------------------------------------------------------------

RISKY = Risk("strategy", "risky", "Risky one", "It can <b>break</b> things.")
FROZEN = Risk("workload", "test", "Test", FREEZING)


@pytest.mark.parametrize(
    ("workers", "agreed", "asked"),
    [
        ([Worker("One", "flag")], (), ()),
        ([Worker("One", "risky"), Worker("Two", "risky")], (), (RISKY,)),
        ([Worker("One", "risky", workload="test")], (), (RISKY, FROZEN)),
        ([Worker("One", "risky", workload="test")], (RISKY,), (FROZEN,)),
        ([Worker("One", "gone", workload="test"), Worker("Two", "flag", workload="gone")], (), ()),
        ([], (), ()),
    ],
)
def test_what_can_do_harm_is_asked_about_once(
    workers: list[Worker], agreed: Sequence[Risk], asked: tuple[Risk, ...]
) -> None:
    catalogue = catalogue_with(Risky, freezing())
    known = Agreed()
    known.agree(agreed)
    assert find_risks(workers, catalogue, known) == asked


def test_a_file_of_one_s_own_is_asked_about_with_python_and_folder(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def poll(): pass")
    worker = code_worker("Poller", OwnCode(str(file), "poll"))
    agreed = Agreed()
    (risk,) = find_risks([worker, replace(worker, name="B")], whole_catalogue(), agreed)
    assert risk.workers == ("Poller", "B")
    assert risk.use is not None
    assert consent_question([risk]) == ("“Poller” and “B” run “mine.py”.", f"{risk.use.sentence}\n\n{RUN_IT}")
    assert consent_needed([replace(risk, workers=("B",))]) == (
        "Not started: “B” runs code of your own and needs your confirmation."
    )
    agreed.agree([risk])
    file.write_text("edited")
    assert find_risks([worker], whole_catalogue(), agreed) == ()
    elsewhere = replace(worker, code=OwnCode(str(file), "poll", folder=str(tmp_path.parent)))
    assert len(find_risks([elsewhere], whole_catalogue(), agreed)) == 1


def test_the_question_names_each_and_the_refusal_too() -> None:
    one, two = replace(RISKY, workers=("A",)), replace(FROZEN, workers=("A", "B"))
    assert consent_question([one]) == ("“A” uses Risky one.", f"{RISKY.warning}\n\n{START_ANYWAY}")
    assert consent_question([one, two]) == (
        "“A” uses Risky one; “A” and “B” use Test.",
        f"Risky one: {RISKY.warning}\n\nTest: {FREEZING}\n\n{START_ANYWAY}",
    )
    assert consent_needed([one]) == "Not started: “A” can hang the program and needs your confirmation."
    nameless = replace(one, workers=())
    assert consent_needed([nameless]) == f"Not started: “{one.title}” can hang the program and needs your confirmation."
    assert consent_question([nameless])[0] == f"This uses {one.title}."
    assert consent_needed([one, two]).startswith("Not started: “A” and “B” can hang the program and need your ")
    assert consent_question([replace(RISKY, workers=tuple("ABCD"))])[0] == "4 workers use Risky one."


def test_nothing_is_started_without_consent(make_desk: MakeDesk) -> None:
    workers = (Worker("Risky", "risky", interval=0.01), Worker("Tame", "flag", interval=0.01))
    desk = make_desk(workers, catalogue_with(Risky))
    panel = desk.window.parts.workers
    panel.start()  # returns at once: nothing blocks
    dialog = panel.consent_dialog.dialog
    assert isinstance(dialog, QMessageBox)
    assert dialog.isVisible()
    labels = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert len(labels) == 2
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    assert desk.question() == f"“Risky” uses Risky one. {RISKY.warning}\n\n{START_ANYWAY}"
    # While it is being asked, nothing says that it was answered.
    assert not panel.problem.isVisible()
    assert dialog.defaultButton().text().replace("&", "") == "Cancel"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert panel.consent_dialog.dialog is None
    assert panel.problem.text() == consent_needed([replace(RISKY, workers=("Risky",))])
    assert desk.controller.is_idle()
    panel.start()
    dialog = panel.consent_dialog.dialog
    assert dialog is not None
    dialog.buttons()[0].click()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    assert not panel.problem.isVisible()
    panel.stop_all()
    desk.until_quiet()
    panel.toggle(0)  # agreed for the session
    assert panel.consent_dialog.dialog is None
    desk.until(lambda: desk.rows[0] == "Running")


def test_a_window_that_closes_takes_the_question_back(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("Risky", "risky", interval=0.01),), catalogue_with(Risky))
    desk.window.parts.workers.start()
    with desk.qtbot.waitSignal(desk.window.finished):
        desk.window.close()
    assert desk.window.parts.workers.consent_dialog.dialog is None
    assert desk.rows == ["Ready"]


def test_the_question_can_be_replaced(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("Risky", "risky", interval=0.01),), catalogue_with(Risky))
    asked: list[Sequence[Risk]] = []

    def agree(risks: Sequence[Risk], agreed: Callable[[], None]) -> None:
        asked.append(risks)
        agreed()

    desk.window.parts.workers.ask = agree
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running"])
    assert asked == [(RISKY,)]


# -- the details about a strategy, a workload and a run ----------------------------------------------------------


def test_the_code_page_shows_the_strategy_or_the_workload(desk: Desk) -> None:
    details = desk.window.parts.details
    desk.window.parts.actions.details.setChecked(True)
    details.show_page("Code")
    assert "Noticed by polling: " in details.code_facts.toPlainText()
    assert "class EventPoll(" in details.code.toPlainText()
    details.code_of.setFocus()
    QTest.keyClick(details.code_of, Qt.Key.Key_Down)
    assert Sleep.sentence in details.code_facts.toPlainText()
    assert "class Sleep(" in details.code.toPlainText()


@pytest.mark.parametrize("notices", list(Notices))
def test_each_way_of_noticing_has_words(notices: Notices) -> None:
    assert NOTICES[notices].endswith(".")


def test_the_facts_about_a_workload_name_its_parameters_and_its_warning() -> None:
    catalogue = catalogue_with(freezing())
    assert workload_facts(catalogue, Worker("One", "flag", workload="test")).endswith(f"Warning: {FREEZING}")
    for workload in Catalogue().workloads:
        text = workload_facts(Catalogue(), Worker("One", "flag", workload=workload.id))
        assert all(parameter.title in text for parameter in workload.parameters)
        assert workload.warning in text


def test_a_run_that_froze_the_process_says_for_how_long() -> None:
    catalogue = catalogue_with(freezing())
    snapshot = run(WHOLE, worker=Worker("One", "flag", workload="test"), longest_work=200_000_000)
    lag = LagSummary(0, 1_000_000, 210_000_000)
    facts = run_facts(snapshot, 0, catalogue, lag)
    assert "Froze the process: up to 200 ms at a time\nWindow lag: max 210 ms in the last 16 s" in facts
    assert "no piece of its work is finished yet" in run_facts(replace(snapshot, longest_work=None), 0, catalogue)
    assert "Froze" not in run_facts(replace(snapshot, worker=Worker("One", "flag")), 0, catalogue, lag)


def test_a_run_tells_its_longest_piece_of_work(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("One", "flag", workload="test", interval=0.001, limit=3),), catalogue_with(freezing()))
    desk.window.parts.workers.ask = lambda _risks, agreed: agreed()
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Last run")
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Completed"])
    desk.until_quiet()
    snapshot = desk.window.parts.workers.rows.rows[0].snapshot
    assert snapshot is not None
    assert snapshot.longest_work is not None
    assert "Froze the process: up to " in desk.window.parts.details.run.toPlainText()
    assert "Shown: " in desk.window.parts.details.run.toPlainText()
