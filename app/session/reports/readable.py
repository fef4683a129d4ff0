"""A piece of evidence that is JSON, as a person reads it: a table, or names and values."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeGuard

from app.core.catalogue import Catalogue
from app.core.latency import duration, session_time
from app.session.reports.words import MOST_ROWS, band_text

_LENGTHS = ("latency_ns", "band_ns")  # lengths of time; what else ends in _ns is an instant in the session
_REQUESTED = "requested_ns"
_AFTER = ("noticed_ns", "cleaned_up_ns", "ended_ns", "shown_ns", "released_ns")  # told as how long after the request
_HEADS = {
    "band_ns": "Predicted", "outside": "Outside prediction",
    "os": "System", "pyside": "PySide", "gil": "GIL",
}  # fmt: skip
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_MOST_COLUMNS = 40
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Table:
    """A header, which may be empty, and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_table(text: str, catalogue: Catalogue) -> Table | None:
    """Return what a JSON text says as a table: a row an object of a list, or a row a fact; None if it says nothing so.

    The instants of a stop stand as how long after the request they were. The catalogue has the titles that stand in place of
    ids.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, Mapping) and value:
        return fact_table(value, catalogue)
    if value in ([], {}):
        return Table((), ())
    rows = value[:MOST_ROWS] if isinstance(value, list) else []
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return None
    # A column in which nothing is known says nothing.
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if any(row.get(key) for row in rows)]
    keys = keys[:_MOST_COLUMNS]
    return Table(tuple(map(_head, keys)), tuple(tuple(_of_row(row, key, catalogue) for key in keys) for row in rows))


def fact_table(facts: Mapping[str, Any], catalogue: Catalogue) -> Table:
    """Return facts, such as the surroundings of a session, as a table without a header: a name and a value a row."""
    return Table((), tuple((_head(key), _cell(key, of, catalogue)) for key, of in islice(facts.items(), MOST_ROWS)))


def _head(key: str) -> str:
    """Return a key as the head of a column: ``cleaned_up_ns`` is "Cleaned up"."""
    words = key.removesuffix("_ns").removesuffix("_s").replace("_", " ")
    return _HEADS.get(key, words[:1].upper() + words[1:])


def _of_row(row: Mapping[str, Any], key: str, catalogue: Catalogue) -> str:
    requested, value = row.get(_REQUESTED), row.get(key)
    if key in _AFTER and _is_number(requested) and _is_number(value):
        return f"{'+' if value >= requested else '−'}{duration(abs(value - requested))}"
    return _cell(key, value, catalogue)


def _cell(key: str, value: object, catalogue: Catalogue, depth: int = 0) -> str:
    """Return a value in words: times and lengths by what their keys end in, titles in place of ids."""
    if isinstance(value, list | Mapping):
        return _nested(key, value, catalogue, depth + 1) if depth < _DEEPEST else "…"
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    return _number(key, value) if _is_number(value) else _text(key, str(value), catalogue)


def _nested(key: str, value: list[Any] | Mapping[str, Any], catalogue: Catalogue, depth: int) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{_head(name)}: {_cell(name, of, catalogue, depth)}" for name, of in value.items())
    if key == "band_ns" and len(value) == 2 and all(map(_is_number, value)):
        return band_text(*value)
    return ", ".join(_cell(key, each, catalogue, depth) for each in value)


def _text(key: str, text: str, catalogue: Catalogue) -> str:
    if key.endswith("_s") and _SECONDS.fullmatch(text):
        return _number(key, float(text))  # what a journal says of the surroundings is texts
    return catalogue.title(text) if key in ("strategy", "workload") else text


def _is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that can be told as a time: a file may hold NaN, and any number of digits."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def _number(key: str, value: float) -> str:
    if key.endswith("_ns"):
        return duration(value) if key in _LENGTHS else session_time(int(value))
    return duration(value * 1e9) if key.endswith("_s") else f"{value:,}"
