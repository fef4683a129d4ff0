"""A search as the window sees it: started, asked, told of more, ended for certain."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from app.session.child_process import Child, kill, there
from app.session.search.messages import HEAD, Chunk, Kind, chunk_from_bytes, request
from app.session.search.query import Query
from app.session.search.spare import close_pipes, start_searcher
from app.session.segments import Segment

_MOST_SENTENCES = 100
_SMALL = 4_096  # lines of a chunk to which the next one is joined


class Phase(Enum):
    """How far a search is."""

    SEARCHING = "searching"
    CAUGHT_UP = "caught up"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SearchState:
    """How a search stands.

    Attributes:
        phase: how far it is.
        searched: the line number of the sitting up to which was searched.
        sentence: why it failed; empty if it did not.
        damaged: a sentence for each part that could not be read, a hundred at most; its lines are no hits.
    """

    phase: Phase = Phase.SEARCHING
    searched: int = 0
    sentence: str = ""
    damaged: tuple[str, ...] = ()


class Search:
    """One search in a process of its own; ``stop`` must be called in the end, whatever became of it.

    Args:
        query: what to look for; it has been checked.
        segments: the session files of the sitting, in order.
        on_change: called when there is something new, once until ``take`` is called; in a thread of the search's, so it
            must neither wait for anything nor call ``stop``.
        committed: up to which line number of the sitting records are committed; None: as many as the files have.
        start: returns the process, which is ended with the search; OSError if there is none to be had.

    Every method may be called by any one thread, the window's, and waits for nothing, except as ``stop`` says.
    """

    def __init__(
        self,
        query: Query,
        segments: Sequence[Segment],
        on_change: Callable[[], None],
        committed: int | None = None,
        start: Callable[[], Child] = start_searcher,
    ) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._state = SearchState()
        self._inbox: list[Chunk] = []  # a bit a line at most, so no more than what is made of it anyway
        self._rung = False
        self._segments = tuple(segments)
        self._waiting = b""  # the newest request that the child was not sent yet
        self._busy = True  # the child has a request that it has not answered
        self._child: Child | None = None
        self._thread: threading.Thread | None = None
        try:
            self._child = start()
        except OSError as error:
            self._state = SearchState(Phase.FAILED, sentence=f"A search cannot be started ({error.strerror or error}).")
            return
        self._thread = threading.Thread(target=self._live, args=(self._child,), name="search", daemon=True)
        self._thread.start()
        self._send(request(self._segments, committed, query.to_json()))

    @property
    def state(self) -> SearchState:
        """How the search stands; any thread."""
        with self._lock:
            return self._state

    @property
    def child(self) -> Child | None:
        """The process that searches; None if it could not be started."""
        return self._child

    def take(self) -> list[Chunk]:
        """Return what was found since the last call, in the order of lines, for ``Hits.add``."""
        with self._lock:
            chunks, self._inbox = self._inbox, []
            self._rung = False
        return chunks

    def more(self, segments: Sequence[Segment], committed: int) -> None:
        """Say that more is there.

        Args:
            segments: all the sitting's files, those of before first.
            committed: up to which line number of the sitting records are committed.
        """
        with self._lock:
            over = self._state.phase in (Phase.FAILED, Phase.STOPPED)
            if over or (committed <= self._state.searched and tuple(segments) == self._segments):
                return
            self._segments = tuple(segments)
            self._state = replace(self._state, phase=Phase.SEARCHING)
            self._waiting = request(self._segments, committed)
            self._send_waiting()

    def stop(self) -> None:
        """End the search, whatever it is at; returns when its process and its thread are gone, which takes milliseconds."""
        with self._lock:
            self._state = replace(self._state, phase=Phase.STOPPED)
        child, thread = self._child, self._thread
        if child is None or thread is None:
            return
        kill(child)
        child.wait()
        # The thread reads from a pipe that is closed afterwards.
        thread.join()
        close_pipes(child)

    def _send_waiting(self) -> None:
        """Send the newest request, if the child waits for one; with the lock held.

        At most one request is in the pipe, and it is read at once: so writing never waits, though the pipe is small and a
        child may be stuck in a pattern.
        """
        if self._waiting and not self._busy:
            self._busy = True
            line, self._waiting = self._waiting, b""
            self._send(line)

    def _send(self, line: bytes) -> None:
        pipe = there(self._child.stdin if self._child else None)
        with contextlib.suppress(OSError):  # a child that has died is noticed by who reads from it
            pipe.write(line)
            pipe.flush()

    # -- the search's thread -------------------------------------------------------------------------------------

    def _live(self, child: Child) -> None:
        pipe = there(child.stdout)
        while len(head := pipe.read(HEAD.size)) == HEAD.size:
            kind, size = HEAD.unpack(head)
            payload = pipe.read(size)
            if len(payload) < size:
                break
            self._tell(kind, payload)
        code = child.wait()
        with self._lock:
            if self._state.phase in (Phase.FAILED, Phase.STOPPED):
                return
            how = f"signal {-code}" if code < 0 else f"exit status {code}"
            sentence = f"The search was ended from outside ({how}); search again."
            self._state = replace(self._state, phase=Phase.FAILED, sentence=sentence)
        self._ring()

    def _tell(self, kind: int, payload: bytes) -> None:
        with self._lock:
            state = self._state
            if state.phase is Phase.STOPPED:
                return
            if kind == Kind.CHUNK:
                chunk = chunk_from_bytes(payload)
                self._keep(chunk)
                self._state = replace(state, searched=chunk.first + chunk.lines)
            elif kind == Kind.CAUGHT_UP:
                self._busy = False
                self._state = replace(state, phase=Phase.SEARCHING if self._waiting else Phase.CAUGHT_UP)
                self._send_waiting()
            elif kind == Kind.FAILED:
                self._state = replace(state, phase=Phase.FAILED, sentence=_sentence(payload))
            elif kind == Kind.DAMAGED and len(state.damaged) < _MOST_SENTENCES:
                self._state = replace(state, damaged=(*state.damaged, _sentence(payload)))
        self._ring()

    def _keep(self, chunk: Chunk) -> None:
        """Put a chunk into the inbox, joined to the one before if that is small: a bit must not cost a hundred bytes."""
        last = self._inbox[-1] if self._inbox else None
        if last is None or last.lines >= _SMALL or last.first + last.lines != chunk.first:
            self._inbox.append(chunk)
        else:
            self._inbox[-1] = last.joined(chunk)

    def _ring(self) -> None:
        with self._lock:
            rung, self._rung = self._rung, True
        if not rung:
            self._on_change()


def _sentence(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
