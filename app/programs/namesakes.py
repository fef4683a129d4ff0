"""What was signalled in place of what a thread reads: others of the same name in the program's memory."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import PurePath

from app.programs.conditions import Read
from app.programs.dump import ThreadDump, is_library
from app.programs.loops import LoopState
from app.programs.memory import UnreadableError
from app.programs.objects import Value
from app.programs.scopes import MemoryScope
from app.programs.values import ProgramValues

_MOST_OBJECTS = 2_000  # that are looked through for another one of a name


class Namesakes:
    """Looks for another flag or Event of the name that a loop reads; all is found once for all threads.

    Args:
        values: of the process.
        threads: of its dump.
    """

    def __init__(self, values: ProgramValues, threads: Sequence[ThreadDump]) -> None:
        self._values = values
        self._objects = values.objects
        self._threads = threads
        self._read: set[tuple[int, str]] | None = None  # by the loops of all threads
        self._namesakes_of: dict[str, list[tuple[str, tuple[int, str], Value]]] = {}
        self._named: defaultdict[str, list[tuple[str, int, int]]] | None = None

    def signalled_elsewhere(self, states: Sequence[LoopState], state: LoopState) -> str:
        """Return what was signalled that no live thread reads, a clause; empty if there is nothing.

        Args:
            states: of the loops of all its threads.
            state: of the thread that was not asked.
        """
        if self._read is None:
            self._read = {holder for each in states for read in each.reads if (holder := _holder(each, read))}
        for one in state.reads:
            name = _name_of(one)
            if not name or one.value is None or not one.value.is_plain or _holder(state, one) is None:
                continue
            for text, holder, value in self._namesakes(name):
                if holder not in self._read and value.type == one.value.type and value.truth is not one.value.truth:
                    return f"likely another one was meant: `{text}` is {value.text}, and no live thread reads it"
        return ""

    def _namesakes(self, name: str) -> list[tuple[str, tuple[int, str], Value]]:
        """Return what the program's own modules, objects and calls have under a name; of an Event, whether it is set."""
        if name not in self._namesakes_of:
            self._namesakes_of[name] = list(self._find_namesakes(name))
        return self._namesakes_of[name]

    def _find_namesakes(self, name: str) -> Iterator[tuple[str, tuple[int, str], Value]]:
        if self._named is None:
            self._named = defaultdict(list)
            for what, owner, variables in self._owners():
                for key, address in variables:
                    self._named[key].append((what, owner, address))
        for what, owner, address in self._named.get(name, ()):
            with suppress(UnreadableError):
                if self._objects.type_name(address) == "Event":
                    yield f"{what}{name}.is_set()", (address, ""), self._values.event_flag(address)
                else:
                    yield f"{what}{name}", (owner, name), self._objects.value(address)

    def _owners(self) -> Iterator[tuple[str, int, Iterable[tuple[str, int]]]]:
        """Yield what has variables: modules, calls, and the objects in both; each with its words and its address."""
        frames = [frame for thread in self._threads for frame in thread.frames if not is_library(frame.file)]
        found: dict[int, None] = {}  # objects, each once
        for file in dict.fromkeys(frame.file for frame in frames):
            with suppress(UnreadableError):
                if dictionary := self._values.global_variables(file):
                    variables = list(self._objects.variables(dictionary))
                    found.update(dict.fromkeys(address for _, address in variables))
                    yield f"{PurePath(file).stem}.", dictionary, variables
        for frame in frames:
            found.update((local.address, None) for local in frame.locals if local.text.startswith("<"))
            yield f"{frame.name}: ", 0, [(local.name, local.address) for local in frame.locals]
        for address in islice(found, _MOST_OBJECTS):
            with suppress(UnreadableError):
                if self._objects.is_of_a_python_class(address) and not self._has_ended(address):
                    yield (
                        f"{self._objects.type_name(address)}.",
                        address,
                        list(self._objects.attributes(address)),
                    )

    def _has_ended(self, address: int) -> bool:
        """Return whether an object is a Thread that was started and is none of those that live: it was asked and stopped."""
        if address in self._values.thread_objects or not self._objects.is_a(address, "Thread"):
            return False
        started = self._objects.attribute(address, "_started")
        return bool(started and self._values.event_flag(started).truth)


def _holder(state: LoopState, read: Read) -> tuple[int, str] | None:
    """Return the object that has what is read, and the name that it has there; an Event has none. None if not known."""
    scope, expression = state.level.scope, read.expression
    if not isinstance(scope, MemoryScope) or expression is None:
        return None
    with suppress(UnreadableError):
        return scope.holder(expression)
    return None


def _name_of(read: Read) -> str:
    """Return the name under which what is read is kept; empty if it has none."""
    expression = read.expression
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        expression = expression.func.value  # of an Event
    elif isinstance(expression, ast.Call) and len(expression.args) > 1 and isinstance(expression.args[1], ast.Constant):
        return str(expression.args[1].value)
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""
