"""Makes a session file of many lines, quickly, of which it is known what stands where."""

import os
import time
from array import array
from datetime import datetime
from pathlib import Path

from app.core.batch import Batch, RunName
from app.session.folder import new_writer

RUNS = 4
EACH = 4_000  # lines of each run in a batch: together what may be in flight
BATCH = RUNS * EACH
_STEP = 2_000  # ns between two lines: half a million a second
_ORIGIN = 1_000_000_000


def build(folder: Path, lines: int) -> Path:
    """Write a session of so many lines, whole batches of them, and return its file."""
    writer = new_writer(folder, datetime.now().astimezone(), _ORIGIN)
    for number in range(-(-lines // BATCH)):
        writer.write(_batch(number))
    writer.finish(datetime.now().astimezone().isoformat())
    return writer.path


def _batch(number: int) -> Batch:
    batch = Batch()
    first = number * EACH + 1
    begin = _ORIGIN + number * BATCH * _STEP
    kinds = bytes(EACH)
    for run in range(RUNS):
        instants = array("q", range(begin + run * _STEP, begin + EACH * RUNS * _STEP, RUNS * _STEP))
        texts = [f"running… {count}" for count in range(first, first + EACH)]
        batch.add(run + 1, RunName(f"Event {run + 1}", 1), instants, kinds, texts)
    return batch


def expected(line: int) -> tuple[int, str]:
    """Return the run and the text of the record with a line number."""
    return line % BATCH // EACH + 1, f"running… {line // BATCH * EACH + line % EACH + 1}"


def times(lines: int) -> int:
    """Return the time in the session (ns) at which a file of so many lines ends."""
    return lines * _STEP


def drop_from_cache(path: Path) -> None:
    """Have the system forget what it has read of a file, where it can: an old session is not in memory either."""
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    time.sleep(0.1)
