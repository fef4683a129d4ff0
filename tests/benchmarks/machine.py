"""The machine: what it is, what was taken away from us while we measured, and threads that keep it busy."""

import contextlib
import os
import platform
import sys
import threading
import time
from pathlib import Path


class ProcessorShare:
    """Measures which share of all processors went to the hypervisor (steal) and to other processes.

    From the first line of ``/proc/stat``; others are what was busy and was not ours (``time.process_time``). Where there
    is no ``/proc/stat`` both are 0.
    """

    def __init__(self) -> None:
        self._before = self._read()

    @staticmethod
    def _read() -> tuple[float, float, float, float]:
        """Return all ticks, busy ticks, stolen ticks, and the seconds of processor that we used ourselves."""
        try:
            with Path("/proc/stat").open(encoding="ascii") as stat:
                ticks = [int(field) for field in stat.readline().split()[1:9]]
        except OSError:
            return 0, 0, 0, time.process_time()
        user, nice, system, idle, io_wait, irq, soft_irq, steal = ticks
        busy = user + nice + system + irq + soft_irq
        return busy + idle + io_wait + steal, busy, steal, time.process_time()

    def since(self) -> tuple[float, float]:
        """Return the stolen share and the others' share since this was made."""
        total, busy, stolen, own = (after - before for before, after in zip(self._before, self._read(), strict=True))
        if not total:
            return 0.0, 0.0
        others = busy - own * os.sysconf("SC_CLK_TCK")
        return stolen / total, max(0.0, others / total)


MOST_STOLEN = 0.05  # of all processors; a run with more says so in words


def stolen_words(name: str, stolen: float) -> str:
    """Return the sentence about a run that too much was taken away from; empty if it was not."""
    if stolen <= MOST_STOLEN:
        return ""
    return (
        f"{name}: {stolen:.0%} of the processors were stolen meanwhile, more than {MOST_STOLEN:.0%}: measure it again."
    )


def memory() -> int:
    """Return how many bytes of memory the process has (its resident set); 0 where ``/proc`` does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def sleeps() -> int:
    """Return how often a thread of this process has gone to sleep so far; 0 where that is not known."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw


def children_of(pid: int) -> list[int]:
    """Return the children of a process, by all of its threads; none where ``/proc`` does not say."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text(encoding="ascii").split())
    return found


def children_time() -> float:
    """Return the seconds of processor that the children which are alive have used; 0 where ``/proc`` does not say."""
    return sum(map(_processor_time, children_of(os.getpid())))


def _processor_time(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(most: float, share: float = 0.1) -> None:
    """Block until other processes and the hypervisor take less than a share for a second, ``most`` seconds at the most."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        meter = ProcessorShare()
        time.sleep(1)
        if sum(meter.since()) < share:
            return


class ComputingThreads:
    """Threads that only compute, in pure Python: each always wants the GIL."""

    def __init__(self, count: int) -> None:
        self._stopped = False
        self._threads = [threading.Thread(target=self._compute, daemon=True) for _ in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped = True
        for thread in self._threads:
            thread.join()

    def _compute(self) -> None:
        while not self._stopped:
            total = 0
            for number in range(1_000):
                total += number * number


def environment() -> str:
    """Return what the figures were measured on, in two lines."""
    import PySide6
    from PySide6.QtCore import qVersion

    load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} processors ({_processor()}), "
        f"load {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}\n"
        f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, Qt {qVersion()}, "
        f"platform {os.environ.get('QT_QPA_PLATFORM', 'default')}, "
        f"Python's own switch interval {sys.getswitchinterval() * 1e3:g} ms"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
