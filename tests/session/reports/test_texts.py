"""Markdown, JUnit XML and CSV, each as its own readers see it."""

import csv
import io
import re
from xml.etree import ElementTree

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.journal import Check, check_words
from app.session.reports.templating import fenced, markdown_text
from app.session.reports.words import one_line, visible
from app.session.reports.writing import COLUMNS, render_report
from app.session.session_report import SessionReport
from tests.session.stories import CATALOGUE, HOSTILE


def _text(report: SessionReport, form: str) -> str:
    return b"".join(render_report(report, form, CATALOGUE)).decode("utf-8")


def test_markdown_of_hostile_texts_holds_no_markup_but_ours(hostile_report: SessionReport) -> None:
    text = _text(hostile_report, "markdown")
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"<[^>]*>", outside)) <= {"<br>"}
    assert "[d](" not in outside
    columns = None
    for line in outside.splitlines():
        bars = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
        if not line.startswith("|"):
            columns = None
            assert bars == 0
        else:
            assert bars == (columns := columns or bars)


def test_markdown_of_a_usual_session_is_readable(usual_report: SessionReport) -> None:
    text = _text(usual_report, "markdown")
    assert text.startswith("# Session 20260102-030405\n")
    assert "| Counter \\#1 | Event, polled | Sleep | 1.00 ms |" in text
    assert "How do they stop?" in text


@given(st.text())
def test_a_block_of_code_ends_where_it_should(text: str) -> None:
    lines = fenced(text).split("\n")
    assert lines[-1] == lines[0].removesuffix("text")
    assert not any(line.strip().startswith(lines[-1]) for line in lines[1:-1])
    assert "\n" not in markdown_text(text)


@given(st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu", "Co"])))
def test_what_cannot_be_seen_is_made_visible(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    visible(text).encode("utf-8")
    ElementTree.fromstring(f"<a>{visible(text).replace('&', '').replace('<', '')}</a>")
    assert not re.search("[\0-\x1f\u202a-\u202e\u2066-\u2069]", one_line(text))


def test_junit_has_a_case_a_step_and_the_failures_with_their_text(hostile_report: SessionReport) -> None:
    text = _text(hostile_report, "junit")
    ElementTree.fromstring(text)
    (suite,) = junitparser.JUnitXml.fromstring(text.encode("utf-8"))
    cases = list(suite)
    assert [case.name for case in cases] == [one_line(f"{n}. {text}") for n, text in enumerate(HOSTILE, 1)]
    failed = [case for case in cases if any(isinstance(result, junitparser.Failure) for result in case.result)]
    # The verdicts of the program go round; the person passed them all, and one fail is enough.
    assert [case.name.partition(".")[0] for case in failed] == ["2", "6"]
    assert f"program: fail, {visible(HOSTILE[1])}" in failed[0].result[0].text
    check = Check("line_matches", HOSTILE[1], HOSTILE[1], passed=False)
    assert visible(check_words(check)) in failed[0].result[0].text
    assert (suite.tests, suite.failures, suite.errors) == (len(HOSTILE), 2, 0)
    names = {prop.name: prop.value for prop in suite.properties()}
    assert names["tester"] == HOSTILE[0]


def test_junit_has_a_case_a_run_where_there_are_no_steps(usual_report: SessionReport) -> None:
    (suite,) = junitparser.JUnitXml.fromstring(b"".join(render_report(usual_report, "junit", CATALOGUE)))
    assert [(case.name, case.classname) for case in suite][:2] == [
        ("Waiter #1", "event-wait.sleep"),
        ("Counter #1", "event-poll.sleep"),
    ]
    assert all(case.is_passed for case in suite)
    assert all(case.time > 0 for case in suite)


def test_csv_has_a_row_a_run_and_no_formula(hostile_report: SessionReport, usual_report: SessionReport) -> None:
    rows = list(csv.DictReader(io.StringIO(_text(usual_report, "csv"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["worker"] for row in rows] == ["Waiter", "Counter", "Timed", "Waiter"]
    first = usual_report.runs[0]
    assert int(rows[0]["latency_ns"]) == first.chain.latency
    assert int(rows[0]["noticed_ns"]) - int(rows[0]["requested_ns"]) == first.chain.latency
    assert (rows[1]["outcome"], rows[1]["lines"], rows[1]["latency_ns"]) == ("completed", "5", "")
    for row in csv.reader(io.StringIO(_text(hostile_report, "csv"), newline="")):
        assert len(row) == len(COLUMNS)
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r", "-")) for cell in row)
        assert not any(re.search("[\0-\x1f\x7f-\x9f]", cell) for cell in row)
    error = next(row for row in csv.DictReader(io.StringIO(_text(hostile_report, "csv"))) if row["worker"] == "Error")
    assert "Traceback" in error["error"]
    assert error["outcome"] == "failed"


@pytest.mark.parametrize("text", ["=1+1", "+1", "@x", "-1"])
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    from app.session.reports.writing import _cell

    assert _cell(text) == f"'{text}"
    assert _cell(-5) == "-5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.5 s (a-b), x_y: 1", "0.5 s (a-b), x_y: 1"),
        ("# 1. a", r"\# 1. a"),
        ("1. a", r"1\. a"),
        ("- a", r"\- a"),
        ("_a_ *b* [c](d)", r"\_a\_ \*b\* \[c\](d)"),
        ("http://a.b www.c.d", r"http\://a.b www\.c.d"),
        ("<b>&\n|", r"&lt;b&gt;&amp;\\n\|"),
    ],
)
def test_markup_is_escaped_and_the_rest_stays_readable(text: str, shown: str) -> None:
    assert markdown_text(text) == shown
