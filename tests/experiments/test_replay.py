"""Replay: a session that agrees, one that differs, and what cannot be done again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.states import Outcome, State
from app.core.worker import Worker
from app.experiments.replay import Replay, Replayed
from app.experiments.results import Progress
from app.experiments.script import START, STOP, STOP_ALL, Script, edited, script_of
from app.session.journal_reader import Action
from app.session.session_report import SessionReport, read_report
from tests.session.stories import RecordedCore, record, usual

CATALOGUE = whole_catalogue()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """Return the report of a usual session."""
    return read_report(record(tmp_path_factory.mktemp("usual"), usual))


def replayed(report: SessionReport, script: Script | None = None, deadline: float = 5.0, **fields: Any) -> Replayed:
    told: list[Progress] = []
    replay = Replay(CATALOGUE, deadline, told.append)
    script = script or script_of(report, CATALOGUE)
    try:
        return replay.play(report, script, **fields)
    finally:
        replay.close()
        actions = sum(len(phase.actions) for phase in script.phases) + len(script.experiments)
        assert [progress.done for progress in told] == list(range(len(told)))
        assert {progress.total for progress in told} <= {actions}
        assert all(progress.seconds_left is None or progress.seconds_left >= 0 for progress in told)
        assert told == [] or told[0].sentence == f"Action 1 of {actions}." or not script.phases


def differences(result: Replayed) -> list[str]:
    """Return in what the runs differ that no machine can be too busy for.

    Who was asked to stop may notice late, and may have had the time for more or fewer lines than when it was recorded:
    what is said of those is for the pure functions of ``comparison``, and for their own tests.
    """
    return [
        difference
        for comparison in result.comparisons
        for difference in comparison.differences
        if comparison.recorded.chain.requested is None
        or not difference.startswith(("it noticed the stop after", "it wrote"))
    ]


def test_a_session_done_again_agrees_with_itself(report: SessionReport) -> None:
    result = replayed(report)
    assert [comparison.recorded.title for comparison in result.comparisons] == [run.title for run in report.runs]
    assert differences(result) == []
    assert result.is_whole
    assert result.agrees == (not any(comparison.differences for comparison in result.comparisons))
    assert result.left == ()
    assert result.remarks == ()


def test_one_press_that_stopped_several_is_a_stop_of_each(report: SessionReport) -> None:
    others = tuple(action for action in report.actions if action.word not in (STOP, STOP_ALL))
    last = report.actions[-1].t_ns
    press = Action(last, STOP, {"runs": [1, 3, 99], "workers": ["Waiter", "Timed", "unknown"]})
    script = script_of(replace(report, actions=(*others, press)), CATALOGUE)
    stops = [(action.at, action.run) for phase in script.phases for action in phase.actions if action.word == STOP]
    (at,) = {at for at, run in stops if run == 1}
    assert sorted(run for when, run in stops if when == at) == [1, 3]


def test_pauses_without_a_run_can_be_left_out(report: SessionReport) -> None:
    with_pauses, without = (script_of(report, CATALOGUE, without_pauses=fast) for fast in (False, True))
    assert [len(phase.actions) for phase in with_pauses.phases] == [6]
    assert [[action.word for action in phase.actions] for phase in without.phases] == [
        [START, STOP],
        [START, START],
        [START, STOP_ALL],
    ]
    assert all(phase.actions[0].at == 0 for phase in without.phases)
    assert differences(replayed(report, without)) == []


def test_a_changed_worker_differs_and_the_sentence_says_where(report: SessionReport) -> None:
    polled = Worker(name="Counter", strategy="event-poll", interval=0.001, limit=9)
    slow = Worker(name="Waiter", strategy="event-poll", interval=0.3)
    result = replayed(report, script_of(report, CATALOGUE, [polled, slow]))
    first, counter, timed, _ = result.comparisons
    assert not result.agrees
    assert "it wrote 9 lines; recorded were 5, and exactly 5 agree" in counter.differences[0]
    assert any("noticed the stop after" in difference for difference in first.differences)
    assert not any("wrote" in difference for difference in timed.differences)


def test_a_run_that_never_ends_now_is_ended_and_differs(report: SessionReport) -> None:
    endless = Worker(name="Counter", strategy="event-poll", interval=0.01)
    result = replayed(report, script_of(report, CATALOGUE, [endless]), deadline=0.2)
    assert "outcome is interrupted, recorded was completed" in result.comparisons[1].differences[0]


def test_what_fails_and_what_gets_stuck_does_so_again(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.begin(name="Broken", workload="error", strategy="event-poll", interval=0.001)
        stuck = core.begin(name="Stuck", strategy="event-poll", interval=0.4)
        core.until_lines(stuck, 1)
        core.ask(stuck)

    report = read_report(record(tmp_path, act, deadline=0.1))
    result = replayed(report, deadline=0.1)
    assert differences(result) == []
    assert [comparison.again.outcome for comparison in result.comparisons] == [Outcome.FAILED, Outcome.INTERRUPTED]
    assert result.comparisons[1].again.was_stuck


def test_who_was_let_go_is_let_go_again_and_who_ended_by_itself_is_not(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        locked = core.begin(name="Locked", workload="lock")
        blocked = core.begin(name="Blocked", workload="blocking-call", parameters=(("seconds", 0.6),))
        for run in (locked, blocked):
            core.until_lines(run, 1)
            core.ask(run)
        core.until(lambda: core.snapshot(blocked).outcome)
        assert core.snapshot(locked).state is State.STUCK
        core.controller.let_go(locked)

    report = read_report(record(tmp_path, act, deadline=0.1, releases_stuck=False))
    assert [run.outcome_words for run in report.runs] == ["released", "interrupted, was stuck"]
    result = replayed(report, deadline=0.1)
    assert differences(result) == []
    assert [comparison.again.outcome for comparison in result.comparisons] == [Outcome.RELEASED, Outcome.INTERRUPTED]
    assert result.left == ()


def test_who_stops_now_and_had_to_be_released_differs(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        run = core.begin(name="Locked", workload="lock")
        core.until_lines(run, 1)
        core.ask(run)

    report = read_report(record(tmp_path, act, deadline=0.05))
    result = replayed(report, script_of(report, CATALOGUE, [Worker(name="Locked", strategy="event-wait")]))
    assert "outcome is interrupted, recorded was released" in result.comparisons[0].differences[0]


def test_a_replay_can_be_ended(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        run = core.begin(interval=0.001)
        core.until_lines(run, 3)
        core.ask(run)

    report = read_report(record(tmp_path, act))
    replay = Replay(CATALOGUE)
    try:
        result = replay.play(report, script_of(report, CATALOGUE), lambda: True)
    finally:
        replay.close()
    assert not result.is_whole
    assert not result.agrees
    assert "not started" in result.comparisons[0].differences[0]


def test_a_session_that_started_nothing_is_one_sentence(tmp_path: Path) -> None:
    report = read_report(record(tmp_path, lambda core: core.start(limit=1)))
    with pytest.raises(BadInput, match=r"^.*no action that started a run is recorded in it, .*\.$"):
        script_of(report, CATALOGUE)


def test_a_worker_that_does_not_exist_here_is_one_sentence(report: SessionReport) -> None:
    with pytest.raises(BadInput, match=r"^Waiter #1: it cannot be started as it was: No strategy .*event-wait"):
        script_of(report, Catalogue(strategies=Catalogue().strategies[:1]))
    with pytest.raises(BadInput, match=r"^--workers: none of its workers .* it starts Counter, Timed, Waiter\.$"):
        script_of(report, CATALOGUE, [Worker(name="Other", strategy="flag")])


def test_edits_after_the_first_start_are_done_to_changed_workers_too(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.journal.action("edit", worker="Waiter", field="interval", text="0.01")
        core.begin(limit=1, interval=0.01)
        core.until_idle()
        core.journal.action("edit", worker="Waiter", field="interval", text="0.001")
        core.journal.action("edit", worker="Waiter", field="limit", text="nonsense")
        core.begin(limit=1, interval=0.001)

    report = read_report(record(tmp_path, act))
    changed = Worker(name="Waiter", strategy="flag", interval=0.5, limit=1)
    script = script_of(report, CATALOGUE, [changed])
    assert [worker.interval for worker in script.workers.values()] == [0.5, 0.001]
    assert "limit" in script.remarks[0]
    assert script.as_recorded == frozenset()
    assert script_of(report, CATALOGUE).as_recorded == {1, 2}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("interval", "0.25", 0.25),
        ("limit", "7", 7),
        ("limit", "", None),
        ("stop_after", "2", 2.0),
        ("strategy", "flag", "flag"),
        ("text_at_end", "a\nb", ("a", "b")),
        ("text_at_end", "", ()),
    ],
)
def test_a_field_is_read_as_it_was_typed(field: str, text: str, value: object) -> None:
    assert getattr(edited(Worker(name="W", strategy="event-wait"), field, text, CATALOGUE), field) == value


@pytest.mark.parametrize(("field", "text"), [("interval", ""), ("name", "x"), ("parameters.x", "1"), ("nonsense", "1")])
def test_a_field_that_cannot_be_edited_is_one_sentence(field: str, text: str) -> None:
    with pytest.raises(BadInput):
        edited(Worker(name="W", strategy="flag"), field, text, CATALOGUE)


def test_a_stop_that_no_action_says_is_done_all_the_same(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        run = core.begin(interval=0.005)
        core.until_lines(run, 3)
        core.controller.stop(run)

    report = read_report(record(tmp_path, act))
    script = script_of(report, CATALOGUE)
    assert [action.word for action in script.phases[0].actions] == [START, STOP]
    assert differences(replayed(report, script)) == []
