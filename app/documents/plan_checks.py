"""The checks of a plan's steps: tables with the key ``check``, which a program can judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.errors import BadInput, quoted
from app.core.worker import MOST_LINES
from app.documents.plan_parts import CheckSpec, CheckWord, KeyPath, PlanError
from app.documents.plan_values import Table, check_keys, choice_of, int_of, number_of, text_of, worker_of
from app.pattern_size import check_pattern_size

OUTCOMES = ("completed", "interrupted", "failed", "released", "none")
MAX_PATTERN = 1_000  # characters
MAX_MS = 3_600_000.0


def parse_check(table: Table, where: KeyPath, workers: Sequence[str]) -> CheckSpec:
    """Return the check that a table describes; PlanError if it describes none.

    Args:
        table: what the document has.
        where: its place in the document.
        workers: the names of the plan's workers.
    """
    word = CheckWord(choice_of(table, "check", where, tuple(CheckWord), "check"))
    keys = ("check", "is") if word is CheckWord.WINDOW_LAG else ("check", "worker", "is")
    check_keys(table, keys, f"key of the check {word}", where)
    worker = "" if word is CheckWord.WINDOW_LAG else worker_of(table, where, workers)
    return CheckSpec(word, _WANTED[word](table, where), worker)


def _outcome(table: Table, where: KeyPath) -> str:
    return choice_of(table, "is", where, OUTCOMES, "outcome")


def _milliseconds(table: Table, where: KeyPath) -> float:
    return number_of(table, "is", where, MAX_MS, "milliseconds")


def _lines(table: Table, where: KeyPath) -> int:
    return int_of(table, "is", where, 0, MOST_LINES)


def _pattern(table: Table, where: KeyPath) -> str:
    if "is" not in table:
        raise PlanError('is: it is missing; write a regular expression, such as is = "done$".', where)
    text = text_of(table, "is", where, MAX_PATTERN)
    if not text:
        raise PlanError('is: it is empty; write a regular expression, such as is = "done$".', (*where, "is"))
    try:
        compiled_pattern(text)
    except BadInput as error:
        raise PlanError(f"is: {error}", (*where, "is")) from None
    return text


_WANTED: dict[CheckWord, Callable[[Table, KeyPath], str | int | float]] = {
    CheckWord.OUTCOME: _outcome,
    CheckWord.LATENCY: _milliseconds,
    CheckWord.LINES_MIN: _lines,
    CheckWord.LINES_MAX: _lines,
    CheckWord.MATCHES: _pattern,
    CheckWord.WINDOW_LAG: _milliseconds,
}


def compiled_pattern(text: str) -> Any:
    """Return a pattern of ``regex``, whose searches can be given a time-out, as those of ``re`` cannot; any thread.

    Raises:
        BadInput: it is not a regular expression, or one that would take too much memory.
    """
    check_pattern_size(text)
    import regex  # here: most plans have no such check

    try:
        return regex.compile(text)
    except RecursionError:
        raise BadInput(f"{quoted(text)} is nested too deeply for a regular expression; write it simpler.") from None
    except (regex.error, OverflowError, ValueError) as error:
        raise BadInput(f"{quoted(text)} is not a valid regular expression ({error}).") from None


def check_table(spec: CheckSpec) -> Mapping[str, Any]:
    """Return the table that ``parse_check`` reads."""
    return {"check": str(spec.check), **({"worker": spec.worker} if spec.worker else {}), "is": spec.wanted}


def wanted_words(spec: CheckSpec) -> str:
    """Return what a check wants, in words for a screen or a report; the worker's name is in it."""
    words = {
        CheckWord.OUTCOME: f"{spec.wanted}",
        CheckWord.LATENCY: f"at most {spec.wanted:g} ms" if isinstance(spec.wanted, int | float) else "",
        CheckWord.LINES_MIN: f"at least {spec.wanted}",
        CheckWord.LINES_MAX: f"at most {spec.wanted}",
        CheckWord.MATCHES: f"a line that matches {spec.wanted}",
        CheckWord.WINDOW_LAG: f"at most {spec.wanted:g} ms" if isinstance(spec.wanted, int | float) else "",
    }[spec.check]
    return f"{spec.worker}: {words}" if spec.worker else words
