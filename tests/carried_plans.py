"""Plans that are carried out twice, and what of them must be the same however that is done."""

import re
import threading
from collections.abc import Iterable
from typing import Any

from app.core.batch import JOURNAL, Record, RunName
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.events import Event, HeldBack, Located, Shown, SlowToNotice, Stuck, decode
from app.core.worker import Worker
from app.documents.plan_parts import (
    Action,
    CheckSpec,
    CheckWord,
    Plan,
    RunRace,
    SetField,
    Start,
    Step,
    Stop,
    Wait,
    WaitForEnd,
    WaitForLines,
)
from app.experiments.plan_results import StepResult
from app.experiments.plan_run import PlanRun
from app.programs.runtime import build_runtime
from app.session.journal import Journal, read_entry

A, B = Worker("A", "event-wait", interval=0.01), Worker("B", "flag", interval=0.01)
INTERRUPTED = CheckSpec(CheckWord.OUTCOME, "interrupted", "A")


def plan_of(*steps: Step, workers: tuple[Worker, ...] = (A, B)) -> Plan:
    return Plan("Plan", steps, workers)


def step(*actions: Action, checks: tuple[CheckSpec, ...] = ()) -> Step:
    return Step("Step", actions=actions, checks=checks)


EVERYTHING = plan_of(
    step(
        Stop(("B",)),
        Start(("A",)),
        Start(("A", "B")),
        WaitForLines("A", 2, 30),
        WaitForLines("B", 1, 30),
        Stop(("A",)),
        Stop(("A",)),
        WaitForEnd("A", 30),
        WaitForLines("A", 10**6, 30),
        checks=(INTERRUPTED, CheckSpec(CheckWord.MATCHES, "^running… 2$", "A")),
    ),
    step(SetField("A", "limit", 3), SetField("A", "text_at_end", ["x", "y"]), RunRace(("B",), 1)),
    step(WaitForEnd("", 0), Stop(), checks=(CheckSpec(CheckWord.OUTCOME, "interrupted", "B"),)),
    step(Wait(0.05), Start(("A",)), WaitForEnd("A", 30), checks=(CheckSpec(CheckWord.LINES_MAX, 3, "A"),)),
    step(RunRace(("A", "B"), 2), checks=(INTERRUPTED, CheckSpec(CheckWord.MATCHES, "x", "A"))),
    step(checks=(CheckSpec(CheckWord.OUTCOME, "none", "C"), CheckSpec(CheckWord.LINES_MIN, 1, "B"))),
    step(Start(("C",))),
    workers=(A, B, Worker("Never", "flag")),
)


def headless(plan: Plan, catalogue: Catalogue) -> tuple[list[StepResult], list[Record], dict[int, RunName]]:
    """Carry a plan out without a window; return what came of its steps, and all that is recorded."""
    runtime = build_runtime(catalogue, releases_stuck=True)
    records: list[Record] = []
    names: dict[int, RunName] = {}

    def consume(drained: Drained) -> None:
        records.extend(drained.batch)
        names.update(drained.batch.names)
        runtime.stream.release(drained)

    journal = Journal(runtime.stream.append, runtime.stream.origin)
    result = PlanRun(plan, catalogue, journal, runtime=runtime, release=consume).run(threading.Event())
    runtime.close()
    return list(result.steps), records, names


def unmeasured(text: str) -> str:
    """Return a text without its figures, and without the units that depend on them."""
    return re.sub(r"\d[\d,.]*( (ns|µs|ms|s)\b)?", "#", text)


def told(results: Iterable[StepResult]) -> list[tuple[object, ...]]:
    """Return what is said of steps."""
    return [
        (
            result.number,
            result.verdict,
            unmeasured(result.sentence),
            [(check.check, check.wanted, unmeasured(check.found), check.passed) for check in result.checks],
        )
        for result in results
    ]


def done(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Return what is written into the journal, from the plan on, without what is measured or only a window has."""
    entries = [entry for record in records if (entry := read_entry(record.kind, record.text)) is not None]
    begin = next(index for index, entry in enumerate(entries) if entry.get("action") == "plan")
    for entry in entries:
        # What the evidence of a race holds is measured too.
        for measured in ("clicked_ns", "t_ns", "id", "seed", "resumes", "data"):
            entry.pop(measured, None)
        if "actual" in entry:
            entry["actual"] = unmeasured(entry["actual"])
        for check in entry.get("checks", ()):
            check["found"] = unmeasured(check["found"])
    return entries[begin:]


def events_by_run(records: Iterable[Record], names: dict[int, RunName]) -> dict[RunName, list[Event]]:
    """Return each run's events, without those that a busy machine brings, or a window."""
    events: dict[RunName, list[Event]] = {}
    for record in records:
        event = decode(record.kind, record.text) if record.run != JOURNAL else None
        if event is not None and not isinstance(event, Shown | SlowToNotice | Stuck | Located | HeldBack):
            events.setdefault(names[record.run], []).append(event)
    return events


def happened(records: Iterable[Record], names: dict[int, RunName]) -> dict[RunName, list[str]]:
    """Return the names of each run's events, as ``events_by_run`` does."""
    return {run: [event.name for event in events] for run, events in events_by_run(records, names).items()}
