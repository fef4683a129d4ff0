"""The trace, held against the trace-event format."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from app.session.reports.writing import render_report
from app.session.session_report import SessionReport
from tests.session.stories import CATALOGUE

_NEEDED = {
    "M": {"name", "ph", "pid", "tid", "args"},
    "X": {"name", "ph", "ts", "dur", "pid", "tid"},
    "i": {"name", "ph", "ts", "pid", "tid", "s"},
    "s": {"name", "ph", "ts", "pid", "tid", "id", "cat"},
    "f": {"name", "ph", "ts", "pid", "tid", "id", "cat", "bp"},
}


def _events(report: SessionReport) -> list[dict[str, Any]]:
    data = b"".join(render_report(report, "trace", CATALOGUE))
    assert data.isascii()
    document = json.loads(data)
    assert document["displayTimeUnit"] in ("ms", "ns")
    events: list[dict[str, Any]] = document["traceEvents"]
    return events


def check_format(events: list[dict[str, Any]]) -> None:
    """Assert what the format says: the keys of each phase, slices that nest, and arrows between slices."""
    slices: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    names = {event["tid"] for event in events if event["name"] == "thread_name"}
    for event in events:
        assert event.keys() >= _NEEDED[event["ph"]], event
        assert isinstance(event["name"], str)
        assert event["name"]
        assert isinstance(event["ts"], int | float)
        assert event["tid"] in names
        if event["ph"] == "X":
            assert event["dur"] >= 0
            slices[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
        if event["ph"] == "i":
            assert event["s"] in ("t", "p", "g")
    for spans in slices.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert start >= end - 0.0011, "slices of a track overlap"
    starts = {event["id"]: event for event in events if event["ph"] == "s"}
    ends = {event["id"]: event for event in events if event["ph"] == "f"}
    assert starts.keys() == ends.keys()
    for key, start in starts.items():
        end = ends[key]
        assert end["ts"] >= start["ts"]
        assert (end["name"], end["cat"], end["bp"]) == (start["name"], start["cat"], "e")
        for event in (start, end):
            assert any(low <= event["ts"] < high for low, high in slices[event["pid"], event["tid"]]), event


def test_the_trace_is_in_the_format(usual_report: SessionReport, hostile_report: SessionReport) -> None:
    for report in (usual_report, hostile_report):
        check_format(_events(report))


def test_threads_are_tracks_lines_are_instants_and_the_stop_is_an_arrow(usual_report: SessionReport) -> None:
    events = _events(usual_report)
    tracks = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert list(tracks.values()) == ["actions", "Waiter #1", "Counter #1", "Timed #1", "Waiter #2"]
    lines = Counter(event["tid"] for event in events if event.get("cat") == "line")
    assert lines == {run.run: run.line_records for run in usual_report.runs}
    arrows = {event["id"]: event for event in events if event["ph"] in "sf"}
    assert arrows.keys() == {run.run for run in usual_report.runs if run.chain.latency is not None}
    for run in usual_report.runs:
        if run.chain.noticed is not None:
            assert abs(arrows[run.run]["ts"] - run.chain.noticed / 1_000) < 0.001
            assert arrows[run.run]["tid"] == run.run
    states = [event["name"] for event in events if event.get("cat") == "state" and event["tid"] == 1]
    assert states == ["starting", "running", "stopping", "ending"]


def test_one_stop_of_many_is_one_slice_with_many_arrows(usual_report: SessionReport) -> None:
    stops = [event for event in _events(usual_report) if event["name"] == "Stop" and event["ph"] == "X"]
    assert len(stops) == 3
