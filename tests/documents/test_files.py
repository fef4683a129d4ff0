"""Reading, and writing whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BadInput
from app.documents import files
from app.documents.files import keep_aside, read_toml, write_toml

OLD, NEW = {"old": True}, {"new": True}


def refused(action: Callable[..., object], path: Path, *arguments: Any) -> str:
    """Return the one sentence, without the path that it must begin with."""
    with pytest.raises(BadInput) as caught:
        action(path, *arguments)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path}: ")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with the old content, in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    write_toml(folder / "a.toml", OLD)
    return folder / "a.toml"


def check_kept(file: Path) -> None:
    """Assert that a refused write left the old file, and nothing beside it."""
    assert read_toml(file) == OLD
    assert os.listdir(file.parent) == [file.name]  # noqa: PTH208


# -- reading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = ", "it is not TOML: "),
        (b"a = 1\na = 2", "it is not TOML: "),
        (b"[[worker]\n", "it is not TOML: "),
        (b"a = \x01", "it is not TOML: "),
        (b"a = '\xff'", "byte 6 is not UTF-8; save the file as UTF-8."),
        ("a = '😀'".encode("utf-16"), "byte 1 is not UTF-8"),
        (b"a = " + b"[" * 100_000, "it is not TOML: "),
        (b"a = " + b"9" * 5_000, "it is not TOML: "),
    ],
    ids=["cut", "twice", "bracket", "control", "utf-8", "utf-16", "deep", "long"],
)
def test_damaged_files_are_refused_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "damaged.toml"
    path.write_bytes(content)
    assert refused(read_toml, path).startswith(words)
    assert path.read_bytes() == content


def test_what_is_no_file_is_refused(tmp_path: Path, file: Path) -> None:
    assert refused(read_toml, tmp_path / "missing.toml") == "there is no such file."
    assert refused(read_toml, tmp_path) == "it cannot be read (Is a directory)."
    assert refused(read_toml, file / "below.toml") == "it cannot be read (Not a directory)."
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert "Too many levels" in refused(read_toml, loop)


def test_a_file_that_may_not_be_read_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    assert refused(read_toml, file) == "it cannot be read (Permission denied)."


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as huge:
        huge.truncate(files.LARGEST + 1)
    assert refused(read_toml, path) == "it is larger than 16 MB; this is not a file of ours."


# -- writing -----------------------------------------------------------------------------------------------------


def test_a_new_file_in_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "a.toml"
    write_toml(path, NEW)
    assert read_toml(path) == NEW
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_is_replaced_and_keeps_its_mode(file: Path) -> None:
    file.chmod(0o640)
    before = file.stat().st_ino
    write_toml(file, NEW)
    assert read_toml(file) == NEW
    assert file.stat().st_ino != before  # another file in its place: whoever had it open still reads the old one
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == ["a.toml"]  # noqa: PTH208


def test_a_link_is_written_through(file: Path) -> None:
    link = file.parent.parent / "link.toml"
    link.symlink_to(file)
    write_toml(link, NEW)
    assert link.is_symlink()
    assert read_toml(file) == NEW


def test_a_link_to_nothing_yet_gets_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "target.toml")
    write_toml(link, NEW)
    assert link.is_symlink()
    assert read_toml(tmp_path / "target.toml") == NEW


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.chmod", "pathlib.Path.replace"])
def test_a_write_that_fails_keeps_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(broken, full)
        assert refused(write_toml, file, NEW) == "it cannot be written (No space left on device)."
    check_kept(file)


def test_a_write_that_is_interrupted_keeps_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_toml(file, NEW)
    check_kept(file)


def test_a_read_only_file_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be root, whom no permission stops.
    monkeypatch.setattr("os.access", lambda path, mode: not (Path(path) == file and mode == os.W_OK))
    assert refused(write_toml, file, NEW) == "it cannot be written (it is read-only)."
    check_kept(file)


def test_what_cannot_be_written_is_refused(tmp_path: Path, file: Path) -> None:
    assert refused(write_toml, tmp_path, NEW) == "it cannot be written (it is a folder)."
    assert "cannot be written" in refused(write_toml, file / "below.toml", NEW)
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    assert "cannot be written" in refused(write_toml, loop, NEW)
    assert "UTF-8" in refused(write_toml, file, {"text": "\ud800"})
    check_kept(file)


# -- keeping aside -----------------------------------------------------------------------------------------------


def test_damaged_files_are_kept_under_the_next_free_name(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    kept = []
    for number in range(4):
        path.write_text(f"damaged {number}")
        if number == 1:
            (tmp_path / "a.toml.kept2").mkdir()  # somebody else's
        kept.append(keep_aside(path))
    assert kept == [tmp_path / f"a.toml.kept{number}" for number in ("", "3", "4", "5")]
    assert [aside.read_text() for aside in kept if aside] == [f"damaged {number}" for number in range(4)]
    assert not path.exists()


def test_what_cannot_be_kept_aside_is_not(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep_aside(tmp_path / "missing.toml") is None

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", deny)
    assert keep_aside(file) is None
    check_kept(file)
