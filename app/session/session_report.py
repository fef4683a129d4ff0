"""The report of a session: what was done, seen, judged and kept, as one frozen value that reports and replays read.

It is read batch by batch. Lines are counted and not kept, so the session may have any length.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from app.core.fold import RunSnapshot, SessionState
from app.session.journal_reader import Action, Evidence, JournalReader, Note, Step
from app.session.reader import SessionReader
from app.session.record_words import event_words

_ALL = 2**62  # runs: none is forgotten
_SURROUNDINGS = ("python", "platform", "switch_interval_s")  # what the file itself says, should the journal say nothing


@dataclass(frozen=True, slots=True)
class RunReport(RunSnapshot):
    """What the fold knows of a run; instants are ns from the beginning of the session.

    Attributes:
        table: the worker as worker sets have it, from the action that started it; None if no action did.
        line_records: records of the kind ``line``: the numbered ones, that of the request and those of the end.
    """

    table: dict[str, Any] | None = None
    line_records: int = 0

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
        journal, state = JournalReader(origin, keeps_all=True), SessionState(_ALL)
        for first, batch in reader.batches():
            journal.consume(first, batch)
            state.consume(batch)
        runs = [
            run_report(run.since(origin), line_records=state.line_records(run.run), table=journal.workers.get(run.run))
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


def run_report(known: RunSnapshot, *, line_records: int, table: dict[str, Any] | None = None) -> RunReport:
    """Return the report of a run by what the fold knows of it; the others as in ``RunReport``."""
    values = {field.name: getattr(known, field.name) for field in fields(known)}
    return RunReport(**values, table=table, line_records=line_records)
