"""A search as the window sees it: started, asked, told of more, ended for certain; and the process that does it."""

import contextlib
import importlib.util
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from app.session.child_process import Child, kill, start_child, there
from app.session.packing import ISAL_FOLDER
from app.session.search.messages import HEAD, Chunk, Kind, chunk_from_bytes, request
from app.session.search.query import Query
from app.session.segments import Segment

_CHILD = "app.session.search.child"
_MOST_SENTENCES = 100
_SMALL = 4_096  # lines of a chunk to which the next one is joined


def start_searcher() -> Child:
    """Start a process that searches once it is told what for; OSError if that cannot be done. Any thread."""
    # Nothing but ours, the standard library, what unpacks quickly and numpy: what a user's site does at every start has no
    # place here (-S).
    found = importlib.util.find_spec("numpy")
    numpy = Path(found.origin).resolve().parents[1] if found is not None and found.origin else None
    folders = dict.fromkeys(folder for folder in (ISAL_FOLDER, numpy) if folder is not None)
    return start_child(_CHILD, "-S", folders=tuple(folders))


def end_searcher(child: Child) -> None:
    """End such a process, whatever it is at; returns when it is gone, which takes milliseconds. Any one thread."""
    kill(child)
    child.wait()
    close_pipes(child)


def close_pipes(child: Child) -> None:
    """Close what leads to a process and from it."""
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            there(pipe).close()


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
        searched: the line number of the session up to which was searched.
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
        segments: the session files of the session, in order.
        on_change: called when there is something new, once until ``consume`` is called; in a thread of the search's, so it
            must neither wait for anything nor call ``stop``.
        committed: up to which line number of the session records are committed; None: as many as the files have.
        start: returns the process, which is ended with the search; OSError if there is none to be had.

    Every method may be called by any one thread, the window's, and waits for nothing, except as ``stop`` says.

    Attributes:
        child: the process that searches; None if it could not be started.
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
        self._is_notified = False
        self._segments = tuple(segments)
        self._unsent = b""  # the newest request that the child was not sent yet
        self._is_busy = True  # the child has a request that it has not answered
        self.child: Child | None = None
        self._thread: threading.Thread | None = None
        try:
            self.child = start()
        except OSError as error:
            self._state = SearchState(Phase.FAILED, sentence=f"A search cannot be started ({error.strerror or error}).")
            return
        self._thread = threading.Thread(target=self._read_results, args=(self.child,), name="search", daemon=True)
        self._thread.start()
        self._send(request(self._segments, committed, query.to_json()))

    @property
    def state(self) -> SearchState:
        """How the search stands; any thread."""
        with self._lock:
            return self._state

    def consume(self) -> list[Chunk]:
        """Return what was found since the last call, in the order of lines, for ``Hits.add``."""
        with self._lock:
            chunks, self._inbox = self._inbox, []
            self._is_notified = False
        return chunks

    def more(self, segments: Sequence[Segment], committed: int) -> None:
        """Say that more is committed, up to which line number, and all the session's files, those of before first."""
        with self._lock:
            over = self._state.phase in (Phase.FAILED, Phase.STOPPED)
            if over or (committed <= self._state.searched and tuple(segments) == self._segments):
                return
            self._segments = tuple(segments)
            self._state = replace(self._state, phase=Phase.SEARCHING)
            self._unsent = request(self._segments, committed)
            self._send_unsent()

    def stop(self) -> None:
        """End the search, whatever it is at; returns when its process and its thread are gone, which takes milliseconds."""
        with self._lock:
            self._state = replace(self._state, phase=Phase.STOPPED)
        child, thread = self.child, self._thread
        if child is None or thread is None:
            return
        kill(child)
        child.wait()
        # The thread reads from a pipe that is closed afterwards.
        thread.join()
        close_pipes(child)

    def _send_unsent(self) -> None:
        """Send the newest request, if the child waits for one; with the lock held.

        At most one request is in the pipe, and it is read at once: so writing never waits, though the pipe is small and a
        child may be stuck in a pattern.
        """
        if self._unsent and not self._is_busy:
            self._is_busy = True
            line, self._unsent = self._unsent, b""
            self._send(line)

    def _send(self, line: bytes) -> None:
        pipe = there(self.child.stdin if self.child else None)
        with contextlib.suppress(OSError):  # a child that has died is noticed where its results are read
            pipe.write(line)
            pipe.flush()

    # -- the search's thread -------------------------------------------------------------------------------------

    def _read_results(self, child: Child) -> None:
        pipe = there(child.stdout)
        while len(head := pipe.read(HEAD.size)) == HEAD.size:
            kind, size = HEAD.unpack(head)
            payload = pipe.read(size)
            if len(payload) < size:
                break
            self._accept(kind, payload)
        code = child.wait()
        with self._lock:
            if self._state.phase in (Phase.FAILED, Phase.STOPPED):
                return
            how = f"signal {-code}" if code < 0 else f"exit status {code}"
            sentence = f"The search was ended from outside ({how}); search again."
            self._state = replace(self._state, phase=Phase.FAILED, sentence=sentence)
        self._notify()

    def _accept(self, kind: int, payload: bytes) -> None:
        with self._lock:
            state = self._state
            if state.phase is Phase.STOPPED:
                return
            if kind == Kind.CHUNK:
                chunk = chunk_from_bytes(payload)
                self._keep(chunk)
                self._state = replace(state, searched=chunk.first + chunk.lines)
            elif kind == Kind.CAUGHT_UP:
                self._is_busy = False
                self._state = replace(state, phase=Phase.SEARCHING if self._unsent else Phase.CAUGHT_UP)
                self._send_unsent()
            elif kind == Kind.FAILED:
                self._state = replace(state, phase=Phase.FAILED, sentence=payload.decode("utf-8", "surrogatepass"))
            elif kind == Kind.DAMAGED and len(state.damaged) < _MOST_SENTENCES:
                self._state = replace(state, damaged=(*state.damaged, payload.decode("utf-8", "surrogatepass")))
        self._notify()

    def _keep(self, chunk: Chunk) -> None:
        """Put a chunk into the inbox, joined to the one before if that is small: a bit must not cost a hundred bytes."""
        last = self._inbox[-1] if self._inbox else None
        if last is None or last.lines >= _SMALL or last.first + last.lines != chunk.first:
            self._inbox.append(chunk)
        else:
            self._inbox[-1] = last.joined(chunk)

    def _notify(self) -> None:
        with self._lock:
            was_notified, self._is_notified = self._is_notified, True
        if not was_notified:
            self._on_change()


class PrewarmedProcess:
    """Keeps a process that is ready to search before it is known what for; any one thread, the window's.

    It waits for its input and takes no time. Starting one and importing what it needs takes 50 to 80 ms: as long as the
    first hits take otherwise.

    Attributes:
        child: the process that is ready; None if there is none.
    """

    def __init__(self) -> None:
        self.child: Child | None = None

    def prepare(self) -> None:
        """Start a process, if none is there; ``acquire`` raises if that cannot be done."""
        if self.child is None:
            with contextlib.suppress(OSError):
                self.child = start_searcher()

    def acquire(self) -> Child:
        """Give the process away, or another if it is not there or has died; OSError if none can be had."""
        child, self.child = self.child, None
        if child is not None and child.poll() is None:
            return child
        if child is not None:
            close_pipes(child)
        return start_searcher()

    def shutdown(self) -> None:
        """End the process if it was not acquired."""
        child, self.child = self.child, None
        if child is not None:
            end_searcher(child)
