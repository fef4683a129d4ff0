"""What is known of a child's runs on this side of the pipe: checks what it says, and says what it cannot say any more.

Nothing here knows a process or a pipe: bytes in, batches out.
"""

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from app.core.batch import LINES, Batch, Kind
from app.core.engine import NewRun
from app.core.events import (
    KINDS,
    Asked,
    Ended,
    Event,
    Failed,
    Hosted,
    Killed,
    Located,
    MainEnded,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Shown,
    Started,
    StopRequested,
    Stuck,
    VerdictMade,
    encode,
    events_of,
)
from app.core.fold import RunSnapshot, advance
from app.core.latency import StopChain
from app.core.packed_batch import PackedBatch
from app.core.stacks import Call
from app.core.states import Outcome
from app.programs.frames import BATCH, PROTOCOL, Frame, FrameReader, Hello, ProtocolError

_KINDS = bytes(sorted({*LINES, *KINDS}))  # of records that an engine may send
# Events that are said on this side only, and those of observed programs.
_OURS = (Shown, Killed, ObservedThread, Asked, NoticedAt, VerdictMade, ObserverNote, MainEnded, ProgramEnded)
_MOST_EVENTS = 20_000  # in flight: they need no credit, but no run has so many
_SLACK = 4_096  # lines beyond the credit: those of requests, and of lanes that were let through
_INSTANTS = ("at", "noticed", "started", "clicked")  # of events: never after the event itself


class Weight(NamedTuple):
    """What a batch takes of what a child may have in flight."""

    lines: int
    events: int
    size: int  # bytes

    def plus(self, other: "Weight") -> "Weight":
        """Return both together."""
        return Weight(self.lines + other.lines, self.events + other.events, self.size + other.size)

    def minus(self, other: "Weight") -> "Weight":
        """Return what is left without the other."""
        return Weight(self.lines - other.lines, self.events - other.events, self.size - other.size)


class Told(NamedTuple):
    """One thing that a child said: the number of its frame, and the batch."""

    number: int
    batch: Batch
    weight: Weight


class Transcript:
    """Reads what one child says of the runs that it was given; one thread, but for ``release``.

    Args:
        now: the clock, which is the child's too.
        most: how much it may have in flight.
        core: the fingerprint of this program's files.

    Attributes:
        hello: what it said first; None before.
    """

    def __init__(self, now: Callable[[], int], most: Weight, core: str) -> None:
        self._now = now
        self._most = most
        self._core = core
        self._born = now()
        self._reader = FrameReader()
        self._given: dict[int, NewRun] = {}
        self._runs: dict[int, RunSnapshot] = {}
        self._lines: dict[int, int] = {}
        self._requested: dict[int, int] = {}  # runs of whose request we have told, because the child did not
        self._begun: set[int] = set()  # runs of which anything was said
        self._started: set[int] = set()  # runs of whose start we have told, because the child had not yet
        self._flight = Weight(0, 0, 0)
        self._weighing = threading.Lock()
        self.hello: Hello | None = None

    def give(self, new: NewRun) -> None:
        """Take a run that the child is given; before it is."""
        worker = new.worker
        self._runs[new.run] = RunSnapshot(new.run, new.name, worker.strategy, worker.workload, worker.interval, worker)
        self._given[new.run] = new

    def live(self) -> list[int]:
        """Return the runs that have not ended."""
        return [run for run, snapshot in list(self._runs.items()) if snapshot.outcome is None]

    def ended(self) -> list[int]:
        """Return the runs that have ended."""
        return [run for run, snapshot in list(self._runs.items()) if snapshot.outcome is not None]

    def asked(self) -> list[int]:
        """Return the runs that were asked to stop, and have not ended."""
        return [run for run in self.live() if self._runs[run].chain.requested is not None]

    def snapshot(self, run: int) -> RunSnapshot:
        """Return what is known of a run that was given."""
        return self._runs[run]

    # -- what the child says -------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> Iterator[Told]:
        """Take what came out of the pipe and yield its batches; ProtocolError if no child of ours says so."""
        for frame in self._reader.feed(data):
            if frame.kind != BATCH:
                self.hello = self._greeted(Hello.of(frame))
                continue
            try:
                batch = self._batch(frame)
            except ValueError as error:
                raise ProtocolError(f"what it said cannot be read: {error}") from error
            yield self._told(frame, batch)

    def release(self, weights: Iterable[Weight]) -> None:
        """Take back what was read, or committed; any thread."""
        with self._weighing:
            for weight in weights:
                self._flight = self._flight.minus(weight)

    def _greeted(self, hello: Hello) -> Hello:
        if hello.protocol != PROTOCOL or hello.core != self._core:
            raise ProtocolError("the files of Thread Controller have changed since it was started; start it again")
        return hello

    def _batch(self, frame: Frame) -> Batch:
        columns, texts = frame.columns, frame.texts
        batch = PackedBatch.of_bytes(columns, texts)
        if not len(batch) or batch.late:
            raise ProtocolError("it sent a batch as no engine does")
        for run, name in batch.names.items():
            if run not in self._given or self._given[run].name != name:
                raise ProtocolError("it spoke of a run that it was not given")
        if not batch.are_named():
            raise ProtocolError("it spoke of a run without a name")
        if batch.kinds.translate(None, _KINDS):
            raise ProtocolError("it sent a kind of record that no engine sends")
        earliest, latest = batch.bounds()
        if earliest < self._born or latest > self._now():
            raise ProtocolError("its instants are not of this time")
        return batch

    def _told(self, frame: Frame, batch: Batch) -> Told:
        counts = batch.line_counts()
        lines = sum(counts.values())
        weight = Weight(lines, len(batch) - lines, len(frame.columns) + len(frame.texts))
        with self._weighing:
            flight = self._flight = self._flight.plus(weight)
        most = self._most
        if flight.lines > most.lines + _SLACK or flight.events > _MOST_EVENTS or flight.size > most.size:
            raise ProtocolError("it sent more than it may before that was read")
        if any(self._runs[run].outcome is not None for run in batch.names):
            raise ProtocolError("it spoke of a run after its end")
        self._begun.update(batch.names)
        for run, count in counts.items():
            self._lines[run] = self._lines.get(run, 0) + count
        if lines != len(batch):
            batch = self._follow(batch)
        return Told(frame.number, batch, weight)

    def _follow(self, batch: Batch) -> Batch:
        """Take a batch's events; return it with those put right that contradict what was said on this side."""
        events = events_of(batch)
        if len(events) != len(batch) - sum(batch.line_counts().values()):
            raise ProtocolError("it sent an event that cannot be read")
        put_right: dict[int, Event | None] = {}
        ended: set[int] = set()
        for index, run, event in events:
            instant = batch.instants[index]
            _check_event(event, instant)
            if isinstance(event, Hosted) and (self.hello is None or event != Hosted(self.hello.pid, self.hello.python)):
                raise ProtocolError("it said that it is another process")
            if run in ended:
                raise ProtocolError("it spoke of a run after its end")
            corrected = self._corrected(run, event)
            if corrected is not event:
                put_right[index] = corrected
            if corrected is not None:
                self._runs[run] = advance(self._runs[run], instant, corrected)
            if isinstance(event, Ended):
                ended.add(run)
        last = {run: index for index, run in enumerate(batch.runs)} if ended else {}
        if any(batch.kinds[last[run]] != Kind.CHAIN for run in ended):
            raise ProtocolError("it spoke of a run after its end")
        return _with(batch, put_right) if put_right else batch

    def _corrected(self, run: int, event: Event) -> Event | None:
        """Return an event as it is told on, None if it is not: of a process that stood still, the same was said here."""
        if isinstance(event, Started) and run in self._started:
            return None
        requested = self._requested.get(run)
        if requested is None:
            return event
        match event:
            case StopRequested() | Stuck():
                return None
            case Ended():
                chain = replace(event.chain, requested=requested, clicked=self._runs[run].chain.clicked)
                return replace(event, chain=chain, was_stuck=True)
        return event

    # -- what the child cannot say -------------------------------------------------------------------------------

    def hung(self, run: int, requested: int, clicked: int | None, stuck: Stuck) -> Batch | None:
        """Return what is said of a run whose process does not answer: its request, and that it is stuck.

        Args:
            run: a run that was asked to stop.
            requested: when the order was sent.
            clicked: the instant of the person's action.
            stuck: what is known of where it is.
        """
        snapshot = self._runs[run]
        if snapshot.outcome is not None or snapshot.was_stuck:
            return None
        said: list[tuple[int, Event]] = [(self._now(), stuck)]
        if snapshot.chain.requested is None:
            said.insert(0, (requested, StopRequested(clicked)))
        self._requested[run] = snapshot.chain.requested or requested
        return self._say(run, said)

    def place(self, run: int, calls: tuple[Call, ...]) -> Batch | None:
        """Return what is said of where a run is, if it has not ended."""
        return None if self._runs[run].outcome is not None else self._say(run, [(self._now(), Located(calls))])

    def kill(self, run: int, pid: int, clicked: int | None) -> Batch | None:
        """Return what is said of a run whose process is about to be killed; None if it has ended, or that was said."""
        snapshot = self._runs[run]
        if snapshot.outcome is not None or snapshot.killed is not None:
            return None
        requested, now = snapshot.chain.requested, self._now()
        return self._say(run, [(now, Killed(pid, None if requested is None else now - requested, clicked))])

    def end(
        self, run: int, outcome: Outcome, failed: Failed | None = None, request: StopRequested | None = None
    ) -> Batch:
        """Return the last of a run whose process is over, or never was; it is alive as far as the child said.

        Args:
            run: a run that was given.
            outcome: how it ended.
            failed: what went wrong; None if nothing did.
            request: that it was asked to stop, of one that had no process yet.
        """
        snapshot = self._runs[run]
        now = self._now()
        said: list[tuple[int, Event]] = []
        if request is not None:
            said.append((now, request))
            snapshot = advance(snapshot, now, request)
        if failed is not None:
            said.append((now, failed))
        ended = Ended(
            outcome=outcome,
            chain=StopChain(snapshot.chain.clicked, snapshot.chain.requested, snapshot.chain.noticed, None, now),
            lines=self._numbered_lines(run),
            was_stuck=snapshot.was_stuck,
            released=snapshot.released,
            lateness=snapshot.lateness,
            band=snapshot.band,
            longest_work=snapshot.longest_work,
            strategy=snapshot.strategy,
            workload=snapshot.workload,
            interval=snapshot.interval or 0.0,
        )
        return self._say(run, [*said, (now, ended)])

    def _numbered_lines(self, run: int) -> int:
        lines = self._lines.get(run, 0)
        told = self._given[run].worker.text_on_request is not None and self._runs[run].chain.requested is not None
        return max(0, lines - told)

    def _say(self, run: int, said: Sequence[tuple[int, Event]]) -> Batch:
        if run not in self._begun:
            # Whatever is said of it first: that it is there.
            worker = self._given[run].worker
            said = [(said[0][0], Started(worker.strategy, worker.workload, worker.interval)), *said]
            self._started.add(run)
        records = [encode(event) for _, event in said]
        instants = array("q", (instant for instant, _ in said))
        batch = Batch()
        self._begun.add(run)
        batch.add(
            run, self._given[run].name, instants, bytes(kind for kind, _ in records), [text for _, text in records]
        )
        for instant, event in said:
            self._runs[run] = advance(self._runs[run], instant, event)
        return batch


def _check_event(event: Event, instant: int) -> None:
    """Raise ProtocolError if an event says what cannot be."""
    if isinstance(event, _OURS):
        raise ProtocolError("it said what only this program says")
    for name in _INSTANTS:
        at = getattr(event, name, None)
        if at is not None and not 0 <= at <= instant:
            raise ProtocolError("its instants do not add up")
    if isinstance(event, Ended):
        chain = event.chain
        if event.outcome is Outcome.KILLED or chain.shown is not None:
            raise ProtocolError("it said what only this program says")
        if chain.ended != instant or any(at is not None and not 0 <= at <= instant for at in chain.instants()):
            raise ProtocolError("its instants do not add up")


def _with(batch: Batch, put_right: dict[int, Event | None]) -> Batch:
    """Return a batch with some events replaced, or, where there is None, left out."""
    whole = Batch()
    for index, record in enumerate(batch):
        kind, text = record.kind, record.text
        if index in put_right:
            event = put_right[index]
            if event is None:
                continue
            kind, text = encode(event)
        whole.add(record.run, batch.names[record.run], array("q", (record.instant,)), bytes((kind,)), (text,))
    return whole
