"""What is wrong with a number, and what would be right: one wording for windows, files and the command line."""

import math

from .errors import BadInput


def number_problem(
    title: str,
    value: object,
    least: float,
    most: float,
    *,
    whole: bool = False,
    unit: str = "",
    example: str = "",
) -> str:
    """Return the sentence about a value that is no number within a range; empty if it is one.

    Args:
        title: what the number is called, such as "Interval": the sentence begins with it.
        value: anything: a file may hold a number of thousands of digits, or a date.
        least: of the range.
        most: of the range.
        whole: whether it must be a whole number.
        unit: of the number; empty if it counts nothing.
        example: a value that would do; empty for none.
    """
    counted, enter = f" {unit}" if unit else "", enter_words(least, most, unit, example)
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and math.isnan(value)):
        return f"{title} must be a {'whole ' if whole else ''}number. {enter}"
    if value < 0 <= least:  # type: ignore[operator]
        return f"{title} can't be negative. {enter}"
    if value < least:  # type: ignore[operator]
        return f"{title} can't be less than {figure(least)}{counted}. {enter}"
    return f"{title} can't be more than {figure(most)}{counted}. {enter}" if value > most else ""  # type: ignore[operator]


def enter_words(least: float, most: float, unit: str = "", example: str = "") -> str:
    """Return the sentence about what would be right, such as "Enter 0 to 3,600 s, e.g. 0.5."."""
    counted = f" {unit}" if unit else ""
    return f"Enter {figure(least)} to {figure(most)}{counted}{f', e.g. {example}' if example else ''}."


def check_number(
    field: str,
    value: object,
    least: float,
    most: float,
    *,
    title: str = "",
    whole: bool = False,
    unit: str = "",
    example: str = "",
) -> None:
    """Raise BadInput about a field, an option or a key unless its value is as ``number_problem`` wants it.

    Without a title, the field's name in words is taken for it.
    """
    title = title or field_title(field)
    if problem := number_problem(title, value, least, most, whole=whole, unit=unit, example=example):
        raise BadInput(problem, field)


def field_title(field: str) -> str:
    """Return the name of a field or a key as the beginning of a sentence: ``stop_after`` is "Stop after"."""
    words = field.replace("_", " ")
    return words[:1].upper() + words[1:]


def figure(value: float) -> str:
    """Return a bound of a range as a person writes it: 3,600 and not 3,600.0."""
    return f"{value:,.15g}" if isinstance(value, float) else f"{value:,}"
