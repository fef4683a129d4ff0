"""Exceptions that other code throws into a thread: where they were asked for, and which handler they reached first."""

from pathlib import Path
from typing import Any

import pytest

from app.core.verdicts import Verdict
from app.programs.observation import Observation
from tests.observer.harness import Observed, needs_monitoring, program, start_observed

_THROWN = """\
import _thread, ctypes, signal, threading, time
class Stop(Exception):
    pass
def throw(thread, kind):
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(kind))  # throws
signal.signal(signal.SIGINT, signal.default_int_handler)  # what starts the tests may have it ignored
begun = []
def forever():
    begun.append(1)
    while True:
        try:
            raise ValueError
        except ValueError:
            time.sleep(0.001)  # raised
def caught():
    try:
        forever()
    except Stop:  # catches
        time.sleep(0.001)
def passed():
    try:
        forever()
    finally:
        time.sleep(0.001)  # in finally
def bare():
    forever()
def swallows():
    while True:
        try:
            forever()
        except Stop:  # swallows
            pass
def cleans():
    try:
        forever()
    except Stop:  # cleans
        time.sleep(1000)
def blocked():
    begun.append(1)
    time.sleep(1000)  # is blocked
def start(function):
    thread = threading.Thread(target=function, name=function.__name__, daemon=True)
    threads_before = len(begun)
    thread.start()
    while len(begun) == threads_before:  # thrown into a thread's first steps, it can leave a lock of threading's held
        time.sleep(0.005)
    time.sleep(0.02)
    return thread
for function, kind in ((caught, Stop), (passed, SystemExit), (bare, SystemExit)):
    thread = start(function)
    throw(thread, kind)
    thread.join()
for function in (swallows, cleans, blocked):
    throw(start(function), Stop)
def items():
    try:
        yield  # thrown in
    except KeyError:
        pass
generator = items()
next(generator)
try:
    generator.throw(KeyError())  # throws into it
except StopIteration:
    pass
try:
    signal.raise_signal(signal.SIGINT)  # raises the signal
except KeyboardInterrupt:  # is interrupted
    pass
def interrupt():
    time.sleep(0.02)
    _thread.interrupt_main()  # interrupts
threading.Thread(target=interrupt).start()
try:
    while True:
        time.sleep(0.01)
except KeyboardInterrupt:  # is interrupted again
    pass
threading.Timer(0.02, _thread.interrupt_main).start()
try:
    while True:
        time.sleep(0.01)
except KeyboardInterrupt:  # by somebody
    pass
time.sleep(0.6)
"""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    folder = tmp_path_factory.mktemp("thrown")
    path = program(folder, _THROWN, "thrown.py")
    observed = start_observed(folder / "seen", path, options=["--deadline", "0.3"]).result()
    assert observed.status == 0
    return observed


def _at(mark: str) -> str | None:
    lines = [f"thrown.py:{n}" for n, line in enumerate(_THROWN.splitlines(), 1) if line.endswith(f"# {mark}")]
    return lines[0] if lines else None


def _chain(observed: Observed, thread: str) -> dict[str, Any]:
    (chain,) = [each for each in observed.chains if each["thread"] == observed.thread(thread)["id"]]
    return chain


@needs_monitoring
@pytest.mark.parametrize(
    ("name", "mark", "how"),
    [
        ("caught", "catches", "Stop reached a handler"),
        ("passed", "in finally", "SystemExit reached a handler"),
        ("bare", "raised", "the exception was raised"),
        ("swallows", "swallows", "Stop reached a handler"),
        ("cleans", "cleans", "Stop reached a handler"),
    ],
)
def test_an_exception_that_another_thread_raised(observed: Observed, name: str, mark: str, how: str) -> None:
    chain = _chain(observed, name)
    assert (chain["request"]["what"], chain["request"]["at"]) == ("PyThreadState_SetAsyncExc", _at("throws"))
    assert (chain["request"]["by"], chain["link"]) == ("MainThread", "exact")
    assert chain["request"]["t_ns"] < chain["noticed"]["t_ns"]
    if name == "bare":  # in the one line or in the other
        assert chain["noticed"]["at"] in {f"thrown.py:{n}" for n in range(10, 15)}
    else:
        assert (chain["noticed"]["at"], chain["noticed"]["how"]) == (_at(mark), how)


@needs_monitoring
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("swallows", Verdict.SWALLOWED),
        ("cleans", Verdict.SLOW_CLEANUP),
        ("blocked", Verdict.BLOCKED_IN_CALL),
    ],
)
def test_the_verdict_on_a_thread_that_goes_on(observed: Observed, name: str, verdict: Verdict) -> None:
    found = observed.verdicts(name)[-1]
    assert found["verdict"] == verdict
    (asked,) = [each for each in found["evidence"] if each["kind"] == "asked"]
    assert (asked["what"], asked["at"]) == ("PyThreadState_SetAsyncExc", _at("throws"))
    if verdict is Verdict.BLOCKED_IN_CALL:
        assert _chain(observed, name)["noticed"] is None


@needs_monitoring
def test_what_the_main_thread_throws_and_gets(observed: Observed) -> None:
    chains = [each for each in observed.chains if each["thread"] == 1]
    seen = [
        (each["request"]["what"], each["request"]["at"], each["request"]["by"], each["noticed"]["at"])
        for each in chains
    ]
    assert seen == [
        ("generator.throw", _at("throws into it"), "MainThread", _at("thrown in")),
        ("raise_signal", _at("raises the signal"), "MainThread", _at("is interrupted")),
        ("interrupt_main", _at("interrupts"), observed.kind("thread")[-2]["name"], _at("is interrupted again")),
        ("KeyboardInterrupt", None, None, _at("by somebody")),
    ]
    assert "KeyboardInterrupt reached a handler" in [each["noticed"]["how"] for each in chains]


def test_ctrl_c_was_asked_when_this_process_got_it_as_well() -> None:
    seen = Observation(interrupted=[50, 90, 200])
    seen.feed(
        b'{"kind": "request", "id": 1, "t_ns": 100, "what": "KeyboardInterrupt", "at": ["", 0], "by": null, "object": null}'
    )
    seen.feed(
        b'{"kind": "request", "id": 2, "t_ns": 100, "what": "Event.set", "at": ["f", 1], "by": 1, "object": null}'
    )
    first, second = seen.request(1), seen.request(2)
    assert first is not None
    assert second is not None
    assert (first.instant, second.instant) == (90, 100)


@needs_monitoring
def test_exceptions_are_looked_at_up_to_a_number(tmp_path: Path) -> None:
    source = """\
for number in range(120_000):
    try:
        raise ValueError
    except ValueError:
        pass
import sys
tool = next(each for each in range(6) if sys.monitoring.get_tool(each))
print(sys.monitoring.get_events(tool) & sys.monitoring.events.RAISE)
"""
    observed = start_observed(tmp_path / "seen", program(tmp_path, source)).result()
    assert observed.output == b"0\n"
