"""Plans under pytest: the plugin in a pytest of its own, in a project that has a package called ``app`` of its own."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import pytest_plugin
from app.experiments.plan_results import NO_WINDOW
from app.session.journal import Check, check_words
from tests.cli.shell import ROOT, environment

WORKER = '[[worker]]\nname = "A"\nstrategy = "event-wait"\ninterval = 0.01\n'
RUN = '[{action="start"}, {action="wait", for="lines", lines=2}, {action="stop"}]'
GOOD = f"""title = "Good"
{WORKER}
[[step]]
title = "Start :: it"
actions = [{{action="start"}}, {{action="wait", for="lines", lines=2}}]
checks = [{{check="lines_min", is=2}}]
[[step]]
title = "Look"
actions = [{{action="stop"}}]
[[step]]
title = "Stopped"
checks = [{{check="outcome", is="interrupted"}}]
[[step]]
title = "Lag"
checks = [{{check="window_lag_ms_max", is=9}}]
"""
OWN_TEST = (
    "import app\n\n\ndef test_own():\n    assert app.MINE\n    assert 'app.core' not in __import__('sys').modules\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with an ``app`` of its own, beside which our plugin is installed as in a wheel."""
    site, folder = tmp_path / "site", tmp_path / "project"
    site.mkdir()
    shutil.copyfile(pytest_plugin.__file__, site / "thread_controller_pytest.py")
    for name in ("app", "resources"):
        (site / name).symlink_to(ROOT / name, target_is_directory=True)
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "__init__.py").write_text("MINE = True\n")
    (folder / "test_own.py").write_text(OWN_TEST)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\nthread_controller_plans = true\n")
    return folder


def run(project: Path, *arguments: str, plugins: tuple[str, ...] = ()) -> tuple[int, str]:
    """Run pytest there; return its status and what it printed."""
    names = [part for name in ("thread_controller_pytest", *plugins) for part in ("-p", name)]
    command = [sys.executable, "-m", "pytest", *names, "-p", "no:cacheprovider", "-v", "-rs", *arguments]
    result = subprocess.run(
        command,
        cwd=project,
        timeout=60,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        # What is installed here must not come in by itself, our own plugin least of all.
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
        | {"PYTHONPATH": str(project.parent / "site"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return result.returncode, result.stdout


def verdicts(text: str) -> dict[str, str]:
    """Return each step's name and what pytest -v says of it."""
    return dict(re.findall(r"::(step \d+: .*?) (PASSED|FAILED|SKIPPED|ERROR)", text))


def test_each_step_with_checks_is_a_test_and_the_project_s_own_app_stays_its_own(project: Path) -> None:
    (project / "good.plan.toml").write_text(GOOD)
    status, text = run(project)
    assert status == 0, text
    assert verdicts(text) == {"step 1: Start : it": "PASSED", "step 3: Stopped": "PASSED", "step 4: Lag": "SKIPPED"}
    assert NO_WINDOW in text
    assert "3 passed, 1 skipped" in text


def test_a_step_that_is_chosen_alone_has_those_before_it_carried_out(project: Path) -> None:
    (project / "good.plan.toml").write_text(GOOD)
    status, text = run(project, "-k", "Stopped")
    assert (status, verdicts(text)) == (0, {"step 3: Stopped": "PASSED"}), text
    status, text = run(project, "good.plan.toml::step 3: Stopped")
    assert (status, verdicts(text)) == (0, {"step 3: Stopped": "PASSED"}), text


def test_a_failure_says_which_check_wanted_and_found_what_without_a_traceback(project: Path) -> None:
    checks = '{check="outcome", is="failed"}, {check="lines_min", is=1}, {check="lines_max", is=0}'
    step = f'[[step]]\ntitle = "One"\nactions = {RUN}\nchecks = [{checks}]\n'
    path = project / "bad.plan.toml"
    path.write_text(f'title = "Bad"\n{WORKER}{step}{step.replace("One", "Two")}')
    status, text = run(project, "bad.plan.toml")
    assert (status, verdicts(text)) == (1, {"step 1: One": "FAILED", "step 2: Two": "FAILED"})
    wrong = check_words(Check("outcome", "A: failed", "interrupted", passed=False, worker="A"))
    assert f"{path}, line 6: step 1: One\n{wrong}\n✗ A: " in text
    assert "at least 1" not in text
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text


def test_a_step_that_cannot_be_carried_out_says_why(project: Path) -> None:
    race = '[{action="start"}, {action="race", rounds=1}]'
    (project / "x.plan.toml").write_text(
        f'title = "T"\n{WORKER}[[step]]\ntitle = "One"\nactions = {race}\nchecks = [{{check="lines_min", is=0}}]\n'
    )
    status, text = run(project, "x.plan.toml")
    assert status == 1
    assert "The step could not run: A is still running; stop it before the race." in text


def test_a_plan_that_is_wrong_is_an_error_of_one_sentence(project: Path) -> None:
    path = project / "wrong.plan.toml"
    path.write_text("title = 'x'\n[[step]]\ndo = 'y'\n")
    status, text = run(project, "wrong.plan.toml")
    assert status == 2
    assert f'\n{path}, line 2: step 1: title: it is missing; write title = "Stop it".\n' in text
    assert "Traceback" not in text


def test_every_plan_has_its_own_runs(project: Path) -> None:
    for name in ("a", "b"):
        (project / f"{name}.plan.toml").write_text(GOOD)
    status, text = run(project)
    assert status == 0, text
    assert "5 passed, 2 skipped" in text


def test_who_runs_at_the_end_is_ended(project: Path) -> None:
    endless = '[[step]]\ntitle = "One"\nactions = [{action="start"}]\nchecks = [{check="lines_max", is=9_000}]\n'
    (project / "x.plan.toml").write_text(f'title = "T"\n{WORKER}{endless}')
    assert run(project, "x.plan.toml")[0] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="kills a process of the plugin's by /proc")
def test_a_process_that_dies_is_said_and_the_next_plan_gets_another(project: Path) -> None:
    (project / "a.plan.toml").write_text(GOOD)
    (project / "b.plan.toml").write_text(GOOD)
    (project / "conftest.py").write_text(
        "import os, signal\n"
        "from pathlib import Path\n\n"
        "def pytest_runtest_setup(item):\n"
        "    if item.nodeid == 'a.plan.toml::step 3: Stopped':\n"
        "        children = Path(f'/proc/self/task/{os.getpid()}/children').read_text().split()\n"
        "        os.kill(int(children[0]), signal.SIGKILL)\n"
    )
    status, text = run(project)
    assert status == 1, text
    assert "The process that runs plans ended with status -9." in text
    assert text.count(" FAILED ") == 2
    assert "b.plan.toml::step 3: Stopped PASSED" in text
    assert "Traceback" not in text


def test_plans_are_left_alone_until_that_is_agreed_to(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (project / "good.plan.toml").write_text(GOOD)
    said = "good.plan.toml was not run; set thread_controller_plans = true or use --plans."
    status, text = run(project)
    assert (status, verdicts(text), said in text) == (0, {}, True), text
    assert "1 passed" in text
    status, text = run(project, "good.plan.toml")
    assert (status != 0, verdicts(text), said in text) == (True, {}, True), text
    (project / "vendor").mkdir()
    (project / "vendor" / "wrong.plan.toml").write_text("no TOML")
    status, text = run(project)
    assert (status, "2 files *.plan.toml were not run" in text) == (0, True), text
    status, text = run(project, "--plans", "good.plan.toml")
    assert (status, len(verdicts(text)), "not carried out" in text) == (0, 3, False), text


NATIVE = 'workload = "native"\nparameters = { seconds = 0.01 }\n'
SET = '{action="set", field="strategy", value="async-exception"}'
HARMFUL = {
    "strategy": GOOD.replace("event-wait", "async-exception"),
    "workload": GOOD.replace("interval = 0.01\n", f"interval = 0.01\n{NATIVE}"),
    "set": GOOD.replace('actions = [{action="start"}', f'actions = [{SET}, {{action="start"}}'),
}


def test_a_harmful_plan_needs_a_consent_of_its_own(project: Path) -> None:
    files = [f"{harm}.plan.toml" for harm in HARMFUL]
    for file, plan in zip(files, HARMFUL.values(), strict=True):
        (project / file).write_text(plan)

    def said(text: str) -> dict[str, dict[str, str]]:
        """Return each plan's steps' names and what pytest -v says of them."""
        return {file: verdicts("\n".join(re.findall(rf"^{file}::.*", text, re.MULTILINE))) for file in files}

    status, text = run(project, *files)
    assert (status, len(said(text)[files[0]])) == (0, 3), text
    assert all(set(found.values()) == {"SKIPPED"} for found in said(text).values()), text
    for file in files:
        (reason,) = re.findall(rf"^SKIPPED \[3\] {file}: (.*)", text, re.MULTILINE)
        assert "It can do harm; thread_controller_harmful_plans = true or --harmful-plans runs it." in reason
        assert ("Everything in this process stands still" if "workload" in file else "locks held forever") in reason
    status, text = run(project, "--harmful-plans", *files)
    assert (status, {found["step 3: Stopped"] for found in said(text).values()}) == (0, {"PASSED"}), text
    with (project / "pytest.ini").open("a") as settings:
        settings.write("thread_controller_harmful_plans = true\n")
    status, text = run(project, *files)
    assert (status, {found["step 3: Stopped"] for found in said(text).values()}) == (0, {"PASSED"}), text


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
@pytest.mark.parametrize("spread", ["load", "loadfile"])
def test_plans_spread_over_processes(project: Path, spread: str) -> None:
    for name in ("a", "b"):
        (project / f"{name}.plan.toml").write_text(GOOD)
    status, text = run(project, "-n", "2", "--dist", spread, plugins=("xdist",))
    assert status == 0, text
    assert "5 passed, 2 skipped" in text


def test_without_plans_nothing_is_started_and_nothing_of_ours_is_loaded(project: Path) -> None:
    (project / "test_nothing.py").write_text(
        "import subprocess, sys\n\n\ndef test_nothing():\n"
        "    assert not [name for name in sys.modules if name.split('.')[0] in ('PySide6', 'regex')]\n"
        "    assert sys.modules['thread_controller_pytest']\n"
    )
    status, text = run(project)
    assert (status, "2 passed" in text) == (0, True), text


def test_the_plugin_imports_nothing_of_ours() -> None:
    text = Path(pytest_plugin.__file__).read_text("utf-8")
    assert not re.findall(r"^\s*(?:from|import) app", text, re.MULTILINE)
