"""Work that is shared with a second process: in order, and gone with the first, or when it is not needed."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.session.folder import new_writer
from app.session.search.forked_process import CAN_FORK
from tests.benchmarks.search import batches
from tests.session.conftest import STARTED

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system has one processor, or cannot fork")

# In a process of its own: this one has threads, and must not be forked.
SHARED = """
import os
from app.session.search.forked_process import ForkedProcess
process = ForkedProcess(lambda number: (number * number, os.getpid()), lambda: None)
for number in range(3):
    process.submit(number)
    assert process.pending == number
    square, number_of_process = process.result()
    assert square == number * number and number_of_process != os.getpid()
process.submit("not taken")
process.close()
try:
    os.kill(number_of_process, 0)
except ProcessLookupError:
    pass
else:
    raise AssertionError("it is still there")
"""
BROKEN = """
import os
from app.session.search.forked_process import ForkedProcess
process = ForkedProcess(lambda number: number, lambda: os._exit(3))
for _ in range(2):
    process.submit(1)
    assert process.result() is None
assert process.has_ended
process.close()
"""
STUCK = """
import time
from app.session.search.forked_process import ForkedProcess
process = ForkedProcess(lambda seconds: time.sleep(seconds), lambda: None)
process.submit(3600)
process.close()
"""
SEARCHED = """
import os, sys
from pathlib import Path
from app.session.search import scan
from app.session.search.query import Query
from app.session.segments import Segment
path, mode = Path(sys.argv[1]), sys.argv[2]
taken, here = [], os.getpid()
result = scan.ForkedProcess.result

def counted(self):
    found = result(self)
    taken.append(found)
    return found

def end():
    if mode == "ended":
        os._exit(1)

def refuse():
    raise OSError("no more processes")

def is_alone():
    try:
        return os.waitpid(-1, os.WNOHANG) is None
    except ChildProcessError:
        return True

scan.ForkedProcess.result = counted
if mode == "refused":
    os.fork = refuse
found = ""  # a digit a line

def note(first, count, hits):
    global found
    assert first <= len(found) <= first + count  # what is told again takes the place of what was told
    found = found[:first] + f"{hits:0{count}b}"

search = scan.Scan(Query("ValueError", case=True), note, print, end)
segments = [Segment(0, path)]
search.search(segments, 333_333)
assert is_alone() and len(found) == 333_333
search.search(segments, None)
assert is_alone()
print(len(found), found.count('1'), any(taken))
"""


def said_by(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("code", [SHARED, BROKEN, STUCK])
def test_another_process_does_what_it_is_asked_for(code: str) -> None:
    assert said_by(code) == ""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a session of half a million lines."""
    writer = new_writer(tmp_path_factory.mktemp("shared"), STARTED, 0)
    for batch in batches(500_000):
        writer.write(batch)
    writer.finish("later")
    return writer.path


@pytest.mark.parametrize(("mode", "helped"), [("whole", True), ("ended", False), ("refused", False)])
def test_a_search_finds_the_same_with_help_and_without(session: Path, mode: str, helped: bool) -> None:
    assert said_by(SEARCHED, str(session), mode) == f"500000 167 {helped}\n"


def test_what_is_damaged_directly_before_the_second_process_s_part_costs_itself_alone(
    session: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / session.name
    shutil.copy(session, damaged)
    with contextlib.closing(sqlite3.connect(damaged)) as connection, connection:
        # Four and eight batches are searched before the fork, and sixteen before the second one's part: this is the last.
        (first,) = connection.execute("SELECT first FROM batch ORDER BY first LIMIT 1 OFFSET 27").fetchone()
        connection.execute("UPDATE batch SET texts_crc = 'x' WHERE first = ?", (first,))
    alone, helped = (said_by(SEARCHED, str(damaged), mode) for mode in ("refused", "whole"))
    assert "lines 216,000 to 223,999 are missing" in alone
    assert helped == alone.replace("False", "True")
