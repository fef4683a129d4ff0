"""The values of the calls of a dump: local variables as py-spy shows them, and what they lead to in the process's memory."""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from app.programs.conditions import EVENT_READS, constant_key, is_current_thread
from app.programs.dump import Frame, Local, ThreadDump, thread_object
from app.programs.memory import UnreadableError
from app.programs.objects import Value
from app.programs.source import Place
from app.programs.values import ProgramValues

# As py-spy shows them, which are the same as Python's.
_WORDS = {"None": ("NoneType", False), "True": ("bool", True), "False": ("bool", False)}

_SHOWN_TYPE = re.compile(r"<(?:[\w.]+\.)?(\w+) at 0x")
# Where an object with a ``run`` keeps the function that it calls: a Thread, a Timer, and the work of a pool.
_STARTED = ("_target", "function", "fn")


def shown_value(local: Local) -> Value:
    """Return the value of a local variable by what py-spy shows of it; UnreadableError if it shows only a type."""
    if local.text in _WORDS:
        kind, truth = _WORDS[local.text]
        return Value(kind, local.text, truth, local.text)
    with suppress(ValueError):
        number = int(local.text)
        return Value("int", str(number), number != 0, str(number))
    raise UnreadableError


class LocalsScope:
    """The values of a call of which only the local variables are known.

    Args:
        frame: the call.
        reason: why nothing else is known.
    """

    def __init__(self, frame: Frame, reason: str) -> None:
        self._frame = frame
        self._reason = reason

    def value(self, expression: ast.expr) -> Value:
        """Return the value of a local variable; UnreadableError for all else."""
        local = self._frame.local(expression.id) if isinstance(expression, ast.Name) else None
        if local is None:
            raise UnreadableError(self._reason)
        return shown_value(local)

    def address(self, expression: ast.expr) -> int:
        """Return the address of a local variable's object; UnreadableError for all else."""
        local = self._frame.local(expression.id) if isinstance(expression, ast.Name) else None
        if local is None:
            raise UnreadableError(self._reason)
        return local.address

    def type_name(self, expression: ast.expr) -> str:
        """Return the type that py-spy shows of a local variable; UnreadableError if it shows none."""
        local = self._frame.local(expression.id) if isinstance(expression, ast.Name) else None
        found = _SHOWN_TYPE.match(local.text) if local else None
        if found is None:
            raise UnreadableError(self._reason)
        return found[1]

    def lock_owner(self, expression: ast.expr) -> int | None:
        """Raise UnreadableError: py-spy does not show it."""
        raise UnreadableError(self._reason)

    def socket_timeout(self, expression: ast.expr) -> int | None:
        """Raise UnreadableError: py-spy does not show it."""
        raise UnreadableError(self._reason)


class MemoryScope:
    """The values of one call: its local variables, what its function has from around it, global variables.

    Args:
        values: of the process.
        thread: whose call it is.
        frame: the call.
        place: where its line lies.
    """

    def __init__(self, values: ProgramValues, thread: ThreadDump, frame: Frame, place: Place) -> None:
        self._values = values
        self._objects = values.objects
        self._thread = thread
        self._frame = frame
        self._place = place

    def value(self, expression: ast.expr) -> Value:
        """Return the value of a name, an attribute, an item or the flag of an Event; UnreadableError if it is not known."""
        if isinstance(expression, ast.Name) and (local := self._frame.local(expression.id)):
            with suppress(UnreadableError):
                return shown_value(local)
        if isinstance(expression, ast.Call):
            function = expression.func
            if isinstance(function, ast.Attribute) and function.attr in EVENT_READS:
                return self._values.event_flag(self.address(function.value))
            if isinstance(function, ast.Name) and self._getattr(expression) is None:
                return self._default(expression)
        return self._objects.value(self.address(expression))

    @staticmethod
    def _default(call: ast.Call) -> Value:
        default = call.args[2] if len(call.args) == 3 else None
        if not isinstance(default, ast.Constant):
            raise UnreadableError
        text = repr(default.value)
        return Value(type(default.value).__name__, text, bool(default.value), text)

    def address(self, expression: ast.expr) -> int:
        """Return the address of the object of a name, an attribute or an item; UnreadableError if it is not known."""
        if isinstance(expression, ast.Name):
            return self._variable(expression.id)
        if isinstance(expression, ast.Attribute):
            name = self._mangled(expression.attr)
            found = self._objects.attribute(self.address(expression.value), name)
        elif isinstance(expression, ast.Subscript):
            found = self._item(expression)
        elif is_current_thread(expression):
            found = thread_object(self._thread)
        elif isinstance(expression, ast.Call):
            found = self._getattr(expression)
        else:
            found = None
        if not found:
            raise UnreadableError
        return found

    def type_name(self, expression: ast.expr) -> str:
        """Return the name of an object's type; UnreadableError if it is not known."""
        return self._objects.type_name(self.address(expression))

    def lock_owner(self, expression: ast.expr) -> int | None:
        """Return the ident of the thread that holds an RLock, None for none; UnreadableError if it is not known."""
        return self._objects.lock_owner(self.address(expression))

    def socket_timeout(self, expression: ast.expr) -> int | None:
        """Return the time-out of a socket in ns, None for none; UnreadableError if it is not known."""
        return self._objects.socket_timeout(self.address(expression))

    def holder(self, expression: ast.expr) -> tuple[int, str]:
        """Return the object that has what is read, and the name that it has there; an Event has no name."""
        if isinstance(expression, ast.Attribute):
            return self.address(expression.value), self._mangled(expression.attr)
        if isinstance(expression, ast.Name):
            return self._values.global_variables(self._frame.file) or 0, expression.id
        if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
            return self.address(expression.func.value), ""
        if (
            isinstance(expression, ast.Call)
            and len(expression.args) > 1
            and isinstance(expression.args[1], ast.Constant)
        ):
            return self.address(expression.args[0]), str(expression.args[1].value)
        raise UnreadableError

    def _getattr(self, call: ast.Call) -> int | None:
        name = call.args[1] if len(call.args) > 1 else None
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            raise UnreadableError
        return self._objects.attribute(self.address(call.args[0]), name.value)

    def _item(self, expression: ast.Subscript) -> int | None:
        key = constant_key(expression)
        container = self.address(expression.value)
        if isinstance(key, str) and self._objects.type_name(container) == "dict":
            return self._objects.item(container, key)
        if isinstance(key, int):
            return self._objects.element(container, key)
        raise UnreadableError

    def _mangled(self, name: str) -> str:
        """Return the name of an attribute as it is inside of its class."""
        of_class = self._place.class_node
        if of_class is None or not name.startswith("__") or name.endswith("__"):
            return name
        return f"_{of_class.name.lstrip('_')}{name}"

    def _variable(self, name: str) -> int:
        if local := self._frame.local(name):
            shown = _SHOWN_TYPE.match(local.text)
            if shown is not None and shown[1] != self._objects.type_name(local.address):
                raise UnreadableError("it has changed meanwhile")
            return local.address
        if name in self._place.locals:
            raise UnreadableError("it has no value yet")
        for function in self._functions():
            # A variable of the functions around it comes before a global one.
            if name in (around := self._objects.closure(function)):
                if not around[name]:
                    raise UnreadableError
                return around[name]
        if "<locals>" in self._frame.function and not list(self._functions()):
            raise UnreadableError("it may be a variable of the function around it, which is not shown")
        variables = self._values.global_variables(self._frame.file)
        if variables is None:
            # Any function of the same file has the same global variables.
            variables = next((self._objects.globals_of(function) for function in self._functions()), None)
        found = variables and self._objects.item(variables, name)
        if not found:
            raise UnreadableError
        return found

    def _functions(self) -> Iterator[int]:
        """Yield the function of this call, where it is found: what the thread was started with, or a method of ``self``."""
        for candidate in self._candidates():
            with suppress(UnreadableError):
                function = self._objects.function_of(candidate)
                file, name = self._objects.code_names(function)
                if file == self._frame.file and name.rpartition(".")[2] == self._frame.name:
                    yield function

    def _candidates(self) -> Iterator[int]:
        caller = self._caller()
        if caller and caller.name == "run":
            yield from self._called_by(caller)
        if local := self._frame.local("self"):
            with suppress(UnreadableError):
                if method := self._objects.class_attribute(self._objects.kind(local.address), self._frame.name):
                    yield method

    def _called_by(self, caller: Frame) -> Iterator[int]:
        if function := caller.local("fn"):
            yield function.address
        if started_by := caller.local("self"):
            for name in _STARTED:
                with suppress(UnreadableError):
                    if target := self._objects.attribute(started_by.address, name):
                        yield target

    def _caller(self) -> Frame | None:
        frames = self._thread.frames
        place = next((place for place, frame in enumerate(frames) if frame is self._frame), len(frames))
        return frames[place + 1] if place + 1 < len(frames) else None
