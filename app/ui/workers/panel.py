"""The workers panel: the table, the sentence about what is wrong, and what starts and stops the workers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.controller import Controller
from app.core.errors import BadInput
from app.core.program import Program
from app.core.worker import Worker
from app.documents.worker_sets import to_tables
from app.programs.consent import program_use
from app.session.journal import BY_PLAN
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import add_all, plain_label
from app.ui.workers.changes import Action
from app.ui.workers.consent import Agreed, AskConsent, Risk, consent_needed, find_risks
from app.ui.workers.dialogs import ConsentDialog
from app.ui.workers.editing import WorkersEditing
from app.ui.workers.logic import NOT_OURS, Possible, can_kill, can_let_go, can_start, can_stop, possible, targets
from app.ui.workers.observed_programs import ObservedPrograms
from app.ui.workers.row_updater import RowUpdater
from app.ui.workers.rows import Row, WorkerRows
from app.ui.workers.table import WorkersTable


def _by(by_plan: bool) -> dict[str, Any]:
    """Return the fact who did something, where it was not the person."""
    return BY_PLAN if by_plan else {}


class WorkersPanel(QWidget):
    """Starts and stops the workers of its table; the GUI thread only.

    Args:
        rows: the workers.
        controller: what starts and stops them.
        theme: colours and icons.
        marks: the workers' marks.
        agreed: what the person has agreed to; None for nothing yet.

    Attributes:
        ask: asks a person for consent before what can do harm is started, by a dialog; may be replaced.
        agreed: what the person has agreed to in this session; the compare window adds to it as well.
        updater: keeps the rows up to date.
        editing: adds, removes and edits workers.
        observed: starts programs that are observed, and gives their threads rows.

    Signals:
        possible_changed: a ``Possible``: which actions are possible now.
        current_changed: another row is the current one, or its worker or run changed.
        workers_changed: the workers have changed; they should be saved.
        acted: the person or a plan did something: a list of actions in their order, each a word and its facts, as the
            journal has them (``app.session.journal``). One signal for all: each gives the GIL up and must win it back,
            from the threads that were just started.
        said: a sentence for the person that is no problem of the workers.
        answered: what ``start_named`` had to ask was answered: whether the person agreed. Then what was to be started is
            started.
    """

    acted = Signal(object)
    said = Signal(str)
    answered = Signal(bool)
    possible_changed = Signal(object)
    current_changed = Signal()
    workers_changed = Signal()

    def __init__(
        self,
        rows: WorkerRows,
        controller: Controller,
        theme: Theme,
        marks: WorkerMarks,
        parent: QWidget | None = None,
        agreed: Agreed | None = None,
    ) -> None:
        super().__init__(parent)
        self.consent_dialog = ConsentDialog(self)
        self.consent_dialog.declined.connect(self._on_declined)
        self.ask: AskConsent = self.consent_dialog.ask
        self._asked: Sequence[Risk] = ()  # what was asked about last
        self.agreed = agreed if agreed is not None else Agreed()
        self.rows = rows
        self._controller = controller
        self._now = controller.clock.now
        self._closing = False
        self._refused_before = 0  # threads, before the last start
        self._refusal = ""  # what was said about those of the last start
        self._possible: Possible | None = None
        self.table = WorkersTable(rows, theme, marks, self)
        self.updater = RowUpdater(rows, self.table, controller)
        self.editing = WorkersEditing(rows, self.table, self.updater.update, self._now, self)
        self.observed = ObservedPrograms(rows, self.table, controller, self.reload, self)
        self.problem = plain_label("", self, wraps=True)
        self.problem.setMargin(4)
        self.problem.hide()
        add_all(QVBoxLayout(self), self.table, self.problem, margins=0, spacing=0)
        self.setFocusProxy(self.table)
        self.table.toggled.connect(self.toggle)
        self.table.remove_pressed.connect(self.editing.remove_selected)
        self.table.delegate.judged.connect(self.say)
        self.table.delegate.edited.connect(self.editing.edit)
        # Later: while it is being closed, the editor has its text judged once more.
        self.table.delegate.closeEditor.connect(self._on_editor_closed, Qt.ConnectionType.QueuedConnection)
        self.table.selectionModel().selectionChanged.connect(self._tell_possible)
        self.table.selectionModel().currentRowChanged.connect(self.current_changed)
        self.editing.rearranged.connect(self.reload)
        self.editing.changed.connect(self.workers_changed)
        self.editing.worker_changed.connect(self.current_changed)
        self.editing.said.connect(self.say)
        self.editing.acted.connect(self.acted)
        self.observed.said.connect(self.said)
        self.reload()

    # -- start and stop ------------------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Start the selected workers, or all if none is selected; those that run are left alone."""
        self._start(targets(self.rows.rows, self.table.selected()))

    def _start(self, indices: Iterable[int], *, by_plan: bool = False) -> bool:
        """Start those that do not run; return False, and start none, if one of them needs consent first."""
        meant = [] if self._closing else [index for index in indices if can_start(self.rows.rows[index])]
        workers = [self.rows.rows[index].worker for index in meant]
        risks = find_risks(workers, self.rows.catalogue, self.agreed)
        if risks:
            self._asked = risks
            self.say("")
            self.ask(risks, lambda: self._on_agreed(risks, workers, by_plan=by_plan))
        else:
            self._start_now(meant, by_plan=by_plan)
        return not risks

    @Slot()
    def _on_declined(self) -> None:
        """Say why nothing was started."""
        self.say(consent_needed(self._asked))
        self.answered.emit(False)

    def _on_agreed(self, risks: Iterable[Risk], workers: list[Worker], *, by_plan: bool) -> None:
        """Start the workers that were to be started when the question was asked, and have not changed since."""
        self.agreed.agree(risks)
        self.say("")
        if self._start((index for index, row in enumerate(self.rows.rows) if row.worker in workers), by_plan=by_plan):
            self.answered.emit(True)

    def _start_now(self, indices: Iterable[int], *, by_plan: bool) -> None:
        self._refused_before = self._controller.state.refusals.count
        self._tell_refused()
        startable = [index for index in indices if self._can_start(index)]
        started = self._controller.start_all(self.rows.rows[index].worker for index in startable)
        done: list[Action] = []
        for index, run in zip(startable, started, strict=True):
            worker = self.rows.rows[index].worker
            if run is None:
                self.say(f"A run called {worker.name} is still alive under another row; stop that one first.")
            else:
                self.rows.begin(index, run)
                done.append(("start", {"run": run, "worker": to_tables([worker])[0], **_by(by_plan)}))
        self.acted.emit(done)
        # No look at the runs: that they start is all that is known of them, and the rest comes with their events.
        self.table.refresh(self._now())
        self._tell_possible()
        self.current_changed.emit()

    def _can_start(self, index: int) -> bool:
        """Return whether a worker can be started; if not, a sentence says why."""
        worker = self.rows.rows[index].worker
        try:
            self._controller.check(worker)
        except BadInput as error:
            self.say(f"{worker.name}: {error}")
            return False
        return True

    def _tell_refused(self) -> None:
        """Say how many threads of the last start could not be started, and why; take back what was said before it."""
        refusals = self._controller.state.refusals
        refused = refusals.count - self._refused_before
        threads = f"{refused:,} thread{'' if refused == 1 else 's'}"
        sentence = f"{threads} could not be started: {refusals.why[0].lower()}{refusals.why[1:]}" if refused else ""
        if sentence != self._refusal and (sentence or self.problem.text() == self._refusal):
            self.say(sentence)
        self._refusal = sentence

    def start_named(self, names: Iterable[str]) -> bool:
        """Start the workers with these names for a plan; those that run are left alone.

        Returns False if a person has to agree first: then ``answered`` follows.
        """
        return self._start(self.rows.indices(names), by_plan=True)

    def withdraw_question(self) -> None:
        """Close the question whether to start what can do harm, if it is open; nothing is started."""
        self.consent_dialog.withdraw()

    def stop_named(self, names: Iterable[str]) -> None:
        """Ask the workers with these names to stop for a plan, all at one instant."""
        self._stop(self.rows.indices(names), None)

    @Slot()
    def stop(self) -> None:
        """Ask the selected workers to stop, or all if none is selected."""
        clicked = self._now()
        self._stop(targets(self.rows.rows, self.table.selected()), clicked)

    @Slot()
    def stop_all(self) -> None:
        """Ask all runs to stop, whatever is selected."""
        clicked = self._now()
        self._controller.stop_all(clicked)
        self.acted.emit([("stop-all", {"clicked": clicked})])

    def _stop(self, indices: Iterable[int], clicked: int | None) -> None:
        """Ask for a stop at the click of a person; None: a plan asks."""
        done: list[Action] = []
        for index in indices:
            run = self.rows.rows[index].run
            if run is not None and self._controller.stop(run, clicked):
                name = self.rows.rows[index].worker.name
                done.append(("stop", {"run": run, "worker": name, "clicked": clicked, **_by(clicked is None)}))
        # Afterwards: recording it must not delay the next request. The rows follow a frame later, with the runs' events.
        self.acted.emit(done)

    @Slot()
    def let_go(self) -> None:
        """Let those of the selected workers go that are stuck, or all of those if none is selected."""
        clicked = self._now()
        rows = [self.rows.rows[index] for index in targets(self.rows.rows, self.table.selected())]
        self._let_go([row.run for row in rows if row.run is not None and can_let_go(row)], clicked)

    @Slot(int)
    def let_run_go(self, run: int) -> None:
        """Let one run go."""
        self._let_go([run], self._now())

    def _let_go(self, runs: Iterable[int], clicked: int) -> None:
        done = [run for run in runs if self._controller.let_go(run)]
        names = {row.run: row.worker.name for row in self.rows.rows}
        facts = [{"run": run, "worker": names.get(run, ""), "clicked": clicked} for run in done]
        self.acted.emit([("let-go", each) for each in facts])

    @Slot()
    def kill(self) -> None:
        """Kill the runs of the selected workers that live in processes of their own; nothing while none is selected."""
        clicked = self._now()
        rows = [self.rows.rows[index] for index in self.table.selected()]
        self._kill([row.run for row in rows if row.run is not None and can_kill(row)], clicked)

    def kill_named(self, names: Iterable[str]) -> None:
        """Kill the runs of the workers with these names for a plan."""
        rows = [self.rows.rows[index] for index in self.rows.indices(names)]
        self._kill([row.run for row in rows if row.run is not None], None)

    @Slot(int)
    def kill_run(self, run: int) -> None:
        """Kill one run."""
        self._kill([run], self._now())

    def _kill(self, runs: Iterable[int], clicked: int | None) -> None:
        """Kill runs at the click of a person; None: a plan does."""
        done = [run for run in runs if self._controller.kill(run, clicked)]
        if done:
            self.say("")
        names = {row.run: row.worker.name for row in self.rows.rows}
        facts = [{"run": run, "worker": names.get(run, ""), "clicked": clicked, **_by(clicked is None)} for run in done]
        self.acted.emit([("kill", each) for each in facts])

    @Slot(int)
    def toggle(self, index: int) -> None:
        """Stop the worker of this row if it runs and has not been asked yet, start it if it does not run."""
        clicked = self._now()
        row = self.rows.rows[index]
        if row.is_observed:
            self.say(NOT_OURS)
        elif can_stop(row):
            self._stop([index], clicked)
        elif not row.is_alive:
            self._start([index])

    def begin_closing(self) -> None:
        """Start nothing any more."""
        self._closing = True
        self.consent_dialog.withdraw()
        self.editing.begin_closing()
        self._tell_possible()

    def end_closing(self) -> None:
        """Start workers again: the window stays open."""
        self._closing = False
        self.editing.end_closing()
        self._tell_possible()

    # -- what is shown -------------------------------------------------------------------------------------------

    @Slot(object)
    def on_batch(self, batch: Batch) -> None:
        """Update the rows of the runs that a batch has events of; threads of observed programs come to be by them."""
        if not batch.only_lines():
            self.observed.on_batch(batch)
        if self.updater.on_batch(batch):
            self._tell_possible()

    @Slot()
    def on_frame(self) -> None:
        """Update the rows that are on the screen, if it is time to."""
        self._tell_refused()
        if self.updater.on_frame():
            self._tell_possible()

    @Slot()
    def refresh(self) -> None:
        """Show the rows that are on the screen as they are now."""
        self.updater.update(self.table.watched())
        self.table.sort_again()
        self._tell_possible()
        self.current_changed.emit()

    @Slot()
    def reload(self) -> None:
        """Show other rows than before."""
        self.table.reload(self._now())
        self._possible = None
        self._tell_possible()
        self.current_changed.emit()

    @Slot()
    def _tell_possible(self) -> None:
        now_possible = possible(
            self.rows.rows, self.table.selected(), self._controller.abilities, closing=self._closing
        )
        if now_possible != self._possible:
            self._possible = now_possible
            self.possible_changed.emit(now_possible)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Show a sentence under the table; an empty one takes it away."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    @Slot()
    def _on_editor_closed(self) -> None:
        """Take the sentence about a text away that was given up, and give the row the place of its new text."""
        self.say("")
        self.table.sort_again()  # what was edited may have another place now

    def selected_row(self) -> Row | None:
        """Return the first selected row; None if none is selected."""
        return next((self.rows.rows[index] for index in self.table.selected()), None)

    def select_named(self, names: Iterable[str]) -> None:
        """Select the rows of the workers with these names; nothing happens if there is none."""
        if indices := self.rows.indices(names):
            self.table.select(indices)

    def add_workers(self, workers: Iterable[Worker], agreed: bool = False) -> None:
        """Add some workers, under free names; ``agreed``: the person agrees that the files of their own are run."""
        given = list(workers)
        if agreed:
            self.agreed.agree(risk for risk in find_risks(given, self.rows.catalogue) if risk.use is not None)
        self.editing.add_workers(given)

    # -- observed programs -----------------------------------------------------------------------------------------

    def observe(self, program: Program, agreed: bool = False) -> None:
        """Start a program as it is; its threads become rows. Asks for consent first, unless there is consent.

        Args:
            program: what is run.
            agreed: whether the person agrees that it is run.
        """
        use = program_use(program)
        risk = Risk("code", use.file, use.title, use.sentence, use=use)
        if agreed:
            self.agreed.agree([risk])
        self.say("")
        if self._closing:
            return
        if self.agreed.covers(risk):
            self._observe_now(program, use.title)
            return
        self._asked = (risk,)
        self.ask(self._asked, partial(self.observe, program, True))

    def _observe_now(self, program: Program, title: str) -> None:
        self.table.close_editor()
        run = self.observed.start(program, title)
        if run is not None:
            facts = {"run": run, "program": title, "interpreter": program.interpreter}
            facts |= {"arguments": list(program.arguments), "folder": program.folder or ""}
            self.acted.emit([("observe", facts)])

    def change_code(self, name: str, worker: Worker, agreed: bool = False) -> None:
        """Have the worker of this name run other code of the person's from its next run on.

        Args:
            name: the worker's; nothing happens if there is none.
            worker: has the code, and the Python that runs it.
            agreed: whether the person agrees that it is run.
        """
        for index in self.rows.indices([name]):
            before = self.rows.rows[index].worker
            changed = replace(before, code=worker.code, interpreter=worker.interpreter)
            if agreed:
                self.agreed.agree(risk for risk in find_risks([changed], self.rows.catalogue) if risk.use is not None)
            if changed != before and changed.code is not None:
                self.editing.change_worker(index, changed)
                self.acted.emit([("edit", {"worker": before.name, "field": "code", "text": changed.code.title})])
