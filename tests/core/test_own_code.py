"""Code of the person's own, run as in a child process: asked, listened to, and its end told. Nothing is imported here."""

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.core.batch import LINES, Kind
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.events import Ended, Failed, Noticed, Running, SlowToNotice, StopRequested, decode
from app.core.own_code.description import OWN_CODE, OwnCode
from app.core.own_code.loading import module_name
from app.core.states import Outcome
from app.core.strategies.base import ThreadLike
from app.core.worker import code_worker
from tests.core.own_code_child import AT_ONCE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Scenario:
    """A file, what is run of it, and when it is asked to stop.

    Attributes:
        code: the file.
        stop: the way of asking.
        stop_at: the line at which it is asked; None for never.
        worker: more keys of the worker.
        more: more keys of the code.
        child: more keys for the child.
    """

    code: str
    stop: str = "none"
    stop_at: str | None = None
    worker: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    child: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    file: str
    records: list[list[Any]]

    @property
    def lines(self) -> list[str]:
        return [text for _, kind, text in self.records if kind in LINES]

    @property
    def sources(self) -> dict[str, str]:
        """Return the lines that were not printed, with where they come from."""
        return {text: Kind(kind).source for _, kind, text in self.records if Kind(kind).source}

    def event(self, kind: type[Any]) -> Any:
        found = [event for _, code, text in self.records if isinstance(event := decode(code, text), kind)]
        return found[0] if found else None

    @property
    def end(self) -> Ended:
        end = self.event(Ended)
        assert isinstance(end, Ended)
        assert end.chain.is_ordered()
        return end


THREAD = """
import threading
class Mine(threading.Thread):
    {init}
    def run(self):
        assert threading.current_thread() is self
        print("go")
        {body}
        print("done")
    {more}
"""

SCENARIOS = {
    "argument": Scenario(
        """
        import threading
        def Mine(stop, n):
            assert isinstance(stop, threading.Event)
            for i in range(n): print(f"running… {i}")
            while not stop.is_set(): stop.wait(0.005)
            print("bye")
        """,
        "argument stop",
        "running… 2",
        more={"arguments": {"n": "3"}},
        worker={"text_on_request": "asking", "text_at_end": ["end"]},
    ),
    "waited for": Scenario("def Mine(stop):\n print('go')\n assert stop.wait() is True", "argument stop", "go"),
    "its own event": Scenario(
        """
        from threading import Event
        halt = Event()
        kept = [halt]
        def Mine():
            print("go")
            kept[0].wait()
            assert type(halt).__mro__[1] is Event
        """,
        "event halt",
        "go",
    ),
    "set by itself": Scenario(
        "import threading\nhalt = threading.Event()\ndef Mine():\n halt.set()\n assert halt.is_set()\n halt.clear()\n"
        " print('go')\n halt.wait()\n print('end')\n",
        "event halt",
        "go",
    ),
    "global flag": Scenario("go = 1\ndef Mine():\n print('go')\n while go: pass", "flag go = False", "go"),
    "thread's flag": Scenario(
        "import threading\ndef Mine():\n t = threading.current_thread()\n print('go')\n"
        " while getattr(t, 'do_run', True): pass",
        "flag thread.do_run = False",
        "go",
    ),
    "flag of an object": Scenario(
        "class app: going = 'yes'\ndef Mine():\n print('go')\n while app.going == 'yes': pass",
        "flag app.going = 'no'",
        "go",
    ),
    "coroutine": Scenario(
        """
        import asyncio
        async def Mine():
            print("go")
            try:
                await asyncio.sleep(1000)
            finally:
                print("cleaning")
                await asyncio.sleep(0)
        """,
        "cancel",
        "go",
    ),
    "coroutine that swallows": Scenario(
        """
        import asyncio
        async def Mine():
            print("go")
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                pass
            assert await asyncio.sleep(0, 5) == 5
            print("on")
        """,
        "cancel",
        "go",
    ),
    "coroutine's event": Scenario(
        "import asyncio\nasync def Mine(stop):\n assert isinstance(stop, asyncio.Event)\n print('go')\n"
        " await stop.wait()\n assert stop.is_set()",
        "asyncio-argument stop",
        "go",
    ),
    "coroutine that cancels itself": Scenario(
        "import asyncio\nasync def Mine():\n asyncio.current_task().cancel()\n await asyncio.sleep(1)", "cancel"
    ),
    "thread with an event": Scenario(
        THREAD.format(
            init="def __init__(self, *, halt, n=0):\n        super().__init__()\n        self.halt, self.n = halt, n",
            body="print(self.n); self.halt.wait()",
            more="",
        ),
        "argument halt",
        "go",
        more={"arguments": {"n": "(1, 'a')"}},
    ),
    "thread with its own event": Scenario(
        THREAD.format(
            init="def __init__(self):\n        super().__init__()\n        self.halt = threading.Event()",
            body="self.halt.wait()",
            more="",
        ),
        "event thread.halt",
        "go",
    ),
    "thread with a flag": Scenario(
        THREAD.format(init="going = True", body="\n        while self.going: pass", more=""),
        "flag thread.going = False",
        "go",
    ),
    "method that joins": Scenario(
        THREAD.format(
            init="going = True",
            body="\n        while self.going: pass",
            more="\n    def stop(self):\n        self.going = False\n        self.join()",
        ),
        "method stop",
        "go",
    ),
    "method that fails": Scenario(
        THREAD.format(
            init="going = True",
            body="\n        while self.going: pass",
            more="\n    def stop(self):\n        self.going = False\n        raise ValueError('no')",
        ),
        "method stop",
        "go",
    ),
    "join that stops": Scenario(
        THREAD.format(
            init="halt = threading.Event()",
            body="self.halt.wait()",
            more="\n    def join(self, timeout=None):\n        self.halt.set()\n        super().join(timeout)",
        ),
        "event thread.halt",
        "go",
    ),
    "decorated coroutine": Scenario(
        """
        import asyncio
        def same(function):
            return lambda: function()
        @same
        async def Mine():
            print("go")
            await asyncio.sleep(1000)
        """,
        "cancel",
        "go",
    ),
    "not asked, and ends": Scenario("import time\ndef Mine():\n print('go')\n time.sleep(0.05)", "none", "go"),
    "forks": Scenario(
        """
        import os, sys
        def Mine():
            print("parent")
            if os.fork() == 0:
                print("forked")
                os._exit(0)
            os.wait()
        """
    ),
    "thread that fails": Scenario(THREAD.format(init="", body="raise ValueError('broken')", more="")),
    "thread that exits": Scenario(THREAD.format(init="", body="raise SystemExit(3)", more="")),
    "function that fails": Scenario("def g(): 1 / 0\ndef Mine():\n  g()"),
    "function that exits": Scenario("import sys\ndef Mine(): sys.exit('enough')"),
    "keyboard interrupt": Scenario("def Mine(): raise KeyboardInterrupt"),
    "ends by itself": Scenario("def Mine(): print('all')"),
    "asked at once": Scenario("def Mine(stop): print('never')", "argument stop", AT_ONCE),
    "coroutine asked at once": Scenario("async def Mine(): print('never')", "cancel", AT_ONCE),
    "syntax error": Scenario("x = 1\ndef Mine(:\n", "none"),
    "import error": Scenario("x = 1\nimport there_is_no_such_module\n", "none"),
    "not there": Scenario("x = 1"),
    "not to be called": Scenario("Mine = 5"),
    "no thread": Scenario("class Mine: pass"),
    "no event": Scenario("halt = 5\ndef Mine(): pass", "event halt"),
    "no flag": Scenario("def Mine(): pass", "flag state.running = False"),
    "no method": Scenario(THREAD.format(init="", body="pass", more=""), "method stop"),
    "wrong argument": Scenario("def Mine(a): pass", more={"arguments": {"b": "1"}}),
    "positional only": Scenario(
        "def Mine(a, b, /, c=3): print(a, b, c)", more={"arguments": {"c": "5", "b": "2", "a": "1"}}
    ),
    "output": Scenario(
        """
        import os, subprocess, sys, logging, threading, warnings
        def Mine():
            print("part", end="")
            print("ial")
            sys.stdout.buffer.write(b"junk \\xff\\xfe\\n")
            print("two\\nlines\\r\\nand\\rmore")
            print("\\r50 %", end=""); print("\\r99 %")
            print("wrong", file=sys.stderr)
            logging.getLogger("mine").error("it %s", "broke")
            logging.getLogger("mine").info("not said")
            sys.stdout.flush()
            print(len(sys.stdin.read()), sys.stdout.isatty(), sys.stdout.fileno())
            os.write(1, b"by descriptor\\n")
            subprocess.run([sys.executable, "-c", "print('by a process')"], check=True)
            print("x" * 1_000_001)
            os.write(1, b"no end here")
            print("nor here", end="")
        """
    ),
    "logged": Scenario(
        """
        import logging, sys
        class Own(logging.Handler):
            def emit(self, record): print(self.format(record))
        class Value:
            def __str__(self):
                print("asked")
                return "value"
        def Mine():
            for name, handler in [
                ("err", logging.StreamHandler()), ("out", logging.StreamHandler(sys.stdout)), ("own", Own())
            ]:
                log = logging.getLogger(f"app.{name}")
                log.propagate = False
                log.setLevel(1)
                log.addHandler(handler)
                for level in (5, 10, 20, 25, 30, 40, 50):
                    log.log(level, f"{name} at {level}")
            try:
                1 / 0
            except ZeroDivisionError:
                logging.getLogger("app.err").exception("failed")
            logging.getLogger("app.err").info("a %s", Value())
            logging.getLogger("app.err").warning("%d", "no number")
            print("and plain", file=sys.stderr)
        """
    ),
    "output at once by many": Scenario(
        """
        import threading
        class Loud:
            def __del__(self): print("gone")
        def Mine():
            def write():
                for i in range(200):
                    print("line")
                    Loud()
            threads = [threading.Thread(target=write) for _ in range(4)]
            [t.start() for t in threads]
            [t.join() for t in threads]
        """
    ),
    "surroundings": Scenario(
        """
        import os, sys, helper_beside, queue
        print(__name__, __file__ == sys.argv[0], os.getcwd() == os.path.dirname(__file__), os.environ["COLOUR"])
        def Mine(): print(helper_beside.WORD, queue.__file__ == __file__, __import__("pickle").loads(
            __import__("pickle").dumps(Mine)) is Mine)
        """,
        more={"environment": {"COLOUR": "green"}},
    ),
    "slow": Scenario(
        # It is asked, but looks only a while later, however late the request comes.
        "import threading\ndef Mine(stop):\n print('go')\n while not stop._flag: threading.Event().wait(0.001)\n"
        " threading.Event().wait(0.2)\n stop.wait()",
        "argument stop",
        "go",
        child={"slow_after": 0.02},
    ),
    "as work": Scenario(
        """
        import time
        def Mine(n):
            print(f"working {n}", end="")
            time.sleep(0.001)
        """,
        stop_at="2",
        worker={"strategy": "event-wait", "workload": OWN_CODE, "interval": 0.001, "text": "{i}"},
        more={"arguments": {"n": 7}},
    ),
    "as work that fails": Scenario(
        "def Mine(): raise ValueError('no')", worker={"strategy": "flag", "workload": OWN_CODE, "interval": 0}
    ),
    "as work that is none": Scenario(
        "async def Mine(): pass", worker={"strategy": "flag", "workload": OWN_CODE, "interval": 0}
    ),
    "before the edit": Scenario("def Mine(): print('old')"),
}
COPIES = {"before the edit": "def Mine(): print('new')"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Run all scenarios in one child process, one after the other."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "helper_beside.py").write_text("WORD = 'beside'")
    orders, files = [], {}
    for index, (name, scenario) in enumerate(SCENARIOS.items()):
        file = folder / f"mine_{index}.py"
        file.write_text(textwrap.dedent(scenario.code), "utf-8")
        files[name] = str(file)
        stop = {"stop": scenario.stop} if OWN_CODE not in scenario.worker.values() else {}
        code = {"file": str(file), "name": "Mine", **stop, **scenario.more}
        order = {"worker": {"code": code, **scenario.worker}, "stop_at": scenario.stop_at, **scenario.child}
        orders.append(order)
    orders.append(
        {"worker": {"code": {"file": files["before the edit"], "name": "Mine"}}, "edit": COPIES["before the edit"]}
    )
    files["after the edit"] = files["before the edit"]
    answers = child(orders)
    return {name: Result(files[name], records) for name, records in zip(files, answers, strict=True)}


def child(orders: list[dict[str, Any]], *options: str) -> list[Any]:
    """Have a child run scenarios, and return what it says of each."""
    read, write = os.pipe()
    with os.fdopen(read) as answers:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.core.own_code_child", str(write), *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(write,),
            text=True,
        )
        os.close(write)
        assert process.stdin is not None
        assert process.stderr is not None
        with process, process.stdin, process.stderr:
            process.stdin.write("".join(f"{json.dumps(order)}\n" for order in orders))
            process.stdin.close()
            said = [json.loads(line) for line in answers]
            errors = process.stderr.read()
    assert len(said) == len(orders), errors
    return said


NOTICED = {
    "argument", "waited for", "its own event", "set by itself", "coroutine", "coroutine that swallows",
    "coroutine's event", "thread with an event", "join that stops", "decorated coroutine", "thread with its own event",
    "asked at once", "coroutine asked at once", "slow",
}  # fmt: skip
NOT_KNOWN = {
    "global flag", "thread's flag", "flag of an object", "thread with a flag", "method that joins", "method that fails"
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NOTICED | NOT_KNOWN))
def test_it_is_asked_and_its_notice_is_known_where_it_can_be(results: dict[str, Result], name: str) -> None:
    end = results[name].end
    assert results[name].event(Failed) is None
    assert end.outcome is Outcome.INTERRUPTED
    assert end.chain.requested is not None
    assert end.strategy == OWN_CODE
    assert (end.chain.noticed is not None) == (name in NOTICED)
    # Told by itself: the end may come long after it.
    noticed = results[name].event(Noticed)
    assert (noticed.at if noticed else None) == end.chain.noticed
    assert results[name].event(StopRequested).band is None


def test_it_runs_once_its_file_is_imported(results: dict[str, Result]) -> None:
    for name in ("argument", "coroutine", "thread with a flag", "surroundings"):
        assert results[name].event(Running).started is not None
        assert results[name].event(Running).native_id > 0
    kinds = [kind for _, kind, text in results["surroundings"].records if kind == Kind.LINE or '"running"' in text]
    assert kinds == [Kind.LINE, Kind.STATE, Kind.LINE]  # what it writes while it is imported comes before
    for name in ("asked at once", "coroutine asked at once", "import error"):
        assert results[name].event(Running) is None


def test_lines_are_the_code_s_and_the_worker_s(results: dict[str, Result]) -> None:
    assert results["argument"].lines == ["running… 0", "running… 1", "running… 2", "asking", "bye", "end"]
    assert results["argument"].end.lines == 4
    assert results["thread with an event"].lines == ["go", "(1, 'a')", "done"]
    assert results["positional only"].lines == ["1 2 5"]
    assert results["coroutine"].lines == ["go", "cleaning"]
    assert results["coroutine that swallows"].lines == ["go", "on"]
    for name in ("asked at once", "coroutine asked at once"):
        assert results[name].lines == []


def test_a_method_that_fails_says_so_and_the_run_goes_on(results: dict[str, Result]) -> None:
    assert results["method that fails"].sources["ValueError: no"] == "stderr"


def test_what_a_forked_process_writes_is_there_too(results: dict[str, Result]) -> None:
    # From Python 3.12 on it warns of forking beside threads.
    lines = [line for line in results["forks"].lines if line not in results["forks"].sources]
    assert sorted(lines) == ["forked", "parent"]


def test_what_ends_by_itself_is_completed(results: dict[str, Result]) -> None:
    end = results["not asked, and ends"].end
    assert (end.outcome, end.chain.noticed) == (Outcome.COMPLETED, None)
    assert end.chain.requested is not None
    assert results["ends by itself"].end.outcome is Outcome.COMPLETED
    assert results["ends by itself"].lines == ["all"]


FAILURES = {
    "thread that fails": ("ValueError: broken", "in run"),
    "thread that exits": ("SystemExit: 3", "in run"),
    "function that fails": ("ZeroDivisionError: division by zero", "in g"),
    "function that exits": ("SystemExit: enough", "in Mine"),
    "keyboard interrupt": ("KeyboardInterrupt", "in Mine"),
    "coroutine that cancels itself": ("CancelledError", ""),
    "import error": ("ModuleNotFoundError: No module named 'there_is_no_such_module'", "line 2, in <module>"),
}


@pytest.mark.parametrize(("name", "words"), FAILURES.items(), ids=FAILURES)
def test_what_it_raises_is_its_outcome_with_its_own_frames_first(
    results: dict[str, Result], name: str, words: tuple[str, str]
) -> None:
    failed = results[name].event(Failed)
    assert failed.summary.endswith(words[0])
    assert results[name].end.outcome is Outcome.FAILED
    if words[1]:
        first = failed.traceback.split("\n")[1]
        assert results[name].file in first
        assert words[1] in failed.traceback
        assert "own_code/strategy" not in failed.traceback


def test_a_syntax_error_shows_the_line(results: dict[str, Result]) -> None:
    failed = results["syntax error"].event(Failed)
    assert failed.summary.endswith("SyntaxError: invalid syntax") or "SyntaxError" in failed.summary
    assert f'File "{results["syntax error"].file}", line 2' in failed.traceback


MISTAKES = {
    "not there": "there is no Mine in it.",
    "not to be called": "Mine is neither a function nor a thread.",
    "no thread": "Mine is not derived from threading.Thread.",
    "no event": "halt is not a threading.Event.",
    "no flag": "there is no state by which it could be stopped.",
    "no method": "there is no stop by which it could be stopped.",
}


@pytest.mark.parametrize(("name", "words"), MISTAKES.items(), ids=MISTAKES)
def test_a_description_that_does_not_fit_is_one_sentence(results: dict[str, Result], name: str, words: str) -> None:
    assert results[name].event(Failed) == Failed(f"{results[name].file}: {words}")


def test_a_wrong_argument_is_python_s_own_error(results: dict[str, Result]) -> None:
    assert "unexpected keyword argument 'b'" in results["wrong argument"].event(Failed).summary


def test_all_that_it_writes_is_its_lines(results: dict[str, Result]) -> None:
    lines = results["output"].lines
    assert results["output"].event(Failed) is None
    by_others = ["by descriptor", "by a process", "no end here"]  # these come by a pipe, in their own order
    assert [line for line in lines if line in by_others] == by_others
    long = [line for line in lines if set(line) == {"x"}]
    assert [len(line) for line in long] == [1_000_000, 1]
    assert [line for line in lines if line not in by_others and line not in long] == [
        "partial",
        r"junk \xff\xfe",
        "two",
        "lines",
        "and",
        "more",
        "50 %",
        "99 %",
        "wrong",
        "mine: it broke",
        "0 False 1",
        "nor here",
    ]
    assert results["output"].sources == {"wrong": "stderr", "mine: it broke": "error"}
    assert results["output"].end.lines == len(lines)


def test_what_its_own_handlers_log_comes_once_and_with_its_level(results: dict[str, Result]) -> None:
    logged = results["logged"]
    assert logged.event(Failed) is None
    at = [line for line in logged.lines if " at " in line]
    assert len(at) == len(set(at)) == 3 * 7
    levels = {5: "debug", 10: "debug", 20: "info", 25: "info", 30: "warning", 40: "error", 50: "critical"}
    for name in ("err", "out", "own"):
        assert {level: logged.sources[f"{name} at {level}"] for level in levels} == levels
    assert logged.sources["failed"] == logged.sources["ZeroDivisionError: division by zero"] == "error"
    # What is written while a record is being made is no record.
    assert logged.sources["a value"] == "info"
    assert "asked" in logged.lines
    assert "asked" not in logged.sources
    assert logged.sources["--- Logging error ---"] == logged.sources["and plain"] == "stderr"


def test_lines_of_several_threads_are_whole(results: dict[str, Result]) -> None:
    lines = results["output at once by many"].lines
    assert sorted(lines) == ["gone"] * 800 + ["line"] * 800
    instants = [instant for instant, _, _ in results["output at once by many"].records]
    assert instants == sorted(instants)


def test_it_is_imported_in_its_folder_with_its_environment(results: dict[str, Result]) -> None:
    first, second = results["surroundings"].lines
    name, *rest = first.split()
    assert name == Path(results["surroundings"].file).stem
    assert rest == ["True", "True", "green"]
    assert second == "beside False True"


def test_a_slow_one_is_located_in_its_own_file(results: dict[str, Result]) -> None:
    calls = results["slow"].event(SlowToNotice).calls
    assert results["slow"].file in [call.file for call in calls]


def test_the_next_run_takes_the_file_as_it_is_then(results: dict[str, Result]) -> None:
    assert results["before the edit"].lines == ["old"]
    assert results["after the edit"].lines == ["new"]


def test_a_function_can_be_the_work_of_a_strategy(results: dict[str, Result]) -> None:
    end = results["as work"].end
    assert end.outcome is Outcome.INTERRUPTED
    assert end.chain.noticed is not None
    assert (end.strategy, end.workload) == ("event-wait", OWN_CODE)
    assert end.longest_work is not None
    assert end.longest_work >= 1_000_000
    assert results["as work"].lines[:2] == ["1", "2"]
    assert set(results["as work"].lines[-1].split("working 7")) == {""}
    assert results["as work that fails"].event(Failed).summary == "ValueError: no"
    assert "Mine is no plain function" in results["as work that is none"].event(Failed).summary


# -- in this process -------------------------------------------------------------------------------------------------


class NoThread:
    ident = native_id = None

    def start(self) -> None: ...

    def join(self) -> None: ...


def test_no_other_process_runs_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def Mine(): print('ran')")
    (records,) = child([{"worker": {"code": {"file": str(file), "name": "Mine"}}}], "--not-allowed")
    result = Result(str(file), records)
    assert result.event(Failed).summary == "Code of your own runs in a process of its own only."
    assert result.lines == []
    thread: ThreadLike = NoThread()
    with pytest.raises(BadInput, match="in a process of its own only"):
        Catalogue().strategy(OWN_CODE).of_worker(thread, code_worker("W", OwnCode(str(file), "Mine")))


def test_a_module_s_name_collides_with_none() -> None:
    assert module_name("/a/my_poller_5.py") == "my_poller_5"
    for taken in ("queue", "pytest", "__main__", "two words", "9"):
        assert module_name(f"/a/{taken}.py") == f"own_code_{taken}"
