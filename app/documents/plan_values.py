"""Rules that several parts of a plan's document share; each says in one sentence what would be right."""

import math
from collections.abc import Iterable, Mapping, Sequence

from app.core.errors import quoted, unknown_name
from app.documents.plan_parts import Mistake, Where

LONGEST_TITLE = 200  # characters
LONGEST_TEXT = 100_000  # characters of what to do, what to expect, and of a summary
MOST_NAMES = 20  # names that a sentence may list

Table = Mapping[str, object]


def check_keys(table: Table, known: Iterable[str], what: str, where: Where) -> None:
    """Raise Mistake if a table has a key that is not known; the nearest is named."""
    names = tuple(known)
    for key in table:
        if key not in names:
            raise Mistake(unknown_name(what, key, names), (*where, key))


def tables_of(value: object, where: Where, right: str) -> list[Table]:
    """Return a list of tables as it stands, or raise Mistake; ``right`` says how to write one."""
    if not isinstance(value, list):
        raise Mistake(f"{where[-1]}: it is not a list of tables; {right}", where)
    for index, table in enumerate(value):
        if not isinstance(table, dict):
            raise Mistake(f"{where[-1]}: {quoted(table)} is not a table; {right}", (*where, index))
    return value


def title_of(table: Table, where: Where, example: str) -> str:
    """Return a table's title: one line that can be seen."""
    if "title" not in table:
        raise Mistake(f'title: it is missing; write title = "{example}".', where)
    title, place = table["title"], (*where, "title")
    if not isinstance(title, str):
        raise Mistake(f'title: {quoted(title)} is not text; write title = "{example}".', place)
    if not title.strip():
        raise Mistake(f'title: it is empty; write title = "{example}".', place)
    if len(title) > LONGEST_TITLE:
        raise Mistake(f"title: it has {len(title):,} characters; write at most {LONGEST_TITLE}.", place)
    for number, character in enumerate(title, 1):
        if not character.isprintable():
            code = f"U+{ord(character):04X}"
            raise Mistake(f"title: character {number} is {code}, which cannot be seen; write one plain line.", place)
    return title


def text_of(table: Table, key: str, where: Where, longest: int = LONGEST_TEXT) -> str:
    """Return a text of a table; empty if it is not there."""
    text = table.get(key, "")
    if not isinstance(text, str):
        raise Mistake(f"{key}: {quoted(text)} is not text; write it in quotation marks.", (*where, key))
    if len(text) > longest:
        raise Mistake(f"{key}: it has {len(text):,} characters; write at most {longest:,}.", (*where, key))
    return text


def whole_of(table: Table, key: str, where: Where, least: int, most: int, usual: int | None = None) -> int:
    """Return a whole number of a table; ``usual`` if it is not there."""
    right = f"write a whole number from {least:,} to {most:,}."
    if key not in table:
        if usual is not None:
            return usual
        raise Mistake(f"{key}: it is missing; {right}", where)
    value, place = table[key], (*where, key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"{key}: {quoted(value)} is not a whole number; {right}", place)
    if not least <= value <= most:
        raise Mistake(f"{key}: {quoted(value)} is out of range; {right}", place)
    return value


def number_of(table: Table, key: str, where: Where, most: float, unit: str, usual: float | None = None) -> float:
    """Return a number of a table from 0 to ``most``; ``usual`` if it is not there."""
    right = f"write {unit} from 0 to {most:,.0f}."
    if key not in table:
        if usual is not None:
            return usual
        raise Mistake(f"{key}: it is missing; {right}", where)
    value, place = table[key], (*where, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise Mistake(f"{key}: {quoted(value)} is not a number; {right}", place)
    if not 0 <= value <= most:
        raise Mistake(f"{key}: {quoted(value)} is out of range; {right}", place)
    return value


def among(table: Table, key: str, where: Where, known: Sequence[str], what: str) -> str:
    """Return a text of a table that is one of ``known``; the nearest is named if it is not."""
    listed = ", ".join(known) if len(known) <= MOST_NAMES else f"{', '.join(known[:MOST_NAMES])}, …"
    if key not in table:
        raise Mistake(f"{key}: it is missing; there are: {listed}.", where)
    value, place = table[key], (*where, key)
    if not isinstance(value, str):
        raise Mistake(f"{key}: {quoted(value)} is not text; there are: {listed}.", place)
    if value not in known:
        sentence = unknown_name(what, value, known)
        if len(known) > MOST_NAMES:
            sentence = f"{sentence.split(' There are: ', 1)[0]} There are {len(known):,}."
        raise Mistake(f"{key}: {sentence}", place)
    return value


def worker_of(table: Table, where: Where, workers: Sequence[str]) -> str:
    """Return the name of a worker of the plan; the only one if none is named and there is only one."""
    if not workers:
        raise Mistake(
            'worker: the plan has none; write [[worker]] and under it strategy = "event-poll".',
            (*where, "worker"),
        )
    if "worker" not in table and len(workers) == 1:
        return workers[0]
    return among(table, "worker", where, workers, "worker")


def workers_of(table: Table, where: Where, workers: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the workers that a table lists; nobody if it has no list, which means all."""
    if not workers:
        raise Mistake('workers: the plan has none; write [[worker]] and under it strategy = "event-poll".', where)
    if "workers" not in table:
        return ()
    names, place = table["workers"], (*where, "workers")
    right = "write names in brackets, or leave the key out for all of them."
    if not isinstance(names, list):
        raise Mistake(f"workers: {quoted(names)} is not a list; {right}", place)
    if not names:
        raise Mistake(f"workers: the list is empty; {right}", place)
    found = [among({"workers": name}, "workers", where, workers, "worker") for name in names]
    if len(set(found)) < len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise Mistake(f"workers: {quoted(twice)} is listed twice; name each once.", place)
    return tuple(found)
