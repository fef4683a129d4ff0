"""Where something was measured, without which a latency says little, beside what a plan asks for.

What is asked for is compared and reported, never a reason to refuse.
"""

import operator
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from app.core.interpreter import gil_is_enabled, usable_processors
from app.documents.plan_parts import Requirement


@dataclass(frozen=True, slots=True)
class Environment:
    """The machine, the system and the Python of an experiment.

    Attributes:
        os: the operating system with its release and the machine, "Linux 6.8.0 x86_64".
        python: implementation and version, "CPython 3.11.9".
        pyside: version of PySide6; None if it is not installed.
        qt: version of Qt; None if PySide6 is not installed.
        gil: whether the interpreter's lock is on; False on a free-threaded Python.
        switch_interval: seconds a thread may keep the interpreter to itself (``sys.getswitchinterval``).
        cores: processors that this process may use.
        load: the system's load averages over 1, 5 and 15 minutes; None where the system has none.
    """

    os: str
    python: str
    pyside: str | None
    qt: str | None
    gil: bool
    switch_interval: float
    cores: int
    load: tuple[float, float, float] | None

    def words(self) -> str:
        """Return it as one line for a screen or a report."""
        qt = "no PySide6" if self.pyside is None else f"PySide6 {self.pyside} (Qt {self.qt})"
        gil = "with the GIL" if self.gil else "free-threaded"
        parts = [
            self.os,
            f"{self.python}, {gil}",
            qt,
            f"switch interval {self.switch_interval * 1e3:g} ms",
            f"{self.cores} core{'s' if self.cores != 1 else ''}",
        ]
        if self.load is not None:
            parts.append(f"load {self.load[0]:.2f}")
        return " · ".join(parts)


def environment_now() -> Environment:
    """Return the environment of this moment; any thread. Qt is not loaded for it."""
    pyside = _pyside_version()
    return Environment(
        os=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        pyside=pyside,
        # The wheels of PySide6 carry the Qt of the same major, minor and micro version: there is no other place to read
        # it from without loading the library.
        qt=".".join(pyside.split(".")[:3]) if pyside else None,
        gil=gil_is_enabled(),
        switch_interval=sys.getswitchinterval(),
        cores=usable_processors(),
        load=_load(),
    )


def _pyside_version() -> str | None:
    loaded = getattr(sys.modules.get("PySide6"), "__version__", None)
    if isinstance(loaded, str):
        # A window has it in memory; looking among what is installed takes 10 ms, at the first press of Start.
        return loaded
    return _version("PySide6-Essentials") or _version("PySide6")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _load() -> tuple[float, float, float] | None:
    try:
        return os.getloadavg()
    except (AttributeError, OSError):  # Windows has none
        return None


# -- what a plan asks for ----------------------------------------------------------------------------------------------

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
            return f"– {self.name}: not compared ({self.wanted} expected)"
        return f"{'✓' if self.agrees else '✗'} {self.name}: {self.found} ({self.wanted} expected)"


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
