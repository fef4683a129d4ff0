"""A program that is observed does what it does without: byte by byte; and what is hostile to observers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.observer.harness import ROOT, Observed, Running, needs_monitoring, program, start_observed, start_plain

pytestmark = needs_monitoring

_ITSELF = """\
import sys
modules = sorted(name for name in sys.modules if not name.startswith(("_", "encodings", "sitecustomize")))
import atexit, json, os
print(sys.argv, __name__, os.path.basename(__file__), sys.path[0] == os.path.dirname(os.path.abspath(__file__)), __spec__)
print(sys.orig_argv[1:], sys.flags, sys.exit, modules)
print(sorted(item for item in os.environ.items() if "PYTHON" in item[0] or "THREAD_CONTROLLER" in item[0]))
print(json.__name__, json.mine)
with open(__file__) as file:
    print(file.fileno())
print(sys.stdin.read())
atexit.register(print, "at exit")
def fail():
    raise ValueError("the program's own")
fail()
"""
_MODULE = """\
import sys
print(sys.argv[1:], __name__, __package__, sys.path[0])
sys.exit("a message")
"""
_OBJECTS = """\
import threading, time
calls = []
def refuse(name):
    def method(self, *_):
        calls.append(name)
        raise RuntimeError(name)
    return method
class Meta(type):
    def __getattribute__(cls, name):
        calls.append(name)
        return type.__getattribute__(cls, name)
class Hostile(metaclass=Meta):
    for name in ("eq", "hash", "repr", "str", "bool", "len", "format", "iter", "getattr"):
        locals()[f"__{name}__"] = refuse(name)
    def __getattribute__(self, name):
        if name != "stop":
            calls.append(name)
        return object.__getattribute__(self, name)
class Thread(threading.Thread):
    for name in ("eq", "repr", "str", "bool", "len", "getattr"):
        locals()[f"__{name}__"] = refuse(name)
    __hash__ = threading.Thread.__hash__
    name = property(refuse("name"))
class Event(threading.Event):
    __hash__ = None
    __eq__ = refuse("eq")
    __bool__ = refuse("bool")
flag, event = Hostile(), Event()
def loop():
    while not flag.stop:
        time.sleep(0.001)
    while not event.is_set():
        time.sleep(0.001)
flag.stop = False
thread = Thread(target=loop, name="n" * 1_000_000)
thread.start()
time.sleep(0.02)
calls.clear()
flag.stop = True
time.sleep(0.02)
event.set()
thread.join()
print(calls)
"""
_TRACED = """\
import sys, threading, time
files = set()
def trace(frame, event, argument):
    files.add(frame.f_code.co_filename)
    return trace
sys.settrace(trace)
threading.settrace(trace)
class Worker(threading.Thread):
    running = True
    def run(self):
        while self.running:
            pass
worker = Worker()
worker.start()
time.sleep(0.02)
worker.running = False
worker.join()
sys.settrace(None)
threading.settrace(None)
print([name for name in files if "observer" in name and name != __file__])
monitoring = sys.monitoring
monitoring.use_tool_id(3, "mine")
monitoring.restart_events()
def called():
    return 1
print(called())
monitoring.restart_events()
print(called(), monitoring.get_tool(0), monitoring.get_tool(1), monitoring.get_tool(2), monitoring.get_tool(5))
"""
_FORKS = """\
import multiprocessing, os, sys, threading, warnings
warnings.simplefilter("always")
print("one", flush=True)
child = os.fork()
if child == 0:
    print("child", threading.active_count(), flush=True)
    os._exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(threading.enumerate()), flush=True)
def work(queue):
    queue.put(os.getpid() > 0)
queue = multiprocessing.get_context("fork").SimpleQueue()
process = multiprocessing.get_context("fork").Process(target=work, args=(queue,))
process.start()
print(queue.get(), flush=True)
process.join()
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
stop.set()
thread.join()
"""
_MANY = """\
import io, os, sys, threading
class Broken(io.StringIO):
    def write(self, text):
        raise RuntimeError("not to be written to")
real = sys.stdout
sys.stdout = sys.stderr = Broken()
stop, ended = threading.Event(), []
def wait():
    while not stop.wait(10):
        pass
    ended.append(1)
threads = [threading.Thread(target=wait) for _ in range(1_000)]
for thread in threads:
    thread.start()
stop.set()
for thread in threads:
    thread.join()
real.write(f"{len(ended)}\\n")
real.flush()
os._exit(7)
"""
_CLOSES = """\
import os, sys, threading, time
os.closerange(3, 1_000)
files = [os.open("out.txt", os.O_CREAT | os.O_WRONLY) for _ in range(300)]
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
stop.set()
thread.join()
time.sleep(0.15)
print(os.path.getsize("out.txt"), "threading" in sys.modules)
"""
_NO_THREADS = """\
import os, sys
print("threading" in sys.modules, flush=True)
os.kill(os.getpid(), 15)
"""
_KILLED = """\
import os, threading, time
stop = threading.Event()
def loop():
    while not stop.wait(10):
        pass
thread = threading.Thread(target=loop, daemon=True)
thread.start()
time.sleep(0.02)
stop.set()
thread.join()
time.sleep(0.2)
os.kill(os.getpid(), 9)
"""
_BROKEN = """\
import asyncio, gc, threading, time
if monitors := [each for each in gc.get_objects() if type(each).__name__ == "Monitor"]:
    (monitor,) = monitors
    def work():
        while not stop.is_set():
            time.sleep(0.001)
    stop = threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    monitor.index.readings = monitor.index.starts = monitor.index.returns = monitor._chains = None
    monitor.thrown._thrown = monitor.thrown._chains = monitor.methods._chains = None
    stop.set()
    thread.join()
flag = False
def loop():
    while not flag:
        time.sleep(0.001)
thread = threading.Thread(target=loop)
thread.start()
flag = True
thread.join()
async def job():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("cancelled")
async def main():
    task = asyncio.create_task(job())
    await asyncio.sleep(0.01)
    task.cancel()
    await task
asyncio.run(main())
"""


@dataclass(frozen=True)
class Case:
    """A program, and how it is run."""

    source: str
    arguments: tuple[str, ...] = ()
    changes: dict[str, str] = field(default_factory=dict)


CASES = {
    "itself": Case(_ITSELF, ("--json", "a b", "--", "-m"), {"PYTHONPATH": f"/nowhere:{ROOT}", "PYTHONHASHSEED": "1"}),
    "objects": Case(_OBJECTS),
    "traced": Case(_TRACED),
    "forks": Case(_FORKS),
    "many": Case(_MANY),
    "closes": Case(_CLOSES),
    "no threads": Case(_NO_THREADS),
    "killed": Case(_KILLED),
    "broken": Case(_BROKEN),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Running, Running]]]:
    """Start every program with the observer and without it."""
    started = {}
    for name, case in CASES.items():
        folder = tmp_path_factory.mktemp("program")
        # A module of the program's own with a name of the standard library's.
        program(folder, "mine = True\n", "json.py")
        path = program(folder, case.source).name
        observed = start_observed(folder / "observed", path, *case.arguments, stdin=b"in", **case.changes)
        plain = start_plain(folder / "plain", path, *case.arguments, stdin=b"in", **case.changes)
        observed.process.wait(60)
        started[name] = (observed, plain)
    yield started
    for each in started.values():
        for running in each:
            running.close()


def _both(runs: dict[str, tuple[Running, Running]], name: str) -> tuple[Observed, Observed]:
    observed, plain = runs[name]
    return observed.result(), plain.result()


@pytest.mark.parametrize("name", CASES)
def test_byte_by_byte(runs: dict[str, tuple[Running, Running]], name: str) -> None:
    observed, plain = _both(runs, name)
    assert observed.output.decode() == plain.output.decode()
    assert observed.errors.decode() == plain.errors.decode()
    assert observed.status == plain.status


def test_the_cases_are_what_they_are_meant_to_be(runs: dict[str, tuple[Running, Running]]) -> None:
    plain = {name: running.result() for name, (_, running) in runs.items()}
    assert {name: result.status for name, result in plain.items() if result.status} == {
        "itself": 1,
        "many": 7,
        "no threads": -signal.SIGTERM,
        "killed": -signal.SIGKILL,
    }
    assert b"ValueError: the program's own" in plain["itself"].errors
    assert plain["objects"].output == b"[]\n"
    assert plain["many"].output == b"1000\n"


def test_what_a_killed_program_did_is_known(runs: dict[str, tuple[Running, Running]]) -> None:
    observed, _ = _both(runs, "killed")
    (chain,) = observed.chains
    assert (chain["request"]["what"], chain["request"]["at"]) == ("Event.set", "program.py:9")
    assert chain["noticed"]["at"] == "program.py:4"
    assert chain["ended_ns"] is not None
    assert observed.end == {"kind": "end", "status": -9, "kept_alive_by": []}


def test_a_thousand_threads_have_a_thousand_chains(runs: dict[str, tuple[Running, Running]]) -> None:
    observed, _ = _both(runs, "many")  # which ends by os._exit
    assert len(observed.chains) == 1_000
    assert {chain["link"] for chain in observed.chains} == {"exact"}


def test_an_error_of_ours_is_said_once_and_is_not_the_program_s(runs: dict[str, tuple[Running, Running]]) -> None:
    observed, _ = _both(runs, "broken")
    assert observed.output == b"cancelled\n"
    again = start_observed(runs["broken"][0].folder.parent / "again", "program.py", options=()).result()
    notes = [line for line in again.errors.decode().splitlines() if line.startswith("An error of the observer's")]
    assert len(notes) == len(set(notes))
    assert any("functions are not observed any more" in note for note in notes)


def test_an_error_that_is_not_ours_passes_on() -> None:
    from app.observer.chains import Chains
    from app.observer.monitor import Monitor
    from app.observer.output import Output
    from app.observer.threads import Threads

    output = Output(-1)
    monitor = Monitor(output, Threads(output, 0), Chains())
    try:
        raise TimeoutError  # as a signal handler of the program's does it, in the middle of a callback
    except TimeoutError as error:
        with pytest.raises(TimeoutError):
            monitor.failed("functions", error)


def test_hostile_objects_are_seen_by_type_and_id(runs: dict[str, tuple[Running, Running]]) -> None:
    observed, _ = _both(runs, "objects")
    flag, event = observed.chains
    assert (flag["request"]["what"], flag["request"]["object"]["type"], flag["link"]) == (
        "stop = bool",
        "Hostile",
        "exact",
    )
    assert (event["request"]["what"], event["request"]["object"]["type"]) == ("Event.set", "Event")
    (name,) = [each["name"] for each in observed.kind("thread") if each["id"] == 2]
    assert name == "n" * 299 + "…"


def test_a_module_and_the_streams_of_a_terminal(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    program(package, "", "__init__.py")
    program(package, _MODULE, "__main__.py")
    command = [sys.executable, "-m", "app", "observe", "--no-record", "--quiet", "-m", "package", "x", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env=environment, timeout=60)
    plain = subprocess.run(
        [sys.executable, "-m", "package", "x", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env=environment,
    )
    assert (result.returncode, result.stdout, result.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert result.stderr == b"a message\n"
