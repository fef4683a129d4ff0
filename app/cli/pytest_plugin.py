"""A pytest plugin: ``*.plan.toml`` files are tests, one test per step with checks, where the project enables it.

A plan starts threads, and any folder may contain plans. So they are not run unless the configuration says
``thread_controller_plans = true`` or the command line ``--plans``. One whose mechanisms can do harm is skipped unless
``thread_controller_harmful_plans = true`` or ``--harmful-plans`` is there as well.

In an installed wheel this file is the module ``thread_controller_pytest`` (see pyproject.toml), and it imports nothing of
ours: many projects have a package called ``app`` of their own, which must stay the only one in pytest's process. So plans
are read and run in a process of their own, one for each process of pytest, started when the first plan is found.

A test runs the steps before its own that were not run yet, so that any choice of tests, in any process of
pytest-xdist, judges the same; with ``--dist loadfile`` no step is run twice.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ENDING = ".plan.toml"
_END_TIMEOUT = 30.0  # seconds that the process may take to end, its runs with it, before it is killed
_PROGRAM = "import sys; sys.path[:0] = sys.argv[1:]; from app.cli.plan_server import main; main()"


class PlanError(Exception):
    """An error in a plan, or a step that failed; the text is all that is shown."""


class _Process:
    """The process that runs plans; it is started with the first request."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - what it writes to standard error; closed at the end

    def ask(self, **request: object) -> dict[str, Any]:
        """Return the answer to a request; PlanError if it is a sentence about what is wrong."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        except BaseException:
            # A time-out or a Ctrl+C: an answer that comes after all must not be taken for the next one.
            self.kill()
            raise
        if not line:
            raise PlanError(self._dead())
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PlanError(answer["error"])
        return answer

    def _start(self) -> "subprocess.Popen[bytes]":
        # Not the folder in which pytest was started (-P): a package app that may be there is not ours.
        command = [sys.executable, "-P", "-c", _PROGRAM, *_package_folders()]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr)

    def _dead(self) -> str:
        """Return the sentence about a process that has ended by itself."""
        status = self.end()
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - 4_096))
        output = self._stderr.read().decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        return f"The process that runs plans ended with status {status}{f': {output}' if output else '.'}"

    def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            self._process.kill()
        self.end()

    def end(self) -> int | None:
        """Have the process end, and return its status; None if there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        try:
            return process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the process and close its output."""
        self.end()
        self._stderr.close()


def _package_folders() -> list[str]:
    """Return the folder that our package is in; none if it is for Python to find."""
    here = Path(__file__).resolve()
    # Beside this file, if that is the module of a wheel; or this file is in it.
    places = (here.parent, *here.parents[2:3])
    return [str(place) for place in places if (place / "app" / "cli" / "plan_server.py").is_file()][:1]


_PROCESS = pytest.StashKey[_Process]()


def _process(config: pytest.Config) -> _Process:
    if _PROCESS not in config.stash:
        config.stash[_PROCESS] = _Process()
    return config.stash[_PROCESS]


_SKIPPED_PLANS = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options by which a project or a person consents."""
    group = parser.getgroup("thread-controller")
    for name, words in (
        ("plans", f"run *{ENDING} files: one test per step with checks"),
        ("harmful-plans", "also run plans whose mechanisms can do harm, such as leaving locks held"),
    ):
        group.addoption(f"--{name}", action="store_true", help=f"{words} (or {_ini(name)} = true)")
        parser.addini(_ini(name), words, type="bool", default=False)


def _ini(name: str) -> str:
    return f"thread_controller_{name.replace('-', '_')}"


def _is_enabled(config: pytest.Config, name: str) -> bool:
    return bool(config.getoption(f"--{name}") or config.getini(_ini(name)))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "PlanFile | None":
    """Collect plans as files of tests, if they are enabled."""
    if not file_path.name.endswith(ENDING):
        return None
    if not _is_enabled(parent.config, "plans"):
        parent.config.stash.setdefault(_SKIPPED_PLANS, []).append(file_path)
        return None
    plan: PlanFile = PlanFile.from_parent(parent, path=file_path)
    return plan


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which plans were not run: a project that meant them would otherwise think that they passed."""
    if left := config.stash.get(_SKIPPED_PLANS, []):
        what = f"{left[0].name} was" if len(left) == 1 else f"{len(left):,} files *{ENDING} were"
        terminalreporter.write_line(f"{what} not run; set {_ini('plans')} = true or use --plans.")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process that runs plans."""
    if _PROCESS in config.stash:
        config.stash[_PROCESS].close()
        del config.stash[_PROCESS]


class PlanFile(pytest.File):
    """A plan; its steps that have checks are its tests."""

    title = ""

    def collect(self) -> "Iterator[StepItem]":
        """Yield a test for each step that has checks."""
        try:
            answer = _process(self.config).ask(read=str(self.path))
        except PlanError as error:
            raise self.CollectError(str(error)) from None
        self.title = answer["title"]
        harmful = answer["warnings"] if not _is_enabled(self.config, "harmful-plans") else []
        for number, step in enumerate(answer["steps"], 1):
            if step["checks"]:
                # Two colons are what node ids are taken apart by.
                name = f"step {number}: {step['title']}".replace("::", ":")
                item = StepItem.from_parent(self, name=name, number=number, line=step["line"])
                if harmful:
                    agree = f"{_ini('harmful-plans')} = true or --harmful-plans runs it"
                    item.add_marker(pytest.mark.skip(reason=f"It can do harm; {agree}. {' '.join(harmful)}"))
                yield item

    def setup(self) -> None:
        """Begin the plan; called before the first of its tests."""
        self._results: list[dict[str, Any]] = []
        self._trouble: PlanError | None = None
        _process(self.config).ask(begin=str(self.path))

    def result(self, number: int) -> dict[str, Any]:
        """Return the result of a step (from 1); runs it now if it was not run, those before it first."""
        if self._trouble is not None:
            raise self._trouble
        try:
            while len(self._results) < number:
                self._results.append(_process(self.config).ask(step=len(self._results) + 1))
        except BaseException as error:
            # What came before is gone with the process: the later steps cannot be judged any more.
            self._trouble = error if isinstance(error, PlanError) else PlanError(f"Not judged after: {error}")
            raise
        return self._results[number - 1]

    def teardown(self) -> None:
        """End the runs that still live; called after the last of its tests."""
        if self._trouble is not None:
            return
        if left := _process(self.config).ask(end=True)["left"]:
            # Not beside the next plan.
            _process(self.config).kill()
            raise PlanError("\n".join(left))


class StepItem(pytest.Item):
    """A step with checks.

    Args:
        number: which, from 1.
        line: where it is in its file, from 1.
    """

    def __init__(self, *, number: int, line: int, **others: Any) -> None:
        super().__init__(**others)
        self.number = number
        self.line = line

    def runtest(self) -> None:
        """Run the step and fail with what was found."""
        assert isinstance(self.parent, PlanFile)
        result = self.parent.result(self.number)
        if result["verdict"] is None:
            pytest.skip(result["sentence"])
        if result["verdict"] != "pass":
            raise PlanError(_failure(result))

    def repr_failure(self, excinfo: "pytest.ExceptionInfo[BaseException]", style: Any = None) -> Any:
        """Return the text of a failure: without a traceback, because our code is not under test."""
        if isinstance(excinfo.value, PlanError):
            return f"{self.path}, line {self.line}: {self.name}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the step is, its line from 0."""
        return self.path, self.line - 1, self.name


def _failure(result: dict[str, Any]) -> str:
    """Return what each failed check found and expected; the sentence if the step could not be run."""
    wrong = [check["words"] for check in result["checks"] if not check["passed"]]
    return "\n".join(wrong or [result["sentence"]])
