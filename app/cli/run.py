"""``thread-controller run``: the main job without a screen."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle, groupby
from typing import BinaryIO, TextIO

from app.cli.choice import chosen_workers
from app.cli.stdout import InterruptibleWriter
from app.cli.styles import WORKERS, Cell, toned
from app.core.batch import LINES, Batch, Kind
from app.core.catalogue import Catalogue
from app.core.errors import BadInput, one_line
from app.core.events import Failed, events_of
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.pump import Pump
from app.core.runtime import Runtime
from app.core.states import Outcome, outcome_words
from app.core.worker import PROCESS, Worker
from app.programs.consent import require_yes
from app.programs.runtime import build_runtime
from app.session.export import json_line
from app.session.reader import Line
from app.session.record_words import event_words
from app.session.time_order import in_time_order
from app.signals import Signals
from app.terminal import exit_status, shows_colours, write_stderr

# Seconds that runs which were let go after the deadline have for their end, before they are left behind.
RELEASED_WITHIN = 1.0

# Each thread that waits for the GIL wakes up once every switch interval to ask for it. With thousands of workers that
# storm takes both cores: 5,000 of them took 80 to 126 s at Python's 5 ms for a run of 2 s, and 7 s at 25 ms.
SWITCH_INTERVAL_PER_WORKER = 5e-6

_HEADER = ("worker", "run", "outcome", "lines", "stop latency")
_NOTHING = "–"  # in place of a latency
_LONGEST_TABLE = 500  # rows; rich takes 0.6 ms for each


class HeadlessRun:
    """Reads the stream until every run is over, or only stuck ones are left.

    Args:
        runtime: what runs.
        signals: whether the process was asked to end.
        render: from a batch to the bytes for standard output.
        output: where lines go.
        say: writes everything about them.
        deadline: seconds that runs have to end once the process was asked to.
        kill_after: seconds from a stop request until a run in a process of its own is killed; None for never.
        errors: where lines go that were written to standard error, or logged; None: to ``output``, like all others.
    """

    def __init__(
        self,
        runtime: Runtime,
        signals: Signals,
        render: Callable[[Batch], bytes],
        output: BinaryIO | InterruptibleWriter,
        say: Callable[[str], object],
        deadline: float,
        kill_after: float | None = None,
        errors: BinaryIO | InterruptibleWriter | None = None,
    ) -> None:
        self._errors = errors
        self._are_errors_lost = False  # standard error has no reader any more
        self._runtime = runtime
        self._controller = runtime.controller
        self._signals = signals
        self._render = render
        self._output = output
        self._say = say
        self._deadline = deadline
        self._kill_after = kill_after
        self._pump = Pump(runtime.stream, self._read)
        self._is_closing = False
        self.broken_pipe = False
        self.trouble = ""  # why standard output cannot be written, if not for want of a reader

    def loop(self) -> list[RunSnapshot]:
        """Read until the end; the main thread only. Returns the runs that had to be left behind, with their stacks."""
        while True:
            self._pump.wait(lambda: self._has_new_signal() or self._controller.are_only_stuck())
            if self._has_new_signal():
                self._close()
            elif self._controller.is_idle():
                return []
            elif not self._wait_for_released():
                return self._runtime.left(self._pump)

    def _has_new_signal(self) -> bool:
        """Return whether a signal waits to be acted upon."""
        return self._signals.number is not None and not self._is_closing

    def _wait_for_released(self) -> bool:
        """Wait for something more of runs that are all stuck, and were released by now; return whether it came."""
        stuck = self._controller.state.tally()
        # Where the engine cannot release them, there is nothing to wait for.
        patience = RELEASED_WITHIN if self._controller.abilities.let_go else 0
        if self._kill_after is not None and any(map(self._can_be_killed, self._controller.state.live())):
            patience += self._kill_after
        return self._pump.wait(lambda: self._controller.state.tally() != stuck or self._has_new_signal(), patience)

    def _can_be_killed(self, run: int) -> bool:
        return self._controller.abilities_of(run).kill

    def _close(self) -> None:
        self._is_closing = True
        self._controller.close(self._deadline)

    def _read(self, batch: Batch) -> None:
        self._controller.consume(batch)
        try:
            if not self.broken_pipe:
                self._write(batch)
        except OSError as error:
            # The reader has had enough, or there is no room: all runs are asked to stop, and what they still write goes
            # nowhere.
            self.broken_pipe = True
            self.trouble = "" if isinstance(error, BrokenPipeError) else str(error.strerror or error)
            self._close()
        for _, run, event in events_of(batch):
            if isinstance(event, Failed):
                name = batch.names[run]
                self._say(f"{name.worker} #{name.number} failed: {event_words(event)}\n")

    def _write(self, batch: Batch) -> None:
        """Write a batch; OSError if standard output cannot be written."""
        if self._errors is None:
            self._output.write(self._render(batch))
            self._output.flush()
            return
        for is_error, part in by_stream(batch):
            if not is_error:
                self._output.write(self._render(part))
                self._output.flush()
            elif not self._are_errors_lost:
                try:
                    self._errors.write(self._render(part))
                except OSError:
                    self._are_errors_lost = True  # and nothing else fails for it


def run_command(options: Namespace, catalogue: Catalogue) -> int:
    """Do what ``thread-controller run`` was asked to and return the exit status; the main thread only.

    Raises:
        BadInput: what was asked for does not exist or is wrong; nothing has been started.
    """
    workers = chosen_workers(options, catalogue)
    agreed = require_yes(workers, yes=options.yes, interpreter=options.interpreter)
    _check_and_warn(workers, catalogue)
    _check_kill(options, workers)
    for sentence in agreed:
        write_stderr(f"{sentence}\n")
    _calm_the_interpreter(len(workers))
    runtime = build_runtime(catalogue, deadline=options.deadline, releases_stuck=True, kill_after=options.kill_after)
    controller, stream = runtime.controller, runtime.stream
    signals = Signals(stream.wake)
    render = _renderer(options, workers, stream.origin)
    writer = InterruptibleWriter(sys.stdout.fileno(), signals, options.deadline)
    errors = None if options.json else InterruptibleWriter(sys.stderr.fileno(), signals, options.deadline)
    headless = HeadlessRun(runtime, signals, render, writer, write_stderr, options.deadline, options.kill_after, errors)
    run_ids = [run for run in controller.start_all(workers) if run is not None]
    left = headless.loop()
    snapshots = controller.state.snapshots(run_ids)
    if not headless.broken_pipe:
        _report(snapshots, left)
    number = signals.number
    if left:
        runtime.leave()
        # Threads that cannot be stopped must not run on in an interpreter that ends.
        os._exit(exit_status(left=True))
    runtime.shutdown()
    signals.restore()
    stream.close()
    if headless.trouble:
        raise BadInput(f"standard output cannot be written ({headless.trouble}).")
    failed = any(snapshot.outcome is Outcome.FAILED or snapshot.was_stuck for snapshot in snapshots)
    killed = any(snapshot.outcome is Outcome.KILLED for snapshot in snapshots)
    return exit_status(left=killed, signal_number=number, failed=failed)


def _renderer(options: Namespace, workers: Sequence[Worker], origin: int) -> Callable[[Batch], bytes]:
    """Return what makes the bytes for standard output of a batch; before anything is started, because rich may be loaded."""
    if options.json:
        return partial(json_lines, origin=origin)
    if len(workers) == 1:
        return plain
    return partial(named, prefixes=line_prefixes(workers, sys.stdout))


def _check_and_warn(workers: list[Worker], catalogue: Catalogue) -> None:
    """Say what the chosen mechanisms can do harm to: naming them on a command line is consent.

    Raises:
        BadInput: what a mechanism needs is not there.
    """
    strategies = [catalogue.strategy(name) for name in dict.fromkeys(worker.strategy for worker in workers)]
    for strategy in strategies:
        # Asked of all before the first is started: nothing is half-done.
        strategy.check_available()
    for warning in catalogue.warnings(workers):
        write_stderr(f"{warning}\n")


def _check_kill(options: Namespace, workers: Iterable[Worker]) -> None:
    """Raise BadInput if a thread of this process is to be killed, which cannot be done."""
    if options.kill_after is not None and not all(worker.engine == PROCESS for worker in workers):
        raise BadInput("--kill-after: only a process can be killed; write --process too.")


def _calm_the_interpreter(workers: int) -> None:
    """Lengthen the switch interval for thousands of workers, and say so: it is a setting of the whole process."""
    wanted = workers * SWITCH_INTERVAL_PER_WORKER
    if wanted > sys.getswitchinterval():
        sys.setswitchinterval(wanted)
        write_stderr(f"switch interval {duration(wanted * 1e9)} for {workers:,} workers (Python's default is 5 ms)\n")


def _report(snapshots: list[RunSnapshot], left: list[RunSnapshot]) -> None:
    write_stderr(summary(snapshots, sys.stderr))
    for snapshot in snapshots:
        if snapshot.release_words:
            write_stderr(f"{snapshot.title} {snapshot.release_words}.\n")
    for snapshot in left:
        write_stderr(left_words(snapshot))


# -- what is written ---------------------------------------------------------------------------------------------------


def by_stream(batch: Batch) -> Iterator[tuple[bool, Batch]]:
    """Yield the stretches of a batch, each with whether its lines were written to standard error, or logged."""
    if not batch.source_counts():
        yield False, batch
        return
    batch = in_time_order(batch)
    is_error = [kind in LINES and kind != Kind.LINE for kind in batch.kinds]
    for wanted, places in groupby(range(len(batch)), is_error.__getitem__):
        stretch = list(places)
        part = slice(stretch[0], stretch[-1] + 1)
        runs = batch.runs[part]
        names = {run: batch.names[run] for run in set(runs)}
        yield wanted, Batch(batch.instants[part], runs, batch.kinds[part], batch.texts[part], names)


def plain(batch: Batch) -> bytes:
    """Return the lines of a batch exactly as the workers wrote them, each with a line break; other records are left out.

    Lone surrogates are kept (``surrogatepass``): what a worker writes goes out unchanged.
    """
    batch = in_time_order(batch)
    if batch.only_lines():
        texts: Iterable[str] = batch.texts
    else:
        texts = (record.text for record in batch if record.kind in LINES)
    text = "\n".join((*texts, ""))
    return text.encode("utf-8", "surrogatepass")


def named(batch: Batch, prefixes: Mapping[str, str]) -> bytes:
    """Return the lines of a batch, each with what belongs before the lines of its worker; other records are left out."""
    batch = in_time_order(batch)
    by_run = {run: prefixes.get(name.worker, "") for run, name in batch.names.items()}
    lines = []
    for run, kind, text in zip(batch.runs, batch.kinds, batch.texts, strict=True):
        if kind in LINES:
            # A text of several lines is told apart in each of them.
            lines.append(by_run[run] + text.replace("\n", f"\n{by_run[run]}"))
    return "\n".join((*lines, "")).encode("utf-8", "surrogatepass")


def line_prefixes(workers: Iterable[Worker], stream: TextIO) -> dict[str, str]:
    """Return what stands before the lines of each worker, by its name; in colours if the stream shows them."""
    names = [worker.name for worker in workers]
    if not shows_colours(stream):
        return {name: f"{name}: " for name in names}
    from app.cli.console import painter  # rich, for a person

    paints = cycle([painter(stream, colour) for colour in WORKERS])
    return {name: paint(f"{name}: ") for name, paint in zip(names, paints, strict=False)}


def json_lines(batch: Batch, origin: int) -> bytes:
    """Return every record of a batch as a JSON object a line; ``t_ns`` counts from ``origin`` (``perf_counter_ns``)."""
    names = batch.names
    # The number of a line is not known while others are still on their way, and JSON lines do not have it.
    rows = (
        json_line(Line(0, r.instant - origin, names[r.run], r.kind, r.text, r.late, origin))
        for r in in_time_order(batch)
    )
    return "\n".join((*rows, "")).encode("ascii")


def latency_words(snapshot: RunSnapshot) -> str:
    """Return a run's stop latency for a person: a duration, ``never`` or ``not known``, ``–`` if there is none.

    There is none if the run was not asked to stop, or if its limit or an error ended it before it could notice.
    """
    chain = snapshot.chain
    if chain.latency is not None:
        return duration(chain.latency)
    if snapshot.notice_unknown:
        return "not known"
    is_left_behind = chain.requested is not None and snapshot.outcome is None
    return "never" if snapshot.never or is_left_behind else _NOTHING


def summary(snapshots: Sequence[RunSnapshot], stream: TextIO) -> str:
    """Return what came of each run: a table for a terminal, elsewhere and for very many a sentence a run."""
    if not stream.isatty() or len(snapshots) > _LONGEST_TABLE:
        return "".join(f"{run_sentence(snapshot)}\n" for snapshot in snapshots)
    from app.cli.console import table_text  # rich, for a person

    return table_text(stream, map(_row, snapshots), _HEADER, right=(1, 3, 4))


def run_sentence(snapshot: RunSnapshot) -> str:
    """Return what came of a run in a line: its name, outcome, lines and stop latency."""
    latency = latency_words(snapshot)
    stopped = "" if latency == _NOTHING else f", stop latency {latency}"
    lines = f"{snapshot.lines:,} line{'' if snapshot.lines == 1 else 's'}"
    return f"{one_line(snapshot.title)}: {_outcome(snapshot)}, {lines}{stopped}"


def _row(snapshot: RunSnapshot) -> tuple[Cell, ...]:
    name, latency = snapshot.name, latency_words(snapshot)
    return name.worker, f"{name.number:,}", toned(_outcome(snapshot)), f"{snapshot.lines:,}", toned(latency)


def _outcome(snapshot: RunSnapshot) -> str:
    was_stuck = snapshot.was_stuck and snapshot.outcome is not None
    return outcome_words(snapshot.outcome, was_stuck=was_stuck, missing=f"left behind, {snapshot.state}")


def left_words(snapshot: RunSnapshot) -> str:
    """Return what is said of a run that had to be left behind, its stack too."""
    return f"\n{one_line(snapshot.title)} did not stop and was left behind; its stack:\n{snapshot.stack}\n"
