"""Patterns whose counted repeats would take gigabytes are refused before they are compiled."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.pattern_size import MOST_PARTS, check_pattern_size

_GROUP = r"(\w{99}x){99}"


@pytest.mark.parametrize(
    "pattern",
    [
        "((a{99}){99}){99}",
        "(?:(?:(?:a{99}){99}){99})?",
        "a{99}{99}{99}",
        "(?=((a{99,}){99,}){99,})",
        "a{9999999999}",
        "a{" + "9" * 5_000 + "}",
        "((a{99,99}|b){99,200}){99}",
        r"((a{99}[(]){99}[(]){99}",
        r"((a{99}\(){99}\(){99}",
        "((a{99}[])(]){99}(?#(()){99}",
        "((a{99}[)]){99}[)]){99}",
        "(?x)# [(\n((a{99} ){99} #]\n){99}",
        "(?iV1)((a{99}[[b](]){99}[[b](]){99}",
        "(?m)(((a{ 99 }){ 99 , }){99}",
        "))" + _GROUP + "){99}",
        "[" + "a" * 300 + "]{99}",
        "a{9999}b{9999}c{9999}",
        "((a{99}[[:alpha:](]){99}[[:alpha:](]){99}",
        r"((a{99}(?#\)(()){99}(?#\)(()){99}",
    ],
)
def test_too_many_repeats_are_refused(pattern: str) -> None:
    with pytest.raises(BadInput, match=rf"too large: .* {MOST_PARTS:,} are the most; write smaller counts\.$"):
        check_pattern_size(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a" * 100_000,
        f"a{{{MOST_PARTS}}}",
        r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"(\d{1,3}\.){3}\d{1,3} " * 20,
        r"\{99}{{99}}[{99}{99}{99}{99}]",
        r"[a{9999}{9999}]",
        "(?#{9999}{9999}{9999})a",
        "(a{0,9999}){0,9999}",
        "(((((((((((a*)*)*)*)*)*)*)*)*)*)*)*",
        "(?P<x>a{9}(?P<V>b{9}){9}){9}",
        "a{e<=99}",
        "[[:digit:]]{4}-[[:digit:]]{2}-[[:digit:]]{2}",
        r'\{"id": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"}',
        "(((",
        ")))",
        "[",
        "\\",
        "{{{{99}",
    ],
)
def test_other_patterns_are_left_to_the_engine(pattern: str) -> None:
    check_pattern_size(pattern)


@pytest.mark.parametrize("piece", ["(?#", "[", "[^", "{9", "(?iixs", "\\", "(", "{ ", "(?", "a{1}"])
def test_the_time_it_takes_is_linear(piece: str) -> None:
    # What is quadratic in this does not come back within the time that a test has.
    check_pattern_size(piece * 300_000)


def test_as_many_counts_as_anybody_can_write_are_refused() -> None:
    with pytest.raises(BadInput, match="thousands of millions"):
        check_pattern_size("(?x)" + "a{999999999}" * 100_000)


# Elements in which a bracket opens or closes no group; each can be repeated.
_DECEPTIVE = [
    "a",
    r"\(",
    r"\)",
    "[(]",
    "[)]",
    "[](]",
    "[^])]",
    r"[\](]",
    "[[:alpha:](]",
    "[[:alpha:])]",
    "[[:^alpha:])]",
    "(?#()a",
    r"(?#\)((|)a",
]
_TREES = st.recursive(
    st.tuples(st.sampled_from(_DECEPTIVE), st.sampled_from([1, 99])),
    lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=3), st.sampled_from([1, 99])),
    max_leaves=8,
)


def _written(tree: tuple, *, counted: bool = True) -> str:
    inside, count = tree
    text = inside if isinstance(inside, str) else f"({''.join(_written(each, counted=counted) for each in inside)})"
    return text + (f"{{{count}}}" if counted and count > 1 else "")


def _groups_and_size(tree: tuple) -> tuple[int, int]:
    inside, count = tree
    if isinstance(inside, str):
        return 0, count
    groups, sizes = zip(*map(_groups_and_size, inside), strict=True)
    return 1 + sum(groups), count * sum(sizes)


@given(_TREES)
@example(([([([("a", 99), ("[[:alpha:](]", 1)], 99), ("[[:alpha:](]", 1)], 99)], 1))
def test_what_is_large_is_never_taken_for_small(tree: tuple) -> None:
    groups, size = _groups_and_size(tree)
    assert regex.compile(_written(tree, counted=False)).groups == groups  # the brackets are what the test says they are
    pattern = _written(tree)
    if size > MOST_PARTS + len(pattern):
        with pytest.raises(BadInput):
            check_pattern_size(pattern)
