"""What a person reads in a report: steps with their texts, titles, times as the window writes them, tables, charts."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.latency import session_time
from app.session.journal import Check, Verdict
from app.session.journal import action_words as journal_words
from app.session.journal_reader import Action
from app.session.reports.race_chart import race_chart
from app.session.reports.readable import read_table
from app.session.reports.timeline import WIDTH, timeline, zooms
from app.session.reports.words import action_words
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport, read_report
from tests.session.reports.test_html import _elements
from tests.session.stories import CATALOGUE, PNG, RecordedCore, record

CHAINS = [
    {"worker": "Flag", "run": 1, "latency_ns": 443_000_000, "requested_ns": 61_002_000_000, "strategy": "event-poll"}
]
RACE = {
    "experiment": "race",
    "found": "Flag took longest.",
    "conditions": "2 rounds",
    "table": [["worker", "strategy"], ["Flag", "event-poll"]],
    "result": {
        "workers": [
            {"worker": {"name": "Flag"}, "latencies_ms": [100.0, None], "predicted_ms": 205.0},
            {"worker": {"name": "Waits"}, "latencies_ms": [0.1, 0.2], "predicted_ms": None},
        ]
    },
}


def planned(core: RecordedCore) -> None:
    """Do a step of a plan, and fail it; race; keep what was known."""
    steps = [
        {"title": "Stop it", "do": "Press Stop all.", "expect": "It ends at once."},
        {"title": "Look", "do": "Look at the row."},
    ]
    core.journal.action("plan", clicked=core.clock.now(), title="Short", plan={"step": steps})
    core.begin(name="Qt", strategy="qthread-interruption", interval=0.0, limit=1)
    core.until_idle()
    run = core.begin(name="Flag", strategy="event-poll")
    core.until_lines(run, 2)
    core.ask(run)
    core.until_idle()
    check = Check("lines_min", "Flag: at least 2", "2", passed=True, worker="Flag")
    core.journal.step("Short", 1, "Stop it", Verdict.PASS, by_program=True, checks=(check,))
    core.journal.step("Short", 1, "Stop it", Verdict.FAIL, by_program=False, actual="It took half a second.")
    core.journal.evidence("chains.json", "application/json", json.dumps(CHAINS).encode(), "fail", 1)
    core.journal.evidence("environment.json", "application/json", b'{"stop_deadline_s": "5"}', "fail", 1)
    core.journal.evidence("window.png", "image/png", PNG, "F12")
    core.journal.evidence("race.json", "application/json", json.dumps(RACE).encode(), "what the race found")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    return read_report(record(tmp_path_factory.mktemp("planned"), planned))


@pytest.fixture(scope="module")
def elements(report: SessionReport) -> list[tuple[str, dict[str, str], str]]:
    return _elements(b"".join(render_report(report, "html", CATALOGUE)).decode("utf-8"))


def texts(elements: list[tuple[str, dict[str, str], str]], wanted: str) -> list[str]:
    return [text for tag, _, text in elements if tag == wanted]


def test_a_step_says_what_was_done_expected_found_and_by_whom_it_was_judged(elements) -> None:
    words, values = texts(elements, "dt"), texts(elements, "dd")
    said = dict(zip(words[:5], values[:5], strict=True))
    assert said["Do"] == "Press Stop all."
    assert said["Expected"] == "It ends at once."
    assert said["Actual result"] == "It took half a second."
    assert said["Check"] == "✓ Flag: 2 lines (at least 2 expected)"
    assert values[-1] == "not yet"
    verdicts = [
        (a["class"], text) for tag, a, text in elements if tag == "td" and a.get("class", "").startswith("word ")
    ]
    assert verdicts[:2] == [("word fail", "✗ Failed"), ("word pass", "✓ Passed")]


def test_markdown_says_the_same(report: SessionReport) -> None:
    text = b"".join(render_report(report, "markdown", CATALOGUE)).decode("utf-8")
    for words in (
        "Do: Press Stop all.",
        "Expected: It ends at once.",
        "Actual result: It took half a second.",
        "| Flag |",
    ):
        assert words in text
    assert "{" not in text


def test_no_json_and_no_id_is_left_and_times_are_the_window_s(elements, report: SessionReport) -> None:
    page = " ".join(text for tag, _, text in elements if tag == "body")
    assert "{" not in page
    assert "event-poll" not in page
    cells = texts(elements, "td")
    assert cells[(at := cells.index("443 ms") - 2) : at + 5] == ["Flag", "1", "443 ms", "01:01.002", "Event, polled"]
    assert "QThread, interruption" in cells
    assert "qthread-interruption" not in page
    assert session_time(report.runs[0].began) in cells
    assert not re.search(r"\d\.\d{6} s", page)
    captions = texts(elements, "figcaption")
    assert captions[0].endswith(": for failed step 1")


def test_every_run_has_a_drawing_of_its_stop_which_the_timeline_leads_to(elements, report: SessionReport) -> None:
    ids = [f"run-{run.run}" for run in report.runs]
    *_, zoom = zooms(report)
    leading = [a["href"] for tag, a, _ in elements if tag == "a" and a["href"].startswith("#run")]
    assert leading == [f"#{each}" for each in ids]
    assert [a["id"] for tag, a, _ in elements if tag == "details"] == ids
    asked, noticed = (
        next(m.x for m in zoom.timeline.rows[0].marks if m.kind == kind) for kind in ("requested", "noticed")
    )
    all_marks = {mark.kind: mark.x for mark in timeline(report).rows[-1].marks}
    assert noticed - asked > all_marks["noticed"] - all_marks["requested"]
    assert all(0 <= bar.x <= bar.x + bar.width <= WIDTH for bar in zoom.timeline.rows[0].bars)


def test_a_step_leads_to_what_was_kept_for_it(elements) -> None:
    figures = {a["id"]: text for tag, a, text in elements if tag == "figure"}
    leading = [(a["href"], text) for tag, a, text in elements if tag == "a" and a["href"].startswith("#evidence")]
    assert leading == [("#evidence-1", "1. chains.json"), ("#evidence-2", "2. environment.json")]
    assert {href.removeprefix("#") for href, _ in leading} <= figures.keys()
    assert "Stop deadline5.00 s" in "".join(figures["evidence-2"].split("\n"))


def test_a_race_is_drawn_a_dot_a_run(elements) -> None:
    dots = [a for tag, a, _ in elements if tag == "circle" and a["class"] == "dot"]
    assert len(dots) == 3
    assert float(dots[0]["cx"]) > float(dots[1]["cx"])
    assert sum(a.get("class") == "never" for tag, a, _ in elements if tag == "line") == 2  # a cross
    assert sum(a.get("class") == "band" for tag, a, _ in elements if tag == "rect") == 1
    assert "Flag took longest." in texts(elements, "p")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["workers", "worker", "name", "latencies_ms", "predicted_ms", "a_ns", "b_s"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_a_file_holds_is_read_or_left_out(value: object) -> None:
    chart = race_chart(value)
    assert chart is None or all(0 <= dot.x <= chart.width for row in chart.rows for dot in row.dots)
    table = read_table(json.dumps(value), CATALOGUE)
    assert table is None or all(isinstance(cell, str) for row in table.rows for cell in row)


def test_a_stop_of_several_workers_says_who_pressed_and_which(report: SessionReport) -> None:
    names = ["Event, polled", "Flag"]
    action = Action(5, "stop", {"runs": [1, 2], "workers": names}, was_clicked=True)
    words = action_words(action, CATALOGUE)
    assert words == journal_words({"action": "stop", "clicked_ns": 5, "workers": names})
    assert words.startswith("You pressed Stop: ")
    assert "“Event, polled” and “Flag”" in words
    matrix = Action(5, "matrix", {"strategies": ["event-poll"], "workloads": ["sleep", "of-another"]})
    assert action_words(matrix, CATALOGUE) == "You started a matrix of Event, polled under Sleep and Of another"
