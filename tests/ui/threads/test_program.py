"""File ▸ Observe program…: what is made of what is entered, which Pythons are offered, and consent."""

import sys
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.core.program import Program
from app.programs.consent import AgreedFiles, program_use
from app.programs.interpreters import OLDEST_OBSERVED, known_version, observing_interpreters
from app.ui.threads.logic import Surroundings
from app.ui.threads.program import NONE_FOUND, program_of, usual_interpreter
from app.ui.threads.program_dialog import ProgramDialog

IS_NEW = sys.version_info >= OLDEST_OBSERVED


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.touch()
    return path


def environment(folder: Path, version: str, key: str = "version") -> Path:
    """Make a virtual environment that says which Python it has; it is never run."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\n{key} = {version}\n", "utf-8")
    return folder


def test_the_version_of_a_python_is_known_without_running_it(tmp_path: Path) -> None:
    new = environment(tmp_path / "new", "3.13.1")
    assert known_version(str(new)) == known_version(str(new / "bin" / "python")) == (3, 13)
    assert known_version(str(environment(tmp_path / "old", "3.9.18.final.0", "version_info"))) == (3, 9)
    assert known_version(sys.executable) == sys.version_info[:2]
    assert known_version("/somewhere/python3.14") == (3, 14)
    assert known_version("/somewhere/python3") is None
    (new / "pyvenv.cfg").write_bytes(b"\xff\0")
    assert known_version(str(new)) is None


def test_only_pythons_that_can_be_observed_are_offered(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(file.parent / "path"))
    old = environment(file.parent / "venv", "3.11.7")
    ours = (sys.executable,) if IS_NEW else ()
    assert observing_interpreters(file) == ours
    new = environment(file.parent / ".venv", "3.12.1")
    python = file.parent / "path" / "python3.13"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    assert observing_interpreters(file) == (str(new), *ours, str(python))
    shims = file.parent / "pyenv" / "shims"
    shims.mkdir(parents=True)
    python.rename(shims / "python3.13")
    monkeypatch.setenv("PATH", str(shims))
    assert observing_interpreters(file) == (str(new), *ours)
    real = file.parent / "pyenv" / "versions" / "3.13.0" / "bin" / "python3.13"
    real.parent.mkdir(parents=True)
    real.symlink_to(sys.executable)
    assert observing_interpreters(file) == (str(new), *ours, str(real))
    assert usual_interpreter(observing_interpreters(file)) == str(new)
    assert usual_interpreter(()) == sys.executable
    with pytest.raises(BadInput, match=r"is Python 3\.11; programs can be observed in Python 3\.12 and newer"):
        program_of(file, "", Surroundings(interpreter=str(old)), ())


def test_what_was_typed_becomes_a_program(file: Path) -> None:
    new = environment(file.parent / ".venv", "3.12.1")
    python = str(new / "bin" / "python")
    made = program_of(file, "--name 'a b' 3", Surroundings(), (str(new),))
    assert made == Program(python, (str(file), "--name", "a b", "3"), str(file.parent))
    elsewhere = Surroundings(folder=str(file.parent.parent), interpreter=python)
    assert program_of(file, "", elsewhere, ()) == Program(python, (str(file),), str(file.parent.parent))


@pytest.mark.parametrize(
    ("arguments", "where", "sentence"),
    [
        ("'a", Surroundings(), "Arguments: no closing quotation; put a quotation mark at both ends"),
        ("a\0", Surroundings(), "Arguments: they can't have a NUL"),
        ("", Surroundings(folder="/there/is/none"), "Working folder: '/there/is/none' is no folder"),
        ("", Surroundings(interpreter="/there/is/none"), "'/there/is/none' is not there"),
    ],
)
def test_what_is_wrong_is_said(file: Path, arguments: str, where: Surroundings, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        program_of(file, arguments, where, ("/usr/bin/env",))


@pytest.mark.skipif(IS_NEW, reason="this Python can be observed in")
def test_where_there_is_no_newer_python_that_is_said(file: Path) -> None:
    with pytest.raises(BadInput, match=NONE_FOUND):
        program_of(file, "", Surroundings(), ())


def test_consent_is_to_the_program_and_not_to_its_threads(file: Path) -> None:
    remembered: list[tuple[str, ...]] = []
    files = AgreedFiles((), remembered.append)
    use = program_use(Program(sys.executable, (str(file), "1"), str(file.parent)))
    assert f"“{file}” is run as a program, with all its threads observed, by “{sys.executable}”" in use.sentence
    files.add([use])
    assert files.covers(program_use(Program(sys.executable, (str(file), "other"), str(file.parent))))
    later = AgreedFiles(remembered[-1])
    assert later.covers(use)
    assert not later.covers(program_use(Program(sys.executable, (str(file),), "/")))
    file.write_text("1", "utf-8")
    assert not AgreedFiles(remembered[-1]).covers(use)


def test_the_dialog_hands_on_what_was_entered(qtbot: QtBot, file: Path) -> None:
    environment(file.parent / ".venv", "3.12.1")
    chosen: list[tuple[Program, bool]] = []
    dialog = ProgramDialog(file, lambda program, agreed: chosen.append((program, agreed)))
    with qtbot.waitExposed(dialog):
        dialog.show()
    assert str(file) in dialog.consent.text()
    QTest.keyClicks(dialog.arguments, "'a")
    assert not dialog.observe.isEnabled()
    assert dialog.problem.text().startswith("Arguments: ")
    QTest.keyClicks(dialog.arguments, " b'")
    assert dialog.observe.isEnabled()
    dialog.agree.setChecked(True)
    dialog.observe.click()
    python = str(file.parent / ".venv" / "bin" / "python")
    assert chosen == [(Program(python, (str(file), "a b"), str(file.parent)), True)]
