"""Work that is shared with a second process: in order, and gone with the first, or when it is not needed."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.session.search.helper import CAN_FORK
from tests.benchmarks.search import write

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="this system has one processor, or cannot fork")

# In a process of its own: this one has threads, and must not be forked.
SHARED = """
import os
from app.session.search.helper import Helper
helper = Helper(lambda number: (number * number, os.getpid()), lambda: None)
for number in range(3):
    helper.ask(number)
    assert helper.asked == number
    square, process = helper.take()
    assert square == number * number and process != os.getpid()
helper.ask("not taken")
helper.close()
try:
    os.kill(process, 0)
except ProcessLookupError:
    pass
else:
    raise AssertionError("it is still there")
"""
BROKEN = """
import os
from app.session.search.helper import Helper
helper = Helper(lambda number: number, lambda: os._exit(3))
for _ in range(2):
    helper.ask(1)
    assert helper.take() is None
assert helper.is_gone
helper.close()
"""
STUCK = """
import time
from app.session.search.helper import Helper
helper = Helper(lambda seconds: time.sleep(seconds), lambda: None)
helper.ask(3600)
helper.close()
"""
SEARCHED = """
import os, sys
from pathlib import Path
from app.session.search import scan
from app.session.search.query import Query
from app.session.segments import Segment
path, mode = Path(sys.argv[1]), sys.argv[2]
taken, here = [], os.getpid()
take = scan.Helper.take

def counted(self):
    result = take(self)
    taken.append(result)
    return result

def end():
    if mode == "ended":
        os._exit(1)

def refuse():
    raise OSError("no more processes")

scan.Helper.take = counted
if mode == "refused":
    os.fork = refuse
found = ""  # a digit a line

def note(first, count, hits):
    global found
    assert first <= len(found) <= first + count  # what is told again takes the place of what was told
    found = found[:first] + f"{hits:0{count}b}"

search = scan.Scan(Query("ValueError", case=True), note, print, end)
segments = [Segment(0, path)]
search.go_on(segments, 333_333)
assert search._helper is None and len(found) == 333_333
search.go_on(segments, None)
assert search._helper is None
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
    path, _ = write(tmp_path_factory.mktemp("shared"), 500_000)
    return path


@pytest.mark.parametrize(("mode", "helped"), [("whole", True), ("ended", False), ("refused", False)])
def test_a_search_finds_the_same_with_help_and_without(session: Path, mode: str, helped: bool) -> None:
    assert said_by(SEARCHED, str(session), mode) == f"500000 167 {helped}\n"


def test_what_is_damaged_directly_before_the_helper_s_part_costs_itself_alone(session: Path, tmp_path: Path) -> None:
    damaged = tmp_path / session.name
    shutil.copy(session, damaged)
    with contextlib.closing(sqlite3.connect(damaged)) as connection, connection:
        # Four and eight batches are searched before there is a helper, and sixteen before its part: this is the last.
        (first,) = connection.execute("SELECT first FROM batch ORDER BY first LIMIT 1 OFFSET 27").fetchone()
        connection.execute("UPDATE batch SET texts_crc = 'x' WHERE first = ?", (first,))
    alone, helped = (said_by(SEARCHED, str(damaged), mode) for mode in ("refused", "whole"))
    assert "lines 216,000 to 223,999 are missing" in alone
    assert helped == alone.replace("False", "True")
