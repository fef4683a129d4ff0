"""Which plan was not worked through, and where it was left."""

import os
from pathlib import Path

import pytest

from app.session.journal import Verdict
from app.session.reports.words import judged_words
from app.session.reports.writing import render_report
from app.session.session_report import read_report
from app.session.unfinished import UnfinishedPlan, unfinished_plan
from tests.session.past import PLAN, Past, past_session
from tests.session.stories import CATALOGUE


def verdicts(found: UnfinishedPlan) -> tuple[Verdict | None, ...]:
    """Return what the person judged, a verdict a step."""
    return tuple(step.by_person.verdict if step.by_person else None for step in found.steps)


def test_a_plan_is_offered_at_the_step_where_it_was(tmp_path: Path) -> None:
    path = past_session(tmp_path)
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert (found.session, found.path, found.title) == (path.stem, path, "Stops")
    assert found.document == PLAN
    assert verdicts(found) == (Verdict.PASS, Verdict.FAIL, None)
    assert found.at == 2
    assert found.sentence == "The plan “Stops” was not finished: 2 of 3 steps are judged."


def test_one_that_a_crash_cut_off_too(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.open_plan()
    past.judge(1, "pass")
    past.cut_off()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.at == 1


def test_what_the_program_judged_counts_and_is_not_the_person_s(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.open_plan()
    past.judge(1, "pass", by_program=True)
    past.end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert (found.at, verdicts(found)) == (1, (None, None, None))
    assert found.steps[0].by_program is not None


def test_a_plan_whose_steps_are_all_judged_is_finished(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.open_plan()
    for step in (1, 2, 3):
        past.judge(step, "skip", by_program=step == 2)
    past.end()
    assert unfinished_plan(tmp_path) is None


def test_without_a_plan_there_is_nothing_to_go_on_with(tmp_path: Path) -> None:
    assert unfinished_plan(tmp_path / "none") is None
    Past(tmp_path, charter="free").end()
    assert unfinished_plan(tmp_path) is None


def test_a_plan_that_the_program_carried_out_to_its_end_is_none_of_the_person_s(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.open_plan(clicked=None)
    past.judge(1, "pass", by_program=True)
    past.end()
    assert unfinished_plan(tmp_path) is None


def test_the_newest_is_offered(tmp_path: Path) -> None:
    past_session(tmp_path, 0)
    newest = past_session(tmp_path, 1)
    Past(tmp_path, 2, charter="free").end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.path == newest


def test_one_that_a_later_session_resumed_is_no_longer_unfinished(tmp_path: Path) -> None:
    first = past_session(tmp_path, 0)
    past = Past(tmp_path, 1)
    past.open_plan(resumes=first.stem)
    past.judge(3, "pass")
    past.end()
    assert unfinished_plan(tmp_path) is None


def test_one_that_was_put_aside_is_not_offered_again_and_others_are(tmp_path: Path) -> None:
    older, newer = past_session(tmp_path, 0), past_session(tmp_path, 1)
    past = Past(tmp_path, 2)
    past.journal.action("put-aside", title="Stops", session=newer.stem)
    past.end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.session == older.stem


def test_the_verdicts_of_all_sessions_that_worked_on_it_count_the_latest_first(tmp_path: Path) -> None:
    first = Past(tmp_path, 0)
    first.open_plan()
    first.judge(1, "fail")
    first.end()
    second = Past(tmp_path, 1)
    second.open_plan(resumes=first.id)
    second.judge(2, "blocked")
    second.end()
    third = Past(tmp_path, 2)
    third.open_plan(resumes=second.id)
    third.judge(1, "pass")
    third.end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.session == third.id
    assert verdicts(found) == (Verdict.PASS, Verdict.BLOCKED, None)


def test_a_session_that_resumes_a_plan_has_the_earlier_results_in_its_own_record(tmp_path: Path) -> None:
    first = past_session(tmp_path)
    second = Past(tmp_path, 1)
    found = unfinished_plan(tmp_path)
    assert found is not None
    second.open_plan(resumes=found.session, earlier=found.earlier)
    second.judge(1, "fail", actual="not this time")
    path = second.end()
    first.unlink()  # the second needs it no more
    report = read_report(path)
    one, two, three = report.steps
    assert (one.by_person.verdict, one.by_person.actual, one.by_person.session) == (Verdict.FAIL, "not this time", "")
    assert (two.by_person.verdict, two.by_person.actual) == (Verdict.FAIL, "it took long")
    assert two.by_person.session == found.session
    assert (three.verdict, judged_words(three)) == (None, "not yet")
    for form in ("html", "markdown"):
        text = b"".join(render_report(report, form, CATALOGUE)).decode()
        assert "it took long" in text
        assert f"in session {found.session} at" in text
    again = unfinished_plan(tmp_path)
    assert again is not None
    assert [given["session"] for given in again.earlier] == [second.id, found.session]


@pytest.mark.parametrize("earlier", [7, [3, None, {}], [{"step": 9, "verdict": "pass"}], [{"step": 1, "verdict": []}]])
def test_a_file_may_hold_anything_there(tmp_path: Path, earlier: object) -> None:
    past = Past(tmp_path)
    past.open_plan(earlier=earlier)
    report = read_report(past.end())
    assert [step.verdict for step in report.steps] == [None, None, None]


def test_sessions_that_go_on_with_each_other_in_a_circle_end(tmp_path: Path) -> None:
    first = Past(tmp_path, 0)
    second = Past(tmp_path, 1)
    for past, other in ((first, second), (second, first)):
        past.open_plan(resumes=other.id)
        past.end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.session == second.id


def test_this_very_session_does_not_count_but_what_it_resumes_does(tmp_path: Path) -> None:
    first = past_session(tmp_path, 0)
    now = Past(tmp_path, 1)
    now.open_plan()
    found = unfinished_plan(tmp_path, {now.id})
    assert found is not None
    assert found.path == first
    now.open_plan(resumes=first.stem)
    assert unfinished_plan(tmp_path, {now.id}) is None
    now.end()


def test_a_session_that_went_on_in_another_file_is_one(tmp_path: Path) -> None:
    first = Past(tmp_path, 0)
    first.open_plan()
    first.judge(1, "pass")
    first.end()
    going_on = Past(tmp_path, 0)  # of the same beginning
    going_on.judge(2, "pass")
    going_on.end()
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert (found.session, found.at) == (first.id, 2)


def test_one_that_another_process_writes_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", os.getppid)
        past = Past(tmp_path)
    past.open_plan()
    past.cut_off()
    assert unfinished_plan(tmp_path) is None


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    path = past_session(tmp_path, 0)
    past_session(tmp_path, 1).write_text("hello")
    found = unfinished_plan(tmp_path)
    assert found is not None
    assert found.path == path
