"""Reading a session's story: batch by batch; lines are counted and not kept, so a session of any length will do."""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import compress
from pathlib import Path
from typing import Any

from app.core.batch import JOURNAL, Batch, Kind, Record, RunName
from app.core.chain_record import ChainRecord, read_chain
from app.core.states import State
from app.session.reader import SessionReader
from app.session.story_journal import JournalReader, finite, link_words, text_of, whole
from app.session.story_parts import Action, Evidence, Judgement, Note, RunStory, Step, Story

__all__ = [
    "Action",
    "Evidence",
    "Judgement",
    "Note",
    "RunStory",
    "Step",
    "Story",
    "link_words",
    "read_story",
    "text_of",
    "whole",
]

_MOST_ERRORS = 20  # of one run: a file may hold anything
_STARTING = re.compile(r"starting: (\S+), (\S+), every (\S+) s")
# Selects the lines of a batch at memory speed: the kind 0 becomes 1, all others 0.
_IS_LINE = bytes([1]) + bytes(255)


def read_story(path: Path) -> Story:
    """Return the story of a session file; any thread.

    Raises:
        BadInput: there is no such file, it cannot be read, is damaged as a whole, or is of a newer version.
    """
    damaged: list[str] = []
    with SessionReader(path, damaged.append) as reader:
        journal, runs = JournalReader(), _Runs(int(reader.meta["origin_ns"]))
        for _, batch in reader.batches():
            for record in runs.take(batch):
                journal.take(record)
        return Story(
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
            environment=journal.environment or _surroundings(reader.meta),
            runs=runs.told(journal.workers),
            actions=tuple(journal.actions),
            notes=tuple(journal.notes),
            steps=tuple(journal.steps.values()),
            evidence=tuple(journal.evidence),
            damaged=tuple(damaged),
        )


def _surroundings(meta: Mapping[str, str]) -> dict[str, str]:
    """Return what a session without a journal says of its surroundings."""
    return {key: meta[key] for key in ("python", "platform", "switch_interval_s") if key in meta}


def _number(text: str | None) -> int:
    with contextlib.suppress(ValueError, TypeError):
        return int(text or 0)
    return 0


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

    def take(self, record: Record) -> None:
        """Take anything but a line; its instant counts from the beginning of the sitting."""
        text = record.text
        if record.kind == Kind.CHAIN:
            # The second of a run follows its painting: it says the same and more.
            self.record = _sound(read_chain(text)) or self.record
        elif record.kind == Kind.ERROR and len(self.errors) < _MOST_ERRORS:
            self.errors.append(text)
        elif record.kind == Kind.STATE:
            self._turn(record.instant, text)

    def _turn(self, instant: int, text: str) -> None:
        word = text.partition(":")[0]
        if word == State.RUNNING and self.running is None:
            self.running = instant
        elif word == State.STUCK and self.stuck is None:
            self.stuck = instant
        elif (found := _STARTING.match(text)) is not None:
            self.strategy, self.workload = found[1], found[2]
            with contextlib.suppress(ValueError):
                self.interval = finite(float(found[3]))
        if "\n" in text and len(self.stacks) < _MOST_ERRORS:
            self.stacks.append(text)


class _Runs:
    """Counts the lines of every run, and keeps its few other records."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._runs: dict[int, _Run] = {}
        self.lines: Counter[int] = Counter()

    def take(self, batch: Batch) -> Iterator[Record]:
        """Take a batch and yield the records that are of no run; instants count from the beginning of the sitting."""
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
            if run == JOURNAL:
                yield record
            elif run in self._runs:
                self._runs[run].take(record)

    def told(self, workers: Mapping[int, dict[str, Any]]) -> tuple[RunStory, ...]:
        """Return all runs, by their ids."""
        return tuple(
            RunStory(
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


def _sound(record: ChainRecord | None) -> ChainRecord | None:
    """Return a chain's record, or None if its figures are none that a sitting can have: a file may hold anything."""
    if record is None or finite(record.interval) is None:
        return None
    figures = (*record.chain.instants(), *(record.band or ()), record.released)
    return record if all(figure is None or whole(figure) is not None for figure in figures) else None
