"""Highlight rules: patterns that colour rows of the log, as the settings keep them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from app.core.errors import BadInput, quoted
from app.documents.places import KeyPath, PlacedError
from app.pattern_size import check_pattern_size

COLOURS = ("yellow", "green", "blue", "purple", "orange", "red")
MAX_RULES = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern for a row's text, and the background colour of the rows that match.

    Attributes:
        pattern: plain text, in which ``...`` means ``…`` as well, or a regular expression.
        colour: one of ``COLOURS``.
        regex: whether the pattern is a regular expression.
        case: whether upper and lower case are told apart.
    """

    pattern: str
    colour: str = COLOURS[0]
    regex: bool = False
    case: bool = False


def check_rule(rule: Rule) -> None:
    """Raise BadInput, in one sentence, if a rule is invalid."""
    if not rule.pattern:
        raise BadInput("Pattern can't be empty. Enter what the highlighted rows contain.", "pattern")
    if len(rule.pattern) > 1_000:
        raise BadInput("pattern: it is longer than 1,000 characters.", "pattern")
    if rule.colour not in COLOURS:
        raise BadInput(f"Colour must be one of {', '.join(COLOURS)}.", "colour")
    if rule.regex:
        compile_rule(rule)


def compile_rule(rule: Rule) -> Any:
    """Return a rule's pattern as one of ``regex``, whose searches can be given a time-out, as those of ``re`` cannot.

    Raises BadInput if it is not a regular expression, or one that would take too much memory.
    """
    try:
        check_pattern_size(rule.pattern)
    except BadInput as error:
        raise BadInput(f"pattern: {error}", "pattern") from None
    # Imported here: most people have no such rule, and none is needed for the first window.
    import regex

    try:
        return regex.compile(rule.pattern, 0 if rule.case else regex.IGNORECASE)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise BadInput(
            f"pattern: {quoted(rule.pattern)} is not a valid regular expression ({error}).", "pattern"
        ) from None


def parse_rules(tables: object) -> tuple[Rule, ...]:
    """Return the rules of ``[[highlight]]`` tables; PlacedError says what is wrong, and where."""
    where: KeyPath = ("highlight",)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise PlacedError("highlight: it is not a list of tables; write [[highlight]].", where)
    if len(tables) > MAX_RULES:
        raise PlacedError(f"highlight: there are {len(tables)} rules; at most {MAX_RULES} are allowed.", where)
    rules = []
    for index, table in enumerate(tables):
        try:
            rules.append(_parsed(table))
        except BadInput as error:
            raise PlacedError(str(error), (*where, index, error.field)) from None
    return tuple(rules)


def _parsed(table: dict[str, Any]) -> Rule:
    kinds = {"pattern": str, "colour": str, "regex": bool, "case": bool}
    for key, kind in kinds.items():
        if key in table and not isinstance(table[key], kind):
            word = "text" if kind is str else "true or false"
            raise BadInput(f"highlight: {key} is {quoted(table[key])}, which is not {word}.", key)
    rule = Rule(**{"pattern": "", **{key: table[key] for key in kinds if key in table}})
    check_rule(rule)
    return rule


def rule_tables(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as the tables that ``parse_rules`` reads."""
    return [asdict(rule) for rule in rules]
