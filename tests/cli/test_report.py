"""``report``: a session's report on standard output or in a file."""

import json
from pathlib import Path

import junitparser
import pytest

from app.session.writer import SessionWriter
from tests.cli.shell import refused, run, run_here
from tests.session.conftest import batch, writer
from tests.session.damage import flip_a_byte
from tests.session.stories import record, usual

__all__ = ["writer"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a usual session."""
    return record(tmp_path_factory.mktemp("usual"), usual)


def test_each_report_goes_to_standard_output(session: Path) -> None:
    starts = {
        (): b"# Session 20260102-030405",
        ("--markdown",): b"# Session 20260102-030405",
        ("--html",): b"<!DOCTYPE html>",
        ("--junit",): b"<?xml",
        ("--csv",): b"run,worker,",
        ("--trace",): b'{"displayTimeUnit"',
    }
    for options, start in starts.items():
        status, output, errors = run_here("report", "latest", "--session-dir", session.parent, *options)
        assert (status, errors) == (0, b"")
        assert output.startswith(start)


def test_a_file_is_replaced_only_by_force(session: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    assert run("report", session, "--junit", "-o", path).returncode == 0
    assert junitparser.JUnitXml.fromfile(str(path)).tests == 4
    path.write_bytes(b"before")
    sentence = refused(["report", session, "--junit", "-o", path])
    assert sentence == f"{path}: it already exists; add --force to replace it."
    assert path.read_bytes() == b"before"
    assert run("report", session, "--trace", "-o", path, "--force").returncode == 0
    assert json.loads(path.read_bytes())["traceEvents"]


def test_what_cannot_be_written_or_read_is_one_sentence_and_leaves_nothing(session: Path, tmp_path: Path) -> None:
    assert "it is a folder" in refused(["report", session, "-o", tmp_path, "--force"])
    nowhere = tmp_path / "nowhere" / "report.md"
    assert "cannot be written" in refused(["report", session, "-o", nowhere])
    assert "no session" in refused(["report", "nonsense", "--session-dir", session.parent]).lower()
    assert "not allowed with" in refused(["report", session, "--html", "--csv"])
    assert not list(tmp_path.glob("*"))


def test_what_is_damaged_is_said_with_status_1(writer: SessionWriter) -> None:
    writer.write(batch(["one", "two"], run=1))
    writer.write(batch(["three"], run=2))
    writer.finish("later")
    flip_a_byte(writer.path)
    done = run("report", writer.path)
    assert done.returncode == 1
    assert b"are left out" in done.stderr
    assert b"W2 \\#2" in done.stdout
