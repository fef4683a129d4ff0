"""A worker of what was found in a file of the person's, with its arguments checked against the parameters."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core.errors import BadInput, listed, quoted, unknown_name
from app.core.own_code.description import (
    OwnCode,
    StopKind,
    StopWay,
    check_arguments,
    check_environment,
    read_stop,
)
from app.core.worker import LONGEST_NAME, Worker, check_interpreter, code_worker
from app.programs.interpreters import find_interpreter
from app.programs.own_code import Found, PythonFile

# What a name on a command line ends with, before the colon, if it means a Python file.
_ENDINGS = (".py", ".pyw")


def split_target(text: str) -> tuple[Path, str] | None:
    """Return the file and the name that ``FILE.py:NAME`` means, the name empty if it is missing; None for anything else."""
    if text.lower().endswith(_ENDINGS):
        return Path(text), ""
    file, colon, name = text.rpartition(":")
    return (Path(file), name) if colon and file.lower().endswith(_ENDINGS) else None


def chosen(file: PythonFile, name: str) -> Found:
    """Return what has a name; BadInput, saying what there is, if nothing has, or no name is given."""
    if name:
        return file.find(name)
    names = [f"{file.path.name}:{each.name}" for each in file.found]
    raise BadInput(f"{file.path}: say which of it is to be run: {listed(names)}." if names else _nothing(file))


def _nothing(file: PythonFile) -> str:
    return f"{file.path}: there is no function and no thread in it that can be run."


def own_worker(
    file: PythonFile,
    found: Found,
    *,
    stop: StopWay | None = None,
    arguments: Mapping[str, str] | None = None,
    folder: str = "",
    environment: Mapping[str, str] | None = None,
    interpreter: str = "",
) -> Worker:
    """Return the worker that runs what was found.

    Args:
        file: where it is.
        found: what it is.
        stop: how it is asked to stop; None for the best way that was found.
        arguments: by name, as Python literals.
        folder: the working folder; empty for the file's own.
        environment: variables that are set before the file is imported.
        interpreter: the Python that runs it, or the folder of a virtual environment; empty for this program's.

    Raises:
        BadInput: an argument is missing or wrong, or the way of asking does not fit.
    """
    way = found.ways[0] if stop is None else stop
    check_way(found, way)
    given = check_arguments(arguments or {})
    check_fit(found, way, dict(given))
    if folder and not Path(folder).is_dir():
        raise BadInput(f"folder: {quoted(folder, 100)} is not a folder.", "folder")
    code = OwnCode(
        file=str(file.path),
        name=found.name,
        stop=way,
        arguments=given,
        folder=str(Path(folder).absolute()) if folder else "",
        environment=check_environment(environment or {}),
    )
    if interpreter:
        find_interpreter(interpreter)
    return code_worker(found.name[:LONGEST_NAME], code, interpreter=check_interpreter(interpreter or None))


def check_way(found: Found, way: StopWay) -> None:
    """Raise BadInput if a way of asking does not fit what was found."""
    kind = found.kind
    if way.kind is StopKind.CANCEL and kind != "coroutine":
        raise BadInput(f"stop: {found.name} is a {kind}; only a coroutine's task can be cancelled.", "stop")
    if way.kind is StopKind.ASYNCIO_ARGUMENT and kind != "coroutine":
        raise BadInput(f"stop: {found.name} is a {kind}; an asyncio.Event is for coroutines.", "stop")
    if way.kind is StopKind.METHOD and kind != "thread":
        raise BadInput(f"stop: {found.name} is a {kind}; only a thread has methods to call.", "stop")
    names = [each.name for each in found.parameters]
    if way.kind in (StopKind.ARGUMENT, StopKind.ASYNCIO_ARGUMENT) and way.name not in names and not found.takes_any:
        raise BadInput(f"stop: {_no_parameter(found, way.name, names)}", "stop")


def check_fit(found: Found, way: StopWay, arguments: Mapping[str, str]) -> None:
    """Raise BadInput if arguments do not fit the parameters of what was found."""
    names = [each.name for each in found.parameters]
    handed_in = way.name if way.kind in (StopKind.ARGUMENT, StopKind.ASYNCIO_ARGUMENT) else ""
    for name in arguments:
        if name == handed_in:
            raise BadInput(f"arguments: {name} is the Event that is handed in; leave it out.", "arguments")
        if name not in names and not found.takes_any:
            raise BadInput(f"arguments: {_no_parameter(found, name, names)}", "arguments")
    missing = [name for name in found.needed(way) if name not in arguments]
    if missing and not (found.takes_any and not found.parameters):
        them = "are missing; give each" if len(missing) > 1 else "is missing; give it"
        raise BadInput(f"arguments: {listed(missing)} {them} a value.", "arguments")


def _no_parameter(found: Found, name: str, names: list[str]) -> str:
    if not names:
        return f"{found.name} takes no arguments; leave {quoted(name)} out."
    return unknown_name(f"parameter of {found.name}", name, names)


def read_pairs(option: str, texts: Sequence[str], example: str) -> dict[str, str]:
    """Return names and values from ``NAME=VALUE``, the last of a name; BadInput says the option and an example."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"{option}: {quoted(text)} is not of the form NAME=VALUE, e.g. {example}.")
        pairs[name.strip()] = value
    return pairs


def read_way(text: str | None) -> StopWay | None:
    """Return the way of asking that a text describes; None for none."""
    return None if text is None else read_stop(text)
