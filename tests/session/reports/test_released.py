"""A run that never stopped and was released is called so in every report, and never interrupted."""

import csv
import io

import junitparser
import pytest

from app.core.latency import release_words
from app.core.states import Outcome
from app.session.reports.timeline import timeline
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport, read_report
from app.ui.browser.logic import run_table, snapshot_of
from app.ui.chain.words import title_words, verdict
from app.ui.run_words import end_words
from tests.session.stories import CATALOGUE, RecordedCore, record


@pytest.fixture(scope="module")
def released_report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    """Return the report of a run that waited for a lock until it was released."""

    def act(core: RecordedCore) -> None:
        run = core.begin(name="Locked", workload="lock")
        core.until_lines(run, 1)
        core.ask(run)

    return read_report(record(tmp_path_factory.mktemp("released"), act, deadline=0.05))


@pytest.fixture
def sentence(released_report: SessionReport) -> str:
    """Return what must be said of it."""
    (run,) = released_report.runs
    assert run.released is not None
    return release_words(run.chain.requested, run.released)


def test_the_report_has_it(released_report: SessionReport, sentence: str) -> None:
    (run,) = released_report.runs
    assert (run.outcome, run.outcome_words, run.never, run.was_stuck) == (Outcome.RELEASED, "released", True, True)
    assert (run.chain.noticed, run.chain.latency, run.release_words) == (None, None, sentence)


@pytest.mark.parametrize("form", ["html", "markdown", "junit", "csv", "trace"])
def test_every_report_says_released_and_never_interrupted(released_report: SessionReport, form: str) -> None:
    text = b"".join(render_report(released_report, form, CATALOGUE)).decode("utf-8")
    assert "released" in text
    assert "interrupted" not in text


@pytest.mark.parametrize("form", ["html", "markdown", "junit", "trace"])
def test_the_sentence_is_there(released_report: SessionReport, sentence: str, form: str) -> None:
    assert sentence in b"".join(render_report(released_report, form, CATALOGUE)).decode("utf-8")


def test_in_junit_it_is_a_failure_and_in_csv_a_row(released_report: SessionReport, sentence: str) -> None:
    suite = next(iter(junitparser.JUnitXml.fromstring(b"".join(render_report(released_report, "junit", CATALOGUE)))))
    (case,) = suite
    assert [(type(result), result.message) for result in case.result] == [(junitparser.Failure, sentence)]
    (row,) = csv.DictReader(io.StringIO(b"".join(render_report(released_report, "csv", CATALOGUE)).decode("utf-8")))
    assert (row["outcome"], row["latency_ns"], row["noticed_ns"]) == ("released", "", "")
    assert int(row["released_ns"]) == released_report.runs[0].released


def test_the_drawing_has_a_mark_at_the_release(released_report: SessionReport) -> None:
    (row,) = timeline(released_report).rows
    assert [mark.kind for mark in row.marks] == ["requested", "released"]


def test_the_sessions_window_says_so_too(released_report: SessionReport, sentence: str) -> None:
    (cells,) = run_table(released_report.runs, CATALOGUE)
    assert cells[1:3] == ("released", "never")
    assert sentence in cells[3]
    snapshot = snapshot_of(released_report.runs[0])
    assert snapshot is not None
    assert title_words(snapshot).endswith(f": {end_words(snapshot)}")
    assert sentence in verdict(snapshot, 0)
