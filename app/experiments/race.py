"""The race: some workers start together and are stopped at the same instant, many times."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted
from app.core.worker import PROCESS, Worker, check_names_differ

from .environment import environment_now
from .harness import Harness
from .limits import (
    DEFAULT_RACE_DEADLINE,
    DEFAULT_ROUNDS,
    MOST_ROUNDS,
    MOST_RUNS,
    check_deadline,
    check_seed,
    check_whole,
)
from .results import Countdown, Progress, RaceResult, RunResult


@dataclass(frozen=True, slots=True)
class Round:
    """What is drawn for a round.

    Attributes:
        phase: seconds from the last first line to the stop.
        order: the indices of the workers in the order in which they are asked, so that none is always the first.
    """

    phase: float
    order: tuple[int, ...]


def drawn_rounds(seed: int, intervals: Sequence[float]) -> Iterator[Round]:
    """Yield what is drawn for each round, without end; the same for the same seed.

    The stop must come at a random phase of each worker's interval. A phase that is uniform on the longest one alone is not
    uniform on a shorter one of which that is no multiple: with 50 and 70 ms, it would meet the first 20 of the 50 twice as
    often as the others. So one is drawn from each length and they are added: modulo an interval, a sum with a part that is
    uniform on it is uniform on it, whatever the other parts are.

    Args:
        seed: of the random numbers.
        intervals: of the workers, in seconds.
    """
    draw = random.Random(seed)
    workers, lengths = len(intervals), sorted(set(intervals), reverse=True)
    while True:
        phase = sum(draw.uniform(0, length) for length in lengths)
        yield Round(phase, tuple(draw.sample(range(workers), workers)))


class Race:
    """Several workers, stopped at the same instant, many times at random phases of their intervals.

    Args:
        catalogue: the strategies and workloads.
        workers: those that race; their limits and ``stop_after`` are left out, because the race stops them.
        rounds: how often, 1 to 10,000.
        seed: of the random phases; None: one is chosen, and kept in the result.
        deadline: seconds after the stop after which a run counts as never.
        on_progress: called after each round, by the thread that runs the race.
        on_round: called with the runs of each round that is kept, by the same thread.

    Attributes:
        workers, rounds, seed, deadline: as it will run.

    Raises:
        BadInput: there is no worker, two have one name, one cannot race, or a number is out of range; one sentence, and
            nothing was started.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        workers: Sequence[Worker],
        rounds: int = DEFAULT_ROUNDS,
        seed: int | None = None,
        deadline: float = DEFAULT_RACE_DEADLINE,
        on_progress: Callable[[Progress], object] | None = None,
        on_round: Callable[[Sequence[RunResult]], object] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self.rounds = check_whole("rounds", rounds, 1, MOST_ROUNDS)
        self.deadline = check_deadline(deadline)
        self.seed = check_seed(seed)
        self._on_progress, self._on_round = on_progress, on_round
        self.workers = tuple(replace(worker, limit=None, stop_after=None) for worker in workers)
        self._check_workers()

    def _check_workers(self) -> None:
        workers = self.workers
        if not workers:
            raise BadInput("workers: a race needs a worker; choose one or more.", "workers")
        if len(workers) * self.rounds > MOST_RUNS:
            raise BadInput(
                f"rounds: {len(workers):,} workers times {self.rounds:,} rounds are more than {MOST_RUNS:,} runs; "
                "take fewer of either.",
                "rounds",
            )
        check_names_differ(workers)
        for worker in workers:
            self._catalogue.check(worker)
            if worker.engine != PROCESS and self._catalogue.workload(worker.workload).own_process:
                raise BadInput(
                    f"workers: {quoted(worker.name)} cannot race, because its workload {worker.workload} stops the whole "
                    "process, all the others in it too; measure it in a matrix, where it gets a process of its own.",
                    "workers",
                )

    def run(self, cancel: threading.Event) -> RaceResult:
        """Race, and return when no run is alive any more; any thread, which is kept until then.

        What was done is kept if ``cancel`` is set meanwhile, and if a run had to be left behind, which ends the race.
        """
        environment = environment_now()
        runs: list[RunResult] = []
        done = 0
        intervals = [worker.interval for worker in self.workers]
        countdown = Countdown(self.rounds, self._on_progress)
        countdown.tell(0, f"Round 1 of {self.rounds:,}.")
        with Harness(self._catalogue, self.deadline, self.rounds * len(self.workers)) as harness:
            drawn = drawn_rounds(self.seed, intervals)
            for number, this in zip(range(1, self.rounds + 1), drawn, strict=False):
                if cancel.is_set():
                    break
                result = harness.run_round(self.workers, this.phase, this.order, number, cancel)
                if not result.whole:
                    break
                runs += result.runs
                if self._on_round is not None:
                    self._on_round(result.runs)
                done = number
                countdown.tell(number, f"Round {min(number + 1, self.rounds):,} of {self.rounds:,}.")
                if result.left:
                    break
        return RaceResult(
            environment=environment,
            workers=self.workers,
            rounds=self.rounds,
            done=done,
            seed=self.seed,
            deadline=self.deadline,
            runs=tuple(runs),
            finished=done == self.rounds,
        )
