"""A race and a matrix as Markdown, CSV and JSON, and what a session keeps of them."""

import csv
import io
import json

from app.adapters import whole_catalogue
from app.core.worker import Worker
from app.experiments.race_report import (
    RACE_HEADER,
    matrix_csv,
    matrix_evidence,
    race_csv,
    race_evidence,
    race_markdown,
    race_rows,
    race_values,
)
from app.experiments.results import CellState
from app.experiments.verdict import race_sentence
from tests.experiments.made import NEVER, cell, matrix, race

MS = 10**6
CATALOGUE = whole_catalogue()
RESULT = race(
    (Worker("=cmd", "flag"), [10 * MS, 20 * MS, 30 * MS, NEVER]), (Worker("B|b", "future-cancel"), [NEVER] * 4)
)


def test_json_has_the_figures_and_what_they_come_to() -> None:
    values = json.loads(json.dumps(race_values(RESULT, CATALOGUE)))
    assert values["found"] == race_sentence(RESULT, CATALOGUE)
    assert (values["rounds"], values["seed"], values["deadline_s"]) == (4, 1, 1.0)
    flag, future = values["workers"]
    assert flag["worker"]["strategy"] == "flag"
    assert (flag["n"], flag["p50_ms"], flag["max_ms"], flag["never"]) == (4, 20, 30, 1)
    assert flag["latencies_ms"] == [10, 20, 30, None]
    assert (future["p50_ms"], future["never"], future["latencies_ms"]) == (None, 4, [None] * 4)


def test_csv_has_a_row_a_run_and_nothing_that_a_spreadsheet_executes() -> None:
    rows = list(csv.DictReader(io.StringIO(race_csv(RESULT))))
    assert len(rows) == 8
    assert (rows[0]["round"], rows[0]["worker"], rows[0]["latency_ms"]) == ("1", "'=cmd", "10.000000")
    assert (rows[3]["latency_ms"], rows[3]["never"]) == ("", "yes")


def test_csv_of_a_matrix_has_a_row_for_a_cell_without_runs() -> None:
    found = matrix(
        cell("flag", "sleep", [MS, NEVER]), cell("flag", "error", state=CellState.NOT_APPLICABLE, reason="Why.")
    )
    rows = list(csv.DictReader(io.StringIO(matrix_csv(found))))
    assert [(row["workload"], row["run"], row["latency_ms"], row["never"], row["reason"]) for row in rows] == [
        ("sleep", "1", "1.000000", "no", ""),
        ("sleep", "2", "", "yes", ""),
        ("error", "", "", "", "Why."),
    ]


def test_markdown_has_the_sentence_a_row_a_worker_and_where() -> None:
    text = race_markdown(RESULT, CATALOGUE)
    assert "| B\\|b | future-cancel | sleep | 4 | never | – | – | 4 | 0 |" in text
    assert text.rstrip().endswith(RESULT.environment.words().replace("_", "\\_"))
    assert len(race_rows(RESULT)[0]) == len(RACE_HEADER)


def test_a_session_keeps_words_a_table_and_all_figures() -> None:
    kept = json.loads(race_evidence(RESULT, CATALOGUE))
    assert kept["experiment"] == "race"
    assert kept["found"] == race_sentence(RESULT, CATALOGUE)
    assert kept["table"] == [list(RACE_HEADER), *map(list, race_rows(RESULT))]
    assert kept["result"] == json.loads(json.dumps(race_values(RESULT, CATALOGUE)))
    assert json.loads(matrix_evidence(matrix(cell("flag", "sleep", [MS])), CATALOGUE))["result"]["cells"][0]["n"] == 1
