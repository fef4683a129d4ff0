"""Objects are read from memory: here from that of this very process, whose objects are known."""

import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from app.programs.memory import UnreadableError
from app.programs.objects import Objects

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="memory is read from /proc")  # noqa: PTH110

A_GLOBAL = True


@pytest.fixture(scope="module")
def objects() -> Iterator[Objects]:
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    yield Objects(lambda address, size: os.pread(memory, size, address), sys.version_info.minor)
    os.close(memory)


class Plain:
    in_class = True

    def __init__(self) -> None:
        self.running = False
        self.count = 7

    def method(self) -> bool:
        return A_GLOBAL

    @property
    def computed(self) -> bool:
        return True


class Slotted:
    __slots__ = ("empty", "running")

    def __init__(self) -> None:
        self.running = True


class Derived(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.do_run = False


class WithGetattr:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError("the program's own code is not called")


class OwnTruth:
    def __bool__(self) -> bool:
        raise AssertionError("the program's own code is not called")


@pytest.mark.parametrize(
    ("value", "text", "truth"),
    [
        (True, "True", True),
        (False, "False", False),
        (None, "None", False),
        (0, "0", False),
        (-12, "-12", True),
        (2**70, "1180591620717411303424", True),
        (0.5, "0.5", True),
        ([], "a list that is empty", False),
        ("a secret", "a str that is not empty", True),
        ({1: 2}, "a dict that is not empty", True),
        (frozenset(), "a frozenset that is empty", False),
        (deque([1]), "a deque that is not empty", True),
        (OwnTruth(), "an object of type OwnTruth", None),
        (Slotted(), "an object of type Slotted", True),
    ],
)
def test_a_value_is_told_as_far_as_its_type_tells(objects: Objects, value: object, text: str, truth: bool) -> None:
    found = objects.value(id(value))
    assert (found.text, found.truth) == (text, truth)


def with_a_dict() -> Plain:
    made = Plain()
    made.__dict__["spelled out"] = 1  # its dict is a dict by now, and no longer only values
    return made


@pytest.mark.parametrize(
    "made", [Plain(), with_a_dict(), Slotted(), Derived()], ids=["values", "dict", "slots", "Thread"]
)
def test_an_attribute_is_found_where_its_object_keeps_it(objects: Objects, made: Any) -> None:
    for name in ("running", "count", "in_class", "do_run", "_daemonic", "empty"):
        expected = getattr(made, name, None)
        found = objects.attribute(id(made), name)
        assert found == (None if not hasattr(made, name) else id(expected))


def test_an_attribute_that_was_set_later_is_the_last_one(objects: Objects) -> None:
    made = Plain()
    for number in range(100):
        setattr(made, f"more{number}", number)
    made.running = True
    assert objects.attribute(id(made), "running") == id(True)
    del made.running
    assert objects.attribute(id(made), "running") is None
    assert objects.attribute(id(Plain), "in_class") == id(True)


@pytest.mark.parametrize(("kind", "name"), [(Plain, "computed"), (Plain, "method"), (WithGetattr, "running")])
def test_what_would_call_code_of_the_program_is_unknown(objects: Objects, kind: type, name: str) -> None:
    made = kind()
    with pytest.raises(UnreadableError):
        objects.attribute(id(made), name)


def test_a_function_leads_to_its_globals_and_its_closure(objects: Objects) -> None:
    done, later = False, []

    def work() -> object:
        return done, later, never

    function = objects.function_of(id(work))
    assert objects.code_names(function) == (__file__, work.__qualname__)
    assert objects.item(objects.globals_of(function), "A_GLOBAL") == id(True)
    assert objects.item(objects.globals_of(function), "absent") is None
    assert objects.closure(function) == {"done": id(done), "later": id(later), "never": 0}
    bound = Plain().method
    assert objects.function_of(id(bound)) == id(Plain.method)
    return
    never = 1


def test_every_module_is_found(objects: Objects) -> None:
    modules = list(objects.modules(id(sys)))
    assert id(globals()) in modules
    assert id(vars(threading)) in modules
    names = dict(objects.variables(id(globals())))
    assert names["A_GLOBAL"] == id(True)


def test_who_holds_an_rlock_and_how_long_a_socket_waits(objects: Objects) -> None:
    lock = threading.RLock()
    assert objects.lock_owner(id(lock)) is None
    with lock, lock:
        assert objects.lock_owner(id(lock)) == threading.get_ident()
    with socket.socket() as made:
        assert objects.socket_timeout(id(made)) is None
        made.settimeout(1.5)
        assert objects.socket_timeout(id(made)) == 1_500_000_000
    with pytest.raises(UnreadableError):
        objects.socket_timeout(id(lock))
    assert objects.is_a(id(Derived()), "Thread")


def test_a_text_of_any_width_is_read(objects: Objects) -> None:
    for text in ("ascii", "caf\xe9", "\u20ac", "\U0001f600 and more", ""):
        assert objects.text(id(text)) == text
    for wrong in ("x" * 10_000, b"bytes"):
        with pytest.raises(UnreadableError):
            objects.text(id(wrong))


@pytest.mark.parametrize("address", [0, 8, 1 << 40, 1 << 60, -1, 1 << 70])
def test_an_address_at_which_there_is_nothing_is_unknown(objects: Objects, address: int) -> None:
    for look in (objects.value, objects.type_name, objects.text, objects.function_of, objects.socket_timeout):
        with pytest.raises(UnreadableError):
            look(address)
    with pytest.raises(UnreadableError):
        objects.attribute(address, "running")


def test_an_unknown_python_is_refused() -> None:
    for minor in (8, 10, 16):
        with pytest.raises(UnreadableError):
            Objects(lambda address, size: b"", minor)
