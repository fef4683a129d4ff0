"""Children that do what no run of ours would, and the pieces that the tests of this folder share."""

import os
import sys
from pathlib import Path

from app.programs.child_link import ChildLink
from app.programs.process import BOOT, ChildProcess
from tests.core.harness import Core

# Whether it is seen in a child of this interpreter that a flag is read.
SEES_FLAGS = sys.version_info >= (3, 12) and "t" not in sys.abiflags

# In the child, before it serves: what a run does in its third iteration, in the place of its work.
_SABOTAGE = """\
import ctypes, faulthandler, os, resource, signal, sys, threading, time
from _thread_controller.core.workloads.sleep import Sleep
from _thread_controller.programs import child, frames
did = []
def act():
{act}
def work(self):
    did.append(None)
    if len(did) == 3:
        act()
Sleep.work = work
Sleep.only_pauses = False
"""


def sabotaged(act: str, before: str = "") -> type[ChildProcess]:
    """Return what starts children whose runs do something in their third iteration, after the line "3".

    Args:
        act: statements.
        before: statements for the beginning of the child.
    """
    body = "".join(f"    {line}\n" for line in act.splitlines()) or "    pass\n"
    code = _SABOTAGE.format(act=body) + before + "\n"
    return type("Sabotaged", (ChildProcess,), {"boot": BOOT.replace("main(settings)\n", code + "main(settings)\n")})


def child_core(act: str = "", before: str = "", **limits: float) -> Core:
    """Return a core whose runs live in such children."""
    core = Core(kind="child", **limits)  # type: ignore[arg-type]
    if act or before:
        core.child_engine.settings.launch = sabotaged(act, before)
    return core


def lives(pid: int) -> bool:
    """Return whether there is such a process."""
    try:
        os.kill(pid, 0)
        # It may wait to be buried by the system's first process, which a container may not have.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def children_of(core: Core) -> list[ChildLink]:
    """Return the children of a core that live."""
    return list(core.child_engine._life.links)
