"""The stream: all engines and the session's own records as one, late marks, and the hand-shake with its reader."""

import threading
from array import array
from collections.abc import Callable, Iterable, Iterator

import pytest

from app.core.batch import JOURNAL, LATE_NS, NO_RUN, Batch, Kind, RunName
from app.core.engine import Abilities, CreditToken, Drained
from app.core.stream import Stream
from tests.fakes import PATIENCE

SECOND = 1_000_000_000


class SteppingClock:
    """A clock that stands where it was put."""

    def __init__(self, instant: int = 0) -> None:
        self.instant = instant

    def now(self) -> int:
        return self.instant

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    def wait(self, event: threading.Event, seconds: float) -> bool:
        raise NotImplementedError


class ScriptedEngine:
    """The stream's side of an engine: it has what the test puts there; it takes no orders.

    Attributes:
        released: the tokens that came back, release by release.
        while_arming: called while the reader arms, before its last look.
    """

    def __init__(self, in_flight: int = 10) -> None:
        self.abilities = Abilities(let_go=False, in_flight=in_flight)
        self.released: list[list[CreditToken]] = []
        self.while_arming: Callable[[], object] = list
        self._has: list[Drained] = []
        self._is_armed = True
        self._ring: Callable[[], None] = list

    def put(self, run: int, *records: tuple[int, str]) -> CreditToken:
        """Have records of one run, as instants and lines; return the token that the stream owes for them."""
        batch, token = Batch(), CreditToken(self)
        instants = array("q", [instant for instant, _ in records])
        batch.add(run, RunName(f"w{run}", 1), instants, bytes(len(records)), [text for _, text in records])
        self._has.append(Drained(batch, (token,)))
        if self._is_armed:
            self._is_armed = False
            self._ring()
        return token

    def listen(self, ring: Callable[[], None]) -> None:
        self._ring = ring

    def arm(self) -> bool:
        self._is_armed = True
        self.while_arming()
        self._is_armed = not self._has
        return self._is_armed

    def drain(self) -> Drained | None:
        return self._has.pop(0) if self._has else None

    def release(self, tokens: Iterable[CreditToken]) -> None:
        self.released.append(list(tokens))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(5 * SECOND)


@pytest.fixture
def engines() -> list[ScriptedEngine]:
    return [ScriptedEngine(10), ScriptedEngine(20)]


@pytest.fixture
def stream(engines: list[ScriptedEngine], clock: SteppingClock) -> Iterator[Stream]:
    stream = Stream(engines, clock)  # type: ignore[arg-type]
    yield stream
    stream.close()


def drained(stream: Stream) -> Drained:
    found = stream.drain()
    assert found is not None
    return found


def texts(stream: Stream) -> list[str]:
    return drained(stream).batch.texts


# -- one stream of several ---------------------------------------------------------------------------------------


def test_it_begins_when_it_is_made_and_has_the_credit_of_all(stream: Stream) -> None:
    assert (stream.origin, stream.in_flight) == (5 * SECOND, 20)
    assert stream.drain() is None


def test_one_drain_has_what_all_engines_have_and_the_records_of_the_session(
    stream: Stream, engines: list[ScriptedEngine], clock: SteppingClock
) -> None:
    one, other = engines
    first, second = one.put(1, (5, "a"), (6, "b")), other.put(2, (4, "x"))
    clock.instant = 7 * SECOND
    assert stream.append(Kind.NOTE, "{}") == 7 * SECOND
    assert stream.append(Kind.STATE, "shown", 1, RunName("w1", 1)) == 7 * SECOND
    found = drained(stream)
    assert [(r.run, r.kind, r.text) for r in found.batch] == [
        (1, Kind.LINE, "a"),
        (1, Kind.LINE, "b"),
        (2, Kind.LINE, "x"),
        (JOURNAL, Kind.NOTE, "{}"),
        (1, Kind.STATE, "shown"),
    ]
    assert list(found.batch.instants)[-2:] == [7 * SECOND] * 2
    assert found.batch.names == {1: RunName("w1", 1), 2: RunName("w2", 1), JOURNAL: NO_RUN}
    assert found.batch.line_counts() == {1: 2, 2: 1}
    assert found.tokens == (first, second)
    assert stream.drain() is None


def test_what_a_person_did_has_the_instant_at_which_it_was_done(
    stream: Stream, engines: list[ScriptedEngine], clock: SteppingClock
) -> None:
    clock.instant = 7 * SECOND
    engines[0].put(1, (6 * SECOND + 5, "asked to stop"))
    assert stream.append(Kind.ACTION, "{}", at=6 * SECOND) == 6 * SECOND
    assert list(drained(stream).batch.order_keys()) == [6 * SECOND + 5, 6 * SECOND]
    # Those of no run never step back, and none is of the future.
    assert stream.append(Kind.NOTE, "{}") == 7 * SECOND
    clock.instant = 8 * SECOND
    assert stream.append(Kind.ACTION, "{}", at=6 * SECOND) == 7 * SECOND
    assert stream.append(Kind.ACTION, "{}", at=9 * SECOND) == 8 * SECOND


def test_credit_comes_back_to_each_engine_at_once(stream: Stream, engines: list[ScriptedEngine]) -> None:
    one, other = engines
    tokens = [one.put(1, (1, "a")), one.put(1, (2, "b")), other.put(2, (3, "c"))]
    stream.append(Kind.NOTE, "{}")
    several = [drained(stream), drained(stream)]
    assert [engine.released for engine in engines] == [[], []]
    stream.release(*several)
    assert one.released == [tokens[:2]]  # one release: runs that wait go on by their number
    assert other.released == [tokens[2:]]
    stream.release()
    assert len(one.released) == 1


def test_the_session_s_records_are_in_the_order_of_their_instants_whichever_threads_they_come_from() -> None:
    class Ticking(SteppingClock):
        def now(self) -> int:
            self.instant += 1
            return self.instant

    stream = Stream([], Ticking())
    writers = [
        threading.Thread(target=lambda: [stream.append(Kind.NOTE, str(number)) for number in range(500)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    batch = Batch()
    while any(writer.is_alive() for writer in writers):
        if stream.arm():
            stream.wait(0.01)
        found = stream.drain()
        if found is not None:
            batch.extend(found.batch)
    found = stream.drain()
    if found is not None:
        batch.extend(found.batch)
    instants = list(batch.instants)
    assert len(instants) == 2_000
    assert instants == sorted(instants)
    stream.close()


# -- late marks --------------------------------------------------------------------------------------------------


def test_what_comes_a_second_behind_what_was_drained_is_late(stream: Stream, engines: list[ScriptedEngine]) -> None:
    one, other = engines
    one.put(1, (10 * SECOND, "a"))
    assert drained(stream).batch.late == {}
    other.put(2, (10 * SECOND - LATE_NS, "in time"), (10 * SECOND + 1, "y"))
    assert drained(stream).batch.late == {}
    other.put(2, (10 * SECOND - LATE_NS, "late by a ns"), (12 * SECOND, "z"))
    batch = drained(stream).batch
    assert batch.late == {0: 10 * SECOND + 1}
    assert [record.late for record in batch] == [True, False]


def test_the_records_of_a_run_that_follow_a_late_one_stay_behind_it(
    stream: Stream, engines: list[ScriptedEngine]
) -> None:
    engines[0].put(1, (10 * SECOND, "a"))
    stream.drain()
    engines[1].put(2, (SECOND, "late"), (9 * SECOND + 1, "held"), (10 * SECOND + 1, "free"))
    assert drained(stream).batch.late == {0: 10 * SECOND, 1: 10 * SECOND}


def test_the_session_s_own_records_count_among_what_was_drained(
    stream: Stream, engines: list[ScriptedEngine], clock: SteppingClock
) -> None:
    clock.instant = 20 * SECOND
    stream.append(Kind.NOTE, "{}")
    stream.drain()
    engines[0].put(1, (18 * SECOND, "late"))
    assert drained(stream).batch.late == {0: 20 * SECOND}


def test_before_anything_was_drained_the_beginning_counts(stream: Stream, engines: list[ScriptedEngine]) -> None:
    engines[0].put(1, (5 * SECOND - LATE_NS, "in time"))
    assert drained(stream).batch.late == {}
    engines[0].put(1, (5 * SECOND - LATE_NS - 1, "late"))
    assert drained(stream).batch.late == {0: 5 * SECOND}


def test_an_empty_batch_is_drained_for_its_credit(stream: Stream, engines: list[ScriptedEngine]) -> None:
    token = engines[0].put(1)
    found = drained(stream)
    assert (len(found.batch), found.tokens) == (0, (token,))


# -- the reader that waits ---------------------------------------------------------------------------------------


def test_a_reader_that_waits_is_rung_by_each(stream: Stream, engines: list[ScriptedEngine]) -> None:
    for come in (lambda: engines[0].put(1, (1, "a")), lambda: engines[1].put(2, (2, "b")), stream.ring):
        assert stream.arm()
        assert not stream.wake.wait(0)
        come()
        assert stream.wake.wait(0)
        stream.drain()
    assert stream.arm()
    stream.append(Kind.NOTE, "{}")
    assert stream.wake.wait(0)


def test_a_reader_that_reads_is_not_rung(stream: Stream, engines: list[ScriptedEngine]) -> None:
    assert stream.arm()
    stream.append(Kind.NOTE, "{}")
    stream.wake.clear()
    stream.append(Kind.NOTE, "{}")
    assert not stream.wake.wait(0)


@pytest.mark.parametrize("place", [0, 1])
def test_a_reader_does_not_wait_for_what_is_there(stream: Stream, engines: list[ScriptedEngine], place: int) -> None:
    assert stream.arm()
    engines[place].put(1, (1, "a"))
    assert not stream.arm()
    stream.drain()
    stream.append(Kind.NOTE, "{}")
    assert not stream.arm()
    assert texts(stream) == ["{}"]
    assert stream.arm()


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("what", ["own", "same engine", "other engine"])
def test_what_comes_while_the_reader_arms_is_seen_or_rings(
    stream: Stream, engines: list[ScriptedEngine], place: int, what: str
) -> None:
    def come() -> None:
        engines[place].while_arming = list
        if what == "own":
            stream.append(Kind.NOTE, "{}")
        else:
            engines[place if what == "same engine" else 1 - place].put(1, (1, "{}"))

    engines[place].while_arming = come
    assert not stream.arm() or stream.wake.wait(0)
    assert texts(stream) == ["{}"]


def test_lines_gather_until_it_rings(stream: Stream) -> None:
    ringer = threading.Timer(0.01, stream.ring)
    ringer.start()
    stream.gather(100)
    ringer.join()
    assert stream.arm()
    assert not stream.wake.wait(0)  # a reader that waits again is not woken by what it has been told


def test_no_ring_is_lost_between_many_threads_and_a_reader_that_waits() -> None:
    """Each thread waits until its record was read, so the reader has to wait and be woken for nearly every one."""
    stream = Stream([ScriptedEngine()], SteppingClock())  # type: ignore[list-item]
    rounds = 300
    read = [threading.Semaphore(0) for _ in range(3)]

    def write(run: int) -> None:
        for number in range(rounds):
            stream.append(Kind.NOTE, str(number), run)
            assert read[run].acquire(timeout=PATIENCE)

    writers = [threading.Thread(target=write, args=(run,)) for run in range(3)]
    for writer in writers:
        writer.start()
    got: list[list[str]] = [[], [], []]
    while sum(map(len, got)) < rounds * 3:
        found = stream.drain()
        if found is not None:
            for record in found.batch:
                got[record.run].append(record.text)
                read[record.run].release()
        elif stream.arm():
            assert stream.wake.wait(PATIENCE), "a record came and the bell did not ring"
    for writer in writers:
        writer.join(PATIENCE)
    assert got == [[str(number) for number in range(rounds)]] * 3
    stream.close()
