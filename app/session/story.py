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
from app.core.snapshot import State
from app.session.journal import Check, Verdict, evidence_data, read_entry
from app.session.reader import SessionReader
from app.session.story_parts import Action, Evidence, Judgement, Note, RunStory, Step, Story

__all__ = ["Action", "Evidence", "Judgement", "Note", "RunStory", "Step", "Story", "read_story"]

MOST_KEPT = 128 * 2**20  # bytes of evidence that are kept in memory; of what comes after, only the name and the size
_MOST_ERRORS = 20  # of one run: a file may hold anything
_STARTING = re.compile(r"starting: (\S+), (\S+), every (\S+) s")
_LONGEST = 1e9  # seconds; nothing in a sitting lasts thirty years
# Selects the lines of a batch at memory speed: the kind 0 becomes 1, all others 0.
_IS_LINE = bytes([1]) + bytes(255)


def read_story(path: Path) -> Story:
    """Return the story of a session file; any thread.

    Raises:
        BadInput: there is no such file, it cannot be read, is damaged as a whole, or is of a newer version.
    """
    damaged: list[str] = []
    with SessionReader(path, damaged.append) as reader:
        journal, runs = _Journal(), _Runs(int(reader.meta["origin_ns"]))
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
                self.interval = _finite(float(found[3]))
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


class _Journal:
    """Keeps the entries of the journal; what does not look like one is left out: a file may hold anything."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}
        self.charter = self.tester = ""
        self.timebox: float | None = None
        self.workers: dict[int, dict[str, Any]] = {}
        self.actions: list[Action] = []
        self.notes: list[Note] = []
        self.steps: dict[tuple[int, str, int], Step] = {}
        self.evidence: list[Evidence] = []
        self._plans = 0
        self._kept = 0

    def take(self, record: Record) -> None:
        """Take a record that is of no run."""
        values = read_entry(record.kind, record.text)
        if values is None:
            return
        if record.kind == Kind.ACTION:
            self._take_action(record.instant, values)
        elif record.kind == Kind.NOTE:
            self._take_note(record.instant, values)
        elif record.kind == Kind.STEP:
            self._take_step(record.instant, values)
        else:
            self._take_evidence(record.instant, values)

    def _take_action(self, instant: int, values: dict[str, Any]) -> None:
        word = values.pop("action")
        clicked = whole(values.pop("clicked_ns", None))
        if word == "environment":
            self.environment = {key: str(value) for key, value in values.items()}
            return
        if word == "session":
            self.charter, self.tester = text_of(values, "charter"), text_of(values, "tester")
            self.timebox = _finite(values.get("timebox_s"))
        elif word == "start":
            run, worker = whole(values.get("run")), values.get("worker")
            if run is not None and isinstance(worker, dict):
                self.workers[run] = worker
        elif word == "plan":
            self._plans += 1
            self._open_plan(text_of(values, "title"), values.get("plan"))
        if isinstance(word, str):
            self.actions.append(Action(instant if clicked is None else clicked, word, values))

    def _open_plan(self, title: str, plan: object) -> None:
        """Have the steps of a plan stand in its order, those too that nobody judges."""
        steps = next((plan[key] for key in ("step", "steps") if key in plan), ()) if isinstance(plan, dict) else ()
        for number, step in enumerate(steps if isinstance(steps, list) else (), 1):
            name = text_of(step, "title") if isinstance(step, dict) else ""
            self.steps[self._plans, title, number] = Step(title, number, name)

    def _take_note(self, instant: int, values: dict[str, Any]) -> None:
        typed = whole(values.get("typed_ns"))
        note = Note(
            whole(values.get("id")) or 0,
            instant if typed is None else typed,
            text_of(values, "kind"),
            text_of(values, "note"),
            link_words(values.get("link")),
            whole(values.get("corrects")),
        )
        self.notes.append(note)

    def _take_step(self, instant: int, values: dict[str, Any]) -> None:
        number = whole(values.get("step"))
        try:
            verdict = Verdict(text_of(values, "verdict"))
        except ValueError:
            return
        if number is None:
            return
        given = Judgement(verdict, instant, text_of(values, "actual"), tuple(_checks(values.get("checks"))))
        plan = text_of(values, "plan")
        key = self._plans, plan, number
        before = self.steps.get(key)
        title = text_of(values, "title") or (before.title if before else "")
        person, program = (before.by_person, before.by_program) if before else (None, None)
        if values.get("by") == "program":
            self.steps[key] = Step(plan, number, title, person, given)
        else:
            self.steps[key] = Step(plan, number, title, given, program)

    def _take_evidence(self, instant: int, values: dict[str, Any]) -> None:
        number, data = whole(values.get("evidence")) or 0, evidence_data(values)
        size = len(data)
        if self._kept + size > MOST_KEPT:
            data = b""
        self._kept += len(data)
        name, kind, why = (text_of(values, key) for key in ("name", "type", "why"))
        self.evidence.append(Evidence(number, instant, name, kind, why, whole(values.get("step")), size, data))


def _sound(record: ChainRecord | None) -> ChainRecord | None:
    """Return a chain's record, or None if its figures are none that a sitting can have: a file may hold anything."""
    if record is None or _finite(record.interval) is None:
        return None
    figures = (*record.chain.instants(), *(record.band or ()))
    return record if all(figure is None or whole(figure) is not None for figure in figures) else None


def _finite(value: object) -> float | None:
    """Return a number of seconds that can be reckoned with; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LONGEST else None


def whole(value: object) -> int | None:
    """Return a value of a journal's entry that is a whole number; None if it is none."""
    return value if type(value) is int and abs(value) < 2**63 else None


def text_of(values: Mapping[str, Any], key: str) -> str:
    """Return a text of a journal's entry; empty if there is none."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def link_words(link: object) -> str:
    """Return in words what a note is linked to; empty if to nothing."""
    if not isinstance(link, dict):
        return ""
    if "worker" in link:
        return f"{link['worker']} #{link.get('number', '?')}"
    if "line" in link:
        return f"line {link['line']}"
    span = link.get("span_ns")
    if isinstance(span, list) and len(span) == 2 and all(whole(end) is not None for end in span):
        return f"{span[0] / 1e9:.6f} s to {span[1] / 1e9:.6f} s"
    return ""


def _checks(checks: object) -> Iterator[Check]:
    for check in checks if isinstance(checks, list) else ():
        if isinstance(check, dict):
            word, wanted, found = (text_of(check, key) for key in ("check", "wanted", "found"))
            yield Check(word, wanted, found, check.get("passed") is True)
