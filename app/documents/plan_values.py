"""Readers for values that several parts of a plan share; each error says in one sentence what would be right."""

import math
from collections.abc import Iterable, Mapping, Sequence

from app.core.errors import quoted, unknown_name
from app.documents.plan_parts import KeyPath, PlanError

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
        raise PlanError(
            'worker: the plan has none; write [[worker]] and under it strategy = "event-poll".',
            (*where, "worker"),
        )
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
