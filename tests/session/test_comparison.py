"""Two sessions side by side: what differs is said in words, and what does not is not."""

from pathlib import Path

from app.session.comparison import STEP_TITLES, WORKER_TITLES, compare, step_rows, worker_rows
from app.session.session_report import read_report
from tests.session.past import Past, past_session
from tests.session.stories import CATALOGUE


def session(folder: Path, day: int, latencies: tuple[float | None, ...], worker: str = "W", lines: int = 5) -> Path:
    past = Past(folder, day)
    for run, latency in enumerate(latencies, 1):
        past.lines(lines, run, worker)
        past.stopped(latency, run, worker)
    return past.end()


def rows(first: Path, second: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    comparison = compare(read_report(first), read_report(second), CATALOGUE)
    found = list(worker_rows(comparison))
    assert all(len(row) == len(WORKER_TITLES) for row in found)
    return {row[:2]: row[2:] for row in found}


def test_a_session_beside_itself_differs_in_nothing(tmp_path: Path) -> None:
    path = past_session(tmp_path)
    assert {cells[-1] for cells in rows(path, path).values()} == {""}
    comparison = compare(read_report(path), read_report(path), CATALOGUE)
    assert [row[-1] for row in step_rows(comparison)] == ["", "", ""]


def test_latencies_stand_side_by_side_with_how_much_longer_they_became(tmp_path: Path) -> None:
    cells = rows(session(tmp_path, 0, (10, 20, 30)), session(tmp_path, 1, (20, 40, 60, None)))
    assert cells["W", "latency p50"] == ("20.0 ms (3 runs)", "40.0 ms (3 runs)", "20.0 ms longer (2 ×)")
    assert cells["W", "latency p95"][-1] == "29.0 ms longer (2 ×)"
    assert cells["W", "never noticed"] == ("0", "1", "1 more")
    assert cells["W", "runs"] == ("3", "4", "1 more")
    assert cells["W", "lines"] == ("15", "20", "5 more")
    assert cells["W", "outcomes"] == ("3 interrupted", "3 interrupted, 1 interrupted, was stuck", "different")
    assert cells["W", "settings"] == ("Event, polled · Sleep · every 50.0 ms",) * 2 + ("",)


def test_fewer_and_shorter_are_said_too(tmp_path: Path) -> None:
    cells = rows(session(tmp_path, 0, (30, 30)), session(tmp_path, 1, (10,)))
    assert cells["W", "latency p50"][-1] == "20.0 ms shorter (3 ×)"
    assert cells["W", "runs"][-1] == "1 fewer"


def test_what_is_in_one_alone_is_said_once(tmp_path: Path) -> None:
    cells = rows(session(tmp_path, 0, (10,), "A"), session(tmp_path, 1, (10,), "B"))
    assert cells["A", "runs"] == ("1", "–", "only in the first")
    assert cells["B", "runs"] == ("–", "1", "only in the second")
    assert [key for key, row in cells.items() if row[-1]] == [("A", "runs"), ("B", "runs")]


def test_a_latency_that_only_one_has_is_said(tmp_path: Path) -> None:
    cells = rows(session(tmp_path, 0, (10,)), session(tmp_path, 1, (None,)))
    assert cells["W", "latency p50"] == ("10.0 ms (1 run)", "–", "only in the first")


def test_a_latency_that_neither_has_is_no_difference(tmp_path: Path) -> None:
    cells = rows(session(tmp_path, 0, (None,)), session(tmp_path, 1, (None,)))
    assert cells["W", "latency p50"] == ("–", "–", "")


def test_verdicts_stand_side_by_side_person_and_program_apart(tmp_path: Path) -> None:
    paths = []
    for day, (person, program) in enumerate((("pass", "pass"), ("pass", "fail"))):
        past = Past(tmp_path, day)
        past.open_plan()
        past.judge(1, person)
        past.judge(1, program, by_program=True)
        past.judge(day + 2, "pass")
        paths.append(past.end())
    found = list(step_rows(compare(*map(read_report, paths), CATALOGUE)))
    assert all(len(row) == len(STEP_TITLES) for row in found)
    assert [row[1:] for row in found] == [
        ("1", "Start it", "Tester: passed, Program: passed", "Tester: passed, Program: failed", "passed → failed"),
        ("2", "Stop it", "Tester: passed", "not judged", "passed → not judged"),
        ("3", "Look", "not judged", "Tester: passed", "not judged → passed"),
    ]


def test_another_judge_with_the_same_result_is_said(tmp_path: Path) -> None:
    paths = []
    for day in range(2):
        past = Past(tmp_path, day)
        past.judge(1, "pass", by_program=day == 1)
        paths.append(past.end())
    (row,) = step_rows(compare(*map(read_report, paths), CATALOGUE))
    assert row[3:] == ("Tester: passed", "Program: passed", "judged differently, with the same result")


def test_nothing_beside_nothing_is_nothing(tmp_path: Path) -> None:
    first, second = (Past(tmp_path, day, charter="x").end() for day in range(2))
    comparison = compare(read_report(first), read_report(second), CATALOGUE)
    assert list(worker_rows(comparison)) == list(step_rows(comparison)) == []
    assert (comparison.first, comparison.second) == (first.stem, second.stem)
