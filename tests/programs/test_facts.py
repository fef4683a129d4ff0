"""The facts about a process: its source as it was when it began, its version, how much its threads compute."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from app.programs import facts as module
from app.programs.dump import Frame, Local, ProgramDump, ThreadDump
from app.programs.facts import ProgramFacts, minor_version, process_started, processor_shares
from app.programs.memory import UnreadableError
from app.programs.source import Place, Source

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told by /proc")

ME = ProgramDump(os.getpid(), (ThreadDump("MainThread", 1, os.getpid(), is_active=False, frames=()),))


def place_in(path: Path, text: str | bytes, *, age: float = 3_600.0) -> Place | str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    then = time.time() - age
    os.utime(path, (then, then))
    found = ProgramFacts(ME)
    try:
        return found.place(Frame("work", str(path), 2))
    finally:
        found.close()


GOOD = "def work():\n    pass\n"


@pytest.mark.parametrize(
    "text", [GOOD, b"\xef\xbb\xbf" + GOOD.encode(), b"# coding: latin-1\ndef work(): x = '\xe9'\n"]
)
def test_a_source_is_read_as_python_reads_it(tmp_path: Path, text: str | bytes) -> None:
    assert isinstance(place_in(tmp_path / "a.py", text), Place)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def work(:\n", "is none of this version of Python"),
        ("\0", "is none of this version of Python"),
        (b"# coding: nonsense\n", "is none of this version of Python"),
        (b"\xff\xff\n", "is none of this version of Python"),
        ("x = " + "-" * 5_000 + "1\n", ""),
        ("x = " + "[" * 150 + "]" * 150 + "\n", "has no such function in that line"),
        ("x = " + "+".join("1" * 1_000) + "\n", "is nested too deeply"),
        ("#" * 3_000_000, "is too long to be read"),
        ("def other():\n    pass\n", "has no such function in that line"),
    ],
)
def test_a_source_that_cannot_be_used_says_why(tmp_path: Path, text: str | bytes, said: str) -> None:
    found = place_in(tmp_path / "a.py", text)
    assert isinstance(found, str)
    assert said in found


def test_a_source_that_is_newer_than_its_process_is_not_used(tmp_path: Path) -> None:
    assert place_in(tmp_path / "a.py", GOOD, age=-60) == "its source was changed after the program had started"


@pytest.mark.parametrize(
    "file", ["<string>", "/not/there.py", "/dev/null", "/tmp", "a\0b", "x" * 5_000, "/proc/self/mem"]
)
def test_what_is_no_file_of_source(file: str) -> None:
    found = ProgramFacts(ME)
    assert isinstance(found.place(Frame("work", file, 1)), str)
    found.close()


def test_a_relative_name_is_one_of_the_process_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(GOOD)
    os.utime("a.py", (1, 1))
    found = ProgramFacts(ME)
    assert isinstance(found.place(Frame("work", "a.py", 2)), Place)
    found.close()


def test_the_depth_that_is_allowed_can_be_looked_into() -> None:
    """Whatever a tree of the greatest depth is asked for, our own calls are enough."""
    depth = 0
    while True:
        text = "def work():\n while x" + "".join(f".a{n}" for n in range(depth + 10)) + ":\n  pass\n"
        try:
            Source(text)
        except RecursionError:
            break
        depth += 10
    text = "def work():\n while x" + "".join(f".a{n}" for n in range(depth)) + ":\n  pass\n"
    place = Source(text).place("work", 3)
    assert place is not None
    from tests.programs.cases import Scope, finding_of

    assert finding_of(text.replace("pass", "pass #<"), Scope()).verdict


def test_a_process_without_end_is_not_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = threading.Thread(target=print, daemon=True)
    bootstrap = Frame("Thread._bootstrap", threading.__file__, 1, (Local("self", id(made), "<Thread at 0x1>"),))
    dump = ProgramDump(os.getpid(), (ThreadDump("", 1, 2, is_active=False, frames=(bootstrap,)),))
    for most, is_daemon in ((module._MOST_READS, True), (10, None)):
        monkeypatch.setattr(module, "_MOST_READS", most)
        found = ProgramFacts(dump)
        assert found.is_daemon(dump.threads[0]) is is_daemon
        found.close()


def test_the_version_is_that_of_the_process() -> None:
    assert minor_version(ME) == sys.version_info.minor
    nothing = ProgramDump(2**30, ())
    with pytest.raises(UnreadableError):
        minor_version(nothing)
    frame = Frame("_shutdown", "/opt/lib/python3.13/threading.py", 1)
    thread = ThreadDump("", 1, 1, is_active=False, frames=(frame,))
    assert minor_version(ProgramDump(2**30, (thread,))) == 13
    free = Frame("_shutdown", "/opt/lib/python3.13t/threading.py", 1)
    with pytest.raises(UnreadableError):
        minor_version(ProgramDump(2**30, (ThreadDump("", 1, 1, is_active=False, frames=(free,)),)))


def test_when_a_process_began() -> None:
    began = process_started(os.getpid())
    assert began is not None
    assert began <= time.time()
    assert process_started(2**30) is None


def test_who_computes_is_told_from_who_waits() -> None:
    natives: list[int] = []
    gate, stop = threading.Event(), threading.Event()

    def wait() -> None:
        natives.append(threading.get_native_id())
        gate.wait(20)

    def compute() -> None:
        natives.append(threading.get_native_id())
        while not stop.is_set():
            pass

    threads = [threading.Thread(target=target) for target in (wait, compute)]
    for thread in threads:
        thread.start()
        while len(natives) < threads.index(thread) + 1:
            time.sleep(0)
    try:
        # Until the computing one had its turn, however busy the machine is.
        for _ in range(200):
            shares = processor_shares(os.getpid())
            assert shares is not None
            if shares[natives[1]] > 0.01:
                break
        assert shares[natives[0]] < shares[natives[1]]
    finally:
        stop.set()
        gate.set()
        for thread in threads:
            thread.join()
    assert processor_shares(2**30) is None
