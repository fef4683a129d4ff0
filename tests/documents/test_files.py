"""Reading, and writing whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.worker import Worker
from app.documents.settings import USING_DEFAULTS, Layout, Settings, load_settings, save_settings
from app.documents.startup_settings import StartupSettings, read_startup_settings
from app.documents.toml_files import MAX_BYTES, MAX_KEY_PARTS, move_aside, read_toml, write_toml
from app.documents.worker_sets import write_workers

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
        (b'a = """' + b'\\"""a"' * 30_000, "it is not TOML: "),
    ],
    ids=["cut", "twice", "bracket", "control", "utf-8", "utf-16", "deep", "long", "open"],
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
    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    assert refused(read_toml, file) == "it cannot be read (Permission denied)."


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as huge:
        huge.truncate(MAX_BYTES + 1)
    assert refused(read_toml, path) == "it is larger than 256 kB; this is not a Thread Controller file."
    path.write_text("#" * MAX_BYTES)
    assert read_toml(path) == {}
    # What is written can be read again.
    assert "larger than 256 kB" in refused(write_toml, tmp_path / "new.toml", {"text": "x" * MAX_BYTES})
    assert not (tmp_path / "new.toml").exists()


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * MAX_KEY_PARTS + " = 1",
        "[" + "a . " * MAX_KEY_PARTS + "a]",
        "[[" + '"a b"."."\t.' * MAX_KEY_PARTS + "a]]",
        "a = [{ b = 1, " + "'a.'." * MAX_KEY_PARTS + "a = 1 }]",
        'a = """\n\n\\"""""" # "\'\n\n' + "a." * MAX_KEY_PARTS + "a = 1",
        "a = '''b''''' # '\n" + "a." * 100_000,
    ],
)
def test_a_key_of_many_parts_is_refused_before_it_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "parts.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=rf"parts; {MAX_KEY_PARTS} are the most\.$") as caught:
        read_toml(path)
    assert str(caught.value).startswith(f"{path}, line {text.count(chr(10)) + 1}: the key '")


def test_what_is_no_key_may_have_many_dots(tmp_path: Path) -> None:
    path = tmp_path / "dots.toml"
    dots, key = "a." * 200, "a" + ".a" * (MAX_KEY_PARTS - 1)
    lines = (
        f"# {dots}",
        f"one = '{dots}'",
        f'two = "{dots}\\"{dots}"',
        f'three = """\n{dots}\n""""',
        f"four = '''\n{dots}'''",
        f"five = [{'1.5, ' * 200}]",
        f'"{dots}".b = 1',
        f"[{key}]",
        f"{key} = 1",
    )
    path.write_text("\n".join(lines))
    document = read_toml(path)
    assert (document["one"], document["three"][-1], len(document["five"])) == (dots, '"', 200)


def test_settings_may_be_longer_but_have_no_more_names(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    workers = [Worker(name=f"W{number}", strategy="flag", interval=0.25) for number in range(6_000)]
    save_settings(path, Settings(workers=tuple(workers), layout=Layout(width=1_000)))
    assert path.stat().st_size > MAX_BYTES
    assert load_settings(path, Catalogue()) == (Settings(workers=tuple(workers), layout=Layout(width=1_000)), "")
    assert read_startup_settings(path).width == 1_000
    assert "larger than 256 kB" in refused(read_toml, path)
    for names in ("[a{}]", "a.b{}=1", "a={{b.c{}=1}}", "[a.b.c.d.e.f{}]"):
        path.write_text("\n".join(names.format(number) for number in range(40_000)))
        sentence = load_settings(path, Catalogue())[1]
        assert "larger than 256 kB" in sentence or "6 parts; 5 are the most" in sentence
        path.unlink(missing_ok=True)


def test_a_byte_order_mark_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "marked.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read_toml(path) == {"a": 1}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_has_no_end_or_no_beginning_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    assert refused(read_toml, pipe) == "it is a pipe or a device, not a file."
    assert refused(read_toml, Path("/dev/zero")) == "it is a pipe or a device, not a file."
    assert read_startup_settings(pipe) == StartupSettings()
    for path in (Path("/proc/kmsg"), Path("/proc/self/mem")):
        if os.access(path, os.R_OK):
            assert read_toml(path) == {}


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
    assert file.stat().st_ino != before  # another file in its place: a program that had it open still reads the old one
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == ["a.toml"]  # noqa: PTH208


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_settings_are_for_their_owner_alone_and_other_files_as_the_umask_says(tmp_path: Path) -> None:
    path, settings = tmp_path / "workers.toml", tmp_path / "settings.toml"
    settings.touch(mode=0o644)
    before = os.umask(0o007)
    try:
        write_workers(path, [])
        save_settings(settings, Settings())
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o660
    assert settings.stat().st_mode & 0o777 == 0o600


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
    # The tests may be run by root, which no permission stops.
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
            (tmp_path / "a.toml.kept2").mkdir()  # another program's
        kept.append(move_aside(path))
    assert kept == [tmp_path / f"a.toml.kept{number}" for number in ("", "3", "4", "5")]
    assert [aside.read_text() for aside in kept if aside] == [f"damaged {number}" for number in range(4)]
    assert not path.exists()


def test_what_cannot_be_kept_aside_is_not(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert move_aside(tmp_path / "missing.toml") is None

    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", deny)
    assert move_aside(file) is None
    check_kept(file)


WRONG_SETTINGS = {
    "version": ("\nversion = 2", 2, "version"),
    "stop_deadline": ("version = 1\nstop_deadline = -1", 2, "stop_deadline"),
    "an unknown key": ("version = 1\n\nstop = 1", 3, "No setting"),
    "layout": ("version = 1\n[layout]\nwidth = 900\nheight = 1", 4, "height"),
    "a misplaced key": ("version = 1\n[layout]\nversion = 1", 3, "version"),
    "worker": (
        'version = 1\n[[worker]]\nname = "A"\nstrategy = "flag"\n[[worker]]\nname = "B"\nstrategy = "flg"',
        7,
        "worker 2: ",
    ),
    "highlight": (
        'version = 1\n[[highlight]]\npattern = "a"\n[[highlight]]\npattern = "b"\ncolour = 1',
        6,
        "highlight",
    ),
}


@pytest.mark.parametrize(("text", "line", "begins"), WRONG_SETTINGS.values(), ids=WRONG_SETTINGS)
def test_what_is_wrong_in_the_settings_is_named_with_its_line(
    text: str, line: int, begins: str, tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    settings, sentence = load_settings(path, Catalogue())
    assert settings == Settings()
    assert sentence.startswith(f"{path}, line {line}: {begins}")
    assert sentence.endswith(f"{USING_DEFAULTS}; it is kept as settings.toml.kept.")
