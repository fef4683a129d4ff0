"""A piece of evidence that is JSON, as a person reads it: a table, or names and values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.latency import duration, session_time
from app.session.reports.words import MOST_ROWS, title_words

_LENGTHS = ("latency_ns", "band_ns")  # lengths of time; what else ends in _ns is an instant in the session
_MOST_COLUMNS = 40
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Table:
    """A header, which may be empty, and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(text: str) -> Table | None:
    """Return what a JSON text says as a table: a row an object of a list, or a row a fact; None if it says nothing so."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, Mapping) and value:
        return Table((), tuple((_words(key), _cell(key, of)) for key, of in list(value.items())[:MOST_ROWS]))
    if value in ([], {}):
        return Table((), ())
    rows = value[:MOST_ROWS] if isinstance(value, list) else []
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return None
    # A column in which nothing is known says nothing.
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if any(row.get(key) for row in rows)]
    keys = keys[:_MOST_COLUMNS]
    return Table(tuple(map(_words, keys)), tuple(tuple(_cell(key, row.get(key)) for key in keys) for row in rows))


def _words(key: str) -> str:
    """Return a key as the head of a column: ``cleaned_up_ns`` is "Cleaned up"."""
    words = key.removesuffix("_ns").removesuffix("_s").replace("_", " ")
    return words[:1].upper() + words[1:]


def _cell(key: str, value: object, depth: int = 0) -> str:
    """Return a value in words: times and lengths by what their keys end in, titles in place of ids."""
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, int | float) and abs(value) < 2**63:
        return _number(key, value)
    if isinstance(value, list):
        between = " to " if key == "band_ns" else ", "
        return between.join(_cell(key, each, depth + 1) for each in value) if depth < _DEEPEST else "…"
    if isinstance(value, Mapping):
        facts = (f"{_words(name)}: {_cell(name, of, depth + 1)}" for name, of in value.items())
        return "; ".join(facts) if depth < _DEEPEST else "…"
    return title_words(str(value)) if key in ("strategy", "workload") else str(value)


def _number(key: str, value: float) -> str:
    if key.endswith("_ns"):
        return duration(value) if key in _LENGTHS else session_time(int(value))
    return duration(value * 1e9) if key.endswith("_s") else f"{value:,}"
