"""The program is killed and started again at once: the session that was cut off is offered, and opened."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.session.folder import session_paths
from tests.session.test_cut_off import crashing

ROOT = Path(__file__).resolve().parents[2]
# Kills the program once some lines are on the disk.
KILLED = """
import os, signal, sys
from PySide6.QtCore import QTimer
from app.__main__ import main
from app.ui import main_window_setup
fill = main_window_setup.fill_window
def filled(window, services):
    fill(window, services)
    def look():
        if services.recorder.status().committed > 10:
            os.kill(os.getpid(), signal.SIGKILL)
    window.timer = QTimer(window)
    window.timer.timeout.connect(look)
    window.timer.start(10)
main_window_setup.fill_window = filled
main(sys.argv[1:])
"""
# Takes the offer, says which session it opened, and closes.
RESTARTED = """
import sys
from PySide6.QtCore import QTimer
from app.__main__ import main
from app.ui import main_window_setup
from app.ui.main_window import MainWindow
offer_session = MainWindow.offer_session
def offered(window, cut_off):
    offer_session(window, cut_off)
    if cut_off.path is None:
        return
    assert "thread-controller" not in window.offer.label.text()
    window.offer.accept_button.click()
    (opened,) = window.parts.sessions.windows
    print(opened.path.stem, opened.area.store.end > 10)
fill = main_window_setup.fill_window
def filled(window, services):
    fill(window, services)
    QTimer.singleShot(0, window.close)
MainWindow.offer_session, main_window_setup.fill_window = offered, filled
sys.exit(main(sys.argv[1:]))
"""
# Is started while the process of that id goes on recording, and kills it once the window is filled.
DYING = """
import os, signal, sys
from app.__main__ import main
from app.session.processes import is_alive
from app.ui import main_window_setup, start
from app.ui.main_window import MainWindow
offer_session = MainWindow.offer_session
def offered(window, cut_off):
    offer_session(window, cut_off)
    if cut_off.path is not None:
        window.offer.accept_button.click()
        print(window.parts.sessions.windows[0].path.stem)
        window.close()
fill = main_window_setup.fill_window
def filled(window, services):
    fill(window, services)
    os.kill(int(sys.argv[1]), signal.SIGKILL)
    while is_alive(int(sys.argv[1])):
        pass
start._LOOK_AGAIN = 0
MainWindow.offer_session, main_window_setup.fill_window = offered, filled
sys.exit(main(sys.argv[2:]))
"""


def killed(folder: Path) -> "subprocess.Popen[bytes]":
    """Return the program, which was killed while it recorded; it was not asked for its exit status."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, "--session-dir", str(folder), "--start"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    return process


def restarted(folder: Path, program: str = RESTARTED, *arguments: str) -> str:
    """Start the program, and return which session it opened when the offer was taken; empty if it made none."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--session-dir", str(folder)],
        cwd=ROOT, text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


linux = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere one cannot tell that a process has ended that was killed"
)


@linux
def test_a_session_that_was_killed_a_moment_ago_is_offered_and_opened(tmp_path: Path) -> None:
    for _ in range(2):
        before = set(session_paths(tmp_path))
        with killed(tmp_path) as process:
            (newest,) = set(session_paths(tmp_path)) - before
            assert restarted(tmp_path) == f"{newest.stem} True"
        assert process.returncode == -signal.SIGKILL
    assert restarted(tmp_path) == ""


@linux
def test_a_session_whose_process_ends_a_moment_after_the_start_is_offered_as_well(tmp_path: Path) -> None:
    with crashing(tmp_path, ["a"], "print(flush=True); sys.stdin.read()") as process:
        process.stdout.readline()
        (path,) = session_paths(tmp_path)
        assert restarted(tmp_path, DYING, str(process.pid)) == path.stem
