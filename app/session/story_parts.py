"""The story of a session: what was done, seen, judged and kept, as one frozen value that reports and replays read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.batch import RunName
from app.core.chain_record import ChainRecord
from app.core.latency import StopChain, release_words
from app.core.states import Outcome, outcome_words
from app.session.journal import Check, Verdict


@dataclass(frozen=True, slots=True)
class RunStory:
    """One run; instants are ns from the beginning of the sitting.

    Attributes:
        run: its id within the session.
        name: its worker and number.
        worker: the worker's table as worker sets have it, from the action that started it; None if no action did.
        strategy, workload: their ids; empty if nothing says them.
        interval: seconds; None if nothing says it.
        began: its first record.
        running: when its thread began to run; None if it never did.
        stuck: when it was counted as stuck; None if it was not.
        lines: records of the kind ``line``: the numbered ones, that of the request and those of the end.
        record: its stop chain with the outcome; None if the session ended before it did.
        errors: what went wrong, each with its traceback.
        stacks: where it was when it was slow to stop, or stuck; each with the sentence about it.
    """

    run: int
    name: RunName
    worker: dict[str, Any] | None
    strategy: str
    workload: str
    interval: float | None
    began: int
    running: int | None
    stuck: int | None
    lines: int
    record: ChainRecord | None
    errors: tuple[str, ...]
    stacks: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its worker and number as a person reads them, "Waiter #1"."""
        return f"{self.name.worker} #{self.name.number}"

    @property
    def chain(self) -> StopChain:
        """The instants of its stop; none of them known if its chain was not recorded."""
        return self.record.chain if self.record else StopChain()

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None if the session ended before it did."""
        return self.record.outcome if self.record else None

    @property
    def was_stuck(self) -> bool:
        """Whether it was still alive after the deadline."""
        return self.stuck is not None or (self.record is not None and self.record.was_stuck)

    @property
    def never(self) -> bool:
        """Whether it was asked to stop and never noticed it, although it did not end by itself."""
        chain = self.chain
        asked_only = chain.requested is not None and chain.noticed is None
        return asked_only and self.outcome in (Outcome.INTERRUPTED, Outcome.RELEASED)

    @property
    def released(self) -> int | None:
        """When the program released what its thread was blocked in; None if it did not."""
        return self.record.released if self.record else None

    @property
    def outcome_words(self) -> str:
        """How it ended, for a person."""
        return outcome_words(self.outcome, was_stuck=self.was_stuck)

    @property
    def release_words(self) -> str:
        """What is to be said of a run that never stopped and was released, a sentence's part; empty of any other."""
        return release_words(self.chain.requested, self.released) if self.outcome is Outcome.RELEASED else ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done: when (ns in the sitting; the click, where there was one), what, and what belongs to it."""

    t_ns: int
    word: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A note as the journal has it; ``about`` says in words what it is linked to, ``t_ns`` is when typing began."""

    id: int
    t_ns: int
    kind: str
    text: str
    about: str
    corrects: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict about a step, when it was given (ns in the sitting), and what it rests on."""

    verdict: Verdict
    t_ns: int
    actual: str
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan; what the person and what the program judged last, apart. None: not judged."""

    plan: str
    number: int
    title: str
    by_person: Judgement | None = None
    by_program: Judgement | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of both: fail if either says so, then the person's, then the program's."""
        given = [judgement.verdict for judgement in (self.by_person, self.by_program) if judgement]
        if Verdict.FAIL in given:
            return Verdict.FAIL
        return given[0] if given else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of evidence; ``data`` is empty where it is damaged, or where keeping it would take too much memory."""

    number: int
    t_ns: int
    name: str
    type: str
    why: str
    step: int | None
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Story:
    """A session, told.

    Attributes:
        path: its file.
        id: its name.
        started: the wall clock at the beginning, ISO 8601.
        ended: the same at the end; empty if it goes on or was cut off.
        started_ns: the beginning in nanoseconds of the Unix epoch.
        duration: ns up to the latest record.
        records, lines: how many there are; a line is a record of the kind ``line``.
        charter, tester: what is explored, and by whom; empty if nothing says it.
        timebox: seconds; None for none.
        environment: the surroundings, in the order in which they were recorded.
        runs: in the order of their ids.
        actions, notes, evidence: in the order in which they were recorded.
        steps: in the order in which they were first judged, or as the plan has them.
        damaged: a sentence for each part of the file that cannot be read.
    """

    path: Path
    id: str
    started: str
    ended: str
    started_ns: int
    duration: int
    records: int
    lines: int
    charter: str
    tester: str
    timebox: float | None
    environment: dict[str, str]
    runs: tuple[RunStory, ...]
    actions: tuple[Action, ...]
    notes: tuple[Note, ...]
    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    damaged: tuple[str, ...]

    def summary(self) -> dict[str, int]:
        """Return how many steps passed, failed and so on; those that nobody judged under ``not judged``."""
        words = [str(step.verdict or "not judged") for step in self.steps]
        return {word: words.count(word) for word in (*map(str, Verdict), "not judged") if word in words}
