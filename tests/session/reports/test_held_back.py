"""What a run waits for while its reader is behind, in the reports: a state of its own, as in the timeline."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.events import HeldBack, Running
from app.session.reports.timeline import timeline, with_held
from app.session.reports.words import held_words
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport, read_report
from tests.session.past import ORIGIN, Past
from tests.session.reports.test_trace import check_format
from tests.session.stories import CATALOGUE

MS = 10**6


WAITS = ((20 * MS, 40 * MS), (60 * MS, 90 * MS))  # in the session


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SessionReport:
    past = Past(tmp_path_factory.mktemp("held"))
    past.event(Running(ORIGIN, 7))
    past.lines(3)
    past.t = 200 * MS
    past.event(HeldBack(tuple((ORIGIN + began, ORIGIN + ended) for began, ended in WAITS)))
    past.stopped(10)
    return read_report(past.end())


def test_the_report_knows_when_a_run_was_held_back(report: SessionReport) -> None:
    (run,) = report.runs
    assert (run.held, run.held_for) == (WAITS, 50 * MS)


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_person_reads_for_how_long(report: SessionReport, form: str) -> None:
    (run,) = report.runs
    assert held_words(run) in b"".join(render_report(report, form, CATALOGUE)).decode()
    assert held_words(replace(run, held=(), held_for=0)) == ""


def test_the_trace_has_it_between_stretches_of_running(report: SessionReport) -> None:
    events = json.loads(b"".join(render_report(report, "trace", CATALOGUE)))["traceEvents"]
    check_format(events)
    states = [event for event in events if event.get("cat") == "state"]
    held = [event for event in states if event["name"] == "held back"]
    assert [(event["ts"] * 1_000, event["dur"] * 1_000) for event in held] == [(20 * MS, 20 * MS), (60 * MS, 30 * MS)]
    assert [event["name"] for event in states][:4] == ["running", "held back", "running", "held back"]


def test_the_drawings_have_a_bar_of_its_own(report: SessionReport) -> None:
    (run,) = report.runs
    middle = run.began + 50 * MS
    made = replace(run, running=run.began, held=((middle, middle + 20 * MS),))
    made = replace(made, chain=replace(run.chain, requested=middle + 60 * MS))
    bars = timeline(replace(report, runs=(made,))).rows[0].bars
    assert [bar.kind for bar in bars][:3] == ["running", "held-back", "running"]
    assert bars[1].words == f"{run.title}: {held_words(made)}"  # and not how wide the drawing has it


def test_short_waits_far_from_each_other_do_not_fill_a_drawing(report: SessionReport) -> None:
    (run,) = report.runs
    waits = tuple((run.began + at * MS, run.began + at * MS + MS // 5) for at in range(0, 60_000, 1))
    long = replace(
        run, running=run.began, held=waits, chain=replace(run.chain, requested=None, ended=run.began + 60_000 * MS)
    )
    bars = timeline(replace(report, runs=(long,), duration=run.began + 60_000 * MS)).rows[0].bars
    assert [bar.kind for bar in bars] == ["running"]


_INSTANTS = st.lists(st.integers(0, 100), min_size=2, max_size=12, unique=True).map(sorted)


@given(_INSTANTS, _INSTANTS)
def test_states_and_waits_cover_what_the_states_cover(edges: list[int], ends: list[int]) -> None:
    states = [("running" if place % 2 else "stopping", at, until) for place, (at, until) in enumerate(pairwise(edges))]
    held = list(zip(ends[::2], ends[1::2], strict=False))
    found = list(with_held(states, held))
    assert [(at, until) for _, at, until in found] == sorted((at, until) for _, at, until in found)

    def at(instant: int, of: list[tuple[str, int, int]]) -> str:
        return next((word for word, start, end in of if start <= instant < end), "")

    for instant in range(100):
        waits = any(start <= instant < end for start, end in held)
        expected = at(instant, states)
        assert at(instant, found) == ("held-back" if waits and expected == "running" else expected)
