"""The bell."""

import os
import selectors
import signal
import threading
from collections.abc import Iterator

import pytest

from app.core.wake import Wake
from tests.fakes import PATIENCE


@pytest.fixture
def wake() -> Iterator[Wake]:
    wake = Wake()
    yield wake
    wake.close()


def test_it_rings_until_it_is_cleared(wake: Wake) -> None:
    assert not wake.wait(0)
    wake.set()
    wake.set()
    assert wake.wait(None)
    assert wake.wait(0)
    wake.clear()
    assert not wake.wait(0)
    wake.clear()  # nothing to clear, and no waiting for it


def test_another_thread_ends_the_wait(wake: Wake) -> None:
    ringer = threading.Timer(0.01, wake.set)
    ringer.start()
    assert wake.wait(PATIENCE)
    ringer.join()


def test_ringing_without_a_listener_never_blocks_and_one_clear_takes_it_all(wake: Wake) -> None:
    for _ in range(20_000):  # more than the buffer of the pair holds
        wake.set()
    wake.clear()
    assert not wake.wait(0)
    wake.set()
    assert wake.wait(0)


def test_the_descriptor_is_readable_while_it_rings(wake: Wake) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(wake.fileno(), selectors.EVENT_READ)
        assert not selector.select(0)
        wake.set()
        assert selector.select(0)


def test_a_signal_rings_it(wake: Wake) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    before_fd = signal.set_wakeup_fd(wake.write_fileno(), warn_on_full_buffer=False)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert wake.wait(PATIENCE)
    finally:
        signal.set_wakeup_fd(before_fd)
        signal.signal(signal.SIGUSR1, before)


def test_after_the_end_ringing_does_nothing() -> None:
    wake = Wake()
    wake.close()
    wake.set()
    wake.close()


def test_it_rings_where_select_takes_no_descriptor(monkeypatch: pytest.MonkeyPatch, wake: Wake) -> None:
    """Stands for a process with more than 1,023 descriptors, which this one may not be allowed to have."""
    monkeypatch.setattr("app.core.wake._MOST_SELECTED", 0)
    monkeypatch.setattr("select.select", pytest.fail)
    assert not wake.wait(0)
    assert not wake.wait(0.001)
    wake.set()
    assert wake.wait(None)
    assert wake.wait(PATIENCE)
