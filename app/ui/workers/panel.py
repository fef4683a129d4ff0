"""The workers panel: the table, the sentence about what is wrong, and what may be done with the rows."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.worker import Worker
from app.ui.plain_label import plain_label
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks
from app.ui.workers.logic import Column, Possible, can_stop, possible, targets
from app.ui.workers.rows import WorkerRows
from app.ui.workers.table import WorkersTable

# ns between two looks at the figures of the rows; a state that changes is shown at once.
_REFRESH = 100_000_000


class WorkersPanel(QWidget):
    """Starts and stops the workers of its table; the GUI thread only.

    Args:
        rows: the workers.
        controller: what starts and stops them.
        theme: colours and icons.
        marks: the workers' signs.

    Signals:
        possible_changed: a ``Possible``: which actions make sense now.
        current_changed: another row is the current one, or its worker or run changed.
        workers_changed: the workers are no longer what they were; they should be kept.
    """

    possible_changed = Signal(object)
    current_changed = Signal()
    workers_changed = Signal()

    def __init__(
        self, rows: WorkerRows, controller: Controller, theme: Theme, marks: WorkerMarks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self._controller = controller
        self._now = controller.clock.now
        self._refreshed = 0
        self._closing = False
        self._possible: Possible | None = None
        self.table = WorkersTable(rows, theme, marks, self)
        self.problem = plain_label("", self)
        self.problem.setWordWrap(True)
        self.problem.setMargin(4)
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table)
        layout.addWidget(self.problem)
        self.setFocusProxy(self.table)
        self.table.toggled.connect(self.toggle)
        self.table.remove_pressed.connect(self.remove_selected)
        self.table.delegate.judged.connect(self.say)
        self.table.delegate.edited.connect(self.edit)
        # Later: while it is being closed, the editor has its text judged once more.
        self.table.delegate.closeEditor.connect(self._on_editor_closed, Qt.ConnectionType.QueuedConnection)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.reload()

    # -- start and stop ------------------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Start the selected workers, or all if none is selected; those that run are left alone."""
        self._start(targets(self.rows.rows, self.table.selected()))

    def _start(self, indices: Iterable[int]) -> None:
        for index in indices:
            row = self.rows.rows[index]
            if row.is_alive or self._closing:
                continue
            try:
                run = self._controller.start(row.worker)
            except BadInput as error:
                self.say(f"{row.worker.name}: {error}")
                continue
            if run is None:
                self.say(f"A run called {row.worker.name} is still alive under another row; stop that one first.")
            else:
                self.rows.begin(index, run)
        self.refresh()

    @Slot()
    def stop(self) -> None:
        """Ask the selected workers to stop, or all if none is selected."""
        clicked = self._now()
        self._stop(targets(self.rows.rows, self.table.selected()), clicked)

    @Slot()
    def stop_all(self) -> None:
        """Ask everybody to stop, whatever is selected."""
        clicked = self._now()
        self._controller.stop_all(clicked)
        self.refresh()

    def _stop(self, indices: Iterable[int], clicked: int) -> None:
        for index in indices:
            run = self.rows.rows[index].run
            if run is not None:
                self._controller.stop(run, clicked)
        self.refresh()

    @Slot(int)
    def toggle(self, index: int) -> None:
        """Stop the worker of this row if it runs and has not been asked yet, start it if it does not run."""
        clicked = self._now()
        row = self.rows.rows[index]
        if can_stop(row):
            self._stop([index], clicked)
        elif not row.is_alive:
            self._start([index])

    def begin_closing(self) -> None:
        """Start nothing any more."""
        self._closing = True
        self.refresh()

    # -- what is shown -------------------------------------------------------------------------------------------

    @Slot(object)
    def on_batch(self, batch: Batch) -> None:
        """Look at the rows at once if a batch says that a state has changed."""
        if not batch.only_lines():
            self._refresh()

    @Slot()
    def on_frame(self) -> None:
        """Look at the rows if it is time to."""
        if self._now() - self._refreshed >= _REFRESH:
            self._refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the rows as they are now."""
        self._refresh()
        self.current_changed.emit()

    def _refresh(self) -> None:
        now = self._refreshed = self._now()
        self.rows.update(self._controller.snapshot, now)
        self.table.refresh(now)
        self._tell_possible()

    def refreshed(self) -> int:
        """Return when the rows were last looked at, a ``perf_counter_ns``."""
        return self._refreshed

    def reload(self) -> None:
        """Show other rows than before."""
        self.table.reload(self._now())
        self._possible = None
        self._tell_possible()
        self.current_changed.emit()

    def _tell_possible(self) -> None:
        now_possible = possible(self.rows.rows, self.table.selected(), closing=self._closing)
        if now_possible != self._possible:
            self._possible = now_possible
            self.possible_changed.emit(now_possible)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self._tell_possible()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit()

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence under the table; an empty one takes it away."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    @Slot()
    def _on_editor_closed(self) -> None:
        """Take the sentence about a text away that was given up."""
        self.say("")

    # -- add, duplicate, remove, edit ----------------------------------------------------------------------------

    @Slot()
    def add(self) -> None:
        """Add a worker and open its name for editing."""
        self.table.close_editor()
        try:
            index = self.rows.add()
        except BadInput as error:
            self.say(str(error))
            return
        self._changed([index])
        self.table.edit(self.table.model().index(index, Column.NAME))

    @Slot()
    def duplicate_selected(self) -> None:
        """Add a copy of each selected worker."""
        self.table.close_editor()
        try:
            self._changed(self.rows.duplicate(self.table.selected()))
        except BadInput as error:
            self.say(str(error))

    @Slot()
    def remove_selected(self) -> None:
        """Remove the selected workers, unless one of them is running."""
        self.table.close_editor()
        selected = self.table.selected()
        try:
            self.rows.remove(selected)
        except BadInput as error:
            self.say(str(error))
            return
        if selected:
            self._changed([])

    def replace_all(self, workers: Iterable[Worker]) -> None:
        """Put other workers in the place of all; BadInput, and nothing replaced, if one is running."""
        self.table.close_editor()
        self.rows.replace_all(workers)
        self._changed([])

    @Slot(int, str, str)
    def edit(self, index: int, name: str, text: str) -> None:
        """Write ``text`` into a field, for the next run; a wrong one is answered by a sentence and changes nothing."""
        try:
            self.rows.edit(index, name, text)
        except BadInput as error:
            self.say(str(error))
            return
        self.say("")
        self.table.show_rows([index], self._now())
        self.workers_changed.emit()
        self.current_changed.emit()

    def _changed(self, selected: list[int]) -> None:
        self.say("")
        self.table.clearSelection()
        self.reload()
        if selected:
            self.table.select(selected)
            self.table.scrollTo(self.table.model().index(selected[-1], Column.NAME))
        self.workers_changed.emit()
