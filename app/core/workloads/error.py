"""An exception that is not caught, at a chosen line: the run fails, and its clean-up is done all the same."""

from ..parameters import Parameter, Value
from .base import Workload


class Error(Workload):
    """Raises a ValueError after so many lines."""

    id = "error"
    title = "Error"
    sentence = "Raises a ValueError at a chosen line, as a mistake in the work would."
    incomparable = (
        "It is there to fail: its run is ended by its own error and not by a stop, so there is nothing to compare."
    )
    parameters = (Parameter("line", "Line", "The line after which the work raises.", usual=3, least=1, most=1_000_000),)
    line: int

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.done = 0

    def work(self) -> None:
        """Do nothing, or raise if this is the time to."""
        self.done += 1
        if self.done == self.line:
            raise ValueError(f"the work after line {self.line} went wrong, as it was told to")
