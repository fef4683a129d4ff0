"""Lines that were written to standard error, or logged: exports, reports and the command line tell them from prints."""

import csv
import io
import json
from array import array
from pathlib import Path

import pytest

from app.cli.run import by_stream, plain
from app.core.batch import Batch, Kind, RunName
from app.session.export import export_session
from app.session.reader import SessionReader
from app.session.reports.words import line_words
from app.session.session_report import read_report
from tests.session.past import Past

W = RunName("W", 1)
WRITTEN = (Kind.LINE, Kind.STDERR, Kind.STDERR, Kind.LOG_DEBUG, Kind.LOG_CRITICAL, Kind.LINE)
SOURCES = ["", "stderr", "stderr", "debug", "critical", ""]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """Return a session with a line of some kinds, each with its kind's name."""
    past = Past(tmp_path)
    for kind in WRITTEN:
        past.record(1, W, kind, [kind.name])
    past.writer.finish("later")
    return past


def export(past: Past, form: str) -> str:
    with SessionReader(past.path, pytest.fail) as reader:  # type: ignore[arg-type]
        return b"".join(export_session(reader, form, None, None)).decode()


def test_text_has_all_lines_and_the_other_exports_say_where_they_come_from(past: Past) -> None:
    assert export(past, "text").splitlines() == [kind.name for kind in WRITTEN]
    rows = [json.loads(row) for row in export(past, "jsonl").splitlines()]
    assert [(row["kind"], row.get("source", "")) for row in rows] == [("line", source) for source in SOURCES]
    cells = list(csv.DictReader(io.StringIO(export(past, "csv"), newline="")))
    assert [(cell["kind"], cell["source"]) for cell in cells] == [("line", source) for source in SOURCES]


def test_the_report_counts_them_apart(past: Past) -> None:
    (run,) = read_report(past.path).runs
    assert run.line_records == len(WRITTEN)
    assert line_words(run) == "6 (2 stderr, 1 debug, 1 critical)"


def test_the_command_line_writes_them_to_standard_error_in_their_order() -> None:
    batch = Batch()
    kinds = bytes([Kind.LINE, Kind.STATE, Kind.STDERR, Kind.LOG_INFO, Kind.LINE])
    batch.add(1, W, array("q", range(5)), kinds, ["a", "{}", "b", "c", "d"])
    assert [(is_error, plain(part)) for is_error, part in by_stream(batch)] == [
        (False, b"a\n"),
        (True, b"b\nc\n"),
        (False, b"d\n"),
    ]
    assert list(by_stream(Batch())) == [(False, Batch())]
