"""Patterns whose counted repeats would take gigabytes are refused before they are compiled."""

import pytest

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
