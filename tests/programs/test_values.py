"""What a loop reads, found in the memory of a process: here of this very one, whose objects are known."""

import ast
import os
import sched
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.programs.dump import MOST_TEXT, Frame, Local, ThreadDump
from app.programs.loops import Level, LoopState, awaited_end, loop_state
from app.programs.memory import UnreadableError
from app.programs.namesakes import Namesakes
from app.programs.objects import Objects
from app.programs.scopes import LocalsScope, MemoryScope
from app.programs.source import Source
from app.programs.values import ProgramValues
from app.programs.waits import Doing, wait_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")

SOURCE = "class Worker:\n    def run(self):\n        while WORD:\n            pass\n"
RUNNING = True


class Worker:
    def __init__(self) -> None:
        self.running = True
        self.__private = False
        self.stop = threading.Event()
        self.ready = threading.Event()
        self.state = {"stop": False, "flags": [True, False]}

    def run(self) -> None:
        pass


class Ended(threading.Thread):
    def __init__(self) -> None:
        super().__init__()
        self.running = False


@pytest.fixture
def values() -> Iterator[ProgramValues]:
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    thread = threading.current_thread()
    bootstrap = Frame("Thread._bootstrap", threading.__file__, 1, (Local("self", id(thread), "<Thread at 0x1>"),))
    objects = Objects(lambda address, size: os.pread(memory, size, address), sys.version_info.minor)
    yield ProgramValues(objects, (ThreadDump("t", 1, 1, is_active=False, frames=(bootstrap,)),))
    os.close(memory)


def shown(value: object) -> Local:
    return Local("x", id(value), f"<{type(value).__name__} at {id(value):#x}>")


def level_of(values: ProgramValues, worker: object, word: str, thread: ThreadDump | None = None) -> Level:
    local = Local("self", id(worker), f"<Worker at {id(worker):#x}>")
    frame = Frame("Worker.run", __file__, 4, (local,))
    place = Source(SOURCE.replace("WORD", word)).place(frame.function, frame.line)
    assert place is not None
    thread = thread or ThreadDump("t", 1, 1, is_active=False, frames=(frame,))
    return Level(frame, place, MemoryScope(values, thread, frame, place))


def state_of(values: ProgramValues, worker: object, word: str) -> LoopState:
    level = level_of(values, worker, word)
    state = loop_state(level, level.place.loops[0])
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("self.running", "True"),
        ("not self.stop.is_set()", "False"),
        ("not self.stop.wait(3)", "False"),
        ("not self.state['stop']", "False"),
        ("self.state['flags'][0]", "True"),
        ("not self.state['flags'][-1]", "False"),
        ("getattr(self, 'running', False)", "True"),
        ("getattr(self, 'do_run', True)", "True"),
        ("not self.__private", "False"),
        ("RUNNING", "True"),
    ],
)
def test_what_is_read_is_found(values: ProgramValues, word: str, text: str) -> None:
    state = state_of(values, Worker(), word)
    (read,) = state.reads
    assert read.value is not None
    assert (read.value.text, state.asked) == (text, False)


@pytest.mark.parametrize(
    "word", ["self.absent", "ABSENT", "self.running.x", "self.state[key]", "self.state[9]", "getattr(self, 'x')"]
)
def test_what_is_not_there_is_unknown(values: ProgramValues, word: str) -> None:
    assert state_of(values, Worker(), word).asked is None


def test_an_event_of_another_kind_is_no_event(values: ProgramValues) -> None:
    class Event:
        _flag = object()

    worker = Worker()
    worker.stop = Event()  # type: ignore[assignment]
    assert state_of(values, worker, "self.stop.is_set()").asked is None
    with pytest.raises(UnreadableError):
        values.event_flag(id(worker))


def found_elsewhere(worker: Worker, word: str, *others: object) -> str:
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    # New each time: the values of a process are read once.
    values = ProgramValues(Objects(lambda address, size: os.pread(memory, size, address), sys.version_info.minor), ())
    state = state_of(values, worker, word)
    frame = Frame("main", "/srv/app.py", 3, tuple(map(shown, others)))
    try:
        return Namesakes(values, [ThreadDump("m", 2, 2, is_active=False, frames=(frame,))]).signalled_elsewhere(
            [state], state
        )
    finally:
        os.close(memory)


def test_a_namesake_that_was_signalled_is_found() -> None:
    other = Worker()
    other.running = False
    other.stop.set()
    worker = Worker()
    worker.ready.set()  # what was signalled under another name is another thing
    said = found_elsewhere(worker, "self.running", other)
    assert said == "likely another one was meant: `Worker.running` is False, and no live thread reads it"
    assert "`Worker.stop.is_set()` is True" in found_elsewhere(worker, "not self.stop.is_set()", other)
    assert found_elsewhere(worker, "self.running", worker, Worker()) == ""
    ended = Ended()
    assert "`Ended.running` is False" in found_elsewhere(worker, "self.running", ended)
    ended.start()
    ended.join()  # it was asked, and has stopped: it was the one that was meant
    assert found_elsewhere(worker, "self.running", ended) == ""


def test_the_name_of_a_thread_is_that_of_its_object(values: ProgramValues) -> None:
    for name, shown_name in (("caf\xe9", "caf\xe9"), ("n" * 1_000_000, "n" * MOST_TEXT)):
        thread = threading.Thread(name=name)
        bootstrap = Frame("Thread._bootstrap", threading.__file__, 1, (Local("self", id(thread), "<Thread at 0x1>"),))
        assert values.name(ThreadDump("", 1, 1, is_active=False, frames=(bootstrap,))) == shown_name
    assert values.name(ThreadDump("", 1, 1, is_active=False, frames=())) == ""


def test_a_call_in_a_condition_has_no_place_of_its_own(values: ProgramValues) -> None:
    worker = Worker()
    for word in ("self.asks()", "asks()", "(lambda: 1)()", "asks(1, 2)", "self.state.get('stop')"):
        level = level_of(values, worker, f"{word} and self.running")
        state = loop_state(level, level.place.loops[0])
        assert state is not None
        assert Namesakes(values, ()).signalled_elsewhere([state], state) == ""


@pytest.mark.parametrize("module", [socketserver, sched], ids=lambda module: module.__name__)
def test_every_line_of_real_files_can_be_diagnosed(values: ProgramValues, module: ModuleType) -> None:
    text = Path(str(module.__file__)).read_text("utf-8")
    source, worker = Source(text), Worker()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    verdicts = set()
    for node in functions:
        for line in range(node.lineno, node.end_lineno or 0):
            frame = Frame(node.name, "/srv/app.py", line, (Local("self", id(worker), f"<Worker at {id(worker):#x}>"),))
            place = source.place(node.name, line)
            if place is None:
                continue
            thread = ThreadDump("t", 2, 2, is_active=bool(line % 2), frames=(frame,))
            level = Level(frame, place, MemoryScope(values, thread, frame, place))
            for loop in place.loops:
                state = loop_state(level, loop)
                verdicts.add(state and state.asked)
                awaited_end(level, line)
            assert wait_of(thread, place, level.scope, None).doing in Doing
    assert verdicts


def test_without_memory_only_local_variables_are_known() -> None:
    frame = Frame(
        "f", "a.py", 1, (Local("x", 5, "True"), Local("lock", 6, "<_thread.lock at 0x7f>"), Local("n", 7, "12"))
    )
    scope = LocalsScope(frame, "no memory")
    assert scope.value(ast.parse("x", mode="eval").body).truth is True
    assert scope.value(ast.parse("n", mode="eval").body).text == "12"
    assert scope.type_name(ast.parse("lock", mode="eval").body) == "lock"
    assert scope.address(ast.parse("lock", mode="eval").body) == 6
    for text in ("y", "x.y", "lock"):
        with pytest.raises(UnreadableError):
            scope.value(ast.parse(text, mode="eval").body)
    with pytest.raises(UnreadableError, match="no memory"):
        scope.lock_owner(ast.parse("lock", mode="eval").body)
    with pytest.raises(UnreadableError, match="no memory"):
        scope.socket_timeout(ast.parse("lock", mode="eval").body)
