"""The actions and the checks of a plan's steps: tables with the key ``action`` or ``check``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted
from app.core.worker import FIELDS, MOST_LINES, Worker
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    CheckWord,
    KeyPath,
    PlanError,
    RunRace,
    SetField,
    Start,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.plan_values import Table, check_keys, choice_of, int_of, number_of, text_of, worker_of, workers_of
from app.documents.worker_sets import to_tables
from app.pattern_size import check_pattern_size

MAX_WAIT = 3_600.0  # seconds
DEFAULT_WAIT_LIMIT = 60.0  # seconds that a wait for lines or an end takes at most
DEFAULT_ROUNDS = 20
MAX_ROUNDS = 10_000

# The plan refers to its workers by name, so the name cannot be set.
SETTABLE = tuple(field for field in FIELDS if field != "name")
_OPTIONAL_FIELDS = ("limit", "stop_after", "text_on_request", "parameters")
OUTCOMES = ("completed", "interrupted", "failed", "released", "none")
MAX_PATTERN = 1_000  # characters
MAX_MS = 3_600_000.0

# -- actions --------------------------------------------------------------------------------------------------------


def parse_action(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    """Return the action that a table describes; PlanError if it describes none.

    Args:
        table: what the document has.
        where: its place in the document.
        workers: the names of the plan's workers.
    """
    word = choice_of(table, "action", where, tuple(_KEYS), "action")
    keys, parse = _KEYS[word]
    check_keys(table, ("action", *keys), f"key of the action {word}", where)
    return parse(table, where, workers)


def _start(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    return Start(workers_of(table, where, workers))


def _stop(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    return Stop(workers_of(table, where, workers))


def _wait(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    if "for" not in table:
        for key in ("worker", "lines"):
            if key in table:
                right = 'for = "lines"' if key == "lines" else 'for = "ended"'
                raise PlanError(f"{key}: it has no meaning without for; add {right}.", (*where, key))
        return Wait(number_of(table, "seconds", where, MAX_WAIT, "seconds"))
    seconds = number_of(table, "seconds", where, MAX_WAIT, "seconds", DEFAULT_WAIT_LIMIT)
    if choice_of(table, "for", where, ("ended", "lines"), "thing to wait for") == "lines":
        worker = worker_of(table, where, workers)
        return WaitForLines(worker, int_of(table, "lines", where, 1, MOST_LINES), seconds)
    if "lines" in table:
        raise PlanError('lines: they are waited for with for = "lines".', (*where, "lines"))
    return WaitForEnd(worker_of(table, where, workers) if "worker" in table else "", seconds)


def _set(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    worker = worker_of(table, where, workers)
    field = choice_of(table, "field", where, SETTABLE, "field that can be set")
    if "value" not in table and field not in _OPTIONAL_FIELDS:
        raise PlanError("value: it is missing; write what the field is to be.", where)
    return SetField(worker, field, table.get("value"))


def _race(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    return RunRace(workers_of(table, where, workers), int_of(table, "rounds", where, 1, MAX_ROUNDS, DEFAULT_ROUNDS))


_KEYS: dict[str, tuple[tuple[str, ...], Callable[[Table, KeyPath, Sequence[str]], Action]]] = {
    "start": (("workers",), _start),
    "stop": (("workers",), _stop),
    "wait": (("seconds", "for", "worker", "lines"), _wait),
    "set": (("worker", "field", "value"), _set),
    "race": (("workers", "rounds"), _race),
}


def with_field(worker: Worker, field: str, value: Any, catalogue: Catalogue) -> Worker:
    """Return a worker with one field changed, as a document has the value; any thread.

    Another workload leaves the parameters of the one before behind.

    Raises:
        BadInput: the value breaks the field's rule.
    """
    values = to_tables([worker])[0]
    if field == "workload" and value != worker.workload:
        values.pop("parameters", None)
    values.pop(field, None)
    return catalogue.worker(values if value is None else {**values, field: value})


class SetActions:
    """Checks the ``set`` actions of a plan in their order, so that an invalid value is found before anything runs.

    Args:
        workers: the plan's workers.
        catalogue: the strategies and workloads.
    """

    def __init__(self, workers: Sequence[Worker], catalogue: Catalogue) -> None:
        self._workers = {worker.name: worker for worker in workers}
        self._catalogue = catalogue

    def check(self, action: SetField, where: KeyPath) -> None:
        """Check one; PlanError if its value breaks the field's rule."""
        try:
            changed = with_field(self._workers[action.worker], action.field, action.value, self._catalogue)
        except BadInput as error:
            raise PlanError(f"value: {error}", (*where, "value")) from None
        self._workers[action.worker] = changed


def action_table(action: Action) -> Mapping[str, Any]:
    """Return the table that ``parse_action`` reads; None is left out, because TOML has no null."""
    table: dict[str, Any]
    match action:
        case Start(workers):
            table = {"action": "start", "workers": list(workers) or None}
        case Stop(workers):
            table = {"action": "stop", "workers": list(workers) or None}
        case Wait(seconds):
            table = {"action": "wait", "seconds": seconds}
        case WaitForEnd(worker, seconds):
            table = {"action": "wait", "for": "ended", "worker": worker or None, "seconds": seconds}
        case WaitForLines(worker, lines, seconds):
            table = {"action": "wait", "for": "lines", "worker": worker, "lines": lines, "seconds": seconds}
        case SetField(worker, field, value):
            table = {"action": "set", "worker": worker, "field": field, "value": value}
        case RunRace(workers, rounds):
            table = {"action": "race", "workers": list(workers) or None, "rounds": rounds}
    return {key: value for key, value in table.items() if value is not None}


# -- checks ---------------------------------------------------------------------------------------------------------


def parse_check(table: Table, where: KeyPath, workers: Sequence[str]) -> CheckSpec:
    """Return the check that a table describes; PlanError if it describes none.

    Args:
        table: what the document has.
        where: its place in the document.
        workers: the names of the plan's workers.
    """
    word = CheckWord(choice_of(table, "check", where, tuple(CheckWord), "check"))
    keys = ("check", "is") if word is CheckWord.WINDOW_LAG else ("check", "worker", "is")
    check_keys(table, keys, f"key of the check {word}", where)
    worker = "" if word is CheckWord.WINDOW_LAG else worker_of(table, where, workers)
    return CheckSpec(word, _WANTED[word](table, where), worker)


def _outcome(table: Table, where: KeyPath) -> str:
    return choice_of(table, "is", where, OUTCOMES, "outcome")


def _milliseconds(table: Table, where: KeyPath) -> float:
    return number_of(table, "is", where, MAX_MS, "milliseconds")


def _lines(table: Table, where: KeyPath) -> int:
    return int_of(table, "is", where, 0, MOST_LINES)


def _pattern(table: Table, where: KeyPath) -> str:
    if "is" not in table:
        raise PlanError('is: it is missing; write a regular expression, such as is = "done$".', where)
    text = text_of(table, "is", where, MAX_PATTERN)
    if not text:
        raise PlanError('is: it is empty; write a regular expression, such as is = "done$".', (*where, "is"))
    try:
        compile_pattern(text)
    except BadInput as error:
        raise PlanError(f"is: {error}", (*where, "is")) from None
    return text


_WANTED: dict[CheckWord, Callable[[Table, KeyPath], str | int | float]] = {
    CheckWord.OUTCOME: _outcome,
    CheckWord.LATENCY: _milliseconds,
    CheckWord.LINES_MIN: _lines,
    CheckWord.LINES_MAX: _lines,
    CheckWord.MATCHES: _pattern,
    CheckWord.WINDOW_LAG: _milliseconds,
}


def compile_pattern(text: str) -> Any:
    """Return a pattern of ``regex``, whose searches can be given a time-out, as those of ``re`` cannot; any thread.

    Raises:
        BadInput: it is not a regular expression, or one that would take too much memory.
    """
    check_pattern_size(text)
    import regex  # here: most plans have no such check

    try:
        return regex.compile(text)
    except RecursionError:
        raise BadInput(f"{quoted(text)} is nested too deeply for a regular expression; write it simpler.") from None
    except (regex.error, OverflowError, ValueError) as error:
        raise BadInput(f"{quoted(text)} is not a valid regular expression ({error}).") from None


def check_table(spec: CheckSpec) -> Mapping[str, Any]:
    """Return the table that ``parse_check`` reads."""
    return {"check": str(spec.check), **({"worker": spec.worker} if spec.worker else {}), "is": spec.wanted}


def wanted_words(spec: CheckSpec) -> str:
    """Return what a check wants, in words for a screen or a report; the worker's name is in it."""
    words = {
        CheckWord.OUTCOME: f"{spec.wanted}",
        CheckWord.LATENCY: f"at most {spec.wanted:g} ms" if isinstance(spec.wanted, int | float) else "",
        CheckWord.LINES_MIN: f"at least {spec.wanted}",
        CheckWord.LINES_MAX: f"at most {spec.wanted}",
        CheckWord.MATCHES: f"a line that matches {spec.wanted}",
        CheckWord.WINDOW_LAG: f"at most {spec.wanted:g} ms" if isinstance(spec.wanted, int | float) else "",
    }[spec.check]
    return f"{spec.worker}: {words}" if spec.worker else words
