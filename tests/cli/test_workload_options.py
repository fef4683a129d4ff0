"""``run --workload`` and ``--set``: what the work is, and what it is told."""

from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.choice import chosen_workers
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from tests.cli.shell import Argument, refused, refused_here, run

REFUSED: list[tuple[list[Argument], str]] = [
    (["--workload"], "argument --workload: expected one argument"),
    (
        ["--workload", "slep"],
        "--workload: No workload is called 'slep'; did you mean sleep? There are: sleep, compute, ",
    ),
    (["--workload", ""], "--workload: No workload is called ''"),
    (["--workload", b"\xff\n"], "--workload: No workload is called "),
    (["--set"], "argument --set: expected one argument"),
    (["--set", "seconds"], "--set: 'seconds' is not of the form NAME=VALUE, e.g. seconds=0.5."),
    (["--set", "=2"], "--set: '=2' is not of the form NAME=VALUE"),
    (["--set", "seconds=2"], "--set: The workload sleep has no parameters. Leave 'seconds' out."),
    (
        ["--workload", "native", "--set", "secnds=1"],
        "--set: No parameter of the workload native is called 'secnds'; did you mean seconds? There are: seconds.",
    ),
    (["--workload", "native", "--set", "a\nb=1"], r"--set: No parameter of the workload native is called 'a\nb'."),
    (
        ["--workload", "native", "--set", "seconds=6"],
        "--set seconds can't be more than 5 s. Enter 0.001 to 5 s.",
    ),
    (["--workload", "native", "--set", "seconds=nan"], "--set seconds must be a number."),
    (["--workload", "native", "--set", "seconds="], "--set seconds must be a number."),
    (["--workload", "native", "--set", "seconds=0,5"], "--set seconds must be a number."),
    (["--workload", "native", "--set", b"seconds=\xff"], "must be a number."),
    (["--workload", "compute", "--set", "iterations=1.5"], "--set iterations must be a whole number."),
    (["--workload", "compute", "--set", "iterations=" + "9" * 5000], "--set iterations "),
    (["--workload", "socket", "--set", "interrupt=perhaps"], "--set interrupt must be yes or no"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED, ids=[repr(case[0])[1:60] for case in REFUSED])
def test_refused_with_one_sentence(arguments: list[Argument], words: str) -> None:
    sentence = refused_here(["run", "flag", *arguments])
    assert words in sentence
    assert len(sentence) < 600


def chosen(*arguments: str) -> list[Worker]:
    return chosen_workers(build_parser().parse_args(["run", *arguments]), Catalogue())


def test_they_reach_every_copy_of_the_worker() -> None:
    workers = chosen("flag", "--count", "2", "--workload", "blocking-call", "--set", " seconds = 0.5")
    assert [worker.workload for worker in workers] == ["blocking-call"] * 2
    assert [worker.parameters for worker in workers] == [(("seconds", 0.5),)] * 2


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        (["--workload", "socket", "--set", "interrupt=no"], (("interrupt", False),)),
        (["--workload", "socket", "--set", "interrupt=yes"], ()),
        (["--workload", "compute", "--set", "iterations=7"], (("iterations", 7),)),
        (["--workload", "native", "--set", "seconds=1", "--set", "seconds=2"], (("seconds", 2.0),)),
    ],
)
def test_texts_are_read_by_the_parameter_and_the_last_one_counts(options: list[str], parameters: object) -> None:
    (worker,) = chosen("flag", *options)
    assert worker.parameters == parameters


FILE = """
[[worker]]
name = "a"
strategy = "flag"
workload = "blocking-call"
parameters = { seconds = 3 }
[[worker]]
name = "b"
strategy = "flag"
workload = "slow-cleanup"
"""


def test_over_a_file_they_change_only_what_they_name(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text(FILE)
    assert [w.parameters for w in chosen(str(file))] == [(("seconds", 3.0),), ()]
    # The same workload keeps what it was told, another one begins anew.
    assert [w.parameters for w in chosen(str(file), "--workload", "blocking-call")] == [(("seconds", 3.0),), ()]
    assert [w.parameters for w in chosen(str(file), "--workload", "native")] == [(), ()]
    assert [w.parameters for w in chosen(str(file), "--set", "seconds=1")] == [(("seconds", 1.0),)] * 2
    assert refused(["run", file, "--set", "interrupt=no"]).startswith(
        "--set: No parameter of the workload blocking-call"
    )


def test_a_workload_runs_as_it_was_told() -> None:
    result = run("run", "event-wait", "--workload", "error", "--set", "line=2", "--interval", "0")
    assert result.returncode == 1
    assert result.stdout == "running… 1\nrunning… 2\n".encode()
    assert b"ValueError: the work after line 2 went wrong" in result.stderr


def test_one_that_freezes_the_process_says_so_once_before_it_does() -> None:
    options = ["--workload", "native", "--set", "seconds=0.001", "--limit", "1", "--count", "2"]
    result = run("run", "flag", *options)
    assert result.returncode == 0
    lines = result.stderr.decode().splitlines()
    assert lines[0].startswith("native: Everything in this process stands still while it runs")
    assert sum("stands still" in line for line in lines) == 1
