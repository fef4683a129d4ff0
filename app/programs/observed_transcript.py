"""An observed program as runs: from the observer's records to batches of events and lines. Pure: no process, no pipe.

Every thread of the program is a run. An event has the instant at which it happened; but as a run's records do not step back
in time, one that is known late, such as a request that was not noticed, has that of the record before it. What it is about
says its own instant.
"""

from array import array
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from app.core.batch import Batch, Kind, RunName
from app.core.errors import one_line
from app.core.events import (
    Asked,
    Ended,
    Event,
    Failed,
    Killed,
    MainEnded,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Running,
    Started,
    Stuck,
    VerdictMade,
    encode,
)
from app.core.fold import RunSnapshot, advance
from app.core.latency import StopChain
from app.core.observed import OBSERVED, Evidence, RunRef
from app.core.own_code.output import LineSplitter
from app.core.states import Outcome
from app.core.verdicts import Verdict
from app.core.worker import LONGEST_NAME
from app.programs import observed_news
from app.programs.deaths import death_sentence, status_words
from app.programs.observation import Observation, lost_words

LONGEST_RECORD = 2**20  # bytes; what is longer is none of the observer's
_MAIN = 1  # the number of the main thread
_NO_NAME = "(no name)"
# A thread that has not ended by the deadline, and was asked to, is stuck; one that noticed and goes on may be meant to.
_STUCK = frozenset(
    (
        Verdict.SLOW_CLEANUP,
        Verdict.SWALLOWED,
        Verdict.WAITING_FOR_LOCK,
        Verdict.BLOCKED_IN_CALL,
        Verdict.ASKED_NOT_POLLED,
    )
)


class _Said(NamedTuple):
    """A record that is about to be said."""

    instant: int
    kind: Kind
    text: str


class _Run:
    """One thread's run.

    Attributes:
        snapshot: what is known of it.
        said: its records that are in no batch yet, in the order in which they came.
        last: the instant of the last one that is in a batch.
        lines: how many lines it has written.
        splitters: cut what it prints into lines, by the kind of these.
    """

    def __init__(self, run: int, name: RunName, last: int) -> None:
        self.snapshot = RunSnapshot(run, name)
        self.said: list[_Said] = []
        self.last = last
        self.lines = 0
        self.splitters: dict[Kind, LineSplitter] = {}


class ObservedTranscript:
    """Reads what the observer of one program says; one thread.

    Args:
        now: the clock, which is the program's too.
        begun: an instant before the program was started: none of its own is earlier.
        run, name: of its main thread.
        take: gives out those of the others, by the names of their threads.

    Attributes:
        seen: what was seen so far.
    """

    def __init__(
        self, now: Callable[[], int], begun: int, run: int, name: RunName, take: Callable[[str], tuple[int, RunName]]
    ) -> None:
        self.seen = Observation()
        self._now = now
        self._take = take
        self._begun = begun
        self._rest = b""
        self._is_skipping = False  # the rest of a record that is too long
        self._live = {_MAIN: _Run(run, name, self._begun)}  # by number of the thread
        self._refs = {_MAIN: RunRef(run, *name)}  # of all
        self._changed: dict[int, _Run] = {}  # that have records which are in no batch yet
        self._printed_at = self._begun
        self._asked: set[int] = set()  # numbers of chains of which the request was said

    def live(self) -> list[int]:
        """Return the runs that have not ended."""
        return [run.snapshot.run for run in self._live.values()]

    def begin(self) -> Batch:
        """Return the first thing that is said: that the main thread's run is there."""
        self._say(_MAIN, self._begun, Started(OBSERVED, OBSERVED, 0.0))
        return self._batch()

    def feed(self, data: bytes) -> Batch:
        """Take what came out of the pipe, and return what it says; possibly nothing."""
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            if not self._is_skipping:
                news = self.seen.feed(line)
                if news is not None:
                    self._tell(news)
            self._is_skipping = False
        self._is_skipping = self._is_skipping or len(rest) > LONGEST_RECORD
        self._rest = b"" if self._is_skipping else rest
        return self._batch()

    def kill(self, pid: int, clicked: int | None) -> Batch:
        """Return what is said of the threads of a process that is about to be killed; of each once."""
        now = self._now()
        for number, run in self._live.items():
            if run.snapshot.killed is None:
                requested = run.snapshot.chain.requested
                self._say(number, now, Killed(pid, None if requested is None else now - requested, clicked))
        return self._batch()

    def note(self, text: str) -> Batch:
        """Return what is said about the observing itself."""
        self._say(_MAIN, self._now(), ObserverNote(text))
        return self._batch()

    def fail(self, sentence: str) -> Batch:
        """Return the last of a program that could not be started or observed."""
        self._say(_MAIN, self._now(), Failed(sentence))
        self._end(_MAIN, self._now(), Outcome.FAILED)
        return self._batch()

    def end(self, status: int, tail: str, *, killed: bool) -> Batch:
        """Return the last of a program that is over.

        Args:
            status: its exit status, negative for the signal that ended it.
            tail: the last of what it wrote to standard error, if that is known.
            killed: whether it was killed here.
        """
        now = self._now()
        ended = self._instant(self.seen.ended) if self.seen.ended is not None else now
        if self.seen.begin is None and not status and not killed and not self.seen.problem:
            self._tell(observed_news.Unobserved("its Python did not load the observer"))
        sentence = death_sentence(status_words(status), tail) if status and not killed else ""
        for number in sorted(self._live, reverse=True):
            if number != _MAIN:
                failed = Failed(sentence) if status < 0 and not killed else None
                self._end_with_process(number, ended, failed, killed=killed)
        if self.seen.prints_lost:
            self._say(_MAIN, now, ObserverNote(lost_words(self.seen.prints_lost)))
        self._say(_MAIN, now, ProgramEnded(status))
        # As in a traceback, what it comes to is the last line.
        failed = Failed(sentence, f"{tail}\n{sentence}" if tail else "") if sentence else None
        self._end_with_process(_MAIN, now, failed, killed=killed)
        return self._batch()

    # -- what the observer says ------------------------------------------------------------------------------------

    def _tell(self, news: observed_news.News) -> None:
        match news:
            case observed_news.ObservedThread():
                self._begin_thread(news)
            case observed_news.ThreadEnded():
                self._thread_ended(news)
            case observed_news.Printed():
                self._printed(news)
            case observed_news.ThreadAsked():
                self._say_asked(news.chain)
            case observed_news.ThreadNoticed():
                self._say_asked(news.chain)
                self._say_noticed(news.chain)
            case observed_news.ThreadVerdict():
                self._say_verdict(news)
            case observed_news.Note():
                self._say(_MAIN, self._now(), ObserverNote(news.text))
            case observed_news.MainThreadEnded():
                self._say(_MAIN, news.instant, MainEnded())
            case observed_news.Unobserved():
                self._say(_MAIN, self._now(), Failed(f"The program was not observed: {news.problem}."))

    def _begin_thread(self, thread: observed_news.ObservedThread) -> None:
        at = self._now() if thread.started is None else thread.started
        if thread.number != _MAIN:
            name = one_line(thread.name).strip()[:LONGEST_NAME] or _NO_NAME
            run = self._live[thread.number] = _Run(*self._take(name), self._begun)
            self._refs[thread.number] = RunRef(run.snapshot.run, *run.snapshot.name)
            self._say(thread.number, at, Started(OBSERVED, OBSERVED, 0.0))
        started_by = self._ref(thread.started_by)
        self._say(thread.number, at, ObservedThread(thread.started_at, started_by, thread.is_daemon))
        started = None if thread.started is None else self._instant(thread.started)
        self._say(thread.number, at, Running(started, thread.native_id))

    def _thread_ended(self, news: observed_news.ThreadEnded) -> None:
        if news.thread == _MAIN or news.thread not in self._live:
            return  # the main thread's run ends with the process
        run, exception = self._live[news.thread], self.seen.threads[news.thread].exception
        was_asked = run.snapshot.chain.requested is not None
        if exception and not (was_asked and exception == "CancelledError"):
            self._say(news.thread, news.instant, Failed(exception))
        stopped = run.snapshot.chain.noticed is not None or (was_asked and bool(exception))
        failed = bool(run.snapshot.failures)
        outcome = Outcome.FAILED if failed else Outcome.INTERRUPTED if stopped else Outcome.COMPLETED
        self._end(news.thread, news.instant, outcome)

    def _end_with_process(self, number: int, at: int, failed: Failed | None, *, killed: bool) -> None:
        if failed is not None:
            self._say(number, at, failed)
        run = self._live[number].snapshot
        if killed:
            outcome = Outcome.KILLED
        elif run.failures:
            outcome = Outcome.FAILED
        else:
            outcome = Outcome.INTERRUPTED if run.chain.noticed is not None else Outcome.COMPLETED
        self._end(number, at, outcome)

    def _printed(self, news: observed_news.Printed) -> None:
        run = self._live.get(news.thread)
        if run is None:
            return
        kind = Kind.STDERR if news.stream == "stderr" else Kind.LINE
        splitter = run.splitters.get(kind)
        if splitter is None:
            splitter = run.splitters[kind] = LineSplitter(partial(self._line, news.thread, kind))
        self._printed_at = news.instant
        left_out = f"… ({news.left_out:,} characters more)\n" if news.left_out > 0 else ""
        splitter.feed((news.text + left_out).encode("utf-8", "backslashreplace"))

    def _line(self, number: int, kind: Kind, text: str) -> None:
        run = self._live[number]
        run.lines += 1
        run.said.append(_Said(self._instant(self._printed_at), kind, text))
        self._changed[number] = run

    def _say_asked(self, chain: observed_news.ObservedChain) -> None:
        if chain.number in self._asked:
            return
        self._asked.add(chain.number)
        request = chain.request
        kind, requested = request.object or {}, self._instant(request.instant)
        run = self._live.get(chain.thread)
        asked = Asked(
            number=chain.number,
            requested=requested,
            what=request.what,
            place=request.at,
            by=self._ref(request.by),
            object_type=kind.get("type", ""),
            object_id=kind.get("id"),
            exact=chain.is_exact,
            after=max(0, run.last - requested) if run is not None else 0,
        )
        self._say(chain.thread, requested, asked)

    def _say_noticed(self, chain: observed_news.ObservedChain) -> None:
        if chain.noticed is not None:
            noticed = max(self._instant(chain.noticed), self._instant(chain.request.instant))
            self._say(
                chain.thread,
                noticed,
                NoticedAt(chain.number, noticed, chain.noticed_at, chain.how, chain.is_exact),
            )

    def _say_verdict(self, news: observed_news.ThreadVerdict) -> None:
        if news.thread not in self._live:
            return
        since = None if news.since is None else self._instant(news.since)
        evidence = tuple(self._with_run(each) for each in news.evidence)
        self._say(news.thread, news.made, VerdictMade(news.verdict, news.at, since, news.why, evidence))
        run = self._live[news.thread].snapshot
        requested = run.chain.requested
        if news.why == "deadline" and news.verdict in _STUCK and requested is not None and not run.was_stuck:
            after = max(0, self._instant(news.made) - requested)
            self._say(news.thread, news.made, Stuck(after, run.chain.noticed, ()))

    def _with_run(self, found: Evidence) -> Evidence:
        """Return evidence in which a thread that holds a lock is a run."""
        holder = found.get("holder")
        ref = self._ref(holder) if isinstance(holder, int) else None
        return found._replace(
            facts=tuple((n, ref.run if ref else None) if n == "holder" else (n, v) for n, v in found.facts)
        )

    def _ref(self, number: int | None) -> RunRef | None:
        return self._refs.get(number) if number is not None else None

    # -- what is said of it ----------------------------------------------------------------------------------------

    def _instant(self, instant: int) -> int:
        """Return an instant that can be: since the program was started, and not in the future."""
        return min(max(instant, self._begun), self._now())

    def _say(self, number: int, instant: int, event: Event) -> None:
        """Say an event about a thread that has not ended."""
        run = self._live.get(number)
        if run is not None:
            at = self._instant(instant)
            run.said.append(_Said(at, *encode(event)))
            run.snapshot = advance(run.snapshot, at, event)
            self._changed[number] = run

    def _end(self, number: int, instant: int, outcome: Outcome) -> None:
        """Say the end of a thread; what it printed last need not have a line break."""
        run = self._live[number]
        self._printed_at = instant
        for splitter in run.splitters.values():
            splitter.feed(b"", final=True)
        run.splitters.clear()
        ended = max((self._instant(instant), run.last, *(said.instant for said in run.said)))
        chain = run.snapshot.chain
        self._say(
            number,
            ended,
            Ended(
                outcome=outcome,
                chain=StopChain(requested=chain.requested, noticed=chain.noticed, ended=ended),
                lines=run.lines,
                was_stuck=run.snapshot.was_stuck,
                released=None,
                lateness=None,
                band=None,
                longest_work=None,
                strategy=OBSERVED,
                workload=OBSERVED,
                interval=0.0,
            ),
        )
        del self._live[number]

    def _batch(self) -> Batch:
        """Return what was said since the last batch, each run's in the order of time."""
        batch = Batch()
        for run in self._changed.values():
            said = sorted(run.said, key=_order)
            instants = array("q")
            for record in said:
                run.last = max(run.last, record.instant)
                instants.append(run.last)
            kinds = bytes(record.kind for record in said)
            batch.add(run.snapshot.run, run.snapshot.name, instants, kinds, [record.text for record in said])
            run.said.clear()
        self._changed.clear()
        return batch


def _order(said: _Said) -> tuple[bool, int]:
    return said.kind == Kind.CHAIN, said.instant  # the end is the last record
