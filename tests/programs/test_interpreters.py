"""Which Python a child has, and that every one that is promised carries runs."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from app.core.clock import SystemClock
from app.core.errors import BadInput
from app.core.events import Ended
from app.core.states import Outcome
from app.core.worker import Worker
from app.programs.child_engine import ChildEngine
from app.programs.interpreters import find_interpreter
from tests.programs.children import child_core
from tests.test_pythons import PYTHONS


def test_without_a_name_it_is_the_python_that_runs_us() -> None:
    assert find_interpreter(None) == sys.executable


def test_a_virtual_environment_s_folder_means_its_python(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True, with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    assert find_interpreter(str(tmp_path / "env")) == find_interpreter(str(python)) == str(python)
    with child_core() as core:
        run = core.start(limit=1, interpreter=str(tmp_path / "env"), engine="process")
        assert core.until_event(run, Ended).outcome is Outcome.COMPLETED


def test_a_name_is_looked_for_as_the_shell_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python-of-mine").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_interpreter("python-of-mine") == str(tmp_path / "python-of-mine")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "'nothing' is not there; name a Python"),
        ("./folder", "is a folder without bin/python"),
        ("./text", "cannot be executed"),
        ("x" * 5_000, "cannot be used|is not there"),
    ],
)
def test_what_is_no_python_is_refused(
    name: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("")
    with pytest.raises(BadInput, match=sentence) as raised:
        find_interpreter(name)
    assert raised.value.field == "interpreter"


def test_a_mechanism_that_is_not_carried_over_is_refused() -> None:
    with pytest.raises(BadInput, match="needs more than Python's own library"):
        ChildEngine(SystemClock()).check(Worker("a", "qthread-interruption"))


def others() -> list[str]:
    """Return the files of the promised Pythons that this machine has, each of another version than ours."""
    found = {}
    for folder in (*os.get_exec_path(), *map(str, Path(sys.base_prefix).parent.glob("*/bin"))):
        for version in PYTHONS:
            file = Path(folder) / f"python{version}"
            if version != f"{sys.version_info[0]}.{sys.version_info[1]}" and file.is_file():
                asked = subprocess.run([file, "-c", "import sys; print(sys.version)"], capture_output=True, check=False)
                if asked.returncode == 0:
                    found.setdefault(version, str(file))
    return list(found.values())


def test_every_promised_python_that_is_here_carries_runs() -> None:
    pythons = others()
    if not pythons:
        pytest.skip("no other Python is installed")
    with child_core() as core:
        for python in pythons:
            run = core.start(name=python[-80:], engine="process", interpreter=python, strategy="event-wait")
            core.until_line(run, "3")
            core.controller.stop(run)
            core.until_event(run, Ended)
            assert core.snapshot(run).outcome is Outcome.INTERRUPTED
