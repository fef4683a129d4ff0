"""A new strategy and a new workload are one file and one line of the catalogue each: everything else asks them."""

import io
import threading
from typing import Any, NoReturn

import pytest

from app.adapters import whole_catalogue
from app.cli.catalogue_list import catalogue_text, strategies_markdown
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.loop_context import LoopContext
from app.core.parameters import Parameter
from app.core.prediction import Notices
from app.core.states import Outcome
from app.core.strategies import BUILT_IN as STRATEGIES
from app.core.strategies import About, Strategy
from app.core.strategies.base import ThreadLike
from app.core.worker import Worker
from app.core.workloads import BUILT_IN as WORKLOADS
from app.core.workloads import Workload
from app.experiments.matrix import Matrix
from app.experiments.results import CellState
from app.experiments.verdict import race_sentence
from app.ui.compare.code_tab import checkpoint_line
from app.ui.details.logic import strategy_facts, strategy_source, workload_facts, workload_source
from app.ui.workers.consent import find_risks
from tests.experiments.made import race

# -- what would be a file each ---------------------------------------------------------------------------------------


class SemaphoreAcquire(Strategy):
    """A semaphore that the request releases, tried once an interval, after the work."""

    about = About(
        id="semaphore",
        title="Semaphore",
        sentence="Tries to acquire a semaphore after each pause.",
        first_line="Tries after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at the first checkpoint after the request.",
        cannot="Cannot cut its sleep short.",
        documentation="https://docs.python.org/3/library/threading.html#semaphore-objects",
        doing=("acquiring", "the semaphore"),
        notices=Notices.POLLING,
        warning="It takes what others may wait for.",
        checkpoint="context.noticed()",
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.semaphore = threading.Semaphore(0)

    def request_stop(self) -> None:
        """Release the semaphore."""
        self.semaphore.release()

    def loop(self, context: LoopContext) -> None:
        """Line, work, pause, checkpoint."""
        while True:
            context.line()
            context.work()
            context.sleep()
            if self.semaphore.acquire(blocking=False):
                break
        context.noticed()


class Counting(Workload):
    """Counts."""

    id = "counting"
    title = "Counting"
    sentence = "Counts to a number."
    parameters = (Parameter("to", "Number", "How far it counts.", usual=10, least=1, most=1_000),)
    warning = "It counts aloud."
    to: int

    def work(self) -> None:
        """Count."""
        assert sum(1 for _ in range(self.to)) == self.to


class GivingUp(Workload):
    """Fails at once."""

    id = "giving-up"
    title = "Giving up"
    sentence = "Fails at once."
    incomparable = "It gives up before it is asked to."

    def work(self) -> NoReturn:
        """Fail."""
        raise ValueError("it gave up")


# -- what would be a line each ---------------------------------------------------------------------------------------

CATALOGUE = Catalogue((*STRATEGIES, SemaphoreAcquire), (*WORKLOADS, Counting, GivingUp))
NEW = Worker("New", "semaphore", "counting", interval=0.001, parameters=(("to", 5),))
MS = 1e6


def test_it_is_listed_with_its_words_and_parameters() -> None:
    rows = [" ".join(row.split()) for row in catalogue_text(CATALOGUE, io.StringIO()).splitlines()]
    assert "semaphore Tries to acquire a semaphore after each pause." in rows
    assert "counting Counts to a number." in rows
    assert "to How far it counts. 1 to 1,000, default 10." in rows
    (row,) = [row for row in strategies_markdown(CATALOGUE).splitlines() if "`semaphore`" in row]
    assert "0 to one interval and one piece of work" in row
    assert row.endswith("| Cannot cut its sleep short. It takes what others may wait for. |")


def test_a_worker_set_may_name_it_and_a_wrong_name_finds_it() -> None:
    table = {"name": "New", "strategy": "semaphore", "workload": "counting", "interval": 0.001, "parameters": {"to": 5}}
    assert CATALOGUE.worker(table) == NEW
    with pytest.raises(BadInput, match="did you mean semaphore"):
        CATALOGUE.worker(table | {"strategy": "semafore"})


def test_it_runs_and_is_predicted(core: Any) -> None:
    core = core(CATALOGUE)
    run = core.controller.start(NEW)
    core.until_line(run, "running… 2")
    assert core.controller.stop(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.was_stuck) == (Outcome.INTERRUPTED, False)
    assert snapshot.chain.latency is not None
    assert snapshot.band is not None


def test_the_window_tells_of_it() -> None:
    facts = strategy_facts(CATALOGUE, "semaphore")
    assert "Noticed by polling" in facts
    assert "Warning: It takes what others may wait for." in facts
    assert "Number: 5." in workload_facts(CATALOGUE, NEW)
    line = checkpoint_line(strategy_source(CATALOGUE, "semaphore"), SemaphoreAcquire.about.checkpoint)
    assert line is not None
    assert "class Counting(Workload)" in workload_source(CATALOGUE, "counting")
    assert [(caution.kind, caution.id) for caution in find_risks([NEW], CATALOGUE)] == [
        ("strategy", "semaphore"),
        ("workload", "counting"),
    ]


def test_the_sentence_about_a_race_calls_it_by_what_it_does() -> None:
    other = Worker("Other", "flag", "counting", interval=0.001, parameters=(("to", 5),))
    result = race((NEW, [1 * MS] * 20), (other, [4 * MS] * 20))
    assert race_sentence(result, CATALOGUE).startswith(
        "Acquiring the semaphore noticed 4.0 times sooner than polling the flag (median"
    )


def test_a_strategy_that_does_not_say_what_it_does_is_called_by_its_worker() -> None:
    class Silent(SemaphoreAcquire):
        about = About("silent", "Silent", "", "", "", "", "")

    result = race((Worker("Mute", "silent"), [1 * MS] * 20), (Worker("Other", "flag"), [4 * MS] * 20))
    sentence = race_sentence(result, Catalogue((*STRATEGIES, Silent)))
    assert sentence.startswith("“Mute” noticed 4.0 times sooner than polling the flag")


def test_it_has_a_row_and_a_column_in_a_matrix() -> None:
    matrix = Matrix(CATALOGUE, ["semaphore"], ["counting:to=5", "giving-up"], n=1, interval=0.001, deadline=5.0)
    done, left_out = matrix.run(threading.Event()).cells
    assert (done.workload, done.state, len(done.latencies)) == ("counting:to=5", CellState.DONE, 1)
    assert (left_out.state, left_out.reason) == (CellState.NOT_APPLICABLE, "It gives up before it is asked to.")


def test_every_strategy_of_the_program_says_what_it_does() -> None:
    said = [strategy.about.doing for strategy in whole_catalogue().strategies]
    assert all(verb and noun for verb, noun in said)
    assert len(set(said)) == len(said)


def test_an_id_has_one_title_and_what_is_unknown_is_told_by_its_id() -> None:
    catalogue = whole_catalogue()
    for strategy in catalogue.strategies:
        assert catalogue.title(strategy.about.id) == strategy.about.title
    for workload in catalogue.workloads:
        assert catalogue.title(workload.id) == workload.title
        assert catalogue.title(f"{workload.id}:a=1") == f"{workload.title} (a=1)"
    assert catalogue.title("of-another-version") == "Of another version"
    for text in ("<b>", "", ":", "a:b"):
        assert catalogue.title(text) == text
