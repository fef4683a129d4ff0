"""The watch of flags that this process sets: it takes a tool id where one is free, and gives back all that it took."""

import sys
import threading
from types import ModuleType

import pytest

from app.observer.flag_watch import FlagWatch
from tests.observer.harness import needs_monitoring

IDS = range(6)
SOURCE = """
def loop():
    began.set()
    while not halt: pass
"""


def tools() -> list[str | None]:
    return [sys.monitoring.get_tool(number) for number in IDS]


@needs_monitoring
@pytest.mark.skipif("t" in getattr(sys, "abiflags", ""), reason="not in a free-threaded Python")
def test_all_that_was_taken_is_given_back() -> None:
    before = tools()
    noticed: list[tuple[int, int]] = []
    watch = FlagWatch(lambda t_ns: noticed.append((threading.get_ident(), t_ns)))
    module = ModuleType("theirs")
    names = module.__dict__
    names.update(halt=False, began=threading.Event())
    exec(compile(SOURCE, "theirs.py", "exec"), names)
    assert watch.start()
    try:
        (number,) = (number for number in IDS if tools()[number] != before[number])
        thread = threading.Thread(target=names["loop"])
        thread.start()
        ident = thread.ident
        assert names["began"].wait(10)
        assert sys.monitoring.get_local_events(number, names["loop"].__code__)
        watch.ask_by_flag(module, "halt", True)
        module.halt = True  # type: ignore[attr-defined]
        thread.join()
    finally:
        watch.stop()
    assert [each for each, _ in noticed] == [ident]
    assert tools() == before
    sys.monitoring.use_tool_id(number, "test")
    try:
        assert not sys.monitoring.get_local_events(number, names["loop"].__code__)
    finally:
        sys.monitoring.free_tool_id(number)


@needs_monitoring
def test_where_no_tool_id_is_free_nothing_is_watched() -> None:
    taken = [number for number in IDS if sys.monitoring.get_tool(number) is None]
    for number in taken:
        sys.monitoring.use_tool_id(number, "test")
    try:
        watch = FlagWatch(lambda _t_ns: None)
        assert not watch.start()
        watch.ask_by_flag(watch, "flag", True)
        watch.ask_by_method()
        watch.stop()
        assert [sys.monitoring.get_tool(number) for number in taken] == ["test"] * len(taken)
    finally:
        for number in taken:
            sys.monitoring.free_tool_id(number)


@needs_monitoring
def test_a_tool_id_that_the_code_has_taken_away_does_not_keep_the_flag_from_being_set() -> None:
    watch = FlagWatch(lambda _t_ns: None)
    before = tools()
    if not watch.start():
        pytest.skip("no tool id is free")
    (number,) = (number for number in IDS if tools()[number] != before[number])
    sys.monitoring.set_events(number, 0)
    sys.monitoring.free_tool_id(number)
    watch.ask_by_flag(watch, "flag", True)
    watch.stop()
    assert tools() == before
