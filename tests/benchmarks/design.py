"""What a design is to the benchmark: a window with a log, and workers that write to it."""

import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from .case import Case

SIZE = (1024, 700)


class Design(ABC):
    """One way to bring threads' lines into a window. Made in the GUI thread, with the QApplication there."""

    window: QWidget
    viewport: QWidget | None = None  # where the log is painted

    @abstractmethod
    def start(self) -> None:
        """Start the workers; GUI thread."""

    def all_begun(self) -> bool:
        """Return whether every worker has written a line; GUI thread."""
        return True

    @abstractmethod
    def stop(self) -> None:
        """Ask the workers to stop; any thread, must not wait."""

    @abstractmethod
    def all_shown(self) -> bool:
        """Return whether every worker has ended and everything that it wrote is in the view; GUI thread."""

    @abstractmethod
    def shown(self) -> int:
        """Return how many lines the view has; any thread, if the window is frozen."""

    def stamps(self) -> Sequence[int]:
        """Return when the lines were written, in the order of the view; only where one worker writes."""
        return []

    def numbers(self) -> str | None:
        """Return ``ok`` if each worker's numbers are gapless and in order in the view's store; None if not looked at."""
        return None

    def behind(self) -> list[int] | None:
        """Return the most records that waited to be committed, and the most that may; None if nothing is recorded."""
        return None

    def close(self) -> None:
        """Put everything away; GUI thread."""
        self.window.close()


class PlainTextLog(QPlainTextEdit):
    """The log of the tutorials, and how many lines it has. Read-only, as tutorials make it; nothing else is set."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)

    def line_count(self) -> int:
        """Return the lines so far; when the window is frozen another thread asks: it is one number that is read."""
        document = self.document()
        blocks = document.blockCount()
        return 0 if blocks == 1 and document.isEmpty() else blocks


class Empty(Design):
    """A window with nothing in it and no worker that writes: the floor."""

    def __init__(self, _case: Case) -> None:
        self.window = QWidget()
        self._stopped = False

    def start(self) -> None:
        """Start no worker."""

    def stop(self) -> None:
        self._stopped = True

    def all_shown(self) -> bool:
        return self._stopped

    def shown(self) -> int:
        return 0


class EmptyBeside(Empty):
    """The same, beside threads that compute in another process, as many as the case has workers."""

    _COMPUTE = """
import sys, threading
def run():
    while True:
        pass
for _ in range(int(sys.argv[1])):
    threading.Thread(target=run).start()
"""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._threads = [case.workers]  # of each process
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        # Of our session, as children are: the system may share the processors out by sessions.
        self._processes = [
            subprocess.Popen([sys.executable, "-c", self._COMPUTE, str(threads)], process_group=0)
            for threads in self._threads
        ]

    def stop(self) -> None:
        super().stop()
        for process in self._processes:
            process.kill()
            process.wait()


class EmptyBesideProcesses(EmptyBeside):
    """The same beside as many processes, each with one thread that computes: several want a processor each."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._threads = [1] * case.workers
