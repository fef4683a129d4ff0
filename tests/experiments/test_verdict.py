"""What is said of results: nothing that the figures do not carry."""

import math
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters import whole_catalogue
from app.core.latency import StopChain
from app.core.states import Outcome
from app.core.strategies import Strategy
from app.core.worker import Worker
from app.documents.plan_parts import RunRace
from app.documents.plan_steps import DEFAULT_ROUNDS as PLAN_ROUNDS
from app.documents.plans import plan_paths, read_plan
from app.experiments import verdict
from app.experiments.limits import DEFAULT_ROUNDS
from app.experiments.ranks import mann_whitney
from app.experiments.results import CellState, RaceResult
from app.experiments.verdict import ALPHA, because, matrix_sentence, rounds_needed, too_few_rounds
from tests.experiments.made import NEVER, cell, matrix, race, run

MS = 1e6
CATALOGUE = whole_catalogue()
IDS = CATALOGUE.strategy_ids()


def race_sentence(result: RaceResult) -> str:
    return verdict.race_sentence(result, CATALOGUE)


def worker(strategy: str, **fields: Any) -> Worker:
    return Worker(**{"name": strategy, "strategy": strategy, "interval": 0.05, **fields})


def why(*strategies: str) -> str:
    return because([CATALOGUE.strategy(strategy).about.why for strategy in strategies])


def around(middle: float, count: int = 20, spread: float = 0.1) -> list[float]:
    """Return values around a median that is exactly ``middle`` (odd counts) or next to it."""
    return [middle * (1 + spread * (2 * place / (count - 1) - 1)) for place in range(count)]


def test_waiting_beats_polling_by_a_factor_with_both_medians() -> None:
    result = race((worker("event-wait"), around(0.09 * MS)), (worker("event-poll"), around(19 * MS)))
    assert race_sentence(result) == (
        "Waiting on the event noticed 210 times sooner than polling it (median 90.0 µs against 19.0 ms, 20 rounds each). "
        + why("event-wait", "event-poll")
    )


def test_the_order_of_the_workers_does_not_matter() -> None:
    entries = [(worker("event-wait"), around(0.09 * MS)), (worker("flag"), around(19 * MS))]
    assert race_sentence(race(*entries)) == race_sentence(race(*reversed(entries)))


def test_a_small_difference_that_is_clear_has_no_factor() -> None:
    result = race(
        (worker("event-wait"), around(1.0 * MS, spread=0.05)), (worker("flag"), around(1.2 * MS, spread=0.05))
    )
    assert race_sentence(result).startswith("Waiting on the event noticed sooner than polling the flag (median 1.00 ms")


def test_polling_an_event_and_a_flag_are_not_told_apart() -> None:
    draw = random.Random(4)
    result = race(*((worker(name), [draw.uniform(0, 50 * MS) for _ in range(20)]) for name in ("event-poll", "flag")))
    sentence = race_sentence(result)
    assert sentence.startswith("No clear difference between polling the ")
    assert "sooner" not in sentence


@pytest.mark.parametrize("workers", [2, 5])
@pytest.mark.parametrize("rounds", [5, 20, 40])
def test_of_one_distribution_a_difference_is_hardly_ever_claimed(workers: int, rounds: int) -> None:
    draw = random.Random(12)
    names = IDS[:workers]
    claims = 0
    for _ in range(300):
        # Rounded, so that there are ties as well.
        entries = [(worker(name), [round(draw.uniform(0, 50)) * MS for _ in range(rounds)]) for name in names]
        claims += "sooner" in race_sentence(race(*entries))
    # 1 % of 300 are 3; with the same seed it is always the same.
    assert claims <= 6


def test_a_median_alone_is_no_claim() -> None:
    result = race((worker("event-wait"), [1 * MS] * 4), (worker("flag"), [40 * MS] * 4))
    assert race_sentence(result) == too_few_rounds(5)


def apart(racers: int, rounds: int) -> RaceResult:
    """Return a race whose clouds do not touch: each racer is twice as late as the one before."""
    return race(*((worker(name), around(2.0**k * MS, rounds)) for k, name in enumerate(IDS[:racers])))


@pytest.mark.parametrize(("racers", "rounds"), [(2, 5), (3, 6), (4, 7), (6, 7), (7, 8), (9, 8)])
def test_with_the_rounds_that_are_needed_clouds_that_do_not_touch_are_told_apart(racers: int, rounds: int) -> None:
    assert rounds_needed(racers) == rounds
    assert race_sentence(apart(racers, rounds - 1)) == too_few_rounds(rounds)
    sentence = race_sentence(apart(racers, rounds))
    assert "sooner" in sentence
    assert "No clear difference" not in sentence


def test_no_round_less_than_needed_could_ever_do() -> None:
    for racers in range(2, 200):
        allowed = ALPHA / math.comb(racers, 2)
        rounds = rounds_needed(racers)
        assert mann_whitney(range(rounds), range(rounds, 2 * rounds)) < allowed, racers
        assert mann_whitney(range(rounds - 1), range(rounds - 1, 2 * rounds - 2)) >= allowed, racers


def test_a_race_of_one_needs_one_round() -> None:
    assert rounds_needed(0) == rounds_needed(1) == 1


def test_clouds_that_do_not_touch_are_told_apart_although_some_of_one_never_noticed() -> None:
    slow = [*around(90 * MS, 4), NEVER, NEVER]
    entries = [(worker("event-wait"), around(1 * MS, 6)), (worker("flag"), around(10 * MS, 6))]
    assert "No clear difference" not in race_sentence(race(*entries, (worker("event-poll"), slow)))


def test_who_says_nothing_gets_rounds_enough() -> None:
    assert DEFAULT_ROUNDS == PLAN_ROUNDS >= rounds_needed(100)


@pytest.mark.parametrize("path", plan_paths().values(), ids=list(plan_paths()))
def test_every_built_in_plan_asks_for_rounds_enough(path: Path) -> None:
    plan = read_plan(path, whole_catalogue())
    for step in plan.steps:
        for action in step.actions:
            if isinstance(action, RunRace):
                assert action.rounds >= rounds_needed(len(action.workers or plan.workers))


def test_several_are_compared_with_the_soonest() -> None:
    result = race(
        (worker("flag"), around(20 * MS)),
        (worker("event-poll"), around(25 * MS)),
        (worker("event-wait"), around(0.1 * MS)),
        (worker("condition"), around(0.1 * MS, spread=0.11)),
    )
    assert race_sentence(result) == (
        "Waiting on the event noticed with a median of 100 µs, 200 times sooner than polling the flag (20.0 ms), "
        "250 times sooner than polling it (25.0 ms); 20 rounds each. No clear difference between waiting on the event "
        "(median 100 µs) and waiting on the condition (100 µs), 20 rounds each. "
        + why("event-wait", "flag", "event-poll", "condition")
    )


def test_who_never_noticed_is_named_so() -> None:
    result = race((worker("event-wait"), around(0.1 * MS)), (worker("future-cancel"), [NEVER] * 20))
    assert race_sentence(result) == (
        "Waiting on the event noticed with a median of 100 µs and after 110 µs at most, 20 rounds. "
        "Cancelling the future never noticed within 1.00 s (20 rounds). " + why("future-cancel")
    )


def test_who_did_not_notice_now_and_then_counts_as_later() -> None:
    result = race((worker("event-wait"), around(0.1 * MS)), (worker("flag"), [*around(20 * MS, 9), *[NEVER] * 11]))
    sentence = race_sentence(result)
    assert "noticed sooner than polling the flag (median 100 µs against never, 20 rounds each)." in sentence
    assert "Polling the flag did not notice within 1.00 s in 11 of 20 rounds." in sentence


def test_workers_that_differ_in_more_go_by_their_names() -> None:
    result = race(
        (worker("event-wait", name="Mine"), around(0.1 * MS)),
        (worker("flag", name="Yours", interval=0.5), around(200 * MS)),
    )
    assert race_sentence(result).startswith("“Mine” noticed 2,000 times sooner than “Yours” (median")


@pytest.mark.parametrize(
    ("second", "third"),
    [
        (worker("flag", interval=0.5), 200 * MS),  # another interval
        (worker("event-wait", name="Again"), 20 * MS),  # the same strategy
    ],
)
def test_why_is_not_said_where_more_than_the_mechanism_differs(second: Worker, third: float) -> None:
    assert "Why:" not in race_sentence(race((worker("event-wait"), around(0.1 * MS)), (second, around(third))))


def test_why_two_are_alike_is_said_only_where_they_do_nothing_but_pause() -> None:
    for workload, is_said in (("sleep", True), ("compute", False)):
        pair = [(worker(name, workload=workload), around(20 * MS)) for name in ("event-poll", "flag")]
        sentence = race_sentence(race(*pair))
        assert sentence.endswith(why("event-poll", "flag")) == is_said
        assert ("Why:" in sentence) == is_said
    # A mechanism that would have been told is not to blame for a thread that is blocked in its work.
    blocked = race(
        (worker("event-wait", workload="lock"), [NEVER] * 20), (worker("flag", workload="lock"), [NEVER] * 20)
    )
    assert "Why:" not in race_sentence(blocked)


def test_why_is_not_said_of_too_few_rounds() -> None:
    assert "Why:" not in race_sentence(race((worker("event-wait"), [1 * MS] * 4), (worker("flag"), [40 * MS] * 4)))


@pytest.mark.parametrize("strategy", CATALOGUE.strategies, ids=lambda strategy: strategy.about.id)
def test_every_strategy_says_why_in_a_clause(strategy: type[Strategy]) -> None:
    assert strategy.about.why
    assert not strategy.about.why.endswith(".")
    assert f'why="{strategy.about.why}"' in strategy.source()


def test_two_of_one_strategy_go_by_their_names() -> None:
    result = race((worker("flag", name="A"), around(9 * MS)), (worker("flag", name="B"), around(9 * MS)))
    assert "“A”" in race_sentence(result)
    assert "“B”" in race_sentence(result)


def test_nothing_measured_is_said() -> None:
    assert race_sentence(race((worker("flag"), []))) == "Nothing was measured yet."
    failed = run(None, worker="flag", outcome=Outcome.FAILED, was_stuck=False)
    result = race((worker("flag"), []))
    whole = RaceResult(result.environment, result.workers, 1, 1, 1, 1.0, (failed,), True)
    assert race_sentence(whole) == "Nothing was measured."


def test_who_was_never_measured_is_named_beside_who_was() -> None:
    result = race((worker("flag"), []), (worker("event-wait"), around(0.1 * MS)))
    assert "Of polling the flag nothing was measured" in race_sentence(result)


latencies = st.lists(st.one_of(st.none(), st.floats(1, 1e9)), max_size=12)


@given(st.dictionaries(st.sampled_from(IDS), latencies, max_size=5))
def test_any_result_has_sentences_and_none_of_them_is_odd(figures: dict[str, list[float | None]]) -> None:
    sentence = race_sentence(race(*((worker(name), list(found)) for name, found in figures.items())))
    assert sentence.endswith(".")
    assert not re.search(r"\b(nan|inf|None)\b", sentence)
    if any(len(found) < 5 for found in figures.values() if found and any(f is not None for f in found)):
        assert "sooner" not in sentence


# -- the matrix --------------------------------------------------------------------------------------------------


def test_a_matrix_names_its_lowest_and_highest_median_and_its_nevers() -> None:
    result = matrix(
        cell("event-wait", "sleep", [0.1 * MS] * 3),
        cell("event-wait", "lock", [NEVER] * 3),
        cell("event-wait", "error", state=CellState.FAILED, reason="no"),
        cell("flag", "sleep", [20 * MS] * 3),
        cell("flag", "lock", [NEVER] * 3),
        cell("flag", "error", state=CellState.NOT_APPLICABLE, reason="why"),
        cell("future-cancel", "sleep", [NEVER] * 3),
        cell("future-cancel", "lock", [NEVER] * 3),
        cell("future-cancel", "error", state=CellState.NOT_APPLICABLE, reason="why"),
    )
    assert matrix_sentence(result) == (
        "The lowest median is 100 µs (event-wait under sleep, n = 3), the highest 20.0 ms (flag under sleep, n = 3). "
        "In 4 of 6 cells no run noticed within 1.00 s (future-cancel under every workload, every strategy under lock). "
        "2 cells are not applicable. 1 cell failed."
    )


def test_a_matrix_that_is_not_finished_says_so() -> None:
    waiting = cell("flag", "lock", state=CellState.WAITING)
    assert matrix_sentence(matrix(waiting, finished=False)) == (
        "Not finished: 0 of 1 cells are. Nothing was measured yet."
    )
    half = matrix(cell("flag", "sleep", [1 * MS]), waiting, finished=False)
    assert matrix_sentence(half) == (
        "Not finished: 1 of 2 cells are. The median is 1.00 ms (flag under sleep, n = 1). "
        "Every run noticed within 1.00 s."
    )


def test_a_matrix_tells_some_nevers_from_all() -> None:
    some = matrix(cell("flag", "sleep", [1 * MS, NEVER]), cell("flag", "lock", [1 * MS]))
    assert "In 1 of 2 cells, not every run noticed within 1.00 s." in matrix_sentence(some)
    one = matrix(cell("flag", "lock", [NEVER]))
    assert "In 1 of 1 cell no run noticed within 1.00 s." in matrix_sentence(one)
    names = ("flag", "event-wait")
    some = [cell(name, "sleep", [1 * MS, NEVER]) for name in names]
    both = matrix(*some, *(cell(name, "lock", [NEVER]) for name in names))
    assert (
        "In 2 of 4 cells no run noticed within 1.00 s (every strategy under lock), in 2 not every run did."
        in matrix_sentence(both)
    )
    titles = {"flag": "Flag, polled", "lock": "Lock"}.get
    whole = matrix(
        *(cell("flag", name, [NEVER]) for name in ("lock", "sleep")), *some[1:], cell("event-wait", "lock", [1 * MS])
    )
    said = matrix_sentence(whole, lambda name: titles(name) or name)
    assert "(“Flag, polled” under every workload), in 1 not every run did." in said


def test_a_cell_that_was_asked_late_has_neither_the_lowest_nor_the_highest_median() -> None:
    late = cell("flag", "native", [0.01 * MS], late=200 * 10**6)
    result = matrix(late, cell("flag", "sleep", [1 * MS]))
    assert matrix_sentence(result).startswith("The median is 1.00 ms (flag under sleep, n = 1).")


def test_a_matrix_says_nothing_of_runs_that_could_not_notice() -> None:
    never_asked = run(None, chain=StopChain(ended=5), outcome=Outcome.FAILED, was_stuck=False, error="boom")
    failed = cell("flag", "sleep", state=CellState.FAILED, runs=(never_asked,))
    assert matrix_sentence(matrix(failed)) == "1 cell failed."
    assert matrix_sentence(matrix(failed, cell("condition", "sleep", [1 * MS]))) == (
        "The median is 1.00 ms (condition under sleep, n = 1). Every run that could notice noticed within 1.00 s. "
        "1 cell failed."
    )


@pytest.mark.parametrize("state", [CellState.WAITING, CellState.FAILED])
def test_a_row_is_whole_only_if_all_of_it_was_measured(state: CellState) -> None:
    cells = [cell("flag", "lock", [NEVER]), cell("flag", "sleep", state=state)]
    cells += [cell("event-wait", "lock", [NEVER]), cell("event-wait", "sleep", [1 * MS])]
    assert "In 2 of 3 cells no run noticed within 1.00 s (every strategy under lock)." in matrix_sentence(
        matrix(*cells)
    )
