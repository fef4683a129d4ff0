"""Races and matrices in the reports of a session."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.worker import Worker
from app.experiments.race_report import matrix_evidence, race_evidence
from app.experiments.verdict import race_sentence
from app.session.journal_reader import Evidence
from app.session.reports.experiments import read_document, split_evidence
from app.session.reports.templating import html, markdown, markdown_text
from app.session.session_report import SessionReport
from tests.experiments.made import cell, matrix, race
from tests.session.stories import CATALOGUE, HOSTILE

MS = 10**6
RACE = race((Worker("A|<b>", "flag"), [10 * MS, 20 * MS]), (Worker("B", "event-wait"), [MS, MS]))


def piece(data: bytes, name: str = "race.json", media: str = "application/json") -> Evidence:
    return Evidence(1, 5, name, media, "what the race found", None, len(data), data)


def test_a_race_and_a_matrix_have_a_section_and_no_raw_json(usual_report: SessionReport) -> None:
    pieces = (
        piece(race_evidence(RACE, CATALOGUE)),
        piece(matrix_evidence(matrix(cell("flag", "sleep", [MS])), CATALOGUE)),
    )
    report = replace(usual_report, evidence=pieces)
    page, text = (b"".join(make(report, CATALOGUE)).decode() for make in (html, markdown))
    found = race_sentence(RACE, CATALOGUE)
    assert "<h3>Race, " in page
    assert "<h3>Matrix, " in page
    assert '<td class="short">A|&lt;b&gt;</td>' in page
    assert markdown_text(found) in text
    assert "| A\\|&lt;b&gt; | Flag | Sleep | 2 | 15.0 ms |" in text
    for made in (page, text):
        assert "latencies_ms" not in made
        assert "Evidence\n" not in made  # there is nothing else


@pytest.mark.parametrize(
    "document",
    [
        {"experiment": "race"},
        {"experiment": "race", "found": 7, "table": "x", "conditions": []},
        {"experiment": "matrix", "found": HOSTILE[0], "table": [[], [1, 2], 3, [HOSTILE[1]] * 30], "result": None},
        {"experiment": "race", "table": [["a", "b"], ["only one"], [None, {"x": 1}]]},
    ],
)
def test_a_file_may_hold_anything_there(usual_report: SessionReport, document: dict[str, Any]) -> None:
    data = json.dumps(document).encode()
    ((experiment,), others) = split_evidence([piece(data)], CATALOGUE)
    assert others == []
    assert all(len(row) == len(experiment.header) for row in experiment.rows)
    report = replace(usual_report, evidence=(piece(data),))
    assert b"Races and matrices" in b"".join(html(report, CATALOGUE))
    assert b"Races and matrices" in b"".join(markdown(report, CATALOGUE))


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b'{"experiment": "race"', "application/json"),
        (b'{"experiment": "other"}', "application/json"),
        (b'{"experiment": "race"}', "text/plain"),
        (b'{"experiment": ' + b"[" * 100_000, "application/json"),
        (b"", "application/json"),
    ],
)
def test_what_is_no_experiment_stays_evidence(data: bytes, media: str) -> None:
    assert read_document(piece(data, media=media)) is None
    assert split_evidence([piece(data, media=media)], CATALOGUE) == ([], [piece(data, media=media)])
