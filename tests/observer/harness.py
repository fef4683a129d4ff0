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
    def verdicts(self) -> list[dict[str, Any]]:
        return self.kind("verdict")

    def thread(self, name: str) -> dict[str, Any]:
        (thread,) = [each for each in self.kind("thread") if each["name"] == name]
        return thread


def environment(**changes: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | changes


def observe(
    folder: Path, *arguments: str | Path, options: Sequence[str] = ("--quiet",), stdin: bytes = b"", **changes: str
) -> Observed:
    """Run ``thread-controller observe`` in a folder; its JSON is read back."""
    seen = folder / "seen.jsonl"
    seen.unlink(missing_ok=True)
    result = subprocess.run(
        [sys.executable, "-m", "app", "observe", "--json", seen, *options, "--", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=TIME,
        check=False,
        env=environment(**({"PYTHONPATH": str(ROOT)} | changes)),
    )
    lines = seen.read_bytes().splitlines() if seen.exists() else []
    return Observed(result.returncode, result.stdout, result.stderr, [json.loads(line) for line in lines])


def plain(folder: Path, *arguments: str | Path, stdin: bytes = b"", **changes: str) -> tuple[int, bytes, bytes]:
    """Run a program without the observer; return its status and what it wrote."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        timeout=TIME,
        check=False,
        env=environment(**({"PYTHONPATH": str(ROOT)} | changes)),
    )
    return result.returncode, result.stdout, result.stderr


def program(folder: Path, source: str, name: str = "program.py") -> Path:
    """Write a program to a file; return its path."""
    path = folder / name
    path.write_text(source, "utf-8")
    return path
