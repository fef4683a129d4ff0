"""The script of a replay: what was done in a session, as actions with their times; pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted
from app.core.limits import DEFAULT_DEADLINE, LONGEST_INTERVAL
from app.core.worker import FIELDS, Worker
from app.session.journal_reader import Action, stopped_runs
from app.session.session_report import RunReport, SessionReport

from .repeated import RecordedExperiment, recorded_experiments

# ns: an action is written down a little after what it did.
_TOGETHER = 1_000_000_000
NO_REPLAY = (
    "An observed program cannot be replayed, nor turned into a test: its own code starts its threads and asks them to stop. "
    "Observe it again, and compare the sessions."
)
START, STOP, STOP_ALL, LET_GO, KILL = "start", "stop", "stop-all", "let-go", "kill"


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """One thing to do: ns after the beginning of its phase, what, with which recorded run, and by what worker."""

    at: int
    word: str
    run: int = 0
    worker: Worker | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """Actions whose times hang together.

    Attributes:
        actions: in the order of their times.
        until: ns after its beginning at which the last of its runs had ended.
    """

    actions: tuple[ScheduledAction, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be done again.

    Attributes:
        phases: one after the other; each begins when nothing of the one before is alive.
        workers: the worker of each recorded run that is started.
        as_recorded: the runs whose worker is configured as it was.
        remarks: a sentence for each thing that cannot be done as it was.
        experiments: the races and matrices, which are done after all phases, one after the other.
    """

    phases: tuple[Phase, ...]
    workers: dict[int, Worker]
    as_recorded: frozenset[int]
    remarks: tuple[str, ...]
    experiments: tuple[RecordedExperiment, ...] = ()


def script_of(
    report: SessionReport, catalogue: Catalogue, changed: Iterable[Worker] = (), *, without_pauses: bool = False
) -> Script:
    """Return the script of a session.

    Args:
        report: of the session.
        catalogue: the strategies and workloads.
        changed: workers that take the place of those with their names. They stand for what the worker was when it was first
            started; what was edited later is edited in them as well.
        without_pauses: whether the time in which nothing was alive is left out, so that each such stretch ends a phase.

    Raises:
        BadInput: there is nothing that could be done again, or a worker does not exist here.
    """
    changed = tuple(changed)
    runs = {run.run: run for run in report.runs}
    resolver = WorkerResolver(catalogue, {worker.name: worker for worker in changed})
    actions: list[ScheduledAction] = []
    stops: list[tuple[int, int | None]] = []  # when, and which run; None: all
    for action in sorted(report.actions, key=lambda action: action.t_ns):
        run = action.facts.get("run")
        run = run if type(run) is int and run in runs else None
        if action.word == "edit":
            resolver.edit(action)
        elif action.word == START and run is not None and run not in resolver.workers:
            actions.append(ScheduledAction(action.t_ns, START, run, resolver.worker(runs[run])))
        elif action.word == STOP:
            for asked in stopped_runs(action):
                if asked in resolver.workers:
                    actions.append(ScheduledAction(action.t_ns, STOP, asked))
                    stops.append((action.t_ns, asked))
        elif action.word in (STOP_ALL, "close"):
            actions.append(ScheduledAction(action.t_ns, STOP_ALL))
            stops.append((action.t_ns, None))
    changed_by_name = {worker.name: worker for worker in changed}
    experiments, left_out = recorded_experiments(report, catalogue, changed_by_name)
    resolver.see(worker.name for experiment in experiments for worker in experiment.workers)
    observed = [run for run in report.runs if run.is_observed]
    if not resolver.workers and not experiments and observed:
        raise BadInput(f"{report.path}: {NO_REPLAY}")
    if not resolver.workers and not experiments:
        raise BadInput(f"{report.path}: no action that started a run is recorded in it, so there is nothing to repeat.")
    resolver.check_names()
    again = [runs[run] for run in resolver.workers]
    actions += _unsaid_stops(again, resolver.workers, stops)
    # Whatever let it go: the record has it of each run that was.
    actions += [ScheduledAction(run.released, LET_GO, run.run) for run in again if run.released is not None]
    actions += [ScheduledAction(run.killed, KILL, run.run) for run in again if run.killed is not None]
    unstarted = [run for run in report.runs if run.run not in resolver.workers]
    remarks = [
        f"{run.title} is not repeated: no action that started it is recorded."
        for run in unstarted
        if not run.is_observed
    ]
    if observed:
        remarks.append(NO_REPLAY)
    remarks += left_out
    phases = _phases(sorted(actions, key=lambda action: action.at), again, report.duration, without_pauses)
    as_recorded = frozenset(resolver.as_recorded)
    return Script(tuple(phases), resolver.workers, as_recorded, (*resolver.remarks, *remarks), experiments)


def recorded_deadline(report: SessionReport) -> float:
    """Return the seconds until a run counted as stuck in a session; the usual ones where it does not say.

    Where they were changed, the last ones count.
    """
    said = [action.facts for action in report.actions if action.word == "preferences"]
    facts = next((facts for facts in reversed(said) if "stop_deadline_s" in facts), report.environment)
    try:
        seconds = float(facts["stop_deadline_s"])
    except (KeyError, ValueError, TypeError):
        return DEFAULT_DEADLINE
    return seconds if 0 <= seconds <= LONGEST_INTERVAL else DEFAULT_DEADLINE  # NaN is not within anything


class WorkerResolver:
    """Finds the worker of each run that is started."""

    def __init__(self, catalogue: Catalogue, changed: dict[str, Worker]) -> None:
        self._catalogue, self._changed = catalogue, changed
        self._seen: set[str] = set()
        self.workers: dict[int, Worker] = {}
        self.as_recorded: set[int] = set()
        self.remarks: list[str] = []

    def worker(self, run: RunReport) -> Worker:
        """Return the worker of a run that an action started; BadInput if it cannot be had here."""
        try:
            recorded = self._catalogue.worker(run.table or {})
        except BadInput as error:
            raise BadInput(f"{run.title}: it cannot be started as it was: {error}", error.field) from None
        self._seen.add(run.name.worker)
        worker = self._changed.get(run.name.worker, recorded)
        self.workers[run.run] = worker
        if worker == recorded:
            self.as_recorded.add(run.run)
        return worker

    def edit(self, action: Action) -> None:
        """Do to a changed worker what was edited after its first start; the others' edits are in their next start."""
        name, field, text = (action.facts.get(key) for key in ("worker", "field", "text"))
        if not isinstance(name, str) or name not in self._seen or name not in self._changed:
            return
        try:
            self._changed[name] = edited(self._changed[name], str(field), str(text), self._catalogue)
        except BadInput as error:
            self.remarks.append(f"{name}: what was edited in it cannot be edited here: {error}")

    def see(self, names: Iterable[str]) -> None:
        """Take note of workers that run in a race or a matrix."""
        self._seen.update(names)

    def check_names(self) -> None:
        """Raise BadInput if no changed worker has the name of one that is started."""
        if self._changed and not self._seen & self._changed.keys():
            names = ", ".join(sorted(self._seen))
            raise BadInput(f"--workers: none of its workers is started in the session; it starts {names}.")


def edited(worker: Worker, field: str, text: str, catalogue: Catalogue) -> Worker:
    """Return a worker with one field as a person typed it; BadInput if the field or the text will not do."""
    kind, _, parameter = field.partition(".")
    if kind == "parameters" and parameter:
        known = next((p for p in catalogue.parameters(worker.workload) if p.name == parameter), None)
        if known is None:
            raise BadInput(f"{field}: the workload {worker.workload} has no such parameter.", field)
        return replace(worker, parameters=tuple({**dict(worker.parameters), parameter: known.read(text)}.items()))
    if field not in FIELDS or field in ("name", "parameters", "code"):
        raise BadInput(f"{quoted(field)} is no field that can be edited here.", field)
    return replace(worker, **{field: catalogue.rules()[field](_typed(field, text))})


def _typed(field: str, text: str) -> object:
    """Return what a text means in a field; the field's rule says whether it will do."""
    if field == "text_at_end":
        return text.split("\n") if text else []
    if field not in ("interval", "limit", "stop_after"):
        return text
    if not text.strip() and field != "interval":
        return None
    try:
        return int(text) if field == "limit" else float(text)
    except ValueError:
        return text


def _unsaid_stops(
    runs: Iterable[RunReport], workers: Mapping[int, Worker], stops: Sequence[tuple[int, int | None]]
) -> list[ScheduledAction]:
    """Return a stop for each run that was asked at some time, though neither by an action nor by its ``stop_after``."""
    return [
        ScheduledAction(run.chain.requested, STOP, run.run)
        for run in runs
        if run.chain.requested is not None
        and workers[run.run].stop_after is None
        and not any(
            asked in (None, run.run) and run.began <= at <= run.chain.requested + _TOGETHER for at, asked in stops
        )
    ]


def _phases(
    actions: Sequence[ScheduledAction], runs: Iterable[RunReport], duration: int, without_pauses: bool
) -> list[Phase]:
    ends = {run.run: duration if run.chain.ended is None else run.chain.ended for run in runs}
    groups: list[list[ScheduledAction]] = []
    alive_until = -1
    for action in actions:
        if action.word != START and action.at > alive_until:
            continue  # nothing was alive, so it did nothing; a window that was closed an hour later need not be waited for
        is_new = without_pauses and action.word == START and action.at >= alive_until
        if is_new or not groups:
            groups.append([])
        groups[-1].append(action)
        if action.word == START:
            alive_until = max(alive_until, ends[action.run])
    return [_phase(group, ends) for group in groups]


def _phase(actions: Sequence[ScheduledAction], ends: Mapping[int, int]) -> Phase:
    first = actions[0].at
    until = max([actions[-1].at, *(ends[action.run] for action in actions if action.word == START)])
    return Phase(tuple(replace(action, at=action.at - first) for action in actions), until - first)
