"""``run FILE.py:NAME``: what is refused, in one sentence each, before anything of the file is run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Argument, refused_here

CODE = """
import pathlib, threading
pathlib.Path(__file__).with_suffix(".ran").touch()
def poll(stop: threading.Event, n):
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
    "no argument": (lambda f: [f"{f}:poll", "--yes"], "--arg: poll needs n; give the argument too."),
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
