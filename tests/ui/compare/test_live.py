"""What a race tells its window, between two rounds."""

import threading

from app.experiments.results import Progress
from app.ui.compare import live as module
from app.ui.compare.live import PERIOD, LiveRace
from tests.experiments.made import run


def progress(done: int) -> Progress:
    return Progress(done, 9, None, "")


def test_a_round_waits_until_the_window_has_drawn_the_one_before() -> None:
    told = threading.Event()
    live = LiveRace(lambda _live: told.set(), lambda: 0)
    race = threading.Thread(target=live.tell, args=(progress(1),))
    race.start()
    assert told.wait(20)
    live.set_drawn()
    race.join(20)
    assert not race.is_alive()


def test_it_tells_four_times_a_second_and_of_the_last_round() -> None:
    now, told = [0], list[int]()

    def report(live: LiveRace) -> None:
        told.append(live.progress.done)
        live.set_drawn()

    live = LiveRace(report, lambda: now[0])
    for done in range(10):
        live.add([run(done, done)])
        live.tell(progress(done))
        now[0] += PERIOD // 2
    assert told == [0, 2, 4, 6, 8, 9]
    assert [made.number for made in live.since(8)] == [8, 9]


def test_a_window_that_does_not_come_is_not_waited_for(monkeypatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    live = LiveRace(lambda _live: None, lambda: 0)
    live.tell(progress(1))
    live.tell(progress(9))
