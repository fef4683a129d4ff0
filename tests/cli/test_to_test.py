"""``to-test``: a pytest file that passes at once, is formatted, and fails when its worker is broken."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters import whole_catalogue
from app.core.errors import BadInput
from app.core.latency import StopChain
from app.experiments.to_test import literal, seconds, session_test
from app.session.session_report import read_report
from tests.cli.shell import ROOT, environment, refused, run
from tests.session.stories import HOSTILE, RecordedCore, record, usual

CATALOGUE = whole_catalogue()


@pytest.fixture(scope="module")
def made_test(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that the command writes of a usual session, whose deadline a broken worker has to wait out."""

    def act(core: RecordedCore) -> None:
        core.environment["stop_deadline_s"] = "1"
        usual(core)

    folder = tmp_path_factory.mktemp("usual")
    path = folder / "test_session.py"
    done = run("to-test", record(folder / "sessions", act), "-o", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    return path


def _pytest(path: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", path.parent, path],
        cwd=path.parent,
        # Without what is installed here beside pytest, which has no part in it: to load that takes longer than the tests.
        env=environment(PYTHONPATH=str(ROOT), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def _formatted(path: Path, *options: str) -> str:
    """Return what the formatter would change; ruff is there wherever the code is checked."""
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    done = subprocess.run([ruff, "format", "--diff", *options, path], capture_output=True, text=True, check=False)
    return done.stdout


def test_the_test_passes_at_once(made_test: Path) -> None:
    # A machine that stalls for a moment writes other numbers of lines than the one that was recorded on: thrice is enough.
    for _ in range(3):
        status, output = _pytest(made_test)
        if status == 0:
            break
    assert status == 0, output
    assert "4 passed" in output


def test_a_run_that_had_to_be_released_has_to_be_again(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        locked = core.begin(name="Locked", workload="lock")
        core.until_lines(locked, 1)
        core.ask(locked)

    path = tmp_path / "test_session.py"
    path.write_text(session_test(read_report(record(tmp_path / "sessions", act, deadline=0.05)), CATALOGUE), "utf-8")
    assert "released by Thread Controller" in path.read_text("utf-8")
    status, output = _pytest(path)
    assert status == 0, output
    assert "1 passed" in output
    assert _formatted(path, "--isolated") == ""


def test_a_run_whose_end_was_not_recorded_ends_with_the_record(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.begin(name="Done", strategy="flag", interval=0.001, limit=3)
        core.until_idle()
        blocked = core.begin(name="Blocked", workload="lock")
        core.until_lines(blocked, 1)
        core.controller.stop(blocked)

    report = read_report(record(tmp_path / "sessions", act, deadline=0.05))
    done, blocked = report.runs
    blocked = replace(blocked, outcome=None, chain=StopChain(), released=None)
    source = session_test(replace(report, runs=(done, blocked)), CATALOGUE)
    assert re.search(r'session\.stop\("blocked_1", at=(.*)\)\n    session\.let_go\("blocked_1", at=\1\)', source)
    path = tmp_path / "test_session.py"
    path.write_text(re.sub(r"^PATIENCE = .*$", "PATIENCE = 3_600.0", source, flags=re.MULTILINE), "utf-8")
    assert _formatted(path, "--isolated") == ""
    status, output = _pytest(path)  # which has a minute
    assert status == 0, output
    assert "1 passed" in output


@pytest.mark.parametrize("options", [("--isolated",), ("--isolated", "--line-length", "120")], ids=["88", "120"])
def test_the_test_is_formatted(made_test: Path, options: tuple[str, ...]) -> None:
    assert _formatted(made_test, *options) == ""


@pytest.mark.parametrize(
    ("loop", "words"),
    [
        ("while True:\n        context.line()\n        context.sleep()", "'released' == 'interrupted'"),
        ("context.line()\n    raise ValueError('broken on purpose')", "'failed' == 'interrupted'"),
    ],
    ids=["never notices", "error"],
)
def test_the_test_fails_when_its_worker_is_broken(made_test: Path, tmp_path: Path, loop: str, words: str) -> None:
    broken = tmp_path / "test_session.py"
    text, count = re.subn(r"^PATIENCE = .*$", "PATIENCE = 3_600.0", made_test.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1  # what is stuck is not waited for
    broken.write_text(text, "utf-8")
    (tmp_path / "conftest.py").write_text(
        "from app.core.strategies.event_wait import EventWait\n\n"
        f"def loop(self, context):\n    {loop}\n\n\nEventWait.loop = loop\n"
    )
    status, output = _pytest(broken)
    assert status == 1, output
    assert "FAILED test_session.py::test_waiter_1" in output
    assert "FAILED test_session.py::test_waiter_2" in output
    assert "test_timed_1" not in output.partition("short test summary")[2]
    assert words in output


def test_hostile_names_and_texts_become_harmless_literals(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        for number, text in enumerate(HOSTILE):
            name = f"{''.join(c for c in text if c.isprintable())} {number}"[-100:]
            escaped = text.replace("{", "{{").replace("}", "}}")
            core.begin(name=name, limit=1, text=escaped, text_at_end=(text,), text_on_request=text)
        core.begin(name="x" * 100, limit=2, text="y" * 97, interval=0.001, text_at_end=("z" * 75,))
        core.begin(name="x" * 99 + "y", limit=3, interval=0.001)
        core.begin(name="123", limit=1)
        core.begin(name="class", workload="compute", parameters=(("iterations", 10),), limit=1)

    source = session_test(read_report(record(tmp_path / "sessions", act)), CATALOGUE)
    path = tmp_path / "test_hostile.py"
    path.write_text(source, encoding="utf-8")
    assert _formatted(path, "--isolated") == ""
    assert _formatted(path, "--isolated", "--line-length", "120") == ""
    status, output = _pytest(path)
    assert status == 0, output
    assert f"{len(HOSTILE) + 4} passed" in output


COLLIDING = (
    "A",
    "a!",
    "a 2",
    "a_2",
    "A 2!",
    "a 1",
    "ä",
    "äa 2",
    "session",
    "Deadline",
    "patience",
    "slack 1",
    "class",
    "1",
    "_1",
)


def test_workers_whose_names_collide_have_a_test_each(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        for count, name in enumerate(COLLIDING, 1):
            for _ in range(2):
                core.begin(name=name, limit=count, interval=0.001)
                core.until_idle()

    source = session_test(read_report(record(tmp_path / "sessions", act)), CATALOGUE)
    path = tmp_path / "test_colliding.py"
    path.write_text(source, encoding="utf-8")
    assert _formatted(path, "--isolated") == ""
    body = ast.parse(source).body
    defined = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    assert len(set(defined)) == len(defined) == 2 * len(COLLIDING) + 1  # and the fixture
    assigned = [node.targets[0].id for node in body if isinstance(node, ast.Assign)]
    assert len(set(assigned)) == len(assigned) == len(COLLIDING) + 4
    status, output = _pytest(path)
    assert status == 0, output
    assert f"{2 * len(COLLIDING)} passed" in output
    # Each test is about its own worker: as many lines as that was told to write.
    lines = [f"run.lines == {count}" for count in range(1, len(COLLIDING) + 1)]
    assert [source.count(f"assert {line}\n") for line in lines] == [2] * len(COLLIDING)


@pytest.mark.parametrize(
    ("recorded", "deadline"), [("7.5", "7.5"), ("5", "5.0"), ("0.2", "0.2"), ("nan", "5.0"), (None, "5.0")]
)
def test_the_deadline_is_that_of_the_session(tmp_path: Path, recorded: str | None, deadline: str) -> None:
    def act(core: RecordedCore) -> None:
        if recorded is not None:
            core.environment["stop_deadline_s"] = recorded
        core.begin(limit=1)

    source = session_test(read_report(record(tmp_path, act)), CATALOGUE)
    assert f"\nDEADLINE = {deadline}  # seconds" in source


def test_a_deadline_that_was_changed_in_the_session_is_the_one_that_counts(tmp_path: Path) -> None:
    def act(core: RecordedCore) -> None:
        core.environment["stop_deadline_s"] = "5"
        core.journal.action("preferences", stop_deadline_s="0.2")
        core.journal.action("preferences", switch_interval="1 ms")
        core.begin(limit=1)

    source = session_test(read_report(record(tmp_path, act)), CATALOGUE)
    assert "\nDEADLINE = 0.2  # seconds" in source


@settings(max_examples=300)
@given(st.text())
def test_a_literal_says_the_text_and_nothing_else(text: str) -> None:
    code = literal(text)
    assert eval(code, {"__builtins__": {}}) == text
    assert code.isprintable()


def test_literals_are_formatted(tmp_path: Path) -> None:
    path = tmp_path / "literals.py"
    texts = [*HOSTILE, "a'b", 'a"b', "a'b\"c", "''\"", '""\'', "\\", "\\'", '\\"', "é\xad\u2028", "\U0001f600", "{x}"]
    path.write_text("".join(f"X = {literal(text)}\n" for text in texts), encoding="utf-8")
    assert _formatted(path, "--isolated") == ""


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "0.0"), (62_493_120, "0.062493"), (10**9, "1.0"), (1_499, "0.000001"), (10**13 + 1, "10000.0")]
)
def test_seconds_are_numbers_of_python(ns: int, text: str) -> None:
    assert seconds(ns) == text
    assert float(seconds(ns, up=True)) >= ns / 1e9


def test_what_a_test_cannot_be_made_of_is_one_sentence(
    tmp_path: Path, made_test: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = record(tmp_path / "silent", lambda core: core.start(limit=1))
    assert "there is nothing to repeat" in refused(["to-test", silent])
    session = next(made_test.parent.glob("sessions/*"))
    assert "add --force" in refused(["to-test", session, "-o", made_test])
    monkeypatch.setattr("app.experiments.to_test.MOST_RUNS", 3)
    with pytest.raises(BadInput, match=r"4 runs were started in it; a test that can be read has at most 3\."):
        session_test(read_report(session), CATALOGUE)
