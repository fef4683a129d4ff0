"""What is particular about a strategy: its races, and what its mechanism cannot do."""

import asyncio
import contextlib
import ctypes
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.events import Ended, Failed
from app.core.prediction import Notices
from app.core.states import Outcome
from app.core.strategies import Strategy
from app.core.strategies.async_exception import AsyncException
from app.core.strategies.asyncio_cancel import AsyncioCancel
from app.core.strategies.condition import ConditionWait
from app.core.strategies.future_cancel import FutureCancel
from app.core.strategies.queue_sentinel import QueueSentinel
from tests.core.harness import check_records, eventually
from tests.core.mechanisms import AVAILABLE, Gate, catalogue_with, raising, watched, workload_of

ROOT = Path(__file__).parent.parent.parent
STRATEGIES = whole_catalogue().strategies
NOTICING = [strategy.about.id for strategy in AVAILABLE if strategy.about.notices is not Notices.NEVER]
every_id = pytest.mark.parametrize("strategy", [strategy.about.id for strategy in AVAILABLE])
every_noticing = pytest.mark.parametrize("strategy", NOTICING)


def test_listing_the_strategies_loads_nothing_heavy() -> None:
    program = (
        "import sys, app.adapters\n"
        "app.adapters.whole_catalogue()\n"
        "print([name for name in ('asyncio', 'concurrent.futures', 'ctypes', 'PySide6') if name in sys.modules])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("[]\n", "")


# -- all of them -------------------------------------------------------------------------------------------------


@every_noticing
def test_started_and_stopped_at_once_over_and_over(core: Any, strategy: str) -> None:
    """Whatever moment of its beginning the request meets, each run notices it and ends, in order."""
    core, pauses = core(), random.Random(7)
    for number in range(40 if core.engine is core.threads else 12):
        run = core.start(strategy=strategy, interval=pauses.choice([0.0, 0.0005]))
        for _ in range(pauses.choice([0, 0, 300, 3_000])):  # some moments, no two alike
            pass
        if number % 3 == 2:
            core.until_line(run, "1")
        assert core.controller.stop(run)
        core.until_idle()
        snapshot = core.snapshot(run)
        assert (snapshot.outcome, snapshot.was_stuck, snapshot.error) == (Outcome.INTERRUPTED, False, "")
        assert snapshot.chain.latency is not None
        assert snapshot.chain.is_ordered()
        check_records(core.of(run))


@every_id
def test_a_request_after_the_end_does_nothing(core: Any, strategy: str) -> None:
    gate = Gate()
    made: list[Strategy] = []
    watching = watched(whole_catalogue().strategy(strategy), made)
    core = core(catalogue_with(watching, workload_of(work=gate.work)))
    run = core.start(strategy="test", workload="test", limit=1)
    assert gate.entered.wait(20)
    with core.held_manager():
        # It ends only now that it cannot be joined: the engine still knows it.
        gate.open()
        core.until_event(run, Ended)
        assert not core.controller.stop(run)
        core.engine.request_stop(run)
        made[0].request_stop()
    core.until_idle()
    assert core.snapshot(run).outcome is Outcome.COMPLETED
    assert core.snapshot(run).chain.requested is None
    check_records(core.of(run))


@every_id
def test_work_that_fails_is_a_failure(core: Any, strategy: str) -> None:
    cleaned: list[int] = []
    work = workload_of(work=raising(ValueError("boom")), clean_up=lambda: cleaned.append(threading.get_ident()))
    core = core(catalogue_with(work))
    run = core.start(strategy=strategy, workload="test")
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.chain.noticed) == (Outcome.FAILED, None)
    assert "ValueError: boom" in snapshot.error
    assert len(cleaned) == 1
    assert core.events(run, Failed)[0].summary == "ValueError: boom"
    check_records(core.of(run))


@every_id
def test_where_it_works_can_be_seen(core: Any, strategy: str) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)), deadline=0.01)
    run = core.start(strategy=strategy, workload="test")
    assert gate.entered.wait(20)
    calls = core.where(run)
    (left,) = core.controller.left()
    assert left.calls == calls
    gate.open()
    assert "work" in [call.function for call in calls]
    assert any(call.file.endswith(f"{strategy.replace('-', '_')}.py") for call in calls)


WAITING = [s.about.id for s in STRATEGIES if s.about.notices is Notices.WAITING]


@pytest.mark.parametrize("strategy", WAITING)
def test_waiting_ends_with_the_request_and_not_with_the_interval(core: Any, strategy: str) -> None:
    core = core(deadline=3_600)
    run = core.start(strategy=strategy, interval=3_600)
    core.until_line(run, "1")
    core.controller.stop(run)
    core.until_idle()  # long before the interval is over
    assert core.snapshot(run).chain.latency is not None
    assert core.snapshot(run).lines == 1


# -- condition, queue --------------------------------------------------------------------------------------------


def test_a_condition_is_held_neither_while_it_works_nor_while_it_waits(core: Any) -> None:
    gate = Gate()
    made: list[ConditionWait] = []
    core = core(catalogue_with(watched(ConditionWait, made), workload_of(work=gate.work)))
    run = core.start(strategy="test", workload="test", interval=3_600)
    assert gate.entered.wait(20)
    (strategy,) = made
    assert strategy.condition.acquire(blocking=False)
    strategy.condition.release()
    gate.open()
    # It waits: what asks now gets the condition, because waiting lets go of it.
    eventually(lambda: strategy.condition._waiters)  # type: ignore[attr-defined]
    assert core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).chain.latency is not None


def test_what_is_not_the_sentinel_stops_nothing(core: Any) -> None:
    made: list[QueueSentinel] = []
    core = core(catalogue_with(watched(QueueSentinel, made)))
    run = core.start(strategy="test", interval=0.0)
    eventually(lambda: made)
    (strategy,) = made
    for message in ("stop", None, True):
        core.until(lambda: not strategy.inbox.full())
        strategy.inbox.put_nowait(message)
    core.until(strategy.inbox.empty)
    lines = core.snapshot(run).lines
    core.until(lambda: core.snapshot(run).lines > lines + 10)
    assert core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).chain.latency is not None


# -- asyncio -----------------------------------------------------------------------------------------------------


def test_a_task_that_is_asked_while_it_works_is_cancelled_at_its_next_await(core: Any) -> None:
    gate = Gate()
    core = core(catalogue_with(workload_of(work=gate.work)))
    run = core.start(strategy="asyncio-cancel", workload="test", interval=3_600)
    assert gate.entered.wait(20)
    assert core.controller.stop(run)
    assert core.snapshot(run).chain.noticed is None
    gate.open()
    core.until_idle()
    assert core.snapshot(run).lines == 1
    assert core.snapshot(run).chain.latency is not None


def test_nothing_calls_into_a_closed_event_loop(core: Any) -> None:
    gate = Gate()
    made: list[AsyncioCancel] = []
    core = core(catalogue_with(watched(AsyncioCancel, made), workload_of(work=gate.work)))
    run = core.start(strategy="test", workload="test", limit=1)
    assert gate.entered.wait(20)
    (strategy,) = made
    gate.open()
    core.until_event(run, Ended)
    assert strategy.cancel is None
    strategy.request_stop()
    core.until_idle()
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


# -- exceptions from outside -------------------------------------------------------------------------------------


class BareRun:
    """An async-exception without controller and lane: the shortest way around its loop, so the races meet most often."""

    def __init__(self, work: Callable[[], None] = lambda: None) -> None:
        self.noticed: list[int] = []
        self.escaped: list[BaseException] = []
        self.lines = 0
        self.line_lock = threading.Lock()  # what a stray exception would leave locked: taken the way that is not safe
        self.begun = threading.Event()
        self.work = work
        self.thread = threading.Thread(target=self.live)
        self.strategy = AsyncException(self.thread)

    def line(self) -> None:
        self.line_lock.acquire()
        self.lines += 1
        self.line_lock.release()
        self.begun.set()

    def live(self) -> None:
        context = SimpleNamespace(
            line=self.line, work=self.work, sleep=lambda: None, now=time.perf_counter_ns, noticed=self.noticed.append
        )
        try:
            self.strategy.loop(context)  # type: ignore[arg-type]
            for _ in range(200):  # what is still under way would come here
                self.lines += 0
        except BaseException as error:
            self.escaped.append(error)


def test_an_exception_meets_every_moment_of_the_loop_and_never_comes_outside_of_it() -> None:
    moments = random.Random(11)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number in range(400):
            bare = BareRun()
            bare.thread.start()
            if number % 4:
                bare.begun.wait(20)
            for _ in range(moments.randrange(2_000)):
                pass
            requested = time.perf_counter_ns()
            bare.strategy.request_stop()
            bare.thread.join(20)
            assert not bare.thread.is_alive()
            assert not bare.escaped
            assert len(bare.noticed) == 1
            assert bare.noticed[0] >= requested
            assert not bare.line_lock.locked()
            assert not bare.strategy.lock.locked()
    finally:
        sys.setswitchinterval(switch)


@pytest.mark.parametrize("where", ["before the line", "in the line"])
def test_it_never_comes_into_the_line(where: str) -> None:
    """Asked while it is not armed: the line is finished, and then it is noticed."""
    bare = BareRun()
    done: list[str] = []

    def line() -> None:
        if not done:
            bare.strategy.request_stop()
            for _ in range(1_000):  # plenty of bytecodes for it to come
                pass
            done.append("line")

    if where == "before the line":
        bare.strategy.request_stop()
        done.append("line")
    bare.line = line  # type: ignore[method-assign]
    bare.thread.start()
    bare.thread.join(20)
    assert (done, bare.escaped) == (["line"], [])
    assert len(bare.noticed) == 1


def test_what_is_on_its_way_when_it_is_disarmed_is_withdrawn_and_raised_by_ourselves() -> None:
    """As if it had been sent at the last moment: CPython delivers so soon that only this way it is sure to be late."""
    bare = BareRun()
    withdrawn: list[object] = []

    def work() -> None:
        real = bare.strategy.send

        def send(exception: type[Exception] | None) -> None:
            withdrawn.append(exception)
            real(exception)

        bare.strategy.send = send
        bare.strategy.asked = True

    bare.work = work
    bare.thread.start()
    bare.thread.join(20)
    assert withdrawn == [None]
    assert (len(bare.noticed), bare.escaped, bare.lines) == (1, [], 1)


def test_an_exception_that_is_swallowed_is_gone_for_good(core: Any) -> None:
    begun, swallowed, gone = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        try:
            begun.set()
            while not (swallowed.is_set() or gone.is_set()):
                # It comes when this call returns, which every Python has inside the try. The jump back to the loop's
                # beginning is not, in Python 3.13's table of handlers: what comes there is caught further out.
                time.sleep(0.0001)
        except Exception:
            swallowed.set()

    core = core(catalogue_with(workload_of(work=work, release=gone.set)), deadline=0.1)
    run = core.start(strategy="async-exception", workload="test")
    assert begun.wait(20)
    assert core.controller.stop(run)
    assert swallowed.wait(20)
    core.until_line(run, "3")  # it goes on as if nothing had been
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck, snapshot.error) == (Outcome.RELEASED, True, "")
    assert snapshot.lines > 3
    assert snapshot.chain.noticed is None
    assert core.events(run, Ended)[0].outcome is Outcome.RELEASED


def test_it_interrupts_a_computation_that_has_no_checkpoint(core: Any) -> None:
    begun, gone = threading.Event(), threading.Event()

    def compute() -> None:
        begun.set()
        while not gone.is_set():
            pass

    core = core(catalogue_with(workload_of(work=compute, release=gone.set)))
    run = core.start(strategy="async-exception", workload="test", interval=0.0)
    assert begun.wait(20)
    assert core.controller.stop(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.was_stuck, snapshot.lines) == (False, 1)
    assert snapshot.chain.latency is not None


def acquire_and_try(lock: threading.Lock) -> None:
    lock.acquire()
    try:
        pass
    finally:
        lock.release()


def enter(lock: Any) -> None:
    with lock:
        pass


def put(inbox: queue.Queue[int]) -> None:
    inbox.put(1)


def raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    assert thread.ident is not None
    ident = ctypes.c_ulong(thread.ident)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(error)) == 1


def waits_in_its_function(thread: threading.Thread) -> bool:
    """Return whether the thread is past the first line of its innermost function: here, waiting for the lock."""
    frame = sys._current_frames().get(thread.ident or 0)
    return (
        frame is not None and frame.f_code.co_name in WAITING_FUNCTIONS and frame.f_lineno > frame.f_code.co_firstlineno
    )


WAITING_FUNCTIONS = (acquire_and_try.__name__, enter.__name__, "__enter__")  # the last one is Condition's own


@pytest.mark.parametrize(
    ("make", "wait", "left"),
    [
        pytest.param(threading.Lock, acquire_and_try, True, id="acquire"),
        # Python 3.14 alone looks for exceptions between the lock and the block that would release it.
        pytest.param(threading.Lock, enter, sys.version_info[:2] == (3, 14), id="with Lock"),
        pytest.param(threading.Condition, enter, True, id="Condition"),
        pytest.param(queue.Queue, put, True, id="Queue"),
    ],
)
def test_a_lock_that_a_thread_waits_for_when_it_is_killed_is_left_locked_as_the_warning_says(
    make: Callable[[], Any], wait: Callable[[Any], None], left: bool
) -> None:
    thing = make()
    lock = thing.mutex if isinstance(thing, queue.Queue) else thing

    def waiting() -> None:
        with contextlib.suppress(Killed):
            wait(thing)

    lock.acquire()
    thread = threading.Thread(target=waiting)
    thread.start()
    eventually(lambda: waits_in_its_function(thread))
    raise_in(thread, Killed)
    lock.release()
    thread.join(20)
    assert not thread.is_alive()
    assert lock.acquire(blocking=False) is not left


class Killed(Exception):  # noqa: N818 - it is no error
    pass


@pytest.mark.skipif(sys.platform == "win32", reason="needs pthread_kill")
def test_a_signal_has_the_exception_end_a_call_that_waits_from_python_3_15_on() -> None:
    """As the strategy's text says; before, the call begins again, and the exception comes once it is over."""
    first, second = bytearray(1), bytearray(1)
    reading, writing = os.pipe()

    def read() -> None:
        with contextlib.suppress(Killed):
            # From one call to the next without a bytecode between, where the exception could come.
            list(map(os.readv, (reading, reading), ([first], [second])))

    previous = signal.signal(signal.SIGUSR1, lambda _number, _frame: None)
    try:
        thread = threading.Thread(target=read)
        thread.start()
        os.write(writing, b"1")
        eventually(lambda: first == b"1")
        raise_in(thread, Killed)
        assert thread.ident is not None
        if sys.version_info >= (3, 15):
            while thread.is_alive():  # one that comes before the call waits interrupts nothing
                with contextlib.suppress(ProcessLookupError):
                    signal.pthread_kill(thread.ident, signal.SIGUSR1)
                thread.join(0.01)
            assert second == b"\0"
        else:
            signal.pthread_kill(thread.ident, signal.SIGUSR1)
            os.write(writing, b"2")
            thread.join(20)
            assert not thread.is_alive()
            assert second == b"2"
    finally:
        signal.signal(signal.SIGUSR1, previous)
        os.close(reading)
        os.close(writing)


# -- futures -----------------------------------------------------------------------------------------------------


def test_a_future_that_runs_is_never_cancelled_and_no_thread_of_its_pool_is_left(core: Any) -> None:
    made: list[FutureCancel] = []
    core = core(catalogue_with(watched(FutureCancel, made)), deadline=0.05)
    run = core.start(strategy="test")
    core.until_line(run, "1")
    (strategy,) = made
    working = strategy.working_ident()
    (pool,) = [t for t in threading.enumerate() if t.name.startswith("worker #1_")]
    assert pool.ident == working != strategy.thread.ident
    # The pool's thread may write its first line before ours has been given the future.
    eventually(lambda: strategy.future)
    future = strategy.future
    assert future is not None
    assert core.controller.stop(run)
    assert not future.cancelled()
    assert future.running()
    core.until_idle()
    assert core.events(run, Ended)[0].outcome is Outcome.RELEASED
    assert core.snapshot(run).band is None
    # Where the pool's thread was, and not where ours waited for it.
    assert "iterate" in [call.function for call in core.snapshot(run).calls]
    assert not pool.is_alive()
    core.close()  # joins the run's own thread, at the latest
    assert not [t for t in threading.enumerate() if t.name.startswith("worker #1")]


def test_started_and_stopped_at_once_a_future_is_cancelled_in_time_or_never(core: Any) -> None:
    made: list[FutureCancel] = []
    core = core(catalogue_with(watched(FutureCancel, made)), deadline=0.005)
    for _ in range(60):
        run = core.start(strategy="test", interval=0.0005)
        core.controller.stop(run)
        core.until_idle()
        snapshot = core.snapshot(run)
        assert snapshot.error == ""
        # What has begun may be let go before its first line, where the machine is busy.
        future = made[-1].future
        has_begun = future is not None and not future.cancelled()
        assert (snapshot.chain.noticed is None) == has_begun
        assert has_begun or not snapshot.lines
        assert snapshot.outcome is (Outcome.RELEASED if snapshot.chain.noticed is None else Outcome.INTERRUPTED)
        assert snapshot.chain.is_ordered()
        check_records(core.of(run))


def test_the_catalogue_says_what_never_notices_and_what_needs_a_warning() -> None:
    def ids(true: Callable[[type[Strategy]], object]) -> list[str]:
        return [strategy.about.id for strategy in STRATEGIES if true(strategy)]

    assert ids(lambda s: s.about.notices is Notices.NEVER) == ["future-cancel"]
    assert ids(lambda s: s.about.notices is Notices.RAISING) == ["async-exception"]
    assert ids(lambda s: s.about.notices is Notices.INTERRUPTING) == ["signal-interrupt"]
    assert ids(lambda s: s.about.warning) == ["async-exception", "signal-interrupt"]
    warning = AsyncException.about.warning
    assert all(figure in warning for figure in ("81 %", "28 %", "27 %", "none with `with lock`"))
    assert set(WAITING) == {"event-wait", "condition", "queue-sentinel", "asyncio-cancel"}
