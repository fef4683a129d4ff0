"""Templates of lines."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.template import check_template, compile_template

# A literal text, what it is in a template, and what becomes of it for the worker "W%s" and line 7.
LITERAL = st.text(st.characters(exclude_characters="{}"), max_size=5).map(lambda text: (text, text))
PIECE = LITERAL | st.sampled_from([("{i}", "7"), ("{name}", "W%s"), ("{{", "{"), ("}}", "}"), ("%d", "%d")])


@given(st.lists(PIECE, max_size=8))
def test_pieces_are_filled_in(pieces: list[tuple[str, str]]) -> None:
    render = compile_template("".join(template for template, _ in pieces), "W%s")
    assert render(7) == "".join(filled for _, filled in pieces)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("running… {i}", "running… 12345678901234567890"),
        ("{i}{i} 100 % {name}", "1234567890123456789012345678901234567890 100 % {i}"),
        ("{{i}} {{{i}}}", "{i} {12345678901234567890}"),
        ("\ud800\0\n", "\ud800\0\n"),
        ("", ""),
    ],
)
def test_examples(template: str, filled: str) -> None:
    # The worker's name is not a template itself.
    assert compile_template(template, "{i}")(12345678901234567890) == filled


@pytest.mark.parametrize(
    ("template", "place"),
    [("{", 1), ("}", 1), ("ab{x}", 3), ("{i}}", 4), ("{i:d}", 1), ("{name.__class__}", 1), ("{0}", 1), ("{ i}", 1)],
)
def test_a_stray_brace_is_refused_with_its_place(template: str, place: int) -> None:
    for use in (check_template, lambda text: compile_template(text, "w")):
        with pytest.raises(BadInput, match=rf"^The brace at character {place}, .*\{{i\}} for the number") as caught:
            use(template)
        assert caught.value.field == "text"
        assert "\n" not in str(caught.value)


@given(st.text(st.sampled_from("{}in%a"), max_size=12))
def test_what_is_accepted_has_no_stray_brace(template: str) -> None:
    stray = re.sub(r"\{\{|\}\}|\{i\}|\{name\}", "", template)
    try:
        check_template(template)
    except BadInput:
        assert "{" in stray or "}" in stray
    else:
        assert not set("{}") & set(stray)
