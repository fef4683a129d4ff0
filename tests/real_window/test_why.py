"""Help ▸ Why is it still running?… by accessible names and the keyboard: a program that hangs, and its verdict."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.verdicts import Verdict
from app.ui.why_dialog import ASKS, TITLE
from tests.programs.hanging import PROGRAMS, READABLE
from tests.real_window.waiting import until

pytestmark = [
    pytest.mark.real_window,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the objects of other processes are read on Linux"),
]

PROGRAM = Verdict.NEVER_ASKED
DIALOG = f"^{re.escape(TITLE)}"


@pytest.fixture
def hanging(tmp_path: Path):
    """A program that hangs, which has said that it does."""
    script = tmp_path / "hanging.py"
    script.write_text(READABLE + PROGRAMS[PROGRAM])
    with subprocess.Popen([sys.executable, "-S", str(script)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


def test_a_program_that_hangs_is_chosen_and_its_verdict_read(program, hanging):
    window = program()
    window.table("Workers")  # the menus are there
    window.choose("Help", f"{TITLE}…")
    assert window.wait_for_label(re.escape(ASKS))
    listed = window.wait_for_rows("Python programs", {"PID": str(hanging.pid), "User": "you"})
    assert all(str(window.process.pid) != row["PID"] for row in listed)  # its own process is not offered
    assert window.nameless(TITLE) == []
    window.key("alt+p", window=DIALOG)
    window.wait_for_focus("PID")
    window.key("ctrl+a", window=DIALOG)
    window.type("PID", str(hanging.pid))
    window.key("Return", window=DIALOG)
    verdict = {"Thread": "worker", "State": "waits", "At the end": "not waited for: a daemon", "Verdict": str(PROGRAM)}
    window.wait_for_rows("Threads", {"Thread": "MainThread"}, verdict)
    assert window.wait_for_label(rf"Process {hanging.pid}: .*hanging\.py\n.+")
    # The main thread's verdict is shown first; the next one's is a key away.
    assert window.text("Verdict").startswith("MainThread ")
    window.key("Tab", "Tab", "Tab", window=DIALOG)
    window.wait_for_focus("Threads")
    window.key("Down", window=DIALOG)
    until(lambda: "which is False: it has not been asked." in window.text("Verdict"), "the verdict about the worker")
    window.key("Escape", window=DIALOG)
    window.key("ctrl+q")
    assert window.end()[1:] == ("", "")
