"""What the program's threads print is told, and the program writes what it writes without that, byte by byte."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from tests.observer.harness import Observed, Running, needs_monitoring, program, start_carrying, start_plain
from tests.observer.test_transparent import CASES, Case

pytestmark = needs_monitoring

if sys.version_info >= (3, 12):
    from app.observer.output import Output
    from app.observer.printed import MOST_CHARACTERS, MOST_TEXTS, Printed
    from app.observer.threads import Threads

_PRINTS = """\
import atexit, contextlib, io, os, signal, sys, threading, traceback
class Text(str):
    def refuse(self, *_):
        raise RuntimeError
    __eq__ = __getitem__ = __len__ = __hash__ = __matmul__ = __rmatmul__ = __getattribute__ = refuse
    def __str__(self):
        return self
def work(number):
    for turn in range(3):
        print("running", number, turn)
    sys.stderr.write("an error of a thread's\\n") if number == 0 else None
for number in range(3):
    thread = threading.Thread(target=work, args=(number,))
    thread.start()
    thread.join()
print(Text("of a type of its own"))
print("long" * 1_000)
try:
    print("\\ud800")
except UnicodeEncodeError:
    traceback.print_exc()
try:
    sys.stdout.write(b"bytes")
except TypeError as error:
    print(len(traceback.extract_tb(error.__traceback__)))
seen = []
def trace(frame, event, argument):
    seen.append((frame.f_code.co_name, event))
    return trace
sys.settrace(trace)
print("traced")
if sys.version_info >= (3, 13):
    try:
        print("\\ud800")
    except UnicodeEncodeError:
        pass
sys.settrace(None)
def profiled():
    sys.setprofile(lambda frame, event, argument: seen.append((frame.f_code.co_name, event)))
    print("profiled", end=" ")
    sys.setprofile(None)
profiled()
print(seen)
with contextlib.redirect_stdout(io.StringIO()):
    print("not to be seen")
signal.signal(signal.SIGUSR1, lambda number, frame: print("in a handler of", frame.f_code.co_name))
signal.raise_signal(signal.SIGUSR1)
sys.stdout.writelines(["one\\n", "two\\n"])
sys.stdout.flush()
if os.fork() == 0:
    print("in a child", vars(sys.stdout))
    sys.exit()
os.wait()
def fail():
    print("ends", flush=True)
    raise ValueError("in a thread")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
atexit.register(print, "at exit")
class Late:
    def __del__(self):
        print("at the very end")
late = Late()
"""
_LEAVES = """\
import os
print("half a line", end="", flush=True)
os._exit(3)
"""
_JOINS = """\
import threading
stop = threading.Event()
timer = threading.Timer(0.05, stop.set)
thread = threading.Thread(target=stop.wait)
thread.start()
thread.join(0.001)
timer.start() or thread.join()
"""
_BROKEN_PIPE = """\
import os, sys
read, write = os.pipe()
os.close(read)
os.dup2(write, 1)
for _ in range(3):
    try:
        print("to nobody", flush=True)
    except BrokenPipeError as error:
        sys.stderr.write(f"{error}\\n")
os.close(1)
"""
_CASES = {name: CASES[name] for name in ("itself", "traced", "forks", "many")} | {
    "prints": Case(_PRINTS),
    "leaves": Case(_LEAVES),
    "joins": Case(_JOINS),
    "broken pipe": Case(_BROKEN_PIPE),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Running, Running]]]:
    """Start every program with the observer, which tells what is printed, and without it."""
    started = {}
    for name, case in _CASES.items():
        folder = tmp_path_factory.mktemp("program")
        program(folder, "mine = True\n", "json.py")
        path = program(folder, case.source).name
        carrying = start_carrying(folder / "carrying", path, *case.arguments, stdin=b"in", **case.changes)
        plain = start_plain(folder / "plain", path, *case.arguments, stdin=b"in", **case.changes)
        started[name] = (carrying, plain)
    yield started
    for each in started.values():
        for running in each:
            running.close()


def _printed(observed: Observed) -> list[tuple[int | None, str, str]]:
    return [(each["thread"], each["stream"], each["text"]) for each in observed.kind("printed")]


@pytest.mark.parametrize("name", _CASES)
def test_byte_by_byte(runs: dict[str, tuple[Running, Running]], name: str) -> None:
    carrying, plain = (running.result() for running in runs[name])
    assert carrying.output.decode() == plain.output.decode()
    assert carrying.errors.decode() == plain.errors.decode()
    assert carrying.status == plain.status


def test_which_thread_wrote_what(runs: dict[str, tuple[Running, Running]]) -> None:
    observed = runs["prints"][0].result()
    printed = _printed(observed)
    assert printed[:4] == [
        *((2, "stdout", f"running 0 {turn}\n") for turn in range(3)),
        (2, "stderr", "an error of a thread's\n"),
    ]
    assert printed[4:10] == [
        (number, "stdout", f"running {number - 2} {turn}\n") for number in (3, 4) for turn in range(3)
    ]
    texts = [text for _, _, text in printed]
    assert "of a type of its own\n" in texts
    assert "traced\n" in texts
    assert "at exit\n" in texts
    assert {"one\n", "two\n"} < set(texts)
    assert (5, "stdout", "ends\n") in printed
    assert any(thread == 5 and stream == "stderr" and "in a thread" in text for thread, stream, text in printed)
    everything = "".join(text for _, stream, text in printed if stream == "stdout")
    assert "in a child" not in everything
    assert "not to be seen" not in everything


def test_a_text_is_told_with_its_instant_and_amid_what_else_was_seen(runs: dict[str, tuple[Running, Running]]) -> None:
    observed = runs["prints"][0].result()
    threads = {each["id"]: each["started_ns"] for each in observed.kind("thread")}
    ended = {each["thread"]: each["t_ns"] for each in observed.kind("ended")}
    for each in observed.kind("printed"):
        if each["thread"] != 1:
            assert threads[each["thread"]] < each["t_ns"] < ended[each["thread"]]
    kinds = [each["kind"] for each in observed.records if each.get("thread", each.get("id")) == 3]
    assert kinds == ["thread", "printed", "printed", "printed", "ended"]


def test_joins_of_threads_that_live_are_told(runs: dict[str, tuple[Running, Running]]) -> None:
    observed = runs["joins"][0].result()
    joins = [(each["thread"], each["by"], each["at"][1], each["timeout_ms"]) for each in observed.kind("join")]
    assert joins == [(2, 1, 6, 1), (2, 1, 7, None)]
    instants = [each["t_ns"] for each in observed.records if each["kind"] in ("join", "joined")]
    assert instants == sorted(instants)
    assert [each["thread"] for each in observed.kind("joined")] == [2, 2]


def test_of_a_long_text_the_beginning_is_told_and_how_much_is_left_out(
    runs: dict[str, tuple[Running, Running]],
) -> None:
    observed = runs["prints"][0].result()
    (long,) = [each for each in observed.kind("printed") if each["text"].startswith("long")]
    assert (len(long["text"]), long["left_out"]) == (MOST_CHARACTERS, 4_000 - MOST_CHARACTERS)


def test_what_is_printed_before_the_process_leaves_is_told(runs: dict[str, tuple[Running, Running]]) -> None:
    assert _printed(runs["leaves"][0].result()) == [(1, "stdout", "half a line")]


def test_a_stream_that_the_program_has_put_there_is_left_alone(runs: dict[str, tuple[Running, Running]]) -> None:
    # Its threads print to the stream of its own; the real one it writes to by hand.
    assert _printed(runs["many"][0].result()) == [(1, "stdout", "1000\n")]


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TextIO, "Output", Path]]:
    """Note what is written to a stream of this process, which goes to a file; what is told goes to another one."""
    records = tmp_path / "records"
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err, records.open("wb") as told:
        output = Output(told.fileno())
        printed = Printed(Threads(output, 0), output)
        with monkeypatch.context() as streams:
            streams.setattr(sys, "stdout", out)
            streams.setattr(sys, "stderr", err)
            assert printed.start()
        yield out, output, records
        printed.stop()
        assert "write" not in vars(out)


def test_nothing_comes_between_the_writes_of_a_print(noted: tuple[TextIO, "Output", Path]) -> None:
    """Signals, other threads and tools have their turn at RESUME and after calls."""
    import dis

    names = {each.opname for each in dis.get_instructions(noted[0].write)}
    assert not [name for name in names if "RESUME" in name or "CALL" in name or "JUMP_BACKWARD" in name]


def test_texts_that_wait_are_bounded_and_what_is_lost_is_counted(noted: tuple[TextIO, "Output", Path]) -> None:
    out, output, records = noted
    for _ in range(MOST_TEXTS + 7):
        out.write("x\n")
    output.add("note", text="there is room for what else is seen")
    output.flush()
    out.write("y\n")
    output.flush()
    lines = records.read_text().splitlines()
    assert sum('"x\\u000a"' in line for line in lines) == MOST_TEXTS - 1  # the thread's own record waits as well
    assert [line for line in lines if "lost" in line][-1] == '{"kind": "printed_lost", "texts": 8}'
    assert any("there is room" in line for line in lines)
    assert '"y\\u000a"' in lines[-1]


def test_a_stream_that_is_not_python_s_own_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    output = Output(os.open(os.devnull, os.O_WRONLY))
    printed = Printed(Threads(output, 0), output)
    assert not printed.start()
    printed.stop()
    os.close(output._descriptor)
