"""Ends: failures, stuck threads, closing the window, and the same by the operating system's signals."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.core.catalogue import Catalogue
from app.core.engine import Abilities
from app.core.loop_context import LoopContext
from app.core.states import Outcome
from app.core.strategies import BUILT_IN, About, Strategy
from app.core.worker import Worker
from app.core.workloads import Workload
from app.core.workloads.sleep import Sleep
from app.documents.settings import Settings, save_settings
from app.documents.startup_settings import settings_path
from app.ui.chain.words import LET_GO
from app.ui.closing import QUIT, stacks_text, still_running
from app.ui.details.logic import AS_PYTHON_SAYS
from app.ui.workers.logic import tooltip
from app.ui.workers.rows import Column
from tests.ui.conftest import QUICK, Desk

MakeDesk = Callable[..., Desk]


class Deaf(Strategy):
    """Blocks in its first piece of work until the test lets it go, whatever it is asked."""

    about = About("deaf", "Deaf", "Does not listen.", "–", "None.", "Anything.", "https://docs.python.org/3/")
    let_go: threading.Event

    def request_stop(self) -> None:
        """Do nothing."""

    def loop(self, context: LoopContext) -> None:
        """Write a line and block."""
        context.line()
        self.let_go.wait()
        context.noticed()


class Broken(Workload):
    """Raises what it is told to."""

    id = "broken"
    title = "Broken"
    sentence = "Raises."
    error: BaseException = ValueError("<b>boom</b>")

    def work(self) -> None:
        """Raise."""
        raise self.error


CATALOGUE = Catalogue((*BUILT_IN, Deaf), (Sleep, Broken))


@pytest.fixture
def deaf(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> MakeDesk:
    """Return a maker of windows in which 'deaf' is a strategy; what is deaf is let go at the end.

    None is released: the time that released runs have to end is waited out each time.
    """
    monkeypatch.setattr("app.ui.closing._RELEASE_TIMEOUT", 100)
    Deaf.let_go = threading.Event()
    yield lambda *workers, **settings: make_desk(workers or (Worker("D", "deaf"), QUICK[0]), CATALOGUE, **settings)
    Deaf.let_go.set()


@pytest.mark.parametrize("error", [ValueError("<b>boom</b>"), SystemExit(3), KeyboardInterrupt()])
def test_an_exception_fails_its_run_and_the_others_run_on(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(Broken, "error", error)
    desk = make_desk((Worker("B", "event-poll", "broken"), QUICK[0]), CATALOGUE)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.cell(0, Column.STATE).startswith("Failed: "))
    assert type(error).__name__ in desk.cell(0, Column.STATE)
    desk.until(lambda: "running… 3" in desk.log_texts())
    assert desk.rows[1] == "Running"
    records = [text for text in desk.log_texts() if "Traceback" in text]
    assert len(records) == 1
    assert "in work" in records[0]
    desk.window.parts.workers.table.select([0])
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Last run")
    said = desk.window.parts.details.run.toPlainText()
    # The person's own code first, whatever called it; then the whole as Python writes it.
    first = said.index("▶ ui/test_ends.py, line ")
    assert first < said.index("It was called by:") < said.index(AS_PYTHON_SAYS) < said.index("Traceback (most recent")
    assert "▶ ui/test_ends.py, line " in tooltip(desk.window.parts.workers.rows.rows[0], CATALOGUE)


def test_the_tooltip_of_a_failure_is_escaped(make_desk: MakeDesk) -> None:
    desk = make_desk((Worker("B", "event-poll", "broken"),), CATALOGUE)
    desk.window.parts.workers.start()
    desk.until_quiet()
    tip = tooltip(desk.window.parts.workers.rows.rows[0])
    assert "&lt;b&gt;boom&lt;/b&gt;" in tip
    assert "<b>" not in tip


def test_a_refused_thread_is_one_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if "#" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    desk.window.parts.workers.start()
    desk.until_quiet()
    assert desk.cell(0, Column.STATE).startswith("Failed: The operating system refused a thread")
    assert "\n" not in desk.cell(0, Column.STATE)


def test_a_run_that_does_not_end_in_time_is_stuck_with_its_stack_and_then_interrupted(deaf: MakeDesk) -> None:
    desk = deaf(stop_deadline=0.05)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    desk.window.parts.workers.stop()
    desk.until(lambda: desk.rows[0].startswith("Stuck "))
    desk.until(lambda: desk.window.parts.status.labels[1].text() == "1 stuck")
    stuck = [text for text in desk.log_texts() if text.startswith("stuck: ")]
    assert len(stuck) == 1
    assert "in loop" in stuck[0]
    assert "in loop" in tooltip(desk.window.parts.workers.rows.rows[0])
    assert not desk.window.parts.actions.stop.isEnabled()
    Deaf.let_go.set()
    desk.until(lambda: desk.cell(0, Column.STATE) == "Stopped (was stuck)")
    assert desk.cell(0, Column.LATENCY).endswith((" ms", " s"))


# -- letting go --------------------------------------------------------------------------------------------------

BLOCKED = (
    Worker("B", "event-wait", "blocking-call", parameters=(("seconds", 3_600.0),)),
    Worker("L", "event-wait", "lock"),
)


def stuck(make_desk: MakeDesk, **settings: object) -> Desk:
    """Return a window with two runs that are stuck for good."""
    desk = make_desk(BLOCKED, stop_deadline=0.05, **settings)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 1") == 2)
    desk.window.parts.workers.stop()
    desk.until(lambda: all(state.startswith("Stuck ") for state in desk.rows))
    return desk


def test_stuck_stays_stuck_with_its_time_until_the_person_lets_it_go(make_desk: MakeDesk) -> None:
    desk = stuck(make_desk)
    before = desk.rows
    # The time goes on, which takes frames and nothing else: whatever the deadline would do is done by now.
    desk.until(lambda: all(old != new for old, new in zip(before, desk.rows, strict=True)))
    assert all(state.startswith("Stuck ") for state in desk.rows)
    desk.window.parts.workers.table.select([0])
    action = desk.window.parts.actions.let_go
    assert (action.isEnabled(), action.toolTip()) == (True, LET_GO)
    assert action in desk.window.parts.workers.table.actions()
    action.trigger()
    desk.until(lambda: desk.cell(0, Column.STATE) == "Never stopped (released)")
    assert (desk.cell(0, Column.LATENCY), desk.rows[1].partition(" ")[0]) == ("never", "Stuck")
    assert not action.isEnabled()
    assert not any("interrupted" in text for text in desk.log_texts())
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Last run")
    said = desk.window.parts.details.run.toPlainText()
    assert "State: ended, released" in said
    assert "Stop latency: never stopped; released by Thread Controller after " in said
    desk.window.parts.workers.table.clearSelection()
    action.trigger()  # none is selected: all that are stuck
    desk.until(lambda: desk.cell(1, Column.STATE) == "Never stopped (released)")
    desk.until_quiet()
    lane = next(iter(desk.window.parts.timeline.feed.timeline.lanes.values()))
    assert lane.released is not None
    assert not action.isEnabled()


def test_where_the_stuck_run_is_explained_it_can_be_let_go(make_desk: MakeDesk) -> None:
    desk = stuck(make_desk)
    desk.window.parts.workers.table.select([1])
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Stop")
    page = desk.window.parts.details.stop
    assert page.release.isVisible()
    assert page.release.toolTip() == LET_GO
    assert "until its work ends or you let it go" in page.sentence.text()
    page.release.click()
    desk.until(lambda: desk.cell(1, Column.STATE) == "Never stopped (released)")
    desk.until(page.release.isHidden)
    assert "released by Thread Controller" in page.sentence.text()
    assert desk.rows[0].startswith("Stuck ")


def test_where_the_engine_cannot_let_go_it_is_not_offered(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    cannot = Abilities(let_go=False, in_flight=16_000)
    monkeypatch.setattr("app.core.thread_engine.Abilities", lambda **_facts: cannot)
    desk = stuck(make_desk)
    desk.window.parts.workers.table.select([1])
    assert not desk.window.parts.actions.let_go.isEnabled()
    desk.window.parts.actions.details.setChecked(True)
    desk.window.parts.details.show_page("Stop")
    page = desk.window.parts.details.stop
    assert page.sentence.isVisible()
    assert page.release.isHidden()


def test_what_is_let_go_is_recorded_as_an_action(make_desk: MakeDesk) -> None:
    desk = stuck(make_desk)
    desk.window.parts.workers.table.select([1])
    desk.window.parts.actions.let_go.trigger()
    desk.until(lambda: any(entry.get("action") == "let-go" for entry in desk.log_entries()))
    (entry,) = (entry for entry in desk.log_entries() if entry.get("action") == "let-go")
    assert (entry["worker"], entry["run"]) == ("L", 2)


def test_closing_lets_the_stuck_go(make_desk: MakeDesk) -> None:
    desk = stuck(make_desk)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.close()
    assert caught.args == [False]
    assert [desk.controller.state.snapshot(run).outcome for run in (1, 2)] == [Outcome.RELEASED] * 2


def test_closing_lets_go_of_what_has_not_ended_within_its_own_deadline(make_desk: MakeDesk) -> None:
    desk = make_desk(BLOCKED, stop_deadline=3_600.0, close_deadline=0.1)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 1") == 2)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.close()
    assert caught.args == [False]
    assert not desk.window.parts.closing.dialog.isVisible()
    assert [desk.controller.state.snapshot(run).outcome for run in (1, 2)] == [Outcome.RELEASED] * 2


# -- closing -----------------------------------------------------------------------------------------------------


def test_closing_with_no_run_alive_is_at_once(desk: Desk) -> None:
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.close()
    assert caught.args == [False]
    assert not desk.window.isVisible()


def test_closing_asks_all_runs_and_leaves_when_they_are_gone(desk: Desk) -> None:
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.close()
        assert desk.window.isVisible()
    assert caught.args == [False]
    assert desk.controller.is_idle()


def closing_deaf(deaf: MakeDesk, **settings: object) -> Desk:
    desk = deaf(close_deadline=0.1, **settings)
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    return desk


def test_while_it_closes_the_window_lives_and_names_the_live_runs(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    desk.window.close()
    desk.until(lambda: desk.rows[1] == "Stopped")
    desk.until(lambda: desk.window.banner.text() == "Closing. 1 thread is still running: D #1.")
    assert desk.window.banner.isVisible()
    assert not desk.window.parts.actions.start.isEnabled()
    desk.window.parts.workers.start()
    assert len(desk.controller.state.live()) == 1
    Deaf.let_go.set()
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        pass
    assert caught.args == [False]


def test_the_stuck_are_named_with_their_stacks_and_waited_for(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    desk.window.close()
    dialog = desk.window.parts.closing.dialog
    desk.until(dialog.isVisible)
    assert dialog.sentence.text() == "1 thread is still running: D #1."
    assert dialog.hint.text() == QUIT
    desk.until(lambda: "self.let_go.wait()" in dialog.stacks.toPlainText())  # comes with a later frame
    dialog.wait_button.click()
    assert not dialog.isVisible()
    desk.until(dialog.isVisible)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        Deaf.let_go.set()
    assert caught.args == [False]
    assert not dialog.isVisible()


def test_leave_leaves_them_behind(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    desk.window.close()
    desk.until(desk.window.parts.closing.dialog.isVisible)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.parts.closing.dialog.quit_button.click()
    assert caught.args == [True]


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_cancel_goes_back_to_a_window_that_works(deaf: MakeDesk, way: str) -> None:
    desk = closing_deaf(deaf, stop_deadline=3_600.0)
    parts, dialog = desk.window.parts, desk.window.parts.closing.dialog
    finished: list[bool] = []
    desk.window.finished.connect(finished.append)
    desk.window.close()
    desk.until(dialog.isVisible)
    if way == "button":
        dialog.cancel_button.click()
    else:
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert desk.window.isVisible()
    assert not dialog.isVisible()
    assert not desk.window.banner.isVisible()
    # What was asked to stop is still asked; everything else can be used again.
    assert parts.actions.start.isEnabled()
    parts.workers.start_named(["Event"])
    desk.until(lambda: desk.rows[1] == "Running")
    assert desk.rows[0].startswith("Stopping")
    parts.workers.stop_named(["Event"])
    Deaf.let_go.set()
    desk.until_quiet()
    assert finished == []
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.close()
    assert caught.args == [False]


def test_a_process_that_was_asked_to_end_has_no_window_to_go_back_to(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    dialog = desk.window.parts.closing.dialog
    desk.window.begin_closing(signal.SIGINT)
    desk.until(dialog.isVisible)
    assert not dialog.cancel_button.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # waits
    assert not dialog.isVisible()
    with desk.qtbot.waitSignal(desk.window.finished):
        Deaf.let_go.set()


def test_at_sigterm_no_question_is_asked(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.begin_closing(signal.SIGTERM)
    assert caught.args == [True]
    assert not desk.window.parts.closing.dialog.isVisible()


def test_sigterm_answers_an_open_dialog(deaf: MakeDesk) -> None:
    desk = closing_deaf(deaf)
    desk.window.close()
    desk.until(desk.window.parts.closing.dialog.isVisible)
    with desk.qtbot.waitSignal(desk.window.finished) as caught:
        desk.window.begin_closing(signal.SIGTERM)
    assert caught.args == [True]


def test_many_names_are_cut_in_the_sentence(deaf: MakeDesk) -> None:
    desk = make_many(deaf, 8)
    desk.controller.locate(desk.controller.state.live())
    desk.until(lambda: all(snapshot.calls for snapshot in desk.controller.left()))
    snapshots = desk.controller.left()
    assert still_running(snapshots, len(snapshots)) == (
        "8 threads are still running: D 1 #1, D 2 #1, D 3 #1, D 4 #1, D 5 #1, D 6 #1 and 2 more."
    )
    assert stacks_text(snapshots).count("in loop") == 8


def make_many(deaf: MakeDesk, count: int) -> Desk:
    desk = deaf(*(Worker(f"D {i}", "deaf") for i in range(1, count + 1)))
    desk.window.parts.workers.start()
    desk.until(lambda: desk.log_texts().count("running… 1") == count)
    return desk


# -- the whole process -------------------------------------------------------------------------------------------


QUIET = "This plugin does not support propagateSizeHints()\n"
# The first thread that runs sends the signal: by then the handlers are there. A second one is sent only when the first
# has been noted: two that are pending at the same time are one.
DRIVER = """
import os, signal, sys, threading
from app.core.strategies.event_poll import EventPoll
from app.signals import Signals
from app.__main__ import main
noted = threading.Event()
note, loop = Signals.on_signal, EventPoll.loop
def noting(self, *args):
    note(self, *args)
    noted.set()
def announced(self, context):
    for _ in range({times}):
        os.kill(os.getpid(), signal.{name})
        noted.wait()
    loop(self, context)
Signals.on_signal, EventPoll.loop = noting, announced
sys.exit(main(sys.argv[1:]))
"""


def signalled(name: str, *arguments: str, times: int = 1) -> "subprocess.CompletedProcess[str]":
    """Run the program; its first thread, once it runs, sends the process a signal."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(name=name, times=times), *arguments],
        cwd=root, text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_signals_close_the_window_in_order(name: str, status: int) -> None:
    done = signalled(name, "--start")
    assert done.stderr.replace(QUIET, "") == ""
    assert done.returncode == status


@pytest.fixture
def stuck_for_good(tmp_path: Path) -> tuple[str, ...]:
    """Return arguments that start a worker which does not end; the settings give it little time when the window closes."""
    save_settings(settings_path(), Settings(close_deadline=0.1))
    path = tmp_path / "stuck.toml"
    path.write_text('[[worker]]\nstrategy = "event-poll"\ninterval = 60\n')
    return ("--workers", str(path), "--start")


def test_sigterm_leaves_the_stuck_behind(stuck_for_good: tuple[str, ...]) -> None:
    done = signalled("SIGTERM", *stuck_for_good)
    assert done.stderr.replace(QUIET, "") == ""
    assert done.returncode == 3


def test_a_second_ctrl_c_leaves_at_once(stuck_for_good: tuple[str, ...]) -> None:
    done = signalled("SIGINT", *stuck_for_good, times=2)
    assert done.returncode == 130
