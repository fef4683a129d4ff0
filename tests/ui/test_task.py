"""A background task: its progress, its end, its cancellation, and its shutdown while it runs."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.ui.task import Task, TaskContext, TaskResult
from tests.fakes import PATIENCE


class Heard:
    """A task, and what was heard of it in the GUI thread."""

    def __init__(self, qtbot: QtBot, task: Task) -> None:
        self.qtbot = qtbot
        self.task = task
        self.updates: list[list[Any]] = []
        self.results: list[TaskResult] = []
        self.order: list[str] = []
        task.progress.connect(self._on_progress)
        task.ended.connect(self._on_ended)

    @property
    def values(self) -> list[Any]:
        """All values that were reported, in order."""
        return [value for update in self.updates for value in update]

    def _on_progress(self, values: list[Any]) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.updates.append(values)
        self.order.append("progress")

    def _on_ended(self, result: TaskResult) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.results.append(result)
        self.order.append("ended")

    def run(self, function: Callable[[TaskContext], Any]) -> TaskResult:
        """Run a function to its end, and return its result."""
        before = len(self.results)
        self.task.start("The test", function)
        self.until(lambda: len(self.results) > before)
        return self.results[-1]

    def until(self, true: Callable[[], object]) -> None:
        """Handle events until something is true."""
        self.qtbot.waitUntil(lambda: bool(true()), timeout=10_000)

    def handle_events(self) -> None:
        """Have the signals arrive that were queued so far."""
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()


Make = Callable[..., Heard]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    """Return a maker of tasks, which are shut down and deleted after the test."""
    made: list[Heard] = []

    def new(**options: Any) -> Heard:
        made.append(Heard(qtbot, Task(None, **options)))
        return made[-1]

    yield new
    for heard in made:
        assert heard.task.shutdown(PATIENCE)
        heard.task.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def heard(make: Make) -> Heard:
    """Return a task with the usual pause."""
    return make()


def until_cancelled(context: TaskContext) -> str:
    """Stand for a function that looks whether it was cancelled."""
    assert context.cancel.wait(PATIENCE)
    return "as far as it was"


def living(name: str) -> list[threading.Thread]:
    """Return the threads with a name that are alive."""
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_the_result_is_what_the_function_returned(heard: Heard) -> None:
    assert heard.run(lambda _context: threading.current_thread().name) == TaskResult("The test")
    assert not heard.task.is_running()
    assert living("The test") == []


def test_it_runs_from_the_start_until_the_end_arrived(heard: Heard) -> None:
    go = threading.Event()
    heard.task.start("The test", lambda _context: go.wait(PATIENCE))
    assert heard.task.is_running()
    go.set()
    heard.until(lambda: heard.results)
    assert heard.results == [TaskResult(True)]
    assert not heard.task.is_running()


def raising(error: BaseException) -> Callable[[TaskContext], None]:
    """Return a function that raises."""

    def function(_context: TaskContext) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BadInput("Something is wrong."), "Something is wrong."),
        (OSError(5, "Input/output error", "/a/file"), "/a/file: Input/output error."),
        (OSError("full"), "The disk: full."),
    ],
)
def test_what_a_person_can_mend_is_a_sentence(heard: Heard, error: Exception, sentence: str) -> None:
    assert heard.run(raising(error)) == TaskResult(problem=sentence)


def test_a_mistake_is_said_kept_with_its_traceback_and_goes_where_all_go(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: caught.append(args.exc_value))
    result = heard.run(raising(ValueError("ours")))
    assert result.problem == "The test failed: ValueError: ours"
    assert isinstance(result.error, ValueError)
    assert result.error.__traceback__ is not None
    assert caught == [result.error]
    assert heard.run(lambda _context: "again").value == "again"


def test_cancelled_it_ends_with_what_it_has(heard: Heard) -> None:
    heard.task.start("The test", until_cancelled)
    assert not heard.task.is_cancelled()
    heard.task.cancel()
    assert heard.task.is_cancelled()
    heard.until(lambda: heard.results)
    assert heard.results == [TaskResult("as far as it was", was_cancelled=True)]
    assert not heard.run(lambda context: context.is_cancelled()).value


def test_every_value_arrives_in_order_and_before_the_end(make: Make) -> None:
    heard = make(pause=0.001, most=7)

    def function(context: TaskContext) -> None:
        for number in range(1_000):
            context.report(number)

    heard.run(function)
    assert heard.values == list(range(1_000))
    assert max(map(len, heard.updates)) <= 7
    assert heard.order[-1] == "ended"
    assert heard.order.count("ended") == 1


def test_a_value_with_a_key_takes_the_place_of_the_one_before(make: Make) -> None:
    heard = make(pause=3_600)

    def function(context: TaskContext) -> None:
        for number in range(1_000):
            context.report(number, "number")
            context.report(-number, "negative")

    heard.run(function)
    assert heard.values[-2:] in ([999, -999], [-999, 999])
    assert len(heard.updates) <= 2  # the first at once, the last with the end


def test_updates_keep_their_pause_and_the_end_does_not_wait_for_it(make: Make) -> None:
    heard = make(pause=3_600)
    first, second = threading.Event(), threading.Event()

    def function(context: TaskContext) -> str:
        context.report(1)
        assert first.wait(PATIENCE)
        context.report(2)
        context.report(3)
        assert second.wait(PATIENCE)
        return "end"

    heard.task.start("The test", function)
    heard.until(lambda: heard.updates)
    assert heard.updates == [[1]]  # at once, although nothing follows
    first.set()
    for _ in range(10):
        heard.handle_events()
    assert heard.updates == [[1]]
    second.set()
    heard.until(lambda: heard.results)
    assert heard.updates == [[1], [2, 3]]
    assert heard.results == [TaskResult("end")]


def test_what_follows_within_the_pause_comes_after_it(make: Make) -> None:
    heard = make(pause=0.001)
    seen = [threading.Event() for _ in range(20)]

    def function(context: TaskContext) -> None:
        for number, event in enumerate(seen):
            context.report(number)
            assert event.wait(PATIENCE)  # arrives, although nothing follows

    heard.task.progress.connect(lambda values: [seen[value].set() for value in values])
    heard.run(function)
    assert heard.values == list(range(20))


def test_a_function_waits_while_too_much_waits_for_the_window(make: Make) -> None:
    heard = make(pause=0, limit=5)
    reported = 0

    def function(context: TaskContext) -> None:
        nonlocal reported
        for number in range(1_000):
            context.report(number)
            reported = number

    heard.task.progress.connect(lambda values: ahead.append(reported - values[0]))
    ahead: list[int] = []
    heard.run(function)
    assert heard.values == list(range(1_000))
    assert max(ahead) <= 10  # five that are delivered, and five that may wait meanwhile


def test_a_function_that_waits_for_room_is_woken_by_shutdown(make: Make) -> None:
    heard = make(pause=3_600, limit=1)
    reported: list[int] = []

    def function(context: TaskContext) -> None:
        for number in range(3):
            context.report(number)
            reported.append(number)

    heard.task.start("The test", function)
    assert heard.task.shutdown(PATIENCE)
    assert reported == [0, 1, 2]


def test_a_second_one_is_refused_in_a_sentence(heard: Heard) -> None:
    heard.task.start("The race", until_cancelled)
    with pytest.raises(BadInput, match=r"^The race is still going on; wait until it is done, or cancel it\.$"):
        heard.task.start("The matrix", until_cancelled)
    assert heard.task.name == "The race"


def test_shutdown_waits_and_nothing_arrives_any_more(heard: Heard) -> None:
    def function(context: TaskContext) -> str:
        context.report("before")
        until_cancelled(context)
        context.report("after")
        return "value"

    heard.task.start("The test", function)
    assert heard.task.shutdown(PATIENCE)
    assert living("The test") == []
    with capture_exceptions() as errors:
        heard.handle_events()  # what was still on its way finds nothing
    assert errors == []
    assert heard.order == []
    assert not heard.task.is_running()
    assert heard.task.shutdown(0)  # there is nothing to wait for


def test_shutdown_leaves_a_deaf_function_to_itself_and_the_object_may_be_deleted(qtbot: QtBot) -> None:
    go = threading.Event()
    heard = Heard(qtbot, Task())

    def deaf(context: TaskContext) -> None:
        assert go.wait(PATIENCE)
        for number in range(100):
            context.report(number)

    heard.task.start("deaf", deaf)
    (thread,) = living("deaf")
    assert not heard.task.shutdown(0.01)
    heard.task.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    go.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    heard.handle_events()
    assert heard.order == []


def test_another_may_be_started_while_one_is_left_to_itself(heard: Heard) -> None:
    go = threading.Event()

    def deaf(context: TaskContext) -> str:
        assert go.wait(PATIENCE)
        context.report("deaf")
        return "deaf"

    heard.task.start("deaf", deaf)
    (thread,) = living("deaf")
    assert not heard.task.shutdown(0)
    assert heard.run(lambda context: context.report("other")) == TaskResult()
    go.set()
    thread.join(PATIENCE)
    heard.handle_events()
    assert heard.values == ["other"]
    assert heard.results == [TaskResult()]


def test_cancel_and_wait_delivers_all_before_it_returns(make: Make) -> None:
    heard = make(pause=3_600, most=3)

    def function(context: TaskContext) -> str:
        for number in range(10):
            context.report(number)
        return until_cancelled(context)

    heard.task.start("The test", function)
    assert heard.task.cancel_and_wait(PATIENCE)
    assert heard.values == list(range(10))
    assert heard.results == [TaskResult("as far as it was", was_cancelled=True)]
    assert heard.task.cancel_and_wait(0)
    assert len(heard.results) == 1


def test_cancel_and_wait_has_a_limit_and_the_end_still_arrives(heard: Heard) -> None:
    go = threading.Event()
    heard.task.start("deaf", lambda _context: go.wait(PATIENCE))
    assert not heard.task.cancel_and_wait(0.01)
    assert heard.task.is_running()
    go.set()
    heard.until(lambda: heard.results)
    assert heard.results == [TaskResult(True, was_cancelled=True)]


def test_what_hears_of_the_progress_may_shut_it_down(heard: Heard) -> None:
    heard.task.progress.connect(lambda _values: heard.task.shutdown(PATIENCE))

    def function(context: TaskContext) -> None:
        context.report(1)
        until_cancelled(context)

    heard.task.start("The test", function)
    heard.until(lambda: heard.updates)
    heard.handle_events()
    assert heard.order == ["progress"]


def test_what_hears_of_the_end_may_start_the_next(heard: Heard) -> None:
    wanted = [2, 3]
    heard.task.ended.connect(lambda _result: wanted and heard.task.start("The test", lambda _: wanted.pop(0)))
    heard.task.start("The test", lambda _context: 1)
    heard.until(lambda: len(heard.results) == 3)
    assert [result.value for result in heard.results] == [1, 2, 3]


def test_many_in_a_row(make: Make) -> None:
    heard = make(pause=0)

    def function(context: TaskContext, number: int) -> int:
        context.report(number)
        return number

    for number in range(40):
        assert heard.run(partial(function, number=number)).value == number
    assert heard.values == list(range(40))
    assert living("The test") == []


def test_many_that_are_shut_down_at_any_moment(qtbot: QtBot) -> None:
    def function(context: TaskContext) -> None:
        while not context.is_cancelled():
            context.report(None, "key")

    for _ in range(100):
        heard = Heard(qtbot, Task(pause=0))
        heard.task.start("The test", function)
        heard.handle_events()
        assert heard.task.shutdown(PATIENCE)
        heard.task.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert living("The test") == []


def test_a_thread_that_the_system_refuses_is_an_end_with_a_sentence(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        heard.task.start("The test", until_cancelled)
    heard.until(lambda: heard.results)
    assert heard.results[-1].problem == "The test was not started: the system refuses another thread."
    assert heard.run(lambda _context: 1).value == 1


def test_a_context_of_ones_own_may_report_before_the_start(heard: Heard) -> None:
    context = TaskContext()
    context.report("early")
    heard.task.start("The test", lambda given: given is context, context)
    heard.until(lambda: heard.results)
    assert heard.values == ["early"]
    assert heard.results == [TaskResult(True)]
