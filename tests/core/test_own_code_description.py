"""How code of the person's own is described: what is written is read again, and what is wrong is one sentence."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.own_code.description import (
    LONGEST_LITERAL,
    OwnCode,
    StopKind,
    StopWay,
    anchored,
    check_code,
    code_table,
    read_literal,
    read_stop,
)

FILE = str(Path("mine.py").absolute())
NAMES = st.from_regex(r"[a-z_é][a-z0-9_]{0,8}x", fullmatch=True)
DOTTED = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
LITERALS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9), st.tuples(st.integers())).map(repr)
WAYS = st.one_of(
    st.builds(StopWay, st.sampled_from([StopKind.ARGUMENT, StopKind.ASYNCIO_ARGUMENT, StopKind.METHOD]), NAMES),
    st.builds(StopWay, st.just(StopKind.EVENT), DOTTED),
    st.builds(StopWay, st.just(StopKind.FLAG), DOTTED, LITERALS),
    st.builds(StopWay, st.sampled_from([StopKind.CANCEL, StopKind.NONE])),
)
CODES = st.builds(
    OwnCode,
    file=st.just(FILE),
    name=NAMES,
    stop=WAYS,
    arguments=st.dictionaries(NAMES, LITERALS, max_size=3).map(lambda values: tuple(values.items())),
    folder=st.sampled_from(["", str(Path.cwd())]),
    environment=st.dictionaries(NAMES, st.text(max_size=5).filter(lambda text: "\0" not in text), max_size=3).map(
        lambda values: tuple(values.items())
    ),
)


@given(CODES)
def test_what_is_written_is_read_again(code: OwnCode) -> None:
    assert check_code(code_table(code)) == code
    assert read_stop(code.stop.text) == code.stop
    assert code.stop.sentence.endswith(".")


STOPS = {
    "argument stop": StopWay(StopKind.ARGUMENT, "stop"),
    "  argument   stop ": StopWay(StopKind.ARGUMENT, "stop"),
    "event thread.halt": StopWay(StopKind.EVENT, "thread.halt"),
    "flag running=False": StopWay(StopKind.FLAG, "running", "False"),
    "flag state = 'a = b'": StopWay(StopKind.FLAG, "state", "'a = b'"),
    "none": StopWay(),
}


@pytest.mark.parametrize(("text", "way"), STOPS.items())
def test_ways_are_read(text: str, way: StopWay) -> None:
    assert read_stop(text) == way


WRONG_STOPS = {
    "": "is not known; write",
    "kill": "is not known; write",
    "argument": "names nothing in Python",
    "argument a.b": "names nothing in Python",
    "argument stop = True": "has a value, and only flags have one",
    "method while": "names nothing in Python",
    "event 5": "names nothing in Python",
    "event thread": "names the thread itself",
    "flag running": "has no value; write, say",
    "flag running = no": "it is not a Python literal",
    "flag running =": "it is not a Python literal",
    "cancel it": "says too much; write cancel alone",
    f"event {'x' * 300}": "names nothing in Python",
}


@pytest.mark.parametrize(("text", "words"), WRONG_STOPS.items())
def test_a_wrong_way_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_stop(text)
    assert str(caught.value).startswith("stop: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


GOOD = {"file": FILE, "name": "poll"}
WRONG: dict[str, tuple[Any, str]] = {
    "no table": (5, "code: 5 is not a table"),
    "unknown key": (GOOD | {"fil": 1}, "code: No key of code is called 'fil'; did you mean file?"),
    "no file": ({"name": "poll"}, "code: file: it is missing"),
    "relative file": (GOOD | {"file": "mine.py"}, "code: file: 'mine.py' is not an absolute path"),
    "no Python file": (GOOD | {"file": FILE + "c"}, "is not the name of a Python file, which ends in .py."),
    "file with NUL": (GOOD | {"file": "/a\0.py"}, "is not a path"),
    "no name": ({"file": FILE}, "code: name: it is missing"),
    "dotted name": (GOOD | {"name": "A.run"}, "code: name: 'A.run' is not a name in Python"),
    "keyword": (GOOD | {"name": "while"}, "is not a name in Python"),
    "stop": (GOOD | {"stop": "now"}, "code: stop: 'now' is not known"),
    "a stop that is no text": (GOOD | {"stop": False}, "code: stop: False is not text"),
    "arguments": (GOOD | {"arguments": [1]}, "code: arguments: [1] is not a table"),
    "argument": (GOOD | {"arguments": {"n": "len"}}, "code: arguments: n: it is not a Python literal"),
    "argument that calls": (GOOD | {"arguments": {"n": "open('x')"}}, "it is not a Python literal"),
    "argument's name": (GOOD | {"arguments": {"1": "1"}}, "code: arguments: '1' is not a name in Python"),
    "folder": (GOOD | {"folder": "here"}, "code: folder: 'here' is not an absolute path"),
    "variable": (GOOD | {"environment": {"A=B": ""}}, "code: environment: 'A=B' is not the name of a variable"),
    "Python's variable": (GOOD | {"environment": {"PYTHONPATH": "x"}}, "PYTHONPATH is read when Python starts"),
    "variable's value": (GOOD | {"environment": {"A": 5}}, "code: environment: A: 5 is not the text of a variable"),
}


@pytest.mark.parametrize(("table", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(table: Any, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_code(table)
    assert words in str(caught.value)
    assert str(caught.value).startswith("code: ")
    assert str(caught.value).endswith(".")
    assert caught.value.field == "code"


def test_what_toml_can_say_by_itself_is_a_literal_too() -> None:
    values = {"n": 5, "deep": [1, "a"], "yes": True, "text": "'5'"}
    assert check_code(GOOD | {"arguments": values}).arguments == (
        ("n", "5"),
        ("deep", "[1, 'a']"),
        ("yes", "True"),
        ("text", "'5'"),
    )


def test_a_literal_is_bounded_and_never_evaluated() -> None:
    assert read_literal(" {'a': (1, -2.5, None)} ") == {"a": (1, -2.5, None)}
    for text in ("1" * (LONGEST_LITERAL + 1), "(" * 9_000, "-" * 9_000 + "1", "9" * 9_000, "f'{1}'", "", "a", "1\0"):
        with pytest.raises(ValueError, match="it "):
            read_literal(text)


def test_relative_paths_are_meant_from_the_file_that_has_them(tmp_path: Path) -> None:
    table = anchored({"file": "a/mine.py", "folder": ".", "name": "f"}, tmp_path)
    assert table == {"file": str(tmp_path / "a" / "mine.py"), "folder": str(tmp_path), "name": "f"}
    assert anchored({"file": FILE}, tmp_path) == {"file": FILE}
    assert anchored(5, tmp_path) == 5


def test_the_file_s_own_folder_is_the_working_folder() -> None:
    assert OwnCode(FILE, "f").working_folder == str(Path(FILE).parent)
    assert OwnCode(FILE, "f", folder="/x").working_folder == "/x"
    assert OwnCode(FILE, "f").title == "mine.py:f"
