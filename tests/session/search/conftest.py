"""A search that the test can wait for, and that is ended with it."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from app.session.search.client import Phase, Search, SearchState
from app.session.search.hits import Hits
from app.session.search.query import Query
from app.session.segments import Segment
from tests.fakes import PATIENCE


class Desk:
    """A search, its hits, and the bell that it rings."""

    def __init__(self, query: Query, segments: Sequence[Segment], committed: int | None = None) -> None:
        self.bell = threading.Event()
        self.hits = Hits()
        self.search = Search(query, segments, self.bell.set, committed)

    def until(self, true: Callable[[], object]) -> None:
        """Take what comes until something is true, which must be about something that rings."""
        while True:
            for chunk in self.search.consume():
                self.hits.add(*chunk)
            if true():
                return
            assert self.bell.wait(PATIENCE), self.state
            self.bell.clear()

    def until_caught_up(self, searched: int = 0) -> list[int]:
        """Return all hits once the search has caught up with at least so many lines."""
        self.until(lambda: self.state.phase is not Phase.SEARCHING and self.state.searched >= searched)
        assert self.state.phase is Phase.CAUGHT_UP, self.state
        return self.hits.slice(0, self.hits.total)

    @property
    def state(self) -> SearchState:
        return self.search.state


@pytest.fixture
def look_for() -> Iterator[Callable[..., Desk]]:
    """Return what starts searches; all are stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(query: Query, segments: Sequence[Segment], committed: int | None = None) -> Desk:
            desk = Desk(query, segments, committed)
            stack.callback(desk.search.stop)
            return desk

        yield start
