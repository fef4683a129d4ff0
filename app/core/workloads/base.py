"""What every workload is: the work between two checkpoints."""

import inspect
import sys
from typing import ClassVar

from ..loop_context import LoopContext
from ..parameters import Parameter, Value
from ..worker import Worker


class Workload:
    """The work of one run; one object serves one run. A subclass is one file that overrides what it needs.

    Each parameter is an attribute of the object: ``self.seconds`` for the one called ``seconds``.

    Args:
        values: the parameters that are not as usual, by name.

    Attributes:
        id: what worker sets and the command line call it.
        title: what the window calls it.
        sentence: what it does.
        parameters: what it can be told.
        warning: what one should know before it is started, a sentence; empty if there is nothing.
        interrupts: whether ``interrupt`` cuts the work short, so that it is not waited for; may depend on parameters.
        incomparable: why its runs say nothing about a mechanism, a sentence, so matrices leave it out; empty if they do.
        only_pauses: whether it has no work of its own, so that its run does nothing but pause between two lines.
        own_process: whether it stops the whole process, so that matrices give it one of its own.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    warning: ClassVar[str] = ""
    incomparable: ClassVar[str] = ""
    only_pauses: ClassVar[bool] = False
    own_process: ClassVar[bool] = False
    interrupts: bool = False

    def __init__(self, **values: Value) -> None:
        for parameter in self.parameters:
            setattr(self, parameter.name, values.get(parameter.name, parameter.usual))

    @classmethod
    def of_worker(cls, worker: Worker) -> "Workload":
        """Return the work of a run of a worker; BadInput if it cannot do what the worker names."""
        return cls(**dict(worker.parameters))

    def attach(self, context: LoopContext) -> None:
        """Take the run's context, before its thread starts; work that writes lines of its own needs it."""

    def work(self) -> None:
        """Do one piece of work; the run's thread only."""

    def clean_up(self) -> None:
        """Put away what the work used; called by the run's thread in the ``finally`` around its loop."""

    def interrupt(self) -> None:
        """Cut the work short if it can be; called by the thread that asks for the stop, just after the signal is set."""

    def release(self) -> None:
        """Release a thread that noticed nothing, when the run is let go; any thread, once."""

    @classmethod
    def source(cls) -> str:
        """Return the code of the file that defines this workload, as it stands; OSError if there is none to read."""
        return inspect.getsource(sys.modules[cls.__module__])
