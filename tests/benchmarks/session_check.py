"""Looks whether the workers' numbers are gapless and in order: in a view, in the session's file, in an export of it."""

import time

from app.core.batch import Kind
from app.session.export import format_lines
from app.session.reader import SessionReader
from app.session.recorder import Recorder

_PATIENCE = 60.0  # seconds until all that was shown must be committed


class Numbers:
    """Takes lines that end in their number, in the order in which they stand, and says whether one is missing."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._wrong = ""

    def add(self, run: int, text: str) -> None:
        """Take the next line of a run."""
        number = int(text.rpartition(" ")[2])
        last = self._last.get(run)
        if last is None:
            self._first[run] = number
        elif number != last + 1:
            self._wrong = self._wrong or f"run {run} has {number} after {last}"
        self._last[run] = number

    def verdict(self, written: dict[int, int], *, whole: bool) -> str:
        """Return ``ok``, or what is wrong.

        Args:
            written: how many lines each run wrote.
            whole: every line was looked at, so each run must begin with 1.
        """
        if self._wrong:
            return f"NOT ok: {self._wrong}"
        for run, last in written.items():
            if run in self._last and self._last[run] != last:
                return f"NOT ok: run {run} ends with {self._last[run]}, it wrote {last}"
            if whole and self._first.get(run, 0) != min(1, last):
                return f"NOT ok: run {run} lacks its beginning"
        return "ok"


def all_committed(recorder: Recorder, records: int) -> str:
    """Return ``ok`` once as many records are committed as there are; what is wrong if they never are, or if more are."""
    until = time.monotonic() + _PATIENCE
    while recorder.status().committed < records and time.monotonic() < until:
        time.sleep(0.05)
    committed = recorder.status().committed
    return "ok" if committed == records else f"NOT ok: {committed:,} records are committed of {records:,}"


def checked_file(recorder: Recorder, written: dict[int, int], records: int) -> str:
    """Return ``ok`` if the session's file and a text export of it hold every line, in order; what is wrong otherwise.

    Args:
        recorder: whose file it is; all is committed, but the file is still open.
        written: how many lines each run wrote.
        records: how many records there are altogether.
    """
    path = recorder.status().path
    if path is None:
        return "NOT ok: there is no file"
    damaged: list[str] = []
    with SessionReader(path, damaged.append) as reader:
        if reader.records() != records:
            return f"NOT ok: the file has {reader.records():,} records of {records:,}"
        verdict = _lines_and_export(reader, written)
    return f"NOT ok: {damaged[0]}" if damaged else verdict


def _lines_and_export(reader: SessionReader, written: dict[int, int]) -> str:
    ids = {name: run for run, name in reader.runs().items()}
    numbers, texts = Numbers(), []
    times: dict[int, int] = {}
    for line in reader.lines():
        run = ids[line.name]
        if line.t_ns < times.get(run, line.t_ns):
            return f"NOT ok: in the file, run {run} goes back in time"
        times[run] = line.t_ns
        if line.kind == Kind.LINE:
            numbers.add(run, line.text)
            texts.append(line.text)
    verdict = numbers.verdict(written, whole=True)
    if verdict != "ok":
        return f"{verdict} (in the file)"
    export = b"".join(format_lines(reader.lines(), "text", 0)).decode("utf-8", "surrogatepass")
    if export != "".join(f"{text}\n" for text in texts):
        return "NOT ok: the export differs from the file"
    return _export_of_one(reader, written)


def _export_of_one(reader: SessionReader, written: dict[int, int]) -> str:
    """Look at the export of one run by itself: what a person does who wants to see one worker's lines."""
    run, name = min((run, name) for run, name in reader.runs().items() if run in written)
    export = b"".join(format_lines(reader.lines(worker=name.worker, run=name.number), "text", 0))
    numbers = Numbers()
    for text in export.decode("utf-8", "surrogatepass").splitlines():
        numbers.add(run, text)
    verdict = numbers.verdict({run: written[run]}, whole=True)
    return verdict if verdict == "ok" else f"{verdict} (in the export)"
