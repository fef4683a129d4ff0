"""A Python loop: it gives the interpreter to others now and then, but looks at no signal until it is through."""

from ..parameters import Parameter, Value
from .base import Workload

SLICE = 10_000  # iterations between two looks whether it was released: well under 1 ms


class Compute(Workload):
    """So many iterations of arithmetic between two checkpoints."""

    id = "compute"
    title = "Compute"
    sentence = "A Python loop with a checkpoint every so many iterations; a stop waits for the rest of them."
    parameters = (
        Parameter(
            "iterations",
            title="Iterations",
            sentence="How often the loop goes round between two checkpoints.",
            usual=100_000,
            least=1,
            most=100_000_000,
        ),
    )
    iterations: int

    def __init__(self, **values: Value) -> None:
        super().__init__(**values)
        self.is_released = False

    def work(self) -> None:
        """Go round; in slices, only so that a release can end a long loop."""
        value = 0
        for done in range(0, self.iterations, SLICE):
            if self.is_released:
                return
            for number in range(done, min(done + SLICE, self.iterations)):
                value = (31 * value + number) % 1_000_003

    def release(self) -> None:
        """Leave the loop at the end of its slice, and every later one at its beginning."""
        self.is_released = True
