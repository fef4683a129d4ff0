"""The same plan with workers in this process and in processes of their own: the same results, event by event."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import pytest

from app.core.batch import Record, RunName
from app.core.catalogue import Catalogue
from app.core.events import Ended, Event, Failed, Hosted, Started, StopRequested
from app.core.latency import StopChain
from app.core.worker import PROCESS
from app.documents.plan_parts import Plan
from app.documents.plans import plan_paths, read_plan
from app.session.journal import Verdict
from tests.carried_plans import EVERYTHING, done, events_by_run, headless, told
from tests.short_plans import shortened


def facts(event: Event) -> dict[str, Any]:
    """Return what an event says, but for what is measured: of instants, whether they are known."""
    match event:
        case Started():
            return {part.name: getattr(event, part.name) for part in fields(event)}
        case StopRequested():
            return {"clicked": event.clicked is not None, "has_line": event.has_line}
        case Failed():
            return {"summary": event.summary, "traceback": bool(event.traceback), "refused": event.refused}
        case Ended():
            known = {part.name: getattr(event.chain, part.name) is not None for part in fields(StopChain)}
            return {"outcome": event.outcome, "released": event.released is not None, **known}
    return {}


def without_hosts(records: Iterable[Record], names: dict[int, RunName]) -> dict[RunName, list[tuple[str, Any]]]:
    """Return each run's events and their facts, but for those that say which process it is."""
    return {
        run: [(event.name, facts(event)) for event in events if not isinstance(event, Hosted)]
        for run, events in events_by_run(records, names).items()
    }


def hosts(runs: dict[RunName, list[Event]]) -> list[Hosted]:
    """Return which processes the runs lived in."""
    return [event for events in runs.values() for event in events if isinstance(event, Hosted)]


def entries(records: Iterable[Record]) -> list[Any]:
    """Return what is in the journal, without what each worker lives in."""

    def without_engine(table: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in table.items() if key != "engine"}

    return json.loads(json.dumps(done(records)), object_hook=without_engine)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["event-against-flag", "fault-gallery", "everything"])
def test_a_plan_comes_to_the_same_in_both_engines(name: str) -> None:
    catalogue = Catalogue()
    plan: Plan = EVERYTHING if name == "everything" else shortened(read_plan(plan_paths()[name], catalogue))
    apart = replace(plan, workers=tuple(replace(worker, engine=PROCESS) for worker in plan.workers))
    results, records, names = headless(plan, catalogue)
    apart_results, apart_records, apart_names = headless(apart, catalogue)
    assert told(apart_results) == told(results)
    assert entries(apart_records) == entries(records)
    assert without_hosts(apart_records, apart_names) == without_hosts(records, names)
    # It is no comparison of nothing, nor of one engine with itself.
    apart_hosts = hosts(events_by_run(apart_records, apart_names))
    assert len(apart_hosts) == len(apart_names) - (0 in apart_names)
    assert len({host.pid for host in apart_hosts}) == len(apart_hosts) > 0
    assert not hosts(events_by_run(records, names))
    assert Verdict.PASS in [result.verdict for result in results]
