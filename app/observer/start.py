"""Starts the observer in the program that it was loaded into."""

import atexit
import os
import sys
from time import perf_counter_ns

from .chains import Chains
from .monitor import Monitor
from .output import Output
from .patches import Patches
from .printed import Printed
from .threads import Threads
from .watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

# The first descriptor that may be ours: those that a program opens get the lowest numbers, as they would without us.
_DESCRIPTOR = 200


def start(told: str) -> None:
    """Begin to observe; the main thread, before the program's first line.

    Args:
        told: the descriptor to write to, the deadline and the time-out (0 for none) in seconds, and "printed" if what
            threads print is to be told as well; with colons between.
    """
    descriptor, deadline, timeout, *wanted = told.split(":")
    output = Output(_moved(int(descriptor)))
    if not hasattr(sys, "monitoring"):
        output.add("unobserved", error="version")
        output.flush()
        return
    begin = perf_counter_ns()
    threads, chains = Threads(output, begin), Chains()
    monitor = Monitor(output, threads, chains)

    def ask(name: str, words: str, target: object, frame: "FrameType") -> None:
        try:
            monitor.links.ask(name, "method", words, target, frame)
        except Exception as error:  # noqa: BLE001 - never into the program
            monitor.failed("methods of Qt", error)

    if not monitor.start(Patches(ask).install):
        output.add("unobserved", error="tool")
        output.flush()
        return
    watch = Watch(output, threads, chains, monitor, float(deadline), float(timeout))
    printed = Printed(threads, output)
    if "printed" in wanted:
        watch.has_more = True
        if not printed.start():
            output.add("note", text="What threads print is not told: the program's streams are not Python's own.")

    def end() -> None:
        watch.end()
        printed.stop()  # a stream that holds itself would not be flushed by the interpreter's end

    def stop_in_child() -> None:
        printed.stop()
        monitor.stop()
        output.close()

    atexit.register(end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=watch.pause, after_in_parent=watch.forked, after_in_child=stop_in_child)
    output.add("hello", version=list(sys.version_info[:3]), begin_ns=begin, pid=os.getpid())
    output.flush()  # the program may never let our thread run
    watch.start()


def _moved(descriptor: int) -> int:
    """Return a copy of a descriptor with a high number, which is not inherited; the first one is closed."""
    for number in range(_DESCRIPTOR, _DESCRIPTOR + 50):
        try:
            os.fstat(number)
        except OSError:
            moved = os.dup2(descriptor, number, inheritable=False)
            os.close(descriptor)
            return moved
    return descriptor
