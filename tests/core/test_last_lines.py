"""A line of code of one's own leaves its process before the code goes on, unless lines come quickly."""

import threading
from collections.abc import Callable, Iterator

import pytest

from app.core.own_code import last_lines
from app.core.own_code.last_lines import SentLines
from tests.core.harness import eventually


class Sender:
    """The thread that sends, as far as its rounds are concerned."""

    def __init__(self) -> None:
        self.is_idle = False
        self.lines = SentLines(lambda: self.is_idle)

    def waiting(self) -> threading.Thread:
        """Return a thread that waits by now."""
        before = len(self.lines._waiting)
        thread = threading.Thread(target=self.lines.wait)
        thread.start()
        eventually(lambda: len(self.lines._waiting) > before or not thread.is_alive())
        return thread


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    monkeypatch.setattr(last_lines, "_TO_SEND", 60.0)
    made = Sender()
    yield made
    made.lines.end_round(is_idle=True, lets_gather=False)


def test_a_line_is_sent_by_the_round_that_begins_after_it(sender: Sender) -> None:
    lines = sender.lines
    threading.Thread(target=lines.begin_round).run()
    lines._sender = 0
    thread = sender.waiting()
    # The round that was under way may not have seen it.
    lines.end_round(is_idle=False, lets_gather=False)
    assert thread.is_alive()
    lines.begin_round()
    lines.end_round(is_idle=False, lets_gather=False)
    thread.join()


@pytest.mark.parametrize("how", [{"is_idle": True, "lets_gather": False}, {"is_idle": False, "lets_gather": True}])
def test_no_thread_waits_once_all_is_sent_or_lines_gather(sender: Sender, how: dict[str, bool]) -> None:
    thread = sender.waiting()
    assert thread.is_alive()
    sender.lines.end_round(**how)
    sender.is_idle = how["is_idle"]
    thread.join()
    sender.waiting().join()
    assert len(sender.lines._waiting) <= 1


def test_the_thread_that_sends_and_a_forked_process_never_wait(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_thread(do: Callable[[], None]) -> None:
        thread = threading.Thread(target=do)
        thread.start()
        thread.join()

    in_thread(lambda: (sender.lines.begin_round(), sender.lines.wait()))  # type: ignore[func-returns-value]
    monkeypatch.setattr(sender.lines, "_process", 0)
    in_thread(sender.lines.wait)
    assert not sender.lines._waiting
