"""Where what is made of a session may go: one rule for ``export``, ``report`` and ``to-test``."""

from pathlib import Path

import pytest

from tests.cli.shell import Argument, refused_here, run, run_here
from tests.session.stories import record, usual

COMMANDS: tuple[tuple[Argument, ...], ...] = (
    ("export",),
    ("export", "--jsonl"),
    ("export", "--csv"),
    ("report", "--html"),
    ("report", "--trace"),
    ("to-test",),
)
BEFORE = b"before"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("sessions"), usual)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_session_is_never_replaced_and_another_file_only_by_force(
    session: Path, tmp_path: Path, command: tuple[Argument, ...]
) -> None:
    before = session.read_bytes()
    twin, link, path = tmp_path / "twin", tmp_path / "link", tmp_path / "path"
    twin.hardlink_to(session)
    for out in (session, session.with_name(f"{session.name}-wal"), session.with_name(f"{session.name}-shm"), twin):
        assert refused_here([*command, session, "-o", out, "--force"]).endswith(
            "it is the session itself; choose another file."
        )
    assert "is a session's" in refused_here([*command, session, "-o", tmp_path / "new.tcsession"])
    path.write_bytes(BEFORE)
    assert refused_here([*command, session, "-o", path]) == f"{path}: it already exists; add --force to replace it."
    link.symlink_to(path)
    for force in ((), ("--force",)):
        assert "it is a link" in refused_here([*command, session, "-o", link, *force])
    assert (path.read_bytes(), link.is_symlink(), session.read_bytes()) == (BEFORE, True, before)
    assert sorted(tmp_path.iterdir()) == [link, path, twin]
    assert list(session.parent.iterdir()) == [session]
    done = run(*command, session, "-o", path, "--force")
    assert (done.returncode, path.read_bytes() == run_here(*command, session)[1]) == (0, True)
