"""``thread-controller observe``: what it refuses before it starts, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.observe import (
    ENDED_SINCE,
    NAME_ANOTHER,
    kept_alive_sentences,
    last_verdicts,
    observation_text,
    verdict_sentence,
)
from app.core.states import Outcome
from app.programs.observation import Observation, lost_words
from app.programs.observation_lines import observation_lines
from app.session.session_report import read_report
from tests.cli.shell import command, environment, refused_here, run
from tests.observer.harness import needs_monitoring
from tests.programs.observing import needs_observable, observable_python

_HANDLES = """\
import os, signal, sys, time
def end(number, frame):
    os.write(1, f"asked by {number:d}\\n".encode())
    sys.exit(40 + number)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
os.write(1, b"ready\\n")
time.sleep(30)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text("print('ran')\n")
    return path


def test_what_is_no_program_is_refused(script: Path, tmp_path: Path) -> None:
    assert "name a script, or a module with -m" in refused_here(["observe"])
    assert "name a script, or a module with -m" in refused_here(["observe", "--quiet", "--"])
    assert "-m: name a module" in refused_here(["observe", "-m"])
    assert refused_here(["observe", tmp_path / "none.py"]) == f"{tmp_path / 'none.py'}: there is no such file."


def test_an_interpreter_that_is_none_is_refused(script: Path, tmp_path: Path) -> None:
    assert "is not there" in refused_here(["observe", "--interpreter", tmp_path / "python", script])
    assert "is a folder without bin/python" in refused_here(["observe", "--interpreter", tmp_path, script])
    assert "is not a Python that can be run" in refused_here(["observe", "--interpreter", "/bin/true", script])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("3 11 True", "in Python 3.12 and newer"),
        ("3 14 False", "is free-threaded"),
        ("x", "not a Python that can be run"),
    ],
)
def test_an_interpreter_that_cannot_be_observed_is_refused(
    script: Path, tmp_path: Path, answer: str, words: str
) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\necho {answer}\n")
    interpreter.chmod(0o755)
    sentence = refused_here(["observe", "--interpreter", interpreter, script])
    assert words in sentence
    assert sentence.endswith(NAME_ANOTHER)


def test_the_folder_of_a_virtual_environment_is_an_interpreter(script: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    interpreter = tmp_path / "bin" / "python"
    interpreter.write_text("#!/bin/sh\necho 3 11 True\n")
    interpreter.chmod(0o755)
    assert str(interpreter) in refused_here(["observe", "--interpreter", tmp_path, script])


def test_a_file_that_exists_is_not_replaced(script: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.jsonl"
    seen.write_text("mine")
    assert refused_here(["observe", "--json", seen, script]) == f"{seen}: it already exists; add --force to replace it."
    link = tmp_path / "link.jsonl"
    link.symlink_to(seen)
    assert "it is a link" in refused_here(["observe", "--json", link, "--force", script])
    assert seen.read_text() == "mine"


@pytest.mark.parametrize(("option", "value"), [("--deadline", "-1"), ("--timeout", "0"), ("--timeout", "x")])
def test_a_number_out_of_range_is_refused(script: Path, option: str, value: str) -> None:
    assert option in refused_here(["observe", option, value, script])


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python can observe")
def test_an_older_python_is_refused_in_one_sentence(script: Path) -> None:
    sentence = refused_here(["observe", script])
    assert "Programs can be observed in Python 3.12 and newer" in sentence
    assert "3.11" in sentence


def test_all_that_follows_the_program_is_its_own() -> None:
    cases = [
        (["--quiet", "a.py", "--json", "b", "-m", "c"], ["a.py", "--json", "b", "-m", "c"]),
        (
            ["--timeout", "3", "-m", "pytest", "--timeout", "5", "--", "x"],
            ["-m", "pytest", "--timeout", "5", "--", "x"],
        ),
        (["--timeout=3", "--", "-m", "x"], ["--", "-m", "x"]),
        (["--time", "3", "--quiet", "x", "--quiet"], ["x", "--quiet"]),
        (["--force"], []),
    ]
    for arguments, program in cases:
        options = build_parser().parse_args(["observe", *arguments])
        assert (options.program, options.json) == (program, None)
    assert options.force


@needs_monitoring
@pytest.mark.parametrize(("number", "to_group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_reaches_the_program_once_and_its_status_is_ours(tmp_path: Path, number: int, to_group: bool) -> None:
    path = tmp_path / "handles.py"
    path.write_text(_HANDLES)
    with subprocess.Popen(
        command("observe", "--no-record", "--quiet", path),
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if to_group:
            os.killpg(process.pid, number)  # as a terminal does it
        else:
            process.send_signal(number)
        assert process.stdout.read() == f"asked by {number:d}\n".encode()
        assert process.wait(30) == 40 + number


# -- the session -------------------------------------------------------------------------------------------------------


_THREAD = """\
import threading, time
go = True
def work():
    while go:
        time.sleep(0.001)
    print("noticed")
thread = threading.Thread(target=work, name="worker")
thread.start()
time.sleep(0.05)
go = False
thread.join()
"""


@needs_observable
def test_it_is_recorded_as_a_session(tmp_path: Path) -> None:
    path, folder = tmp_path / "program.py", tmp_path / "sessions"
    path.write_text(_THREAD)
    done = run("observe", "--session-dir", folder, "--interpreter", observable_python() or "", path, "an argument")
    assert (done.returncode, done.stdout) == (0, b"noticed\n")
    (session,) = folder.glob("*.tcsession")
    assert done.stderr.decode().endswith(f"Recorded in {session}\n")
    report = read_report(session)
    assert report.ended
    runs = {run.name.worker: run for run in report.runs}
    assert (runs["worker"].outcome, runs["worker"].lines) == (Outcome.INTERRUPTED, 1)
    assert runs["worker"].chain.latency is not None
    (action,) = [action for action in report.actions if action.word == "observe"]
    assert action.facts["arguments"] == [str(path), "an argument"]
    assert (action.facts["run"], action.facts["program"]) == (runs["MainThread"].run, "program.py")
    assert "Python" in report.environment["python"]
    # What records is loaded while the program runs already: that puts no instant off.
    begun = [action.t_ns, runs["MainThread"].began, runs["MainThread"].started, runs["worker"].started]
    assert begun == sorted(begun)
    requested, started = runs["worker"].chain.requested, runs["worker"].started
    assert requested is not None
    assert started is not None
    assert requested - started >= 40_000_000
    exported = run("export", "latest", "--session-dir", folder)
    assert exported.stdout == b"noticed\n"
    listed = run("sessions", "--session-dir", folder, "--json")
    assert json.loads(listed.stdout)["sessions"][0]["problem"] == ""
    replayed = run("replay", "latest", "--session-dir", folder)
    assert (replayed.returncode, replayed.stderr.count(b"\n")) == (2, 1)
    assert b"cannot be replayed" in replayed.stderr


@needs_observable
def test_without_recording_there_is_no_session(tmp_path: Path) -> None:
    path, folder = tmp_path / "program.py", tmp_path / "sessions"
    path.write_text("print('ran')\n")
    options = ("--no-record", "--session-dir", folder, "--interpreter", observable_python() or "")
    done = run("observe", *options, path)
    assert (done.returncode, done.stdout) == (0, b"ran\n")
    assert not folder.exists()
    assert b"Recorded" not in done.stderr


@needs_observable
def test_a_disk_that_cannot_be_written_is_a_sentence_and_the_program_goes_on(tmp_path: Path) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("this system has no folder in which none can be made whatever the rights")
    path = tmp_path / "program.py"
    path.write_text(f"{_THREAD}\nfor i in range(30_000):\n    print(i)\nraise SystemExit(5)\n")
    options = ("--quiet", "--session-dir", "/proc/none/sessions", "--interpreter", observable_python() or "")
    done = run("observe", *options, path)
    assert (done.returncode, done.stdout.count(b"\n")) == (5, 30_001)
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"thread-controller: Lines are not recorded in a new session (")
    assert done.stderr.endswith(b"; the program goes on.\n")


# -- what was seen, without a program ----------------------------------------------------------------------------------


def _observation(*lines: str) -> Observation:
    seen = Observation()
    for line in lines:
        seen.feed(line.encode())
    return seen


_THREADS = (
    '{"kind": "hello", "version": [3, 14, 0], "begin_ns": 1000, "pid": 1}',
    (
        '{"kind": "thread", "id": 1, "name": "MainThread", "daemon": false, "native_id": 5, "started_ns": 1000,'
        ' "at": null, "by": null}'
    ),
    (
        '{"kind": "thread", "id": 2, "name": "w\\u001b[31m", "daemon": false, "native_id": 6, "started_ns": 2000,'
        ' "at": ["/x/f.py", 12], "by": 1}'
    ),
)
_REQUEST = (
    '{"kind": "request", "id": 1, "t_ns": 3000, "what": "do_run = bool", "at": ["/x/f.py", 26], "by": 1, "object":'
    ' {"type": "Thread", "id": 77}}'
)
_NOTICE = (
    '{"kind": "notice", "request": 1, "thread": 2, "t_ns": 1003000, "at": ["/x/f.py", 9], "how": "read do_run", "link":'
    ' "exact"}'
)


def test_the_json_is_of_the_shape_that_is_promised() -> None:
    seen = _observation(*_THREADS, _REQUEST, _NOTICE, '{"kind": "ended", "thread": 2, "t_ns": 1004000, "name": "w"}')
    lines = [line.decode() for line in observation_lines(seen, 0)]
    # fmt: off
    assert lines[1:] == [
        ('{"kind": "thread", "id": 2, "name": "w", "daemon": false, "native_id": 6, "started_ns": 1000, '
         '"started_at": "f.py:12"}\n'),
        ('{"kind": "chain", "id": 1, "thread": 2, "request": {"t_ns": 2000, "what": "do_run = bool", "at": "f.py:26", '
         '"by": "MainThread", "object": {"type": "Thread", "id": 77}}, "noticed": {"t_ns": 1002000, "at": "f.py:9", '
         '"how": "read do_run"}, "ended_ns": 1003000, "latency_ms": 1.0, "link": "exact"}\n'),
        '{"kind": "end", "status": 0, "kept_alive_by": []}\n',
    ]
    # fmt: on


def test_lines_that_are_no_records_are_left_out() -> None:
    seen = _observation(
        *_THREADS,
        "",
        "no JSON",
        "[1]",
        '{"kind": "feed"}',
        '{"kind": "ended", "thread": 99, "t_ns": 1, "name": "x"}',
        '{"kind": "notice", "request": 5, "thread": 2, "t_ns": 1, "at": null, "how": "", "link": "exact"}',
        '{"kind": "thread", "id": "x"}',
        '{"no": "kind"}',
    )
    assert (sorted(seen.threads), seen.chains, seen.verdicts) == ([1, 2], [], [])


def test_names_are_plain_text_in_the_table() -> None:
    text = observation_text(_observation(*_THREADS, _REQUEST, _NOTICE))
    assert "\x1b[31m" not in text
    assert "f.py:26" in text
    assert "1.00 ms" in text


def test_a_long_name_does_not_make_the_table_wide() -> None:
    long = {
        "kind": "thread",
        "id": 3,
        "name": "n" * 5_000,
        "daemon": False,
        "native_id": 7,
        "started_ns": 5,
        "at": None,
    }
    seen = _observation(*_THREADS, json.dumps(long | {"by": 1}), '{"kind": "main_ended", "t_ns": 2000}')
    assert max(map(len, observation_text(seen).splitlines())) < 500
    assert "n…" in observation_text(seen)


def test_without_threads_there_is_no_table() -> None:
    text = observation_text(_observation(*_THREADS[:2]))
    assert text.split() == ["No", "thread", "was", "started,", "and", "none", "was", "asked", "to", "stop."]


def test_what_was_asked_and_not_noticed_says_so() -> None:
    seen = _observation(*_THREADS, _REQUEST, '{"kind": "asked", "request": 1, "thread": 2, "link": "likely"}')
    assert seen.chains[0].latency is None
    assert "not noticed" in observation_text(seen)
    assert "(likely)" in observation_text(seen)


def test_what_was_printed_and_is_not_recorded_is_counted() -> None:
    assert lost_words(7) not in observation_text(_observation(*_THREADS))
    assert lost_words(7) in observation_text(_observation(*_THREADS, '{"kind": "printed_lost", "texts": 7}'))


def test_a_program_that_was_not_observed_says_why() -> None:
    assert "its Python did not load the observer" in observation_text(_observation())
    text = observation_text(_observation('{"kind": "unobserved", "error": "tool"}'))
    assert "all six tool ids of sys.monitoring are in use" in text


def test_a_program_that_could_not_be_looked_at_says_so() -> None:
    seen = _observation(*_THREADS)
    assert "let no other thread run" in observation_text(seen, killed=True)
    seen.feed(b'{"kind": "timeout", "t_ns": 5}')
    assert "let no other thread run" not in observation_text(seen, killed=True)


def test_what_kept_it_alive_is_a_sentence() -> None:
    seen = _observation(*_THREADS, '{"kind": "main_ended", "t_ns": 2000}')
    assert kept_alive_sentences(seen)[0].endswith("after the main thread had ended, until the process was ended.")
    seen.feed(b'{"kind": "ended", "thread": 2, "t_ns": 1002000, "name": "w"}')
    assert kept_alive_sentences(seen) == ["w kept the process alive for 1.00 ms after the main thread had ended."]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("slow-cleanup", "has noticed (do_run = bool at f.py:26), and is cleaning up at f.py:30"),
        ("noticed-not-ended", "has noticed (do_run = bool at f.py:26), and goes on at f.py:9, in recv"),
        ("swallowed", "caught what was thrown into it"),
        ("waiting-for-lock", "waits for a lock at f.py:9: held by MainThread"),
        ("blocked-in-call", "was asked (do_run = bool at f.py:26), and is in recv at f.py:9"),
        ("asked-not-polled", "without looking: it did not look within 50 ms"),
        ("asked-elsewhere", "no live thread reads that"),
        (
            "never-asked",
            "was never asked to stop, as far as was seen; it waits for a lock at f.py:9: held by MainThread.",
        ),
        ("unknown", "why is not known"),
    ],
)
def test_every_verdict_is_a_sentence(verdict: str, words: str) -> None:
    evidence = (
        '[{"kind": "asked", "what": "do_run = bool", "at": ["f.py", 26], "t_ns": 3}, {"kind": "call", "call": "recv"},'
        ' {"kind": "lock", "type": "RLock", "id": 1, "holder": 1}, {"kind": "cleanup", "at": ["f.py", 30]},'
        ' {"kind": "looked", "times": 0, "ms": 50}]'
    )
    seen = _observation(
        *_THREADS,
        f'{{"kind": "verdict", "thread": 2, "verdict": "{verdict}", "at": ["f.py", 9], "since_ns": 3, "t_ns": 4,'
        f' "why": "deadline", "evidence": {evidence}}}',
    )
    (one,) = last_verdicts(seen)
    assert words in verdict_sentence(seen, one)
    assert ENDED_SINCE not in verdict_sentence(seen, one)
    seen.feed(b'{"kind": "ended", "thread": 2, "t_ns": 9000, "name": "w"}')
    assert verdict_sentence(seen, one).endswith(f". {ENDED_SINCE}")
