"""Who holds the lock that a thread waits for: as the frames show, or as ``acquire`` was seen."""

from pathlib import Path

import pytest

from tests.observer.harness import Observed, needs_monitoring, program, start_observed

pytestmark = needs_monitoring

_LOCKED = """\
import threading, time
begun = []
def start(name, function):
    thread = threading.Thread(target=function, name=name, daemon=True)
    thread.start()
    while name not in begun:
        time.sleep(0.001)
def hold(name):
    begun.append(name)
    time.sleep(1000)
class Account:
    shared = threading.Lock()
    def __init__(self):
        self.lock, self.rlock = threading.Lock(), threading.RLock()
        self.condition = threading.Condition(threading.Lock())
    def in_with(self):
        with self.lock:  # takes lock
            hold("in_with")
    def in_condition(self):
        with self.condition:  # takes condition
            hold("in_condition")
    def in_rlock(self):
        with self.rlock:  # takes rlock
            hold("in_rlock")
    def in_class(self):
        with Account.shared:  # takes shared
            hold("in_class")
    def itself(self):
        own = threading.Lock()
        with own:  # takes own
            begun.append("itself")
            own.acquire()
account = Account()
for name in ("in_with", "in_condition", "in_rlock", "in_class", "itself"):
    start(name, getattr(account, name))
left, given_back, tried, waited = (threading.Lock() for _ in range(4))
condition = threading.Condition(waited)
def leave():
    left.acquire()  # takes left
    begun.append("leave")
start("leave", leave)
def give_back():
    given_back.acquire()
    given_back.release()
    given_back.acquire(timeout=1)
    hold("give_back")
start("give_back", give_back)
def wait():
    with condition:
        begun.append("wait")
        condition.wait()
start("wait", wait)
stop = False
def waiting(name, take):
    def work():
        while not stop:
            begun.append(name)
            take()
    start(name, work)
def with_lock():
    with account.lock:
        pass
def with_condition():
    with account.condition:
        pass
def with_shared():
    with account.shared:
        pass
waiting("for lock", with_lock)
waiting("for condition", with_condition)
waiting("for condition by a call", lambda: account.condition.acquire())
waiting("for rlock", lambda: account.rlock.acquire())
waiting("for shared", with_shared)
waiting("for left", lambda: left.acquire())
waiting("for given back", lambda: given_back.acquire())
waited.acquire(blocking=False)
waiting("for waited", lambda: waited.acquire())
stop = True
time.sleep(1000)
"""
_HOLDERS = {
    "for lock": ("in_with", "takes lock"),
    "for condition": ("in_condition", "takes condition"),
    "for condition by a call": ("in_condition", "takes condition"),
    "for rlock": ("in_rlock", "takes rlock"),
    "for shared": ("in_class", "takes shared"),
    "for left": ("leave", "takes left"),
    # With arguments acquire() may return without the lock.
    "for given back": (None, ""),
    "for waited": (None, ""),
    "itself": ("itself", "takes own"),
}


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("locks")
    path = program(folder, _LOCKED, "locks.py")
    return start_observed(folder / "seen", path, options=["--deadline", "60", "--timeout", "3"]).result()


@pytest.mark.parametrize("name", _HOLDERS)
def test_the_holder(observed: Observed, name: str) -> None:
    verdict = observed.verdicts(name)[-1]
    assert verdict["verdict"] == ("never-asked" if name == "itself" else "waiting-for-lock")
    (lock,) = [each for each in verdict["evidence"] if each["kind"] == "lock"]
    holder, mark = _HOLDERS[name]
    names = {each["id"]: each["name"] for each in observed.kind("thread")}
    assert names.get(lock["holder"]) == holder
    line = next((n for n, each in enumerate(_LOCKED.splitlines(), 1) if mark and each.endswith(f"# {mark}")), 0)
    assert lock["at"] == (f"locks.py:{line}" if line else None)


def test_the_sentences_say_so(observed: Observed) -> None:
    text = " ".join(observed.errors.decode().split())
    assert "for lock was asked (stop = bool at locks.py:" in text
    lines = {each.partition("  # takes ")[2]: f"locks.py:{n}" for n, each in enumerate(_LOCKED.splitlines(), 1)}
    assert f"held by in_with since {lines['lock']}." in text
    assert f"held by leave, which has ended, since {lines['left']}." in text
    assert f"held by itself since {lines['own']}." in text
    assert "holder unknown" in text


_DEADLOCK = """\
import threading, time
a, b = threading.Lock(), threading.Lock()
def one():
    with a:  # takes a
        time.sleep(0.03)
        with b:  # one waits
            pass
def two():
    with b:  # takes b
        time.sleep(0.03)
        with a:
            pass
threads = [threading.Thread(target=target, name=target.__name__, daemon=True) for target in (one, two)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(0.1)
"""


def test_a_deadlock_is_told_by_a_program_that_ends_as_soon_as_it_has_given_up(tmp_path: Path) -> None:
    path = program(tmp_path, _DEADLOCK, "deadlock.py")
    observed = start_observed(tmp_path / "seen", path, options=()).result()
    assert observed.status == 0
    at = {
        each.partition("# ")[2]: f"deadlock.py:{n}" for n, each in enumerate(_DEADLOCK.splitlines(), 1) if "# " in each
    }
    (lock,) = [each for each in observed.verdicts("one")[-1]["evidence"] if each["kind"] == "lock"]
    assert (lock["holder"], lock["at"]) == (observed.thread("two")["id"], at["takes b"])
    (lock,) = [each for each in observed.verdicts("two")[-1]["evidence"] if each["kind"] == "lock"]
    assert (lock["holder"], lock["at"]) == (observed.thread("one")["id"], at["takes a"])
    text = " ".join(observed.errors.decode().split())
    assert f"it waits for a lock at {at['one waits']}: held by two since {at['takes b']}" in text


def test_what_is_called_too_often_is_not_known_any_more() -> None:
    import threading

    from app.observer.code_index import CodeIndex
    from app.observer.locks import Locks
    from app.observer.output import Output
    from app.observer.places import Places
    from app.observer.threads import Threads

    threads, places = Threads(Output(-1), 0), Places()
    locks, lock = Locks(threads, places, CodeIndex(places, list)), threading.Lock()
    code = test_what_is_called_too_often_is_not_known_any_more.__code__
    locks.acquired(lock, threads.main, code, 0)
    assert locks.holder(lock, {}) == (threads.main, (str(Path(__file__)), code.co_firstlineno))
    locks.look_no_more()
    locks.acquired(lock, threads.main, code, 0)
    assert locks.holder(lock, {}) == (None, None)
