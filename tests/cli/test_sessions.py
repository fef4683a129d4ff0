"""``sessions`` and ``export``: what was recorded, on standard output or in a file."""

import contextlib
import csv
import io
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.sessions import export_command, sessions_text
from app.core.errors import BadInput
from app.session.folder import list_sessions, new_writer
from app.session.journal_reader import verdict_count_words, verdict_counts
from app.session.reports.words import END_UNKNOWN
from app.session.session_summary import SessionSummary, read_summary
from app.session.writer import SessionWriter
from tests.cli.shell import Terminal, refused, refused_here, run, run_here
from tests.experiments.schema import SESSIONS, check
from tests.session.conftest import ORIGIN, STARTED, batch
from tests.session.damage import flip_a_byte
from tests.session.past import Past, past_session


@pytest.fixture
def recorded(tmp_path: Path) -> SessionWriter:
    """Return the writer of a session with two workers, which was ended."""
    writer = new_writer(tmp_path / "sessions", STARTED, ORIGIN)
    writer.write(batch(["one", "=two", "three\nlines"], run=1, start=ORIGIN))
    writer.write(batch(["other"], run=2, start=ORIGIN + 10_000))
    writer.finish("2026-01-02T03:05:00+00:00")
    return writer


def test_sessions_are_listed_and_what_is_none_is_named(recorded: SessionWriter) -> None:
    folder = recorded.path.parent
    (folder / "20270101-000000.tcsession").write_bytes(b"no database" * 99)
    (folder / "20280101-000000.tcsession").symlink_to(folder / "nowhere")
    done = run("sessions", "--session-dir", folder)
    assert (done.returncode, done.stderr) == (1, b"")
    rows = done.stdout.decode().splitlines()
    assert len(rows) == 4
    assert rows[1].startswith(recorded.path.stem)
    assert " 4 " in rows[1]
    assert "cannot be read as a session" in rows[2]
    assert "no such session" in rows[3]


def listed(folder: Path) -> list[SessionSummary]:
    """Make two sessions, one of which was cut off with a failure, and return what is known of them."""
    past_session(folder, charter="Does it stop?")
    past = Past(folder, day=1, charter=f"{'long ' * 60}\x1b[31m\n", tester="Grace")
    past.open_plan()
    past.judge(1, "pass", by_program=True)
    past.judge(1, "fail")
    past.cut_off()
    return list(map(read_summary, list_sessions(folder)))


def test_the_list_has_charter_tester_and_verdicts(tmp_path: Path) -> None:
    summaries = listed(tmp_path)
    text = sessions_text(summaries, io.StringIO())
    head, *rows = text.splitlines()
    assert head.split()[:1] == ["id"]
    assert len(rows) == 2  # and no escape, and no line break of a charter
    assert "\x1b" not in text
    for summary, row in zip(summaries, rows, strict=True):
        for wanted in (summary.id, summary.tester, verdict_count_words(verdict_counts(summary.steps))):
            assert wanted in row
    assert "Does it stop?" in rows[0]
    assert "long…" in rows[1]
    printed = run("sessions", "--session-dir", tmp_path).stdout.decode()
    assert printed.splitlines()[1].split() == rows[0].split()


@pytest.mark.parametrize("columns", [30, 60, 100, 200])
def test_on_a_terminal_no_line_is_wider_than_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    for name, value in (("TERM", "xterm"), ("COLUMNS", str(columns)), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, value)
    summaries = listed(tmp_path)
    text = sessions_text(summaries, Terminal())
    assert max(map(len, text.splitlines())) <= columns
    words = text.split()
    for summary in summaries:
        assert summary.id in words
        assert summary.tester in words
    assert words.count("failed,") == 2
    assert ("records" in text.splitlines()[0]) is (columns == 200)  # a table where it fits


def test_sessions_as_json_with_charter_tester_and_verdicts(tmp_path: Path) -> None:
    first = past_session(tmp_path, charter="Does it stop?")
    past = Past(tmp_path, day=1, charter="\x1b[31mred", tester="Grace")
    past.open_plan()
    past.judge(1, "pass", by_program=True)
    past.judge(1, "fail")
    past.cut_off()
    (tmp_path / "20300101-000000.tcsession").write_bytes(b"no database" * 99)
    done = run("sessions", "--json", "--session-dir", tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    values = json.loads(done.stdout)
    check(values, SESSIONS)
    assert values["folder"] == str(tmp_path)
    whole, other, unreadable = values["sessions"]
    assert (whole["id"], whole["path"], whole["problem"]) == (first.stem, str(first), "")
    assert (whole["charter"], whole["tester"], whole["ended"]) == ("Does it stop?", "Ada", True)
    assert whole["verdicts"] == {"pass": 1, "fail": 1, "blocked": 0, "skip": 0, "not_judged": 1}
    assert (whole["notes"], whole["evidence"], whole["duration_s"] >= 10) == (1, 1, True)
    assert [step["verdict"] for step in whole["plans"][0]["steps"]] == ["pass", "fail", None]
    assert (other["charter"], other["tester"]) == ("\x1b[31mred", "Grace")
    assert other["ended"] is False
    judged = {"step": 1, "title": "Start it", "verdict": "fail", "by_program": "pass", "by_person": "fail"}
    assert other["plans"][0]["steps"][0] == judged
    assert "cannot be read as a session" in unreadable["problem"]
    none = run("sessions", "--json", "--session-dir", tmp_path / "none")
    assert (none.returncode, json.loads(none.stdout)["sessions"]) == (0, [])


def test_a_session_is_exported_in_every_format(recorded: SessionWriter) -> None:
    def export(*more: str) -> str:
        status, output, _ = run_here("export", "latest", "--session-dir", recorded.path.parent, *more)
        assert status == 0
        return output.decode()

    assert export() == "one\n=two\nthree\nlines\nother\n"
    assert export("--worker", "W2") == "other\n"
    assert [json.loads(row)["text"] for row in export("--jsonl").splitlines()] == [
        "one",
        "=two",
        "three\nlines",
        "other",
    ]
    rows = list(csv.DictReader(io.StringIO(export("--csv"), newline="")))
    assert [row["text"] for row in rows] == ["one", "'=two", "three\nlines", "other"]


def test_a_file_is_replaced_as_a_whole(recorded: SessionWriter, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"before")
    done = run("export", recorded.path, "-o", path, "--worker", "W2", "--force")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert path.read_bytes() == b"other\n"
    done = run("export", recorded.path, "-o", tmp_path)
    assert done.returncode == 2
    assert b"it is a folder" in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_is_damaged_is_left_out_and_said(recorded: SessionWriter, tmp_path: Path) -> None:
    flip_a_byte(recorded.path)
    path = tmp_path / "log.txt"
    done = run("export", recorded.path, "-o", path)
    assert done.returncode == 1
    assert done.stderr.decode().rstrip().endswith("lines 0 to 2 are left out: the batch is damaged.")
    assert path.read_bytes() == b"other\n"


def test_a_file_that_is_no_session_is_refused_in_one_sentence(recorded: SessionWriter, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    recorded.path.write_bytes(recorded.path.read_bytes()[:5_000])
    done = run("export", recorded.path, "-o", path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.decode().splitlines()) == 1
    assert not path.exists()


@pytest.mark.parametrize(
    "command", [["sessions"], ["export", "latest"], ["report", "latest"], ["replay", "latest"], []]
)
def test_a_folder_that_cannot_be_one_is_one_short_sentence(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").touch()
    for path, words in (
        (tmp_path / "file", "it is not a folder"),
        (tmp_path / "file" / "below", "Not a directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        ("/" + "long/" * 5_000, "File name too long"),
        ("", "it is empty"),
    ):
        # Without a command it is the window that is asked for: not in the tests' own process.
        sentence = (refused_here if command else refused)([*command, "--session-dir", path])
        assert words in sentence
        assert len(sentence) < 200


def test_a_worker_or_run_that_the_session_does_not_have_is_one_sentence(tmp_path: Path) -> None:
    past = Past(tmp_path, charter="Stops")  # what the session itself records stands under an empty name
    past.lines(1, worker="Blocked")
    past.lines(1, run=2, worker="Event")
    past.end()

    def sentence(*arguments: str) -> str:
        options = build_parser().parse_args(["export", "latest", "--session-dir", str(tmp_path), *arguments])
        with pytest.raises(BadInput) as error:
            export_command(options)
        return str(error.value)

    assert sentence("--worker", "Evnt") == (
        "--worker: No worker is called 'Evnt'; did you mean Event? There are: Blocked, Event."
    )
    assert sentence("--worker", "") == "--worker: No worker is called ''. There are: Blocked, Event."
    assert sentence("--run", "3") == "--run: the session has no run number 3 of any worker."
    assert sentence("--run", "2", "--worker", "Blocked") == "--run: the session has no run number 2 of 'Blocked'."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_is_no_plain_file_keeps_nothing_waiting(recorded: SessionWriter) -> None:
    folder = recorded.path.parent
    pipe = folder / "20300101-000000.tcsession"
    os.mkfifo(pipe)
    (folder / "20310101-000000.tcsession").mkdir()
    (folder / "20320101-000000.tcsession").symlink_to("/proc/kmsg")
    done = run("sessions", "--session-dir", folder)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.count(b"it is not a regular file, so not a session.") == 2
    assert b"it is empty; nothing was recorded in it." in done.stdout
    assert run("export", "latest", "--session-dir", folder).stdout.startswith(b"one\n")
    assert refused_here(["export", pipe]) == f"{pipe}: it is a pipe or a device, no session."
    assert (
        refused_here(["export", pipe.stem, "--session-dir", folder])
        == f"{pipe}: it is not a regular file, so not a session."
    )
    assert refused_here(["report", folder]) == f"{folder}: it is a folder, no session."
    assert "it is empty" in refused_here(["export", "/proc/kmsg"])


def test_sentences_about_long_paths_can_be_read(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*["x" * 250] * 12)
    for command in (["run", f"{path}.toml"], ["plan", f"{path}.toml"], ["export", path], ["--workers", path]):
        sentence = refused(command)
        assert len(sentence) < 400
        assert sentence.isprintable()
    assert len(run("sessions", "--session-dir", path).stdout) < 400


HARMS: dict[str, Callable[[Path], object]] = {
    "head": lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
    "first page": lambda path: path.write_bytes(bytes(4_096) + path.read_bytes()[4_096:]),
    "facts": lambda path: _changed(path, "DELETE FROM meta"),
    "row": lambda path: _changed(path, "UPDATE batch SET count = 'x', latest = 'y' WHERE first = 3"),
    "rows": lambda path: _changed(path, "DELETE FROM batch"),
}


def _changed(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_session_is_listed_reported_and_exported_and_that_is_said(
    harm: str, recorded: SessionWriter, tmp_path: Path
) -> None:
    other = new_writer(recorded.path.parent, STARTED, ORIGIN)
    other.write(batch(["sound"]))
    other.finish("2026-01-02T03:05:00+00:00")
    HARMS[harm](recorded.path)
    done = run("sessions", "--session-dir", recorded.path.parent)
    assert (done.returncode, done.stderr) == (1, b"")
    rows = done.stdout.decode().splitlines()
    assert len(rows) == 3
    assert "damaged" in rows[1]
    assert "damaged" not in rows[2]
    for command in ("export", "report", "to-test"):
        status, output, errors = run_here(command, recorded.path)
        assert status == (2 if command == "to-test" else 1)
        assert all(line.startswith("thread-controller: ") for line in errors.decode().splitlines())
        assert not {"Traceback", "NoneType", "object", "sqlite3"} & set(errors.decode().split())
        assert errors
        if (harm, command) == ("facts", "report"):
            assert END_UNKNOWN.encode() in output
