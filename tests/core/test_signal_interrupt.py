"""``signal-interrupt``: what a signal and an exception end on Python 3.15, and what is said on older ones."""

import os
import platform
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from app.cli.arguments import build_parser
from app.cli.run import run_command
from app.core import wake_signal
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.events import Ended
from app.core.states import Outcome
from app.core.strategies.signal_interrupt import SignalInterrupt
from app.core.worker import Worker
from tests.core.harness import eventually
from tests.core.mechanisms import catalogue_with, is_available, workload_of

ON_3_15 = pytest.mark.skipif(not is_available(SignalInterrupt), reason="it needs Python 3.15 and POSIX")
OLDER = pytest.mark.skipif(sys.version_info >= (3, 15), reason="this Python can")
LONG = 3_600.0


@contextmanager
def reading_a_pipe() -> Iterator[Callable[[], object]]:
    read, write = os.pipe()
    try:
        yield lambda: os.read(read, 1)
    finally:
        os.close(read)
        os.close(write)


@contextmanager
def waiting_for_a_child() -> Iterator[Callable[[], object]]:
    with subprocess.Popen([sys.executable, "-S", "-c", f"import time; time.sleep({LONG})"]) as child:
        try:
            yield lambda: os.waitpid(child.pid, 0)
        finally:
            child.kill()


CALLS: dict[str, Callable[[], AbstractContextManager[Callable[[], object]]]] = {
    "sleep": lambda: nullcontext(lambda: time.sleep(LONG)),
    "read": reading_a_pipe,
    "select": lambda: nullcontext(lambda: select.select([], [], [], LONG)),
    "waitpid": waiting_for_a_child,
}
# The number of the system call by which a thread waits for the GIL.
FUTEX = {"x86_64": "202", "aarch64": "98"}.get(platform.machine())


def is_in_call(native_id: int) -> bool:
    """Return whether a thread of ours is in a call of the system, but for one that waits for the GIL."""
    call = Path("/proc/self/task", str(native_id), "syscall").read_text("ascii").split()[0]
    return call.isdigit() and call != FUTEX


@ON_3_15
@pytest.mark.skipif(not sys.platform.startswith("linux") or FUTEX is None, reason="/proc tells when the call has begun")
@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_waits_is_ended_at_once(core: Any, call: str) -> None:
    entered: list[int] = []

    def work() -> None:
        with CALLS[call]() as wait:
            entered.append(threading.get_native_id())
            wait()

    core = core(catalogue_with(workload_of(work=work)), deadline=20.0)
    for number in range(3):
        run = core.start(strategy="signal-interrupt", workload="test")
        eventually(lambda number=number: len(entered) > number)
        # A signal that came before the call had begun would be lost.
        eventually(lambda: is_in_call(entered[-1]))
        assert core.controller.stop(run)
        core.until_event(run, Ended)
        snapshot = core.snapshot(run)
        assert (snapshot.outcome, snapshot.was_stuck, snapshot.error) == (Outcome.INTERRUPTED, False, "")
        assert snapshot.chain.is_ordered()


@ON_3_15
def test_a_wait_for_an_event_goes_on(core: Any) -> None:
    entered, gate = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        gate.wait(20)

    core = core(catalogue_with(workload_of(work=work, release=gate.set)), deadline=0.05)
    run = core.start(strategy="signal-interrupt", workload="test")
    assert entered.wait(20)
    core.controller.stop(run)
    core.until_idle()
    assert core.snapshot(run).was_stuck


@ON_3_15
def test_the_main_thread_installs_the_handler_and_no_other() -> None:
    said: list[str] = []

    def ask() -> None:
        try:
            SignalInterrupt.check_available()
        except BadInput as error:
            said.append(str(error))

    before = signal.getsignal(signal.SIGUSR1)
    try:
        for handler in (signal.SIG_DFL, signal.SIG_IGN, lambda *_: None):
            signal.signal(signal.SIGUSR1, handler)
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()
            assert signal.getsignal(signal.SIGUSR1) is handler
        assert "only the main thread can install" in said[0]
        assert ["a handler of its own" in each for each in said] == [False, True, True]
        ask()  # in the main thread: the host's own handler is left as it is
        assert "a handler of its own" in said[3]
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        SignalInterrupt.check_available()
        assert signal.getsignal(signal.SIGUSR1) not in (signal.SIG_DFL, signal.SIG_IGN)
        os.kill(os.getpid(), signal.SIGUSR1)  # would have ended the process
    finally:
        signal.signal(signal.SIGUSR1, before)


@ON_3_15
def test_a_handler_that_the_host_has_installed_meanwhile_is_not_called(core: Any) -> None:
    called: list[int] = []
    entered, gate = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        gate.wait(20)

    core = core(catalogue_with(workload_of(work=work)), deadline=20.0)
    before = signal.getsignal(signal.SIGUSR1)
    run = core.start(strategy="signal-interrupt", workload="test")
    assert entered.wait(20)
    signal.signal(signal.SIGUSR1, lambda number, _frame: called.append(number))
    try:
        core.controller.stop(run)
        gate.set()
        core.until_idle()  # by the exception alone
        with pytest.raises(BadInput, match="a handler of its own"):
            SignalInterrupt.make_thread(lambda: None, "x")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert core.snapshot(run).outcome is Outcome.INTERRUPTED
    assert called == []


@ON_3_15
def test_without_the_gil_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake_signal, "gil_is_enabled", lambda: False)
    with pytest.raises(BadInput, match="needs the GIL"):
        SignalInterrupt.check_available()


@OLDER
def test_an_older_python_is_told_what_it_needs_before_anything_starts(capfd: Any) -> None:
    before = signal.getsignal(signal.SIGINT), wake_signal.NUMBER and signal.getsignal(wake_signal.NUMBER)
    options = build_parser().parse_args(["run", "signal-interrupt", "--limit", "1"])
    with pytest.raises(BadInput) as caught:
        run_command(options, Catalogue())
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert str(caught.value) == (
        f"strategy: signal-interrupt needs Python 3.15 or newer, and this is Python {version}; choose another strategy."
    )
    assert caught.value.field == "strategy"
    assert capfd.readouterr() == ("", "")
    with pytest.raises(BadInput, match=r"needs Python 3\.15"):
        Catalogue().check(Worker("A", "signal-interrupt"))
    wake_signal.install()
    assert before == (signal.getsignal(signal.SIGINT), wake_signal.NUMBER and signal.getsignal(wake_signal.NUMBER))


def test_a_system_without_the_signal_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake_signal, "NEEDED", (3, 11))
    monkeypatch.setattr(wake_signal, "NUMBER", None)
    with pytest.raises(BadInput, match="which this system does not have"):
        wake_signal.require()
    wake_signal.install()


def test_its_facts_name_what_it_needs_and_what_it_can_do_harm_to() -> None:
    about = SignalInterrupt.about
    assert "Python 3.15" in about.guarantee
    assert all(words in about.cannot for words in ("lock", "Event.wait", "queue", "join"))
    assert "locks held" in about.warning
