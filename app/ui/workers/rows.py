"""The rows of the workers table: its columns, the workers, their last runs, and the fields that can be edited; no Qt."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, one_line, quoted
from app.core.fold import RunSnapshot
from app.core.interpreter import python_version
from app.core.limits import MOST_WORKERS
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.parameters import Parameter, check_values
from app.core.states import State
from app.core.worker import ITERATION_FIELDS, PROCESS, WINDOW, FreeNames, Worker

PARAMETER = "parameters."  # what the name of a field begins with that is a parameter of the workload
OWN_CODE_DECIDES = "Your own code decides this."
PROGRAM_DECIDES = "The program that is observed decides this."
LONGEST_THREAD = 40  # characters of the name of such a thread in its row; the tooltip has all
MOST_OBSERVED = 1_000  # rows of threads of observed programs; of more, those that have ended go, but for the latest
_LONGEST_VERSION = 20  # characters
_RATE_SPAN = 1_000_000_000  # ns over which lines/s are counted


class Column(IntEnum):
    """The columns of the workers table, from the left."""

    NAME = 0
    STRATEGY = 1
    WORKLOAD = 2
    INTERVAL = 3
    RUNS_IN = 4
    STATE = 5
    LINES = 6
    RATE = 7
    RUN_TIME = 8
    LATENCY = 9


TITLES = (
    "Name",
    "Strategy",
    "Workload",
    "Interval",
    "Runs in",
    "State",
    "Lines",
    "Lines/s",
    "Run time",
    "Stop latency",
)
# Which field of the worker a column edits in place.
EDITED = {Column.NAME: "name", Column.STRATEGY: "strategy", Column.WORKLOAD: "workload", Column.INTERVAL: "interval"}


@dataclass(slots=True)
class Row:
    """One worker in the table, and its last run."""

    worker: Worker
    run: int | None = None
    snapshot: RunSnapshot | None = None
    samples: deque[tuple[int, int]] = field(default_factory=deque)  # instant, lines
    asked: RunSnapshot | None = None  # the last run that was asked to stop and has ended
    program: str = ""  # of a thread of an observed program: what that is called

    @property
    def is_observed(self) -> bool:
        """Whether it is a thread of an observed program: nothing that was configured, and that program's alone to stop."""
        return self.worker.strategy == OBSERVED

    @property
    def title(self) -> str:
        """The worker's name; of the second and later threads of a program that have one name, with the number."""
        if not self.is_observed:
            return self.worker.name
        number = 1 if self.snapshot is None else self.snapshot.name.number
        name = self.worker.name
        name = name if len(name) <= LONGEST_THREAD else f"{name[:LONGEST_THREAD]}…"
        return name if number == 1 else f"{name} #{number}"

    @property
    def state(self) -> State:
        """What the last run is doing; ready if there was none."""
        if self.snapshot is not None:
            return self.snapshot.state
        return State.READY if self.run is None else State.STARTING

    @property
    def is_alive(self) -> bool:
        """Whether the last run has a thread that has not ended."""
        return self.state not in (State.READY, State.ENDED)

    def sample(self, snapshot: RunSnapshot, now: int) -> None:
        """Take what is known of the last run at the instant ``now``."""
        self.snapshot = snapshot
        if snapshot.state is State.ENDED and snapshot.chain.requested is not None:
            self.asked = snapshot
        samples = self.samples
        samples.append((now, snapshot.lines))
        while len(samples) > 2 and now - samples[1][0] >= _RATE_SPAN:
            samples.popleft()

    def rate(self) -> float | None:
        """Return lines a second: over the last second while it lives, over its whole life afterwards."""
        if self.snapshot is None or self.snapshot.started is None:
            return None
        ended = self.snapshot.chain.ended
        if ended is not None:
            return self.snapshot.lines * 1e9 / max(ended - self.snapshot.started, 1)
        (since, before), (now, lines) = self.samples[0], self.samples[-1]
        return (lines - before) * 1e9 / (now - since) if now > since else None


def observed_row(snapshot: RunSnapshot, program: str, now: int) -> Row:
    """Return a row for a thread of an observed program.

    Args:
        snapshot: what is known of it.
        program: what the program is called.
        now: the instant, a ``perf_counter_ns``.
    """
    worker = Worker(snapshot.name.worker, OBSERVED, OBSERVED, interval=0.0)
    row = Row(worker, snapshot.run, program=program)
    row.sample(snapshot, now)
    return row


def strategy_title(worker: Worker, catalogue: Catalogue) -> str:
    """Return how a worker is asked to stop, for a column."""
    if worker.strategy == OBSERVED:
        return "By its program"
    is_own = worker.strategy == OWN_CODE and worker.code is not None
    return worker.code.stop.brief if is_own and worker.code else catalogue.strategy(worker.strategy).about.title


def workload_title(worker: Worker, catalogue: Catalogue) -> str:
    """Return what a worker does, for a column."""
    if worker.strategy == OBSERVED:
        return "Observed program"
    return worker.code.title if worker.code is not None else catalogue.workload(worker.workload).title


def runs_in(row: Row) -> str:
    """Return what a worker's runs live in, for a column, with the version of a process's Python as soon as it is known."""
    worker, snapshot = row.worker, row.snapshot
    if worker.strategy == OBSERVED:
        return "Observed program"
    if worker.engine == WINDOW:
        return "This window"
    if worker.interpreter is None:  # it is the one that runs this program
        return f"Process, {python_version()}"
    is_same = snapshot is not None and (snapshot.worker is None or snapshot.worker.interpreter == worker.interpreter)
    if snapshot is not None and snapshot.host is not None and is_same:
        return f"Process, {one_line(snapshot.host.python)[:_LONGEST_VERSION]}"
    return f"Process, {Path(worker.interpreter).name}"


def process_words(worker: Worker, snapshot: RunSnapshot) -> str:
    """Return what a run lives in, of a worker that names a process of its own."""
    interpreter = "" if worker.interpreter is None else f" ({worker.interpreter})"
    host = snapshot.host
    process = "" if host is None else f": {host.pid}, Python {one_line(host.python)[:_LONGEST_VERSION]}"
    return f"in a process of its own{process}{interpreter}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look at the runs changed: whether any state, and the indices of the rows whose runs have ended since."""

    any: bool
    ended: list[int]


class WorkerRows:
    """The workers in the table, in order, names all different; the GUI thread only.

    Below them are the threads of observed programs, which are no workers: whatever is done to the workers leaves them there.

    Args:
        workers: to begin with.
        catalogue: what strategies and workloads there are.
    """

    def __init__(self, workers: Iterable[Worker], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rows = [Row(worker) for worker in workers]
        self._rules = catalogue.rules()
        self._places: dict[int | None, int] = {}  # from the id of a row's last run to its index
        self._full_at = MOST_OBSERVED + 1  # rows: when there are so many, it is looked for some that can go
        self._longest: int | None = 0  # ns of the longest stop latency; None where it must be looked for

    def workers(self) -> tuple[Worker, ...]:
        """Return the workers as they are configured now."""
        return tuple(row.worker for row in self.configured())

    def configured(self) -> list[Row]:
        """Return the rows of the workers; those of observed threads are below them."""
        return [row for row in self.rows if not row.is_observed]

    @property
    def longest(self) -> int:
        """The longest stop latency that a row shows, in ns; 0 if none does."""
        if self._longest is None:
            asked = (row.asked.chain.latency for row in self.rows if row.asked is not None)
            self._longest = max((latency for latency in asked if latency is not None), default=0)
        return self._longest

    def indices(self, names: Iterable[str]) -> list[int]:
        """Return the indices of the workers with these names, in the order of the rows; unknown names are left out."""
        wanted = set(names)
        return [index for index, row in enumerate(self.configured()) if row.worker.name in wanted]

    def set_worker(self, index: int, worker: Worker) -> None:
        """Put another description of a worker in the place of one, for its next run; the name stays."""
        row = self.rows[index]
        row.worker = replace(worker, name=row.worker.name)

    def add(self) -> int:
        """Add a worker like those of the first start, and return its index."""
        (index,) = self._append([Worker(name="Worker", strategy=self.catalogue.strategy_ids()[0])])
        return index

    def duplicate(self, indices: Iterable[int]) -> list[int]:
        """Add a copy of each of these workers, and return the copies' indices."""
        meant = [self.rows[index] for index in sorted(indices)]
        return self._append([row.worker for row in meant if not row.is_observed])

    def add_all(self, workers: Iterable[Worker]) -> list[int]:
        """Add these workers, those whose names are taken under others, and return their indices."""
        return self._append(list(workers))

    def _append(self, workers: list[Worker]) -> list[int]:
        """Add workers under free names and return their indices; BadInput, and nothing added, if they are too many."""
        there = self.configured()
        first, count = len(there), len(there) + len(workers)
        if count > MOST_WORKERS:
            raise BadInput(f"There would be {count:,} workers; a table has at most {MOST_WORKERS:,}.")
        names = FreeNames(row.worker.name for row in there)
        self._set_configured([*there, *(Row(replace(worker, name=names.take(worker.name))) for worker in workers)])
        return list(range(first, count))

    def remove(self, indices: Iterable[int]) -> None:
        """Remove these workers; BadInput, and nothing removed, if one of them is running."""
        doomed = set(indices)
        for index in doomed:
            if self.rows[index].is_alive:
                name = self.rows[index].worker.name
                word = "kill its program" if self.rows[index].is_observed else "stop it"
                raise BadInput(f"{quoted(name)} is running; {word} before you remove it.")
        self._set([row for index, row in enumerate(self.rows) if index not in doomed])

    def arrange(self, rows: Iterable[Row]) -> None:
        """Have the workers of these rows in the table, in this order; those of observed threads stay below them."""
        self._set_configured([row for row in rows if not row.is_observed])

    def _set_configured(self, configured: list[Row]) -> None:
        self._set([*configured, *(row for row in self.rows if row.is_observed)])

    def _set(self, rows: list[Row]) -> None:
        self.rows = rows
        self._longest = None
        self._places = {row.run: index for index, row in enumerate(self.rows) if row.run is not None}

    def add_observed(self, row: Row) -> bool:
        """Add the row of an observed thread at the end; return whether others, that have ended, had to go for it."""
        self.rows.append(row)
        self._places[row.run] = len(self.rows) - 1
        if len(self.rows) < self._full_at:
            return False
        observed = [each for each in self.rows if each.is_observed]
        if len(observed) <= MOST_OBSERVED:
            self._full_at = len(self.rows) + MOST_OBSERVED - len(observed) + 1
            return False
        doomed = {id(each) for each in observed[: len(observed) * 3 // 4] if not each.is_alive}
        kept = [each for each in self.rows if id(each) not in doomed]
        # Where all of them live, it is not looked again at each that comes.
        self._full_at = max(MOST_OBSERVED, len(kept) * 5 // 4) + 1
        if doomed:
            self._set(kept)
        return bool(doomed)

    def forget_observed(self) -> bool:
        """Take the rows of observed threads away that have ended; return whether there were any."""
        kept = [row for row in self.rows if not row.is_observed or row.is_alive]
        is_less = len(kept) < len(self.rows)
        if is_less:
            self._set(kept)
        return is_less

    def replace_all(self, workers: Iterable[Worker]) -> None:
        """Put other workers in the place of all; BadInput, and nothing replaced, if one is running."""
        if any(row.is_alive for row in self.configured()):
            raise BadInput("Workers are running; stop them before you open others.")
        self.arrange(Row(worker) for worker in workers)

    def check(self, index: int, name: str, text: str) -> Any:
        """Return the value that a field would have if ``text`` were written into it; BadInput if that cannot be."""
        if name.startswith(PARAMETER):
            return self._parameter(index, name).read(text)
        if not self.can_edit(index, name):
            raise BadInput(self.who_decides(index), name)
        value = self._rules[name](value_of(name, text))
        if name == "name" and any(row.worker.name == value for i, row in enumerate(self.configured()) if i != index):
            raise BadInput(f"Another worker is called {quoted(value)}. Enter another name.", "name")
        return value

    def can_edit(self, index: int, name: str) -> bool:
        """Return whether a field of a worker means something to it."""
        worker = self.rows[index].worker
        if worker.strategy == OBSERVED:
            return False
        if name == "engine":
            return worker.code is None  # that has a process of its own
        return worker.strategy != OWN_CODE or name not in ("strategy", *ITERATION_FIELDS)

    def who_decides(self, index: int) -> str:
        """Return a sentence about who decides what cannot be edited of a row."""
        return PROGRAM_DECIDES if self.rows[index].is_observed else OWN_CODE_DECIDES

    def edit(self, index: int, name: str, text: str) -> None:
        """Write ``text`` into a field of a worker, for its next run; BadInput, and nothing changed, if it is wrong."""
        row, value = self.rows[index], self.check(index, name, text)
        if name.startswith(PARAMETER):
            values = dict(row.worker.parameters) | {name.removeprefix(PARAMETER): value}
            workload = row.worker.workload
            parameters = check_values(values, self.catalogue.parameters(workload), workload)
            row.worker = replace(row.worker, parameters=parameters)
        elif name == "workload" and value != row.worker.workload:
            # What another workload was told means nothing to this one.
            row.worker = replace(row.worker, workload=value, parameters=())
        elif name == "engine" and value == WINDOW:
            row.worker = replace(row.worker, engine=value, interpreter=None)
        elif name == "interpreter" and value is not None:
            row.worker = replace(row.worker, engine=PROCESS, interpreter=value)
        else:
            row.worker = replace(row.worker, **{name: value})

    def parameters(self, index: int) -> tuple[Parameter, ...]:
        """Return what the workload of a row can be told."""
        return self.catalogue.parameters(self.rows[index].worker.workload)

    def _parameter(self, index: int, name: str) -> Parameter:
        """Return the parameter whose field has this name; BadInput if the row's workload has none."""
        for parameter in self.parameters(index):
            if parameter.field == name:
                return parameter
        raise BadInput(f"{name}: the workload {self.rows[index].worker.workload} has no such parameter.", name)

    def text(self, index: int, name: str) -> str:
        """Return a field of a worker as text that ``edit`` understands."""
        worker = self.rows[index].worker
        if name.startswith(PARAMETER):
            parameter = self._parameter(index, name)
            return parameter.text(dict(worker.parameters).get(parameter.name, parameter.usual))
        value = getattr(worker, name)
        if value is None:
            return ""
        if isinstance(value, tuple):
            return "\n".join(value)
        return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)

    def begin(self, index: int, run: int) -> None:
        """Say that a worker has a new run."""
        row = self.rows[index]
        self._places.pop(row.run, None)
        self._places[run] = index
        row.run = run
        row.snapshot = None
        row.samples.clear()

    def has_run(self, run: int) -> bool:
        """Return whether a row has a run as its last one."""
        return run in self._places

    def row_of(self, run: int) -> Row | None:
        """Return the row whose last run this is; None if there is none."""
        return self.rows[self._places[run]] if run in self._places else None

    def indices_of(self, runs: Iterable[int]) -> list[int]:
        """Return the indices of the rows whose last runs have these ids; ids of others are left out."""
        return [self._places[run] for run in runs if run in self._places]

    def update(self, snapshot_of: Callable[[int], RunSnapshot | None], now: int, indices: Iterable[int]) -> Changes:
        """Fetch what is known of the last runs of some rows, and return what that changed.

        Args:
            snapshot_of: from a run's id to what is known of it.
            now: the instant, a ``perf_counter_ns``.
            indices: of the rows.
        """
        changed, ended = False, []
        for index in indices:
            row = self.rows[index]
            before = row.state
            snapshot = None if row.run is None else snapshot_of(row.run)
            if snapshot is None or snapshot is row.snapshot:
                continue
            row.sample(snapshot, now)
            if snapshot.state is not before:
                changed = True
                if snapshot.state is State.ENDED:
                    ended.append(index)
                    self._longest = None
        return Changes(changed, ended)


def value_of(name: str, text: str) -> Any:
    """Return the value that a person's text means for a field; text that means none is left for the rule to refuse."""
    if name in ("limit", "stop_after", "text_on_request", "interpreter") and not text.strip():
        return None
    if name == "text_at_end":
        return tuple(text.split("\n")) if text else ()
    if name in ("interval", "stop_after", "limit"):
        try:
            return int(text) if name == "limit" else float(text)
        except ValueError:
            return text
    return text
