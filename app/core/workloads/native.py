"""A call into C that keeps the GIL: until it returns, no other Python thread of the process executes anything."""

import sys
import time

from ..parameters import Parameter, Value
from .base import Workload


class Native(Workload):
    """The system's own sleep, called in such a way that the interpreter is not given to others meanwhile.

    Attributes:
        longest: the longest call so far, in ns: for so long everything stood still.
    """

    id = "native"
    title = "Native call that keeps the GIL"
    sentence = "A C function called without letting go of the GIL, as a careless extension module does."
    warning = "Everything in this process stands still while it runs: the other workers, the measuring, the window too."
    own_process = True
    parameters = (
        Parameter(
            "seconds", "Length of a call", "How long each call keeps the GIL.", usual=0.2, least=0.001, most=5, unit="s"
        ),
    )
    seconds: float

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.longest = 0

    # It has no ``release``: no other thread can do anything while it runs, and it returns by itself.
    def work(self) -> None:
        """Sleep in C, with the GIL."""
        import ctypes  # most runs of the program need it for nothing

        began = time.perf_counter_ns()
        if sys.platform == "win32":
            ctypes.PyDLL("kernel32").Sleep(ctypes.c_uint32(round(self.seconds * 1e3)))
        else:
            # Any other CDLL would let go of the GIL around the call; PyDLL does not.
            ctypes.PyDLL(None).usleep(ctypes.c_uint(round(self.seconds * 1e6)))
        self.longest = max(self.longest, time.perf_counter_ns() - began)
