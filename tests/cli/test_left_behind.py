"""A run of an experiment that never ends: what is done is shown, and the process leaves at once with status 3."""

import pytest

from app.cli.arguments import build_parser
from app.cli.matrix import matrix_command
from app.cli.race import race_command
from app.experiments import harness
from tests.experiments.mechanisms import CATALOGUE, Unstoppable

COMMANDS = {
    race_command: ("race", "unstoppable", "--rounds", "2"),
    matrix_command: ("matrix", "--strategies", "unstoppable", "--workloads", "sleep", "-n", "2"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_left_behind_is_status_3(
    command: object, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "LEAVE_PATIENCE", 0.2)
    left: list[int] = []
    monkeypatch.setattr("os._exit", left.append)
    Unstoppable.gate.clear()
    try:
        command(build_parser().parse_args([*COMMANDS[command], "--interval", "0.005", "--deadline", "0.1"]), CATALOGUE)
    finally:
        Unstoppable.gate.set()
    assert left == [3]
    assert b"left behind" in capsysbinary.readouterr().out
