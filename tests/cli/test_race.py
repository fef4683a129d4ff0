"""``thread-controller race``: the real program, and its wiring."""

import csv
import io
import json
import signal
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import race as command
from app.cli.arguments import build_parser
from app.cli.choice import racing_workers
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.documents.settings import DEFAULT_WORKERS
from app.experiments.limits import DEFAULT_INTERVAL
from app.experiments.race_report import RACE_HEADER, race_conditions
from app.experiments.verdict import race_sentence
from tests.cli.shell import Running, refused, run
from tests.core.harness import eventually
from tests.experiments.mechanisms import CATALOGUE
from tests.experiments.schema import RACE, check
from tests.experiments.test_race_report import RESULT

QUICK = ("--rounds", "2", "--interval", "0.005", "--deadline", "20")


def options(*arguments: str) -> Namespace:
    return build_parser().parse_args(["race", *arguments])


def test_figures_and_what_was_found_go_to_standard_output() -> None:
    result = run("race", "event-wait", "flag", *QUICK, "--seed", "5")
    lines = result.stdout.decode().splitlines()
    assert (result.returncode, result.stderr) == (0, b"")
    assert lines[0].split() == " ".join(RACE_HEADER).split()
    assert [line.split()[:3] for line in lines[1:3]] == [
        ["event-wait", "event-wait", "sleep"],
        ["flag", "flag", "sleep"],
    ]
    assert lines[3:5] == ["", "Too few rounds to tell: at least 5 are needed."]
    assert lines[5].startswith("2 rounds, never after 20.0 s, seed 5 · ")


def test_text_has_the_sentence_of_the_compare_window_and_each_error() -> None:
    catalogue, runs = Catalogue(), list(RESULT.runs)
    runs[-1] = replace(runs[-1], outcome=None, error="left\n\x1b[31mbehind")
    result = replace(RESULT, runs=tuple(runs))
    lines = command.race_text(result, catalogue, io.StringIO()).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["=cmd", "B|b"]
    assert lines[3:] == [
        "",
        race_sentence(result, catalogue),
        "B|b: 1 of 4 runs left behind: \\x1b[31mbehind",
        race_conditions(result),
    ]


def test_json_and_csv_of_a_file_s_workers(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text(
        '[[worker]]\nname = "A"\nstrategy = "flag"\ninterval = 0.004\nlimit = 1\n'
        '[[worker]]\nname = "B"\nstrategy = "event-wait"\ninterval = 0.004\nworkload = "blocking-call"\n'
        "parameters = { seconds = 0.002 }\n"
    )
    result = run("race", file, "--rounds", "2", "--json", "--deadline", "20")
    assert (result.returncode, result.stderr) == (0, b"")
    values = json.loads(result.stdout)
    check(values, RACE)
    tables = [worker["worker"] for worker in values["workers"]]
    assert [table["name"] for table in tables] == ["A", "B"]
    assert tables[1]["parameters"] == {"seconds": 0.002}
    assert [len(worker["latencies_ms"]) for worker in values["workers"]] == [2, 2]
    rows = list(csv.reader(io.StringIO(run("race", "flag", *QUICK, "--csv").stdout.decode(), newline="")))
    assert rows[0][:2] == ["round", "worker"]
    assert [row[:3] for row in rows[1:]] == [["1", "flag", "flag"], ["2", "flag", "flag"]]


def test_who_races() -> None:
    catalogue = Catalogue()
    assert racing_workers(options(), catalogue) == list(DEFAULT_WORKERS)
    assert racing_workers(options("flag", "event-wait", "flag"), catalogue) == [
        Worker("flag", "flag", interval=DEFAULT_INTERVAL),
        Worker("event-wait", "event-wait", interval=DEFAULT_INTERVAL),
        Worker("flag 2", "flag", interval=DEFAULT_INTERVAL),
    ]
    (example,) = racing_workers(options("tutorial-event"), catalogue)
    assert example.interval == 0.5
    changed = racing_workers(
        options("tutorial-event", "flag", "--interval", "0.2", "--workload", "compute", "--set", "iterations=7"),
        catalogue,
    )
    assert {(worker.interval, worker.workload, worker.parameters) for worker in changed} == {
        (0.2, "compute", (("iterations", 7),))
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["flagg"], "did you mean flag?"),
        (["--rounds", "0"], "--rounds can't be less than 1. Enter 1 to 10,000."),
        (["--deadline", "0"], "--deadline can't be less than 0.001 s. Enter 0.001 to 3,600 s."),
        (["flag", "--workload", "native"], "cannot race, because its workload native stops the whole process"),
        (["flag", "--set", "x=1"], "--set: The workload sleep has no parameters."),
        (["no-such.toml"], "no-such.toml: there is no such file."),
        (["--json", "--csv"], "not allowed with"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str) -> None:
    assert sentence in refused(["race", *arguments])


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its threads under /proc")
def test_ctrl_c_shows_what_is_done_and_ends_with_130() -> None:
    with Running("race", "event-wait", "--interval", "3000", "--deadline", "3500", "--json") as program:
        tasks = Path(f"/proc/{program.process.pid}/task")
        eventually(lambda: len(list(tasks.iterdir())) >= 5, 30)
        program.process.send_signal(signal.SIGINT)
        output = program.output.read()
        status, errors = program.end()
    assert (status, errors) == (130, [])
    values = json.loads(output)
    check(values, RACE)
    assert (values["finished"], values["done"]) == (False, 0)
    assert [worker["latencies_ms"] for worker in values["workers"]] == [[]]


# -- the wiring, with a catalogue of the tests' own ----------------------------------------------------------------


def test_who_warns_is_warned_of(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert command.race_command(options("dangerous", *QUICK), CATALOGUE) == 0
    assert capsysbinary.readouterr().err == b"dangerous: It bites.\n"


def test_a_run_that_fails_is_status_1(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert command.race_command(options("flag", "--workload", "error", "--set", "line=1", *QUICK), Catalogue()) == 1
    assert b"flag: 2 of 2 runs failed: ValueError: " in capsysbinary.readouterr().out
