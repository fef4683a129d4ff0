"""A process that is ready before anybody knows what to search for."""

import os
from collections.abc import Iterator

import pytest

from app.session.search.client import Phase, Search
from app.session.search.query import Query
from app.session.search.spare import Spare, end_searcher
from app.session.segments import Segment
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import batch


@pytest.fixture
def spare() -> Iterator[Spare]:
    spare = Spare()
    yield spare
    spare.put_away()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_process_that_is_ready_searches_and_ends_with_the_search(spare: Spare, writer: SessionWriter) -> None:
    writer.write(batch(["one", "two"]))
    spare.prepare()
    assert spare._child is not None
    process = spare._child.pid
    spare.prepare()  # one is enough
    assert spare._child.pid == process
    search = Search(Query("two"), [Segment(0, writer.path, writer.id)], lambda: None, start=spare.take)
    assert spare._child is None
    eventually(lambda: search.state.phase is Phase.CAUGHT_UP)
    assert is_there(process)
    search.stop()
    assert not is_there(process)


def test_without_one_that_is_ready_another_is_started(spare: Spare) -> None:
    child = spare.take()
    assert is_there(child.pid)
    end_searcher(child)
    assert not is_there(child.pid)


def test_one_that_has_died_is_replaced(spare: Spare) -> None:
    spare.prepare()
    dead = spare._child
    assert dead is not None
    dead.kill()
    dead.wait()
    child = spare.take()
    assert child.pid != dead.pid
    assert is_there(child.pid)
    assert dead.stdin is not None
    assert dead.stdin.closed
    end_searcher(child)


def test_one_that_nobody_took_is_ended(spare: Spare) -> None:
    spare.prepare()
    assert spare._child is not None
    process = spare._child.pid
    spare.put_away()
    assert not is_there(process)
    spare.put_away()


def test_what_cannot_be_started_is_said_by_who_takes_it(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("app.session.search.spare.start_child", refuse)
    spare.prepare()
    with pytest.raises(OSError, match="no more processes"):
        spare.take()
