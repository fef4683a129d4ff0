"""Recorded sessions of observed programs: exports, reports, comparisons, and that they cannot be replayed."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.core.batch import Batch, Kind
from app.core.errors import BadInput
from app.experiments.script import script_of
from app.experiments.to_test import session_test
from app.session.comparison import compare, worker_rows
from app.session.export import export_session
from app.session.folder import new_writer
from app.session.reader import SessionReader
from app.session.reports.observed import observed_part
from app.session.reports.timeline import timeline
from app.session.reports.writing import FORMATS, render_report
from app.session.requests import requests_of
from app.session.session_report import SessionReport, read_report
from app.session.session_summary import read_summary
from app.session.thread_words import stop_lines
from tests.programs.test_observed_transcript import Told, asked, ended, notice, printed, request, thread, verdict
from tests.session.stories import CATALOGUE, HOSTILE, record, usual

_STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def observed_session(folder: Path, name: str = "w", file: str = "f.py") -> Path:
    """Record a program whose thread notices a request, and another that is killed; return the session's file."""
    told = Told()
    told.feed({"kind": "hello", "version": [3, 14, 0], "begin_ns": 1_001, "pid": 1}, thread(1, "MainThread", 1_001))
    told.feed(thread(2, name, 2_000_000, at=[file, 12], by=1), thread(3, f"{name} 2", 2_500_000, at=[file, 13], by=1))
    told.feed(printed(3_000_000, f"{name}\n"), printed(3_100_000, "oops\n", "stderr"))
    told.feed(
        {**request(1, 4_000_000), "what": name}, {**notice(1, 5_000_000, "likely"), "how": name}, ended(6_000_000)
    )
    told.feed(request(2, 7_000_000), {**asked(2), "thread": 3}, {"kind": "note", "text": f"Not seen: {name}."})
    told.feed({"kind": "main_ended", "t_ns": 8_000_000})
    call = {"kind": "call", "call": name, "at": [file, 30]}
    told.feed({**verdict("blocked-in-call", 1_100_000_000, "deadline", call), "thread": 3})
    told.now = 1_200_000_000
    told.add(told.transcript.kill(77, 1_199_000_000))
    told.end(-9, killed=True)
    writer = new_writer(folder, _STARTED, 1_000)
    batch = Batch()
    for each in told.records:
        batch.extend(_one(each.instant, each.run, each.kind, each.text, told))
    writer.write(batch)
    writer.finish("2026-01-02T03:14:05+00:00")
    return writer.path


def _one(instant: int, run: int, kind: int, text: str, told: Told) -> Batch:
    from array import array

    batch = Batch()
    batch.add(run, told.run(run).name, array("q", (instant,)), bytes((kind,)), (text,))
    return batch


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return observed_session(tmp_path_factory.mktemp("observed"))


@pytest.fixture(scope="module")
def report(path: Path) -> SessionReport:
    return read_report(path)


def rendered(report: SessionReport, form: str) -> str:
    return b"".join(render_report(report, form, CATALOGUE)).decode()


def test_json_lines_have_the_facts_with_runs_and_places(path: Path) -> None:
    with SessionReader(path, pytest.fail) as reader:
        lines = [json.loads(line) for line in b"".join(export_session(reader, "jsonl", None, None)).splitlines()]
    by_event = {line["event"]: line for line in lines if "event" in line}
    (noticed,) = [line for line in lines if line.get("event") == "noticed-at"]
    assert noticed["text"] == "noticed what was asked at f.py:9 (w), likely"
    assert noticed["facts"]["noticed"] == 4_999_000
    assert by_event["asked"]["facts"]["by"] == {"worker": "MainThread", "run": 1}
    assert by_event["asked"]["facts"]["place"] == {"file": "f.py", "line": 26}
    assert by_event["verdict"]["facts"]["evidence"] == [{"kind": "call", "call": "w", "file": "f.py", "line": 30}]
    assert by_event["program-ended"]["facts"] == {"status": -9}
    assert [line["text"] for line in lines if line["kind"] == Kind.LINE.word] == ["w", "oops"]


def test_the_report_knows_who_asked_whom(report: SessionReport) -> None:
    first, second = (request for run in report.runs for request in requests_of(run.run, run.observed))
    assert (first.by, first.run, first.instant, first.noticed) == (1, 2, 3_999_000, 4_999_000)
    assert (second.by, second.run, second.noticed) == (1, 3, None)
    part = observed_part(report)
    assert part is not None
    assert part.rows == (
        ("MainThread #1", "–", "–", "–", "–", "–", "–"),
        ("w #1", "by MainThread at f.py:12", "MainThread", "f.py:26", "w, likely", "f.py:9", "1.00 ms"),
        ("w 2 #1", "by MainThread at f.py:13", "MainThread", "f.py:26", "go = bool, likely", "not noticed", "–"),
    )
    assert part.sentences == (
        "Not seen: w.",
        "w 2 #1 kept the process alive after the main thread's code had ended, until it was killed.",
        "blocked-in-call: w 2 was asked (request not known), and is in w at f.py:9.",
    )


def test_a_session_without_observed_programs_says_nothing_of_them(tmp_path: Path) -> None:
    report = read_report(record(tmp_path, usual))
    assert observed_part(report) is None
    assert timeline(report).arrows == ()
    assert "Observed threads" not in rendered(report, "html")


def test_an_arrow_leads_from_row_to_row(report: SessionReport) -> None:
    drawing = timeline(report)
    (arrow,) = drawing.arrows  # the other was not noticed
    (request,) = requests_of(2, report.runs[1].observed)
    assert (arrow.kind, arrow.words) == ("likely", f"w #1: {request.asked_words}; {request.noticed_words}")
    begin = re.match(r"M[\d.]+ ([\d.]+)V([\d.]+)", arrow.path)
    assert begin is not None
    above, below = drawing.rows[0].y, drawing.rows[1].y
    assert above < float(begin[1]) < below
    assert float(begin[2]) > float(begin[1])


def test_every_report_tells_of_it(report: SessionReport) -> None:
    page = rendered(report, "html")
    assert page.count('class="arrow likely"') == 1
    assert "A thread of an observed program" in page
    assert "had ended, until it was killed." in rendered(report, "markdown")
    assert "observed" in rendered(report, "csv")
    suite = ET.fromstring(rendered(report, "junit"))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == ["MainThread #1", "w #1", "w 2 #1"]
    said = cases["w #1"].findtext("system-out")
    assert said is not None
    assert said.endswith(stop_lines(report.runs[1])[0])
    (failure,) = cases["w 2 #1"].findall("failure")
    assert failure.get("message") == "blocked-in-call: w 2 was asked (request not known), and is in w at f.py:9."
    events = json.loads(rendered(report, "trace"))["traceEvents"]
    arrows = [(each["ph"], each["tid"], each["ts"]) for each in events if each.get("cat") == "request"]
    assert arrows == [("X", 1, 3_999.0), ("s", 1, 3_999.0), ("f", 2, 4_999.0), ("X", 1, 6_999.0)]
    assert not [each for each in events if each.get("name") == "Stop"]


@pytest.mark.parametrize("text", [HOSTILE[0], HOSTILE[1], HOSTILE[4], HOSTILE[5]])
def test_names_of_threads_and_files_are_plain_text_in_every_report(tmp_path: Path, text: str) -> None:
    report = read_report(observed_session(tmp_path, text, text))
    assert read_summary(report.path).problem == ""
    for form in set(FORMATS) - {"csv", "trace"}:  # those are no markup
        page = rendered(report, form)
        assert "<script>" not in page
        assert "<img" not in page
    ET.fromstring(rendered(report, "junit"))
    json.loads(rendered(report, "trace"))


def test_sessions_are_compared_thread_by_thread(report: SessionReport, tmp_path: Path) -> None:
    other = read_report(observed_session(tmp_path))
    rows = {(name, what): cells for name, what, *cells in worker_rows(compare(report, other, CATALOGUE))}
    assert rows["w", "settings"] == ["a thread of an observed program", "a thread of an observed program", ""]
    assert rows["w", "latency p50"] == ["1.00 ms (1 run)", "1.00 ms (1 run)", ""]
    assert rows["w 2", "outcomes"][0] == "1 killed, was stuck"


@pytest.mark.parametrize(
    "repeat", [lambda report: script_of(report, CATALOGUE), lambda report: list(session_test(report, CATALOGUE))]
)
def test_it_cannot_be_replayed_and_says_so(report: SessionReport, repeat: Callable[[SessionReport], object]) -> None:
    with pytest.raises(BadInput, match="An observed program cannot be replayed, nor turned into a test"):
        repeat(report)
