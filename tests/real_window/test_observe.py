"""A program that is observed, by accessible names and the keyboard: agreed to, asked and noticed, its code, and Kill."""

import re
from pathlib import Path

import pytest

from app.programs.interpreters import observing_interpreters
from app.ui.threads.program_dialog import AGREE
from app.ui.workers.logic import NOT_OURS

pytestmark = pytest.mark.real_window

APP = """\
import threading
import time

class Reader:
    running = True

    def loop(self):
        while self.running:
            time.sleep(0.05)

reader = Reader()
thread = threading.Thread(target=reader.loop, name="reader")
thread.start()
time.sleep(0.5)
reader.running = False
thread.join()
"""
HANGS = """\
import threading

def wait():
    threading.Event().wait()

threading.Thread(target=wait, name="stuck").start()
"""
A_DURATION = re.compile(r"^\d[\d,.]* (µs|ms|s)$")


@pytest.mark.skipif(not observing_interpreters(Path(__file__)), reason="programs are observed in Python 3.12 and newer")
def test_a_program_is_observed_its_code_read_and_one_that_hangs_is_killed(program, tmp_path):
    path, hangs = tmp_path / "app.py", tmp_path / "hangs.py"
    path.write_text(APP, "utf-8")
    hangs.write_text(HANGS, "utf-8")
    window = program()
    window.key("ctrl+shift+t")
    window.type("File name:", str(path))
    window.key("Return", window="^Observe program")
    window.wait_for_label(rf"“{re.escape(str(path))}” is run as a program, with all its threads observed, by .*")
    assert window.nameless("Observe app.py") == []
    window.press(AGREE)
    window.press("Observe")
    rows = window.wait_for_rows("Workers", {"Name": "reader", "Workload": "app.py", "State": "Stopped"})
    (row,) = [row for row in rows if row["Name"] == "reader"]
    assert A_DURATION.match(row["Stop latency"]), row
    window.wait_for_rows("Workers", {"Name": "MainThread", "State": "Completed"})
    asked = "asked by MainThread at app.py:15 (running = bool)"
    window.wait_for_rows("Log", {"Worker": "reader", "Text": f"▪ stopping: {asked}"})
    # The arrow has a key: the code of the request that is nearest to the cursor, in the lane that is meant.
    window.key("ctrl+3", "Down", "Down", "c")
    window.wait_for_label(rf"A{re.escape(asked[1:])}; noticed at app\.py:8 after .*")
    window.wait_for_label(r"Asked: app\.py, line 15")
    window.wait_for_label(r"Noticed: app\.py, line 8")
    assert "reader.running = False" in window.text("Line that asked")
    assert "while self.running:" in window.text("Line that noticed")
    window.key("ctrl+shift+t")
    window.type("File name:", str(hangs))
    window.key("Return", window="^Observe program")
    window.press("Observe")
    window.press("Run")
    window.wait_for_rows("Workers", {"Name": "stuck", "State": "Running: never asked to stop"})
    window.key("ctrl+1", "ctrl+a")
    assert not window.is_enabled("Stop")
    window.key("space")
    window.wait_for_label(re.escape(NOT_OURS))
    window.choose("Workers", "Kill")
    window.wait_for_rows("Workers", {"Name": "stuck", "State": "Killed"}, {"Name": "MainThread #2", "State": "Killed"})
    window.key("ctrl+q")
    assert window.end()[1:] == ("", "")
