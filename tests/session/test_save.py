"""Saving: the file is there whole or not at all."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import BadInput
from app.session.save import save
from tests.session.recorded_sessions import small_disk


def never() -> bool:
    return False


def test_what_is_saved_is_there_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    assert save([b"one\n", b"two\n"], path, never)
    assert path.read_bytes() == b"one\ntwo\n"
    path.chmod(0o640)
    assert save(iter([b"three\n"]), path, never)
    assert path.read_bytes() == b"three\n"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


class Chunks:
    """Chunks that say how many of them were asked for, and whether they were closed."""

    def __init__(self, *chunks: bytes | BaseException) -> None:
        self.chunks = iter(chunks)
        self.given = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self.chunks)
        if isinstance(chunk, BaseException):
            raise chunk
        self.given += 1
        return chunk

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("when", [1, 2, 3])
def test_nothing_is_left_of_what_was_cancelled(when: int, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"before")
    chunks, asked = Chunks(b"a", b"b"), iter(range(1, 10))
    assert not save(chunks, path, lambda: next(asked) == when)
    assert (chunks.given, chunks.closed) == (min(when, 2), True)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "error", [BadInput("The session is gone."), OSError(5, "Input/output error"), KeyboardInterrupt()]
)
def test_nothing_is_left_of_what_failed(error: BaseException, tmp_path: Path) -> None:
    chunks = Chunks(b"a", error)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else BadInput):
        save(chunks, tmp_path / "log.txt", never)
    assert chunks.closed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "it is a folder"),
        ("no/such/folder/log.txt", "No such file or directory"),
        ("file/log.txt", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("a\0b", "null"),
    ],
)
def test_where_it_cannot_be_written_is_said_in_one_sentence(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput) as caught:
        save([b"a"], tmp_path / name, never)
    assert words in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_not_followed(tmp_path: Path) -> None:
    target, link, loop, nowhere = (tmp_path / name for name in ("target", "link", "loop", "nowhere"))
    target.write_bytes(b"before")
    link.symlink_to(target)
    loop.symlink_to(loop)
    nowhere.symlink_to(tmp_path / "new")
    for path in (link, loop, nowhere):
        with pytest.raises(BadInput, match="it is a link; name the file it points to, or remove it"):
            save([b"after"], path, never)
        assert path.is_symlink()
    assert target.read_bytes() == b"before"
    assert sorted(tmp_path.iterdir()) == [link, loop, nowhere, target]


def test_a_session_is_never_replaced_by_what_is_made_of_it(tmp_path: Path) -> None:
    source, twin = tmp_path / "record", tmp_path / "twin"
    source.write_bytes(b"before")
    twin.hardlink_to(source)
    for name in ("record", "twin", "record-wal", "record-shm", "record-journal", "../" + tmp_path.name + "/record"):
        with pytest.raises(BadInput, match="it is the session itself; choose another file"):
            save([b"after"], tmp_path / name, never, [tmp_path / "other", source])
    for name in ("a.tcsession", "a.TCSESSION", "a.tcsession-wal", "a.tcsession-shm"):
        with pytest.raises(BadInput, match="is a session's; choose another one"):
            save([b"after"], tmp_path / name, never)
    assert source.read_bytes() == b"before"
    assert sorted(tmp_path.iterdir()) == [source, twin]


def test_a_file_is_replaced_only_where_that_was_agreed_to(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"

    def chunks() -> Iterator[bytes]:
        yield b"after"
        path.write_bytes(b"meanwhile")  # another program's, made while ours was written

    with pytest.raises(BadInput, match="it already exists; add --force to replace it"):
        save(chunks(), path, never, replace=False)
    assert path.read_bytes() == b"meanwhile"
    assert save(chunks(), path, never)
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_who_may_read_a_new_file_is_what_the_umask_says(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        save([b"a"], tmp_path / "log.txt", never)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "log.txt").stat().st_mode) == 0o666 & ~umask


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_written_to_but_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(BadInput, match="nothing reads from this pipe"):
        save([b"a"], pipe, never)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert save([b"one", b"two"], pipe, never, replace=False)
        assert os.read(reader, 100) == b"onetwo"
    finally:
        os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs devices")
def test_a_device_stays_one() -> None:
    assert save([b"a"], Path("/dev/null"), never)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    if Path("/dev/full").exists():
        with pytest.raises(BadInput, match="No space left on device"):
            save([b"a"], Path("/dev/full"), never)


def test_nothing_is_left_on_a_disk_that_was_too_small(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        path = disk / "log.txt"
        path.write_bytes(b"before")
        with pytest.raises(BadInput, match="No space left on device"):
            save((bytes(100_000) for _ in range(20)), path, never)
        assert path.read_bytes() == b"before"
        assert list(disk.iterdir()) == [path]
