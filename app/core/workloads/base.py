"""What every workload is: the work between two checkpoints."""

from typing import ClassVar


class Workload:
    """The work of one run; one object serves one run. A subclass overrides what it needs.

    Attributes:
        id: what worker sets and the command line call it.
        title: what the window calls it.
        sentence: what it does.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]

    def work(self) -> None:
        """Do one piece of work; the run's thread only."""

    def clean_up(self) -> None:
        """Put away what the work used; called by the run's thread in the ``finally`` around its loop."""

    def interrupt(self) -> None:
        """Cut the work short if it can be; called by whoever asks for the stop, just after the signal is set."""

    def release(self) -> None:
        """Let go a thread that noticed nothing; called by the harness after the deadline, any thread."""
