"""The report of a session: what was done, seen, judged and kept, as one frozen value that reports and replays read.

It is read batch by batch. Lines are counted and not kept, so the session may have any length.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import Any

from app.core.batch import JOURNAL, Batch, Kind, Record, RunName
from app.core.chain_record import ChainRecord, read_chain
from app.core.latency import StopChain, release_words
from app.core.snapshot import Outcome, State, outcome_words
from app.session.journal_reader import (
    Action,
    Evidence,
    JournalReader,
    Note,
    Step,
    finite_seconds,
    verdict_counts,
    whole_number,
)
from app.session.reader import SessionReader


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run; instants are ns from the beginning of the session.

    Attributes:
        run: its id within the session.
        name: its worker and number.
        worker: the worker's table as worker sets have it, from the action that started it; None if no action did.
        strategy, workload: their ids; empty if nothing says them.
        interval: seconds; None if nothing says it.
        began: its first record.
        running: when its thread began to run; None if it never did.
        stuck: when it was counted as stuck; None if it was not.
        lines: records of the kind ``line``: the numbered ones, that of the request and those of the end.
        record: its stop chain with the outcome; None if the session ended before it did.
        errors: what went wrong, each with its traceback.
        stacks: where it was when it was slow to stop, or stuck; each with the sentence about it.
    """

    run: int
    name: RunName
    worker: dict[str, Any] | None
    strategy: str
    workload: str
    interval: float | None
    began: int
    running: int | None
    stuck: int | None
    lines: int
    record: ChainRecord | None
    errors: tuple[str, ...]
    stacks: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its worker and number as a person reads them, "Waiter #1"."""
        return f"{self.name.worker} #{self.name.number}"

    @property
    def chain(self) -> StopChain:
        """The instants of its stop; none of them known if its chain was not recorded."""
        return self.record.chain if self.record else StopChain()

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None if the session ended before it did."""
        return self.record.outcome if self.record else None

    @property
    def was_stuck(self) -> bool:
        """Whether it was still alive after the deadline."""
        return self.stuck is not None or (self.record is not None and self.record.was_stuck)

    @property
    def never(self) -> bool:
        """Whether it was asked to stop and never noticed it, although it did not end by itself."""
        chain = self.chain
        asked_only = chain.requested is not None and chain.noticed is None
        return asked_only and self.outcome in (Outcome.INTERRUPTED, Outcome.RELEASED)

    @property
    def released(self) -> int | None:
        """When the program released what its thread was blocked in; None if it did not."""
        return self.record.released if self.record else None

    @property
    def outcome_words(self) -> str:
        """How it ended, for a person."""
        return outcome_words(self.outcome, was_stuck=self.was_stuck)

    @property
    def release_words(self) -> str:
        """What to say of a run that never stopped and was released, part of a sentence; empty for any other run."""
        return release_words(self.chain.requested, self.released) if self.outcome is Outcome.RELEASED else ""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """All that a session says, but for its lines.

    Attributes:
        path: its file.
        id: its name.
        started: the wall clock at the beginning, ISO 8601.
        ended: the same at the end; empty if it goes on or was cut off.
        started_ns: the beginning in nanoseconds of the Unix epoch.
        duration: ns up to the latest record.
        records, lines: how many there are; a line is a record of the kind ``line``.
        charter, tester: what is explored, and by whom; empty if nothing says it.
        timebox: seconds; None for none.
        environment: the surroundings, in the order in which they were recorded.
        runs: in the order of their ids.
        actions, notes, evidence: in the order in which they were recorded.
        steps: in the order in which they were first judged, or as the plan has them.
        damaged: a sentence for each part of the file that cannot be read.
    """

    path: Path
    id: str
    started: str
    ended: str
    started_ns: int
    duration: int
    records: int
    lines: int
    charter: str
    tester: str
    timebox: float | None
    environment: dict[str, str]
    runs: tuple[RunReport, ...]
    actions: tuple[Action, ...]
    notes: tuple[Note, ...]
    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    damaged: tuple[str, ...]

    def verdict_counts(self) -> dict[str, int]:
        """Return how many steps passed, failed and so on; those without a verdict under ``not judged``."""
        return verdict_counts(self.steps)


def read_report(path: Path) -> SessionReport:
    """Return the report of a session file; any thread.

    Raises:
        BadInput: there is no such file, it cannot be read, is damaged as a whole, or is of a newer version.
    """
    damaged: list[str] = []
    with SessionReader(path, damaged.append) as reader:
        origin = int(reader.meta["origin_ns"])
        journal, runs = JournalReader(origin, keeps_all=True), _Runs(origin)
        for first, batch in reader.batches():
            journal.consume(first, batch)
            runs.consume(batch)
        return SessionReport(
            path=path,
            id=reader.meta.get("id", path.stem),
            started=reader.meta.get("started", ""),
            ended=reader.meta.get("ended", ""),
            started_ns=_number(reader.meta.get("started_ns")),
            duration=reader.duration(),
            records=reader.records(),
            lines=runs.lines.total(),
            charter=journal.charter,
            tester=journal.tester,
            timebox=journal.timebox,
            environment=journal.environment or _environment_of(reader.meta),
            runs=runs.reports(journal.workers),
            actions=tuple(journal.actions),
            notes=tuple(journal.notes),
            steps=journal.steps(),
            evidence=tuple(journal.evidence),
            damaged=tuple(damaged),
        )


def _environment_of(meta: Mapping[str, str]) -> dict[str, str]:
    """Return what a session without a journal says of its surroundings."""
    return {key: meta[key] for key in ("python", "platform", "switch_interval_s") if key in meta}


def _number(text: str | None) -> int:
    with contextlib.suppress(ValueError, TypeError):
        return int(text or 0)
    return 0


# -- the runs --------------------------------------------------------------------------------------------------------------

_MOST_ERRORS = 20  # of one run: a file may hold anything
_STARTING = re.compile(r"starting: (\S+), (\S+), every (\S+) s")
# Selects the lines of a batch at memory speed: the kind 0 becomes 1, all others 0.
_IS_LINE = bytes([1]) + bytes(255)


class _Run:
    """What is known of one run so far."""

    def __init__(self, name: RunName, began: int) -> None:
        self.name, self.began = name, began
        self.running: int | None = None
        self.stuck: int | None = None
        self.record: ChainRecord | None = None
        self.strategy = self.workload = ""
        self.interval: float | None = None
        self.errors: list[str] = []
        self.stacks: list[str] = []

    def consume(self, record: Record) -> None:
        """Read a record that is not a line; its instant counts from the beginning of the session."""
        text = record.text
        if record.kind == Kind.CHAIN:
            # The second of a run follows its painting: it says the same and more.
            self.record = _if_sound(read_chain(text)) or self.record
        elif record.kind == Kind.ERROR and len(self.errors) < _MOST_ERRORS:
            self.errors.append(text)
        elif record.kind == Kind.STATE:
            self._consume_state(record.instant, text)

    def _consume_state(self, instant: int, text: str) -> None:
        word = text.partition(":")[0]
        if word == State.RUNNING and self.running is None:
            self.running = instant
        elif word == State.STUCK and self.stuck is None:
            self.stuck = instant
        elif (found := _STARTING.match(text)) is not None:
            self.strategy, self.workload = found[1], found[2]
            with contextlib.suppress(ValueError):
                self.interval = finite_seconds(float(found[3]))
        if "\n" in text and len(self.stacks) < _MOST_ERRORS:
            self.stacks.append(text)


class _Runs:
    """Counts the lines of every run, and keeps its few other records."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._runs: dict[int, _Run] = {}
        self.lines: Counter[int] = Counter()

    def consume(self, batch: Batch) -> None:
        """Read the records of a batch that are of a run."""
        for run, name in batch.names.items():
            if run != JOURNAL and run not in self._runs:
                self._runs[run] = _Run(name, batch.instants[batch.runs.index(run)] - self._origin)
        if batch.only_lines():
            self.lines.update(batch.runs)
            return
        self.lines.update(compress(batch.runs, batch.kinds.translate(_IS_LINE)))
        for place in (place for place, kind in enumerate(batch.kinds) if kind):
            run = batch.runs[place]
            record = Record(batch.instants[place] - self._origin, run, batch.kinds[place], batch.texts[place])
            if run != JOURNAL and run in self._runs:
                self._runs[run].consume(record)

    def reports(self, workers: Mapping[int, dict[str, Any]]) -> tuple[RunReport, ...]:
        """Return all runs in the order of their ids; ``workers`` is the journal's."""
        return tuple(
            RunReport(
                run=key,
                name=run.name,
                worker=workers.get(key),
                strategy=run.record.strategy if run.record else run.strategy,
                workload=run.record.workload if run.record else run.workload,
                interval=run.record.interval if run.record else run.interval,
                began=run.began,
                running=run.running,
                stuck=run.stuck,
                lines=self.lines[key],
                record=run.record,
                errors=tuple(run.errors),
                stacks=tuple(run.stacks),
            )
            for key, run in sorted(self._runs.items())
        )


def _if_sound(record: ChainRecord | None) -> ChainRecord | None:
    """Return a chain's record, or None if its figures are none that a session can have: a file may hold anything."""
    if record is None or finite_seconds(record.interval) is None:
        return None
    figures = (*record.chain.instants(), *(record.band or ()), record.released)
    return record if all(figure is None or whole_number(figure) is not None for figure in figures) else None
