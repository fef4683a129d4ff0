"""Real programs that hang, one a verdict, read as they run and as they are."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.core.verdicts import Verdict
from app.programs.findings import Diagnosis, Finding
from app.programs.why import why
from tests.experiments.schema import WHY, check
from tests.programs.hanging import PROGRAMS, READABLE

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the objects of other processes are read on Linux"
)


class Hanging:
    """Programs that hang, each started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def pid(self, name: str) -> int:
        if name not in self.processes:
            script = self.folder / f"{name}.py"
            script.write_text(READABLE + PROGRAMS[name])
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-S", script], stdout=subprocess.PIPE, cwd=self.folder
            )
        process = self.processes[name]
        if process.stdout is not None and not process.stdout.closed:
            assert process.stdout.readline() == b"ready\n"
            process.stdout.close()
        return process.pid

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hanging]:
    programs = Hanging(tmp_path_factory.mktemp("hanging"))
    yield programs
    programs.close()


def named(found: Diagnosis, name: str = "worker") -> Finding:
    return next(finding for finding in found.findings if finding.name == name)


WORDS = {
    "slow-cleanup": "is in `time.sleep(1000)` at slow-cleanup.py:10, for at most 1,000 s; is in the `finally`",
    "noticed-not-ended": "is in `self.rest.get()` at noticed-not-ended.py:10, without a time-out; has left the loop in "
    "line 7, which reads `self.stop.is_set()`, which is True",
    "swallowed": "has caught SystemExit in the `except` of swallowed.py:9",
    "waiting-for-lock": "waits for the lock `lock` at waiting-for-lock.py:8, without a time-out, held by MainThread; "
    "the loop around it (line 6) reads `self.running`, which is False",
    "blocked-in-call": "is in `self.ours.recv(100)` at blocked-in-call.py:9, without a time-out; the loop around it "
    "(line 7) reads `self.running`, which is False: it has been asked",
    "asked-not-polled": "computes at asked-not-polled.py:",
    "asked-elsewhere": "the loop around it (line 9) reads `self.running`, which is True: it has not been asked; "
    "likely another one was meant: `Worker.running` is False, and no live thread reads it",
    "never-asked": "the loop around it (line 6) reads `done`, which is False: it has not been asked",
    "unknown": "no loop around it reads what another thread could set",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_program_a_verdict(name: str, hanging: Hanging) -> None:
    assert name in set(Verdict)
    found = why(hanging.pid(name))
    finding = named(found)
    assert finding.verdict == name, finding.sentence
    assert WORDS[name] in finding.sentence
    assert finding.is_daemon is (name == "never-asked")
    assert finding.keeps_alive is (name != "never-asked")
    assert ("worker" in found.kept_alive_by) is (name != "never-asked")
    assert f"{name}.py" in found.command
    assert found.notes == ()
    if finding.state == "computes":
        hanging.kill(name)  # or it would slow down all other tests


def test_every_verdict_has_its_program() -> None:
    assert set(PROGRAMS) == set(Verdict)


def test_what_is_stopped_at_its_end_says_who_keeps_it(hanging: Hanging) -> None:
    found = why(hanging.pid("blocked-in-call"))
    assert found.alive == "MainThread has ended; worker keeps the process alive."
    assert named(found, "MainThread").verdict is Verdict.NOTICED_NOT_ENDED


def test_a_source_that_was_changed_is_not_believed(hanging: Hanging) -> None:
    pid = hanging.pid("never-asked")
    script = hanging.folder / "never-asked.py"
    later = script.stat().st_mtime + 3_600
    os.utime(script, (later, later))
    assert "its source was changed after the program had started" in named(why(pid)).sentence


def test_json_is_one_object_as_its_schema_says(hanging: Hanging, capfd: Any) -> None:
    assert main(["why", str(hanging.pid("blocked-in-call")), "--json"]) == 0
    output, errors = capfd.readouterr()
    assert errors == ""
    values = json.loads(output)
    check(values, WHY)
    (worker,) = [thread for thread in values["threads"] if thread["name"] == "worker"]
    assert worker["verdict"] == "blocked-in-call"
    assert worker["file"].endswith("/blocked-in-call.py")
    assert worker["line"] == 9
