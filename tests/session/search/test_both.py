"""Work that is shared with a second process: in order, early, and gone with the first."""

import os
import subprocess
import sys

import pytest

from app.session.search.both import CAN_FORK, both_halves

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="this system has one processor, or cannot fork")

# In a process of its own: this one has threads, and must not be forked.
SHARED = """
import os
from app.session.search.both import both_halves
results = both_halves(lambda item: (item * item, os.getpid()), range(101), lambda: None)
found = [result() for result in results]
assert [square for square, _ in found] == [item * item for item in range(101)]
assert found[0][1] == os.getpid() != found[-1][1]
assert len({process for _, process in found}) == 2
"""
BROKEN = """
import os
from app.session.search.both import both_halves
results = both_halves(lambda item: item, range(20), lambda: os._exit(3))
assert results[0]() == 0
try:
    results[-1]()
except RuntimeError as error:
    assert "ended by itself" in str(error)
else:
    raise AssertionError("nobody noticed")
"""


@needs_fork
@pytest.mark.parametrize("code", [SHARED, BROKEN])
def test_the_second_half_is_done_by_another_process(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=False, timeout=60, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_little_work_is_done_here() -> None:
    results = both_halves(lambda item: (item, os.getpid()), range(5), pytest.fail)
    assert [result() for result in results] == [(item, os.getpid()) for item in range(5)]
