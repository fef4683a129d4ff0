"""The frozen description of code of the person's own: which function or thread, and how it is asked to stop."""

import ast
import keyword
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, quoted, unknown_name

if TYPE_CHECKING:
    from pathlib import Path

# The strategy of such workers: by it a worker set or a record that names no other tells that the code is the person's own.
OWN_CODE = "own-code"

LARGEST_FILE = 1_000_000  # bytes that a file of the person's may have
LONGEST_LITERAL = 10_000  # characters of an argument
MOST_ARGUMENTS = 100
MOST_VARIABLES = 1_000  # of the environment
_LONGEST_NAME = 200
_LONGEST_PATH = 4_096
_LONGEST_VARIABLE = 32_768

# What the thread that runs the code is called in the name of a flag or an event.
THREAD = "thread"

_NAME = r"[^\W\d]\w*"
_DOTTED = re.compile(rf"{_NAME}(?:\.{_NAME})*")
_SIMPLE = re.compile(_NAME)
# For how a stop is written, in worker sets, on the command line and in the window.
STOP_FORMS = (
    '"argument NAME", "asyncio-argument NAME", "event NAME", "flag NAME = VALUE", "method NAME", "cancel" or "none"'
)


class StopKind(StrEnum):
    """How code of the person's own is asked to stop.

    ARGUMENT: a ``threading.Event`` is handed in as a parameter, and set. ASYNCIO_ARGUMENT: the same with an
    ``asyncio.Event``. EVENT: an Event that the code keeps is set. FLAG: an attribute or a global is given a value. METHOD: a
    method of the thread is called. CANCEL: the task is cancelled. NONE: it is not asked; it can only be killed.
    """

    ARGUMENT = "argument"
    ASYNCIO_ARGUMENT = "asyncio-argument"
    EVENT = "event"
    FLAG = "flag"
    METHOD = "method"
    CANCEL = "cancel"
    NONE = "none"


_NAMELESS = (StopKind.CANCEL, StopKind.NONE)
_DOTTED_KINDS = (StopKind.EVENT, StopKind.FLAG)


@dataclass(frozen=True, slots=True)
class StopWay:
    """One way of asking.

    Attributes:
        kind: what is done.
        name: of the parameter or the method; of a flag or an event where it is kept: ``running`` is a global of the file,
            ``thread.running`` an attribute of the thread. Empty where there is nothing to be named.
        value: what a flag is set to, as a Python literal; empty for all others.
    """

    kind: StopKind = StopKind.NONE
    name: str = ""
    value: str = ""

    @property
    def text(self) -> str:
        """The way as it is written, which ``read_stop`` reads."""
        words = f"{self.kind} {self.name}".rstrip()
        return f"{words} = {self.value}" if self.kind is StopKind.FLAG else words

    @property
    def brief(self) -> str:
        """The way where there is little room: ``Flag running``."""
        return _BRIEF[self.kind].format(name=self.name.rpartition(".")[2])

    @property
    def sentence(self) -> str:
        """What is done, and whether it will be seen that the code noticed it."""
        return _SENTENCES[self.kind].format(name=self.name, value=self.value)


_BRIEF = {
    StopKind.ARGUMENT: "Event {name}",
    StopKind.ASYNCIO_ARGUMENT: "asyncio.Event {name}",
    StopKind.EVENT: "Event {name}",
    StopKind.FLAG: "Flag {name}",
    StopKind.METHOD: "Method {name}()",
    StopKind.CANCEL: "Cancelled task",
    StopKind.NONE: "Not asked",
}
_EVENT_NOTICE = "It is noticed when the code first finds it set."
_SEEN = "that is seen with Python 3.12 and newer"
_SENTENCES = {
    StopKind.ARGUMENT: f"Hands in a threading.Event as “{{name}}”, and sets it. {_EVENT_NOTICE}",
    StopKind.ASYNCIO_ARGUMENT: f"Hands in an asyncio.Event as “{{name}}”, and sets it. {_EVENT_NOTICE}",
    StopKind.EVENT: f"Sets the Event {{name}}. {_EVENT_NOTICE}",
    StopKind.FLAG: f"Sets {{name}} = {{value}}. It is noticed when a loop of the thread reads it; {_SEEN}.",
    StopKind.METHOD: (
        f"Calls {{name}}(), from another thread. It is noticed when the thread reads what that has changed; {_SEEN}."
    ),
    StopKind.CANCEL: "Cancels the asyncio task. It is noticed when CancelledError is raised in the coroutine.",
    StopKind.NONE: "It is not asked: the run can only be killed.",
}


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A function or a thread class in a file of the person's.

    Attributes:
        file: the absolute path of the .py file.
        name: of the function, the coroutine function or the class derived from ``threading.Thread``.
        stop: how it is asked to stop.
        arguments: by name, as Python literals.
        folder: the absolute path of the working folder; empty for the file's own.
        environment: variables that are set before the file is imported.
    """

    file: str
    name: str
    stop: StopWay = StopWay()
    arguments: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What it is called where there is little room: ``poll.py:Poller``."""
        return f"{os.path.basename(self.file)}:{self.name}"  # noqa: PTH119 - a child starts 10 ms sooner without pathlib

    @property
    def working_folder(self) -> str:
        """The folder that it works in."""
        return self.folder or os.path.dirname(self.file)  # noqa: PTH120


def read_literal(text: str) -> Any:
    """Return the value of a Python literal; ValueError, whose text is a clause, if it is none. Nothing is evaluated."""
    if len(text) > LONGEST_LITERAL:
        raise ValueError(f"it has {len(text):,} characters, and {LONGEST_LITERAL:,} are the most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes in strings
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise ValueError("it is not a Python literal, such as 5, 'text', True, None or [1, 2]") from None


def read_stop(text: object) -> StopWay:
    """Return the way of asking that a text describes.

    Raises:
        BadInput: it describes none; the sentence says how ways are written.
    """
    right = f"write {STOP_FORMS}."
    if not isinstance(text, str):
        raise BadInput(f"stop: {quoted(text)} is not text; {right}", "stop")
    word, _, rest = text.strip().partition(" ")
    try:
        kind = StopKind(word)
    except ValueError:
        raise BadInput(f"stop: {quoted(text)} is not known; {right}", "stop") from None
    name, equals, value = (part.strip() for part in rest.partition("="))
    if kind in _NAMELESS and rest.strip():
        raise BadInput(f"stop: {quoted(text)} says too much; write {kind} alone.", "stop")
    if kind is StopKind.FLAG:
        return _read_flag(text, name, bool(equals), value)
    if equals:
        raise BadInput(f"stop: {quoted(text)} has a value, and only flags have one; {right}", "stop")
    return _named(text, StopWay(kind, name))


def _read_flag(text: str, name: str, has_value: bool, value: str) -> StopWay:
    if not has_value:
        raise BadInput(f'stop: {quoted(text)} has no value; write, say, "flag thread.running = False".', "stop")
    try:
        read_literal(value)
    except ValueError as error:
        raise BadInput(f"stop: the value of {quoted(text)}: {error}.", "stop") from None
    return _named(text, StopWay(StopKind.FLAG, name, value))


def _named(text: str, way: StopWay) -> StopWay:
    if way.kind in _NAMELESS:
        return way
    pattern = _DOTTED if way.kind in _DOTTED_KINDS else _SIMPLE
    parts = way.name.split(".")
    if len(way.name) > _LONGEST_NAME or not pattern.fullmatch(way.name) or any(map(keyword.iskeyword, parts)):
        raise BadInput(f"stop: {quoted(text)} names nothing in Python; write {STOP_FORMS}.", "stop")
    if parts == [THREAD]:
        raise BadInput(f'stop: {quoted(text)} names the thread itself; write, say, "thread.running".', "stop")
    return way


# -- the table of a worker set ---------------------------------------------------------------------------------------

_KEYS = ("file", "name", "stop", "arguments", "folder", "environment")


def code_table(code: OwnCode) -> dict[str, Any]:
    """Return a description as the table that ``check_code`` reads; what is as usual is left out."""
    table: dict[str, Any] = {"file": code.file, "name": code.name, "stop": code.stop.text}
    if code.arguments:
        table["arguments"] = dict(code.arguments)
    if code.folder:
        table["folder"] = code.folder
    if code.environment:
        table["environment"] = dict(code.environment)
    return table


def check_code(table: object) -> OwnCode:
    """Return the description that a ``code`` table of a worker gives.

    Raises:
        BadInput: it is no table, has a key that none has, or a value that breaks its rule; the sentence begins with "code".
    """
    if not isinstance(table, Mapping):
        raise BadInput(f'code: {quoted(table)} is not a table; write file = "…" and name = "…" into it.', "code")
    for key in table:
        if key not in _KEYS:
            raise BadInput(f"code: {unknown_name('key of code', str(key), _KEYS)}", "code")
    try:
        return OwnCode(
            file=_path("file", table.get("file"), "/home/me/poll.py"),
            name=_code_name(table.get("name")),
            stop=read_stop(table.get("stop", str(StopKind.NONE))),
            arguments=check_arguments(table.get("arguments", {})),
            folder=_path("folder", table["folder"], "/home/me") if table.get("folder", "") != "" else "",
            environment=check_environment(table.get("environment", {})),
        )
    except BadInput as error:
        raise BadInput(f"code: {error}", "code") from None


def _path(field: str, value: object, example: str) -> str:
    right = f'write an absolute path, such as "{example}".'
    if value is None or value == "":
        raise BadInput(f"{field}: it is missing; {right}")
    if not isinstance(value, str):
        raise BadInput(f"{field}: {quoted(value)} is not text; {right}")
    if len(value) > _LONGEST_PATH or "\0" in value:
        raise BadInput(f"{field}: {quoted(value)} is not a path; {right}")
    if not os.path.isabs(value):  # noqa: PTH117 - the same, and it makes nothing of the text
        raise BadInput(f"{field}: {quoted(value)} is not an absolute path; {right}")
    if field == "file" and not value.lower().endswith((".py", ".pyw")):
        raise BadInput(f"{field}: {quoted(value, 100)} is not the name of a Python file, which ends in .py.")
    return value


def _code_name(value: object) -> str:
    right = "write the name of a function, or of a class derived from threading.Thread."
    if value is None:
        raise BadInput(f"name: it is missing; {right}")
    is_name = isinstance(value, str) and len(value) <= _LONGEST_NAME and _SIMPLE.fullmatch(value)
    if not isinstance(value, str) or not is_name or keyword.iskeyword(value):
        raise BadInput(f"name: {quoted(value)} is not a name in Python; {right}")
    return value


def check_arguments(values: object) -> tuple[tuple[str, str], ...]:
    """Return arguments, from name to the text of a Python literal, or raise BadInput."""
    right = 'write names and Python literals, such as { count = "5", url = "\'http://localhost\'" }.'
    if not isinstance(values, Mapping):
        raise BadInput(f"arguments: {quoted(values)} is not a table; {right}")
    if len(values) > MOST_ARGUMENTS:
        raise BadInput(f"arguments: there are {len(values):,}; {MOST_ARGUMENTS} are the most.")
    checked = []
    for name, text in values.items():
        if not isinstance(name, str) or not _SIMPLE.fullmatch(name) or keyword.iskeyword(name):
            raise BadInput(f"arguments: {quoted(name)} is not a name in Python; {right}")
        # What TOML can say by itself is taken as it is: count = 5 is "5".
        literal = repr(value) if isinstance(value := text, bool | int | float | list) else value
        if not isinstance(literal, str):
            raise BadInput(f"arguments: {quoted(text)} is not text; {right}")
        try:
            read_literal(literal)
        except ValueError as error:
            raise BadInput(f"arguments: {name}: {error}.") from None
        checked.append((name, literal.strip()))
    return tuple(checked)


def check_environment(values: object) -> tuple[tuple[str, str], ...]:
    """Return variables of the environment, or raise BadInput."""
    right = 'write names and texts, such as { DEBUG = "1" }.'
    if not isinstance(values, Mapping):
        raise BadInput(f"environment: {quoted(values)} is not a table; {right}")
    if len(values) > MOST_VARIABLES:
        raise BadInput(f"environment: there are {len(values):,} variables; {MOST_VARIABLES:,} are the most.")
    for name, value in values.items():
        if not isinstance(name, str) or not name or "=" in name or "\0" in name or len(name) > _LONGEST_NAME:
            raise BadInput(f"environment: {quoted(name)} is not the name of a variable; {right}")
        if name.upper().startswith("PYTHON"):
            raise BadInput(
                f"environment: {name} is read when Python starts, before the file is imported; leave it out."
            )
        if not isinstance(value, str) or "\0" in value or len(value) > _LONGEST_VARIABLE:
            raise BadInput(f"environment: {name}: {quoted(value)} is not the text of a variable; {right}")
    return tuple(values.items())


def anchored(table: object, folder: "Path") -> object:
    """Return a ``code`` table whose relative paths are meant from a folder, the one of the file that has the table."""
    if not isinstance(table, Mapping):
        return table
    changed = {
        key: os.path.normpath(folder / value)
        for key in ("file", "folder")
        if isinstance(value := table.get(key), str) and value and "\0" not in value and len(value) <= _LONGEST_PATH
    }
    return {**table, **changed}
