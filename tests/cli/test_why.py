"""``thread-controller why``: a running program's threads, as a table and a sentence each."""

import io
import os
import subprocess
import sys
from typing import Any

import pytest

from app.cli.why import diagnosis_text, diagnosis_values
from app.core.verdicts import Verdict
from app.programs.findings import Diagnosis, Finding, end_words
from tests.cli.shell import refused_here, run
from tests.programs.hanging import READABLE


def finding(name: str, verdict: Verdict = Verdict.NEVER_ASKED, **changes: Any) -> Finding:
    values: dict[str, Any] = {
        "name": name,
        "ident": 1,
        "native_id": 2,
        "is_daemon": False,
        "keeps_alive": True,
        "state": "waits",
        "file": "/srv/app.py",
        "line": 8,
        "verdict": verdict,
        "sentence": f"{name} is there.",
        "evidence": ("is there",),
    }
    return Finding(**(values | changes))


FOUND = Diagnosis(
    5, "python app.py", (finding("MainThread"), finding("a\x1b[31mb", Verdict.UNKNOWN)), "It lives.", ("A note.",)
)


def test_a_row_a_thread_then_a_sentence_each() -> None:
    lines = diagnosis_text(FOUND, io.StringIO()).splitlines()
    assert lines == [
        "Process 5: python app.py",
        "It lives.",
        "",
        "thread      state  at the end               verdict",
        "MainThread  waits  keeps the process alive  never-asked",
        r"a\x1b[31mb  waits  keeps the process alive  unknown",
        "",
        "MainThread is there.",
        r"a\x1b[31mb is there.",
        "A note.",
    ]


def test_whether_it_is_waited_for() -> None:
    assert end_words(finding("a", is_daemon=True, keeps_alive=False)) == "not waited for: a daemon"
    assert end_words(finding("a", keeps_alive=False)) == "not waited for"
    assert end_words(finding("a", is_daemon=None, keeps_alive=None)) == "not known"


def test_what_is_not_known_is_null_in_json() -> None:
    values = diagnosis_values(Diagnosis(5, "", (finding("a", native_id=None, file="", line=0, is_daemon=None),), ""))
    (thread,) = values["threads"]
    assert (thread["native_id"], thread["file"], thread["line"], thread["daemon"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("pid", "words"),
    [
        ("abc", "PID: 'abc' is no number of a process"),
        ("1.5", "is no number of a process"),
        ("0", "enter one from 1 to"),
        ("9" * 30, "enter one from 1 to"),
        ("9" * 5_000, "is no number of a process"),
        ("own", "Thread Controller itself"),
    ],
)
def test_what_is_refused(pid: str, words: str) -> None:
    assert words in refused_here(["why", str(os.getpid()) if pid == "own" else pid])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells it")
def test_the_real_program_reads_a_real_program() -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", f"{READABLE}; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        result = run("why", str(process.pid))
        process.communicate(b"\n")
    assert (result.returncode, result.stderr) == (0, b"")
    lines = result.stdout.decode().splitlines()
    assert lines[0].startswith(f"Process {process.pid}: ")
    assert "MainThread" in lines[4]
