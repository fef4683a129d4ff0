"""The naive design, as every tutorial does it: each line is a signal of its own, into a QPlainTextEdit."""

import threading
import time
from array import array
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from .case import Case
from .design import Design, PlainTextLog


class Emitter(QObject):
    """Where the threads emit; it lives in the GUI thread, so Qt queues each line to it."""

    line = Signal(str)


class Naive(Design):
    """Threads that emit ``Signal(str)`` for each line, connected to ``appendPlainText`` itself.

    This is the kindest form: a line needs no Python in the GUI thread. ``NaiveBySlot`` is the other one.
    """

    def __init__(self, case: Case) -> None:
        self.window = self._log = PlainTextLog()
        self.viewport = self._log.viewport()
        self._emitter = Emitter()
        self._connect()
        self._interval = case.interval
        self._stop = threading.Event()
        self._stamps = array("q")
        self._written = [0] * case.workers
        target = self._write_paced if case.interval else self._write
        self._threads = [threading.Thread(target=target, args=(place,), daemon=True) for place in range(case.workers)]

    def _connect(self) -> None:
        self._emitter.line.connect(self._log.appendPlainText)

    def _write(self, place: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self._emitter.line.emit(f"running… {number}")
        self._written[place] = number

    def _write_paced(self, place: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            self._stamps.append(time.perf_counter_ns())
            self._emitter.line.emit(f"running… {number}")
            time.sleep(self._interval)
        self._written[place] = number

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()

    def all_shown(self) -> bool:
        if any(thread.is_alive() for thread in self._threads):
            return False
        return self._log.line_count() == sum(self._written)

    def shown(self) -> int:
        return self._log.line_count()

    def stamps(self) -> Sequence[int]:
        return self._stamps


class NaiveBySlot(Naive):
    """The same with a slot in Python between, as in tutorials whose window has a method for each signal."""

    def _connect(self) -> None:
        self._emitter.line.connect(self._on_line)

    def _on_line(self, text: str) -> None:
        self._log.appendPlainText(text)
