"""What a matrix is made of: its rows, its columns, and why some of its cells are not applicable."""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, listed, quoted
from app.core.latency import duration
from app.core.own_code.description import OWN_CODE, OwnCode, StopWay
from app.core.parameters import Value, Values, check_values
from app.core.prediction import Notices
from app.core.strategies import Strategy
from app.core.worker import PROCESS, WINDOW, Worker
from app.core.workloads import Workload
from app.programs.interpreters import find_interpreter
from app.programs.own_worker import chosen, own_worker, split_target

# What a column is, and behind it the Python of its processes; a path may have an "@" in it.
_SPEC = re.compile(r"(?P<what>.*?\.py:[^@:]+|[^@]*)(?:@(?P<python>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A workload as it was asked for.

    Attributes:
        spec: the text, "socket:interrupt=no"; of a function of the person's "FILE.py:NAME", with the whole path.
        workload: the class.
        values: its parameters that are not as usual.
        code: the function of the person's that is called; None for a workload of the catalogue.
        interpreter: the Python of the process that its runs live in; None where they live in this one.
    """

    spec: str
    workload: type[Workload]
    values: Values
    code: OwnCode | None = None
    interpreter: str | None = None


def read_column(catalogue: Catalogue, spec: str) -> Column:
    """Return the workload that "ID[:NAME=VALUE[:NAME=VALUE]][@PYTHON]", or the function that "FILE.py:NAME[@PYTHON]" means.

    Behind either there may be "@PYTHON": the Python of the processes that its runs live in.

    Raises:
        BadInput: no workload or parameter has such a name, a value is wrong, the file or the function cannot be used, or
            there is no such Python.
    """
    what, python = _split(spec)
    if python is not None:
        find_interpreter(python)
    if (target := split_target(what)) is not None:
        return _code_column(catalogue, target, python)
    wanted, *settings = what.split(":")
    workload = catalogue.workload(wanted)
    known = {parameter.name: parameter for parameter in workload.parameters}
    values: dict[str, Value] = {}
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign:
            raise BadInput(
                f"workloads: {quoted(setting)} in {quoted(spec)} is not of the form NAME=VALUE.", "workloads"
            )
        if name in values:
            raise BadInput(f"workloads: {quoted(spec)} has {name} twice. Name it once.", "workloads")
        try:
            if name not in known:
                check_values({name: text}, known.values(), wanted)  # its sentence names the nearest
            values[name] = known[name].read(text, name)
        except BadInput as error:
            raise BadInput(f"workloads: {quoted(spec)}: {error}", "workloads") from None
    return Column(spec, workload, check_values(values, known.values(), wanted), None, python)


def _code_column(catalogue: Catalogue, target: tuple[Path, str], python: str | None) -> Column:
    """Return a function of the person's as a workload; the file is read, not run."""
    from app.programs.own_code import FoundKind, read_python_file  # here: it loads Python's parser

    try:
        file = read_python_file(target[0])
        found = chosen(file, target[1])
        if found.kind is not FoundKind.FUNCTION:
            raise BadInput(f"{file.path}: {found.name} is a {found.kind}; only a function can be a workload.")
        if needed := found.needed(StopWay()):
            right = "a workload is called without arguments."
            raise BadInput(f"{file.path}: {found.name} needs a value for {listed(needed)}; {right}")
        worker = own_worker(file, found, stop=StopWay())
    except BadInput as error:
        raise BadInput(f"workloads: {error}", "workloads") from None
    spec = f"{file.path}:{found.name}" + (f"@{python}" if python is not None else "")
    return Column(spec, catalogue.workload(OWN_CODE), (), worker.code, python)


def _split(spec: str) -> tuple[str, str | None]:
    """Return what a column is, and the Python of its processes; None if none is named."""
    found = _SPEC.fullmatch(spec)
    return (spec, None) if found is None else (found["what"], found["python"])


def column_title(spec: str, title: Callable[[str], str] = str) -> str:
    """Return what a column is called: of a file its name alone, and behind it the Python, if one is named.

    Args:
        spec: as ``read_column`` reads it; what it does not know is called as it is.
        title: returns the title of a workload by its id.
    """
    what, python = _split(spec)
    target = split_target(what)
    called = title(what) if target is None else f"{target[0].name}:{target[1]}"
    return called if python is None else f"{called} @ {python}"


def spec_of(workload: type[Workload], values: Values) -> str:
    """Return the text that ``read_column`` reads as a workload with these values."""
    known = {parameter.name: parameter for parameter in workload.parameters}
    return "".join((workload.id, *(f":{name}={known[name].text(value)}" for name, value in values)))


def check_once(field: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return the ids or specs; BadInput if there is none, or one is there twice."""
    wanted = tuple(given)
    if not wanted:
        raise BadInput(f"{field}: a matrix needs at least one; 'list' shows what there is.", field)
    for index, one in enumerate(wanted):
        if not one.strip():
            raise BadInput(f"{field}: name {index + 1} is empty; write ids with one comma between two.", field)
        if one in wanted[:index]:
            raise BadInput(f"{field}: {quoted(one)} is there twice. Name each once.", field)
    return wanted


def worker_of(strategy: str, column: Column, interval: float) -> Worker:
    """Return the worker of a cell; its name tells the cell, cut to what a name may have."""
    return Worker(
        name=f"{strategy} × {column_title(column.spec)}"[:100],
        strategy=strategy,
        workload=column.workload.id,
        interval=interval,
        parameters=column.values,
        engine=WINDOW if column.interpreter is None and column.code is None else PROCESS,
        interpreter=column.interpreter,
        code=column.code,
    )


def cell_phases(seed: int, strategy: str, spec: str, interval: float) -> Iterator[float]:
    """Yield the phases of a cell's runs in seconds, uniform on the interval, without end.

    Of the cell alone, so that a matrix that was cancelled and resumed draws what it would have drawn, and so that one
    cell can be measured again by itself. Counted from the first line, the stop falls into the first piece of work where
    that is longer than the interval.
    """
    # A text as seed is hashed the same way by every Python (random.seed, version 2).
    draw = random.Random(f"{seed}/{strategy}/{spec}")
    while True:
        yield draw.uniform(0, interval)


def why_not_applicable(strategy: type[Strategy], column: Column, interval: float, deadline: float) -> str:
    """Return why a cell would say nothing about the mechanism, a sentence; empty if it would.

    Args:
        strategy: of the row.
        column: the workload.
        interval: seconds between two checkpoints.
        deadline: seconds after which a run counts as never.
    """
    if column.workload.incomparable:
        return column.workload.incomparable
    if column.interpreter is not None and strategy not in Catalogue().strategies:
        return "It needs more than Python's own library, which is all that a process of its own has."
    if strategy.about.notices in (Notices.POLLING, Notices.RAISING) and interval >= deadline:
        return (
            f"It notices only between two pauses of {duration(interval * 1e9)}, and counts as never after "
            f"{duration(deadline * 1e9)}: that would say nothing about it; take a longer deadline or a shorter interval."
        )
    return ""
