"""What the compare window says, and what may be written into its fields."""

import pytest

from app.adapters import whole_catalogue
from app.core.errors import BadInput
from app.core.latency import StopChain
from app.core.own_code.description import OWN_CODE
from app.core.stacks import Call
from app.core.worker import Worker
from app.experiments.results import CellState, Progress, progress_text
from app.ui.compare.geometry import grouped
from app.ui.compare.words import (
    FIGURES,
    IN_A_CHILD,
    NEVER,
    NOT_APPLICABLE,
    NOT_KNOWN,
    ROUNDS,
    RUNS,
    already_running,
    cell_runs,
    cell_spoken,
    cell_text,
    cut_short,
    disturbance,
    dot_text,
    figures,
    latency_text,
    matrix_risks,
    rounds,
    run_snapshot,
    seconds,
    slowest_stack,
    whole,
    whole_or_none,
)
from app.ui.run_words import band_words
from tests.experiments.made import cell, matrix, race, run

MS = 10**6


@pytest.mark.parametrize(("text", "number"), [("20", 20), (" 1,000 ", 1000), ("-3", -3), ("1000000000", 10**9)])
def test_whole_numbers_are_read(text: str, number: int) -> None:
    assert whole("rounds", text) == number


@pytest.mark.parametrize("text", ["", "x", "2.5", "1e3", "<b>"])
def test_what_is_no_whole_number_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^Rounds must be a whole number, e\.g\. 20\.$"):
        whole("rounds", text)


def test_an_empty_seed_is_none() -> None:
    assert whole_or_none("seed", " ") is None
    assert whole_or_none("seed", "7") == 7


def test_seconds_are_read() -> None:
    assert seconds("interval", " 0.05 ") == 0.05
    with pytest.raises(BadInput, match="must be a number"):
        seconds("interval", "soon")


def test_progress_names_the_time_that_is_left() -> None:
    assert progress_text(Progress(3, 20, 4.2, "Round 4 of 20.")) == "Round 4 of 20, about 4 s left."
    assert progress_text(Progress(3, 20, 0.2, "Round 4 of 20.")) == "Round 4 of 20, less than 1 s left."
    assert progress_text(Progress(3, 20, 125, "Round 4 of 20.")) == "Round 4 of 20, about 2 min 5 s left."
    assert progress_text(Progress(20, 20, 0.0, "Round 20 of 20.")) == "Round 20 of 20."
    assert progress_text(Progress(0, 20, None, "")) == "0 of 20."


def test_who_disturbs_is_named() -> None:
    assert disturbance(0) == ""
    assert disturbance(1) == "1 run of the window is alive and disturbs the figures."
    assert disturbance(2) == "2 runs of the window are alive and disturb the figures."


def test_a_matrix_asks_for_each_thing_that_can_do_harm_once() -> None:
    catalogue = whole_catalogue()
    assert matrix_risks(catalogue, ("flag",), ("sleep",)) == ()
    strategy, workload = matrix_risks(catalogue, ("flag", "async-exception"), ("sleep", "native", "native:x=y"))
    assert (strategy.id, strategy.warning) == (
        "async-exception",
        catalogue.strategy("async-exception").about.warning,
    )
    assert (workload.id, workload.warning) == ("native", IN_A_CHILD)  # what stands still is another process


def test_what_runs_already_is_named() -> None:
    assert already_running("The matrix") == "A matrix is already running."
    assert already_running("The race") == "A race is already running."


def test_a_run_of_an_experiment_is_shown_as_any_other() -> None:
    calls = (Call("f.py", 3, "work", "time.sleep(1)"),)
    late = run(9 * MS, 4, band=(0, 5 * MS), outside="it was late", calls=calls, error="Traceback\nValueError: no")
    shown = run_snapshot(late)
    assert (shown.title, shown.chain, shown.calls) == ("w #4", late.chain, calls)
    assert shown.error == "Traceback\nValueError: no"
    assert band_words(shown).endswith("but it was late.")


def test_figures_are_of_those_that_noticed_and_nevers_are_counted() -> None:
    result = race((Worker("A", "flag"), [MS, 3 * MS, None]), (Worker("B", "event-wait"), [None]))
    rows = figures(grouped(result), {"A": "Flag", "B": "Waiting"})
    assert rows == [
        ("A", "Flag", "2", "2.00 ms", "2.90 ms", "3.00 ms", "1", "0", "–"),
        ("B", "Waiting", "0", "–", "–", "–", "1", "0", "–"),
    ]
    assert {len(row) for row in rows} == {len(FIGURES)}


def test_of_a_flag_of_the_person_s_own_code_it_is_not_known_when_it_was_noticed() -> None:
    unknown = run(None, strategy=OWN_CODE, workload=OWN_CODE, was_stuck=False)
    assert latency_text(unknown) == NOT_KNOWN
    assert latency_text(run(None, strategy=OWN_CODE, workload=OWN_CODE)) == NEVER  # it was alive at the deadline
    (row,) = figures({"A": [unknown]}, {"A": "Flag running"})
    assert row == ("A", "Flag running", "0", NOT_KNOWN, "–", "–", "0", "0", "–")


def test_a_round_says_what_was_predicted_and_why_it_was_late() -> None:
    late = run(9 * MS, 4, band=(0, 5 * MS), outside="noticed 4.00 ms later than predicted: why")
    assert rounds([late]) == [("4", "9.00 ms", "≤ 5.00 ms", "noticed 4.00 ms later than predicted: why")]
    assert len(ROUNDS) == 4
    assert dot_text(late) == "w, round 4: 9.00 ms\nnoticed 4.00 ms later than predicted: why"


def test_a_run_that_noticed_past_the_deadline_is_a_never_with_its_true_latency() -> None:
    late = run(1.5e9, deadline=1.0)
    assert rounds([late])[0][1:] == ("never", "–", "noticed 1.50 s after the request, past the deadline of 1.00 s")


def test_a_cell_shows_its_figures_and_its_nevers() -> None:
    assert cell_text(cell("flag", "sleep", [19 * MS, 30 * MS])) == "p50 24.5 ms\np95 29.4 ms\nmax 30.0 ms"
    assert cell_text(cell("flag", "sleep", [19 * MS, None])).endswith("max 19.0 ms, never 1 of 2")
    assert cell_text(cell("flag", "sleep", [None, None, None])) == "never"
    assert cell_text(cell("flag", "error", state=CellState.NOT_APPLICABLE, reason="Why.")) == NOT_APPLICABLE
    assert cell_text(cell("flag", "sleep", state=CellState.WAITING)) == "waiting"
    assert cell_text(cell("flag", "sleep", [MS], state=CellState.RUNNING)).endswith("1 of 3…")
    assert cell_text(cell("flag", "sleep", state=CellState.FAILED, reason="No Qt.")) == "failed: No Qt."


def test_a_screen_reader_hears_a_cell_whole() -> None:
    told = cell_spoken(cell("flag", "sleep", [19 * MS, None], reason="Ended early."), "Flag", "Sleep")
    assert told == "Flag, Sleep: p50 19.0 ms, p95 19.0 ms, max 19.0 ms, 1 of 2 runs did not stop, n 1. Ended early."
    assert cell_spoken(cell("flag", "sleep", [None] * 3), "Flag", "Sleep") == "Flag, Sleep: none of 3 runs stopped"
    not_applicable = cell("flag", "error", state=CellState.NOT_APPLICABLE, reason="Why.")
    assert cell_spoken(not_applicable, "Flag", "Error") == f"Flag, Error: {NOT_APPLICABLE}. Why."
    assert cell_spoken(cell("flag", "sleep", state=CellState.WAITING), "F", "S") == "F, S: waiting"


def test_a_cells_runs_have_the_gaps_between_their_threads_instants() -> None:
    chain = StopChain(None, 0, 2 * MS, 3 * MS, 7 * MS)
    rows = cell_runs([run(MS, chain=chain)])
    assert rows == [("1", "interrupted", "2.00 ms", "1.00 ms", "4.00 ms", "")]
    assert len(rows[0]) == len(RUNS)
    assert cell_runs([run(None, outcome=None)])[0][1] == "left behind"


def test_the_slowest_of_which_it_is_known_where_it_was() -> None:
    calls = (Call("f.py", 3, "work", "time.sleep(1)"),)
    runs = (run(9 * MS, 1), run(3 * MS, 2, calls=calls), run(5 * MS, 3, calls=calls))
    slow = slowest_stack(cell("flag", "sleep", runs=runs))
    assert slow is not None
    assert slow.number == 3
    never = slowest_stack(cell("flag", "sleep", runs=(*runs, run(None, 4, calls=calls))))
    assert never is not None
    assert never.number == 4
    assert slowest_stack(cell("flag", "sleep", [MS])) is None


def test_what_was_cut_short_says_how_much_of_it_there_is() -> None:
    assert cut_short(race((Worker("A", "flag"), [MS]))) == ""
    some = matrix(cell("flag", "sleep", [MS]), cell("flag", "x", state=CellState.WAITING), finished=False)
    assert cut_short(some) == "Cancelled after 1 of 2 cells; Resume measures the rest."


def test_a_workload_is_called_with_what_it_was_told() -> None:
    catalogue = whole_catalogue()
    assert catalogue.title("sleep") == "Sleep"
    assert catalogue.title("socket:interrupt=no") == "Socket (interrupt=no)"
