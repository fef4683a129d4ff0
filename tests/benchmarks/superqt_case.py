"""superqt's ``thread_worker``: a generator in a pool thread that yields its lines, into a QPlainTextEdit."""

import time
from array import array
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QThreadPool

from .case import Case
from .design import Design, PlainTextLog


class SuperQt(Design):
    """``thread_worker`` generators; ``yielded`` is connected to ``appendPlainText`` and ``quit()`` stops them.

    superqt runs its workers in Qt's global pool, which has as many threads as the machine has processors; it is given as
    many as there are workers, or most of them would only wait.
    """

    def __init__(self, case: Case) -> None:
        from superqt.utils import thread_worker

        self.window = self._log = PlainTextLog()
        self.viewport = self._log.viewport()
        self._interval = case.interval
        self._written = [0] * case.workers
        self._stamps = array("q")
        self._ended = 0
        QThreadPool.globalInstance().setMaxThreadCount(max(case.workers, 2))
        write = thread_worker(self._write_paced if case.interval else self._write)
        self._workers = [write(place) for place in range(case.workers)]
        for worker in self._workers:
            worker.yielded.connect(self._log.appendPlainText)
            worker.finished.connect(self._on_finished)

    def _write(self, place: int) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            self._written[place] = number
            yield f"running… {number}"

    def _write_paced(self, place: int) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            self._written[place] = number
            self._stamps.append(time.perf_counter_ns())
            yield f"running… {number}"
            time.sleep(self._interval)

    def _on_finished(self) -> None:
        self._ended += 1

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        for worker in self._workers:
            worker.quit()

    def all_shown(self) -> bool:
        return self._ended == len(self._workers) and self._log.line_count() == sum(self._written)

    def shown(self) -> int:
        return self._log.line_count()

    def stamps(self) -> Sequence[int]:
        return self._stamps
