"""The X server dies under the window: the record is whole, and the exit status says that it was no usual end."""

import json
import signal
import subprocess
from collections.abc import Iterator

import pytest

from app.ui.failures import CONNECTION_LOST
from tests.real_window.desktop import Desktop, what_is_missing
from tests.real_window.program import COMMAND, ROOT, Program, ScreenReader
from tests.real_window.test_main_job import WORKERS

pytestmark = pytest.mark.real_window


@pytest.fixture
def lost(desktop, tmp_path) -> Iterator[Program]:
    """A program on a desktop of its own, whose server a test may kill; ``desktop`` says whether there can be one."""
    assert what_is_missing() is None
    home = tmp_path / "home"
    home.mkdir()
    with (
        Desktop(home) as own,
        ScreenReader(own) as reader,
        Program(own, reader, tmp_path, "--start", "--session-dir", str(tmp_path / "sessions")) as program,
    ):
        yield program


def exported(tmp_path) -> list[dict[str, object]]:
    command = (*COMMAND, "export", "latest", "--jsonl", "--session-dir", str(tmp_path / "sessions"))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_record_is_ended_and_the_status_is_1(lost, tmp_path, number):
    lost.wait_for_lines(2, *WORKERS)
    lost.desktop.end_server(number)
    status, output, errors = lost.end()
    assert (status, output) == (1, "")
    assert errors.endswith(CONNECTION_LOST)
    assert "Traceback" not in errors
    ends = [record["chain"]["outcome"] for record in exported(tmp_path) if record["kind"] == "chain"]
    assert ends == ["interrupted"] * len(WORKERS)
