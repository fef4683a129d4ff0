"""When a run that was done again agrees with its record."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import RunName
from app.core.latency import StopChain
from app.core.own_code.description import OWN_CODE
from app.core.states import Outcome
from app.core.worker import Worker
from app.experiments.comparison import compared, latency_limit, lines_range, lived
from app.session.session_report import RunReport

MS = 1_000_000
WORKER = Worker(name="W", strategy="event-poll", interval=0.05)


def recorded(
    *,
    lines: int = 7,
    requested: int | None = 312 * MS,
    noticed: int | None = 350 * MS,
    outcome: Outcome = Outcome.INTERRUPTED,
    band: tuple[int, int] | None = (0, 55 * MS),
    stuck: bool = False,
) -> RunReport:
    """Return the record of a run that began at 0 and ended at 351 ms."""
    chain = StopChain(requested=requested, noticed=noticed, ended=351 * MS)
    return RunReport(
        1,
        RunName("W", 1),
        interval=0.05,
        chain=chain,
        outcome=outcome,
        was_stuck=stuck,
        band=band,
        line_records=lines,
    )


def again(**changes: object) -> RunReport:
    """Return the same run done again, some of it otherwise."""
    chain = StopChain(requested=10_312 * MS, noticed=10_350 * MS, ended=10_351 * MS)
    same = replace(recorded(lines=7), began=10_000 * MS, chain=chain)
    return replace(same, **changes)  # type: ignore[arg-type]


def differences(report: RunReport, *, as_it_was: bool = True, **changes: object) -> str:
    return "; ".join(compared(report, WORKER, again(**changes), as_it_was=as_it_was).differences)


def test_the_same_again_agrees() -> None:
    assert differences(recorded()) == ""


@pytest.mark.parametrize(("lines", "agrees"), [(4, False), (5, True), (8, True), (9, False)])
def test_lines_agree_within_what_the_time_allows(lines: int, agrees: bool) -> None:
    found = differences(recorded(), line_records=lines)
    assert found == "" if agrees else "5 to 8 agree with that" in found


def test_who_was_asked_later_may_write_more() -> None:
    chain = StopChain(requested=10_620 * MS, noticed=10_650 * MS, ended=10_651 * MS)
    assert differences(recorded(), chain=chain, line_records=13) == ""
    assert "10 to 14 agree" in differences(recorded(), chain=chain, line_records=7)


@pytest.mark.parametrize("outcome", [Outcome.COMPLETED, Outcome.FAILED])
def test_who_ended_by_itself_writes_the_same_lines(outcome: Outcome) -> None:
    alone = recorded(requested=None, noticed=None, outcome=outcome)
    chain = StopChain(ended=10_900 * MS)
    assert differences(alone, chain=chain, outcome=outcome) == ""
    assert "exactly 7 agree" in differences(alone, chain=chain, outcome=outcome, line_records=8)


def test_as_fast_as_it_can_has_no_most() -> None:
    fast = replace(WORKER, interval=0.0)
    assert lines_range(recorded(lines=90_000), fast, 350 * MS)[1] is None
    assert lines_range(recorded(lines=90_000), fast, 350 * MS)[0] < 100


def test_lines_beside_the_loop_are_counted_apart() -> None:
    chatty = replace(WORKER, text_on_request="stop", text_at_end=("a", "b"))
    assert lines_range(recorded(lines=10), chatty, None) == (5 + 3, 8 + 3)


@given(
    lines=st.integers(0, 10_000),
    interval=st.floats(0, 1),
    until=st.integers(1, 10**11),
)
def test_the_record_agrees_with_itself(lines: int, interval: float, until: int) -> None:
    run = recorded(lines=lines, requested=until, noticed=until)
    # No thread writes more lines than its interval allows.
    worker = replace(WORKER, interval=min(interval, until / 1e9 / max(lines, 1)))
    least, most = lines_range(run, worker, lived(0, run.chain))
    assert least <= lines
    assert most is None or lines <= most


def test_a_latency_agrees_within_the_band_or_what_was_measured() -> None:
    late = StopChain(requested=10_312 * MS, noticed=10_372 * MS, ended=10_373 * MS)
    assert "up to 55.0 ms agree" in differences(recorded(), chain=late)
    # What is predicted now counts only where it is configured as it was.
    assert differences(recorded(), chain=late, band=(0, 70 * MS)) == ""
    assert "up to 55.0 ms agree" in differences(recorded(), chain=late, band=(0, 70 * MS), as_it_was=False)
    record = recorded(noticed=400 * MS)
    assert latency_limit(record) == 88 * MS
    assert latency_limit(replace(record, band=None)) is None


def test_noticing_and_not_noticing_differ() -> None:
    never = StopChain(requested=10_312 * MS, ended=10_351 * MS)
    assert "did not notice" in differences(recorded(), chain=never)
    assert "recorded is that it never did" in differences(recorded(noticed=None))
    assert differences(recorded(noticed=None), chain=never) == ""


def test_outcomes_differ_and_so_does_being_stuck() -> None:
    assert "outcome is failed, recorded was interrupted" in differences(recorded(), outcome=Outcome.FAILED)
    assert "left behind" in differences(recorded(), outcome=None)
    assert "interrupted, was stuck" in differences(recorded(stuck=True))
    assert differences(recorded(stuck=True), was_stuck=True) == ""
    assert "it was not started" in differences(recorded(), run=0)


def test_a_notice_that_cannot_be_seen_now_is_no_difference() -> None:
    """A flag that was seen to be read is not, under another Python."""
    then = recorded(noticed=312 * MS + 1, band=None)
    unseen = StopChain(requested=10_312 * MS, ended=10_351 * MS)
    assert differences(then, chain=unseen, strategy=OWN_CODE) == ""
    assert "it did not notice the stop" in differences(then, chain=unseen)
