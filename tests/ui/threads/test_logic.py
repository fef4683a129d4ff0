"""What the dialog about a file says, and what it makes of what was typed."""

from pathlib import Path

import pytest

from app.core.errors import BadInput
from app.programs.own_code import PythonFile, read_python_file
from app.ui.threads.logic import (
    Draft,
    Surroundings,
    drafts_of,
    found_cells,
    handed_in,
    head,
    not_offered_cells,
    stop_sentence,
    workers_of,
)

CODE = b"""
import threading
def stubborn():
    while True: pass
def poll(stop: threading.Event, n): pass
def gen(): yield
"""


@pytest.fixture
def file(tmp_path: Path) -> PythonFile:
    path = tmp_path / "mine.py"
    path.write_bytes(CODE)
    return read_python_file(path)


def test_the_list_says_what_there_is_and_what_is_not_offered(file: PythonFile) -> None:
    assert [found_cells(found) for found in file.found] == [
        ("stubborn", "Function", "nothing found: can only be killed", "3"),
        ("poll", "Function", "by the Event that it is given as “stop”", "5"),
    ]
    assert [not_offered_cells(other) for other in file.not_offered] == [
        ("gen", "Not offered", "it is a generator, and calling it runs nothing", "6")
    ]
    assert head(file) == f"2 things in {file.path} can be run. The file was read, not run."


def test_the_first_that_can_be_stopped_is_chosen(file: PythonFile) -> None:
    assert [draft.is_chosen for draft in drafts_of(file)] == [False, True]
    assert [draft.stop for draft in drafts_of(file)] == ["none", "argument stop"]


def test_workers_are_made_of_what_was_typed(file: PythonFile) -> None:
    stubborn, poll = drafts_of(file)
    stubborn.is_chosen = True
    poll.arguments = {"n": " (1, 2)", "stop": "left over", "more": "  "}
    first, second = workers_of(file, [stubborn, poll], Surroundings(environment="A=b\n\n"))
    assert (first.name, second.name) == ("stubborn", "poll")
    assert second.code is not None
    assert second.code.arguments == (("n", "(1, 2)"),)
    assert second.code.environment == (("A", "b"),)
    assert workers_of(file, [], Surroundings()) == ()


def test_a_mistake_names_whose_it_is(file: PythonFile) -> None:
    poll = drafts_of(file)[1]
    for stop, arguments, where, words in (
        ("argument stop", {}, Surroundings(), "poll: arguments: n is missing; give it a value."),
        ("argument stop", {"n": "x"}, Surroundings(), "poll: arguments: n: it is not a Python literal"),
        ("now", {"n": "1"}, Surroundings(), "poll: stop: 'now' is not known"),
        ("argument stop", {"n": "1"}, Surroundings(environment="A"), "environment: 'A' is not of the form NAME=VALUE"),
    ):
        draft = Draft(poll.found, is_chosen=True, stop=stop, arguments=dict(arguments))
        with pytest.raises(BadInput) as caught:
            workers_of(file, [draft], where)
        assert str(caught.value).startswith(words)


def test_what_a_way_means_is_said_while_it_is_typed(file: PythonFile) -> None:
    assert stop_sentence("none") == "It is not asked: the run can only be killed."
    assert stop_sentence("flag") == "stop: 'flag' has no value; write, say, \"flag thread.running = False\"."
    poll = drafts_of(file)[1]
    assert handed_in(poll) == "stop"
    poll.stop = "flag x = 1"
    assert handed_in(poll) == ""
