"""What may not be said: exit status 2, one sentence, nothing started."""

import re
import shlex
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.choice import chosen_workers, racing_workers
from app.cli.examples import EXAMPLES, PROGRAM
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.documents.plans import find_plan
from app.experiments.matrix import Matrix
from tests.cli.shell import ROOT, Argument, refused, refused_here, run

README = ROOT / "README.md"

REFUSED: list[tuple[list[Argument], str]] = [
    (["run"], "EXAMPLE|STRATEGY|FILE.toml"),
    (["run", "flag", "flag"], "unrecognized arguments: flag"),
    (["run", "flag", "--bad"], "unrecognized arguments: --bad"),
    (["run", "flag", "--bad\nline"], "unrecognized arguments"),
    (["walk"], "invalid choice: 'walk'"),
    (["--workers"], "expected one argument"),
    (["run", "flag", "--count", "0"], "--count can't be less than 1. Enter 1 to 10,000."),
    (["run", "flag", "--count", "100000"], "Enter 1 to 10,000."),
    (["run", "flag", "--count", "-1"], "Enter 1 to 10,000."),
    (["run", "flag", "--count", "1.5"], "Enter 1 to 10,000."),
    (["run", "flag", "--count", "many"], "--count must be a whole number. Enter 1 to 10,000."),
    (["run", "flag", "--count", ""], "Enter 1 to 10,000."),
    (["run", "flag", "--count"], "expected one argument"),
    (["run", "flag", "--interval", "-0.1"], "--interval can't be negative. Enter 0 to 3,600 s."),
    (["run", "flag", "--interval", "nan"], "--interval must be a number."),
    (["run", "flag", "--interval", "inf"], "--interval can't be more than 3,600 s."),
    (["run", "flag", "--interval", "1e9"], "--interval can't be more than 3,600 s."),
    (["run", "flag", "--interval", "0,5"], "--interval must be a number."),
    (["run", "flag", "--interval", b"\xff"], "must be a number."),
    (["run", "flag", "--stop-after", "-1"], "--stop-after can't be negative."),
    (["run", "flag", "--stop-after", "1e9"], "--stop-after can't be more than"),
    (["run", "flag", "--limit", "0"], "--limit can't be less than 1."),
    (["run", "flag", "--limit", "9" * 5000], "--limit "),
    (["run", "flag", "--deadline", "-1"], "--deadline can't be negative."),
    (["run", "flag", "--deadline", "1e9"], "--deadline can't be more than"),
    (["run", "flag", "--text", "{x}"], "--text: The brace at character 1"),
    (["run", "flag", "--text", "a}\nb"], "--text: The brace at character 2"),
    (
        ["run", "event-pol"],
        "did you mean event-poll? There are: event-poll, flag, event-wait, ",
    ),
    (["run", "tutorial"], "did you mean tutorial-"),
    (["run", "xyzzy"], "There are: event-poll, flag, event-wait, "),
    (["run", ""], "There are: "),
    (["run", "x" * 300], "There are: "),
    (["run", "no-such-file.toml"], "no-such-file.toml: there is no such file."),
    (["run", "no\nfile.toml"], "there is no such file."),
    (["run", "x" * 300 + ".toml"], "it cannot be read"),
    (["run", "app.toml/x.toml"], "app.toml/x.toml: "),
    (["run", "pyproject.toml"], "pyproject.toml, line "),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED, ids=[repr(case[0])[1:40] for case in REFUSED])
def test_refused_with_one_sentence(arguments: list[Argument], words: str) -> None:
    sentence = refused_here(arguments)
    assert words in sentence
    assert len(sentence) < 600


def test_a_file_s_mistake_names_file_worker_and_key(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    file.write_text('[[worker]]\nstrategy = "flag"\n[[worker]]\nname = "b"\nstrategy = "flag"\ninterval = -1\n')
    assert refused(["run", file]) == (
        f"{file}, line 6: worker 2: Interval can't be negative. Enter 0 to 3,600 s, e.g. 0.5."
    )


PARSER = build_parser()
COMMANDS = {"": PARSER, **PARSER._subparsers._group_actions[0].choices}  # type: ignore[union-attr]


def parsed(line: str) -> Namespace:
    """Return what the parser makes of a command line as a shell would start it."""
    program, *arguments = shlex.split(re.split(r" [|>] ", line)[0], comments=True)
    assert program == PROGRAM
    return build_parser().parse_args(arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_ends_with_examples_that_can_be_typed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)  # an example names it
    monkeypatch.chdir(tmp_path)
    described = [text for text, _ in EXAMPLES[name]]
    text = COMMANDS[name].format_help()
    lines = text[text.index("\nexamples:\n") :].splitlines()[2::2]
    assert lines == [f"  {PROGRAM} {example}".rstrip() for example in described]
    assert len(lines) >= 2
    for line in lines:
        options = parsed(line)
        assert name in ("", options.command)
        assert len(line) <= 100
        if options.command == "run" and not options.what.endswith(".toml") and ".py:" not in options.what:
            assert chosen_workers(options, Catalogue())
        if options.command == "matrix":
            strategies = (options.strategies or "flag").split(",")
            assert Matrix(Catalogue(), strategies, (options.workloads or "sleep").split(","), options.n)
        if options.command == "plan" and not options.what.endswith(".toml"):
            assert find_plan(options.what)
        if options.command == "race" and not any(what.endswith(".toml") for what in options.what):
            assert racing_workers(options, Catalogue())


def test_the_examples_of_the_readme_can_be_typed() -> None:
    lines = [line for line in README.read_text("utf-8").splitlines() if line.startswith(f"{PROGRAM} ")]
    assert lines
    assert {parsed(line).command for line in lines} >= {"list", "run", "matrix", "plan", "sessions", "export"}


def test_a_help_is_filled_to_the_width_of_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    described = COMMANDS["matrix"].format_help().partition("\nexamples:\n")[0]
    assert max(map(len, described.splitlines())) <= 70


def test_help_and_version() -> None:
    result = run("run", "--help")
    assert result.returncode == 0
    for option in ("--count", "--interval", "--stop-after", "--limit", "--text", "--deadline", "--json"):
        assert option in result.stdout.decode()
    assert run("--version").stdout.startswith(b"thread-controller ")


def chosen(*arguments: str) -> list[Worker]:
    return chosen_workers(build_parser().parse_args(["run", *arguments]), Catalogue())


def test_a_strategy_s_name_is_enough() -> None:
    assert chosen("flag") == [Worker(name="flag", strategy="flag")]


def test_every_option_reaches_the_worker() -> None:
    options = ["--interval", "3600", "--stop-after", "0", "--limit", "7", "--text", "{{{i}"]
    assert chosen("event-wait", *options) == [
        Worker(name="event-wait", strategy="event-wait", interval=3600.0, stop_after=0.0, limit=7, text="{{{i}")
    ]


def test_an_example_wins_and_keeps_what_no_option_changes() -> None:
    (worker,) = chosen("tutorial-event", "--interval", "1")
    assert (worker.interval, worker.stop_after, worker.text_at_end) == (1.0, 2.95, ("", "Child Thread Interrupted"))


def test_a_file_without_the_ending_is_found(tmp_path: Path) -> None:
    file = tmp_path / "workers"
    file.write_text('[[worker]]\nstrategy = "flag"\n')
    assert chosen(str(file)) == chosen("flag")


@pytest.mark.timeout(15)
@pytest.mark.parametrize("workers", [1, 2])
def test_the_largest_count_has_ten_thousand_different_names_each(tmp_path: Path, workers: int) -> None:
    file = tmp_path / "set.toml"
    long = "x" * 99
    file.write_text("".join(f'[[worker]]\nname = "{long}{n}"\nstrategy = "flag"\n' for n in range(workers)))
    names = {worker.name for worker in chosen(str(file), "--count", "10000")}
    assert len(names) == workers * 10_000
    assert max(map(len, names)) <= 100
