"""What every strategy of the catalogue keeps, and the one difference that they may have: the first line."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.adapters import ADAPTERS, whole_catalogue
from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.credit import Credit
from app.core.errors import BadInput
from app.core.events import Ended, Running, Started, StopRequested
from app.core.prediction import Notices
from app.core.states import Outcome, State
from app.core.strategies import Strategy
from app.core.worker import Worker
from tests.core.harness import Core, check_records, eventually
from tests.core.mechanisms import catalogue_with, workload_of
from tests.fakes import FakeClock

STRATEGIES = [pytest.param(strategy, id=strategy.about.id) for strategy in whole_catalogue().strategies]
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def first_lines(strategy: type[Strategy]) -> int:
    """Return how many lines a run writes that is asked to stop before its first, by the strategy's own words."""
    words = strategy.about.first_line
    assert ("still writes one" in words) != ("writes none" in words), f"say plainly which it is: {words}"
    return 1 if "still writes one" in words else 0


def make(core: Callable[..., Core], strategy: type[Strategy], **fields: Any) -> Core:
    """Return a core whose deadline is short for what never notices, and ends by it."""
    return core(deadline=0.02 if strategy.about.notices is Notices.NEVER else 5.0, **fields)


def start(core: Core, strategy: type[Strategy], **fields: Any) -> int:
    return core.start(strategy=strategy.about.id, **fields)


def check_interrupted(core: Core, run: int) -> None:
    """Assert that a run was asked, noticed, and ended with every instant in its place."""
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.ENDED, Outcome.INTERRUPTED, False)
    chain = snapshot.chain
    assert None not in (chain.requested, chain.noticed, chain.cleaned_up, chain.ended)
    assert chain.is_ordered()
    assert chain.latency is not None
    check_records(core.of(run))
    assert core.events(run, Ended)[0].chain == chain


def check_stopped(core: Core, run: int, strategy: type[Strategy]) -> None:
    """Assert that a run that was asked while it iterated stopped as its mechanism does."""
    if strategy.about.notices is Notices.NEVER:
        check_let_go(core, run)
    else:
        check_interrupted(core, run)


def check_let_go(core: Core, run: int) -> None:
    """Assert that a run noticed nothing, and ended all the same, because it was let go after the deadline."""
    snapshot = core.snapshot(run)
    assert (snapshot.state, snapshot.outcome, snapshot.was_stuck) == (State.ENDED, Outcome.RELEASED, True)
    chain = snapshot.chain
    assert chain.noticed is None
    assert None not in (chain.requested, chain.cleaned_up, chain.ended)
    assert chain.is_ordered()
    check_records(core.of(run))
    assert core.events(run, Ended)[0].released == snapshot.released is not None


def native_ids() -> set[int | None]:
    """Return the operating system's numbers of this process's threads."""
    if sys.platform == "linux":
        return {int(entry.name) for entry in Path("/proc/self/task").iterdir()}
    return {thread.native_id for thread in threading.enumerate()}


def test_the_two_tutorials_differ_in_their_first_line() -> None:
    catalogue = Catalogue()
    assert first_lines(catalogue.strategy("event-poll")) == 1
    assert first_lines(catalogue.strategy("flag")) == 0


@every_strategy
def test_asked_to_stop_before_its_thread_began(core: Any, strategy: type[Strategy]) -> None:
    core = core()
    with core.held_manager():
        run = start(core, strategy, text_at_end=("done",))
        assert core.snapshot(run).state is State.STARTING
        assert core.controller.stop(run)
        core.until_event(run, StopRequested)
        assert core.snapshot(run).state is State.STOPPING
        assert core.snapshot(run).started is None
    core.until_idle()
    check_interrupted(core, run)
    assert core.texts(run) == ["1"] * first_lines(strategy) + ["done"]
    assert core.snapshot(run).lines == first_lines(strategy)
    assert list(map(type, core.events(run))) == [Started, StopRequested, Running, Ended]


@every_strategy
def test_stop_after_nothing_is_the_same(thread_core: Any, strategy: type[Strategy]) -> None:
    clock = FakeClock()  # so in this process's engine alone
    core = thread_core(clock=clock)
    run = start(core, strategy, stop_after=0.0)
    clock.let_go()
    core.until_idle()
    check_interrupted(core, run)
    assert core.texts(run) == ["1"] * first_lines(strategy)


@every_strategy
def test_its_lines_stream_until_it_is_asked(core: Any, strategy: type[Strategy]) -> None:
    core = make(core, strategy)
    run = start(core, strategy, text_on_request="please", text_at_end=("", "done"))
    core.until_line(run, "3")
    assert core.snapshot(run).state is State.RUNNING
    if strategy not in ADAPTERS or sys.platform == "linux":
        assert (core.snapshot(run).native_id in native_ids()) is core.is_here
    if core.is_here and strategy not in ADAPTERS:  # Python knows nothing of their threads
        assert "worker #1" in {thread.name for thread in threading.enumerate()}
    clicked = time.perf_counter_ns()
    assert core.controller.stop(run, clicked)
    core.until_idle()
    check_stopped(core, run, strategy)
    assert core.snapshot(run).chain.clicked == clicked
    texts = core.texts(run)
    lines = core.snapshot(run).lines
    numbers = [text for text in texts if text.isdigit()]
    assert numbers == [str(number) for number in range(1, lines + 1)]
    assert texts[-2:] == ["", "done"]
    # The controller's own line has the instant of the request, and stands just before it.
    (request,) = core.events(run, StopRequested)
    assert (request.clicked, request.has_line) == (clicked, True)
    requested = core.instant(run, StopRequested)
    assert requested == core.snapshot(run).chain.requested
    place = next(i for i, r in enumerate(core.of(run)) if (r.kind, r.instant) == (Kind.STATE, requested))
    record = core.of(run)[place - 1]
    assert (record.kind, record.text, record.instant) == (Kind.LINE, "please", requested)


@every_strategy
def test_only_the_first_of_many_requests_counts(core: Any, strategy: type[Strategy]) -> None:
    core = make(core, strategy)
    run = start(core, strategy, text_on_request="please")
    core.until_line(run, "1")
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait(20)
        core.engine.request_stop(run)

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(20)
    # The controller does not know of them yet, and asks once.
    assert core.controller.stop(run, clicked=1)
    assert not core.controller.stop(run, clicked=2)
    core.until_idle()
    assert not core.controller.stop(run)
    core.engine.request_stop(run, 3)
    check_stopped(core, run, strategy)
    assert core.snapshot(run).chain.clicked is None
    assert len(core.events(run, StopRequested)) == 1
    assert core.texts(run).count("please") == 1


@every_strategy
@pytest.mark.parametrize("interval", [0.0, 0.001])
def test_its_limit_completes_it(core: Any, strategy: type[Strategy], interval: float) -> None:
    core = make(core, strategy)
    run = start(core, strategy, interval=interval, limit=7, text_at_end=("done",), text_on_request="never")
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.lines) == (Outcome.COMPLETED, 7)
    assert core.texts(run) == [*"1234567", "done"]
    assert core.events(run, Ended)[0].outcome is Outcome.COMPLETED
    assert (snapshot.chain.requested, snapshot.chain.noticed) == (None, None)
    assert snapshot.chain.cleaned_up <= snapshot.chain.ended
    check_records(core.of(run))


@every_strategy
def test_a_flood_is_gapless_and_stops_while_it_waits_for_its_reader(core: Any, strategy: type[Strategy]) -> None:
    written: list[None] = []
    ended = threading.Event()
    counting = workload_of(work=lambda: written.append(None), clean_up=ended.set)
    core = make(core, strategy, catalogue=catalogue_with(counting), credit=Credit(lines=200))
    for _ in range(3):  # what has ended has no share any more
        start(core, strategy, limit=1)
        core.until_idle()
    eventually(lambda: core.credit.in_flight() == (0, 0))
    written.clear()
    run = start(core, strategy, interval=0.0, workload="test")
    # Nothing is read: the run fills the whole credit and waits. (It is lent some lines before they are written.)
    eventually(lambda: len(written) == 200)
    assert core.credit.in_flight()[0] == 200
    assert core.controller.stop(run)
    assert ended.wait(20)  # still nothing is read
    core.until_idle()
    check_stopped(core, run, strategy)
    lines = core.snapshot(run).lines
    assert core.texts(run) == [str(number) for number in range(1, lines + 1)]
    # One line beyond the credit when it is asked, and one more when what never notices is let go.
    assert 200 <= lines <= 201 + (strategy.about.notices is Notices.NEVER)


@every_strategy
def test_a_worker_runs_again_but_never_twice_at_once(core: Any, strategy: type[Strategy]) -> None:
    core = make(core, strategy)
    first = start(core, strategy)
    assert core.controller.start(Worker(name="worker", strategy="flag")) is None
    assert core.controller.state.live() == (first,)
    assert core.controller.is_alive("worker")
    core.until_line(first, "1")
    core.controller.stop(first)
    core.until_idle()
    assert not core.controller.is_alive("worker")
    second = start(core, strategy)
    assert second != first
    core.until_line(second, "1")
    core.controller.stop_all()
    core.until_idle()
    assert [core.names[run] for run in (first, second)] == [("worker", 1), ("worker", 2)]
    check_stopped(core, first, strategy)
    check_stopped(core, second, strategy)


@every_strategy
def test_it_is_described_and_its_source_can_be_read(strategy: type[Strategy]) -> None:
    about = strategy.about
    for sentence in (about.sentence, about.first_line, about.guarantee, about.cannot):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    official = (
        ("https://docs.python.org/3/", "https://doc.qt.io/") if strategy in ADAPTERS else "https://docs.python.org/3/"
    )
    assert about.documentation.startswith(official)
    assert about.title
    assert not about.warning or about.warning.endswith(".")
    # The line that the window lights when the request is noticed.
    assert about.checkpoint in [line.strip().partition("  #")[0] for line in strategy.source().splitlines()]
    assert f'id="{about.id}"' in strategy.source()
    assert about.id.replace("-", "_") in strategy.__module__


def test_the_catalogue_finds_what_it_has_and_names_the_nearest_of_what_it_has_not() -> None:
    catalogue = Catalogue()
    assert catalogue.strategy_ids()[:3] == ("event-poll", "flag", "event-wait")
    assert catalogue.workload_ids()[0] == "sleep"
    assert catalogue.strategy("flag").about.id == "flag"
    with pytest.raises(BadInput, match=r"did you mean event-poll\? There are: event-poll, flag, event-wait") as caught:
        catalogue.strategy("event-pole")
    assert caught.value.field == "strategy"
    with pytest.raises(BadInput, match="did you mean sleep") as caught:
        catalogue.workload("sleeps")
    assert caught.value.field == "workload"
