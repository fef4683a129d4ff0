"""The frozen description of a worker, and the rules that its fields obey."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .errors import BadInput, quoted, unknown_name
from .limits import LONGEST_INTERVAL, LONGEST_STOP_AFTER
from .number_words import check_number, field_title
from .own_code.description import OWN_CODE, OwnCode, StopKind, check_code
from .parameters import Parameter, Values, check_values
from .template import check_template

# What runs live in.
WINDOW, PROCESS = "window", "process"
ENGINES = (WINDOW, PROCESS)
LONGEST_NAME = 100
LONGEST_PATH = 4_096
LONGEST_TEXT = 1_000_000
MOST_END_LINES = 1_000
MOST_LINES = 10**15
DEFAULT_TEXT = "running… {i}"
NO_NAME = f"Name can't be empty. Enter 1 to {LONGEST_NAME} characters."
SAME_NAME = "Two workers are called {}. Give each a name of its own."
NO_LIMIT = f"Limit must be a whole number from 1 to {MOST_LINES:,}; without one there is no limit."


@dataclass(frozen=True, slots=True)
class Worker:
    """A configured row: what a run of it does and how it is asked to stop.

    Attributes:
        name: one line of printable text, 1 to 100 characters.
        strategy: the id of a strategy.
        workload: the id of a workload.
        interval: seconds between two checkpoints, 0 (as fast as it can) to 3600.
        limit: most lines, from 1; None for no limit.
        stop_after: seconds after the start at which it is asked to stop; None for never.
        text: the template of a line.
        text_on_request: a line that the controller writes just before it asks; None for none.
        text_at_end: lines that the thread writes after its loop.
        parameters: the workload's parameters that are not as usual, by name, in the workload's order.
        engine: what its runs live in: ``window``, the process that shows them, or ``process``, one of their own.
        interpreter: the Python of that process, an executable file or the folder of a virtual environment; None for ours.
        code: code of the person's own, which its runs are; None for the strategies and workloads of the catalogue.
    """

    name: str
    strategy: str
    workload: str = "sleep"
    interval: float = 0.5
    limit: int | None = None
    stop_after: float | None = None
    text: str = DEFAULT_TEXT
    text_on_request: str | None = None
    text_at_end: tuple[str, ...] = ()
    parameters: Values = ()
    engine: str = WINDOW
    interpreter: str | None = None
    code: OwnCode | None = None


FIELDS = tuple(field.name for field in fields(Worker))
# What says how a run iterates, and so nothing about a run of the person's own code.
ITERATION_FIELDS = ("workload", "interval", "limit", "text", "parameters")


def check_name(value: object) -> str:
    """Return a worker's name, or raise BadInput."""
    if not isinstance(value, str):
        raise BadInput('Name must be text, e.g. "Event".', "name")
    if not value.strip():
        raise BadInput(NO_NAME, "name")
    if len(value) > LONGEST_NAME:
        raise BadInput(f"Name has {len(value):,} characters. Enter at most {LONGEST_NAME}.", "name")
    for place, character in enumerate(value, 1):
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            raise BadInput(f"Name can't contain {code} (character {place}), which is invisible.", "name")
    return value


def _seconds(field: str, value: Any, most: float) -> float:
    """Return a length of time in seconds from 0 to ``most``, or raise BadInput."""
    check_number(field, value, 0, most, unit="s", example="0.5")
    return float(value)


def check_interval(value: object) -> float:
    """Return an interval in seconds, or raise BadInput."""
    return _seconds("interval", value, LONGEST_INTERVAL)


def check_stop_after(value: object) -> float | None:
    """Return a stop_after in seconds or None, or raise BadInput."""
    return None if value is None else _seconds("stop_after", value, LONGEST_STOP_AFTER)


def check_limit(value: object) -> int | None:
    """Return a limit or None, or raise BadInput."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_LINES:
        raise BadInput(NO_LIMIT, "limit")
    return value


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{field_title(field)} must be text in quotation marks.", field)
    if len(value) > LONGEST_TEXT:
        raise BadInput(f"{field_title(field)} has {len(value):,} characters. Enter at most {LONGEST_TEXT:,}.", field)
    return value


def check_text(value: object) -> str:
    """Return a line's template, or raise BadInput."""
    text = _text("text", value)
    check_template(text)
    return text


def check_text_on_request(value: object) -> str | None:
    """Return the controller's line or None, or raise BadInput."""
    return None if value is None else _text("text_on_request", value)


def check_text_at_end(value: object) -> tuple[str, ...]:
    """Return the lines after the loop, or raise BadInput."""
    if not isinstance(value, list | tuple):
        raise BadInput('Text at end must be a list of lines, e.g. ["", "done"].', "text_at_end")
    lines = tuple(_text("text_at_end", line) for line in value)
    if len(lines) > MOST_END_LINES:
        raise BadInput(f"Text at end has {len(lines):,} lines. Enter at most {MOST_END_LINES:,}.", "text_at_end")
    return lines


def check_interpreter(value: object) -> str | None:
    """Return the path of a Python or None, or raise BadInput; whether it is there is found out when it is used."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadInput(f"interpreter: {quoted(value)} is not text; write a path in quotation marks.", "interpreter")
    if not value.strip() or "\0" in value or len(value) > LONGEST_PATH:
        right = (
            f"write the path of a Python, or of a virtual environment's folder, of at most {LONGEST_PATH:,} characters."
        )
        raise BadInput(f"interpreter: {quoted(value)} is no path; {right}", "interpreter")
    return value


def check_among(field: str, known: Iterable[str], unlisted: Iterable[str] = ()) -> Callable[[object], str]:
    """Return a check that a value is one of ``known``; its sentence names the nearest and all of them.

    What is ``unlisted`` is right too, and is not offered.
    """
    names, others = tuple(known), tuple(unlisted)

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in names + others:
            given = value if isinstance(value, str) else quoted(value)
            raise BadInput(unknown_name(field, given, names), field)
        return value

    return check


def checks(strategies: Iterable[str], workloads: Iterable[str]) -> dict[str, Callable[[object], Any]]:
    """Return the check of each field of a worker, by its name; of the parameters only the workload itself knows."""
    return {
        "name": check_name,
        "strategy": check_among("strategy", strategies, (OWN_CODE,)),
        "workload": check_among("workload", workloads, (OWN_CODE,)),
        "interval": check_interval,
        "limit": check_limit,
        "stop_after": check_stop_after,
        "text": check_text,
        "text_on_request": check_text_on_request,
        "text_at_end": check_text_at_end,
        "engine": check_among("engine", ENGINES),
        "interpreter": check_interpreter,
        "code": check_code,
    }


def check_worker(
    values: Mapping[str, object],
    rules: Mapping[str, Callable[[object], Any]],
    parameters_of: Callable[[str], Iterable[Parameter]],
) -> Worker:
    """Return the worker that some values describe; what is missing, but the strategy, has its default.

    Args:
        values: field to value, as a TOML table gives them.
        rules: what ``checks`` returned.
        parameters_of: from a workload's id to its parameters.

    Raises:
        BadInput: a key that no worker has, a strategy that is missing, or a value that breaks its rule.
    """
    for key in values:
        if key not in FIELDS:
            raise BadInput(unknown_name("worker's key", key, FIELDS), key)
    if "code" in values and values.get("workload") != OWN_CODE:
        _check_fits_code(values)
        values = {"strategy": OWN_CODE, "workload": OWN_CODE, "interval": 0.0, **values}
    if "code" in values:
        values = {"engine": PROCESS, **values}
    if "strategy" not in values:
        raise BadInput('Strategy is missing. Every worker needs one, e.g. strategy = "event-poll".', "strategy")
    checked = {key: rules[key](value) for key, value in values.items() if key != "parameters"}
    code = checked.get("code")
    if code is None and OWN_CODE in (checked["strategy"], checked.get("workload")):
        raise BadInput("code: it is missing; write file and name of what is to be run.", "code")
    if code is not None and checked["strategy"] != OWN_CODE and code.stop.kind is not StopKind.NONE:
        raise BadInput(f"code: stop: the strategy {checked['strategy']} asks; leave it out.", "code")
    checked.setdefault("name", code.name if code is not None else checked["strategy"])
    if "parameters" in values:
        workload = checked.get("workload", "sleep")
        checked["parameters"] = check_values(values["parameters"], parameters_of(workload), workload)
    worker = Worker(**checked)
    if worker.code is not None and worker.engine != PROCESS:
        raise BadInput('engine: code of your own runs in a process of its own; write engine = "process".', "engine")
    if worker.interpreter is not None and worker.engine != PROCESS:
        raise BadInput('interpreter: only a process has one; write engine = "process" too.', "interpreter")
    return worker


def _check_fits_code(values: Mapping[str, object]) -> None:
    """Raise BadInput if a worker that runs code of the person's own has a key that says nothing about it."""
    if values.get("strategy", OWN_CODE) != OWN_CODE:
        right = f'leave strategy out, or write workload = "{OWN_CODE}" to call a function between its checkpoints.'
        raise BadInput(f"strategy: {quoted(values['strategy'])} does not run code of your own; {right}", "strategy")
    for key in ITERATION_FIELDS:
        if key in values:
            raise BadInput(
                f"{key}: it says nothing about code of your own, which iterates as it does; leave it out.", key
            )


def code_worker(name: str, code: OwnCode, **more: Any) -> Worker:
    """Return a worker that runs code of the person's own, with some of its other fields."""
    return Worker(name, OWN_CODE, OWN_CODE, interval=0.0, engine=PROCESS, code=code, **more)


def check_names_differ(workers: Iterable[Worker]) -> None:
    """Raise BadInput if two workers have one name: records tell workers apart by it."""
    seen: set[str] = set()
    for worker in workers:
        if worker.name in seen:
            raise BadInput(SAME_NAME.format(quoted(worker.name)), "name")
        seen.add(worker.name)


class FreeNames:
    """Gives out names that are not taken.

    Args:
        taken: the names that are taken.
        longest: characters that a name may have.
    """

    def __init__(self, taken: Iterable[str] = (), longest: int = LONGEST_NAME) -> None:
        self._taken = set(taken)
        self._longest = longest
        self._next: dict[str, int] = {}  # thousands of copies of one worker must not each count from 2

    def take(self, wanted: str) -> str:
        """Return ``wanted``, or the first of ``wanted 2``, ``wanted 3``, … that is free; it is taken from now on."""
        name, number = wanted[: self._longest], self._next.get(wanted, 2)
        while name in self._taken:
            name = f"{wanted[: self._longest - len(str(number)) - 1]} {number}"
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name
