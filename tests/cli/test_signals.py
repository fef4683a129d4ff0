"""Ctrl+C and SIGTERM inside this process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from app.core.wake import Wake
from app.signals import Signals, run_until_signal
from tests.cli.shell import ROOT, TIME
from tests.fakes import PATIENCE


@pytest.fixture
def wake() -> Iterator[Wake]:
    wake = Wake()
    yield wake
    wake.close()


@pytest.fixture
def signals(wake: Wake) -> Iterator[Signals]:
    signals = Signals(wake)
    yield signals
    signals.restore()


def test_the_first_signal_is_noted_and_rings_the_bell(wake: Wake, signals: Signals) -> None:
    assert (signals.number, wake.wait(0)) == (None, False)
    os.kill(os.getpid(), signal.SIGTERM)
    assert wake.wait(PATIENCE)
    assert signals.number == signal.SIGTERM
    os.kill(os.getpid(), signal.SIGTERM)
    assert signals.number == signal.SIGTERM


def test_a_second_sigterm_leaves_at_once_unless_it_is_the_same_one(
    signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    now = [100.0]
    monkeypatch.setattr("os._exit", left.append)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    for later in (0.0, 0.1):  # timeout(1) sends it to the process and to its group
        now[0] += later
        os.kill(os.getpid(), signal.SIGTERM)
    assert left == []
    now[0] += 1.0
    os.kill(os.getpid(), signal.SIGTERM)
    assert left == [143]


def test_only_a_second_ctrl_c_leaves_at_once(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert left == []
    os.kill(os.getpid(), signal.SIGINT)
    assert left == [130]
    assert signals.number == signal.SIGINT


# A process that is at its end: everything is done but the interpreter's own end, which a thread holds up.
AT_ITS_END = """
import signal, sys, threading
import app.__main__ as program
held = threading.Event()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it
def main():
    {main}
program.main = main
{before}
program.entry()
"""
# The interpreter ends the main thread before it waits for the others: until then, a signal would not meet the end.
AT_THE_END = "threading.main_thread().join(), print('here', flush=True), held.wait()"
HELD_UP = f"threading.Thread(target=lambda: ({AT_THE_END})).start(); return 0"
# In pieces: a signal just before a wait in C is answered after it, and this wait stands for work.
WORKING = "print('here', flush=True)\n    while not held.wait(0.01): pass"


def ended_by(number: int, *, main: str, before: str = "") -> int:
    """Return the exit status of a program that is sent a signal once it has said where it is."""
    with subprocess.Popen(
        [sys.executable, "-c", AT_ITS_END.format(main=main, before=before)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"here\n"
            process.send_signal(number)
            return process.wait(TIME)
        finally:
            process.kill()  # else one that does not end is waited for without end


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("main", [HELD_UP, WORKING], ids=["at its end", "before it watches for signals"])
def test_whenever_a_signal_comes_its_status_is_the_documented_one(main: str, number: int, status: int) -> None:
    assert ended_by(number, main=main) == status


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_at_its_end_a_signal_need_not_wake_the_main_thread(number: int, status: int) -> None:
    # Given to another thread, it leaves the main thread asleep, as one does that comes just before that falls asleep.
    elsewhere = f"signal.pthread_kill(threading.get_ident(), {int(number)})"
    assert ended_by(signal.SIGCONT, main=HELD_UP.replace("held.wait()", f"{elsewhere}, held.wait()")) == status


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_but_the_interpreter_is_left_to_be_ended(number: int) -> None:
    # The finaliser of a module runs after all that was registered for the end; by then signals have no handlers.
    last = (
        "class Last:\n"
        "    def __del__(self, kill=__import__('os').kill, pid=__import__('os').getpid()):\n"
        f"        kill(pid, {int(number)})\n"
        "last = Last()\n"
    )
    assert ended_by(signal.SIGCONT, main="print('here', flush=True); return 0", before=last) == 0


def test_everything_is_put_back(wake: Wake) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    signals = Signals(wake)
    assert signal.getsignal(signal.SIGINT) == signals.on_signal
    signals.restore()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_work_is_cancelled_at_the_first_signal() -> None:
    def work(cancel: threading.Event) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return cancel.wait(PATIENCE)

    before = signal.getsignal(signal.SIGINT)
    assert run_until_signal(work, "work") == (True, signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_work_without_a_signal_returns_its_result() -> None:
    assert run_until_signal(lambda cancel: cancel.is_set(), "work") == (False, None)


def test_an_error_in_the_work_is_raised_in_the_main_thread() -> None:
    def work(_cancel: threading.Event) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        run_until_signal(work, "work")
