"""The fold: from events to what is known of each run. Tables, timelines, reports, checks and replays read this."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from .batch import JOURNAL, NO_RUN, Batch, RunName
from .events import (
    Asked,
    Ended,
    Event,
    Failed,
    Hosted,
    Killed,
    Located,
    Noticed,
    NoticedAt,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    events_of,
)
from .latency import StopChain, release_words
from .observed import OBSERVED
from .observed_run import ObservedRun, observe
from .own_code.description import OWN_CODE
from .prediction import Lateness, lateness_words
from .stacks import Call, stack_text
from .states import Outcome, State, outcome_words
from .worker import PROCESS, Worker

MOST_ENDED = 100_000  # ended runs that are remembered; the oldest are forgotten first
_MOST_KEPT = 20  # errors and stacks of one run: a file may hold anything
_T = TypeVar("_T")
_NO_CHAIN = StopChain()


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """What is known of a run; instants are ``perf_counter_ns``, lengths of time are ns.

    Attributes:
        run: the run's id.
        name: its worker and number.
        strategy, workload: their ids; empty where no event says them.
        interval: seconds; None where no event says it.
        worker: what it does; None where that is not known, as in a recorded session.
        began: its first record; 0 before there is one.
        started: just before ``Thread.start()``; None before.
        running: when its thread began to run; None before.
        native_id: the operating system's number of the thread; None before it runs.
        host: the process of its own that it lives in; None before it runs, and in this process.
        chain: the instants of its stop.
        outcome: how it ended; None while it lives.
        lines: numbered lines written so far; until its end is known, with those that it writes at the end.
        stuck: when it was counted as stuck; None if it was not.
        was_stuck: whether it was.
        released: when the program released what its thread was blocked in; None if it did not.
        killed: when the program ended its process; None if it did not.
        band: within which ns after the request it was predicted to notice; None if that could not be told.
        lateness: why it noticed outside the band; None if it did not.
        longest_work: the longest piece of work, known from the request on; 0 without work, None if none was finished.
        failures: what went wrong.
        located: where its thread was, when it was slow to stop, stuck, or asked for.
        observed: what is known of it as a thread of an observed program; None if it is none.
    """

    run: int
    name: RunName
    strategy: str = ""
    workload: str = ""
    interval: float | None = None
    worker: Worker | None = None
    began: int = 0
    started: int | None = None
    running: int | None = None
    native_id: int | None = None
    host: Hosted | None = None
    chain: StopChain = _NO_CHAIN
    outcome: Outcome | None = None
    lines: int = 0
    stuck: int | None = None
    was_stuck: bool = False
    released: int | None = None
    killed: int | None = None
    band: tuple[int, int] | None = None
    lateness: Lateness | None = None
    longest_work: int | None = None
    failures: tuple[Failed, ...] = ()
    located: tuple[SlowToNotice | Stuck | Located, ...] = ()
    observed: ObservedRun | None = None

    @property
    def state(self) -> State:
        """What it is doing."""
        if self.outcome is not None:
            return State.ENDED
        if self.was_stuck:
            return State.STUCK
        if self.chain.requested is not None:
            return State.STOPPING
        # A file may begin in the middle of a run: what writes lines runs.
        return State.RUNNING if self.running is not None or self.lines else State.STARTING

    @property
    def can_be_killed(self) -> bool:
        """Whether it is alive in a process of its own, which it is not told yet that it is ended."""
        lives_apart = self.is_observed or (self.worker is not None and self.worker.engine == PROCESS)
        return self.outcome is None and self.killed is None and lives_apart

    @property
    def is_observed(self) -> bool:
        """Whether it is a thread of an observed program, which only that program itself can ask to stop."""
        return self.strategy == OBSERVED

    @property
    def error(self) -> str:
        """The traceback that ended it, or the sentence where there is none; empty if nothing went wrong."""
        return (self.failures[-1].traceback or self.failures[-1].summary) if self.failures else ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Where its thread was when that was looked at last, call by call, innermost last."""
        return next((event.calls for event in reversed(self.located) if event.calls), ())

    @property
    def stack(self) -> str:
        """The same as Python writes it in a traceback; empty if it was not looked at."""
        return stack_text(self.calls)

    @property
    def outside(self) -> str:
        """In words, why it noticed outside the band; empty if it did not."""
        return lateness_words(self.lateness)

    @property
    def never(self) -> bool:
        """Whether it was asked to stop and never noticed it, although it did not end by itself."""
        asked_only = self.chain.requested is not None and self.chain.noticed is None
        ended = self.outcome in (Outcome.INTERRUPTED, Outcome.RELEASED, Outcome.KILLED)
        return asked_only and ended and not self.notice_unknown

    @property
    def notice_unknown(self) -> bool:
        """Whether it stopped when it was asked, and when it noticed is not known: code of the person's own."""
        asked_only = self.chain.requested is not None and self.chain.noticed is None
        return asked_only and self.outcome is Outcome.INTERRUPTED and self.strategy == OWN_CODE

    @property
    def outcome_words(self) -> str:
        """How it ended, for a person."""
        return outcome_words(self.outcome, was_stuck=self.was_stuck)

    @property
    def release_words(self) -> str:
        """What to say of a run that never stopped and was released, part of a sentence; empty for any other run."""
        return release_words(self.chain.requested, self.released) if self.outcome is Outcome.RELEASED else ""

    def since(self, origin: int) -> "RunSnapshot":
        """Return the same with all instants counted from ``origin``."""

        def shifted(instant: int | None) -> int | None:
            return None if instant is None else instant - origin

        return replace(
            self,
            chain=StopChain(*map(shifted, self.chain.instants())),
            began=self.began - origin,
            started=shifted(self.started),
            running=shifted(self.running),
            stuck=shifted(self.stuck),
            released=shifted(self.released),
            killed=shifted(self.killed),
            observed=None if self.observed is None else self.observed.since(origin),
        )

    @property
    def title(self) -> str:
        """Its worker and number as a person reads them, "Waiter #1"."""
        return f"{self.name.worker} #{self.name.number}"


def advance(run: RunSnapshot, instant: int, event: Event) -> RunSnapshot:  # noqa: PLR0911, PLR0912 - one return an event
    """Return what is known of a run after one of its events; a pure function. ``instant`` is the record's."""
    chain = run.chain
    match event:
        case Started():
            return replace(run, strategy=event.strategy, workload=event.workload, interval=event.interval)
        case Hosted():
            return replace(run, host=event)
        case Running():
            return replace(run, started=event.started, running=instant, native_id=event.native_id)
        case StopRequested():
            if chain.requested is not None:
                return run  # the first counts
            chain = replace(chain, clicked=event.clicked, requested=instant)
            return replace(run, chain=chain, band=event.band, longest_work=event.longest_work)
        case Noticed():
            return replace(run, chain=replace(chain, noticed=event.at), lateness=event.lateness)
        case SlowToNotice() | Stuck():
            # A notice that is known stays: the thread may have noticed while it was looked at.
            noticed = event.noticed if chain.noticed is None else chain.noticed
            run = replace(run, chain=replace(chain, noticed=noticed), located=_kept(run.located, event))
            return replace(run, stuck=instant, was_stuck=True) if isinstance(event, Stuck) else run
        case Located():
            return replace(run, located=_kept(run.located, event))
        case Released():
            return replace(run, released=instant)
        case Killed():
            return replace(run, killed=instant)
        case Failed():
            return replace(run, failures=_kept(run.failures, event))
        case Ended():
            # It calls all that it says as a snapshot does.
            return replace(run, **{part.name: getattr(event, part.name) for part in fields(event)})
        case Shown():
            if chain.shown is not None:
                return run  # the first painting counts
            # It cannot be before the end.
            return replace(run, chain=replace(chain, shown=max(event.at, chain.ended or event.at)))
        case _:
            observed = observe(run.observed, instant, event)
            if observed is run.observed or observed is None:
                return run
            # What the program asks by itself is a stop like one that a person asks for.
            if isinstance(event, Asked | NoticedAt):
                requested, noticed = observed.stop()
                chain = replace(chain, requested=requested, noticed=noticed)
            return replace(run, observed=observed, chain=chain)


def _kept(kept: tuple[_T, ...], last: _T) -> tuple[_T, ...]:
    return (*kept[: _MOST_KEPT - 1], last)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many runs are alive, and how many of those are stopping (asked, not stuck) and stuck."""

    alive: int = 0
    stopping: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many runs had no thread so far because the system refused it, and why the last of them had none."""

    count: int = 0
    why: str = ""


class SessionState:
    """What is known of all runs of a session, by their records; one thread.

    Args:
        most_ended: how many ended runs are remembered.
    """

    def __init__(self, most_ended: int = MOST_ENDED) -> None:
        self._most_ended = most_ended
        self._live: dict[int, RunSnapshot] = {}
        self._ended: dict[int, RunSnapshot] = {}
        self._lines: dict[int, int] = {}  # records of the kind ``line``, of every run
        self._told: set[int] = set()  # runs that are alive, whose lines contain one of the controller's
        self._stopping: set[int] = set()
        self._stuck: set[int] = set()
        self.refusals = Refusals()

    def expect(self, run: int, name: RunName, worker: Worker) -> None:
        """Have a run stand here before its first record comes: it was just started."""
        self._live[run] = RunSnapshot(run, name, worker.strategy, worker.workload, worker.interval, worker)

    def expect_observed(self, run: int, name: RunName) -> None:
        """Have the main thread of a program stand here, which was just started."""
        self._live[run] = RunSnapshot(run, name, OBSERVED, OBSERVED, 0.0)

    def consume(self, batch: Batch) -> list[int]:
        """Take a batch's records and return the runs that it has events of, each once; some µs an event, none a line."""
        for run, count in batch.line_counts().items():
            self._lines[run] = self._lines.get(run, 0) + count
            if run != JOURNAL and run not in self._live and run not in self._ended:  # a file may begin in its middle
                began = batch.instants[batch.runs.index(run)]
                self._live[run] = RunSnapshot(run, batch.names.get(run, NO_RUN), began=began)
        changed: dict[int, None] = {}
        for index, run, event in events_of(batch):
            if run != JOURNAL:
                self._advance(run, batch.names.get(run, NO_RUN), batch.instants[index], event)
                changed[run] = None
        return list(changed)

    def _advance(self, run: int, name: RunName, instant: int, event: Event) -> None:
        if run in self._ended:
            # Only that its end was shown comes after its end; a file may hold anything.
            if isinstance(event, Shown):
                self._ended[run] = advance(self._ended[run], instant, event)
            return
        if isinstance(event, Shown):
            return  # of a run that was forgotten
        before = self._live.get(run) or RunSnapshot(run, name)
        after = advance(before, instant, event)
        if not before.began:
            after = replace(after, began=instant)
        if isinstance(event, Failed) and event.refused:
            self.refusals = Refusals(self.refusals.count + 1, event.summary)
        if isinstance(event, StopRequested) and event.has_line:
            self._told.add(run)
        if after.outcome is None:
            self._live[run] = after
            # By what it is now, not by the event: in a file, a request may come after the run was stuck.
            for runs, state in ((self._stopping, State.STOPPING), (self._stuck, State.STUCK)):
                (runs.add if after.state is state else runs.discard)(run)
            return
        self._live.pop(run, None)  # a file may begin with its end
        for runs in (self._stopping, self._stuck, self._told):
            runs.discard(run)
        self._ended[run] = after
        if len(self._ended) > self._most_ended:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            self._lines.pop(oldest, None)

    def snapshot(self, run: int) -> RunSnapshot | None:
        """Return what is known of a run; None if it never was, or has been forgotten."""
        live = self._live.get(run)
        if live is None:
            return self._ended.get(run)
        return replace(live, lines=self._lines.get(run, 0) - (run in self._told))

    def snapshots(self, runs: Iterable[int]) -> list[RunSnapshot]:
        """Return what is known of several runs; those that are unknown are left out."""
        found = (self.snapshot(run) for run in runs)
        return [snapshot for snapshot in found if snapshot is not None]

    def runs(self) -> list[RunSnapshot]:
        """Return all runs that are remembered, by their ids."""
        return self.snapshots(sorted((*self._ended, *self._live)))

    def line_records(self, run: int) -> int:
        """Return how many records of the kind ``line`` a run has: numbered lines, the request's, and those of the end."""
        return self._lines.get(run, 0)

    def is_live(self, run: int) -> bool:
        """Return whether a run is alive; no time at all."""
        return run in self._live

    def was_asked(self, run: int) -> bool:
        """Return whether a run that is alive was asked to stop; no time at all."""
        return run in self._stopping or run in self._stuck

    def live(self) -> tuple[int, ...]:
        """Return the ids of the runs that are alive, oldest first."""
        return tuple(self._live)

    def tally(self) -> Tally:
        """Return how many runs are alive, stopping and stuck."""
        return Tally(len(self._live), len(self._stopping), len(self._stuck))
