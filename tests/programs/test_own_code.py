"""A file of the person's is read, never run: what is in it, how each can be stopped, and why some cannot be offered."""

import hashlib
import os
import textwrap
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.own_code.description import LARGEST_FILE, read_stop
from app.programs.own_code import Found, FoundKind, read_python_file, read_source


def found_in(code: str) -> dict[str, Found]:
    return {each.name: each for each in read_source(textwrap.dedent(code).encode())[0]}


def ways_in(code: str, name: str = "") -> list[str]:
    """Return the ways of what has this name, or of the only thing that is there; that it is not asked is left out."""
    found = found_in(code)
    ways = found[name or next(iter(found))].ways
    assert ways[-1].text == "none"
    return [way.text for way in ways[:-1]]


FUNCTIONS = {
    "annotated": ("from threading import Event\ndef f(x: Event): pass", ["argument x"]),
    "annotated by an alias": ("import threading as t\ndef f(x: t.Event): pass", ["argument x"]),
    "annotated by a renamed class": ("from threading import Event as E\ndef f(x: E): pass", ["argument x"]),
    "annotated as optional": (
        "import threading\ndef f(x: 'threading.Event | None' = None): pass",
        ["argument x"],
    ),
    "annotated by Optional": (
        "import threading, typing\ndef f(x: typing.Optional[threading.Event] = None): pass",
        ["argument x"],
    ),
    "annotated as something else": ("def f(stop_event: int): pass", []),
    "of another module's Event": ("from mine import Event\ndef f(x: Event): pass", []),
    "named": ("def f(stop_event): g(stop_event)", ["argument stop_event"]),
    "named and keyword only": ("def f(*, quit_event=None): pass", ["argument quit_event"]),
    "named, with a default that is no Event": ("def f(stop_event=5): pass", []),
    "a stop that is a number": ("def f(start, stop):\n for i in range(start, stop): print(i)", []),
    "a stop that is compared": ("def f(stop):\n while g(stop) and stop > 5: pass", []),
    "a stop that is handed on": ("def f(stop): g(stop)", ["argument stop"]),
    "a stop that is a truth value": ("def f(stop):\n g(stop)\n while not stop: pass", []),
    "asked": ("def f(x):\n while not x.is_set(): pass", ["argument x"]),
    "waited for": ("def f(a, x):\n while not x.wait(a): pass", ["argument x"]),
    "asked in a nested function": ("def f(x):\n def g():\n  return x.is_set()\n while not g(): pass", ["argument x"]),
    "a global Event": (
        "import threading\nquit = threading.Event()\ndef f():\n while not quit.wait(1): pass",
        ["event quit"],
    ),
    "a global Event in a try": (
        "import threading\ntry:\n quit: object = threading.Event()\nfinally: pass\ndef f(): quit.wait()",
        ["event quit"],
    ),
    "a global Event that it does not look at": ("import threading\nquit = threading.Event()\ndef f(): quit.set()", []),
    "a global flag": ("running = True\ndef f():\n while running: pass", ["flag running = False"]),
    "a global flag, negated": ("done = False\ndef f():\n while not done: pass", ["flag done = True"]),
    "a global flag that breaks": (
        "done = False\ndef f():\n while True:\n  if done: break",
        ["flag done = True"],
    ),
    "a global flag that returns from a for": (
        "done = False\ndef f():\n for i in range(9):\n  if not done: g()\n  else: return",
        ["flag done = True"],
    ),
    "a global made by a global statement": ("def f():\n global go\n while go: pass", ["flag go = False"]),
    "a local": ("def f():\n go = True\n while go: go = g()", []),
    "a parameter": ("go = 1\ndef f(go):\n while go: pass", []),
    "an import": ("from m import go\ndef f():\n while go: pass", []),
    "an attribute of a global": ("import config\ndef f():\n while config.go: pass", ["flag config.go = False"]),
    "an attribute of the function": ("def f():\n while f.go: pass", ["flag f.go = False"]),
    "an attribute of a class": ("class C: go = 1\ndef f():\n while C.go: pass", ["flag C.go = False"]),
    "do_run": (
        "import threading\ndef f():\n t = threading.current_thread()\n while getattr(t, 'do_run', True): pass",
        ["flag thread.do_run = False"],
    ),
    "do_run without a variable": (
        "from threading import current_thread as me\ndef f():\n while getattr(me(), 'do_run', True): pass",
        ["flag thread.do_run = False"],
    ),
    "do_run by the old name": (
        "import threading\ndef f():\n t = threading.currentThread()\n while t.do_run: pass",
        ["flag thread.do_run = False"],
    ),
    "one of two": ("a = b = 1\ndef f():\n while a and b: pass", ["flag a = False", "flag b = False"]),
    "neither of two": ("a = b = 1\ndef f():\n while a or b: pass", []),
    "one of two that breaks": (
        "a = b = 0\ndef f():\n while 1:\n  if a or b: break",
        ["flag a = True", "flag b = True"],
    ),
    "not both": ("a = b = 1\ndef f():\n while not (a or b): pass", ["flag a = True", "flag b = True"]),
    "a state": ("s = 'on'\ndef f():\n while s != 'off': pass", ["flag s = 'off'"]),
    "a state that may be anything else": ("s = 'on'\ndef f():\n while s == 'on': pass", []),
    "is True": ("s = True\ndef f():\n while s is True: pass", ["flag s = False"]),
    "is None": ("s = 1\ndef f():\n while s is not None: pass", ["flag s = None"]),
    "nothing": ("def f():\n while True: pass", []),
    "a coroutine": ("async def f(): pass", ["cancel"]),
    "a coroutine that awaits an Event": (
        "async def f(stop):\n while not stop.is_set(): await wait_for(stop.wait(), 1)",
        ["asyncio-argument stop", "cancel"],
    ),
    "a coroutine that can do without": (
        "import asyncio\nasync def f(stop: asyncio.Event = None): pass",
        ["cancel", "asyncio-argument stop"],
    ),
    "a coroutine that polls an Event": (
        "import threading\nasync def f(stop: threading.Event):\n while not stop.is_set(): pass",
        ["argument stop", "cancel"],
    ),
}


@pytest.mark.parametrize(("code", "ways"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_how_a_function_can_be_stopped(code: str, ways: list[str]) -> None:
    assert ways_in(code, "f") == ways


RUN = "    def run(self):\n        while self.going: pass\n"
STOP = "    def stop(self):\n        self.going = False\n"
THREADS = {
    "flag": (f"import threading\nclass T(threading.Thread):\n{RUN}", ["flag thread.going = False"]),
    "renamed class": (f"from threading import Thread as Base\nclass T(Base):\n{RUN}", ["flag thread.going = False"]),
    "assigned class": (
        f"import threading\nBase = threading.Thread\nclass T(Base):\n{RUN}",
        ["flag thread.going = False"],
    ),
    "star": (f"from threading import *\nclass T(Thread):\n{RUN}", ["flag thread.going = False"]),
    "in an if": (f"import threading\nif 1:\n  class T(threading.Thread):\n{RUN}", ["flag thread.going = False"]),
    "method": (
        f"import threading\nclass T(threading.Thread):\n{RUN}{STOP}",
        ["method stop", "flag thread.going = False"],
    ),
    "base in the file": (
        f"import threading\nclass B(threading.Thread):\n{RUN}{STOP}\nclass T(B): pass",
        ["method stop", "flag thread.going = False"],
    ),
    "base of a base, with a mixin": (
        f"import threading\nclass M:\n{STOP}\nclass B(threading.Thread): pass\nclass T(M, B):\n{RUN}",
        ["method stop", "flag thread.going = False"],
    ),
    "another self": (
        "import threading\nclass T(threading.Thread):\n    def run(this):\n        while not this.done: pass\n",
        ["flag thread.done = True"],
    ),
    "method with an argument": (
        f"import threading\nclass T(threading.Thread):\n{RUN}    def stop(self, why): pass\n",
        ["flag thread.going = False"],
    ),
    "method with a default": (
        f"import threading\nclass T(threading.Thread):\n{RUN}    def cancel(self, why=''): pass\n",
        ["method cancel", "flag thread.going = False"],
    ),
    "coroutine method": (
        f"import threading\nclass T(threading.Thread):\n{RUN}    async def stop(self): pass\n",
        ["flag thread.going = False"],
    ),
    "property": (
        f"import threading\nclass T(threading.Thread):\n{RUN}    @property\n    def stop(self): pass\n",
        ["flag thread.going = False"],
    ),
    "own Event": (
        """
        import threading
        class T(threading.Thread):
            def __init__(self):
                super().__init__()
                self.halt = threading.Event()
            def run(self):
                while not self.halt.wait(1): pass
            def stop(self):
                "Ask."
                self.halt.set()
        """,
        ["event thread.halt", "method stop"],
    ),
    "own Event, and a method that does more": (
        """
        import threading
        class T(threading.Thread):
            halt = threading.Event()
            def run(self):
                while not self.halt.wait(1): pass
            def stop(self):
                self.halt.set()
                self.join()
        """,
        ["method stop", "event thread.halt"],
    ),
    "Event handed in": (
        """
        import threading
        class T(threading.Thread):
            def __init__(self, halt, **more):
                super().__init__(**more)
                self._halt = halt or threading.Event()
            def run(self):
                while not self._halt.is_set(): pass
        """,
        ["argument halt", "event thread._halt"],
    ),
    "nothing": ("import threading\nclass T(threading.Thread):\n    def run(self): pass", []),
    "timer": (
        "from threading import Timer\nclass T(Timer):\n    def __init__(self): super().__init__(1, print)",
        ["method cancel"],
    ),
    "a method is no flag": (
        "import threading\nclass T(threading.Thread):\n    def go(self): pass\n    def run(self):\n     while self.go: pass",
        [],
    ),
}


@pytest.mark.parametrize(("code", "ways"), THREADS.values(), ids=THREADS)
def test_how_a_thread_can_be_stopped(code: str, ways: list[str]) -> None:
    assert found_in(code)["T"].kind is FoundKind.THREAD
    assert ways_in(code, "T") == ways


REFUSED = {
    "nested": ("def f():\n    def g(): pass\n    class C: pass", {"f.g": "inside f", "f.C": "inside f"}),
    "generator": ("def f():\n    yield 1", {"f": "generator"}),
    "asynchronous generator": ("async def f():\n    yield 1", {"f": "generator"}),
    "base from elsewhere": ("from m import Base\nclass T(Base):\n    def run(self): pass", {"T": "'Base'"}),
    "no run": ("import threading\nclass T(threading.Thread): pass", {"T": "no method run()"}),
    "timer with the usual arguments": ("import threading\nclass T(threading.Timer): pass", {"T": "no literal"}),
    "coroutine run": (
        "import threading\nclass T(threading.Thread):\n    async def run(self): pass",
        {"T": "does not await"},
    ),
}


@pytest.mark.parametrize(("code", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_run_is_named_with_a_reason(code: str, why: dict[str, str]) -> None:
    found, refused = read_source(code.encode())
    assert {each.name for each in refused} == set(why)
    assert not {each.name for each in found} & set(why)
    for each in refused:
        assert why[each.name] in each.why
        assert each.line > 0


def test_what_is_neither_function_nor_thread_is_passed_over() -> None:
    code = "import threading\nclass C: pass\nclass Run:\n    def run(self): pass\nx = lambda: 1\ndef __getattr__(name): pass"
    assert read_source(code.encode()) == ((), ())


def test_of_several_with_one_name_the_last_counts() -> None:
    found = found_in("def f(a): pass\ndef f(): pass\nclass g: pass\ndef g(x): pass\ndef h(): pass\nh = 5")
    assert {name: len(each.parameters) for name, each in found.items()} == {"f": 0, "g": 1}


def test_parameters_and_which_of_them_are_needed() -> None:
    found = found_in("def f(a, /, stop_event, c: 'int' = 5, *more, d, e=None, **others):\n  '''Does it.\n\n  More.'''")[
        "f"
    ]
    assert [(each.name, each.annotation, each.default) for each in found.parameters] == [
        ("a", "", None),
        ("stop_event", "", None),
        ("c", "'int'", "5"),
        ("d", "", None),
        ("e", "", "None"),
    ]
    assert found.needed(read_stop("argument stop_event")) == ("a", "d")
    assert found.needed(read_stop("none")) == ("a", "stop_event", "d")
    assert found.sentence == "Does it."


def test_a_thread_takes_what_its_init_takes_without_self() -> None:
    code = "import threading\nclass B(threading.Thread):\n def __init__(me, n): pass\nclass T(B):\n def run(self): pass"
    assert [each.name for each in found_in(code)["T"].parameters] == ["n"]


def test_a_decorator_is_said_and_not_believed() -> None:
    (found,) = read_source(b"import m\n@m.retry(5)\ndef f(): pass")[0]
    assert found.remarks == ("What @m.retry(5) makes of it is not known until it runs.",)


# -- files -----------------------------------------------------------------------------------------------------------


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    return path


ENCODINGS = {
    "utf-8": "def ä(): pass".encode(),
    "byte order mark": b"\xef\xbb\xbf" + "def ä(): pass".encode(),
    "latin-1": "# -*- coding: latin-1 -*-\ndef ä(): pass".encode("latin-1"),
    "second line": "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ndef ä(): '€'".encode("cp1252"),
    "line breaks of Windows": "x = 1\r\ndef ä(): pass\r\n".encode(),
}


@pytest.mark.parametrize("content", ENCODINGS.values(), ids=ENCODINGS)
def test_encodings_are_python_s(tmp_path: Path, content: bytes) -> None:
    read = read_python_file(write(tmp_path, content))
    assert [each.name for each in read.found] == ["ä"]
    assert read.digest == hashlib.sha256(content).hexdigest()


WRONG = {
    "syntax": (b"x = 1\ndef f(:\n  pass", ", line 2: it is not Python: "),
    "indentation": (b"def f():\npass", ", line 2: it is not Python: expected an indented block"),
    "not UTF-8": (b"x = 1\ny = '\xff'", ", line 2: byte 12 of the file is not UTF-8; "),
    "unknown encoding": (b"# coding: klingon\n", ": its encoding is not known: unknown encoding: klingon."),
    "no text encoding": (b"# coding: rot13\n", "'rot13' is not a text encoding"),
    "slow encoding": (b"# coding: punycode\n", ": its encoding is not known: "),
    "two encodings": (b"\xef\xbb\xbf# coding: latin-1\n", ": its encoding is not known: "),
    "NUL": (b"x = 1\n\0", ", line 2: it is not Python: it has a NUL in it."),
    "nested": (b"(" * 5_000, "it is not Python: too many nested parentheses."),
    "deep": (b"-" * 100_000 + b"1", ": it is nested too deeply to be read."),
    "large": (b"#" * (LARGEST_FILE + 1), ": it is larger than 1,000 kB; this is not a file of functions and threads."),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(BadInput) as caught:
        read_python_file(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for name, words in {
        "no.py": "there is no such file.",
        "pipe.py": "it is a pipe or a device",
        ".": "cannot be read",
    }.items():
        with pytest.raises(BadInput, match=words):
            read_python_file(tmp_path / name)


def test_it_is_never_run(tmp_path: Path) -> None:
    path = write(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\ndef f(x=print('ran')): pass".encode())
    assert [each.name for each in read_python_file(path).found] == ["f"]
    assert not (tmp_path / "ran").exists()


def test_python_s_warnings_about_it_are_not_ours() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found_in("def f(): return '\\d' is 5")


def test_what_is_not_there_is_refused_with_what_is(tmp_path: Path) -> None:
    read = read_python_file(write(tmp_path, b"def poll():\n  def inner(): pass\ndef gen(): yield"))
    assert read.find("poll").line == 1
    for name, words in {
        "pol": "did you mean poll",
        "inner": "line 2: poll.inner cannot be run: it is defined inside poll",
        "gen": "line 3: gen cannot be run: it is a generator",
    }.items():
        with pytest.raises(BadInput, match=words):
            read.find(name)
    with pytest.raises(BadInput, match="no function and no thread"):
        read_python_file(write(tmp_path, b"x = 1")).find("x")


PIECES = st.lists(
    st.sampled_from(
        [
            "import threading as t\n", "from threading import *\n", "class A(A, t.Thread, Thread, B[int], f()):\n",
            "    def run(self, *, stop):\n", "def f(stop, /, event: 'Event' = None, *a, b, **c):\n", "async ", "    ", "\t",
            "        while not (self.a and x.b.c or getattr(self, 'q', 1)) != 5:\n", "if a.is_set(): break\n", "pass\n",
            "    global a, b\n", "x: t.Event = t.Event()\n", "(a, b), *c = [t.Thread, 1]\n", "@a.b(1)\n", "match x:\n",
            "  case _ if y:\n", "try:\n", "except* E:\n", "lambda: (yield)\n", "\\", "'", '"""', "(",
            ")", "\0", "\ufeff", "é\n",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=100)
@given(PIECES)
def test_no_text_is_too_strange(text: str) -> None:
    check(text.encode())


@settings(max_examples=100)
@given(st.binary(max_size=100), st.sampled_from([b"", b"\xef\xbb\xbf", b"# coding: utf-16\n", b"# coding: utf-7\n"]))
def test_no_bytes_are_too_strange(content: bytes, begin: bytes) -> None:
    check(begin + content)


def check(content: bytes) -> None:
    try:
        found, refused = read_source(content)
    except BadInput:
        return
    for each in found:
        assert each.ways
        assert all(read_stop(way.text) == way for way in each.ways)
    assert all(each.line > 0 for each in (*found, *refused))
