"""What was seen of an observed program: the observer's records, folded; pure, any thread."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, int]  # file and line
Record = Mapping[str, Any]

# Why a program could not be observed, by the observer's word for it.
_UNOBSERVED = {
    "version": "its Python is older than 3.12",
    "tool": "all six tool ids of sys.monitoring are in use",
}


@dataclass
class ObservedThread:
    """One thread of the program; instants are ``perf_counter_ns``.

    Attributes:
        number: counted from 1, which is the main thread.
        name: as the program calls it.
        is_daemon: whether the process ends without waiting for it; None if that is not known.
        native_id: the system's.
        started: the instant before it was started; None if that was not seen.
        started_at: the line that started it.
        started_by: the number of the thread that did.
        ended: None while it lives.
        exception: the name of the type of the exception that ended it; empty for none.
    """

    number: int
    name: str
    is_daemon: bool | None
    native_id: int
    started: int | None
    started_at: Place | None
    started_by: int | None
    ended: int | None = None
    exception: str = ""


@dataclass(frozen=True)
class StopRequest:
    """What asked; ``object`` is type and id of what it was asked by, None if that is not known."""

    number: int
    instant: int
    what: str
    at: Place
    by: int | None
    object: Mapping[str, Any] | None


@dataclass
class ObservedChain:
    """One request and one thread that it was for.

    Attributes:
        number: of the chain.
        request: what asked.
        thread: the number of the thread.
        is_exact: whether it is certain that the thread noticed this request.
        noticed: None if it did not.
        noticed_at: the line that noticed.
        how: what the thread did when it noticed.
    """

    number: int
    request: StopRequest
    thread: int
    is_exact: bool
    noticed: int | None = None
    noticed_at: Place | None = None
    how: str = ""

    @property
    def latency(self) -> int | None:
        """Nanoseconds from the request to its notice."""
        return None if self.noticed is None else self.noticed - self.request.instant


@dataclass(frozen=True)
class ThreadVerdict:
    """Why a thread had not stopped at an instant.

    Attributes:
        thread: its number.
        verdict: one of ``app.core.verdicts``.
        at: the line of the program where it was.
        since: the instant since which it should have ended; None if that is not known.
        why: what the verdict was made for: "deadline", "join", "exit" or "timeout".
        evidence: what was found, each with its kind.
    """

    thread: int
    verdict: str
    at: Place | None
    since: int | None
    why: str
    evidence: tuple[Mapping[str, Any], ...]


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
    problem: str = ""
    _requests: dict[int, StopRequest] = field(default_factory=dict)
    _chains: dict[tuple[int, int], ObservedChain] = field(default_factory=dict)

    def feed(self, line: bytes) -> None:
        """Fold one line of the observer's; one that is no record of its is left out: a program may have written it."""
        try:
            record = json.loads(line)
            fold = getattr(self, f"_fold_{record['kind']}", None)
            if fold is not None:
                fold(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            return

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
        self.begin = int(record["begin_ns"])

    def _fold_unobserved(self, record: Record) -> None:
        self.problem = _UNOBSERVED.get(record["error"], f"the observer could not be loaded: {record['error']}")

    def _fold_thread(self, record: Record) -> None:
        thread = ObservedThread(
            int(record["id"]),
            str(record["name"]),
            None if record["daemon"] is None else bool(record["daemon"]),
            int(record["native_id"]),
            record["started_ns"],
            _place(record["at"]),
            record["by"],
        )
        self.threads[thread.number] = thread

    def _fold_ended(self, record: Record) -> None:
        thread = self.threads[record["thread"]]
        thread.ended, thread.name = int(record["t_ns"]), str(record["name"])

    def _fold_failed(self, record: Record) -> None:
        self.threads[record["thread"]].exception = str(record["exception"])

    def _fold_request(self, record: Record) -> None:
        at = _place(record["at"]) or ("?", 0)
        instant, what = int(record["t_ns"]), str(record["what"])
        if what == "KeyboardInterrupt":
            # The program knows when it was raised; we when the key was pressed.
            instant = max((each for each in self.interrupted if each < instant), default=instant)
        request = StopRequest(int(record["id"]), instant, what, at, record["by"], record["object"])
        self._requests[request.number] = request

    def _fold_asked(self, record: Record) -> None:
        self._chain(record)

    def _fold_notice(self, record: Record) -> None:
        chain = self._chain(record)
        chain.noticed, chain.noticed_at, chain.how = int(record["t_ns"]), _place(record["at"]), str(record["how"])

    def _chain(self, record: Record) -> ObservedChain:
        """Return the chain of a record's request and thread: the one that is there, or a new one."""
        request, thread = self._requests[record["request"]], self.threads[record["thread"]].number
        is_exact = record["link"] == "exact"
        chain = self._chains.get((request.number, thread))
        if chain is None:
            chain = self._chains[request.number, thread] = ObservedChain(
                len(self.chains) + 1, request, thread, is_exact
            )
            self.chains.append(chain)
        chain.is_exact = is_exact
        return chain

    def _fold_verdict(self, record: Record) -> None:
        thread = self.threads[record["thread"]].number
        evidence = tuple(each for each in record["evidence"] if isinstance(each, dict))
        self.verdicts.append(
            ThreadVerdict(
                thread, str(record["verdict"]), _place(record["at"]), record["since_ns"], str(record["why"]), evidence
            )
        )

    def _fold_main_ended(self, record: Record) -> None:
        self.main_ended = int(record["t_ns"])

    def _fold_timeout(self, _record: Record) -> None:
        self.has_timed_out = True

    def _fold_note(self, record: Record) -> None:
        if (text := str(record["text"])) not in self.notes:
            self.notes.append(text)

    def _fold_end(self, record: Record) -> None:
        self.ended = int(record["t_ns"])


def _place(value: Any) -> Place | None:
    return (str(value[0]), int(value[1])) if value else None


def place_words(place: Place | None) -> str:
    """Return a place as a person writes it, such as ``file.py:12``; empty for none, and where there is no line."""
    return f"{os.path.basename(place[0])}:{place[1]}" if place and place[1] else ""  # noqa: PTH119 - of any system's path


def observation_lines(seen: Observation, status: int) -> Iterator[bytes]:
    """Yield what was seen as lines of JSON: threads, chains, verdicts, the end.

    Args:
        seen: what was seen.
        status: the program's exit status; negative for the signal that ended it.
    """
    begin = seen.begin or 0

    def since_begin(instant: int | None) -> int | None:
        return None if instant is None else instant - begin

    for thread in seen.threads.values():
        yield _line(
            kind="thread",
            id=thread.number,
            name=thread.name,
            daemon=thread.is_daemon,
            native_id=thread.native_id,
            started_ns=since_begin(thread.started),
            started_at=place_words(thread.started_at) or None,
        )
    for chain in seen.chains:
        request = chain.request
        by = seen.threads.get(request.by or 0)
        noticed = {
            "t_ns": since_begin(chain.noticed),
            "at": place_words(chain.noticed_at) or None,
            "how": chain.how,
        }
        yield _line(
            kind="chain",
            id=chain.number,
            thread=chain.thread,
            request={
                "t_ns": since_begin(request.instant),
                "what": request.what,
                "at": place_words(request.at) or None,
                "by": by.name if by else None,
                "object": request.object,
            },
            noticed=None if chain.noticed is None else noticed,
            ended_ns=since_begin(seen.threads[chain.thread].ended),
            latency_ms=None if chain.latency is None else round(chain.latency / 1e6, 6),
            link="exact" if chain.is_exact else "likely",
        )
    for number, verdict in enumerate(seen.verdicts, 1):
        yield _line(
            kind="verdict",
            id=number,
            thread=verdict.thread,
            verdict=verdict.verdict,
            at=place_words(verdict.at) or None,
            since_ns=since_begin(verdict.since),
            evidence=[_evidence(each, begin) for each in verdict.evidence],
        )
    kept = [{"thread": thread.number, "name": thread.name, "for_ns": waited} for thread, waited in seen.kept_alive_by()]
    yield _line(kind="end", status=status, kept_alive_by=kept)


def _evidence(found: Mapping[str, Any], begin: int) -> dict[str, Any]:
    """Return one piece of evidence with its place as text, and its instant counted from the program's start."""
    changed = dict(found)
    if "at" in changed:
        changed["at"] = place_words(_place(changed["at"])) or None
    if isinstance(changed.get("t_ns"), int):
        changed["t_ns"] -= begin
    return changed


def _line(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"
