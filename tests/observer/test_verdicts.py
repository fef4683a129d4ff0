"""A program for each verdict that hangs; all in one process, which the time-out kills."""

from collections.abc import Iterator

import pytest

from app.core.verdicts import Verdict
from app.observer.verdicts import Facts, verdict_of
from tests.observer.harness import Observed, Running, needs_monitoring, program, start_observed

_HANGING = """\
import asyncio, queue, socket, threading, time
from concurrent.futures import ThreadPoolExecutor
class Worker(threading.Thread):
    def __init__(self, name):
        super().__init__(name=name, daemon=True)
        self.running = True
class SlowCleanup(Worker):
    def run(self):
        try:
            while self.running:
                time.sleep(0.001)
        finally:
            time.sleep(1000)  # slow-cleanup
class SlowExit(Worker):
    def __enter__(self):
        return self
    def __exit__(self, *_):
        time.sleep(1000)  # slow-exit
    def run(self):
        with self:
            while self.running:
                time.sleep(0.001)
class Noticed(Worker):
    def run(self):
        while self.running:
            time.sleep(0.001)
        time.sleep(1000)  # noticed-not-ended
class Locked(Worker):
    def run(self):
        while self.running:
            with lock:  # waiting-for-lock
                pass
class OwnedLock(Worker):
    def run(self):
        while self.running:
            rlock.acquire()  # waiting-for-rlock
class Blocked(Worker):
    def run(self):
        while self.running:
            there.recv(1)  # blocked-in-call
class Computing(Worker):
    def run(self):
        while self.running:
            for _ in range(10**12): pass  # asked-not-polled
class OtherEvent(threading.Thread):
    def run(self):
        self.stop = threading.Event()
        while not self.stop.is_set():
            time.sleep(0.001)  # asked-elsewhere
class OtherFlag(Worker):
    def run(self):
        while self.running:
            time.sleep(0.001)  # other-flag
class Never(threading.Thread):
    def run(self):
        queue.Queue().get()  # never-asked
def swallow():
    async def job():
        while True:
            try:
                await asyncio.sleep(1000)  # swallowed
            except asyncio.CancelledError:
                pass
    async def main():
        global loop, task
        loop, task = asyncio.get_running_loop(), asyncio.create_task(job())
        await task
    asyncio.run(main())
class Consumer(threading.Thread):
    def run(self):
        while True:
            item = jobs.get()
            if item is None: break
            time.sleep(1000)  # consumer
class AskedConsumer(threading.Thread):
    def run(self):
        while True:
            item = other_jobs.get()
            if item is None: break
            time.sleep(1000)  # asked-consumer
def work():
    time.sleep(1000)  # future-cancel_0
jobs, other_jobs = queue.Queue(), queue.Queue()
lock, rlock = threading.Lock(), threading.RLock()
here, there = socket.socketpair()
asked = [
    SlowCleanup("slow-cleanup"), SlowExit("slow-exit"), Noticed("noticed-not-ended"), Locked("waiting-for-lock"),
    OwnedLock("waiting-for-rlock"), Blocked("blocked-in-call"), Computing("asked-not-polled"),
]
rest = [
    Consumer(name="consumer", daemon=True), AskedConsumer(name="asked-consumer", daemon=True),
    OtherEvent(name="asked-elsewhere", daemon=True), OtherFlag("other-flag"), Never(name="never-asked", daemon=True),
    threading.Thread(target=swallow, name="swallowed", daemon=True),
]
lock.acquire(), rlock.acquire()
for thread in asked + rest:
    thread.start()
future = ThreadPoolExecutor(1, "future-cancel").submit(work)
while "task" not in globals():
    time.sleep(0.01)
time.sleep(0.1)
for thread in asked:
    thread.running = False  # asks
future.cancel()
for item in range(3):
    jobs.put(item)
    other_jobs.put(item)
other_jobs.put(None)
threading.Event().set()
Worker("x").running = False
loop.call_soon_threadsafe(task.cancel)
time.sleep(1000)
"""
_EXPECTED = {
    **{verdict: verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN},
    "slow-exit": Verdict.SLOW_CLEANUP,
    "waiting-for-rlock": Verdict.WAITING_FOR_LOCK,
    "other-flag": Verdict.ASKED_ELSEWHERE,
    # What is put into a queue is work, but for what is nothing but a sign.
    "consumer": Verdict.NEVER_ASKED,
    "asked-consumer": Verdict.BLOCKED_IN_CALL,
    # A future that runs is not stopped by it: its thread was asked, and cannot know.
    "future-cancel_0": Verdict.BLOCKED_IN_CALL,
}

_OUTLIVES = """\
import threading, time
def work():
    time.sleep(0.6)  # is here
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join(0.01)  # gives up
"""

_KEEPS_THE_GIL = """\
import re, threading
thread = threading.Thread(target=lambda: re.match(r"(a+)+$", "a" * 40 + "b"))
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    folder = tmp_path_factory.mktemp("verdicts")
    hanging, outlives = program(folder, _HANGING, "hanging.py"), program(folder, _OUTLIVES, "outlives.py")
    keeps = program(folder, _KEEPS_THE_GIL, "keeps.py")
    running = {
        "hanging": start_observed(folder / "hanging", hanging, options=["--deadline", "0.3", "--timeout", "4"]),
        "outlives": start_observed(folder / "outlives", outlives, options=[]),
    }
    running["hanging"].process.wait(60)
    # It leaves the processor to nothing else.
    running["keeps"] = start_observed(folder / "keeps", keeps, options=["--timeout", "0.3"])
    yield running
    for each in running.values():
        each.close()


@pytest.fixture(scope="module")
def hanging(started: dict[str, Running]) -> Observed:
    return started["hanging"].result()


def _line(source: str, mark: str) -> int:
    (number,) = [number for number, line in enumerate(source.splitlines(), 1) if line.endswith(f"# {mark}")]
    return number


@needs_monitoring
@pytest.mark.parametrize("name", _EXPECTED)
def test_the_verdict(hanging: Observed, name: str) -> None:
    verdict = hanging.verdicts(name)[-1]
    assert verdict["verdict"] == _EXPECTED[name]
    assert verdict["at"] in (f"hanging.py:{_line(_HANGING, name)}", f"hanging.py:{_line(_HANGING, name) - 1}")
    evidence = {each["kind"]: each for each in verdict["evidence"]}
    if _EXPECTED[name] in (Verdict.ASKED_ELSEWHERE, Verdict.NEVER_ASKED, Verdict.SWALLOWED):
        return
    other = {"future-cancel_0": "Future.cancel", "asked-consumer": "Queue.put"}
    if name in other:
        assert evidence["asked"]["what"] == other[name]
        return
    assert evidence["asked"]["at"] == f"hanging.py:{_line(_HANGING, 'asks')}"
    assert verdict["since_ns"] == evidence["asked"]["t_ns"]


@needs_monitoring
def test_a_verdict_is_made_at_the_deadline_and_at_the_time_out(hanging: Observed) -> None:
    assert len(hanging.verdicts("blocked-in-call")) == 2
    assert len(hanging.verdicts("never-asked")) == 1


@needs_monitoring
def test_the_holder_of_a_lock_is_named(hanging: Observed) -> None:
    (lock,) = [each for each in hanging.verdicts("waiting-for-rlock")[-1]["evidence"] if each["kind"] == "lock"]
    assert (lock["type"], lock["holder"]) == ("RLock", 1)
    (lock,) = [each for each in hanging.verdicts("waiting-for-lock")[-1]["evidence"] if each["kind"] == "lock"]
    assert (lock["type"], lock["holder"]) == ("lock", 1)
    assert b"waiting-for-rlock was asked (running = bool at hanging.py:" in hanging.errors
    assert b"held by MainThread." in hanging.errors


@needs_monitoring
def test_the_time_out_kills_the_program_and_its_status_says_so(hanging: Observed) -> None:
    assert hanging.status == 3
    assert hanging.end["status"] == -9
    unnoticed = [chain for chain in hanging.chains if chain["noticed"] is None]
    assert {chain["latency_ms"] for chain in unnoticed} == {None}
    assert len(unnoticed) == 6


@needs_monitoring
def test_what_kept_the_process_alive(started: dict[str, Running]) -> None:
    observed = started["outlives"].result()
    verdicts = observed.verdicts("worker")
    assert [verdict["verdict"] for verdict in verdicts] == [
        Verdict.NEVER_ASKED,
        Verdict.NEVER_ASKED,
    ]  # join, and the end
    assert verdicts[-1]["at"] == f"outlives.py:{_line(_OUTLIVES, 'is here')}"
    (join,) = [each for each in verdicts[0]["evidence"] if each["kind"] == "join"]
    at = f"outlives.py:{_line(_OUTLIVES, 'gives up')}"
    assert join == {"kind": "join", "by": 1, "by_name": "MainThread", "at": at, "timeout_ms": 10}
    assert b"join() by MainThread at outlives.py:6 gave up after 10.0 ms." in observed.errors
    (kept,) = observed.end["kept_alive_by"]
    assert (kept["name"], kept["thread"]) == ("worker", observed.thread("worker")["id"])
    assert 0 < kept["for_ns"] < 5e9
    assert b"worker kept the process alive for " in observed.errors
    assert b"worker was never asked to stop, as far as was seen; it is in sleep at outlives.py:3" in observed.errors


@needs_monitoring
def test_a_program_that_lets_no_thread_run_is_killed_without_a_verdict(started: dict[str, Running]) -> None:
    observed = started["keeps"].result()
    assert observed.status == 3
    assert observed.kind("verdict") == []
    assert b"its interpreter let no other thread run until it was killed" in observed.errors


def test_what_does_not_fit_is_unknown() -> None:
    assert verdict_of(Facts()) is Verdict.UNKNOWN


def _facts(**values: object) -> Facts:
    facts = Facts()
    for name, value in values.items():
        setattr(facts, name, value)
    return facts


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (_facts(noticed=True, cleaning=("f", 1), call="sleep"), Verdict.SLOW_CLEANUP),
        (_facts(noticed=True, asked=True, call="sleep"), Verdict.NOTICED_NOT_ENDED),
        (_facts(noticed=True, swallowed=True), Verdict.SWALLOWED),
        (_facts(asked=True, lock="lock", call="acquire", looked=0), Verdict.WAITING_FOR_LOCK),
        (_facts(asked=True, call="recv", looked=0), Verdict.BLOCKED_IN_CALL),
        (_facts(asked=True, looked=0), Verdict.ASKED_NOT_POLLED),
        # It looks, and goes on: what was asked is not what it looks at, unless that is certain.
        (_facts(asked=True, looked=7, at=("f", 1)), Verdict.ASKED_ELSEWHERE),
        (_facts(asked=True, is_certain=True, looked=7, at=("f", 1)), Verdict.UNKNOWN),
        (_facts(elsewhere=True, looked=7, at=("f", 1)), Verdict.ASKED_ELSEWHERE),
        (_facts(looked=7, at=("f", 1)), Verdict.NEVER_ASKED),
    ],
)
def test_the_first_verdict_that_fits(facts: Facts, verdict: Verdict) -> None:
    assert verdict_of(facts) is verdict


def test_no_verdict_is_without_a_program() -> None:
    assert {*_EXPECTED.values(), Verdict.UNKNOWN} == set(Verdict)
