"""What a person agrees to before a file is run: which, by which Python, where; until the window closes, and by its hash."""

import sys
from pathlib import Path

import pytest

from app.core.errors import BadInput
from app.core.own_code.description import OwnCode
from app.core.worker import PROCESS, Worker, code_worker
from app.programs.consent import (
    MOST_REMEMBERED,
    NOT_COVERED,
    AgreedFiles,
    CodeUse,
    code_use,
    code_uses,
    interpreter_of,
    require_yes,
)


def worker(path: Path, name: str = "f", folder: str = "") -> Worker:
    return code_worker(name, OwnCode(str(path), name, folder=folder))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text("def f(): pass")
    return file


def use_of(path: Path, folder: str = "") -> CodeUse:
    use = code_use(worker(path, folder=folder))
    assert use is not None
    return use


def test_the_question_names_file_python_and_folder_and_what_is_not_covered(path: Path) -> None:
    sentence = use_of(path).sentence
    assert str(path) in sentence
    assert interpreter_of(worker(path)) in sentence
    assert f"in the folder “{path.parent}”" in sentence
    assert sentence.endswith(NOT_COVERED)
    assert code_use(Worker("W", "flag")) is None


def test_another_python_is_a_use_by_itself(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to("/bin/sh")
    worker = Worker("W", "flag", engine=PROCESS, interpreter=str(python))
    use = code_use(worker)
    assert use == CodeUse("", str(python), "")
    assert use.sentence.startswith(f"“{python}” is started as a Python")
    assert code_use(Worker("W", "flag", engine=PROCESS)) is None
    assert code_use(Worker("W", "flag", engine=PROCESS, interpreter=sys.executable)) is None
    kept: list[tuple[str, ...]] = []
    AgreedFiles(on_changed=kept.append).add([use])
    assert AgreedFiles(kept[-1]).covers(use)
    python.unlink()
    python.symlink_to("/bin/ls")
    assert not AgreedFiles(kept[-1]).covers(use)
    with pytest.raises(BadInput, match="Add --yes to agree"):
        require_yes([worker], yes=False)
    assert require_yes([worker], yes=False, interpreter=str(python)) == ()


def test_each_use_is_asked_about_once(path: Path) -> None:
    assert code_uses([worker(path), worker(path, "g"), Worker("W", "flag")]) == (use_of(path),)
    assert len(code_uses([worker(path), worker(path, folder="/elsewhere")])) == 2


def test_it_holds_for_the_path_with_all_edits_while_the_window_is_open(path: Path) -> None:
    agreed = AgreedFiles()
    assert not agreed.covers(use_of(path))
    agreed.add([use_of(path)])
    path.write_text("def f(): print('another')")
    assert agreed.covers(use_of(path))
    assert not agreed.covers(use_of(path, "/elsewhere"))


def test_it_holds_in_later_sessions_for_what_was_in_the_file(path: Path) -> None:
    kept: list[tuple[str, ...]] = []
    AgreedFiles(on_changed=kept.append).add([use_of(path)])
    (digests,) = kept
    assert AgreedFiles(digests).covers(use_of(path))
    assert not AgreedFiles(digests).covers(use_of(path, "/elsewhere"))
    before = path.read_text()
    path.write_text("def f(): print('another')")
    later = AgreedFiles(digests)
    assert not later.covers(use_of(path))
    path.write_text(before)
    assert later.covers(use_of(path))
    path.write_text("edited while the window is open")
    assert later.covers(use_of(path))
    path.unlink()
    assert not AgreedFiles(digests).covers(use_of(path))


def test_a_bounded_number_is_remembered_and_the_latest_stay(path: Path) -> None:
    kept: list[tuple[str, ...]] = []
    agreed = AgreedFiles((f"{number:064x}" for number in range(MOST_REMEMBERED)), kept.append)
    agreed.add([use_of(path)])
    assert len(kept[-1]) == MOST_REMEMBERED
    assert kept[-1][-1] == use_of(path).digest()


def test_a_command_line_needs_yes(path: Path) -> None:
    assert require_yes([Worker("W", "flag")], yes=False) == ()
    asked = worker(path).code.stop.sentence
    assert require_yes([worker(path)], yes=True) == (use_of(path).sentence, f"Stop of {path.name}:f: {asked}")
    with pytest.raises(BadInput) as caught:
        require_yes([worker(path)], yes=False)
    assert str(caught.value) == f"{use_of(path).sentence} Add --yes to agree."
    many = [worker(path, folder=f"/{number}") for number in range(5)]
    with pytest.raises(BadInput, match=r"and 2 more would be run\..* Add --yes to agree\."):
        require_yes(many, yes=False)
