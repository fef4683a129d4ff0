"""The log by accessible names and by the keyboard alone: find, narrow, select, read."""

import pytest

from tests.real_window.waiting import until

pytestmark = pytest.mark.real_window


WORKERS = """\
[[worker]]
name = "Event"
strategy = "event-poll"
interval = 0.1

[[worker]]
name = "Flag"
strategy = "flag"
interval = 0.1
"""


# How far the search is, and what it has found of the events that are hidden, stand behind the count.
REST = r"(, searching: \d+ %)?( · \d+ in hidden events)?"


def texts(window) -> list[str]:
    """Return the texts of the log's rows."""
    return [row["Text"] for row in window.table("Log")]


def events(rows: list[str]) -> list[str]:
    """Return the first words of the events among some rows."""
    return [text.removeprefix("▪ ").partition(":")[0] for text in rows if text.startswith("▪ ")]


def test_find_and_narrow_while_workers_go_on_writing(program, tmp_path):
    workers = tmp_path / "two.toml"
    workers.write_text(WORKERS, "utf-8")
    window = program("--start", "--workers", str(workers))
    window.key("ctrl+f")
    window.key(*"running")
    # Both workers' first two lines, and what has come since; one of them is gone to.
    window.wait_for_label(r"[\d,]+ of ([4-9]|\d[\d,]+)" + REST)
    # The line, and not the one that says that it runs; of one worker alone.
    window.key("ctrl+a", *"12")
    window.key("ctrl+shift+f")
    window.wait_for_rows("Log", {"Worker": "Event", "Text": "running… 12"}, {"Worker": "Flag", "Text": "running… 12"})
    assert all("12" in text for text in texts(window))
    # Whatever can be used in the bar has a name.
    controls = window.controls()
    assert [control for control in controls if not control["name"].strip()] == []
    names = {control["name"] for control in controls}
    assert names >= {"Find", "Exclude", "Worker", "Run", "Kind", "Only matching", "Match case", "Regular expression",
                     "Previous match", "Next match", "Close the search"}  # fmt: skip
    window.key("F3")
    window.wait_for_label(r"[\d,]+ of [\d,]+" + REST)
    window.key("Escape")
    # The hit may be far up: a native id has a 12 in it, too.
    window.key("ctrl+2", "End")
    # Whatever number they have come to meanwhile.
    until(lambda: [text for text in texts(window) if "12" not in text], "the lines that do not match")
    window.press("Stop all")
    window.wait_for_rows("Workers", {"Name": "Event", "State": "Stopped"}, {"Name": "Flag", "State": "Stopped"})
    # Of each stop there is one row, until all events are asked for.
    until(lambda: events(texts(window)) == ["stopped", "stopped"], "one row a stop")
    window.key("ctrl+2", "ctrl+shift+e")
    until(lambda: {"stopping", "stopped", "shown"} <= set(events(texts(window))), "all events")
    window.choose("File", "Quit")
    assert window.end() == (0, "", "")
