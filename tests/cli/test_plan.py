"""``thread-controller plan`` as a process: what it prints, and how it ends."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.arguments import build_parser
from app.cli.plan import plan_command, step_text
from app.documents.plan_parts import Step
from app.documents.plans import plan_paths
from app.experiments.plan_results import NO_CHECKS, StepResult
from app.session.folder import find_session
from app.session.journal import Check, Verdict, check_words, read_entry
from app.session.reader import SessionReader
from tests.cli.shell import ROOT, Running, environment, refused, run
from tests.core.mechanisms import Gate, catalogue_with, workload_of

HEAD = 'title = "T\\u00e4"\nsummary = "S."\n[[worker]]\nname = "A"\nstrategy = "event-wait"\ninterval = 0.01\n'
RUN = 'actions = [{action="start"}, {action="wait", for="lines", lines=2}, {action="stop"}]\n'


def plan(folder: Path, *checks: str, head: str = HEAD, actions: str = RUN) -> Path:
    path = folder / "x.plan.toml"
    listed = "".join(f"{{check={check}}}," for check in checks)
    path.write_text(
        f'{head}[[step]]\ntitle = "One"\n{actions}checks = [{listed}]\n[[step]]\ntitle = "Two"\ndo = "Look."\n', "utf-8"
    )
    return path


def test_each_step_is_printed_with_its_verdict(tmp_path: Path) -> None:
    result = run("plan", plan(tmp_path, '"outcome", is="interrupted"', '"lines_min", is=2'))
    assert (result.returncode, result.stderr) == (0, b"")
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "Tä: S."
    assert lines[1].split() == ["1", "pass", "One"]
    assert lines[2].strip() == check_words(Check("outcome", "A: interrupted", "interrupted", passed=True, worker="A"))
    assert re.fullmatch(r"✓ A: \d+ lines \(at least 2 expected\)", lines[3].strip())
    assert lines[4].split() == ["2", "not", "judged", "Two"]
    assert [line.strip() for line in lines[5:]] == [
        "Do: Look.",
        NO_CHECKS,
        "2 steps: 1 passed, 1 not judged.",
    ]


def test_a_check_that_does_not_hold_is_status_1(tmp_path: Path) -> None:
    path = plan(tmp_path, '"outcome", is="failed"', head='environment = {python = "<3"}\n' + HEAD)
    result = run("plan", path)
    assert (result.returncode, result.stderr) == (1, b"")
    text = result.stdout.decode()
    assert re.search(r"✗ python: .* \(<3 expected\)", text)
    assert f"{check_words(Check('outcome', 'A: failed', 'interrupted', passed=False, worker='A'))}\n" in text


def test_json_is_one_object(tmp_path: Path) -> None:
    result = run("plan", plan(tmp_path, '"outcome", is="interrupted"'), "--json")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.isascii()
    values = json.loads(result.stdout)
    assert set(values) == {"plan", "environment", "asked", "steps", "finished", "left"}
    assert values["plan"] == "Tä"
    assert values["finished"] is True
    one, two = values["steps"]
    assert set(one) == {"step", "title", "do", "expect", "verdict", "sentence", "checks"}
    assert (one["verdict"], two["verdict"]) == ("pass", None)
    check = {"check": "outcome", "wanted": "A: interrupted", "found": "interrupted", "passed": True, "worker": "A"}
    assert one["checks"] == [{**check, "words": check_words(Check(**check))}]


def test_the_session_is_recorded_where_that_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    result = run("plan", plan(tmp_path, '"outcome", is="interrupted"'), "--session-dir", folder)
    assert result.returncode == 0
    session = find_session("latest", folder)
    assert result.stderr.decode() == f"Recorded in {session}\n"
    troubles: list[str] = []
    with SessionReader(session, troubles.append) as reader:
        assert "ended" in reader.meta
        records = [record for _, batch in reader.batches() for record in batch]
    entries = [entry for record in records if (entry := read_entry(record.kind, record.text)) is not None]
    words = [entry.get("action", "step") for entry in entries]
    assert words == ["environment", "plan", "start", "stop", "carry-out", "step", "carry-out"]
    assert troubles == []
    assert any(record.text == "running… 1" for record in records)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_plan_and_all_runs(tmp_path: Path, number: int, status: int) -> None:
    path = plan(tmp_path)
    path.write_text(path.read_text("utf-8") + 'actions = [{action="start"}, {action="wait", seconds=3600}]\n', "utf-8")
    with Running("plan", path) as program:
        program.until_line(b"not judged  One")
        os.kill(program.process.pid, number)
        assert program.end() == (status, [])


def test_a_plan_whose_output_is_not_read_is_quiet(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        result = run("plan", plan(tmp_path, '"outcome", is="interrupted"'), stdout=write)
    finally:
        os.close(write)
    assert (result.returncode, result.stderr) == (0, b"")


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    path = plan(tmp_path, '"outcome", is="gone"')
    assert refused(["plan", path]).startswith(f"{path}, line 10: step 1: check 1: is: No outcome is called 'gone'")
    assert "did you mean fault-gallery? There are: event-against-flag" in refused(["plan", "fault-galery"])
    assert "there is no such file" in refused(["plan", "none.plan.toml"])
    assert "--deadline can't be negative." in refused(["plan", "fault-gallery", "--deadline", "-1"])
    assert "PLAN|FILE.plan.toml" in refused(["plan"])


def test_a_session_s_folder_that_cannot_be_one_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to(tmp_path / "none" / "none")
    for name in ("file", "file/below", "nowhere", "x" * 300):
        sentence = refused(["plan", plan(tmp_path, '"outcome", is="interrupted"'), "--session-dir", tmp_path / name])
        assert sentence.startswith("--session-dir: '")
        assert sentence.endswith("; name a folder.")
        assert len(sentence) < 200
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "nowhere", "x.plan.toml"]


LEFT = """
import sys, threading
from app.cli.arguments import build_parser
from app.cli.plan import plan_command
from app.experiments import plan_run
from tests.core.mechanisms import catalogue_with, workload_of
plan_run.LEAVE_PATIENCE = 0.1
options = build_parser().parse_args(["plan", sys.argv[1], "--deadline", "0.1"])
sys.exit(plan_command(options, catalogue_with(workload_of(work=threading.Event().wait))))
"""


def test_who_has_to_be_left_behind_is_status_3(tmp_path: Path) -> None:
    actions = 'actions = [{action="start"}, {action="wait", for="lines", lines=1}]\n'
    path = plan(tmp_path, '"lines_min", is=1', head=HEAD + 'workload = "test"\n', actions=actions)
    result = subprocess.run(
        [sys.executable, "-c", LEFT, path], cwd=ROOT, timeout=60, capture_output=True, check=False, env=environment()
    )
    assert result.returncode == 3, result.stderr.decode()
    assert b"2 steps: 1 passed, 1 not judged.\n" in result.stdout
    assert b"A #1 had not ended " in result.stderr


def test_a_mechanism_s_warning_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gate = Gate()
    gate.open()
    workload = workload_of(work=gate.work)
    workload.warning = "It bites."
    path = plan(tmp_path, '"outcome", is="interrupted"', head=HEAD + 'workload = "test"\n')
    assert plan_command(build_parser().parse_args(["plan", str(path)]), catalogue_with(workload)) == 0
    assert capfd.readouterr().err == "test: It bites.\n"


def test_a_step_in_words() -> None:
    checks = (Check("line_matches", "A: a line matching \n", "a\x1b[0m", passed=False, worker="A"),)
    result = StepResult(3, Step("Title", "do it", "see it"), Verdict.FAIL, checks, "wrong")
    assert step_text(result, io.StringIO()) == (
        "   3  fail        Title\n                ✗ A: a\\x1b[0m (a line matching \\n expected)\n"
    )


def test_the_plans_are_in_the_list() -> None:
    text = run("list").stdout.decode()
    assert "\nPlans\n" in text
    assert all(f"  {name} " in text for name in plan_paths())


def test_a_command_line_is_what_it_says() -> None:
    options = build_parser().parse_args(["plan", "fault-gallery", "--session-dir", "x", "--deadline", "2", "--json"])
    assert (options.what, options.session_dir, options.deadline, options.json) == (
        "fault-gallery",
        Path("x"),
        2.0,
        True,
    )
