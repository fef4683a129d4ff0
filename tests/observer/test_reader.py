"""What is read in bytecode: loops, the names that their conditions read, stores; on the Python that runs the tests."""

import dis
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

from tests.observer.harness import needs_monitoring

pytestmark = needs_monitoring

if sys.version_info >= (3, 12):
    from app.observer.bytecode import ANY_ITEM, Graph, decode, exception_ranges, has_loop, stored_names
    from app.observer.reader import read_code
    from app.observer.reading import Reading


def _code(source: str) -> CodeType:
    """Return the code of the function of a source, which is its only one on the outermost level."""
    (code,) = [each for each in compile(source, "f.py", "exec").co_consts if isinstance(each, CodeType)]
    return code


def _reading(source: str) -> "Reading":
    return read_code(_code(source))


def _reads(reading: "Reading") -> set[tuple[Any, ...]]:
    return {read.key() for branch in reading.branches for read in branch.reads}


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _nested(each)


def test_instructions_and_handlers_are_those_that_dis_finds() -> None:
    import socketserver
    import threading

    for module in (socketserver, threading):
        assert module.__file__
        with open(module.__file__, encoding="utf-8") as file:  # noqa: PTH123
            top = compile(file.read(), module.__file__, "exec")
        for code in _nested(top):
            theirs = [each for each in dis.get_instructions(code) if each.opname != "EXTENDED_ARG"]
            mine = decode(code.co_code)
            assert [(each.offset, each.opname) for each in theirs] == [(each.offset, each.name) for each in mine]
            jumps = {each.offset: each.argval for each in theirs if "JUMP" in each.opname or each.opname == "FOR_ITER"}
            assert {each.offset: each.target for each in mine if each.offset in jumps} == jumps
            entries = dis.Bytecode(code).exception_entries
            assert [(each.start, each.end, each.target) for each in entries] == [
                each[:3] for each in exception_ranges(code.co_exceptiontable)
            ]
            Graph(code)
            read_code(code)


def test_what_jumps_back_for_an_exception_is_no_loop() -> None:
    code = _code(
        "def f(x):\n try:\n  x()\n except ValueError:\n  pass\n try:\n  x()\n except KeyError:\n  pass\n return x"
    )
    assert Graph(code).loops == []
    assert not has_loop(_code("def f(x):\n return x"))
    assert has_loop(_code("def f(x):\n while x: pass"))


def test_a_loop_whose_way_back_leads_through_a_handler() -> None:
    reading = _reading("def f(self, x):\n while True:\n  try:\n   x()\n  except E:\n   if self.stop: break")
    assert ("stop", "attribute", ("local", "self"), "") in _reads(reading)
    (branch,) = [each for each in reading.branches if any(read.name == "stop" for read in each.reads)]
    assert {side.leaves: side.when for side in branch.sides} == {True: 1, False: -1}


@pytest.mark.parametrize(
    ("condition", "reads"),
    [
        ("self.a", {("a", "attribute", ("local", "self"), "")}),
        ("self.a.b", {("b", "attribute", ("local", "self", "a"), "")}),
        ("self.a.b.c", {("c", "attribute", None, "")}),
        ("not a", {("a", "variable", None, "")}),
        ("d['a']", {("a", "item", ("global", "d"), "")}),
        ("d[0]", {("[0]", "item", ("global", "d"), "")}),
        ("d.get('a', False)", {("a", "item", ("global", "d"), "")}),
        ("getattr(self, 'a', True)", {("a", "attribute", ("local", "self"), "")}),
        ("e.is_set()", {("is_set", "method", ("global", "e"), "")}),
        ("not e.wait(self.interval)", {("wait", "method", ("global", "e"), "")}),
        (
            "self.a == 3 and self.b",
            {("a", "attribute", ("local", "self"), ""), ("b", "attribute", ("local", "self"), "")},
        ),
        ("(x := self.a)", {("a", "attribute", ("local", "self"), "")}),
        ("ok(self.a)", {("ok", "call", None, ""), ("a", "attribute", ("local", "self"), "a helper")}),
        ("(item := q.get()) is not None", {("get", "take", ("global", "q"), "")}),
    ],
)
def test_what_a_condition_reads(condition: str, reads: set[tuple[Any, ...]]) -> None:
    assert _reads(_reading(f"def f(self):\n while {condition}: work()")) == reads


def test_on_which_side_a_read_is_true() -> None:
    for condition, when in (("self.a", -1), ("not self.a", 1), ("not not self.a", -1), ("self.a is None", 0)):
        for branch in _reading(f"def f(self):\n while {condition}: work()").branches:
            (leaving,) = [side for side in branch.sides if side.leaves]
            assert leaving.when == when, condition


@pytest.mark.parametrize(
    ("statement", "store"),
    [
        ("w.a = False", ("a", "attribute", ("global", "w"), (False,), "")),
        ("w.x.a = None", ("a", "attribute", ("global", "w", "x"), (None,), "")),
        ("d['a'] = 1", ("a", "item", ("global", "d"), (1,), "")),
        ("setattr(w, 'a', v)", ("a", "attribute", ("global", "w"), (), "setattr()")),
    ],
)
def test_what_is_stored(statement: str, store: tuple[Any, ...]) -> None:
    (found,) = _reading(f"def f():\n {statement}").stores.values()
    assert (found.name, found.kind, found.base, found.constant, found.via) == store


def test_what_is_made_and_what_is_counted_asks_nothing() -> None:
    assert _reading("def __init__(self):\n self.running = True").stores == {}
    assert _reading("def f(self):\n while self.i < 3: self.i += 1").stores == {}
    assert len(_reading("def f(self):\n while self.run: self.run = False").stores) == 1


def test_names_that_may_be_stored_to_are_found_without_reading() -> None:
    many = "\n".join(f" x.n{number} = 1" for number in range(300))
    assert stored_names(_code(f"def f(x):\n{many}")) == {f"n{number}" for number in range(300)}
    assert stored_names(_code("def f(x):\n x['k'] = x.y")) == {ANY_ITEM, "k"}
    assert stored_names(_code("def f(x):\n global g\n g = 1\n return x.y")) == {"g"}
    assert stored_names(_code("def f(x):\n return x.y(x)")) == set()


def test_lines_of_except_and_finally_are_known() -> None:
    source = """\
async def f(self, x):
    try:
        await x()
        with x:
            [y for y in x]
    except ValueError:
        one()
    finally:
        two()
    return 3
"""
    assert _reading(source).handling >= {7, 9}
    assert not _reading(source).handling & {3, 4, 5, 10}


def test_a_call_is_known_by_its_place() -> None:
    reading = _reading("def f(lock):\n lock.acquire()\n with lock:\n  time.sleep(1)\n self.lock.acquire()")
    assert {
        ("acquire", ("local", "lock")),
        ("__enter__", ("local", "lock")),
        ("sleep", ("global", "time")),
        ("acquire", ("global", "self", "lock")),
    } <= set(reading.callees.values())


def test_what_a_with_has_entered_is_known_for_each_line_in_it() -> None:
    source = """\
def f(self, lock):
    before()
    with self.lock:
        one()
        try:
            two()
        except E:
            pass
        with lock, other:
            three()
    after()
"""
    reading = _reading(source)
    entered: dict[str, set[Any]] = {}
    for offset, (name, _) in reading.callees.items():
        if name and not name.startswith("__"):
            entered[name] = {owner for owner, _at in reading.entered(offset)}
    mine, local = ("local", "self", "lock"), ("local", "lock")
    assert entered == {
        "before": set(),
        "one": {mine},
        "two": {mine},
        "three": {mine, local, ("global", "other")},
        "after": set(),
    }


def test_a_function_of_ten_thousand_lines_is_read() -> None:
    body = "\n".join(f"  if self.a{number}: x{number} = self.b{number}" for number in range(2_000))
    reading = _reading(f"def f(self):\n while self.run:\n{body}")
    assert ("run", "attribute", ("local", "self"), "") in _reads(reading)


_FUNCTIONS: list[Callable[..., object]] = [test_a_call_is_known_by_its_place, _nested]


def test_reading_twice_finds_the_same() -> None:
    for function in _FUNCTIONS:
        first, second = read_code(function.__code__), read_code(function.__code__)
        assert (first.callees, sorted(first.sides), sorted(first.stores)) == (
            second.callees,
            sorted(second.sides),
            sorted(second.stores),
        )
