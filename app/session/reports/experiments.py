"""The races and matrices of a session, as the reports show them: what was found in words, and a table."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.catalogue import Catalogue
from app.session.journal_reader import Evidence, text_of
from app.session.reports.race_chart import RaceChart, race_chart
from app.session.reports.words import MOST_ROWS

_TITLES = {"race": "Race", "matrix": "Matrix"}
_NAMES = ("worker", "strategy", "workload")  # the columns of a table that have names
_MOST_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class Experiment:
    """What a race or a matrix found.

    Attributes:
        title: "Race" or "Matrix".
        t_ns: when it had ended, in the session.
        found: in a sentence or a few.
        conditions: how and where it was measured.
        header, rows: the table; all rows have as many cells as the header.
        notes: what is to be said of single cells.
        names: how many columns from the left have names; the others have figures.
        chart: a race's runs as dots; None where there is nothing to draw.
    """

    title: str
    t_ns: int
    found: str
    conditions: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    names: int = 0
    chart: RaceChart | None = None


def read_document(evidence: Evidence) -> dict[str, Any] | None:
    """Return what a piece of evidence keeps of a race or of a matrix; None if it is about something else."""
    if evidence.type != "application/json" or not evidence.data.startswith(b'{"experiment": '):
        return None
    try:
        document = json.loads(evidence.data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.get("experiment") in _TITLES else None


def split_evidence(pieces: Iterable[Evidence], catalogue: Catalogue) -> tuple[list[Experiment], list[Evidence]]:
    """Return the races and matrices among some evidence, and the other pieces."""
    experiments: list[Experiment] = []
    others: list[Evidence] = []
    for piece in pieces:
        document = read_document(piece)
        if document is None:
            others.append(piece)
        else:
            experiments.append(_experiment(piece, document, catalogue))
    return experiments, others


def _experiment(piece: Evidence, document: dict[str, Any], catalogue: Catalogue) -> Experiment:
    header, *rows = [*_rows(document.get("table"))] or [()]
    ids = {place for place, word in enumerate(header) if word.casefold() in _NAMES[1:]}
    said = document.get("notes")
    return Experiment(
        _TITLES[document["experiment"]],
        piece.t_ns,
        text_of(document, "found"),
        text_of(document, "conditions"),
        tuple(map(_head, header)),
        tuple(_titled(row, ids, catalogue) for row in rows if len(row) == len(header))[:MOST_ROWS],
        tuple(note for note in said if isinstance(note, str))[:MOST_ROWS] if isinstance(said, list) else (),
        sum(word.casefold() in _NAMES for word in header),
        race_chart(document.get("result")) if document["experiment"] == "race" else None,
    )


def _head(word: str) -> str:
    """Return the head of a column as a page has it; ``n`` and ``p50`` stay as they are."""
    return word[:1].upper() + word[1:] if len(word) > 3 or word == "max" else word


def _titled(row: Sequence[str], ids: Collection[int], catalogue: Catalogue) -> tuple[str, ...]:
    """Return a row with the titles of strategies and workloads in place of their ids."""
    return tuple(catalogue.title(cell) if place in ids else cell for place, cell in enumerate(row))


def _rows(table: object) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a table; a file may hold anything there."""
    for row in table if isinstance(table, list) else ():
        if isinstance(row, list) and len(row) <= _MOST_COLUMNS:
            yield tuple(str(cell) for cell in row)
