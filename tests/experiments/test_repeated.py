"""Races and matrices of a session, done again."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.experiments.matrix import Matrix
from app.experiments.race import Race
from app.experiments.race_report import matrix_evidence, matrix_facts, race_evidence, race_facts
from app.experiments.repeated import Figures, differences_of
from app.experiments.replay import Replay, Replayed
from app.experiments.script import script_of
from app.session.journal_reader import Action
from app.session.session_report import SessionReport, read_report
from tests.experiments.made import NEVER, run
from tests.session.stories import RecordedCore, record

MS = 10**6
CATALOGUE = whole_catalogue()
PAIR = (Worker("Polls", "event-poll", interval=0.002), Worker("Waits", "event-wait", interval=0.002))


def compared(core: RecordedCore) -> None:
    """Do in a session what the compare window does: a race, and a matrix of one cell."""
    racing = Race(CATALOGUE, PAIR, 2, 7)
    core.journal.action("race", **race_facts(racing))
    result = racing.run(threading.Event())
    core.journal.evidence("race.json", "application/json", race_evidence(result, CATALOGUE), "what the race found")
    matrix = Matrix(CATALOGUE, ["flag"], ["sleep"], 2, 0.002)
    core.journal.action("matrix", **matrix_facts(matrix))
    found = matrix_evidence(matrix.run(threading.Event()), CATALOGUE)
    core.journal.evidence("matrix.json", "application/json", found, "what the matrix found")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    return read_report(record(tmp_path_factory.mktemp("compared"), compared))


def replayed(report: SessionReport, **fields: Any) -> Replayed:
    replay = Replay(CATALOGUE)
    try:
        return replay.play(report, script_of(report, CATALOGUE), **fields)
    finally:
        replay.close()


def test_what_was_compared_is_done_again_as_it_was(report: SessionReport) -> None:
    script = script_of(report, CATALOGUE)
    race, matrix = script.experiments
    assert (race.title, matrix.title) == ("Race of Polls, Waits", "Matrix of flag under sleep")
    assert race.workers == PAIR
    assert isinstance(race.experiment, Race)
    assert (race.experiment.rounds, race.experiment.seed, race.experiment.deadline) == (2, 7, 1.0)
    assert isinstance(matrix.experiment, Matrix)
    assert matrix.experiment.n == 2
    assert [len(race.recorded[name].latencies) for name in ("Polls", "Waits")] == [2, 2]
    assert script.remarks == ()
    result = replayed(report)
    assert [experiment.title for experiment in result.experiments] == [race.title, matrix.title]
    # How long a thread took is for the pure function: a busy machine may have kept it.
    said = [difference for experiment in result.experiments for difference in experiment.differences]
    assert all("the slowest run noticed the stop after" in difference for difference in said)
    assert result.is_whole
    assert result.agrees == (not said)


def test_a_cancel_ends_the_one_that_goes_on_and_begins_no_other(report: SessionReport) -> None:
    looks = iter(range(10**9))
    result = replayed(report, cancelled=lambda: next(looks) > 3)
    assert not result.is_whole
    assert len(result.experiments) <= 1
    assert not result.agrees


def test_a_changed_worker_races_in_the_place_of_the_one_with_its_name(report: SessionReport) -> None:
    changed = replace(PAIR[0], strategy="flag")
    script = script_of(report, CATALOGUE, [changed])
    assert script.experiments[0].workers == (changed, PAIR[1])
    with pytest.raises(BadInput, match="none of its workers is started in the session"):
        script_of(report, CATALOGUE, [replace(changed, name="Nobody")])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda facts: {**facts, "seed": 8}, "what it found is not recorded"),
        (lambda facts: {**facts, "deadline_s": "x"}, "its record is damaged"),
        (lambda facts: {**facts, "tables": []}, "A race needs at least one worker."),
        (
            lambda facts: {**facts, "tables": [{"name": "x", "strategy": "gone"}]},
            "No strategy is called 'gone'",
        ),
    ],
)
def test_what_cannot_be_done_again_is_said(report: SessionReport, change: Any, why: str) -> None:
    actions = tuple(
        Action(action.t_ns, action.word, change(action.facts)) if action.word == "race" else action
        for action in report.actions
    )
    script = script_of(replace(report, actions=actions), CATALOGUE)
    assert [experiment.title for experiment in script.experiments] == ["Matrix of flag under sleep"]
    (remark,) = script.remarks
    assert f"is not repeated: {why}" in remark


def test_a_race_of_a_plan_is_not_done_by_itself(report: SessionReport) -> None:
    facts = {"workers": ["A"], "rounds": 2, "seed": 1}
    with pytest.raises(BadInput, match="nothing to repeat"):
        script_of(replace(report, actions=(Action(1, "race", facts),)), CATALOGUE)


def test_runs_agree_with_their_record_where_the_same_threads_noticed_in_time() -> None:
    recorded = Figures((10.0 * MS, 20.0 * MS), 0)
    assert differences_of(recorded, [run(5 * MS), run(20 * MS)]) == []
    assert differences_of(recorded, [run(30 * MS, band=(0, 40 * MS))]) == []
    assert "up to 25.0 ms agree" in differences_of(recorded, [run(30 * MS, band=(0, 25 * MS))])[0]
    assert differences_of(recorded, [run(5 * MS), run(NEVER)])[0].startswith("1 of 2 runs did not notice")
    assert differences_of(Figures((), 2), [run(NEVER), run(NEVER)]) == []
    assert differences_of(Figures((), 2), [run(NEVER), run(5 * MS)])[0].startswith("1 of 2 runs noticed the stop")
    assert differences_of(Figures((10.0 * MS,), 1), [run(NEVER), run(5 * MS)]) == []
    assert differences_of(Figures((), 0), []) == []
