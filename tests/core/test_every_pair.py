"""Every strategy with every workload: the chain is in order, the mechanism did what it says, and no thread is left."""

from typing import Any

import pytest

from app.adapters import whole_catalogue
from app.core.parameters import Values
from app.core.prediction import Notices
from app.core.states import Outcome, State
from app.core.strategies import Strategy
from app.core.workloads import Workload
from tests.core.harness import Core, check_records, eventually
from tests.core.mechanisms import AVAILABLE

CATALOGUE = whole_catalogue()
PAIRS = [
    pytest.param(strategy, workload, id=f"{strategy.about.id}-{workload.id}")
    for strategy in AVAILABLE
    for workload in CATALOGUE.workloads
]
INTERVAL = 0.002
DEADLINE = 0.15  # of pairs that may be stuck; the others are given all the time that a busy machine needs
# Pieces of work that are short, or far longer than the deadline where that is what the workload is about.
SHORT: dict[str, Values] = {
    "compute": (("iterations", 2_000),),
    "blocking-call": (("seconds", 0.01),),
    "native": (("seconds", 0.002),),
    "swallow": (("seconds", 0.005),),
    "slow-cleanup": (("seconds", 0.01),),
    "error": (("line", 3),),
}


# A piece of these takes for ever unless it is broken. To be asked there, and not on the way there, where an
# exception from outside would leave what was just opened, a run must have come to the line with this in it.
ENDLESS = {"socket": "recv", "lock": "with self.lock"}


@pytest.mark.parametrize(("strategy", "workload"), PAIRS)
def test_a_chain_of_every_pair(core: Any, strategy: type[Strategy], workload: type[Workload]) -> None:
    parameters = SHORT.get(workload.id, ())
    example = workload(**dict(parameters))
    blocked = workload.id in ENDLESS and not example.interrupts  # in its first piece of work, for good
    never = blocked or strategy.about.notices is Notices.NEVER
    raises = strategy.about.notices in (Notices.RAISING, Notices.INTERRUPTING)
    may_be_swallowed = raises and workload.id == "swallow"
    core = core(deadline=DEADLINE if never or may_be_swallowed else 20.0)
    run = core.start(
        strategy=strategy.about.id,
        workload=workload.id,
        interval=INTERVAL,
        parameters=parameters,
        text_at_end=("done",),
    )
    if workload.id == "error":
        core.until_idle()
        assert not core.controller.stop(run)
    else:
        core.until_line(run, "1" if workload.id in ENDLESS else "2")
        if workload.id in ENDLESS:
            eventually(lambda: is_at(core, run, ENDLESS[workload.id]))
        assert core.controller.stop(run)
        core.until_idle()
    snapshot, chain = core.snapshot(run), core.snapshot(run).chain
    check_records(core.of(run))
    assert snapshot.state is State.ENDED
    assert chain.is_ordered()
    assert None not in (chain.cleaned_up, chain.ended)
    if workload.id == "error":
        assert (snapshot.outcome, snapshot.lines, chain.requested, chain.noticed) == (Outcome.FAILED, 3, None, None)
        assert "ValueError" in snapshot.error
        return
    ended_as = Outcome.RELEASED if chain.noticed is None else Outcome.INTERRUPTED
    assert (snapshot.outcome, snapshot.error) == (ended_as, "")
    assert core.texts(run)[-1] == "done"
    if may_be_swallowed:  # it depends on where the exception meets the thread
        assert (chain.noticed is None) == snapshot.was_stuck
    else:
        assert ((chain.noticed is None), snapshot.was_stuck) == (never, never)
    # Nothing can be predicted of work of which no piece was finished.
    assert (snapshot.band is None) == never


def is_at(core: Core, run: int, words: str) -> bool:
    """Return whether a run that is alive is at a line with these words."""
    calls = core.where(run)
    return bool(calls) and words in calls[-1].text
