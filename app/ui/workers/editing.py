"""What is done to the workers of the table: add, duplicate, remove, open, edit; each can be undone and done again."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.worker_sets import to_tables
from app.ui.workers.changes import Arranged, Change, Edited, names_words
from app.ui.workers.dialogs import OpenWorkersDialog, open_question
from app.ui.workers.rows import Row, WorkerRows
from app.ui.workers.undo import History


class EditedTable(Protocol):
    """What editing needs of the table; ``WorkersTable`` is one. Rows are named by their indices in ``WorkerRows``."""

    def selected(self) -> list[int]:
        """Return the selected rows."""

    def clearSelection(self) -> None:
        """Select no row."""

    def select(self, indices: Iterable[int]) -> None:
        """Select these rows and no others."""

    def bring_into_view(self, row: int) -> None:
        """Scroll to a row."""

    def show_rows(self, indices: Iterable[int], now: int) -> None:
        """Show rows as they are at an instant."""

    def edit_name(self, row: int) -> None:
        """Open the name of a row for editing."""

    def close_editor(self) -> None:
        """End editing in place."""


class WorkersEditing(QObject):
    """Changes the workers of a table, and remembers how that is undone; the GUI thread only.

    Args:
        rows: the workers.
        table: shows them; what is selected in it is meant.
        update: brings rows, by their indices, up to date with their runs.
        now: returns the instant, for what the rows show.
        parent: the questions are over it.

    Attributes:
        history: the changes that can be undone.
        dialog: asks whether opened workers replace those that are there.

    Signals:
        rearranged: there are other rows than before, none of which is shown yet.
        changed: the workers have changed; they should be saved.
        worker_changed: a worker was changed.
        said: a sentence about what is wrong; an empty one takes it away.
        acted: what was done, as of ``WorkersPanel``.
    """

    rearranged = Signal()
    changed = Signal()
    worker_changed = Signal()
    said = Signal(str)
    acted = Signal(object)

    def __init__(
        self,
        rows: WorkerRows,
        table: EditedTable,
        update: Callable[[Iterable[int]], object],
        now: Callable[[], int],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._table = table
        self._update = update
        self._now = now
        self._is_closing = False
        self.dialog = OpenWorkersDialog(parent)
        self.history = History(self)
        self.history.refused.connect(self.said)

    def begin_closing(self) -> None:
        """Open, undo and redo nothing any more."""
        self._is_closing = True
        self.dialog.withdraw()

    def end_closing(self) -> None:
        """Open, undo and redo again: the window stays open."""
        self._is_closing = False

    # -- rows that come and go -------------------------------------------------------------------------------------

    @Slot()
    def add(self) -> None:
        """Add a worker and open its name for editing."""
        self._table.close_editor()
        with self._saying_what_is_wrong():
            before = self._rows.rows[:]
            index = self._rows.add()
            self._added([index], "add", before)
            self._table.edit_name(index)

    def add_workers(self, workers: Iterable[Worker]) -> None:
        """Add some workers, under free names."""
        self._table.close_editor()
        with self._saying_what_is_wrong():
            before = self._rows.rows[:]
            self._added(self._rows.add_all(workers), "add", before)

    @Slot()
    def duplicate_selected(self) -> None:
        """Add a copy of each selected worker."""
        self._table.close_editor()
        with self._saying_what_is_wrong():
            before = self._rows.rows[:]
            self._added(self._rows.duplicate(self._table.selected()), "duplicate", before)

    @Slot()
    def remove_selected(self) -> None:
        """Remove the selected workers, unless one of them is running."""
        self._table.close_editor()
        selected = self._table.selected()
        before = self._rows.rows[:]
        with self._saying_what_is_wrong():
            self._rows.remove(selected)
            if selected:
                # Threads of an observed program just go: they are in the log, and are nothing that was configured.
                gone = [before[index] for index in selected if not before[index].is_observed]
                if gone:
                    self._remember("remove", gone, before)
                self._show([])
                if gone:
                    self.acted.emit([("remove", {"workers": [row.worker.name for row in gone]})])

    def open_workers(
        self, workers: Iterable[Worker], opened: Callable[[tuple[Worker, ...]], object] | None = None
    ) -> None:
        """Put other workers into the table; asks first if those that are there would be lost.

        Args:
            workers: names all different.
            opened: called once they are in the table, with them under the names that they have there; never if the person
                does not want them.
        """
        self._table.close_editor()
        if self._is_closing:
            return
        given = tuple(workers)

        def put(*, adding: bool) -> None:
            with self._saying_what_is_wrong():
                before = self._rows.rows[:]
                indices = self._rows.add_all(given) if adding else self.replace_all(given)
                if adding:
                    self._added(indices, "add", before)
                if opened is not None:
                    opened(tuple(self._rows.rows[index].worker for index in indices))

        question = open_question(self._rows.configured(), given)
        if question is None:
            put(adding=False)
        else:
            self.dialog.ask(question, lambda: put(adding=False), lambda: put(adding=True))

    def replace_all(self, workers: Iterable[Worker]) -> list[int]:
        """Put other workers in the place of all, return their indices; BadInput, and nothing replaced, if one is running."""
        self._table.close_editor()
        before = self._rows.configured()
        self._rows.replace_all(workers)
        if before:
            self._remember("replace", before, before)
        else:
            self._remember("open", self._rows.configured(), before)
        self._show([])
        self.acted.emit([("open-workers", {"workers": to_tables(self._rows.workers())})])
        return list(range(len(self._rows.configured())))

    def _added(self, indices: list[int], word: str, before: list[Row]) -> None:
        """Show and select the rows that were added, if any was; ``word`` says how."""
        rows = [self._rows.rows[index] for index in indices]
        if rows:
            self._remember(word, rows, before)
        self._show(indices)
        self.acted.emit([(word, {"workers": [row.worker.name for row in rows]})])

    def _show(self, selected: list[int]) -> None:
        """Show other rows than before, some of them selected."""
        self.said.emit("")
        self._table.clearSelection()
        self.rearranged.emit()
        if selected:
            self._table.select(selected)
            self._table.bring_into_view(selected[-1])
        self.changed.emit()

    # -- one worker ------------------------------------------------------------------------------------------------

    @Slot(int, str, str)
    def edit(self, index: int, name: str, text: str) -> None:
        """Write ``text`` into a field, for the next run; a wrong one is answered by a sentence and changes nothing."""
        row = self._rows.rows[index]
        before = row.worker
        with self._saying_what_is_wrong():
            self._rows.edit(index, name, text)
            self._remember_edit(row, before)
            self.said.emit("")
            self.acted.emit([("edit", {"worker": before.name, "field": name, "text": text})])
            self._show_edited(index)

    def change_worker(self, index: int, worker: Worker) -> None:
        """Have a worker be as a step of a plan says, for its next run; the name stays."""
        row = self._rows.rows[index]
        before = row.worker
        self._rows.set_worker(index, worker)
        self._remember_edit(row, before)
        self._show_edited(index)

    def _remember_edit(self, row: Row, before: Worker) -> None:
        if row.worker != before:
            self.history.remember(Edited(f"edit {before.name}", row, before, row.worker), self._apply)

    def _show_edited(self, index: int) -> None:
        self._table.show_rows([index], self._now())
        self.changed.emit()
        self.worker_changed.emit()

    @contextmanager
    def _saying_what_is_wrong(self) -> Iterator[None]:
        """Say the sentence of a BadInput, after which nothing more is done."""
        try:
            yield
        except BadInput as error:
            self.said.emit(str(error))

    # -- undo and redo -------------------------------------------------------------------------------------------

    @Slot()
    def undo(self) -> None:
        """Undo the last change of the rows; one that would take a running worker away is refused with a sentence."""
        self._table.close_editor()
        if not self._is_closing:
            self.history.undo()

    @Slot()
    def redo(self) -> None:
        """Do the change again that was undone last, in the same way."""
        self._table.close_editor()
        if not self._is_closing:
            self.history.redo()

    def _remember(self, word: str, meant: list[Row], before: list[Row]) -> None:
        """Remember what was done to which rows, and that there were others before."""
        change = Arranged(f"{word} {names_words(meant)}", _configured(before), tuple(self._rows.configured()))
        self.history.remember(change, self._apply)

    def _apply(self, change: Change, undone: bool) -> None:
        """Undo a change, or do it again; what it amounts to is recorded."""
        actions = change.apply(self._rows, undone=undone)
        touched = set(map(id, change.touched(undone=undone)))
        indices = [index for index, row in enumerate(self._rows.rows) if id(row) in touched]
        if isinstance(change, Edited):
            self.said.emit("")
            self._show_edited(*indices)
        else:
            self._show(indices if len(indices) < len(self._rows.configured()) else [])
            # What their runs did while they were not in the table.
            self._update(indices)
        self.acted.emit(actions)


def _configured(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if not row.is_observed)
