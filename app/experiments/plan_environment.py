"""What a plan asks of its surroundings, beside what they are: compared and reported, never a reason to refuse."""

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.documents.plan_parts import Requirement

from .environment import Environment

_OPERATORS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,5})(\.\*)?\s*")
_VERSION = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that was asked for.

    Attributes:
        name, wanted: as the plan has it.
        found: what is there; empty if that is not known.
        agrees: whether that is right; None if it cannot be told.
    """

    name: str
    wanted: str
    found: str
    agrees: bool | None

    def words(self) -> str:
        """Return it for a screen or a report."""
        if self.agrees is None:
            return f"{self.name} {self.wanted}: not compared"
        return f"{self.name} {self.wanted}: {'as asked' if self.agrees else 'NOT as asked'}, {self.found}"


def environment_texts(environment: Environment) -> dict[str, str]:
    """Return an environment as texts, by name: what a plan can ask for, and what a journal records."""
    texts = {
        "os": environment.os,
        "python": environment.python,
        "pyside": environment.pyside or "not installed",
        "qt": environment.qt or "not installed",
        "gil": "yes" if environment.gil else "no",
        "switch_interval": f"{environment.switch_interval * 1e3:g} ms",
        "cores": str(environment.cores),
    }
    if environment.load is not None:
        texts["load"] = " ".join(f"{load:.2f}" for load in environment.load)
    return texts


def compared(asked: Iterable[Requirement], environment: Environment) -> tuple[Compared, ...]:
    """Return what a plan asks for beside what is there; any thread."""
    texts = environment_texts(environment)
    return tuple(_compared(name, wanted, texts.get(name, "")) for name, wanted in asked)


def _compared(name: str, wanted: str, found: str) -> Compared:
    if name in ("python", "pyside", "qt", "cores"):
        return Compared(name, wanted, found, version_agrees(wanted, found))
    if found:
        return Compared(name, wanted, found, found.casefold().startswith(wanted.strip().casefold()))
    return Compared(name, wanted, "", None)


def version_agrees(wanted: str, found: str) -> bool | None:
    """Return whether the version in a text is as asked (">=3.11, <3.15"); None if either cannot be understood.

    A version without an operator, or ``==``, is compared as far as it goes: 3.11 is asked, 3.11.9 is right.
    """
    conditions = [_CONDITION.fullmatch(part) for part in wanted.split(",")]
    version = _VERSION.search(found)
    if not all(conditions):
        return None
    if version is None:
        return False
    have = _numbers(version.group())
    return all(_holds(match.group(1) or "==", _numbers(match.group(2)), have) for match in conditions if match)


def _holds(sign: str, want: tuple[int, ...], have: tuple[int, ...]) -> bool:
    if sign in ("==", "!="):
        have = have[: len(want)]
    longest = max(len(want), len(have))
    return _OPERATORS[sign](_padded(have, longest), _padded(want, longest))


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return numbers + (0,) * (length - len(numbers))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
