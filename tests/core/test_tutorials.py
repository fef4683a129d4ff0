"""The two programs that this began with, by a fake clock: exactly what they print, exactly when; in both engines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.events import Ended, SlowToNotice, Stuck
from app.core.latency import duration
from app.core.states import Outcome
from app.core.worker import Worker
from app.documents.worker_sets import example_paths, read_workers
from tests.core.harness import Core, check_records
from tests.fakes import FakeClock

EVENT = """\
Child thread running... 1
Child thread running... 2
Child thread running... 3
Child thread running... 4
Child thread running... 5
Child thread running... 6
Main thread stopping child thread

Child Thread Interrupted
"""
FLAG = """\
working on a task
working on a task
working on a task
working on a task
working on a task
Stopping the Thread after some time.
"""
SECOND = 1_000_000_000


def example(name: str, **changes: Any) -> Worker:
    """Return the only worker of a built-in example."""
    (worker,) = read_workers(example_paths()[name], Catalogue())
    return replace(worker, **changes)


def start(core: Core, clock: FakeClock, worker: Worker) -> int:
    """Start a run and wait until it sleeps after its first line."""
    run = core.controller.start(worker)
    assert run is not None
    clock.until_asleep(1)
    return run


# As they are, and asked at the very instant of the last checkpoint: on a fake clock the request comes first.
AS_PRINTED = pytest.mark.parametrize(
    ("name", "changes", "printed"),
    [
        ("tutorial-event", {}, EVENT),
        ("tutorial-event", {"stop_after": 3.0}, EVENT),
        ("tutorial-flag", {}, FLAG),
        ("tutorial-flag", {"stop_after": 5.0}, FLAG),
    ],
    ids=["event", "event-at-3", "flag", "flag-at-5"],
)


@AS_PRINTED
def test_the_lines_are_what_the_tutorial_prints(
    core: Callable[..., Core], name: str, changes: dict[str, Any], printed: str
) -> None:
    clock = FakeClock()
    house = core(clock=clock)
    run = start(house, clock, example(name, **changes))
    clock.advance(10)
    house.until_idle()
    assert "".join(f"{text}\n" for text in house.texts(run)) == printed
    assert house.snapshot(run).outcome is Outcome.INTERRUPTED
    check_records(house.of(run))


@pytest.mark.parametrize(
    ("name", "interval", "lines", "asked", "latency"),
    [("tutorial-event", 0.5, 6, 2.95, "50.0 ms"), ("tutorial-flag", 1.0, 5, 4.95, "50.0 ms")],
)
def test_every_instant_is_where_it_belongs(
    core: Callable[..., Core], name: str, interval: float, lines: int, asked: float, latency: str
) -> None:
    clock = FakeClock()
    house = core(clock=clock)
    run = start(house, clock, example(name))
    clock.advance(10)
    house.until_idle()
    ended = round(lines * interval * SECOND)
    snapshot = house.snapshot(run)
    chain = snapshot.chain
    assert snapshot.started == 0
    assert chain.instants() == (None, round(asked * SECOND), ended, ended, ended, None)
    numbered = [r.instant for r in house.of(run) if r.kind == Kind.LINE and r.instant % round(interval * SECOND) == 0]
    assert numbered[:lines] == [round(number * interval * SECOND) for number in range(lines)]
    assert duration(chain.latency or 0) == latency
    assert house.events(run, Ended)[0].chain == chain


@pytest.mark.parametrize(("name", "late", "lines"), [("tutorial-event", 3.000001, 7), ("tutorial-flag", 5.000001, 6)])
def test_asked_after_the_checkpoint_there_is_one_line_more(
    core: Callable[..., Core], name: str, late: float, lines: int
) -> None:
    clock = FakeClock()
    house = core(clock=clock)
    run = start(house, clock, example(name, stop_after=late))
    clock.advance(10)
    house.until_idle()
    assert house.snapshot(run).lines == lines


def test_an_event_that_is_waited_on_is_noticed_at_the_very_instant(core: Callable[..., Core]) -> None:
    clock = FakeClock()
    house = core(clock=clock)
    run = start(house, clock, example("tutorial-event", strategy="event-wait"))
    clock.advance(10)
    house.until_idle()
    assert "".join(f"{text}\n" for text in house.texts(run)) == EVENT
    asked = round(2.95 * SECOND)
    assert house.snapshot(run).chain.instants() == (None, asked, asked, asked, asked, None)


def test_the_deadline_and_its_stack_by_the_fake_clock(core: Callable[..., Core]) -> None:
    clock = FakeClock()
    house = core(clock=clock, deadline=2.0)
    run = start(house, clock, Worker(name="w", strategy="event-poll", interval=30.0, stop_after=1.0))
    clock.advance(2.999999)
    house.read()
    assert not house.snapshot(run).was_stuck
    clock.advance(1)
    assert house.until_event(run, Stuck).after == 2 * SECOND
    assert house.instant(run, Stuck) == 3 * SECOND
    # Its slowness was seen before, a second after the request.
    assert house.instant(run, SlowToNotice) == 2 * SECOND
    clock.advance(30)
    house.until_idle()
    assert house.snapshot(run).chain.latency == 29 * SECOND
    (ended,) = house.events(run, Ended)
    assert (ended.outcome, ended.was_stuck) == (Outcome.INTERRUPTED, True)
