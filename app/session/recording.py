"""A sitting's recorder, for a window and for a command line."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from app.core.engine import Drained
from app.core.stream import Stream
from app.session.places import new_writer
from app.session.recorder import Recorder


def beginning(stream: Stream) -> datetime:
    """Return the wall clock at the beginning of the sitting; any thread."""
    return datetime.now().astimezone() - timedelta(microseconds=(stream.clock.now() - stream.origin) / 1_000)


def build_recorder(folder: Path, started: datetime, stream: Stream) -> Recorder:
    """Return a recorder of a sitting; its file comes into being with the first record.

    Args:
        folder: where the file will be.
        started: what ``beginning`` returned.
        stream: gets the credit of what is committed back.
    """

    def settle(several: list[Drained]) -> None:
        stream.release(*several)

    return Recorder(
        partial(new_writer, folder, started, stream.origin), settle, lambda: datetime.now().astimezone().isoformat()
    )
