"""A matrix as text, Markdown and JSON; runs as lines between processes; the environment."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import pytest

from app.core.stacks import Call
from app.core.states import Outcome
from app.experiments import environment
from app.experiments.environment import environment_now
from app.experiments.own_process import from_line, run_from_values, run_to_values, to_line
from app.experiments.report import matrix_markdown, matrix_values, notes
from app.experiments.results import Cell, CellState
from tests.experiments.made import ENVIRONMENT, RESULT, cell, matrix, run
from tests.experiments.schema import MATRIX, check


def test_json_is_as_its_schema_says_and_null_where_nothing_was_measured() -> None:
    values = json.loads(json.dumps(matrix_values(RESULT)))
    check(values, MATRIX)
    first, lock = values["cells"][:2]
    assert first["latencies_ms"] == [0.1, 0.2, 0.3]
    assert (first["n"], first["p50_ms"], first["max_ms"], first["never"]) == (3, 0.2, 0.3, 0)
    assert (lock["n"], lock["p50_ms"], lock["p95_ms"], lock["max_ms"], lock["never"]) == (2, None, None, None, 2)
    assert (values["seed"], values["interval_s"], values["deadline_s"]) == (42, 0.05, 1.0)


def test_the_schema_refuses_what_is_not_so() -> None:
    values = matrix_values(RESULT)
    for wrong in ({**values, "more": 1}, {**values, "seed": True}, {**values, "cells": [{}]}, {**values, "n": 0}):
        with pytest.raises(AssertionError):
            check(wrong, MATRIX)


def test_what_is_to_be_said_of_several_cells_is_said_once() -> None:
    def because(strategy: str, workload: str) -> Cell:
        return cell(strategy, workload, state=CellState.FAILED, reason="Why.")

    cells = [because("a", "x"), because("a", "y"), because("b", "x"), cell("b", "y", [1.0])]
    assert notes(matrix(*cells)) == ["a; b under x: Why."]


def test_markdown_shows_outside_text_as_it_is() -> None:
    text = matrix_markdown(RESULT)
    assert text.startswith("Not finished: ")
    assert "| event-wait | sleep | 3 | 200 µs | 290 µs | 300 µs | 0 |" in text
    assert r"flag under lock: \<b\>a\|b\</b\> and \`more\`" in text


@pytest.mark.parametrize(
    "made",
    [
        run(5e6),
        run(None, outcome=None, error="left\nbehind", calls=(Call("a.py", 3, "f", "x = 1"),)),
        run(5e6, band=(0, 10), outside="late", outcome=Outcome.FAILED, started=None, ticks=()),
    ],
)
def test_a_run_goes_through_a_pipe_unchanged(made: object) -> None:
    assert isinstance(made, type(run(1)))
    assert run_from_values(from_line(to_line(run_to_values(made)))) == made


def test_never_is_asked_and_not_noticed_within_the_deadline() -> None:
    assert (run(None).never, run(None).latency) == (True, None)
    assert (run(1e9).never, run(1e9).latency) == (False, 10**9)
    assert (run(1e9 + 1).never, run(1e9 + 1).latency) == (True, None)
    unasked = run(None, outcome=Outcome.COMPLETED, was_stuck=False)
    assert not replace(unasked, chain=replace(unasked.chain, requested=None)).never
    assert not run(None, outcome=Outcome.FAILED, was_stuck=False).never


def test_the_environment_is_that_of_this_machine() -> None:
    now = environment_now()
    assert now.python.endswith(sys.version.split()[0])
    assert now.switch_interval == sys.getswitchinterval()
    assert now.cores >= 1
    assert now.gil == getattr(sys, "_is_gil_enabled", lambda: True)()


def test_the_environment_loads_no_qt_and_names_the_very_qt_that_would_be_loaded() -> None:
    program = (
        "import sys; from app.experiments.environment import environment_now; now = environment_now()\n"
        "assert not [name for name in sys.modules if name.startswith('PySide6')]\n"
        "import PySide6; from PySide6.QtCore import qVersion\n"
        "assert (now.pyside, now.qt) == (PySide6.__version__, qVersion()), (now, qVersion())\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_environment_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ENVIRONMENT.words() == (
        "Linux 6 x86_64 · CPython 3.11.9, with the GIL · PySide6 6.11.3 (Qt 6.11.3) · switch interval 5 ms · 2 cores · "
        "load 0.50"
    )

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(environment, "version", missing)
    monkeypatch.delitem(sys.modules, "PySide6", raising=False)
    bare = replace(environment_now(), load=None, gil=False, cores=1)
    assert (bare.pyside, bare.qt) == (None, None)
    assert bare.words().endswith("free-threaded · no PySide6 · switch interval 5 ms · 1 core")
