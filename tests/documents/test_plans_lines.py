"""On which line a key is: the same places as in what tomllib reads, each on the line where it was written."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.key_lines import KeyLines

KEYS = st.text(max_size=4) | st.sampled_from(["a", "a.b", '"', "'", "[x]", "#", "="])
LEAVES = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.datetimes()
    | st.dates()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(['"', '\\"', "'''", '"""', "]", "}", "a = 1\n[b]\n", "# x", "\\", "\n\n\n"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
DOCUMENTS = st.dictionaries(KEYS.filter(lambda key: key.isprintable()), VALUES, max_size=5)


def places(value: Any, where: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Return the way to everything in a value, by walking through it."""
    found = {where} if where else set()
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found |= places(inner, (*where, key))
    return found


@settings(max_examples=50)
@given(DOCUMENTS, st.booleans())
def test_every_place_is_known_and_no_other(document: dict[str, Any], multiline: bool) -> None:
    try:
        text = tomli_w.dumps(document, multiline_strings=multiline)
        read = tomllib.loads(text)
    except ValueError:  # what cannot be written as TOML, or is written wrong
        return
    assert KeyLines(text).places() == places(read)


TEXT = '''# comment
title = "T" # [x]
do = """
[[step]]
""""" # two more
lit = '\\'
a.b . "c d" = 1

[[step]]
title = 'one'
actions = [ # ]
  { action = "a, }]", n = [1,
    2] },

  { "action" = 2 },
]
[step.x]
y = 2024-01-01 10:00:00
[[step]]
[[step.checks]]
is = \'\'\'
x\'\'\'\'
[[step.checks]]
is = 5
'''

LINES = {
    ("title",): 2,
    ("do",): 3,
    ("lit",): 6,
    ("a", "b", "c d"): 7,
    ("step",): 9,
    ("step", 0): 9,
    ("step", 0, "title"): 10,
    ("step", 0, "actions", 0): 12,
    ("step", 0, "actions", 0, "n", 1): 13,
    ("step", 0, "actions", 1, "action"): 15,
    ("step", 0, "x", "y"): 18,
    ("step", 1): 19,
    ("step", 1, "checks", 0, "is"): 21,
    ("step", 1, "checks", 1): 23,
    ("step", 1, "checks", 1, "is"): 24,
    # What is not there is told by what is around it.
    ("step", 1, "checks", 1, "none", 5): 23,
    ("none",): 1,
    (): 1,
}


@pytest.mark.parametrize("line_break", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("where", "line"), LINES.items(), ids=str)
def test_a_place_is_on_the_line_where_it_was_written(where: tuple[str | int, ...], line: int, line_break: str) -> None:
    tomllib.loads(TEXT)
    assert KeyLines(TEXT.replace("\n", line_break)).line(where) == line


def test_what_is_nested_deeply_is_told_by_the_table_around_it() -> None:
    lines = KeyLines("x = 1\ny = " + "[" * 100_000)
    assert lines.line(("y", 0, 0)) == 2


@pytest.mark.timeout(20)
def test_a_long_text_takes_no_long_time() -> None:
    text = "".join(f'[[step]]\ndo = """{"x" * 5_000}"""\nn = [{"1, " * 500}]\n' for _ in range(400))
    assert KeyLines(text).line(("step", 50)) == 151
