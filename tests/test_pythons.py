"""Which Pythons the program runs on, and what it says on the others."""

import json
import operator
import re
import sys
import sysconfig
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from app.__main__ import main
from app.core.interpreter import gil_is_enabled
from app.ui import probe

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = [text.rsplit(" ", 1)[1] for text in PROJECT["classifiers"] if "Python :: 3." in text]


@pytest.fixture
def without_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)


def test_the_pythons_that_are_promised_are_those_that_are_tested() -> None:
    tested = re.search(r"python: \[(.*)\]", (ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    assert tested is not None
    assert re.findall(r'"(.+?)"', tested[1]) == PYTHONS
    assert PYTHONS[0] == PROJECT["requires-python"].removeprefix(">=")


@pytest.mark.parametrize("python", PYTHONS)
def test_the_pyside_that_aborts_below_python_3_12_is_installed_on_none_of_those(python: str) -> None:
    toolkit = [Requirement(text) for text in PROJECT["dependencies"] if text.startswith("PySide6-Essentials")]
    (wanted,) = [one for one in toolkit if one.marker is None or one.marker.evaluate({"python_version": python})]
    sound = python not in ("3.11",)
    assert wanted.specifier.contains("6.12.0") is sound
    assert wanted.specifier.contains("6.11.3")
    assert (probe.toolkit_problem("6.12.0", tuple(map(int, python.split(".")))) is None) is sound  # type: ignore[arg-type]


def test_whether_the_gil_is_on_is_known_on_every_python() -> None:
    # Should a later Python no longer tell, a free-threaded one would be taken for one with the GIL.
    assert hasattr(sys, "_is_gil_enabled") is (sys.version_info >= (3, 13))
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert gil_is_enabled()


@pytest.mark.usefixtures("without_gil")
def test_without_the_gil_workers_run(capfd: Any) -> None:
    workers = ["--count", "4", "--interval", "0", "--limit", "20000", "--json"]
    assert main(["run", "flag", *workers]) == 0
    lines: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for record in map(json.loads, capfd.readouterr().out.splitlines()):
        if record["kind"] == "line":
            lines[record["worker"]].append((record["t_ns"], record["text"]))
    assert len(lines) == 4
    for written in lines.values():
        assert written == sorted(written, key=operator.itemgetter(0))
        assert [text.split()[-1] for _, text in written] == [str(number) for number in range(1, 20_001)]


def test_on_a_free_threaded_build_the_window_is_refused_in_one_sentence(monkeypatch: Any, capfd: Any) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    real = sysconfig.get_config_var
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1 if name == "Py_GIL_DISABLED" else real(name))
    assert main([]) == 2
    output, errors = capfd.readouterr()
    assert output == ""
    assert errors.count("\n") == 1
    assert "free-threaded" in errors
    assert "ordinary build of Python" in errors
