"""A process that is ready before it is known what to search for."""

import os
from collections.abc import Iterator

import pytest

from app.session.search.client import Phase, PrewarmedProcess, Search, end_searcher
from app.session.search.query import Query
from app.session.segments import Segment
from app.session.writer import SessionWriter
from tests.core.harness import eventually
from tests.session.conftest import batch


@pytest.fixture
def prewarmed() -> Iterator[PrewarmedProcess]:
    prewarmed = PrewarmedProcess()
    yield prewarmed
    prewarmed.shutdown()


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_process_that_is_ready_searches_and_ends_with_it(
    prewarmed: PrewarmedProcess, writer: SessionWriter
) -> None:
    writer.write(batch(["one", "two"]))
    prewarmed.prepare()
    assert prewarmed.child is not None
    process = prewarmed.child.pid
    prewarmed.prepare()  # one is enough
    assert prewarmed.child.pid == process
    search = Search(Query("two"), [Segment(0, writer.path, writer.id)], lambda: None, start=prewarmed.acquire)
    assert prewarmed.child is None
    eventually(lambda: search.state.phase is Phase.CAUGHT_UP)
    assert is_there(process)
    search.stop()
    assert not is_there(process)


def test_without_one_that_is_ready_another_is_started(prewarmed: PrewarmedProcess) -> None:
    child = prewarmed.acquire()
    assert is_there(child.pid)
    end_searcher(child)
    assert not is_there(child.pid)


def test_one_that_has_died_is_replaced(prewarmed: PrewarmedProcess) -> None:
    prewarmed.prepare()
    dead = prewarmed.child
    assert dead is not None
    dead.kill()
    dead.wait()
    child = prewarmed.acquire()
    assert child.pid != dead.pid
    assert is_there(child.pid)
    assert dead.stdin is not None
    assert dead.stdin.closed
    end_searcher(child)


def test_one_that_was_not_acquired_is_ended(prewarmed: PrewarmedProcess) -> None:
    prewarmed.prepare()
    assert prewarmed.child is not None
    process = prewarmed.child.pid
    prewarmed.shutdown()
    assert not is_there(process)
    prewarmed.shutdown()


def test_what_cannot_be_started_is_said_where_it_is_acquired(
    prewarmed: PrewarmedProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("app.session.search.client.start_child", refuse)
    prewarmed.prepare()
    with pytest.raises(OSError, match="no more processes"):
        prewarmed.acquire()
