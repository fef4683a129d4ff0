"""A function of the person's own as the work between two checkpoints, in a child process only."""

import contextlib
import inspect
from collections.abc import Callable

from ..batch import Kind
from ..errors import BadInput
from ..loop_context import LoopContext
from ..worker import Worker
from ..workloads.base import Workload
from .description import OWN_CODE, OwnCode
from .loading import arguments, find, load, require_allowed
from .strategy import call_of, capture


class OwnCodeWorkload(Workload):
    """Calls a function once an iteration; its file is imported before the first call."""

    id = OWN_CODE
    title = "Your own code"
    sentence = "Calls a function of your own file between two checkpoints, in a process of its own."

    def __init__(self, code: OwnCode) -> None:
        super().__init__()
        self._code = code
        self._call: Callable[[], object] | None = None
        self._write: Callable[[Kind, str], None] = lambda _kind, _line: None
        self._listening = contextlib.ExitStack()

    @classmethod
    def of_worker(cls, worker: Worker) -> Workload:
        """Return the work of one run; where the strategy runs the code, there is none besides."""
        if worker.strategy == OWN_CODE:
            return Workload()
        require_allowed()
        if worker.code is None:
            raise BadInput("code: it is missing; write file and name of what is to be called.", "code")
        return cls(worker.code)

    def attach(self, context: LoopContext) -> None:
        """Take where lines go that the function writes."""
        self._write = context.write

    def work(self) -> None:
        """Call the function."""
        if self._call is None:
            self._listening.enter_context(capture().listening(self._write))
            self._call = self._function()
        self._call()

    def clean_up(self) -> None:
        """Hand on what the function has written without an end."""
        self._listening.close()

    def _function(self) -> Callable[[], object]:
        function = find(load(self._code), self._code)
        if not callable(function) or inspect.isclass(function) or inspect.iscoroutinefunction(function):
            raise BadInput(
                f"{self._code.file}: {self._code.name} is no plain function, which alone can be work.", "code"
            )
        return call_of(function, arguments(self._code, {}))
