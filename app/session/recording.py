"""A sitting's recorder, for a window and for a command line."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from app.core.collector import Collector, Drained
from app.session.folder import new_writer
from app.session.recorder import Recorder


def beginning(collector: Collector) -> datetime:
    """Return the wall clock at the beginning of the sitting; any thread."""
    return datetime.now().astimezone() - timedelta(microseconds=(collector.clock.now() - collector.origin) / 1_000)


def build_recorder(folder: Path, started: datetime, collector: Collector) -> Recorder:
    """Return a recorder of a sitting; its file comes into being with the first record.

    Args:
        folder: where the file will be.
        started: what ``beginning`` returned.
        collector: gets the credit of what is committed back.
    """

    def settle(several: list[Drained]) -> None:
        collector.settle(*several)

    return Recorder(
        partial(new_writer, folder, started, collector.origin), settle, lambda: datetime.now().astimezone().isoformat()
    )
