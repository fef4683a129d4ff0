"""What can be undone in the workers table: rows that came, went or were replaced, and edits of one worker; no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from app.core.errors import BadInput, quoted
from app.core.worker import Worker
from app.documents.worker_sets import to_tables
from app.ui.workers.rows import PARAMETER, Row, WorkerRows

# A word of the journal and its facts (``app.session.journal``).
Action = tuple[str, dict[str, Any]]


def names_words(rows: Sequence[Row]) -> str:
    """Return what to call these workers in a menu: the name of one, the number of several."""
    return rows[0].worker.name if len(rows) == 1 else f"{len(rows):,} workers"


@dataclass(frozen=True, slots=True)
class Arranged:
    """Rows were added, removed, duplicated or replaced.

    Attributes:
        text: what was done, as a menu says it after Undo: "remove Flag".
        before, after: the rows of the table, in their order.
    """

    text: str
    before: tuple[Row, ...]
    after: tuple[Row, ...]

    def _ends(self, *, undone: bool) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """Return the rows that there are, and those that there will be."""
        return (self.after, self.before) if undone else (self.before, self.after)

    def check(self, *, undone: bool) -> None:
        """Raise BadInput if this cannot be undone, or done again: a worker that would go runs."""
        there, wanted = self._ends(undone=undone)
        for row in _without(there, wanted):
            if row.is_alive:
                word = "undo" if undone else "redo"
                raise BadInput(f"{quoted(row.worker.name)} is running; stop it before you {word} this.")

    def apply(self, rows: WorkerRows, *, undone: bool) -> list[Action]:
        """Undo this, or do it again, and return the actions that it amounts to."""
        there, wanted = self._ends(undone=undone)
        rows.arrange(wanted)
        gone, come = _without(there, wanted), _without(wanted, there)
        if gone and come:
            return [("open-workers", {"workers": to_tables(rows.workers())})]
        return [(word, {"workers": [row.worker.name for row in some]}) for word, some in _words(gone, come)]

    def touched(self, *, undone: bool) -> tuple[Row, ...]:
        """Return the rows that come when this is undone, or done again."""
        there, wanted = self._ends(undone=undone)
        return _without(wanted, there)


def _words(gone: tuple[Row, ...], come: tuple[Row, ...]) -> list[tuple[str, tuple[Row, ...]]]:
    return [(word, rows) for word, rows in (("remove", gone), ("add", come)) if rows]


def _without(rows: tuple[Row, ...], others: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the rows that are not among others; the very same objects, whatever they hold."""
    known = set(map(id, others))
    return tuple(row for row in rows if id(row) not in known)


@dataclass(frozen=True, slots=True)
class Edited:
    """A worker was edited; only the fields that this changed are put back, whatever else was changed since.

    Attributes:
        text: what was done, as a menu says it after Undo: "edit Flag".
        row: the worker's row.
        before, after: what it was told to do.
    """

    text: str
    row: Row
    before: Worker
    after: Worker

    def check(self, *, undone: bool) -> None:
        """Raise BadInput if this cannot be undone, or done again: it always can, for the next run."""

    def apply(self, rows: WorkerRows, *, undone: bool) -> list[Action]:
        """Undo this, or do it again, and return the actions that it amounts to."""
        old, new = (self.after, self.before) if undone else (self.before, self.after)
        changed = [part.name for part in fields(Worker) if getattr(old, part.name) != getattr(new, part.name)]
        name = self.row.worker.name
        self.row.worker = replace(self.row.worker, **{field: getattr(new, field) for field in changed})
        index = next(index for index, row in enumerate(rows.rows) if row is self.row)
        if "parameters" in changed:
            told, were = dict(new.parameters), dict(old.parameters)
            changed.remove("parameters")
            changed += [
                f"{PARAMETER}{parameter.name}"
                for parameter in rows.parameters(index)
                if told.get(parameter.name, parameter.usual) != were.get(parameter.name, parameter.usual)
            ]
        return [("edit", {"worker": name, "field": field, "text": rows.text(index, field)}) for field in changed]

    def touched(self, *, undone: bool) -> tuple[Row, ...]:
        """Return the row."""
        return (self.row,)


Change = Arranged | Edited
