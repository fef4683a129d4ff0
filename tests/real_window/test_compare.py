"""What was found by accessible names and by the keyboard alone: race, matrix, code, timeline, stop chain."""

import re

import pytest

from tests.real_window.waiting import until

pytestmark = pytest.mark.real_window

COMPARE = "^Compare"
A_DURATION = re.compile(r"\d[\d,.]* (ns|µs|ms|s)")
WORKERS = """\
[[worker]]
name = "Waits"
strategy = "event-wait"
interval = 0.05

[[worker]]
name = "Polls"
strategy = "event-poll"
interval = 0.05

[[worker]]
name = "Flag"
strategy = "flag"
interval = 0.05
"""


@pytest.fixture
def window(program, tmp_path):
    """Return the window with three workers."""
    workers = tmp_path / "three.toml"
    workers.write_text(WORKERS, "utf-8")
    return program("--workers", str(workers), "--session-dir", str(tmp_path / "sessions"))


def tick_first(window, key: str, entries: str) -> list[str]:
    """Tick the first two entries of a list alone, which a key goes to, and return their texts."""
    window.key(key, "Tab", "Tab", window=COMPARE)
    window.wait_for_focus(f"Pick none: {entries}")
    window.key("space", window=COMPARE)
    until(lambda: not any(window.ticks(entries).values()), "no tick")
    window.key(key, "Home", "space", "Down", "space", window=COMPARE)

    def look() -> list[str]:
        ticks = window.ticks(entries)
        first = list(ticks)[:2]
        return first if ticks == {text: text in first for text in ticks} else []

    return until(look, "two ticks")


def test_a_race_a_matrix_and_the_code(window):
    window.wait_for_rows("Workers", {"Name": "Flag", "State": "Ready"})
    window.key("F6")
    assert until(lambda: [title for title in window.windows() if re.match(COMPARE, title)], "the window")
    race(window)
    matrix(window)
    window.key("alt+o", window=COMPARE)  # the code
    assert "context.line()" in window.text("Code on the left")
    window.wait_for_label(r"Highlighted lines differ: .*")
    assert window.nameless("Compare") == []
    window.key("ctrl+w", window=COMPARE)
    until(lambda: len(window.windows()) == 1, "the window closed")
    window.key("alt+F4")
    assert window.end() == (0, "", "")


def race(window) -> None:
    """Race two of the three for two rounds, and read what was found."""
    names = [text.partition(":")[0] for text in tick_first(window, "alt+w", "Workers")]
    window.key("alt+n", window=COMPARE)
    window.wait_for_focus("Rounds")
    window.key("ctrl+a", "2", "Return", window=COMPARE)
    window.wait_for_label(r"2 of 2 rounds\.")
    found = window.wait_for_label(r"Too few rounds to tell: at least \d+ are needed\.")
    assert window.description("Race chart") == found
    rows = window.table("Figures of the race")
    assert [(row["Worker"], row["n"]) for row in rows] == [(name, "2") for name in names]
    assert all(A_DURATION.fullmatch(row["p50"]) for row in rows)
    window.key("alt+u", window=COMPARE)  # its runs
    assert len(window.table("Runs of the worker that is chosen in Figures")) == 2
    assert window.nameless("Compare") == []


def matrix(window) -> None:
    """Measure two strategies under two workloads, once each, and look at a cell from near."""
    window.key("alt+m", window=COMPARE)
    strategies = tick_first(window, "alt+g", "Strategies")
    workloads = tick_first(window, "alt+w", "Workloads")
    window.key("alt+l", window=COMPARE)
    window.wait_for_focus("Runs per cell")
    window.key("ctrl+a", "1", "Return", window=COMPARE)
    window.wait_for_label(r"Done\.")
    for strategy, row in zip(strategies, window.table("Matrix"), strict=True):
        assert list(row) == workloads
        for workload, text in row.items():
            known = rf"{re.escape(strategy)}, {re.escape(workload)}: p50 (.+), p95 \1, max \1, n 1"
            assert re.fullmatch(known, text), text
    go_to(window, "Matrix")
    window.key("Home", "Right", "Return", window=COMPARE)
    window.wait_for_label(rf"{strategies[0]}, {workloads[1]}: p50 .*")
    (run,) = window.table("Runs of the cell")
    assert (run["Run"], run["Outcome"]) == ("1", "interrupted")
    assert A_DURATION.fullmatch(run["requested → noticed"])
    assert window.nameless("Compare") == []


def go_to(window, control: str) -> None:
    """Press Tab until a control has the keyboard."""
    for _ in range(20):
        window.key("Tab", window=COMPARE)
        if window.focused() == control:
            return
    raise AssertionError(f"Tab does not come to {control!r}")


def test_the_timeline_and_the_stop_chain_in_words(window):
    window.wait_for_rows("Workers", {"Name": "Flag", "State": "Ready"})
    window.key("F5")
    until(lambda: "3 runs, 3 alive, 0 Stops." in window.description("Timeline"), "three runs")
    window.key("shift+F5")
    window.wait_for_rows("Workers", *({"Name": name, "Outcome": "Interrupted"} for name in ("Waits", "Polls", "Flag")))
    until(lambda: re.search(r"3 runs, 0 alive, \d Stops?[.;]", window.description("Timeline")), "three ends")
    window.key("F4")
    window.open_tab("Stop")
    rows = {row["Part"]: row for row in window.wait_for_rows("Stop chain", {"Part": "requested → noticed"})}
    parts = (
        "clicked → requested",
        "requested → noticed",
        "noticed → cleaned up",
        "cleaned up → ended",
        "ended → shown",
    )
    assert list(rows)[:5] == list(parts)
    assert all(A_DURATION.fullmatch(rows[part]["Length"]) for part in parts), rows
    assert window.nameless("Details") == []
    window.open_tab("Code")
    assert "class EventWait" in window.text("Code")
    assert window.nameless("Details") == []
    window.key("alt+F4")
    assert window.end() == (0, "", "")
