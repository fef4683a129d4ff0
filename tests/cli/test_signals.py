"""Ctrl+C and SIGTERM inside this process."""

import os
import signal
from collections.abc import Iterator

import pytest

from app.core.wake import Wake
from app.signals import Signals
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


def test_only_a_second_ctrl_c_leaves_at_once(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    assert left == []
    os.kill(os.getpid(), signal.SIGINT)
    assert left == [130]
    assert signals.number == signal.SIGINT


def test_everything_is_put_back(wake: Wake) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    signals = Signals(wake)
    assert signal.getsignal(signal.SIGINT) == signals._note
    signals.restore()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1
