"""What becomes of a session file whose bytes are changed or cut off: made, harmed, exported, judged by what was written."""

import contextlib
import csv
import io
import json
import random
import shutil
import sqlite3
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from app.core.batch import JOURNAL, NO_RUN, Batch, Kind, RunName
from app.core.errors import BadInput
from app.session.archive import Archive
from app.session.export import export_session
from app.session.folder import new_writer
from app.session.reader import SessionReader

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
ORIGIN = 123_456_789_012_345
FORMS = ("text", "csv", "jsonl")
WINDOW = "window"  # as the window shows a file: by the archive, every line number with a record
RUNS = {1: RunName("Event", 1), 2: RunName("Flag", 1), 3: RunName("Event", 2), JOURNAL: NO_RUN}


class Written(NamedTuple):
    """A record as an export in JSON lines has it, and the number of its batch."""

    t_ns: int
    worker: str
    run: int
    kind: str
    text: str
    batch: int


@dataclass
class Sample:
    """A session file as bytes, with its log if it was not ended, and what is in it.

    Attributes:
        parts: the bytes of the file and of what SQLite has beside it, by the ending of the name.
        records: what was written.
    """

    parts: dict[str, bytes] = field(default_factory=dict)
    records: list[Written] = field(default_factory=list)
    _wanted: dict[tuple[str, str | None], list[tuple[int, tuple[object, ...]]]] = field(default_factory=dict)

    def wanted(self, form: str, worker: str | None) -> list[tuple[int, tuple[object, ...]]]:
        """Return what an export holds as ``read_export`` reads it, each with the number of its batch."""
        if (form, worker) not in self._wanted:
            self._wanted[form, worker] = list(_wanted(self.records, form, worker))
        return self._wanted[form, worker]

    def place(self, folder: Path, parts: dict[str, bytes] | None = None) -> Path:
        """Write the files into a folder and return the session's."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for ending, data in (self.parts | (parts or {})).items():
            (folder / f"s.tcsession{ending}").write_bytes(data)
        return folder / "s.tcsession"


def sample(folder: Path, batches: int, *, ended: bool, lines: tuple[int, int] = (1, 400), seed: int = 0) -> Sample:
    """Return a session of some batches, of three runs and the journal; not ended, its second half is in the log."""
    rng = random.Random(seed)
    made = Sample()
    shutil.rmtree(folder, ignore_errors=True)
    writer = new_writer(folder, STARTED, ORIGIN)
    t_ns = 0
    for number in range(batches):
        whole = Batch()
        for run in rng.sample(list(RUNS), rng.randint(1, len(RUNS))):
            kind, count = (Kind.NOTE, 1) if run == JOURNAL else (Kind.LINE, rng.randint(*lines))
            times = [t_ns + 1_000 * i for i in range(count)]
            texts = [f"running… {number} {i} {rng.getrandbits(32):x}" for i in range(count)]
            texts = [json.dumps({"note": text}) for text in texts] if kind == Kind.NOTE else texts
            whole.add(run, RUNS[run], array("q", (ORIGIN + t for t in times)), bytes([kind]) * count, texts)
            name = RUNS[run]
            made.records += (Written(t, *name, kind.word, x, number) for t, x in zip(times, texts, strict=True))
        made.records.sort(key=lambda record: record.t_ns)  # as readers show them; of one instant as they arrived
        t_ns += 10_000_000
        if not ended and number == batches // 2:
            writer._logged = 2**30  # what was written by now goes into the file
        writer.write(whole)
    if ended:
        writer.finish("2026-01-02T03:05:00+00:00")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            made.parts[ending] = writer.path.with_name(f"{writer.path.name}{ending}").read_bytes()
    writer.abandon()
    return made


def shown(path: Path) -> tuple[list[tuple[object, ...]], list[str]] | None:
    """Return the records that the window shows and what it says; None if it refuses the file."""
    said: list[str] = []
    try:
        archive = Archive.of(path, said.append)
    except BadInput:
        return None
    with contextlib.closing(archive):
        records = archive.records(0, archive.committed)
        assert len(records) == archive.committed
        return [
            (r.instant - archive.origin(), *archive.name(r.run), Kind(r.kind).word, r.text)
            for r in records
            if r.kind != Kind.ERROR
        ], said


def exported(path: Path, form: str, worker: str | None) -> tuple[bytes, list[str]] | None:
    """Return what ``export`` writes and says; None if it refuses the file. Anything else that is raised is a bug."""
    said: list[str] = []
    try:
        with SessionReader(path, said.append) as reader:
            reader.runs()
            return b"".join(export_session(reader, form, worker, None)), said
    except BadInput as error:
        if "\n" in str(error):
            raise AssertionError("a refusal is one sentence") from error
        return None


def _wanted(records: list[Written], form: str, worker: str | None) -> Iterator[tuple[int, tuple[object, ...]]]:
    begun = round(STARTED.timestamp() * 1e9)
    for number, record in enumerate(records):
        if worker not in (None, record.worker) or (form == "text" and record.kind != "line"):
            continue
        if form == "text":
            yield record.batch, (record.text,)
        elif form in ("jsonl", WINDOW):
            yield record.batch, record[:5]
        else:
            wall = datetime.fromtimestamp((begun + record.t_ns) // 1_000 / 1e6, UTC).isoformat(timespec="microseconds")
            numbers = (str(number), wall, str(record.t_ns), record.worker, str(record.run), record.kind, record.text)
            yield record.batch, (*numbers, "", "")


def read_export(data: bytes, form: str) -> list[tuple[object, ...]]:
    """Return the records of an export."""
    if form == "text":
        return [(line,) for line in data.decode().splitlines()]
    if form == "jsonl":
        rows = map(json.loads, data.splitlines())
        return [(row["t_ns"], row["worker"], row["run"], row["kind"], row["text"]) for row in rows]
    return [tuple(row) for row in list(csv.reader(io.StringIO(data.decode(), newline="")))[1:]]


@dataclass
class Verdict:
    """What became of one harmed file.

    Attributes:
        silent: something is missing, altered or misdated although nothing was said.
        untrue: something is there that was never written, whatever was said.
        refused: nothing could be read.
        said: something was said.
        rescued: the part of the records of batches that were not hit that is there; None if there are none.
    """

    silent: bool = False
    untrue: bool = False
    refused: bool = False
    said: bool = False
    rescued: float | None = None


def judge(harmed: Path, made: Sample, form: str, worker: str | None, untouched: set[int]) -> Verdict:
    """Export a harmed file and compare it with what was written into it.

    Args:
        harmed: the file.
        made: what it was.
        form, worker: how it is exported.
        untouched: the batches of which no byte was hit.
    """
    found = shown(harmed) if form == WINDOW else exported(harmed, form, worker)
    if found is None:
        return Verdict(refused=True, said=True, rescued=0.0 if untouched else None)
    rows, said = found[0] if isinstance(found[0], list) else read_export(found[0], form), found[1]
    wanted = made.wanted(form, worker)
    there = Counter(rows)
    must = [row for batch, row in wanted if batch in untouched]
    return Verdict(
        silent=not said and rows != [row for _, row in wanted],
        untrue=bool(there - Counter(row for _, row in wanted)),
        said=bool(said),
        rescued=(there & Counter(must)).total() / len(must) if must else None,
    )


# -- where each batch lies -------------------------------------------------------------------------------------------------

Range = tuple[str, int, int]  # the ending of the file's name, first byte, and the byte after the last


class _Pages:
    """The pages of a sound sample as SQLite sees them, and where each lies."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts
        self._places = {n + 1: ("", 4_096 * n) for n in range(len(parts[""]) // 4_096)}
        log = parts.get("-wal", b"")
        for place in range(32, len(log), 4_120):
            if log[place + 8 : place + 16] == log[16:24]:
                self._places[int.from_bytes(log[place : place + 4], "big")] = "-wal", place + 24

    def __getitem__(self, number: int) -> tuple[bytes, str, int]:
        ending, place = self._places[number]
        return self._parts[ending][place : place + 4_096], ending, place


def _number(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | page[at] & 127
        at += 1
        if page[at - 1] < 128:
            return value, at


def ranges(made: Sample) -> list[list[Range]]:
    """Return where each batch lies, by walking the tree of its table as SQLite's documentation describes it."""
    pages = _Pages(made.parts)
    folder = Path(tempfile.mkdtemp())
    with contextlib.closing(sqlite3.connect(made.place(folder / "x"))) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'batch'").fetchone()
    shutil.rmtree(folder)
    return list(_rows(pages, root))


def _rows(pages: _Pages, number: int) -> Iterator[list[Range]]:
    page, ending, place = pages[number]
    cells = int.from_bytes(page[3:5], "big")
    begin = 12 if page[0] == 5 else 8
    starts = [int.from_bytes(page[begin + 2 * i : begin + 2 * i + 2], "big") for i in range(cells)]
    if page[0] == 5:
        for start in starts:
            yield from _rows(pages, int.from_bytes(page[start : start + 4], "big"))
        yield from _rows(pages, int.from_bytes(page[8:12], "big"))
        return
    for start in starts:
        size, at = _number(page, start)
        _, at = _number(page, at)
        local = size
        if size > 4_061:
            local = 489 + (size - 489) % 4_092
            local = local if local <= 4_061 else 489
        missing = size - local
        found = [(ending, place + start, place + at + local + (4 if missing else 0))]
        following = int.from_bytes(page[at + local : at + local + 4], "big") if missing else 0
        while missing > 0:
            more, its_ending, its_place = pages[following]
            found.append((its_ending, its_place, its_place + 4 + min(missing, 4_092)))
            missing -= 4_092
            following = int.from_bytes(more[:4], "big")
        yield found


def untouched(places: list[list[Range]], ending: str, first: int, after: int) -> set[int]:
    """Return the batches that have none of some bytes of a file."""
    return {
        number
        for number, found in enumerate(places)
        if not any(end == ending and low < after and first < high for end, low, high in found)
    }


# -- campaigns -------------------------------------------------------------------------------------------------------------


def _choice(number: int) -> tuple[str, str | None]:
    """Return how a harmed file is read: in every form, all of it and one worker's part, and by the window."""
    form = (*FORMS, WINDOW)[number % 4]
    return form, None if form == WINDOW else (None, "Event", "Flag")[number // 4 % 3]


def flips(made: Sample, count: int, folder: Path, seed: int = 0) -> Iterator[tuple[str, Verdict]]:
    """Change one byte of a file, or of its log, again and again; yield what was done and what became of it."""
    rng, places = random.Random(seed), ranges(made)
    endings = [ending for ending in ("", "-wal") if made.parts.get(ending)]
    for number in range(count):
        ending = rng.choices(endings, [len(made.parts[each]) for each in endings])[0]
        data = bytearray(made.parts[ending])
        # One in ten where all of the file hangs on it: on its first page, or in the head of a page.
        kind = rng.random()
        at = rng.randrange(len(data))
        if kind < 0.05:
            at = rng.randrange(200) if number % 2 else rng.randrange(3_600, 4_096)
        elif kind < 0.1:
            at = at // 4_096 * 4_096 + rng.randrange(12)
        at = min(at, len(data) - 1)
        bit = rng.randrange(1, 256)
        data[at] ^= bit
        form, worker = _choice(number)
        path = made.place(folder, {ending: bytes(data)})
        yield (
            f"byte {at} of s.tcsession{ending} ^ {bit}, {form}, {worker}",
            judge(path, made, form, worker, untouched(places, ending, at, at + 1)),
        )


def cuts(made: Sample, count: int, folder: Path, seed: int = 0) -> Iterator[tuple[str, Verdict]]:
    """Cut a file off at some byte, again and again."""
    rng, places = random.Random(seed), ranges(made)
    for number in range(count):
        size = rng.randrange(1, len(made.parts[""]))
        form, worker = _choice(number)
        path = made.place(folder, {"": made.parts[""][:size]})
        yield (
            f"cut off at byte {size} of {len(made.parts[''])}, {form}, {worker}",
            judge(path, made, form, worker, untouched(places, "", size, 2**60)),
        )


def flip_a_byte(path: Path, row: int = 0, column: str = "texts") -> None:
    """Damage the batch in a row of a session's file: one byte of a column of it is another."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        with connection.blobopen("batch", column, row) as blob:
            blob[5] = blob[5] ^ 0xFF
        connection.commit()
