"""``thread-controller matrix``: the real program, and its wiring."""

import io
import json
import signal
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli import matrix as command
from app.cli.arguments import build_parser
from app.core.strategies.event_wait import EventWait
from tests.cli.shell import Running, refused_here, run
from tests.core.harness import eventually
from tests.experiments.made import RESULT
from tests.experiments.mechanisms import CATALOGUE, Dangerous
from tests.experiments.schema import MATRIX, check

QUICK = ("-n", "2", "--interval", "0.005", "--deadline", "20")


def options(*arguments: str) -> Namespace:
    return build_parser().parse_args(["matrix", *QUICK, *arguments])


def test_a_table_goes_to_standard_output() -> None:
    result = run("matrix", "--strategies", "event-wait,flag", "--workloads", "sleep,error", "--seed", "5", *QUICK)
    lines = result.stdout.decode().splitlines()
    assert (result.returncode, result.stderr) == (0, b"")
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["event-wait", "sleep"],
        ["event-wait", "error"],
        ["flag", "sleep"],
        ["flag", "error"],
    ]
    assert "seed 5 · " in lines[-1]


def test_json_is_as_its_schema_says() -> None:
    result = run("matrix", "--strategies", "event-wait", "--workloads", "sleep,native:seconds=0.01", "--json", *QUICK)
    assert (result.returncode, result.stderr) == (0, b"")
    values = json.loads(result.stdout)
    check(values, MATRIX)
    assert [cell["workload"] for cell in values["cells"]] == ["sleep", "native:seconds=0.01"]
    assert all(len(cell["latencies_ms"]) == cell["n"] == 2 for cell in values["cells"])


def test_markdown_has_the_sentence_the_table_and_the_environment() -> None:
    text = run("matrix", "--strategies", "event-wait", "--workloads", "sleep", "--markdown", *QUICK).stdout.decode()
    assert text.startswith("The median is ")
    assert "\n| strategy | workload | n | p50 | p95 | max | never |\n| --- |" in text
    assert "switch interval" in text


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its threads under /proc")
def test_ctrl_c_shows_what_is_done_and_ends_with_130() -> None:
    # The stop would come within an hour's interval.
    arguments = (
        "--strategies",
        "event-wait",
        "--workloads",
        "sleep",
        "-n",
        "1",
        "--interval",
        "3000",
        "--deadline",
        "3500",
    )
    with Running("matrix", "--json", *arguments) as program:
        _until_measuring(program)
        program.process.send_signal(signal.SIGINT)
        output = program.output.read()
        status, errors = program.end()
    assert (status, errors) == (130, [])
    values = json.loads(output)
    check(values, MATRIX)
    assert not values["finished"]
    assert [cell["state"] for cell in values["cells"]] == ["waiting"]


def _until_measuring(program: Running) -> None:
    """Wait until it has all its threads: the main one, the matrix's, the keeper, the timers, the run."""
    tasks = Path(f"/proc/{program.process.pid}/task")
    eventually(lambda: len(list(tasks.iterdir())) >= 5, 30)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-n", "0"], "-n can't be less than 1. Enter 1 to 10,000."),
        (["-n", "1000000000"], "-n can't be more than 10,000. Enter 1 to 10,000."),
        (["--strategies", "flagg"], "did you mean flag?"),
        (["--strategies", ""], "strategies: name 1 is empty; write ids with one comma between two."),
        (["--strategies", ","], "strategies: name 1 is empty"),
        (["--workloads", "sleep,"], "workloads: name 2 is empty"),
        (
            ["--workloads", "sleep,socket:interrupt=perhaps"],
            "workloads: 'socket:interrupt=perhaps': interrupt must be yes or no",
        ),
        (["--workloads", "sleep:x=1"], "workloads: 'sleep:x=1': The workload sleep has no parameters."),
        (["--interval", "nan"], "--interval must be a number."),
        (["--deadline", "0"], "--deadline can't be less than 0.001 s. Enter 0.001 to 3,600 s."),
        (["--seed", "-1"], "--seed can't be negative."),
        (["--json", "--markdown"], "not allowed with"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], sentence: str) -> None:
    assert sentence in refused_here(["matrix", *arguments])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize(
    "workload", ["sleep", f"native:seconds=0.001{'0' * 9_000}"], ids=["fits into the buffer", "does not"]
)
def test_output_that_cannot_be_written_is_one_sentence(workload: str) -> None:
    arguments = ["--strategies", "event-wait", "--workloads", workload, "--interval", "0", "-n", "1"]
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - not a file to be read
        result = run("matrix", "--json", *arguments, stdout=full)
    assert result.returncode == 2
    # On a slow machine there is a line about the progress before it.
    sentence = "thread-controller: standard output cannot be written (No space left on device)."
    assert result.stderr.decode().splitlines()[-1] == sentence


def test_text_has_a_row_a_cell_and_what_is_to_be_said() -> None:
    lines = command.matrix_text(RESULT, io.StringIO()).splitlines()
    assert lines[0].split() == ["strategy", "workload", "n", "p50", "p95", "max", "never"]
    assert lines[1].split() == ["event-wait", "sleep", "3", "200", "µs", "290", "µs", "300", "µs", "0"]
    assert lines[2].split() == ["event-wait", "lock", "2", "never", "–", "–", "2"]
    assert lines[3].split()[2:4] == ["not", "applicable"]
    assert lines[4].split()[2:4] == ["1", "(waiting)"]
    assert "Every strategy under error: Why." in lines
    assert lines[-1].startswith("3 runs per cell, interval 50.0 ms, never after 1.00 s, seed 42 · Linux 6 x86_64 · ")


# -- the wiring, with a catalogue of the tests' own ----------------------------------------------------------------


def test_who_warns_is_left_out_unless_named(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    given, catalogue = ("--workloads", "sleep", "--csv"), replace(CATALOGUE, strategies=(EventWait, Dangerous))
    assert command.matrix_command(options(*given), catalogue) == 0
    said = capsysbinary.readouterr()
    assert b"dangerous is left out; name it with --strategies to include it. It bites.\n" in said.err
    assert b"dangerous" not in said.out
    assert command.matrix_command(options("--strategies", "dangerous", *given), catalogue) == 0
    said = capsysbinary.readouterr()
    assert said.err == b"dangerous: It bites.\n"
    assert b"dangerous" in said.out


def test_a_cell_that_fails_is_status_1(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert command.matrix_command(options("--strategies", "flag,needy", "--workloads", "sleep"), CATALOGUE) == 1
    assert b"needy needs a package that is missing" in capsysbinary.readouterr().out


def test_what_the_matrix_raises_is_raised_by_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_self: Any, _cancel: object) -> None:
        raise LookupError("a mistake of ours")

    monkeypatch.setattr(command.Matrix, "run", run)
    with pytest.raises(LookupError, match="a mistake of ours"):
        command.matrix_command(options("--strategies", "flag", "--workloads", "sleep"), CATALOGUE)
