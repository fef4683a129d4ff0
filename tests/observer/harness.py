"""Programs run under the observer, and what was seen of them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TIME = 60  # seconds that any program may take

needs_monitoring = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="sys.monitoring, by which programs are observed, came with Python 3.12"
)


@dataclass(frozen=True)
class Observed:
    """How a run under the observer ended, what it wrote, and the objects of its JSON."""

    status: int
    output: bytes
    errors: bytes
    records: list[dict[str, Any]]

    def kind(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["kind"] == kind]

    @property
    def chains(self) -> list[dict[str, Any]]:
        return self.kind("chain")

    @property
    def end(self) -> dict[str, Any]:
        (end,) = self.kind("end")
        return end

    def thread(self, name: str) -> dict[str, Any]:
        (thread,) = [each for each in self.kind("thread") if each["name"] == name]
        return thread

    def verdicts(self, name: str) -> list[dict[str, Any]]:
        """Return the verdicts on the thread of a name."""
        number = self.thread(name)["id"]
        return [verdict for verdict in self.kind("verdict") if verdict["thread"] == number]


class Running:
    """A program that runs under the observer, or by itself; what it writes goes to files, so that none stays open here."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str | Path],
        stdin: bytes,
        changes: dict[str, str],
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        (folder / "stdin").write_bytes(stdin)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        with (
            (folder / "stdin").open("rb") as read,
            (folder / "stdout").open("wb") as output,
            (folder / "stderr").open("wb") as errors,
        ):
            self.process = subprocess.Popen(
                command,
                cwd=folder.parent,
                stdin=read,
                stdout=output,
                stderr=errors,
                env={**environment, "PYTHONPATH": str(ROOT), **changes},
                pass_fds=pass_fds,
            )

    def close(self) -> None:
        """End it if no test has waited for it; SIGTERM reaches the program as well."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(TIME)

    def result(self) -> Observed:
        status = self.process.wait(TIME)
        seen = self.folder / "seen.jsonl"
        lines = seen.read_bytes().splitlines() if seen.exists() else []
        output, errors = (self.folder / "stdout").read_bytes(), (self.folder / "stderr").read_bytes()
        return Observed(status, output, errors, [json.loads(line) for line in lines])


def start_observed(
    folder: Path, *arguments: str | Path, options: Sequence[str] = ("--quiet",), stdin: bytes = b"", **changes: str
) -> Running:
    """Start ``thread-controller observe`` in a folder's parent; what is seen goes into the folder."""
    folder.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-P",
        "-m",
        "app",
        "observe",
        "--no-record",
        "--json",
        folder / "seen.jsonl",
        *options,
        "--",
        *arguments,
    ]
    return Running(folder, command, stdin, changes)


def start_carrying(folder: Path, *arguments: str | Path, stdin: bytes = b"", **changes: str) -> Running:
    """Start a program with the observer in it, which tells what threads print as well; its records go into the folder."""
    folder.mkdir(exist_ok=True)
    with (folder / "seen.jsonl").open("wb") as records:
        path = changes.pop("PYTHONPATH", str(ROOT))
        observing = {
            "PYTHONPATH": os.pathsep.join((str(ROOT / "app" / "observer" / "carried"), path)),
            "THREAD_CONTROLLER_PYTHONPATH": path,
            "THREAD_CONTROLLER_OBSERVE": f"{records.fileno()}:1:0:printed",
        }
        return Running(folder, [sys.executable, *arguments], stdin, {**changes, **observing}, [records.fileno()])


def start_plain(folder: Path, *arguments: str | Path, stdin: bytes = b"", **changes: str) -> Running:
    """Start a program without the observer."""
    return Running(folder, [sys.executable, *arguments], stdin, changes)


def program(folder: Path, source: str, name: str = "program.py") -> Path:
    """Write a program to a file; return its path."""
    path = folder / name
    path.write_text(source, "utf-8")
    return path
