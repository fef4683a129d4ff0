"""The runner: one experiment at a time, its news a few times a second, its end at once."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.experiments.results import Progress
from app.ui.compare.runner import Ending, News, Runner, Tell
from tests.experiments.made import cell
from tests.fakes import PATIENCE


class Made:
    """An experiment that does what the test wants."""

    def __init__(self, act: Callable[[threading.Event], object]) -> None:
        self._act = act

    def run(self, cancel: threading.Event) -> object:
        return self._act(cancel)


class Heard:
    """A runner and what it told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.runner = Runner()
        self.news: list[News] = []
        self.runner.news.connect(self._take)

    def _take(self, news: News) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.news.append(news)

    def start(self, act: Callable[[Tell, threading.Event], object]) -> None:
        self.runner.start("race", lambda tell: Made(lambda cancel: act(tell, cancel)))

    def until_ended(self) -> Ending:
        self.qtbot.waitUntil(lambda: not self.runner.is_running(), timeout=60_000)
        ending = self.news[-1].ending
        assert ending is not None
        return ending


@pytest.fixture
def heard(qtbot: QtBot) -> Iterator[Heard]:
    made = Heard(qtbot)
    yield made
    assert made.runner.put_away(PATIENCE)
    made.runner.deleteLater()


def test_the_end_is_told_with_what_was_found(heard: Heard) -> None:
    heard.start(lambda _tell, _cancel: "found")
    assert heard.runner.is_running()
    assert heard.until_ended() == Ending("found")
    assert not heard.runner.is_running()


def test_much_is_told_at_once_and_nothing_is_lost(heard: Heard) -> None:
    cells = [cell("flag", f"w{number}") for number in range(50)]

    def act(tell: Tell, _cancel: threading.Event) -> None:
        for number, one in enumerate(cells):
            tell(cell("flag", one.workload, [1]))
            tell(one)
            tell(Progress(number, 50, None, ""))

    heard.start(act)
    heard.until_ended()
    assert len(heard.news) <= 2
    told = {one.workload: one for news in heard.news for one in news.cells}
    assert list(told.values()) == cells  # each as it was last


class Still:
    """A clock that stands still: a tenth of a second has never passed."""

    def now(self) -> int:
        return 0

    def sleep(self, _seconds: float) -> None: ...

    def wait(self, _event: threading.Event, _seconds: float) -> bool:
        return False


def test_news_come_ten_times_a_second_at_most_and_without_waiting_for_more(heard: Heard) -> None:
    seen = [threading.Event() for _ in range(4)]
    pauses: list[int] = []

    def act(tell: Tell, _cancel: threading.Event) -> None:
        for number, event in enumerate(seen):
            tell(Progress(number, 4, None, ""))
            assert event.wait(PATIENCE)  # told of this one, although nothing follows

    def on_news(news: News) -> None:
        pauses.append(heard.runner._timer.interval())
        if news.progress is not None:
            seen[news.progress.done].set()

    heard.runner._clock = Still()
    heard.runner.news.connect(on_news)
    heard.start(act)
    heard.until_ended()
    assert pauses[0] == 0  # the first comes at once
    assert all(pause > 100 for pause in pauses[1:])
    assert 4 <= len(pauses) <= 5


def test_a_second_one_is_refused_in_a_sentence(heard: Heard) -> None:
    heard.start(lambda _tell, cancel: cancel.wait(PATIENCE))
    with pytest.raises(BadInput, match=r"^A race is going on; wait until it is done, or cancel it\.$"):
        heard.start(lambda _tell, _cancel: None)
    heard.runner.cancel()
    assert heard.until_ended().result is True
    heard.start(lambda _tell, _cancel: "again")
    assert heard.until_ended().result == "again"


def test_what_cannot_be_made_starts_nothing(heard: Heard) -> None:
    def build(_tell: Tell) -> Made:
        raise BadInput("no")

    with pytest.raises(BadInput):
        heard.runner.start("race", build)
    assert not heard.runner.is_running()


def test_bad_input_in_the_middle_is_a_sentence(heard: Heard) -> None:
    def act(_tell: Tell, _cancel: threading.Event) -> None:
        raise BadInput("Something is wrong.")

    heard.start(act)
    assert heard.until_ended() == Ending(None, "Something is wrong.")


def test_a_mistake_of_ours_is_said_and_goes_where_all_go(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: caught.append(args.exc_value))

    def act(_tell: Tell, _cancel: threading.Event) -> None:
        raise ValueError("ours")

    heard.start(act)
    assert heard.until_ended() == Ending(None, "The experiment failed: ValueError: ours")
    assert [str(error) for error in caught] == ["ours"]


def test_put_away_waits_for_it_and_tells_what_it_had_found(heard: Heard) -> None:
    heard.start(lambda _tell, cancel: cancel.wait(PATIENCE) and "as far as it was")
    assert heard.runner.put_away(PATIENCE)
    assert heard.news[-1].ending == Ending("as far as it was")
    with capture_exceptions() as errors:
        heard.qtbot.wait(1)  # what was still on its way finds nothing
    assert errors == []


def test_put_away_does_not_wait_for_ever(heard: Heard) -> None:
    go = threading.Event()
    heard.start(lambda _tell, _cancel: go.wait(PATIENCE))
    assert not heard.runner.put_away(0.01)
    go.set()
    heard.until_ended()
