"""Highlight rules: which fits, which is too slow, and how they are kept."""

from pathlib import Path

import pytest

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.documents.highlights import COLOURS, MAX_RULES, Rule, check_rule, parse_rules, rule_tables
from app.documents.settings import USING_DEFAULTS, Settings, load_settings
from app.ui.log.row_style import matcher


def test_the_first_rule_that_fits_counts() -> None:
    rules = (Rule("error"), Rule(r"line \d+", regex=True), Rule("Case", case=True))
    number = matcher(rules, lambda rule: pytest.fail(f"{rule} is too slow"))
    assert [number(text) for text in ("an ERROR on line 5", "line 12", "case", "Case", "")] == [1, 2, 0, 3, 0]
    assert matcher((), print)("anything") == 0


def test_three_dots_find_an_ellipsis_as_the_search_does() -> None:
    number = matcher((Rule("running... 1"), Rule("a...b", regex=True)), lambda rule: pytest.fail(f"{rule} is too slow"))
    texts = ("running… 1", "running... 12", "running 1", "axyzb", "a…b")
    assert [number(text) for text in texts] == [1, 1, 0, 2, 0]


def test_a_rule_that_takes_too_long_is_given_up_and_said_once() -> None:
    said: list[Rule] = []
    slow = Rule("(a|aa)+$", regex=True)
    number = matcher((slow, Rule("b")), said.append)
    assert number("a" * 40 + "b") == 2
    assert number("a" * 50 + "b") == 2
    assert said == [slow]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (Rule(""), "can't be empty"),
        (Rule("x" * 1_001), "longer than 1,000"),
        (Rule("x", "pink"), "must be one of yellow"),
        (Rule("(", regex=True), "not a valid regular expression"),
        (Rule("((a{99}){99}){99}", regex=True), "its counted repeats come to"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(rule: Rule, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_rule(rule)


def test_settings_with_a_rule_that_would_take_gigabytes_are_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    rule = 'pattern = "((a{99}){99}){99}"\nregex = true\n'
    path.write_text(f"version = 1\nstop_deadline = 3.0\n[[highlight]]\n{rule}")
    settings, sentence = load_settings(path, Catalogue())
    assert settings == Settings()
    assert sentence.startswith(
        f"{path}, line 4: pattern: '((a{{99}}){{99}}){{99}}' is too large: its counted repeats come to "
    )
    assert sentence.endswith(f"{USING_DEFAULTS}; it is kept as settings.toml.kept.")
    assert rule in (tmp_path / "settings.toml.kept").read_text()
    assert not path.exists()


def test_rules_come_back_from_their_tables() -> None:
    rules = tuple(Rule(f"p{place}", colour, regex=bool(place % 2)) for place, colour in enumerate(COLOURS))
    assert parse_rules(rule_tables(rules)) == rules


@pytest.mark.parametrize(
    "tables",
    [
        {"pattern": "x"},
        ["x"],
        [{"pattern": 5}],
        [{"pattern": "x", "regex": "yes"}],
        [{"colour": "red"}],
        [{"pattern": "x"}] * (MAX_RULES + 1),
    ],
)
def test_tables_that_are_no_rules_are_refused(tables: object) -> None:
    with pytest.raises(BadInput):
        parse_rules(tables)
