"""What may not be said: exit status 2, one sentence, nothing started."""

from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.choice import chosen_workers
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from tests.cli.shell import Argument, refused, refused_here, run

REFUSED: list[tuple[list[Argument], str]] = [
    (["run"], "EXAMPLE|STRATEGY|FILE.toml"),
    (["run", "flag", "flag"], "unrecognized arguments: flag"),
    (["run", "flag", "--bad"], "unrecognized arguments: --bad"),
    (["run", "flag", "--bad\nline"], "unrecognized arguments"),
    (["walk"], "invalid choice: 'walk'"),
    (["--workers"], "expected one argument"),
    (["run", "flag", "--count", "0"], "--count: 0 is out of range; write a whole number from 1 to 10,000"),
    (["run", "flag", "--count", "100000"], "from 1 to 10,000"),
    (["run", "flag", "--count", "-1"], "from 1 to 10,000"),
    (["run", "flag", "--count", "1.5"], "from 1 to 10,000"),
    (["run", "flag", "--count", "many"], "--count: 'many' is not a number; write a whole number from 1 to 10,000"),
    (["run", "flag", "--count", ""], "from 1 to 10,000"),
    (["run", "flag", "--count"], "expected one argument"),
    (["run", "flag", "--interval", "-0.1"], "--interval: -0.1 is out of range; write seconds from 0.0 to 3,600.0"),
    (["run", "flag", "--interval", "nan"], "--interval: nan"),
    (["run", "flag", "--interval", "inf"], "--interval: inf"),
    (["run", "flag", "--interval", "1e9"], "--interval: 1e9"),
    (["run", "flag", "--interval", "0,5"], "--interval: '0,5' is not a number"),
    (["run", "flag", "--interval", b"\xff"], "is not a number"),
    (["run", "flag", "--stop-after", "-1"], "--stop-after: -1"),
    (["run", "flag", "--stop-after", "1e9"], "--stop-after: 1e9"),
    (["run", "flag", "--limit", "0"], "--limit: 0"),
    (["run", "flag", "--limit", "9" * 5000], "--limit: "),
    (["run", "flag", "--deadline", "-1"], "--deadline: -1"),
    (["run", "flag", "--deadline", "1e9"], "--deadline: 1e9"),
    (["run", "flag", "--text", "{x}"], "--text: the brace at character 1"),
    (["run", "flag", "--text", "a}\nb"], "--text: the brace at character 2"),
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
    (["run", "pyproject.toml"], "pyproject.toml: "),
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
        f"{file}: worker 2: interval: -1 is negative; write seconds from 0 to 3,600, such as 0.5."
    )


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
