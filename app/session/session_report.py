"""The report of a session: what was done, seen, judged and kept, as one frozen value that reports and replays read.

It is read batch by batch. Lines are counted and not kept, so the session may have any length.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from app.core.batch import Batch
from app.core.events import HeldBack, events_of
from app.core.fold import RunSnapshot, SessionState
from app.core.reader_waits import Held
from app.session.journal_reader import Action, Evidence, JournalReader, Note, Step
from app.session.reader import SessionReader
from app.session.record_words import event_words

_ALL = 2**62  # runs: none is forgotten
_LAST = 2**62  # ns; no session has a later instant
_MOST_KNOTS = 500_000  # of all runs together, in what is known of when they were held back: 8 MB
_SURROUNDINGS = ("python", "platform", "switch_interval_s")  # what the file itself says, should the journal say nothing


@dataclass(frozen=True, slots=True)
class RunReport(RunSnapshot):
    """What the fold knows of a run; instants are ns from the beginning of the session.

    Attributes:
        table: the worker as worker sets have it, from the action that started it; None if no action did.
        held: from when to when it was held back because the reader of its lines was behind; of a long time the mean.
        held_for: for how many ns in all.
        line_records: records of the kind ``line``: the numbered ones, that of the request and those of the end.
        sources: how many of them were written to standard error, or logged, by the kind of the record.
    """

    table: dict[str, Any] | None = None
    line_records: int = 0
    sources: Mapping[int, int] = field(default_factory=dict)
    held: tuple[tuple[int, int], ...] = ()
    held_for: int = 0

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong, each with its traceback."""
        return tuple(map(event_words, self.failures))

    @property
    def stacks(self) -> tuple[str, ...]:
        """Where it was when it was slow to stop, stuck or asked for; each with the sentence about it."""
        return tuple(event_words(event) for event in self.located if event.calls)


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
        charter, tester: what is explored, and the name of the tester; empty if nothing says it.
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


def read_report(path: Path) -> SessionReport:
    """Return the report of a session file; any thread; BadInput if it is missing, unreadable or of another version."""
    damaged: list[str] = []
    with SessionReader(path, damaged.append) as reader:
        meta, origin = reader.meta, int(reader.meta["origin_ns"])
        journal, state, held = JournalReader(origin, keeps_all=True), SessionState(_ALL), _HeldBack(origin)
        sources: dict[int, Counter[int]] = {}
        for first, batch in reader.batches():
            journal.consume(first, batch)
            state.consume(batch)
            held.consume(batch)
            for (run_id, kind), count in batch.source_counts().items():
                sources.setdefault(run_id, Counter())[kind] += count
        runs = [
            run_report(
                run.since(origin),
                line_records=state.line_records(run.run),
                sources=sources.get(run.run, {}),
                table=journal.workers.get(run.run),
                held=held.stretches(run.run),
                held_for=held.total(run.run),
            )
            for run in state.runs()
        ]
        return SessionReport(
            path=path,
            id=meta["id"],
            started=meta.get("started", ""),
            ended=meta.get("ended", ""),
            started_ns=int(meta["started_ns"]),
            duration=reader.duration(),
            records=reader.records(),
            lines=sum(run.line_records for run in runs),
            charter=journal.charter,
            tester=journal.tester,
            timebox=journal.timebox,
            environment=journal.environment or {key: meta[key] for key in _SURROUNDINGS if key in meta},
            runs=tuple(runs),
            actions=tuple(journal.actions),
            notes=tuple(journal.notes),
            steps=journal.steps(),
            evidence=tuple(journal.evidence),
            damaged=tuple(damaged),
        )


def run_report(
    known: RunSnapshot,
    *,
    line_records: int,
    sources: Mapping[int, int] | None = None,
    table: dict[str, Any] | None = None,
    held: tuple[tuple[int, int], ...] = (),
    held_for: int = 0,
) -> RunReport:
    """Return the report of a run by what the fold knows of it; the others as in ``RunReport``."""
    values = {field.name: getattr(known, field.name) for field in fields(known)}
    return RunReport(
        **values, table=table, line_records=line_records, sources=sources or {}, held=held, held_for=held_for
    )


class _HeldBack:
    """When each run was held back, by the events of a file, in instants of the session; bounded."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._runs: dict[int, Held] = {}
        self._knots = 0

    def consume(self, batch: Batch) -> None:
        for _, run, event in events_of(batch):
            if isinstance(event, HeldBack):
                held = self._runs.setdefault(run, Held())
                before = len(held)
                waits = ((began - self._origin, ended - self._origin) for began, ended in event.waits)
                # A file may say anything: no more than a session can have goes into the columns.
                held.add((began, ended) for began, ended in waits if began >= 0 and ended <= _LAST)
                self._knots += len(held) - before
                if self._knots > _MOST_KNOTS:
                    for each in self._runs.values():
                        each.halve()
                    self._knots = sum(map(len, self._runs.values()))

    def stretches(self, run: int) -> tuple[tuple[int, int], ...]:
        return tuple(self._runs[run].stretches()) if run in self._runs else ()

    def total(self, run: int) -> int:
        held = self._runs.get(run)
        return held.sums[-1] if held else 0
