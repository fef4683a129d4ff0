"""Libraries as their users use them: Qt's threads, a thread pool with an Event, a scheduler with a thread of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.observer.harness import Observed, Running, needs_monitoring, program, start_observed

pytestmark = needs_monitoring

_QT = """\
import time
from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Slot
class Polling(QThread):
    def run(self):
        while not self.isInterruptionRequested():  # polls
            QThread.msleep(5)
class Flagged(QThread):
    def __init__(self):
        super().__init__()
        self._running = True
    def run(self):
        while self._running:  # reads
            QThread.msleep(5)
    def stop(self):
        self._running = False  # stores
class Job(QObject):
    @Slot()
    def work(self):
        while not self.thread().isInterruptionRequested():  # in a slot
            QThread.msleep(5)
class Looping(QThread):
    def run(self):
        self.exec()  # its own event loop
app = QCoreApplication([])
polling, flagged, other, job = Polling(), Flagged(), QThread(), Job()
job.moveToThread(other)
other.started.connect(job.work)
for thread in (polling, flagged, other):
    thread.start()
QTimer.singleShot(50, polling.requestInterruption)
QTimer.singleShot(80, flagged.stop)
QTimer.singleShot(120, other.requestInterruption)
QTimer.singleShot(150, other.quit)
QTimer.singleShot(200, app.quit)
app.exec()  # the event loop
for thread in (polling, flagged, other):
    thread.wait()
again = Polling()
again.start()
time.sleep(0.2)
again.requestInterruption()  # asks again
again.wait()
looping = Looping()
looping.start()
time.sleep(0.2)
looping.quit()  # quits
looping.wait()
"""
_POOL = """\
import sched, threading, time
from concurrent.futures import ThreadPoolExecutor
stop = threading.Event()
def work(number):
    while not stop.is_set():  # polls
        time.sleep(0.002)
with ThreadPoolExecutor(3) as pool:  # shuts down
    futures = [pool.submit(work, number) for number in range(3)]
    time.sleep(0.05)
    stop.set()  # asks
cease = threading.Event()
class Schedule(threading.Thread):
    def run(self):
        scheduler = sched.scheduler()
        while not cease.wait(0.01):  # waits
            scheduler.run(blocking=False)
schedule = Schedule(name="schedule")
schedule.start()
threading.Timer(0.05, cease.set).start()
schedule.join()
"""
_SENTINELS = """\
import queue, threading, time
jobs = queue.Queue()
def work():
    while True:
        item = jobs.get()
        if item is None:  # takes it
            jobs.task_done()
            break
        time.sleep(item)
        jobs.task_done()
def take():
    for item in iter(jobs.get, None):  # takes it as well
        jobs.task_done()
for target in (work, take):
    threads = [threading.Thread(target=target) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        jobs.put(0.001)
    jobs.join()
    for _ in threads:
        jobs.put(None)  # puts it
    for thread in threads:
        thread.join()
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    folder = tmp_path_factory.mktemp("libraries")
    sources = {"qt": _QT, "pool": _POOL, "sentinels": _SENTINELS}
    running = {name: start_observed(folder / name, program(folder, sources[name], f"{name}.py")) for name in sources}
    yield running
    for each in running.values():
        each.close()


def _at(name: str, source: str, mark: str) -> str:
    (number,) = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith(f"# {mark}")]
    return f"{name}.py:{number}"


def _seen(observed: Observed) -> list[tuple[str, str, str, str]]:
    """Return what asked, where, where it was noticed and how certain the link is, of each chain."""
    chains = sorted(observed.chains, key=lambda chain: chain["request"]["t_ns"])
    return [(each["request"]["what"], each["request"]["at"], each["noticed"]["at"], each["link"]) for each in chains]


def test_qt_s_threads(started: dict[str, Running]) -> None:
    observed = started["qt"].result()
    loop = _at("qt", _QT, "the event loop")
    ask = "QThread.requestInterruption"
    assert _seen(observed) == [
        (ask, loop, _at("qt", _QT, "polls"), "exact"),
        ("_running = bool", _at("qt", _QT, "stores"), _at("qt", _QT, "reads"), "exact"),
        (ask, loop, _at("qt", _QT, "in a slot"), "likely"),
        (ask, _at("qt", _QT, "asks again"), _at("qt", _QT, "polls"), "exact"),
        ("QThread.quit", _at("qt", _QT, "quits"), _at("qt", _QT, "its own event loop"), "exact"),
    ]
    names = {each["id"]: each["name"] for each in observed.kind("thread")}
    chains = sorted(observed.chains, key=lambda chain: chain["request"]["t_ns"])
    expected = ["Polling.run", "Flagged.run", "Job.work", "Polling.run", "Looping.run"]
    assert [names[chain["thread"]] for chain in chains] == expected
    assert len({chain["thread"] for chain in chains}) == len(expected)
    assert {each["daemon"] for each in observed.kind("thread") if each["id"] != 1} == {None}  # Qt does not say
    assert (observed.status, observed.errors) == (0, b"")


def test_a_pool_s_threads_notice_the_event_and_then_the_pool_s_end(started: dict[str, Running]) -> None:
    observed = started["pool"].result()
    seen = _seen(observed)
    event = ("Event.set", _at("pool", _POOL, "asks"), _at("pool", _POOL, "polls"), "exact")
    assert seen[:3] == [event] * 3
    assert [each[:2] for each in seen[3:6]] == [("Executor.__exit__", _at("pool", _POOL, "shuts down"))] * 3
    assert Path(seen[3][2]).name.startswith("thread.py:")


def test_what_a_timer_asks_is_asked_by_its_thread(started: dict[str, Running]) -> None:
    observed = started["pool"].result()
    chain = observed.chains[-1]
    assert chain["request"]["what"] == "Event.set"
    assert chain["request"]["by"].startswith("Thread-")
    assert chain["noticed"]["at"] == _at("pool", _POOL, "waits")
    assert chain["thread"] == observed.thread("schedule")["id"]


def test_each_thread_takes_one_sentinel(started: dict[str, Running]) -> None:
    observed = started["sentinels"].result()
    assert sorted(chain["thread"] for chain in observed.chains) == list(range(2, 8))
    put = _at("sentinels", _SENTINELS, "puts it")
    first, second = _at("sentinels", _SENTINELS, "takes it"), _at("sentinels", _SENTINELS, "takes it as well")
    assert sorted(_seen(observed)) == sorted(
        [("Queue.put", put, at, "exact") for at in (first, second) for _ in range(3)]
    )
