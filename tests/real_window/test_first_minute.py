"""The first minute, and a closing that is taken back: by accessible names and the keyboard alone."""

import re

import pytest

from app.ui.getting_started import LESSON, PRESS_START, PRESS_STOP
from tests.real_window.waiting import until

pytestmark = pytest.mark.real_window

SLEEPY = """\
[[worker]]
name = "Sleepy"
strategy = "event-poll"
interval = 600

[[worker]]
name = "Quick"
strategy = "event-wait"
"""


def test_the_first_minute(program):
    window = program()
    window.wait_for_label(re.escape(PRESS_START))
    window.key("F5")
    window.wait_for_label(re.escape(PRESS_STOP))
    window.key("shift+F5")
    seen = window.wait_for_label(rf"You asked for a stop: “.*\.( {re.escape(LESSON)})?")
    assert all(re.search(f"“{name}” (noticed )?after ", seen) for name in ("Event, polled", "Flag", "Event, waited on"))
    window.press("Why?")
    window.wait_for_rows("Stop chain", {"Part": "requested → noticed"})
    window.key("ctrl+F1")
    window.wait_for_rows("Keyboard shortcuts", {"Menu": "Run", "Action": "Start", "Keys": "F5"})
    window.key("Escape", window="^Keyboard shortcuts")
    window.press("Dismiss")  # the press takes a tenth of a second
    until(lambda: seen not in window.labels(), "the line dismissed")
    window.key("ctrl+q")
    assert window.end() == (0, "", "")
    # Dismissed for good.
    window = program()
    window.wait_for_rows("Workers", {"Name": "Flag"})
    assert PRESS_START not in window.labels()
    window.key("alt+F4")
    assert window.end() == (0, "", "")


def test_closing_is_taken_back_and_the_window_works(program, tmp_path):
    settings = tmp_path / "config" / "thread-controller" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("version = 1\nclose_deadline = 0.1\n", "utf-8")
    workers = tmp_path / "sleepy.toml"
    workers.write_text(SLEEPY, "utf-8")
    window = program("--workers", str(workers), "--start")
    window.wait_for_rows("Log", {"Worker": "Sleepy", "Text": "running… 1"})
    window.key("alt+F4")
    window.wait_for_label(r"1 thread is still running: Sleepy #1\.")
    window.press("Cancel")
    window.key("ctrl+1", "Down", "F5")
    window.wait_for_rows("Log", {"Worker": "Quick", "Run": "#2", "Text": "running… 1"})
    window.key("alt+F4")
    window.wait_for_label(r"1 thread is still running: Sleepy #1\.")
    window.press("Quit anyway")
    assert window.end() == (3, "", "")
