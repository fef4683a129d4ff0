"""A worker of what was found: its arguments fit the parameters, and its way of asking fits what it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BadInput
from app.core.own_code.description import OwnCode, read_stop
from app.programs.own_code import PythonFile, read_python_file
from app.programs.own_worker import chosen, own_worker, split_target

CODE = b"""
import threading
def poll(stop: threading.Event, n, m=5): pass
def plain(): pass
def any_(a, **more): pass
@decorated
def changed(a): pass
async def later(): pass
class Mine(threading.Thread):
    def run(self): pass
    def stop(self): pass
"""


@pytest.fixture
def file(tmp_path: Path) -> PythonFile:
    path = tmp_path / "mine.py"
    path.write_bytes(CODE)
    return read_python_file(path)


def made(file: PythonFile, name: str, **more: Any) -> OwnCode:
    code = own_worker(file, chosen(file, name), **more).code
    assert code is not None
    return code


def test_a_worker_has_the_best_way_and_its_arguments(file: PythonFile) -> None:
    worker = own_worker(file, file.find("poll"), arguments={"n": " 5"}, environment={"A": "b"})
    assert worker.name == "poll"
    assert worker.code == OwnCode(
        str(file.path), "poll", read_stop("argument stop"), (("n", "5"),), environment=(("A", "b"),)
    )
    assert made(file, "Mine").stop.text == "method stop"
    assert made(file, "later").stop.text == "cancel"
    assert made(file, "plain", folder=".").folder == str(Path.cwd())
    assert made(file, "any_", arguments={"a": "1", "b": "2"}).arguments == (("a", "1"), ("b", "2"))
    assert made(file, "changed", stop=read_stop("argument b"), arguments={"a": "1", "c": "2"})


MISTAKES: dict[str, tuple[Callable[[PythonFile], object], str]] = {
    "missing": (lambda file: made(file, "poll"), "arguments: n is missing; give it a value."),
    "missing two": (
        lambda file: made(file, "poll", stop=read_stop("none")),
        "arguments: stop and n are missing; give each a value.",
    ),
    "unknown": (
        lambda file: made(file, "poll", arguments={"n": "1", "mm": "2"}),
        "arguments: No parameter of poll is called 'mm'; did you mean m?",
    ),
    "none taken": (lambda file: made(file, "plain", arguments={"n": "1"}), "plain takes no arguments; leave 'n' out."),
    "the event": (
        lambda file: made(file, "poll", arguments={"n": "1", "stop": "1"}),
        "stop is the Event that is handed in",
    ),
    "no folder": (
        lambda file: made(file, "plain", folder="/there/is/none"),
        "folder: '/there/is/none' is not a folder.",
    ),
    "no literal": (lambda file: made(file, "poll", arguments={"n": "x"}), "arguments: n: it is not a Python literal"),
    "cancel": (
        lambda file: made(file, "plain", stop=read_stop("cancel")),
        "plain is a function; only a coroutine's task",
    ),
    "asyncio": (
        lambda file: made(file, "Mine", stop=read_stop("asyncio-argument x")),
        "Mine is a thread; an asyncio.Event",
    ),
    "method": (
        lambda file: made(file, "plain", stop=read_stop("method stop")),
        "plain is a function; only a thread has",
    ),
    "parameter": (
        lambda file: made(file, "poll", stop=read_stop("argument x")),
        "stop: No parameter of poll is called 'x'",
    ),
    "no name": (lambda file: chosen(file, ""), "say which of it is to be run: mine.py:poll, mine.py:plain, "),
    "wrong name": (lambda file: chosen(file, "pol"), "No function or thread is called 'pol'; did you mean poll?"),
}


@pytest.mark.parametrize(("make", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence(file: PythonFile, make: Callable[[PythonFile], object], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        make(file)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_targets() -> None:
    assert split_target("a/mine.py:poll") == (Path("a/mine.py"), "poll")
    assert split_target("C:\\mine.py:poll") == (Path("C:\\mine.py"), "poll")
    assert split_target("mine.py") == (Path("mine.py"), "")
    assert split_target("mine.py:") == (Path("mine.py"), "")
    for other in ("flag", "mine.toml", "a:b", "py:x", "mine.pyc:x", ""):
        assert split_target(other) is None
