"""A worker set that does not say how its code is stopped gets what reading the file finds, or one sentence."""

from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BadInput
from app.core.own_code.description import OWN_CODE, STOP_FORMS
from app.core.worker import Worker
from app.documents.worker_sets import brief_tables, parse_workers, read_workers
from app.programs.catalogue import program_catalogue
from app.programs.consent import require_yes

CODE = """
import threading
def poll(stop: threading.Event):
    pass
def work():
    pass
"""
CATALOGUE = program_catalogue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE, "utf-8")
    return path


def worker(file: Path, name: str = "poll", **more: Any) -> Worker:
    code = {"file": str(file), "name": name, **more.pop("code", {})}
    return CATALOGUE.worker({"code": code, **more})


def stop_of(made: Worker) -> str:
    assert made.code is not None
    return made.code.stop.text


def test_it_takes_what_the_file_shows_and_says_which(file: Path) -> None:
    assert stop_of(worker(file)) == "argument stop"
    found, _, kept = worker(file), worker(file), worker(file, code={"stop": "none"})
    assert stop_of(kept) == "none"  # it is said: nothing is looked for
    said = require_yes([found, found], yes=True)
    assert found.code is not None
    assert [found.code.stop.sentence in sentence for sentence in said] == [False, True]
    assert stop_of(worker(file, "work")) == "none"
    assert stop_of(worker(file, "work", strategy="flag", workload=OWN_CODE)) == "none"  # the strategy asks


def test_in_a_worker_set_paths_are_meant_from_its_folder_and_it_is_saved_as_found(file: Path) -> None:
    path = file.with_name("set.toml")
    path.write_text('[[worker]]\ncode = { file = "mine.py", name = "poll" }\n', "utf-8")
    workers = read_workers(path, CATALOGUE)
    assert [stop_of(each) for each in workers] == ["argument stop"]
    kept = brief_tables(workers)
    file.unlink()
    assert parse_workers(kept, CATALOGUE) == workers


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (None, "poll", "mine.py: there is no such file."),
        ("def poll(:\n", "poll", "mine.py, line 1: it is not Python: "),
        (CODE, "pol", "No function or thread is called 'pol'; did you mean poll?"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(file: Path, content: str | None, name: str, words: str) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_text(content, "utf-8")
    with pytest.raises(BadInput) as refused:
        worker(file, name)
    sentence = str(refused.value)
    assert sentence.startswith("code: stop: ")
    assert words in sentence
    assert STOP_FORMS in sentence
    worker(file, name, code={"stop": "none"})
