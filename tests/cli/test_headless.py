"""The plain loop of ``run``, inside this process: what a catalogue of ours makes it do."""

import io
import json
import queue
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.arguments import build_parser
from app.cli.run import HeadlessRun, json_lines, latency_words, plain, rows, run_command
from app.core.batch import Batch, Kind, RunName
from app.core.catalogue import Catalogue
from app.core.engine import Drained
from app.core.fold import RunSnapshot
from app.core.latency import StopChain
from app.core.states import Outcome, State
from app.exit_codes import exit_status
from tests.core.harness import Core, eventually
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
    assert [line.split()[3] for line in errors.splitlines()[-2:]] == ["failed", "failed"]


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


CHAIN = StopChain(requested=0, noticed=1_230_000, ended=2_000_000)


def snapshot(state: State, outcome: Outcome | None, chain: StopChain, *, was_stuck: bool = False) -> RunSnapshot:
    return RunSnapshot(1, RunName("w", 2), state, outcome, 7, 0, chain, was_stuck, 1, "", "")


@pytest.mark.parametrize(
    ("row", "outcome", "latency"),
    [
        (snapshot(State.ENDED, Outcome.COMPLETED, StopChain(ended=5)), "completed", "–"),
        (snapshot(State.ENDED, Outcome.COMPLETED, StopChain(requested=4, ended=5)), "completed", "–"),
        (snapshot(State.ENDED, Outcome.INTERRUPTED, CHAIN), "interrupted", "1.23 ms"),
        (snapshot(State.ENDED, Outcome.INTERRUPTED, CHAIN, was_stuck=True), "interrupted, was stuck", "1.23 ms"),
        (snapshot(State.ENDED, Outcome.INTERRUPTED, StopChain(requested=4, ended=5)), "interrupted", "never"),
        (snapshot(State.STUCK, None, StopChain(requested=4), was_stuck=True), "left behind, stuck", "never"),
        (snapshot(State.ENDED, Outcome.FAILED, StopChain(ended=5)), "failed", "–"),
        (snapshot(State.ENDED, Outcome.FAILED, StopChain(requested=4, ended=5)), "failed", "–"),
    ],
    ids=str,
)
def test_rows(row: RunSnapshot, outcome: str, latency: str) -> None:
    header, line = rows([row]).splitlines()
    assert [cell.strip() for cell in line.split("  ") if cell.strip()] == ["w", "2", outcome, "7", latency]
    assert line.index(outcome) == header.index("outcome")
    assert latency_words(row) == latency


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


class Reader:
    """The loop of ``run`` in a thread, which tells when it has nothing to do.

    Attributes:
        seen: the texts of all records that it has read.
        left: whether somebody was left behind; known after ``result``.
    """

    def __init__(self, core: Core) -> None:
        self.seen: list[str] = []
        self._sleep = core.collector.sleep
        self._idle: queue.SimpleQueue[bool] = queue.SimpleQueue()
        core.collector.sleep = self._tell_and_sleep
        signals = SimpleNamespace(number=None)
        self._loop = HeadlessRun(
            core.controller, core.collector, signals, self._render, io.BytesIO(), io.StringIO().write
        ).loop
        self._left: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _live(self) -> None:
        self._left.put(self._loop())
        self._idle.put(True)

    def _render(self, batch: Batch) -> bytes:
        self.seen.extend(batch.texts)
        return b""

    def _tell_and_sleep(self) -> bool:
        sleeps = self._sleep()
        self._idle.put(True)
        return sleeps

    def until_idle_after(self, text: str) -> None:
        """Wait until it has read a record that begins with ``text`` and has then nothing to do, or has returned."""
        while not any(seen.startswith(text) for seen in self.seen):
            self._idle.get(timeout=PATIENCE)

    def result(self) -> bool:
        """Return whether the loop says that somebody is left."""
        left = self._left.get(timeout=PATIENCE)
        self._thread.join(PATIENCE)
        return left


def blocked(core: Core, gate: Gate) -> int:
    """Start a run that will be stuck once it is asked to stop, because its work never ends."""
    run_id = core.start(name="blocked", workload="test")
    assert gate.entered.wait(PATIENCE)
    return run_id


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
def house(core: Callable[..., Core], gate: Gate) -> Core:
    """Return a core with a workload ``test`` that blocks in the gate, and a short deadline."""
    return core(catalogue_with(workload_of(work=gate.work)), deadline=0.02)


def test_it_does_not_wait_for_a_stuck_run_when_the_last_other_one_is_gone(house: Core, gate: Gate) -> None:
    stuck, other = blocked(house, gate), house.start(name="other", strategy="event-wait", interval=30.0)
    reader = Reader(house)
    try:
        house.controller.stop(stuck)
        reader.until_idle_after("stuck")
        with house.held_manager():
            # The last record of the other one is read before the controller has joined it, and counts one fewer.
            house.controller.stop(other)
            reader.until_idle_after("ended")
        assert reader.result()
    finally:
        gate.open()


def test_a_stuck_run_that_has_ended_after_all_is_nobody_left(house: Core, gate: Gate) -> None:
    run_id = blocked(house, gate)
    with house.held_manager():
        house.controller.stop(run_id)
        eventually(lambda: house.snapshot(run_id).was_stuck)
        gate.open()
        eventually(lambda: house.snapshot(run_id).state is State.ENDED)
        reader = Reader(house)
        reader.until_idle_after("ended")
    assert not reader.result()


def test_who_is_stuck_and_does_not_end_when_let_go_is_left_behind(house: Core, gate: Gate) -> None:
    run_id = blocked(house, gate)
    reader = Reader(house)
    house.controller.stop(run_id)
    assert reader.result()
    assert any(text.startswith("stuck: ") for text in reader.seen)
    assert house.controller.left()[0].run == run_id
    gate.open()


def test_what_a_run_writes_while_the_loop_looks_is_not_lost(house: Core, gate: Gate) -> None:
    """The last run ends just after the lanes were drained, and is gone when the loop asks whether anybody is alive."""
    run_id = blocked(house, gate)
    house.read()
    drain = house.collector.drain

    def drain_and_end() -> Drained | None:
        drained = drain()
        if not house.controller.is_idle():
            house.controller.stop(run_id)
            gate.open()
            assert house.controller.wait_idle(PATIENCE)
        return drained

    house.collector.drain = drain_and_end
    reader = Reader(house)
    assert not reader.result()
    assert reader.seen[-2].startswith("ended: interrupted")
