"""The real program: as a process of its own, and in this one where a hundred starts would show nothing more."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import IO

from app.__main__ import main

ROOT = Path(__file__).parents[2]
TIME = 60  # seconds that any command may take

Argument = str | bytes | Path


def command(*arguments: Argument) -> list[Argument]:
    return [sys.executable, "-m", "app", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """Return our environment as a user has it: what makes Python buffer or decode differently here is left out."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | changes


def run(*arguments: Argument, stdout: int | IO[bytes] = subprocess.PIPE, **changes: str) -> CompletedProcess[bytes]:
    """Run the program to its end, with some changes to its environment; return its status and what it wrote."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        timeout=TIME,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        env=environment(**changes),
    )


def run_on_terminal(*arguments: Argument, columns: int = 100, **changes: str) -> tuple[int, str]:
    """Run the program on a terminal so many columns wide; return its status and all that it wrote there."""
    import termios  # here: not every system has it

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    changes = {"TERM": "xterm-256color", "COLORTERM": "", "NO_COLOR": "", **changes}
    with subprocess.Popen(
        command(*arguments), cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**changes)
    ) as process:
        os.close(theirs)
        written = bytearray()
        # Once the program has closed the terminal, Linux answers with EIO.
        with contextlib.suppress(OSError):
            while data := os.read(ours, 65_536):
                written += data
        os.close(ours)
        return process.wait(TIME), written.decode().replace("\r\n", "\n")


class Terminal(io.StringIO):
    """A terminal that only remembers."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Running:
    """The program while it runs; a context that ends it if the test has not."""

    def __init__(self, *arguments: Argument) -> None:
        self.process = subprocess.Popen(
            command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.output, self.errors = self.process.stdout, self.process.stderr

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(TIME)
        self.output.close()
        self.errors.close()

    def next_line(self) -> bytes:
        """Return its next line; b"" once there is nothing more to come."""
        return self.output.readline()

    def until_line(self, text: bytes) -> bytes:
        """Return its next line that holds ``text``."""
        for line in self.output:
            if text in line:
                return line
        raise AssertionError(f"it ended without {text!r}")

    def end(self) -> tuple[int, list[str]]:
        """Read to the end, and return the status and the lines on standard error."""
        if not self.output.closed:
            self.output.read()
        errors = self.errors.read().decode()
        return self.process.wait(TIME), errors.splitlines()


def run_here(*arguments: Argument) -> tuple[int, bytes, bytes]:
    """Run a command in this process, where it takes no start; return its status and what it wrote.

    For commands that read or are refused, and open no window.
    """
    output, errors = io.BytesIO(), io.BytesIO()
    with (
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(io.TextIOWrapper(output, "utf-8", write_through=True)) as stdout,
        contextlib.redirect_stderr(io.TextIOWrapper(errors, "utf-8", "backslashreplace", write_through=True)) as stderr,
    ):
        status = main([os.fsdecode(argument) for argument in arguments])
    stdout.detach()
    stderr.detach()
    return status, output.getvalue(), errors.getvalue()


def refused(arguments: Sequence[Argument]) -> str:
    """Run a command that must be refused, and return its one sentence."""
    result = run(*arguments)
    return _sentence(result.returncode, result.stdout, result.stderr)


def refused_here(arguments: Sequence[Argument]) -> str:
    """Run a command in this process that must be refused, and return its one sentence."""
    return _sentence(*run_here(*arguments))


def _sentence(status: int, output: bytes, errors: bytes) -> str:
    sentence = errors.decode()
    assert status == 2, sentence
    assert output == b""
    assert sentence.startswith("thread-controller: ")
    assert sentence.endswith("\n")
    assert sentence.count("\n") == 1, sentence
    assert "Traceback" not in sentence
    return sentence.removeprefix("thread-controller: ").rstrip("\n")
