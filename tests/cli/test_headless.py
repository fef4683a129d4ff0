"""The plain loop of ``run``, inside this process: what a catalogue of ours makes it do."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.cli.arguments import build_parser
from app.cli.run import HeadlessRun, json_lines, latency_words, named, plain, run_command, run_sentence, summary
from app.core.batch import Batch, Kind, RunName
from app.core.catalogue import Catalogue
from app.core.engine import Abilities, Drained
from app.core.events import Ended, Event, Released, Stuck, events_of
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.pump import Pump
from app.core.runtime import Runtime
from app.core.states import Outcome, State
from app.core.worker import Worker
from app.signals import Signals
from app.terminal import exit_status
from tests.core.mechanisms import Gate, catalogue_with, raising, strategy_of, workload_of
from tests.fakes import PATIENCE


def run(catalogue: Catalogue, *arguments: str) -> int:
    return run_command(build_parser().parse_args(["run", *arguments]), catalogue)


@pytest.mark.parametrize("error", [ValueError("boom"), SystemExit(0)], ids=["exception", "SystemExit"])
def test_a_run_that_fails_is_status_1_and_told_at_once(capfd: Any, error: BaseException) -> None:
    assert run(catalogue_with(strategy_of(loop=raising(error))), "test", "--count", "2") == 1
    output, errors = capfd.readouterr()
    assert output == ""
    word = f"{type(error).__name__}: {error}"
    for number in (1, 2):
        assert f"test {number} #1 failed: {word}\nTraceback (most recent call last):\n" in errors
    assert errors.splitlines()[-2:] == [f"test {number} #1: failed, 0 lines" for number in (1, 2)]


def test_odd_text_goes_out_as_it_is(capfdbinary: Any) -> None:
    assert run(Catalogue(), "flag", "--interval", "0", "--limit", "2", "--text", "\ud800\0\n{i}") == 0
    assert capfdbinary.readouterr().out == b"\xed\xa0\x80\0\n1\n\xed\xa0\x80\0\n2\n"


def test_a_hard_copy_of_records_in_json() -> None:
    batch = Batch(names={1: RunName("w", 3)})
    for instant, kind, text in [(1_005, Kind.LINE, "a\n\ud800"), (1_010, Kind.STATE, "x"), (1_010, Kind.ERROR, "é")]:
        batch.instants.append(instant)
        batch.runs.append(1)
        batch.kinds.append(kind)
        batch.texts.append(text)
    assert [json.loads(line) for line in json_lines(batch, origin=1_000).splitlines()] == [
        {"t_ns": 5, "worker": "w", "run": 3, "kind": "line", "text": "a\n\ud800"},
        {"t_ns": 10, "worker": "w", "run": 3, "kind": "state", "text": "x"},
        {"t_ns": 10, "worker": "w", "run": 3, "kind": "error", "text": "é"},
    ]
    assert plain(batch) == b"a\n\xed\xa0\x80\n"
    assert plain(Batch()) == b""


def test_lines_of_several_workers_have_names() -> None:
    batch = Batch(names={1: RunName("a", 1), 2: RunName("b", 1)})
    records = [(1, 1, Kind.LINE, "x"), (2, 2, Kind.LINE, "y\n\nz"), (3, 1, Kind.STATE, "s"), (4, 1, Kind.LINE, "")]
    for instant, run_id, kind, text in records:
        batch.instants.append(instant)
        batch.runs.append(run_id)
        batch.kinds.append(kind)
        batch.texts.append(text)
    assert named(batch, {"a": "a: ", "b": "b: "}) == b"a: x\nb: y\nb: \nb: z\na: \n"
    assert named(Batch(), {}) == b""


CHAIN = StopChain(requested=0, noticed=1_230_000, ended=2_000_000)


def snapshot(outcome: Outcome | None, chain: StopChain, *, was_stuck: bool = False) -> RunSnapshot:
    return RunSnapshot(1, RunName("w", 2), outcome=outcome, lines=7, chain=chain, was_stuck=was_stuck)


@pytest.mark.parametrize(
    ("row", "outcome", "latency"),
    [
        (snapshot(Outcome.COMPLETED, StopChain(ended=5)), "completed", "–"),
        (snapshot(Outcome.COMPLETED, StopChain(requested=4, ended=5)), "completed", "–"),
        (snapshot(Outcome.INTERRUPTED, CHAIN), "interrupted", "1.23 ms"),
        (snapshot(Outcome.INTERRUPTED, CHAIN, was_stuck=True), "interrupted, was stuck", "1.23 ms"),
        (snapshot(Outcome.INTERRUPTED, StopChain(requested=4, ended=5)), "interrupted", "never"),
        (snapshot(None, StopChain(requested=4), was_stuck=True), "left behind, stuck", "never"),
        (snapshot(Outcome.FAILED, StopChain(ended=5)), "failed", "–"),
        (snapshot(Outcome.FAILED, StopChain(requested=4, ended=5)), "failed", "–"),
    ],
    ids=str,
)
def test_what_came_of_a_run(row: RunSnapshot, outcome: str, latency: str) -> None:
    assert latency_words(row) == latency
    stopped = "" if latency == "–" else f", stop latency {latency}"
    assert run_sentence(row) == f"w #2: {outcome}, 7 lines{stopped}"
    assert summary([row, row], io.StringIO()) == f"{run_sentence(row)}\n" * 2


def test_exit_statuses_when_several_things_are_true() -> None:
    statuses = {
        (left, number, failed): exit_status(left=left, signal_number=number, failed=failed)
        for left in (False, True)
        for number in (None, 2, 15)
        for failed in (False, True)
    }
    assert {status for (left, _, _), status in statuses.items() if left} == {3}
    assert [statuses[False, number, True] for number in (None, 2, 15)] == [1, 130, 143]
    assert [statuses[False, number, False] for number in (None, 2, 15)] == [0, 130, 143]


# -- only stuck ones are left ------------------------------------------------------------------------------------


class Reading:
    """The loop of ``run`` in the test's own thread: orders are given as it reads, because one thread has the controller.

    Args:
        runtime: what runs.
        react: called with each event, and the run that it is of, once the controller knows of it.

    Attributes:
        events: all that were read.
    """

    def __init__(self, runtime: Runtime, react: Callable[[int, Event], object] = lambda _run, _event: None) -> None:
        self.events: list[Event] = []
        self._react = react
        signals = cast("Signals", SimpleNamespace(number=None))
        self.loop = HeadlessRun(runtime, signals, self._render, io.BytesIO(), io.StringIO().write, 0.02).loop

    def _render(self, batch: Batch) -> bytes:
        for _, run, event in events_of(batch):
            self.events.append(event)
            self._react(run, event)
        return b""

    def have(self, kind: type[Event]) -> bool:
        """Return whether an event of a kind was read."""
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def threads() -> list[threading.Thread]:
    """Return the threads that have come to the gate."""
    return []


@pytest.fixture
def runtime(gate: Gate, threads: list[threading.Thread]) -> Iterator[Runtime]:
    """Return a runtime with a workload ``test`` that blocks in the gate, and a short deadline."""

    def work() -> None:
        threads.append(threading.current_thread())
        gate.work()

    runtime = Runtime(catalogue_with(workload_of(work=work)), deadline=0.02, releases_stuck=True)
    yield runtime
    gate.open()
    runtime.controller.close(0.02)
    assert Pump(runtime.stream, runtime.controller.consume).wait(runtime.controller.is_idle, PATIENCE)
    runtime.close()


def start(runtime: Runtime, **fields: Any) -> int:
    run_id = runtime.controller.start(Worker(**{"strategy": "event-poll", "interval": 0.001, **fields}))
    assert run_id is not None
    return run_id


def blocked(runtime: Runtime, gate: Gate) -> int:
    """Start a run that will be stuck once it is asked to stop, because its work never ends."""
    run_id = start(runtime, name="blocked", workload="test")
    assert gate.entered.wait(PATIENCE)
    return run_id


@pytest.fixture
def released_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what is released end soon or not at all."""
    monkeypatch.setattr("app.cli.run.RELEASED_WITHIN", 0.05)


@pytest.mark.usefixtures("released_at_once")
def test_it_does_not_wait_for_a_stuck_run_when_the_last_other_one_is_gone(runtime: Runtime, gate: Gate) -> None:
    stuck, other = blocked(runtime, gate), start(runtime, name="other", strategy="event-wait", interval=30.0)

    def react(run_id: int, event: Event) -> None:
        if run_id == stuck and isinstance(event, Stuck):
            runtime.controller.stop(other)

    reading = Reading(runtime, react)
    runtime.controller.stop(stuck)
    assert [run.run for run in reading.loop()] == [stuck]
    assert reading.have(Ended)


def test_a_stuck_run_that_ends_after_all_is_not_left_behind(runtime: Runtime, gate: Gate) -> None:
    run_id = blocked(runtime, gate)

    def react(_run: int, event: Event) -> None:
        if isinstance(event, Stuck):
            gate.open()

    reading = Reading(runtime, react)
    runtime.controller.stop(run_id)
    assert reading.loop() == []
    assert isinstance(reading.events[-1], Ended)


def test_one_that_was_stuck_before_the_loop_looked_is_not_left_behind_either(runtime: Runtime, gate: Gate) -> None:
    run_id = blocked(runtime, gate)
    runtime.controller.stop(run_id)
    pump = Pump(runtime.stream, runtime.controller.consume)
    assert pump.wait(lambda: runtime.controller.state.tally().stuck == 1, PATIENCE)
    gate.open()
    assert Reading(runtime).loop() == []


@pytest.mark.usefixtures("released_at_once")
def test_one_that_is_stuck_and_does_not_end_when_released_is_left_behind(runtime: Runtime, gate: Gate) -> None:
    run_id = blocked(runtime, gate)
    reading = Reading(runtime)
    runtime.controller.stop(run_id)
    (left,) = reading.loop()
    assert (left.run, left.state) == (run_id, State.STUCK)
    assert "mechanisms.py" in left.stack
    assert reading.have(Stuck)
    assert reading.have(Released)
    assert [run.run for run in runtime.controller.left()] == [run_id]


def test_where_the_engine_cannot_release_what_is_stuck_is_not_waited_for(
    runtime: Runtime, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.run.RELEASED_WITHIN", 3_600.0)
    runtime.controller.abilities = Abilities(let_go=False, in_flight=10)
    run_id = blocked(runtime, gate)
    runtime.controller.stop(run_id)
    assert [run.run for run in Reading(runtime).loop()] == [run_id]


def test_what_a_run_writes_while_the_loop_looks_is_not_lost(
    runtime: Runtime, gate: Gate, threads: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last run ends just after the lanes were drained, and is gone when the loop asks whether any is alive."""
    run_id = blocked(runtime, gate)
    drain = runtime.stream.drain

    def drain_and_end() -> Drained | None:
        drained = drain()
        if runtime.controller.stop(run_id):
            gate.open()
            threads[0].join(PATIENCE)
        return drained

    monkeypatch.setattr(runtime.stream, "drain", drain_and_end)
    reading = Reading(runtime)
    assert reading.loop() == []
    end = reading.events[-1]
    assert isinstance(end, Ended)
    assert end.outcome is Outcome.INTERRUPTED
