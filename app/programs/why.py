"""``why``: reads a running program and returns one verdict a thread; the program is not changed."""

from collections.abc import Callable
from dataclasses import replace

from app.programs.diagnosis import diagnose
from app.programs.facts import ProgramFacts, processor_shares
from app.programs.findings import Diagnosis
from app.programs.processes import command_line
from app.programs.py_spy import check_process, find_py_spy, read_dump


def why(pid: int, is_cancelled: Callable[[], bool] = lambda: False) -> Diagnosis:
    """Return why the threads of a process still run; any thread. It takes about 0.1 s.

    Args:
        pid: of a Python program.
        is_cancelled: looked at while py-spy runs.

    Raises:
        BadInput: why it cannot be read, and what to do.
    """
    check_process(pid)
    find_py_spy()
    shares = processor_shares(pid)
    dump = read_dump(pid, is_cancelled)
    facts = ProgramFacts(dump)
    try:
        found = diagnose(dump, facts, shares, command_line(pid))
    finally:
        facts.close()
    return replace(found, notes=tuple(facts.notes))
