"""Which request a thread has noticed; pure, on every Python."""

import itertools
import json
import os
from pathlib import Path

import pytest

from app.observer.chains import MOST_LATEST, MOST_OF_OBJECT, Chains, Look, Request, fits, is_certain
from app.observer.output import MOST_WAITING, Output, clipped, json_text
from app.observer.threads import Thread

_NUMBERS = itertools.count(1)
_MAIN = Thread(1, "MainThread", 1, 0, is_daemon=False)
_WORKER = Thread(2, "worker", 2, 100, is_daemon=False)


def _request(t_ns: int = 200, name: str = "running", kind: str = "attribute", **fields: object) -> Request:
    by = fields.pop("by", _MAIN)
    at = fields.pop("at", ("f.py", next(_NUMBERS)))
    return Request(t_ns, name, kind, f"{name} = bool", at, by, **fields)  # type: ignore[arg-type]


def _chains(*requests: Request) -> Chains:
    chains = Chains()
    for request in requests:
        chains.add(request)
    return chains


def test_the_last_request_of_the_same_object_is_the_one() -> None:
    older, newer, other = _request(200, base=7), _request(300, base=7), _request(400, base=8)
    look = Look("running", "attribute", 7)
    fitting = _chains(older, newer, other).fitting(look, _WORKER)
    assert fitting == [newer, older]
    assert is_certain(look, fitting)


def test_what_is_not_known_makes_a_link_likely() -> None:
    known, unknown = _request(200, base=7), _request(300)
    assert _chains(known, unknown).fitting(Look("running", "attribute", 7), _WORKER) == [known, unknown]
    assert not is_certain(Look("running", "attribute", 0), [known])
    assert not is_certain(Look("running", "attribute", 7), [unknown])
    assert not is_certain(Look("running", "attribute", 7, "a local"), [known])
    assert not is_certain(Look("running", "attribute", 7), [_request(base=7, via="setattr()")])


def test_a_variable_of_a_function_around_is_certain_while_one_line_stores_to_it() -> None:
    one, other = _request(kind="cell"), _request(kind="cell")
    look = Look("running", "cell", 0)
    assert is_certain(look, [one])
    assert not is_certain(look, [one, other])


@pytest.mark.parametrize(
    ("request_", "look", "does"),
    [
        (_request(), Look("running", "attribute", 0), True),
        (_request(by=_WORKER), Look("running", "attribute", 0), False),  # its own
        (_request(50), Look("running", "attribute", 0), False),  # from before it was started
        (_request(base=7), Look("running", "attribute", 8), False),
        (_request(truth=-1), Look("running", "attribute", 0, when=-1), True),
        (_request(truth=1), Look("running", "attribute", 0, when=-1), False),
        (_request(), Look("running", "attribute", 0, has_turned=False), False),
        (_request(truth=-1), Look("running", "attribute", 0, when=-1, has_turned=False), True),
        (_request(kind="take", item=5), Look("running", "take", 0, item=5), True),
        (_request(kind="take", item=5), Look("running", "take", 0, item=6), False),
        (_request(), Look("running", "take", 0), False),
        (_request(kind="take", item=5, is_sign=False), Look("running", "take", 0), False),
        (_request(base=9), Look("running", "attribute", 7, classes=(8, 9)), True),
        (_request(kind="take"), Look("running", "attribute", 0), False),
    ],
)
def test_what_fits(request_: Request, look: Look, does: bool) -> None:
    assert fits(request_, look, _WORKER) is does


def test_of_a_queue_what_was_put_first_is_taken_first_and_once() -> None:
    first, second = (_request(t_ns, "get", "take", base=7, item=5) for t_ns in (200, 300))
    chains, look = _chains(first, second), Look("get", "take", 7, item=5)
    assert chains.fitting(look, _WORKER) == [first, second]
    first.noticed.add(_WORKER.number)
    assert chains.fitting(look, _WORKER) == [second]


def test_what_is_remembered_is_bounded() -> None:
    chains = _chains(*(_request(200 + number, base=number % 3) for number in range(1_000)))
    assert len(chains.named("running")) == MOST_LATEST
    assert len(chains.named("running", 1)) == 2 * MOST_OF_OBJECT  # and those of which the object is not known
    assert [each.t_ns for each in chains.take_older(203)] == [200, 201, 202]
    assert chains.take_older(203) == []


# -- the lines that are written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -(2**70),
        "",
        "plain",
        'a "quoted" \\ text',
        "\x00\n\x1b[31m\x7f",
        "é…😀",
        "\ud800",
        [1, "x"],
        {"a": {}},
    ],
)
def test_a_value_is_read_back(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert text.isprintable()


def test_what_is_no_value_of_json_is_not_touched() -> None:
    class Text(str):
        def __str__(self) -> str:
            raise AssertionError

    assert json_text(Text("x")) == '"?"'
    assert json_text(1.5) == '"?"'
    assert len(clipped("x" * 10**6)) == 300


def test_records_are_written_to_our_descriptor_and_to_no_other() -> None:
    ours, theirs = os.pipe()
    output = Output(theirs)
    output.add("note", text="one")
    output.flush()
    assert os.read(ours, 1_000) == b'{"kind": "note", "text": "one"}\n'
    # The program closes it, and gets the same number for a file of its own.
    other = os.pipe()
    os.dup2(other[1], theirs)
    output.add("note", text="two")
    output.flush()
    os.close(theirs)
    os.close(other[1])
    assert os.read(other[0], 1_000) == b""
    os.close(other[0])
    os.close(ours)


def test_what_waits_for_a_reader_is_bounded_and_what_is_lost_is_said(tmp_path: Path) -> None:
    with (tmp_path / "records").open("wb") as file:
        output = Output(file.fileno())
        for number in range(MOST_WAITING + 5):
            output.add("thread", id=number)
        output.flush()
        output.close()
        output.add("thread", id=0)
        output.flush()
    *records, last = [json.loads(line) for line in (tmp_path / "records").read_bytes().splitlines()]
    assert [record["id"] for record in records] == list(range(MOST_WAITING))
    assert last == {"kind": "note", "text": "5 records were lost: they came faster than they were read."}
