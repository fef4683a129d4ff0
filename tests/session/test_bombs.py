"""Files that would take more memory than there is: no more is unpacked than a batch may hold, and that is said."""

import contextlib
import json
import subprocess
import sys
import zlib
from array import array
from pathlib import Path

import pytest

from app.core.batch import _HEADER, _VERSION, Batch, Kind, RunName
from app.session import archive as archive_module
from app.session import export as export_module
from app.session import packing
from app.session.archive import Archive
from app.session.export import export_lines
from app.session.packing import MOST_BYTES, compress, decompress
from app.session.reader import SessionReader
from app.session.segments import Segment
from app.session.writer import SessionWriter
from tests.session.conftest import ORIGIN, batch
from tests.session.forging import forge_batch, forge_facts

MB = 2**20


def bomb(size: int, head: bytes = b"", byte: bytes = b"\0") -> bytes:
    """Return so many of one byte behind a head, compressed: the same megabyte again and again."""
    stream = zlib.compressobj(9)
    first = stream.compress(head) + stream.flush(zlib.Z_FULL_FLUSH)
    again = stream.compress(byte * MB) + stream.flush(zlib.Z_FULL_FLUSH)  # refers to nothing before it
    checksum = zlib.adler32(head)
    for _ in range(size // MB):
        checksum = zlib.adler32(byte * MB, checksum)
    return first + again * (size // MB) + stream.flush()[:-4] + checksum.to_bytes(4, "big")


def lines_of(path: Path) -> tuple[list[str], list[str]]:
    said: list[str] = []
    with SessionReader(path, said.append) as reader:
        return [line.text for line in reader.lines()], said


def test_more_than_a_blob_may_hold_is_not_inflated() -> None:
    assert decompress(compress(b"x" * 100)) == b"x" * 100
    for data, words in ((bomb(MOST_BYTES + MB), "larger than 256 MB"), (compress(b"x" * 100)[:-3], "cut short")):
        with pytest.raises(ValueError, match=words):
            decompress(data)


# What is read, in a process that may take no more than 1.5 GB: the lines, the window's, and the search's.
READS = """
import contextlib, json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**29, 3 * 2**29))
from pathlib import Path
from app.session.archive import Archive
from app.session.export import export_lines
from app.session.reader import SessionReader
from app.session.search.query import Query
from app.session.search.scan import Scan
from app.session.segments import Segment
path, said = Path(sys.argv[1]), []
with SessionReader(path, said.append) as reader:
    texts = [line.text for line in reader.lines()]
with contextlib.closing(Archive.of(path, said.append)) as archive:
    shown = [record.text for record in archive.records(0, archive.committed)]
hits = []
scan = Scan(Query("a", worker="W1"), lambda first, count, found: hits.append(found.bit_count()), said.append)
scan.search([Segment(0, path)], None)
print(json.dumps([texts, shown[0], shown[-1], sum(hits), said]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there a process can be kept from taking memory")
@pytest.mark.parametrize("which", ["texts", "columns", "empty texts", "many names", "many records"])
def test_a_small_file_that_inflates_to_gigabytes_takes_no_gigabytes(which: str, writer: SessionWriter) -> None:
    writer.write(batch(["a"] * 10))
    writer.write(batch(["b"] * 10, run=2))
    writer.write(batch(["a"] * 10))
    writer.finish("later")
    if which == "texts":
        forge_batch(writer.path, 10, texts=bomb(1_500 * MB, b"\0"))
    elif which == "columns":
        forge_batch(writer.path, 10, columns=bomb(1_500 * MB, _HEADER.pack(_VERSION, 2**27, 1, 2**32, 0)))
    elif which == "empty texts":
        forge_batch(writer.path, 10, texts=bomb(MOST_BYTES - MB, b"\0", b"\n"))
    elif which == "many names":
        forge_batch(writer.path, 10, columns=bomb(200 * MB, _HEADER.pack(_VERSION, 10, 2**31, 200 * MB - 170, 0)))
    else:
        forge_batch(writer.path, 20, records=2**40)
    done = subprocess.run([sys.executable, "-c", READS, str(writer.path)], capture_output=True, check=True, timeout=120)
    assert done.stderr == b""
    texts, first, last, hits, said = json.loads(done.stdout)
    others = 20 if which != "many records" else 10
    assert texts.count("a") == others
    assert (first, len(texts)) == ("a", others if which != "many records" else 20)
    assert last == "a" or which == "many records"
    assert hits == others
    assert said
    assert all("\n" not in sentence and len(sentence) < 500 for sentence in said)


def test_any_number_of_missing_lines_is_said_and_takes_no_memory(writer: SessionWriter) -> None:
    writer.write(batch(["a"] * 10))
    writer.write(batch(["b"] * 10))
    writer.write(batch(["a"] * 10))
    writer.finish("later")
    forge_batch(writer.path, 20, first=2**25)
    forge_facts(writer.path, records=str(2**35))
    texts, said = lines_of(writer.path)
    assert texts == ["a"] * 10 + ["b"] * 10 + ["a"] * 10
    assert [sentence.split(": ")[1] for sentence in said[1:]] == [
        "lines 20 to 33,554,431 are missing.",
        "lines 33,554,442 to 34,359,738,367 are missing.",
    ]
    with contextlib.closing(Archive.of(writer.path, said.append)) as archive:
        assert archive.committed == 2**35
        shown = [record.text for record in archive.records(15, 10)]
        assert shown[:5] == ["b"] * 5
        assert shown[5].startswith("line 20 is not readable")
        assert archive.records(2**25 + 5, 1)[0].text == "a"
        assert archive.records(2**34, 1)[0].text.startswith("line 17,179,869,184 is not readable")


def test_a_line_that_is_longer_than_what_is_read_again_is_shortened_and_says_so(
    writer: SessionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 10_000)
    long = "x" * 50_000
    names = {1: RunName("W", 1)}
    writer.write(
        Batch(array("q", [ORIGIN] * 2), array("q", [1] * 2), bytearray([Kind.LINE] * 2), ["short", long], names)
    )
    writer.finish("later")
    (short, found), said = lines_of(writer.path)
    assert (short, said) == ("short", [])
    kept = found.index("…")
    assert found == f"{'x' * kept}… ({50_000 - kept:,} more characters are not recorded)"
    assert kept > 500


def test_no_more_text_is_shown_at_once_than_there_is_room_for_and_all_of_it_is_exported(
    writer: SessionWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "MOST_SHOWN", 10_000)
    monkeypatch.setattr(archive_module, "_CHARACTERS", 1_000)
    monkeypatch.setattr(export_module, "_CHARACTERS_AT_ONCE", 1_000)
    texts = [f"{i} " + "x" * 1_000 for i in range(60)]
    for start in range(0, 60, 3):
        writer.write(batch(texts[start : start + 3]))
    writer.finish("later")
    with contextlib.closing(Archive.of(writer.path, pytest.fail)) as archive:
        shown = [record.text for record in archive.records(5, 50)]
        assert shown[:10] == texts[5:15]
        assert shown[-1] == "line 54 is not readable: the lines before it take all the room that there is"
        assert len(shown) == 50
        assert archive.records(54, 1)[0].text == texts[54]
    data = b"".join(export_lines([Segment(0, writer.path)], [(3, 50), (1, 2)], "text", 0, damaged=pytest.fail))
    assert data.decode().splitlines() == [*texts[3:50], texts[1]]
