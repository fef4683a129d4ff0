"""``run FILE.py:NAME``: what is refused, in one sentence each, before anything of the file is run."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import ROOT, Argument, environment, refused_here, run, run_here

CODE = """
import pathlib, threading
pathlib.Path(__file__).with_suffix(".ran").touch()
def poll(stop: threading.Event, n):
    print(f"polling {n}")  # also where the request comes before it looks
    while not stop.wait(0.01):
        print(f"polling {n}")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE, "utf-8")
    return path


REFUSED: dict[str, tuple[Callable[[Path], list[Argument]], str]] = {
    "without consent": (lambda f: [f"{f}:poll", "--arg", "n=5"], "is imported and run by"),
    "no name": (lambda f: [f], "say which of it is to be run: mine.py:poll."),
    "another name": (lambda f: [f"{f}:pol"], "No function or thread is called 'pol'; did you mean poll?"),
    "no file": (lambda f: [f"{f.parent}/no.py:poll"], "there is no such file."),
    "no argument": (lambda f: [f"{f}:poll", "--yes"], "--arg: n is missing; give it a value."),
    "an argument without value": (lambda f: [f"{f}:poll", "--arg", "n"], "--arg: 'n' is not of the form NAME=VALUE"),
    "an argument that is no literal": (lambda f: [f"{f}:poll", "--arg", "n=n"], "--arg: n: it is not a Python literal"),
    "an unknown argument": (lambda f: [f"{f}:poll", "--arg", "m=5"], "--arg: No parameter of poll is called 'm'"),
    "a wrong way": (lambda f: [f"{f}:poll", "--arg", "n=5", "--stop", "now"], "--stop: 'now' is not known; write"),
    "a variable of Python's": (
        lambda f: [f"{f}:poll", "--arg", "n=5", "--env", "PYTHONPATH=x"],
        "--env: PYTHONPATH is read when Python starts",
    ),
    "an interval": (
        lambda f: [f"{f}:poll", "--arg", "n=5", "--interval", "1"],
        "--interval: it says nothing about code",
    ),
    "a workload": (
        lambda f: [f"{f}:poll", "--arg", "n=5", "--workload", "sleep"],
        "--workload: it says nothing about code",
    ),
    "--arg for a strategy": (lambda _: ["flag", "--arg", "n=5"], "--arg: it is for code of your own; name it as"),
    "--stop for a strategy": (lambda _: ["flag", "--stop", "none"], "--stop: it is for code of your own"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_refused_before_anything_is_run(
    file: Path, arguments: Callable[[Path], list[Argument]], words: str
) -> None:
    assert words in refused_here(["run", *arguments(file)])
    assert not file.with_suffix(".ran").exists()


def test_a_worker_set_with_code_of_one_s_own_needs_consent_too(file: Path) -> None:
    workers = file.with_suffix(".toml")
    workers.write_text('[[worker]]\ncode = { file = "mine.py", name = "poll", arguments = { n = 5 } }\n', "utf-8")
    sentence = refused_here(["run", workers])
    assert str(file) in sentence
    assert sentence.endswith("Add --yes to agree.")
    assert not file.with_suffix(".ran").exists()


# -- and run ---------------------------------------------------------------------------------------------------------

OTHER = """
running = True
def work():
    print("go")
    while running:
        pass
"""
PLAN = """
title = "Own code"
[[worker]]
name = "Poller"
code = { file = "mine.py", name = "poll", stop = "argument stop", arguments = { n = 5 } }
[[worker]]
name = "Work"
code = { file = "other.py", name = "work", stop = "flag running = False" }
[[step]]
title = "Stop"
actions = [
    { action = "start" },
    { action = "wait", for = "lines", worker = "Poller", lines = 3 },
    { action = "wait", for = "lines", worker = "Work", lines = 1 },
    { action = "stop" },
    { action = "wait", for = "ended" },
]
checks = [{ check = "outcome", worker = "Poller", is = "interrupted" }]
"""


def test_it_runs_in_a_process_of_its_own_and_its_lines_are_printed(file: Path) -> None:
    result = run("run", f"{file}:poll", "--arg", "n='a b'", "--stop-after", "0.1", "--yes")
    assert result.returncode == 0
    assert set(result.stdout.decode().splitlines()) == {"polling a b"}
    said = result.stderr.decode().splitlines()
    assert str(file) in said[0]
    assert "stop latency " in said[-1]
    assert file.with_suffix(".ran").exists()


def test_standard_error_and_logging_are_apart_from_what_it_prints(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import logging, sys\ndef work():\n print('out')\n print('wrong', file=sys.stderr)\n"
        " logging.getLogger('mine').warning('careful')\n",
        "utf-8",
    )
    result = run("run", f"{file}:work", "--yes")
    assert (result.returncode, result.stdout) == (0, b"out\n")
    assert result.stderr.decode().splitlines()[2:4] == ["wrong", "mine: careful"]
    rows = [json.loads(row) for row in run("run", f"{file}:work", "--yes", "--json").stdout.splitlines()]
    lines = [(row["text"], row.get("source")) for row in rows if row["kind"] == "line"]
    assert lines == [("out", None), ("wrong", "stderr"), ("mine: careful", "warning")]


def test_a_plan_of_it_is_recorded_done_again_and_made_a_test(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(OTHER, "utf-8")
    plan, sessions = tmp_path / "own.plan.toml", tmp_path / "sessions"
    plan.write_text(PLAN, "utf-8")
    assert refused_here(["plan", plan]).endswith("Add --yes to agree.")
    result = run("plan", plan, "--yes", "--session-dir", sessions)
    assert (result.returncode, result.stdout.decode().splitlines()[-1]) == (0, "1 step: 1 passed.")
    assert refused_here(["replay", "latest", "--session-dir", sessions]).endswith("Add --yes to agree.")
    status, output, _ = run_here("replay", "latest", "--session-dir", sessions, "--yes", "--json")
    assert status == 0, output
    assert [each["agrees"] for each in json.loads(output)["runs"]] == [True, True]
    made = tmp_path / "test_made.py"
    assert run_here("to-test", "latest", "--session-dir", sessions, "-o", made)[0] == 0
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        done = subprocess.run([ruff, "format", "--diff", made], capture_output=True, text=True, check=False)
        assert done.stdout == ""
    (tmp_path / "mine.ran").unlink()
    assert 'os.environ.get("THREAD_CONTROLLER_YES") != "1"' in made.read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, made],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT), THREAD_CONTROLLER_YES="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "mine.ran").exists()
