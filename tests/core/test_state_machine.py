"""Starting, stopping and closing in any order: whatever a person does, every run is born, lives and ends in order.

In both engines, each by a state machine of its own.
"""

import time

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.core.credit import Credit
from app.core.events import Failed, StopRequested
from app.core.prediction import Notices
from app.core.states import Outcome, State
from app.core.worker import Worker
from tests.core.harness import Core, check_records
from tests.core.mechanisms import AVAILABLE

ORDER = [State.STARTING, State.RUNNING, State.STOPPING, State.STUCK, State.ENDED]
NAMES = st.sampled_from("abc")
# What never notices waits for the deadline: tests/core/test_new_strategies.py looks at that.
NOTICING = [s.about.id for s in AVAILABLE if s.about.notices is not Notices.NEVER]


class Lives(RuleBasedStateMachine):
    """A person with three workers, quick fingers, and a small credit."""

    piped = False

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.monotonic()
        self.core = Core(credit=Credit(lines=60, characters=300), deadline=1.0, piped=self.piped)
        self.latest: dict[str, int] = {}  # worker's name to its latest run
        self.seen: dict[int, State] = {}  # every run, and the furthest that it was seen
        self.asked: set[int] = set()
        self.closing = False

    @rule(
        name=NAMES,
        strategy=st.sampled_from(NOTICING),
        interval=st.sampled_from([0.0, 0.001, 0.005]),
        limit=st.none() | st.integers(1, 30),
        stop_after=st.none() | st.sampled_from([0.0, 0.001, 0.01]),
        last_words=st.sampled_from([(), ("done",), ("", "x" * 400)]),
    )
    def start(
        self,
        name: str,
        strategy: str,
        interval: float,
        limit: int | None,
        stop_after: float | None,
        last_words: tuple[str, ...],
    ) -> None:
        alive = self.run_of(name)
        run = self.core.controller.start(
            Worker(name, strategy, "sleep", interval, limit, stop_after, "{i}", "asked", last_words)
        )
        if self.closing:
            assert run is None
        if run is None:
            assert self.closing or alive is not None
        else:
            assert alive is None
            assert run not in self.seen
            self.seen[run] = State.STARTING
            self.latest[name] = run

    def run_of(self, name: str) -> int | None:
        """Return the run of a worker that is alive, as far as was read."""
        run = self.latest.get(name)
        assert self.core.controller.is_alive(name) == (run in self.core.controller.state.live())
        return run if self.core.controller.is_alive(name) else None

    @rule(name=NAMES, twice=st.booleans())
    def stop(self, name: str, twice: bool) -> None:
        run = self.run_of(name)
        if run is not None:
            first = self.core.controller.stop(run, self.core.clock.now())
            assert not (first and run in self.asked)
            self.asked.add(run)
            if twice:
                assert not self.core.controller.stop(run)

    @rule()
    def stop_all(self) -> None:
        alive = self.core.controller.state.live()
        asked = self.core.controller.stop_all()
        assert asked <= len(alive)
        self.asked.update(alive)

    @rule()
    def read(self) -> None:
        self.core.read()

    @rule(name=NAMES)
    def locate(self, name: str) -> None:
        run = self.run_of(name)
        if run is not None:
            self.core.controller.locate([run])

    @rule(name=NAMES)
    def wait_for_the_end_of_one(self, name: str) -> None:
        """Only of one that was asked: others may live for ever."""
        run = self.run_of(name)
        if run in self.asked:
            self.core.until(lambda: self.run_of(name) != run)

    @rule(sure=st.integers(0, 5))
    def close(self, sure: int) -> None:
        if sure == 5:
            self.core.controller.close(5.0)
            self.closing = True

    @invariant()
    def every_life_goes_forward(self) -> None:
        for snapshot in self.core.controller.state.snapshots(self.seen):
            assert ORDER.index(snapshot.state) >= ORDER.index(self.seen[snapshot.run])
            self.seen[snapshot.run] = snapshot.state
            assert snapshot.chain.is_ordered(), snapshot
            assert (snapshot.outcome is None) == (snapshot.state is not State.ENDED)
            assert (snapshot.chain.ended is None) == (snapshot.state is not State.ENDED)

    @invariant()
    def a_worker_has_one_life_at_a_time(self) -> None:
        known = self.core.controller.state.snapshots(self.core.controller.state.live())
        names = [snapshot.name.worker for snapshot in known]
        assert State.ENDED not in {snapshot.state for snapshot in known}
        assert len(names) == len(set(names)), known
        tally = self.core.controller.state.tally()
        assert 0 <= tally.stopping + tally.stuck <= tally.alive, tally

    def teardown(self) -> None:
        self.core.close()
        assert time.monotonic() - self.begun < 60
        for snapshot in self.core.controller.state.snapshots(self.seen):
            self.check_life(snapshot.run)
        assert {record.run for record in self.core.records} == set(self.seen)
        assert self.core.credit.in_flight() == (0, 0)

    def check_life(self, run: int) -> None:
        """Assert what every run that has ended leaves behind."""
        snapshot = self.core.snapshot(run)
        assert snapshot.state is State.ENDED
        assert snapshot.outcome in {Outcome.COMPLETED, Outcome.INTERRUPTED}
        assert not snapshot.error
        assert snapshot.chain.is_ordered(), snapshot
        if snapshot.outcome is Outcome.INTERRUPTED and snapshot.native_id is not None:
            assert snapshot.chain.latency is not None
        check_records(self.core.of(run))
        numbers = [text for text in self.core.texts(run) if text.isdigit()]
        assert numbers == [str(number) for number in range(1, snapshot.lines + 1)]
        assert self.core.texts(run).count("asked") == (snapshot.chain.requested is not None)
        assert not self.core.events(run, Failed)
        requests = self.core.events(run, StopRequested)
        assert len(requests) == (snapshot.chain.requested is not None)
        assert all(request.has_line for request in requests)


class PipedLives(Lives):
    """The same behind two pipes."""

    piped = True


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=75, stateful_step_count=30)
TestPipedLives = PipedLives.TestCase
TestPipedLives.settings = settings(max_examples=30, stateful_step_count=30)
