"""A child and the terminal of the program that started it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import ROOT, TIME, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no controlling terminals")

CODE = """
import os

def look():
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        print("a terminal")
    except OSError:
        print("no terminal")
    print("group", os.getpgid(0) == os.getpid())
    print("session", os.getsid(0) == os.getsid(os.getppid()))
"""

# A process that leads a session takes the first terminal that it opens for its own.
ON_A_TERMINAL = """
import os, runpy, sys
os.open(sys.argv[1], os.O_RDWR)
os.close(os.open("/dev/tty", os.O_RDWR))
del sys.argv[1]
runpy.run_module("app", run_name="__main__", alter_sys=True)
"""


def test_a_child_has_a_group_of_its_own_and_no_terminal_in_the_session_of_its_window(tmp_path: Path) -> None:
    file = tmp_path / "look.py"
    file.write_text(CODE, "utf-8")
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", ON_A_TERMINAL, os.ttyname(theirs), "run", f"{file}:look", "--yes"],
            cwd=ROOT,
            timeout=TIME,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environment(),
            start_new_session=True,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr.decode()
    printed = done.stdout.decode()
    for words in ("no terminal", "group True", "session True"):
        assert words in printed
