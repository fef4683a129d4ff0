"""What a child says is checked before anything is made of it: hostile, truncated and reordered bytes."""

import struct
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, RunName
from app.core.engine import NewRun
from app.core.events import (
    Ended,
    Event,
    Hosted,
    Killed,
    Located,
    Noticed,
    Shown,
    Started,
    StopRequested,
    Stuck,
    encode,
    events_of,
)
from app.core.fold import SessionState
from app.core.latency import StopChain
from app.core.states import Outcome
from app.core.worker import Worker
from app.programs.child import gathering
from app.programs.frames import (
    BATCH,
    HELLO,
    MOST_TEXTS,
    PROTOCOL,
    Frame,
    FrameReader,
    Hello,
    OrderReader,
    ProtocolError,
    frames_of,
    order_bytes,
    run_from_values,
    run_to_values,
)
from app.programs.transcript import Transcript, Weight

NAME, RUN, NOW = RunName("a", 1), 7, 1_000
MOST = Weight(100, 0, 10**9)
ENDED = Ended(
    Outcome.COMPLETED, StopChain(ended=900), 2, False, None, None, None, 0, "flag", "sleep", 0.5
)  # of the instant 900


class SetClock:
    """A clock that the test sets."""

    instant = 100

    def __call__(self) -> int:
        return self.instant


def transcript(most: Weight = MOST, clock: SetClock | None = None) -> Transcript:
    """Return what is known of a process that was started at 100; it is ``NOW``."""
    clock = clock or SetClock()
    made = Transcript(clock, most, "core")
    clock.instant = NOW
    made.give(NewRun(RUN, NAME, Worker("a", "flag")))
    return made


def hello(core: str = "core", protocol: int = PROTOCOL) -> bytes:
    return Hello(protocol, core, "3.13.0", 4711).frame().to_bytes()


def batch(*records: tuple[int, Event | str], run: int = RUN, name: RunName = NAME) -> Batch:
    made = Batch()
    for instant, what in records:
        kind, text = (Kind.LINE, what) if isinstance(what, str) else encode(what)
        made.add(run, name, array("q", (instant,)), bytes((kind,)), (text,))
    return made


def frame(said: Batch, number: int = 2) -> bytes:
    return Frame(BATCH, number, *said.to_bytes()).to_bytes()


def test_what_a_child_says_is_told_as_it_said_it() -> None:
    said = batch((200, Started("flag", "sleep", 0.5)), (300, "one\ntwo"), (400, "\ud800"), (900, ENDED))
    data = hello() + frame(said)
    for size in (1, 7, len(data)):  # however the pipe cuts it
        read = transcript()
        told = [each for at in range(0, len(data), size) for each in read.feed(data[at : at + size])]
        assert [list(each.batch) for each in told] == [list(said)]
        assert (told[0].number, told[0].weight.lines, told[0].weight.events) == (2, 2, 2)
        assert read.hello == Hello(PROTOCOL, "core", "3.13.0", 4711)
        assert read.live() == []


def kinds(kind: int) -> Batch:
    made = batch((200, "x"))
    made.kinds[0] = kind
    return made


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nonsense": (lambda: b"GET / HTTP/1.1\r\n" * 4, "something else"),
    "no hello": (lambda: frame(batch((200, "x")), 1), "not in order"),
    "another core": (lambda: hello("other"), "have changed"),
    "another protocol": (lambda: hello(protocol=PROTOCOL + 1), "have changed"),
    "a hello of numbers": (lambda: Frame(HELLO, 1, b"", b'{"protocol": [], "core": 1}').to_bytes(), "first word"),
    "a hello that is no JSON": (lambda: Frame(HELLO, 1, b"", b"[" * 4_000).to_bytes(), "first word"),
    "two hellos": (lambda: hello() + Hello(1, "core", "", 1).frame().to_bytes(), "not in order"),
    "a number again": (lambda: hello() + frame(batch((200, "x"))) * 2, "not in order"),
    "a number left out": (lambda: hello() + frame(batch((200, "x")), 3), "not in order"),
    "columns without end": (lambda: hello() + struct.pack("<4sQQQ", BATCH, 2, 2**60, 1), "too much"),
    "texts without end": (lambda: hello() + struct.pack("<4sQQQ", BATCH, 2, 1, 2**60), "too much"),
    "a hello without end": (lambda: struct.pack("<4sQQQ", HELLO, 1, 0, 5_000), "too much"),
    "no records": (lambda: hello() + frame(Batch()), "as no engine does"),
    "records that are late": (lambda: hello() + frame(replace(batch((200, "x")), late={0: 300})), "as no engine does"),
    "a run that it has not": (lambda: hello() + frame(batch((200, "x"), run=8)), "not given"),
    "another name": (lambda: hello() + frame(batch((200, "x"), name=RunName("b", 1))), "not given"),
    "no run": (lambda: hello() + frame(batch((200, "x"), run=0)), "not given"),
    "a run without a name": (
        lambda: hello() + frame(replace(batch((200, "x")), runs=array("q", [8]))),
        "without a name",
    ),
    **{
        f"the kind {kind}": (lambda kind=kind: hello() + frame(kinds(kind)), "kind of record")
        for kind in (Kind.ACTION, Kind.NOTE, Kind.STEP, Kind.EVIDENCE, 99)
    },
    "an event that is none": (lambda: hello() + frame(kinds(Kind.STATE)), "cannot be read"),
    "that it was shown": (lambda: hello() + frame(batch((200, Shown(150, 5)))), "only this program"),
    "that it is another process": (lambda: hello() + frame(batch((200, Hosted(1, "4.0")))), "another process"),
    "that it was killed": (lambda: hello() + frame(batch((200, Killed(1, None)))), "only this program"),
    "that it ended as killed": (
        lambda: hello() + frame(batch((900, replace(ENDED, outcome=Outcome.KILLED)))),
        "only this program",
    ),
    "from before it was born": (lambda: hello() + frame(batch((99, "x"))), "not of this time"),
    "from what is to come": (lambda: hello() + frame(batch((NOW + 1, "x"))), "not of this time"),
    "a notice that is to come": (lambda: hello() + frame(batch((200, Noticed(201)))), "do not add up"),
    "an end at another time": (lambda: hello() + frame(batch((800, ENDED))), "do not add up"),
    "a line after its end": (lambda: hello() + frame(batch((900, ENDED), (950, "x"))), "after its end"),
    "a batch after its end": (
        lambda: hello() + frame(batch((900, ENDED))) + frame(batch((950, "x")), 3),
        "after its end",
    ),
    "two ends": (lambda: hello() + frame(batch((900, ENDED), (900, ENDED))), "after its end"),
    "more than its credit": (lambda: hello() + frame(batch(*[(200, "x")] * 5_000)), "more than it may"),
    "events without end": (lambda: hello() + frame(batch(*[(200, Located(()))] * 20_001)), "more than it may"),
    "texts that are none": (
        lambda: hello() + Frame(BATCH, 2, batch((200, "x")).to_bytes()[0], b"\0\xff").to_bytes(),
        "cannot be read",
    ),
    "a million empty texts": (
        lambda: hello() + Frame(BATCH, 2, batch((200, "x")).to_bytes()[0], b"\0" + b"\n" * 10**6).to_bytes(),
        "do not add up",
    ),
    "lengths that go to and fro": (
        lambda: (
            hello()
            + Frame(
                BATCH,
                2,
                batch(*[(200, "x")] * 4).to_bytes()[0],
                b"\1" + struct.pack("<qqqq", 10**6, -(10**6), 10**6, 0) + b"x" * 10**6,
            ).to_bytes()
        ),
        "cannot be read",
    ),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_what_no_child_of_ours_says_is_refused(data: Callable[[], bytes], why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        list(transcript().feed(data()))


def test_nothing_is_kept_for_what_was_only_announced() -> None:
    reader = FrameReader()
    assert list(reader.feed(hello() + struct.pack("<4sQQQ", BATCH, 2, 100, MOST_TEXTS))) != []
    assert len(reader._data) == 28
    assert not reader.is_between()


GOOD = hello() + b"".join(
    frame(said, number)
    for number, said in enumerate(
        (
            batch((200, Started("flag", "sleep", 0.5)), (300, "1")),
            batch((310, "2"), (320, "a\nb")),
            batch((900, ENDED)),
        ),
        2,
    )
)


@settings(max_examples=300)
@given(st.data())
def test_whatever_comes_out_of_the_pipe_is_read_or_refused(data: st.DataObject) -> None:
    """Truncated, with bytes changed, cut out, put in and exchanged; what is told can be folded."""
    bytes_ = bytearray(GOOD)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(bytes_)))
        match data.draw(st.sampled_from(["cut", "change", "insert", "remove", "move"])):
            case "cut":
                del bytes_[at:]
            case "change" if at < len(bytes_):
                bytes_[at] = data.draw(st.integers(0, 255))
            case "insert":
                bytes_[at:at] = data.draw(st.binary(max_size=40))
            case "remove":
                del bytes_[at : at + data.draw(st.integers(0, 40))]
            case "move":
                size = data.draw(st.integers(0, 80))
                piece = bytes_[at : at + size]
                del bytes_[at : at + size]
                bytes_ += piece
    read, state = transcript(), SessionState()
    with suppress(ProtocolError):
        for told in read.feed(bytes(bytes_)):
            state.consume(told.batch)
            assert set(told.batch.runs) == {RUN}
    snapshot = state.snapshot(RUN)
    assert snapshot is None or snapshot.name == NAME


@pytest.mark.parametrize(
    ("records", "seconds", "gathers"),
    [(1, 0.05, False), (2, 0.5, False), (1, 0.001, True), (4, 0.0041, True), (5_000, 0.1, True)],
)
def test_lines_gather_where_they_come_quickly_or_are_many(records: int, seconds: float, gathers: bool) -> None:
    assert (gathering(records, seconds) > 0) == gathers


def test_those_that_are_many_gather_for_less_than_those_that_are_few() -> None:
    assert gathering(1_000, 0.001) < gathering(1, 0.001)


def test_a_batch_that_is_too_large_for_a_frame_is_sent_as_several() -> None:
    said = batch(*[(200, "x" * 3)] * 5)
    assert [frame.number for frame in frames_of(said, 4)] == [4]
    large = Batch()
    count = 70_000
    large.add(RUN, NAME, array("q", [200]) * count, bytearray(count), ["x"] * count)
    parts = [Batch.from_bytes(frame.columns, frame.texts) for frame in frames_of(large, 9)]
    assert [len(part) for part in parts] == [65_536, 4_464]


def test_a_line_that_is_too_long_for_a_frame_is_cut_and_says_so() -> None:
    long = "€" * (MOST_TEXTS // 3 + 1)
    (sent,) = frames_of(batch((200, long)), 2)
    (text,) = Batch.from_bytes(sent.columns, sent.texts).texts
    assert len(sent.texts) < MOST_TEXTS
    assert text.endswith("more characters are left out)")


def test_a_run_crosses_the_pipe_as_it_is() -> None:
    worker = Worker(
        "a\ud800", "flag", "native", 0.25, 5, 1.5, "{i}", None, ("", "x"), (("seconds", 0.5),), "process", "/p"
    )
    new = NewRun(3, RunName("a\ud800", 2), worker)
    data = order_bytes("start", [run_to_values(new)]) + order_bytes("close", 1.5, None)
    reader = OrderReader()
    orders = [order for at in range(len(data)) for order in reader.feed(data[at : at + 1])]
    assert [(order, len(arguments)) for order, arguments in orders] == [("start", 1), ("close", 2)]
    assert run_from_values(orders[0][1][0][0]) == new


def test_credit_that_comes_back_can_be_used_again() -> None:
    read = transcript()
    data = hello() + frame(batch(*[(200, "x")] * 4_000))
    (told,) = read.feed(data)
    read.release([told.weight])
    assert len(list(read.feed(frame(batch(*[(200, "x")] * 4_000), 3)))) == 1


def test_what_was_said_of_a_process_that_stood_still_is_not_said_twice() -> None:
    clock = SetClock()
    read = transcript(clock=clock)
    clock.instant = 500
    said = read.hung(RUN, 400, 390, Stuck(100, None, ()))
    assert said is not None
    assert read.hung(RUN, 400, 390, Stuck(100, None, ())) is None
    clock.instant = NOW
    chain = StopChain(None, 600, 700, 800, 900)
    late = batch((600, StopRequested()), (650, "x"), (900, replace(ENDED, outcome=Outcome.INTERRUPTED, chain=chain)))
    (told,) = read.feed(hello() + frame(late))
    state = SessionState()
    state.consume(said)
    state.consume(told.batch)
    snapshot = state.snapshot(RUN)
    assert snapshot is not None
    assert len(told.batch) == 2
    assert snapshot.chain == StopChain(390, 400, 700, 800, 900)
    assert snapshot.was_stuck


def test_what_is_said_first_of_a_run_is_that_it_is_there() -> None:
    """Its process stands still before it has said anything, and says it later."""
    read = transcript()
    said = read.place(RUN, ())
    assert said is not None
    first = [type(event) for _, _, event in events_of(said)]
    (told,) = read.feed(hello() + frame(batch((200, Started("flag", "sleep", 0.5)), (900, ENDED))))
    assert first == [Started, Located]
    assert [type(event) for _, _, event in events_of(told.batch)] == [Ended]
    assert read.place(RUN, ()) is None
