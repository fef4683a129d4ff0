"""A thread of one's own by accessible names and the keyboard: opened, agreed to, started, stopped, killed."""

import re
import sys

import pytest

from app.ui.threads.dialog import AGREE

pytestmark = pytest.mark.real_window

CODE = """
import threading
def poll(stop: threading.Event, what):
    while not stop.wait(0.05):
        print(f"polling {what}")
"""
A_DURATION = re.compile(r"^\d[\d,.]* (µs|ms|s)$")


def test_a_file_is_opened_agreed_to_started_stopped_and_killed(program, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CODE, "utf-8")
    window = program()
    window.key("ctrl+t")
    window.type("File name:", str(path))
    window.key("Return", window="^Open threads")
    window.wait_for_label(rf"1 thing in {re.escape(str(path))} can be run\. The file was read, not run\.")
    found = {"Name": "poll", "How it is stopped": "by the Event that it is given as “stop”"}
    window.wait_for_rows("Functions and threads", found)
    window.type("Argument what", "'it'")
    assert window.nameless("Open threads of mine.py") == []
    window.wait_for_label(rf"“{re.escape(str(path))}” is imported and run by .*")
    window.press(AGREE)
    window.press("Add")
    window.wait_for_rows(
        "Workers", {"Name": "poll", "Strategy": "Event stop", "Workload": "mine.py:poll", "State": "Ready"}
    )
    window.key("F5")
    window.wait_for_rows("Log", {"Worker": "poll", "Text": "polling it"})
    window.key("shift+F5")
    rows = window.wait_for_rows("Workers", {"Name": "poll", "State": "Stopped"})
    (row,) = [row for row in rows if row["Name"] == "poll"]
    assert A_DURATION.match(row["Stop latency"]), row
    window.key("F5")
    window.wait_for_rows("Workers", {"Name": "poll", "State": "Running"})
    window.key("ctrl+shift+k")
    window.wait_for_rows("Workers", {"Name": "poll", "State": "Killed"})
    window.key("ctrl+q")
    assert window.end()[1:] == ("", "")


DEAF = """
import sys, time
def deaf(stop):
    print("here", file=sys.stderr)
    while True:
        time.sleep(0.01)
"""


def test_closing_offers_to_kill_what_does_not_stop(program, tmp_path):
    tmp_path.joinpath("deaf.py").write_text(DEAF, "utf-8")
    workers = tmp_path / "set.toml"
    workers.write_text(
        '[[worker]]\nname = "Deaf"\ncode = { file = "deaf.py", name = "deaf", arguments = { stop = 0 } }\n', "utf-8"
    )
    window = program("--workers", str(workers))
    # It was not said how it is stopped: reading the file has found nothing that its loop looks at.
    row = {"Name": "Deaf", "Strategy": "Not asked", "Runs in": f"Process, {sys.version.split()[0]}", "State": "Ready"}
    window.wait_for_rows("Workers", row)
    window.key("F5")
    window.press("Run")
    window.wait_for_rows("Log", {"Worker": "Deaf", "Text": "stderr: here"})
    window.key("ctrl+q")
    window.press("Kill processes")
    assert window.end()[1:] == ("", "")
