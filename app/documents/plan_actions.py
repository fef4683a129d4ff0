"""The actions of a plan's steps: tables with the key ``action``, which a program can carry out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import FIELDS, MOST_LINES, Worker
from app.documents.plan_parts import (
    Action,
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
from app.documents.plan_values import Table, check_keys, choice_of, int_of, number_of, worker_of, workers_of
from app.documents.worker_sets import to_tables

MAX_WAIT = 3_600.0  # seconds
DEFAULT_WAIT_LIMIT = 60.0  # seconds that a wait for lines or an end takes at most
DEFAULT_ROUNDS = 20
MAX_ROUNDS = 10_000

# The plan refers to its workers by name, so the name cannot be set.
SETTABLE = tuple(field for field in FIELDS if field != "name")
_OPTIONAL_FIELDS = ("limit", "stop_after", "text_on_request", "parameters")


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
                raise PlanError(f"{key}: it says nothing without for; add {right}.", (*where, key))
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


def action_words(action: Action) -> str:
    """Return what an action does, in words for a screen or a report."""
    match action:
        case Start(workers):
            words = f"start {_listed(workers)}"
        case Stop(workers):
            words = f"stop {_listed(workers)}"
        case Wait(seconds):
            words = f"wait {seconds:g} s"
        case WaitForEnd(worker, seconds):
            words = f"wait until {worker or 'every worker'} has ended, {seconds:g} s at most"
        case WaitForLines(worker, lines, seconds):
            words = f"wait until {worker} has written {lines:,} lines, {seconds:g} s at most"
        case SetField(worker, field, value):
            words = f"set {field} of {worker} to {'nothing' if value is None else value}"
        case RunRace(workers, rounds):
            words = f"race {_listed(workers)}, {rounds:,} rounds"
    return words


def _listed(workers: tuple[str, ...]) -> str:
    return ", ".join(workers) or "all workers"
