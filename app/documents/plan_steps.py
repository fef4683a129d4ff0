"""The steps of a plan: readers for their values, their actions and their checks.

Actions and checks are tables with the key ``action`` or ``check``. Each error says in one sentence what would be right.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.worker import FIELDS, MOST_LINES, PROCESS, Worker
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    CheckWord,
    KeyPath,
    Kill,
    PlanError,
    RunRace,
    SetField,
    Start,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.documents.worker_sets import to_tables
from app.pattern_size import check_pattern_size

MAX_TITLE = 200  # characters
MAX_TEXT = 100_000  # characters of what to do, what to expect, and of a summary
MAX_LISTED = 20  # names that a sentence may list

Table = Mapping[str, object]


def check_keys(table: Table, known: Iterable[str], what: str, where: KeyPath) -> None:
    """Raise PlanError if a table has a key that is not known; the nearest is named."""
    names = tuple(known)
    for key in table:
        if key not in names:
            raise PlanError(unknown_name(what, key, names), (*where, key))


def tables_of(value: object, where: KeyPath, right: str) -> list[Table]:
    """Return a list of tables as it stands, or raise PlanError; ``right`` says how to write one."""
    if not isinstance(value, list):
        raise PlanError(f"{where[-1]}: it is not a list of tables; {right}", where)
    for index, table in enumerate(value):
        if not isinstance(table, dict):
            raise PlanError(f"{where[-1]}: {quoted(table)} is not a table; {right}", (*where, index))
    return value


def title_of(table: Table, where: KeyPath, example: str) -> str:
    """Return a table's title: one line that can be seen."""
    if "title" not in table:
        raise PlanError(f'title: it is missing; write title = "{example}".', where)
    title, place = table["title"], (*where, "title")
    if not isinstance(title, str):
        raise PlanError(f'title: {quoted(title)} is not text; write title = "{example}".', place)
    if not title.strip():
        raise PlanError(f'title: it is empty; write title = "{example}".', place)
    if len(title) > MAX_TITLE:
        raise PlanError(f"title: it has {len(title):,} characters; write at most {MAX_TITLE}.", place)
    for number, character in enumerate(title, 1):
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            raise PlanError(f"title: character {number} is {code}, which cannot be seen; write one plain line.", place)
    return title


def text_of(table: Table, key: str, where: KeyPath, longest: int = MAX_TEXT) -> str:
    """Return a text of a table; empty if it is not there."""
    text = table.get(key, "")
    if not isinstance(text, str):
        raise PlanError(f"{key}: {quoted(text)} is not text; write it in quotation marks.", (*where, key))
    if len(text) > longest:
        raise PlanError(f"{key}: it has {len(text):,} characters; write at most {longest:,}.", (*where, key))
    return text


def int_of(table: Table, key: str, where: KeyPath, least: int, most: int, default: int | None = None) -> int:
    """Return a whole number of a table; ``default`` if it is not there."""
    right = f"write a whole number from {least:,} to {most:,}."
    if key not in table:
        if default is not None:
            return default
        raise PlanError(f"{key}: it is missing; {right}", where)
    value, place = table[key], (*where, key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PlanError(f"{key}: {quoted(value)} is not a whole number; {right}", place)
    if not least <= value <= most:
        raise PlanError(f"{key}: {quoted(value)} is out of range; {right}", place)
    return value


def number_of(table: Table, key: str, where: KeyPath, most: float, unit: str, default: float | None = None) -> float:
    """Return a number of a table from 0 to ``most``; ``default`` if it is not there."""
    right = f"write {unit} from 0 to {most:,.0f}."
    if key not in table:
        if default is not None:
            return default
        raise PlanError(f"{key}: it is missing; {right}", where)
    value, place = table[key], (*where, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise PlanError(f"{key}: {quoted(value)} is not a number; {right}", place)
    if not 0 <= value <= most:
        raise PlanError(f"{key}: {quoted(value)} is out of range; {right}", place)
    return value


def choice_of(table: Table, key: str, where: KeyPath, known: Sequence[str], what: str) -> str:
    """Return a text of a table that is one of ``known``; the nearest is named if it is not."""
    listed = ", ".join(known) if len(known) <= MAX_LISTED else f"{', '.join(known[:MAX_LISTED])}, …"
    if key not in table:
        raise PlanError(f"{key}: it is missing; there are: {listed}.", where)
    value, place = table[key], (*where, key)
    if not isinstance(value, str):
        raise PlanError(f"{key}: {quoted(value)} is not text; there are: {listed}.", place)
    if value not in known:
        sentence = unknown_name(what, value, known)
        if len(known) > MAX_LISTED:
            sentence = f"{sentence.split(' There are: ', 1)[0]} There are {len(known):,}."
        raise PlanError(f"{key}: {sentence}", place)
    return value


def worker_of(table: Table, where: KeyPath, workers: Sequence[str]) -> str:
    """Return the name of a worker of the plan; the only one if none is named and there is only one."""
    if not workers:
        sentence = 'worker: the plan has none; write [[worker]] and under it strategy = "event-poll".'
        raise PlanError(sentence, (*where, "worker"))
    if "worker" not in table and len(workers) == 1:
        return workers[0]
    return choice_of(table, "worker", where, workers, "worker")


def workers_of(table: Table, where: KeyPath, workers: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the workers that a table lists; empty if it has no list, which means all."""
    if not workers:
        raise PlanError('workers: the plan has none; write [[worker]] and under it strategy = "event-poll".', where)
    if "workers" not in table:
        return ()
    names, place = table["workers"], (*where, "workers")
    right = "write names in brackets, or leave the key out for all of them."
    if not isinstance(names, list):
        raise PlanError(f"workers: {quoted(names)} is not a list; {right}", place)
    if not names:
        raise PlanError(f"workers: the list is empty; {right}", place)
    found = [choice_of({"workers": name}, "workers", where, workers, "worker") for name in names]
    if len(set(found)) < len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise PlanError(f"workers: {quoted(twice)} is listed twice; name each once.", place)
    return tuple(found)


MAX_WAIT = 3_600.0  # seconds
DEFAULT_WAIT_LIMIT = 60.0  # seconds that a wait for lines or an end takes at most
DEFAULT_ROUNDS = 20
MAX_ROUNDS = 10_000

# The plan refers to its workers by name, so the name cannot be set; nor can code, to which a person agrees before it runs.
SETTABLE = tuple(field for field in FIELDS if field not in ("name", "code"))
_OPTIONAL_FIELDS = ("limit", "stop_after", "text_on_request", "parameters", "interpreter")
OUTCOMES = ("completed", "interrupted", "failed", "released", "killed", "none")
MAX_PATTERN = 1_000  # characters
MAX_MS = 3_600_000.0

_ACTION_KEYS = {
    "start": ("workers",),
    "stop": ("workers",),
    "kill": ("workers",),
    "wait": ("seconds", "for", "worker", "lines"),
    "set": ("worker", "field", "value"),
    "race": ("workers", "rounds"),
}

# -- actions --------------------------------------------------------------------------------------------------------


def parse_action(table: Table, where: KeyPath, workers: Sequence[str]) -> Action:
    """Return the action of a table at a place, for a plan with these workers; PlanError if it describes none."""
    word = choice_of(table, "action", where, tuple(_ACTION_KEYS), "action")
    check_keys(table, ("action", *_ACTION_KEYS[word]), f"key of the action {word}", where)
    match word:
        case "start":
            return Start(workers_of(table, where, workers))
        case "stop":
            return Stop(workers_of(table, where, workers))
        case "kill":
            return Kill(workers_of(table, where, workers))
        case "set":
            return _set(table, where, workers)
        case "race":
            rounds = int_of(table, "rounds", where, 1, MAX_ROUNDS, DEFAULT_ROUNDS)
            return RunRace(workers_of(table, where, workers), rounds)
        case _:
            return _wait(table, where, workers)


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


def with_field(worker: Worker, field: str, value: Any, catalogue: Catalogue) -> Worker:
    """Return a worker with one field changed, as a document has the value; BadInput if it breaks a rule; any thread.

    Another workload leaves the parameters of the one before behind.
    """
    values = to_tables([worker])[0]
    if field == "workload" and value != worker.workload:
        values.pop("parameters", None)
    if field == "engine" and value != PROCESS:
        values.pop("interpreter", None)
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
        case Kill(workers):
            table = {"action": "kill", "workers": list(workers) or None}
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
    """Return the check of a table at a place, for a plan with these workers; PlanError if it describes none."""
    word = CheckWord(choice_of(table, "check", where, tuple(CheckWord), "check"))
    keys = ("check", "is") if word is CheckWord.WINDOW_LAG else ("check", "worker", "is")
    check_keys(table, keys, f"key of the check {word}", where)
    worker = "" if word is CheckWord.WINDOW_LAG else worker_of(table, where, workers)
    wanted: str | int | float
    match word:
        case CheckWord.OUTCOME:
            wanted = choice_of(table, "is", where, OUTCOMES, "outcome")
        case CheckWord.LATENCY | CheckWord.WINDOW_LAG:
            wanted = number_of(table, "is", where, MAX_MS, "milliseconds")
        case CheckWord.LINES_MIN | CheckWord.LINES_MAX:
            wanted = int_of(table, "is", where, 0, MOST_LINES)
        case CheckWord.MATCHES:
            wanted = _pattern(table, where)
    return CheckSpec(word, wanted, worker)


def _pattern(table: Table, where: KeyPath) -> str:
    right = 'write a regular expression, such as is = "done$".'
    if "is" not in table:
        raise PlanError(f"is: it is missing; {right}", where)
    text = text_of(table, "is", where, MAX_PATTERN)
    if not text:
        raise PlanError(f"is: it is empty; {right}", (*where, "is"))
    try:
        compile_pattern(text)
    except BadInput as error:
        raise PlanError(f"is: {error}", (*where, "is")) from None
    return text


def compile_pattern(text: str) -> Any:
    """Return a pattern of ``regex``, whose searches can be given a time-out, as those of ``re`` cannot; any thread.

    Raises BadInput if it is not a regular expression, or one that would take too much memory.
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
    milliseconds = f"at most {spec.wanted:g} ms" if isinstance(spec.wanted, int | float) else ""
    words = {
        CheckWord.OUTCOME: f"{spec.wanted}",
        CheckWord.LATENCY: milliseconds,
        CheckWord.LINES_MIN: f"at least {spec.wanted}",
        CheckWord.LINES_MAX: f"at most {spec.wanted}",
        CheckWord.MATCHES: f"a line that matches {spec.wanted}",
        CheckWord.WINDOW_LAG: milliseconds,
    }[spec.check]
    return f"{spec.worker}: {words}" if spec.worker else words
