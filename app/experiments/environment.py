"""Where something was measured: a latency without it says little."""

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from app.core.interpreter import gil_is_enabled


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
        cores=_cores(),
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


def _cores() -> int:
    # What this process may use, which in a container or under taskset is less than what the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load() -> tuple[float, float, float] | None:
    try:
        return os.getloadavg()
    except (AttributeError, OSError):  # Windows has none
        return None
