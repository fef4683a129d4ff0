"""What reports say of runs of code of the person's own: what was run, how it was asked, and that a notice is not known."""

import html
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.catalogue import Catalogue
from app.core.events import Ended, Hosted, Started
from app.core.latency import StopChain
from app.core.own_code.description import OWN_CODE, OwnCode, read_stop
from app.core.states import Outcome
from app.core.worker import code_worker
from app.documents.worker_sets import to_tables
from app.session.reports.words import action_words, latency_words, mechanism_words, run_row
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport, read_report
from app.ui.browser.logic import RUN_TITLES, run_table
from tests.session.past import ORIGIN, Past

CATALOGUE = Catalogue()
CODE = OwnCode("/mine.py", "Mine", read_stop("flag thread.running = False"))


@pytest.fixture
def report(tmp_path: Path) -> SessionReport:
    """Return the report of a session with one run, which was stopped by a flag."""
    past = Past(tmp_path)
    (table,) = to_tables([code_worker("W", CODE)])
    past.journal.action("start", run=1, worker=table)
    past.event(Started(OWN_CODE, OWN_CODE, 0.0))
    past.event(Hosted(4711, "3.13.1t <b>"))
    requested = ORIGIN + past.t
    ended = requested + 1_000
    chain = StopChain(None, requested, None, ended, ended)
    past.event(Ended(Outcome.INTERRUPTED, chain, 0, False, None, None, None, 0, OWN_CODE, OWN_CODE, 0.0))
    past.writer.finish("later")
    return read_report(past.path)


def test_the_way_and_the_name_stand_in_place_of_own_code(report: SessionReport) -> None:
    (run,), (start,) = report.runs, [action for action in report.actions if action.word == "start"]
    assert mechanism_words(run, CATALOGUE) == ("Flag running", "mine.py:Mine")
    row = run_row(run, CATALOGUE)
    assert (row["strategy"], row["workload"], row["interval"]) == ("Flag running", "mine.py:Mine", "–")
    assert action_words(start, CATALOGUE).endswith("(Flag running · mine.py:Mine)")
    (shown,) = run_table([run], CATALOGUE)
    assert shown[RUN_TITLES.index("Mechanism")] == "Flag running"
    assert shown[RUN_TITLES.index("Workload")] == "mine.py:Mine"


def test_when_it_noticed_is_not_known(report: SessionReport) -> None:
    (run,) = report.runs
    assert latency_words(run) == "not known"


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_it_is_said_which_python_carried_it(report: SessionReport, form: str) -> None:
    text = html.unescape(b"".join(render_report(report, form, CATALOGUE)).decode().replace("\\", ""))
    assert "in process 4711, Python 3.13.1t <b>" in text
    assert "3.13.1t <b>" not in b"".join(render_report(report, "html", CATALOGUE)).decode()


@pytest.mark.parametrize("code", [None, 5, {}, {"file": "x", "name": "y"}, {"file": "/a.py", "name": "b", "stop": []}])
def test_a_table_may_hold_anything(report: SessionReport, code: object) -> None:
    (run,) = report.runs
    assert mechanism_words(replace(run, table={"code": code}), CATALOGUE) == ("Own code", "Own code")
    assert mechanism_words(replace(run, table=None), CATALOGUE) == ("Own code", "Own code")
