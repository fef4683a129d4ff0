"""The main job by accessible names and by the keyboard alone: start, watch, stop, see when it was noticed, leave."""

import re
import signal

import pytest

from app.resource_files import display_name
from tests.real_window.waiting import until

pytestmark = pytest.mark.real_window

WORKERS = ("Event, polled", "Flag", "Event, waited on")
A_DURATION = re.compile(r"^\d[\d,.]* (µs|ms|s)$")


def each(**cells: str) -> list[dict[str, str]]:
    """Return the rows of the workers table that have these cells for each worker of the first start."""
    return [{"Name": worker} | cells for worker in WORKERS]


def check_latencies(rows: list[dict[str, str]]) -> None:
    """Check that every row has a stop latency, and one that is true: less than the interval and its overshoot."""
    for row in rows:
        assert A_DURATION.match(row["Stop latency"]), row


def test_start_watch_stop_close(program):
    window = program()
    assert len(window.windows()) == 1
    window.wait_for_rows("Workers", *each(State="Ready"))
    assert window.table("Log") == []
    assert not window.is_enabled("Stop")
    window.press("Start")
    window.wait_for_lines(1, *WORKERS)
    window.wait_for_lines(2, *WORKERS)
    window.wait_for_rows("Workers", *each(State="Running"))
    window.press("Stop")
    check_latencies(window.wait_for_rows("Workers", *each(State="Stopped")))
    assert window.is_enabled("Start")
    window.key("alt+F4")
    assert window.end() == (0, "", "")


def test_by_the_keyboard_alone(program):
    """Add, name, undo, start, watch, stop, see whose line, lane and row is which, start and stop again, leave."""
    window = program()
    window.table("Workers")
    window.listen()
    window.key("ctrl+n")
    window.wait_for_rows("Workers", {"Name": "Worker"})  # its name is open for editing
    window.wait_to_hear("Name", within="Workers")
    window.key(*"Mine", "Return")
    window.wait_for_rows("Workers", {"Name": "Mine"})
    window.choose("Edit", "Undo edit Worker")
    window.wait_for_rows("Workers", {"Name": "Worker"})
    window.key("ctrl+z")
    until(lambda: [row["Name"] for row in window.table("Workers")] == [*WORKERS], "no fourth worker")
    window.key("ctrl+shift+z", "ctrl+shift+z")
    window.wait_for_rows("Workers", {"Name": "Mine"})
    window.key("Escape", "F5")  # nothing is selected: all are meant
    window.wait_for_lines(2, *WORKERS, "Mine")
    window.key("shift+F5")
    check_latencies(window.wait_for_rows("Workers", *each(State="Stopped"), {"Name": "Mine", "State": "Stopped"}))
    follow_one_run(window)
    window.key("ctrl+1", "Escape", "F5")
    window.wait_for_rows("Workers", *each(State="Running"))
    window.key("ctrl+shift+F5")
    check_latencies(window.wait_for_rows("Workers", *each(State="Stopped")))
    window.key("ctrl+q")
    assert window.end() == (0, "", "")


def follow_one_run(window) -> None:
    """Choose a line, a lane and a row by keys: each time the details show the run that it is of."""
    shown = until(lambda: rows_at_the_end(window), "the rows of the stops")
    window.key("F4", "ctrl+2", "End")
    last = shown[-1]["Worker"]
    assert window.wait_for_label(rf"{last} #1: .*")
    another = next(row["Worker"] for row in reversed(shown) if row["Worker"] != last)
    places = [row["Worker"] for row in reversed(shown)]
    window.key(*["Up"] * places.index(another))
    assert window.wait_for_label(rf"{another} #1: .*")
    # The lanes stand in the order of the rows: from the first one down to the last.
    window.key("ctrl+3", *["Up"] * len(WORKERS))
    assert window.wait_for_label(rf"{WORKERS[0]} #1: .*")
    window.key(*["Down"] * len(WORKERS))
    assert window.wait_for_label(r"Mine #1: .*")
    window.key("ctrl+1", "ctrl+Home", "Down")
    assert window.wait_for_label(rf"{WORKERS[1]} #1: .*")


def rows_at_the_end(window) -> list[dict[str, str]]:
    """Return the rows of the log once each run has its row of the stop; after that none comes."""
    rows = window.table("Log")
    return rows if sum(row["Text"].startswith("▪ stopped:") for row in rows) == len(WORKERS) + 1 else []


def test_stop_all_and_quit_by_the_menu(program):
    window = program("--start")
    window.wait_for_lines(1, *WORKERS)
    window.press("Stop all")
    window.wait_for_rows("Workers", *each(State="Stopped"))
    window.choose("File", "Quit")
    assert window.end() == (0, "", "")


def test_an_example_takes_no_worker_away_that_a_person_has_made(program):
    window = program()
    window.press("Add worker")
    window.wait_for_rows("Workers", {"Name": "Worker", "State": "Ready"})
    window.key("Escape")  # its name is open for editing
    for answer, names in (
        ("Cancel", [*WORKERS, "Worker"]),
        ("Add", [*WORKERS, "Worker", "Child"]),
        ("Add", [*WORKERS, "Worker", "Child", "Child 2"]),
        ("Replace", ["Child"]),
    ):
        count = len(window.table("Workers"))
        window.choose("File", "Examples", display_name("tutorial-event"))
        window.wait_for_label(rf"Replace these {count} workers, or add to them\?")
        window.press(answer)
        until(lambda names=names: [row["Name"] for row in window.table("Workers")] == names, str(names))
    window.choose("File", "Quit")
    assert window.end() == (0, "", "")


def test_add_a_worker(program):
    window = program()
    window.press("Add worker")
    rows = window.wait_for_rows("Workers", *each(State="Ready"), {"Name": "Worker", "State": "Ready"})
    assert len(rows) == len(WORKERS) + 1
    window.choose("File", "Quit")
    assert window.end() == (0, "", "")
    # What is in the table is kept for the next start.
    window = program()
    window.wait_for_rows("Workers", {"Name": "Worker"})


def test_closing_while_they_run(program):
    window = program("--start")
    window.wait_for_lines(1, *WORKERS)
    window.key("alt+F4")
    assert window.end() == (0, "", "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_in_order(program, number, status):
    window = program("--start")
    window.wait_for_lines(1, *WORKERS)
    window.process.send_signal(number)
    assert window.end() == (status, "", "")


def showing(window) -> set[tuple[str, str]]:
    """Return role and name of every control that is to be seen, having checked that none is without a name."""
    controls = window.controls()
    assert [control for control in controls if not control["name"].strip()] == []
    return {(control["role"], control["name"]) for control in controls}


def test_every_control_has_a_name(program):
    window = program("--start")
    window.wait_for_lines(1, *WORKERS)
    seen = showing(window)
    assert seen >= {("push button", name) for name in ("Start", "Stop", "Stop all", "Add worker")}
    assert seen >= {("table", "Workers"), ("table", "Log")}


def test_every_field_has_the_name_that_stands_beside_it(program):
    window = program()
    window.press("Details")
    window.press("Worker")  # the tab
    fields = {("text", "Name"), ("combo box", "Strategy"), ("combo box", "Workload"), ("text", "Interval (s)")}
    until(lambda: showing(window) >= fields, f"the fields {fields}")
