"""What was seen of an observed program: the observer's records, read and folded; pure, one thread."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import clipped
from app.core.observed import Evidence, Place, Plain
from app.core.verdicts import Verdict
from app.programs.observed_news import (
    MainThreadEnded,
    News,
    Note,
    ObservedChain,
    ObservedThread,
    Printed,
    StopRequest,
    ThreadAsked,
    ThreadEnded,
    ThreadNoticed,
    ThreadVerdict,
    Unobserved,
)

Record = Mapping[str, Any]
# Of one program; what is said of later ones is left out.
MOST_THREADS = 100_000
MOST_REQUESTS = 100_000  # and as many chains, and verdicts
_MOST_NOTES = 100
_LARGEST = 2**63

# Why a program could not be observed, by the observer's word for it.
_UNOBSERVED = {
    "version": "its Python is older than 3.12",
    "tool": "all six tool ids of sys.monitoring are in use",
}


def lost_words(texts: int) -> str:
    """Return how much of what threads printed is not recorded, as a sentence."""
    # A print() of several values writes each of them, what is between them, and the end of the line.
    return (
        f"Of what threads printed, {texts:,} pieces are left out of the record: they came faster than they were read."
    )


@dataclass
class Observation:
    """All that was seen so far.

    Attributes:
        begin: the instant of the program's start; None if it was not observed.
        main_ended: the instant when the main thread had ended; None before.
        has_timed_out: whether every thread has got its verdict because the time was over.
        threads: by number.
        interrupted: the instants of Ctrl+C, as far as this process got it as well.
        notes: sentences about what was not observed.
        prints_lost: how many texts that threads printed were lost, because they came faster than they were read.
        problem: why the program was not observed; empty if it was.
    """

    begin: int | None = None
    main_ended: int | None = None
    ended: int | None = None
    has_timed_out: bool = False
    threads: dict[int, ObservedThread] = field(default_factory=dict)
    chains: list[ObservedChain] = field(default_factory=list)
    verdicts: list[ThreadVerdict] = field(default_factory=list)
    interrupted: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prints_lost: int = 0
    problem: str = ""
    _requests: dict[int, StopRequest] = field(default_factory=dict)
    _chains: dict[tuple[int, int], ObservedChain] = field(default_factory=dict)

    def feed(self, line: bytes) -> News | None:
        """Fold one line of the observer's; return what it says that is new, if anything.

        One that is no record of its is left out: a program may have written it.
        """
        try:
            record = json.loads(line)
            fold = _FOLDS.get(record["kind"])
            return fold(self, record) if fold is not None else None
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            return None

    def kept_alive_by(self) -> list[tuple[ObservedThread, int | None]]:
        """Return the threads that the process waited for after the main thread, and for how many nanoseconds each.

        None for one that had not ended when the process did.
        """
        if self.main_ended is None:
            return []
        waited_for: list[tuple[ObservedThread, int | None]] = []
        for thread in self.threads.values():
            if thread.number == 1 or thread.is_daemon is not False:
                continue
            if thread.ended is None:
                waited_for.append((thread, None))
            elif thread.ended > self.main_ended:
                waited_for.append((thread, thread.ended - self.main_ended))
        return waited_for

    def chains_of(self, thread: int) -> list[ObservedChain]:
        """Return the chains of a thread, in the order of their requests."""
        return sorted((each for each in self.chains if each.thread == thread), key=lambda each: each.request.instant)

    def request(self, number: object) -> StopRequest | None:
        """Return a request by its number; None if there is none."""
        return self._requests.get(number) if isinstance(number, int) else None

    # -- the records -----------------------------------------------------------------------------------------------

    def _fold_hello(self, record: Record) -> None:
        if self.begin is None:
            self.begin = _whole(record["begin_ns"])

    def _fold_unobserved(self, record: Record) -> Unobserved:
        error = str(record["error"])
        self.problem = _UNOBSERVED.get(error, f"the observer could not be loaded: {clipped(error)}")
        return Unobserved(self.problem)

    def _fold_thread(self, record: Record) -> ObservedThread | Note | None:
        thread = ObservedThread(
            _whole(record["id"]),
            str(record["name"]),
            None if record["daemon"] is None else bool(record["daemon"]),
            _whole(record["native_id"]),
            _optional_whole(record["started_ns"]),
            _place(record["at"]),
            _optional_whole(record["by"]),
        )
        if len(self.threads) >= MOST_THREADS:
            return self._note(f"More than {MOST_THREADS:,} threads were started; the later ones are left out.")
        if thread.number in self.threads:
            return None
        self.threads[thread.number] = thread
        return thread

    def _fold_ended(self, record: Record) -> ThreadEnded | None:
        thread = self.threads[record["thread"]]
        if thread.ended is not None:
            return None
        thread.ended, thread.name = _whole(record["t_ns"]), str(record["name"])
        return ThreadEnded(thread.number, thread.ended)

    def _fold_failed(self, record: Record) -> None:
        self.threads[record["thread"]].exception = str(record["exception"])

    def _fold_printed(self, record: Record) -> Printed:
        number = 1 if record["thread"] is None else self.threads[record["thread"]].number
        left_out = _whole(record.get("left_out", 0))
        return Printed(number, _whole(record["t_ns"]), str(record["stream"]), str(record["text"]), left_out)

    def _fold_printed_lost(self, record: Record) -> None:
        self.prints_lost = _whole(record["texts"])

    def _fold_request(self, record: Record) -> Note | None:
        if len(self._requests) >= MOST_REQUESTS:
            return self._too_many()
        at = _place(record["at"]) or Place("?", 0)
        found = record["object"]
        asked_by = {"type": str(found["type"]), "id": _whole(found["id"])} if found else None
        instant, what = _whole(record["t_ns"]), str(record["what"])
        if what == "KeyboardInterrupt":
            # The program knows when it was raised; we when the key was pressed.
            instant = max((each for each in self.interrupted if each < instant), default=instant)
        request = StopRequest(_whole(record["id"]), instant, what, at, _optional_whole(record["by"]), asked_by)
        self._requests[request.number] = request
        return None

    def _too_many(self) -> Note | None:
        return self._note(f"More than {MOST_REQUESTS:,} requests were seen; the later ones are left out.")

    def _fold_asked(self, record: Record) -> ThreadAsked | Note | None:
        chain = self._chain(record)
        return ThreadAsked(chain) if chain is not None else self._too_many()

    def _fold_notice(self, record: Record) -> ThreadNoticed | Note | None:
        noticed, at, how = _whole(record["t_ns"]), _place(record["at"]), str(record["how"])
        chain = self._chain(record)
        if chain is None:
            return self._too_many()
        is_first = chain.noticed is None
        chain.noticed, chain.noticed_at, chain.how = noticed, at, how
        return ThreadNoticed(chain) if is_first else None

    def _chain(self, record: Record) -> ObservedChain | None:
        """Return the chain of a record's request and thread: the one that is there, or a new one; None for one too many."""
        request, thread = self._requests[record["request"]], self.threads[record["thread"]].number
        is_exact = record["link"] == "exact"
        chain = self._chains.get((request.number, thread))
        if chain is None:
            if len(self.chains) >= MOST_REQUESTS:
                return None
            chain = self._chains[request.number, thread] = ObservedChain(
                len(self.chains) + 1, request, thread, is_exact
            )
            self.chains.append(chain)
        chain.is_exact = is_exact
        return chain

    def _fold_verdict(self, record: Record) -> ThreadVerdict | Note | None:
        if len(self.verdicts) >= MOST_REQUESTS:
            return self._too_many()
        verdict = ThreadVerdict(
            self.threads[record["thread"]].number,
            Verdict(record["verdict"]),
            _place(record["at"]),
            _optional_whole(record["since_ns"]),
            _whole(record["t_ns"]),
            str(record["why"]),
            tuple(self._evidence(each, record["thread"]) for each in record["evidence"] if isinstance(each, dict)),
        )
        self.verdicts.append(verdict)
        return verdict

    def _evidence(self, found: Record, of_thread: int) -> Evidence:
        """Return a piece of evidence about a thread as plain values, with who holds a lock, and whether that still lives."""
        facts: list[tuple[str, Plain]] = []
        for name, value in found.items():
            if name == "at":
                place = _place(value)
                facts += [("file", place.file if place else None), ("line", place.line if place else None)]
            elif name == "holder":
                holder = self.threads.get(value) if isinstance(value, int) else None
                facts.append((name, value))
                if holder is not None:
                    is_now = "itself" if value == of_thread else "ended" if holder.ended is not None else "alive"
                    facts += [("holder_name", holder.name), ("holder_is", is_now)]
            elif name != "kind" and (value is None or type(value) in (str, int)):
                facts.append((str(name), value))
                if name == "by" and value in self.threads:
                    facts.append(("by_name", self.threads[value].name))
        return Evidence(str(found["kind"]), tuple(facts))

    def _fold_main_ended(self, record: Record) -> MainThreadEnded | None:
        if self.main_ended is not None:
            return None
        self.main_ended = _whole(record["t_ns"])
        return MainThreadEnded(self.main_ended)

    def _fold_timeout(self, _record: Record) -> None:
        self.has_timed_out = True

    def _fold_note(self, record: Record) -> Note | None:
        return self._note(str(record["text"]))

    def _note(self, text: str) -> Note | None:
        if text in self.notes or len(self.notes) >= _MOST_NOTES:
            return None
        self.notes.append(text)
        return Note(text)

    def _fold_end(self, record: Record) -> None:
        self.ended = _whole(record["t_ns"])


_FOLDS: Mapping[str, Callable[[Observation, Record], News | None]] = {
    "hello": Observation._fold_hello,
    "unobserved": Observation._fold_unobserved,
    "thread": Observation._fold_thread,
    "ended": Observation._fold_ended,
    "failed": Observation._fold_failed,
    "printed": Observation._fold_printed,
    "printed_lost": Observation._fold_printed_lost,
    "request": Observation._fold_request,
    "asked": Observation._fold_asked,
    "notice": Observation._fold_notice,
    "verdict": Observation._fold_verdict,
    "main_ended": Observation._fold_main_ended,
    "timeout": Observation._fold_timeout,
    "note": Observation._fold_note,
    "end": Observation._fold_end,
}


def _whole(value: Any) -> int:
    """Return a whole number of 64 bits; ValueError for anything else."""
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise ValueError("no whole number of 64 bits")
    return value


def _optional_whole(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _place(value: Any) -> Place | None:
    return Place(str(value[0]), _whole(value[1])) if value else None
