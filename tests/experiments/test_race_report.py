"""A race as rows, Markdown, CSV and JSON."""

import csv
import io
import json
from dataclasses import replace

from app.adapters import whole_catalogue
from app.core.states import Outcome
from app.core.worker import Worker
from app.experiments.race_report import (
    RACE_HEADER,
    race_conditions,
    race_csv,
    race_markdown,
    race_rows,
    race_values,
)
from app.experiments.results import RaceResult
from app.experiments.verdict import race_sentence
from tests.experiments.made import NEVER, race
from tests.experiments.schema import RACE, check

CATALOGUE = whole_catalogue()
QUICK = Worker("Event", "event-wait", interval=0.05)
SLOW = Worker("=A|B", "flag", interval=0.07)


def made() -> RaceResult:
    result = race((QUICK, [1e5, 2e5, 3e5]), (SLOW, [2e7, NEVER, NEVER]))
    runs = list(result.runs)
    runs[0] = replace(runs[0], band=(0, 5_000_000))
    runs[3] = replace(runs[3], band=(0, 10_000_000), outside="late, by 10 ms")
    runs[5] = replace(runs[5], outcome=None, error="left\nbehind")
    return replace(result, runs=tuple(runs))


RESULT = made()


def test_a_row_a_worker() -> None:
    first, second = race_rows(RESULT)
    assert len(first) == len(RACE_HEADER)
    assert first == ("Event", "event-wait", "3", "200 µs", "290 µs", "300 µs", "0", "0", "≤ 5.00 ms")
    assert second == ("=A|B", "flag", "1", "20.0 ms", "20.0 ms", "20.0 ms", "2", "1", "≤ 10.0 ms")
    assert race_rows(replace(RESULT, runs=()))[0][2:] == ("0", "–", "–", "–", "0", "0", "–")


def test_how_and_where() -> None:
    words = race_conditions(RESULT)
    assert words.startswith("3 rounds, intervals 50.0 ms and 70.0 ms, never after 1.00 s, seed 1 · Linux 6 x86_64 · ")
    cancelled = replace(RESULT, workers=(QUICK,), done=1, finished=False)
    assert race_conditions(cancelled).startswith("1 of 3 rounds, interval 50.0 ms, ")


def test_json_is_as_its_schema_says() -> None:
    values = json.loads(json.dumps(race_values(RESULT, CATALOGUE)))
    check(values, RACE)
    assert values["sentence"] == race_sentence(RESULT, CATALOGUE)
    quick, slow = values["workers"]
    assert (quick["n"], quick["p50_ms"], quick["max_ms"], quick["never"]) == (3, 0.2, 0.3, 0)
    assert (slow["n"], slow["never"], slow["outside_prediction"]) == (1, 2, 1)
    assert [run["latency_ms"] for run in values["runs"]] == [0.1, 0.2, 0.3, 20.0, None, None]
    assert [run["never"] for run in values["runs"]] == [False] * 4 + [True] * 2
    assert values["runs"][0]["predicted_ms"] == [0.0, 5.0]
    assert (values["runs"][5]["outcome"], values["runs"][5]["error"]) == ("left behind", "left\nbehind")
    nothing = json.loads(json.dumps(race_values(replace(RESULT, runs=(), done=0, finished=False), CATALOGUE)))
    check(nothing, RACE)
    assert nothing["workers"][0]["p50_ms"] is None


def test_csv_has_a_row_a_run_and_runs_nothing_in_a_spreadsheet() -> None:
    rows = list(csv.DictReader(io.StringIO(race_csv(RESULT), newline="")))
    assert [row["round"] for row in rows] == ["1", "2", "3"] * 2
    assert [row["worker"] for row in rows] == ["Event"] * 3 + ["'=A|B"] * 3
    assert [row["latency_ms"] for row in rows] == ["0.1", "0.2", "0.3", "20.0", "", ""]
    assert [row["never"] for row in rows] == ["no"] * 4 + ["yes"] * 2
    assert (rows[3]["predicted_most_ms"], rows[3]["interval_s"]) == ("10.0", "0.07")
    assert (rows[5]["outcome"], rows[5]["error"]) == ("left behind", "left\nbehind")
    assert rows[0]["outcome"] == str(Outcome.INTERRUPTED)


def test_markdown_shows_outside_text_as_it_is() -> None:
    text = race_markdown(RESULT, CATALOGUE)
    assert "| Event | event-wait | 3 | 200 µs | 290 µs | 300 µs | 0 | 0 | ≤ 5.00 ms |" in text
    assert r"| =A\|B | flag |" in text
    assert text.splitlines()[3].count("---:") == len(RACE_HEADER) - 2
