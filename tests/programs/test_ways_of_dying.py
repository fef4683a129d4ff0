"""Whatever a child does to itself, its run ends as failed with the reason in one sentence, and the others go on."""

import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.batch import Kind, RunName
from app.core.engine import NewRun
from app.core.events import Ended, Failed, Killed, StopRequested, Stuck
from app.core.states import Outcome, State
from app.core.worker import Worker
from app.programs import process
from tests.core.harness import Core, check_records, eventually
from tests.programs.children import child_core, children_of, sabotaged

# So that what a run does can speak on the child's own pipe.
_KNOWS_ITS_PIPE = """\
server = None
class Server(child.ChildServer):
    def __init__(self, *args):
        global server
        super().__init__(*args)
        server = self
child.ChildServer = Server
"""
HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
_FLOOD = """\
from array import array
from _thread_controller.core.batch import Batch, RunName
count = 4000
instants, runs = array("q", [time.perf_counter_ns()]) * count, array("q", [2]) * count
batch = Batch(instants, runs, bytearray(count), ["x"] * count, {2: RunName("a", 1)})
number = server._number
while True:
    number += 1
    data = frames.Frame(frames.BATCH, number, *batch.to_bytes()).to_bytes()
    while data:
        data = data[os.write(server._frames, data) :]
"""
WAYS = {
    "segfault": (
        "ctypes.string_at(0)",
        r"Its process was ended by SIGSEGV \(.*\); it said last: Fatal Python error: Seg.*",
    ),
    "abort": ("os.abort()", r"Its process was ended by SIGABRT \(.*\); it said last: Fatal Python error: Aborted\."),
    "os._exit": ("os._exit(7)", r"Its process left with exit status 7\."),
    "os._exit-0": ("os._exit(0)", r"Its process left with exit status 0\."),
    "last-words": (
        'sys.stderr.write("one\\n\\nno licence\\n"); sys.stderr.flush(); os._exit(2)',
        r"Its process left with exit status 2; it said last: no licence\.",
    ),
    "killed-from-outside": (
        "os.kill(os.getpid(), signal.SIGKILL)",
        r"Its process was ended by SIGKILL, which Thread Controller did not send; .*",
    ),
    "pipe-closed": (
        "os.close(server._frames)\nctypes.PyDLL(None).sleep(60)",
        # Without a GIL the thread that serves is not held up: it fails at the pipe.
        r"Its process closed its pipe to Thread Controller(; .*)?\."
        + r"|Its process left with exit status 1; .*Bad file descriptor\." * (not HAS_GIL),
    ),
    "all-closed": (
        "os.closerange(3, 256)\ntime.sleep(60)",
        r"Its process left with exit status 1( before it was ready)?; it said last: OSError: .*Bad file descriptor\.",
    ),
    "nonsense": (
        "os.write(server._frames, b'hello ' * 20)\ntime.sleep(60)",
        r"Its process was ended, because it wrote something else into the pipe\.",
    ),
    "flood": (
        _FLOOD,
        r"Its process was ended, because (it sent more than it may before that was read|what it said is .*)\.",
    ),
}


@pytest.mark.parametrize(("act", "sentence"), WAYS.values(), ids=WAYS)
def test_a_child_that_dies_fails_its_run_and_no_other(act: str, sentence: str) -> None:
    with child_core() as core:
        bystander = core.start(name="bystander", strategy="event-wait", interval=60.0)
        core.until_line(bystander, "1")
        core.child_engine.settings.launch = sabotaged(act, _KNOWS_ITS_PIPE)
        run = core.start(name="a")
        end = core.until_event(run, Ended)
        assert end.outcome is Outcome.FAILED
        (failed,) = core.events(run, Failed)
        assert re.fullmatch(sentence, failed.summary), failed.summary
        assert "\n" not in failed.summary
        if act != _FLOOD:
            texts = core.texts(run)
            assert texts == ["1", "2", "3"][: len(texts)]  # without a gap: what was not sent is lost with its process
        check_records(core.of(run))
        assert core.snapshot(bystander).state is State.RUNNING
        core.controller.stop(bystander)
        core.until_idle()
        assert core.snapshot(bystander).outcome is Outcome.INTERRUPTED


def test_a_crash_brings_the_stack_of_the_thread_that_crashed() -> None:
    with child_core("ctypes.string_at(0)") as core:
        core.until_event(run := core.start(), Ended)
        (failed,) = core.events(run, Failed)
        assert "Current thread" in failed.traceback
        assert 'ctypes/__init__.py", line' in failed.traceback
        assert core.snapshot(run).error == failed.traceback


def test_sys_exit_in_a_thread_is_an_exception_like_any_other() -> None:
    with child_core("sys.exit('no more')") as core:
        core.until_event(run := core.start(), Ended)
        assert core.events(run, Failed)[0].summary == "SystemExit: no more"
        assert core.texts(run) == ["1", "2", "3"]


def test_standard_streams_that_are_closed_change_nothing() -> None:
    with child_core("os.close(1)\nos.close(2)\nsys.stdout.close()") as core:
        run = core.start()
        core.until_line(run, "6")
        core.controller.stop(run)
        core.until_idle()
        assert core.snapshot(run).outcome is Outcome.INTERRUPTED


def test_what_it_writes_to_its_standard_streams_does_not_stop_it() -> None:
    """A hundred times what a pipe holds: that is read, and its last part kept."""
    with child_core("os.write(2, b'x' * 2**20)\n" * 6 + "os._exit(1)") as core:
        core.until_event(run := core.start(), Ended)
        (failed,) = core.events(run, Failed)
        assert failed.traceback.partition("\n")[0] == "x" * 16_384


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit the address space")
def test_memory_that_is_used_up_is_said() -> None:
    act = "resource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))\nkept = [bytearray(2**20) for _ in range(2**20)]"
    with child_core(act) as core:
        end = core.until_event(run := core.start(), Ended)
        assert end.outcome is Outcome.FAILED
        assert "MemoryError" in core.events(run, Failed)[0].summary


def test_a_python_that_cannot_carry_runs_says_so() -> None:
    with child_core() as core:
        boot = "import sys\nsys.version_info = (3, 8, 1)\n" + sabotaged("").boot
        core.child_engine.settings.launch = type("Old", (sabotaged(""),), {"boot": boot})
        core.until_event(run := core.start(), Ended)
        assert core.events(run, Failed)[0].summary == "Python 3.8 cannot carry runs; CPython 3.11 or newer can."
        assert core.snapshot(run).outcome is Outcome.FAILED


def test_a_python_without_the_gil_carries_runs_as_well() -> None:
    before = "import _thread_controller.core.interpreter as i; i.gil_is_enabled = lambda: False"
    with child_core(before=before) as core:
        core.until_event(run := core.start(interval=0.0, limit=1_000), Ended)
        assert core.snapshot(run).outcome is Outcome.COMPLETED
        assert core.snapshot(run).lines == 1_000


@pytest.mark.parametrize("missing", [("waitid",), ("pidfd_open",), ("waitid", "pidfd_open")], ids="-".join)
def test_where_the_system_tells_less_the_end_is_found_out_all_the_same(
    missing: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS: no descriptor of a process, and before Python 3.13 no look at it without waiting for it."""
    for name in missing:
        monkeypatch.delattr(os, name)
    monkeypatch.setattr(process, "_CAN_LOOK", "waitid" not in missing)
    with child_core("os._exit(7)") as core:
        core.until_event(run := core.start(), Ended)
        assert core.events(run, Failed)[0].summary == "Its process left with exit status 7."
        again = core.start(name="again", strategy="event-wait", interval=60.0)
        core.until_line(again, "1")
        assert core.controller.kill(again)
        core.until_idle()
        assert core.snapshot(again).outcome is Outcome.KILLED


def test_another_version_of_the_program_is_found_out() -> None:
    with child_core(before="child.fingerprint = lambda folder: 'other'") as core:
        core.until_event(run := core.start(), Ended)
        sentence = "Its process was ended, because the files of Thread Controller have changed since it was started"
        assert core.events(run, Failed)[0].summary.startswith(sentence)
        check_records(core.of(run))


def test_an_interpreter_that_is_not_there_fails_the_run() -> None:
    with child_core() as core:
        # It was there when that was checked, and is gone now.
        run = 1
        worker = Worker("a", "flag", engine="process", interpreter="/nowhere/python")
        core.engine.start(NewRun(run, RunName("a", 1), worker))
        core.until_event(run, Ended)
        assert "'/nowhere/python' is not there" in core.events(run, Failed)[0].summary
        check_records(core.of(run))


@pytest.mark.parametrize("number", [signal.SIGSTOP, None], ids=["stopped", "gil-kept"])
def test_a_process_that_does_not_answer_is_stuck_and_can_be_killed(number: int | None) -> None:
    """It is stopped by the system, or a C call keeps its interpreter: it can neither notice nor say that it is stuck."""
    act = "os.kill(os.getpid(), signal.SIGSTOP)" if number else "os.write(2, b'now')\nctypes.PyDLL(None).sleep(1000)"
    with child_core(act, deadline=0.05) as core:
        core.child_engine.settings.answer = 0.05
        run = core.start()
        eventually(lambda: _stands_still(core, number))
        # A C call that keeps the interpreter is told by a signal's handler, which needs none.
        if number is None:
            assert [call.function for call in core.where(run)[-2:]] == ["work", "act"]
        core.controller.stop(run, clicked=core.clock.now())
        stuck = core.until_event(run, Stuck)
        assert [call.function for call in stuck.calls[-2:]] == ([] if number else ["work", "act"])
        assert (stuck.calls == ()) is (number is not None)
        assert core.snapshot(run).state is State.STUCK
        assert core.snapshot(run).chain.requested is not None
        assert core.controller.kill(run, clicked=core.clock.now())
        core.until_idle()
        snapshot = core.snapshot(run)
        assert (snapshot.outcome, snapshot.was_stuck, snapshot.never) == (Outcome.KILLED, True, True)
        assert core.events(run, Failed) == []
        assert [kind for kind in map(type, core.events(run)) if kind in (StopRequested, Stuck, Killed, Ended)] == [
            StopRequested,
            Stuck,
            Killed,
            Ended,
        ]
        check_records(core.of(run))


def _state(pid: int) -> str:
    """Return the letter by which the system says what a process does."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _stands_still(core: Core, number: int | None) -> bool:
    for child in children_of(core):
        assert child.end is not None
        return _state(child.end.pid) == "T" if number else child.tail == b"now"
    return False


def test_a_process_that_goes_on_after_it_was_called_stuck_tells_its_stop_once() -> None:
    with child_core("os.kill(os.getpid(), signal.SIGSTOP)", deadline=0.05) as core:
        core.child_engine.settings.answer = 0.05
        run = core.start()
        eventually(lambda: _stands_still(core, signal.SIGSTOP))
        core.controller.stop(run)
        core.until_event(run, Stuck)
        (child,) = children_of(core)
        assert child.end is not None
        os.kill(child.end.pid, signal.SIGCONT)
        core.until_idle()
        snapshot = core.snapshot(run)
        assert snapshot.was_stuck
        assert snapshot.outcome in (Outcome.INTERRUPTED, Outcome.RELEASED)
        assert len(core.events(run, StopRequested)) == len(core.events(run, Stuck)) == 1
        assert snapshot.chain.requested == core.instant(run, StopRequested)
        assert snapshot.chain.is_ordered()


def test_killing_ends_what_the_process_has_started_too() -> None:
    act = "pid = os.fork()\nif not pid: time.sleep(1000)\nsys.stderr.write(f'child {pid}\\n'); sys.stderr.flush()"
    with child_core(act) as core:
        run = core.start()
        core.until_line(run, "5")
        (child,) = children_of(core)
        # Python may warn of the fork before it.
        eventually(lambda: re.search(rb"child (\d+)\n", child.tail))
        found = re.search(rb"child (\d+)\n", child.tail)
        assert found is not None
        pid = int(found[1])
        os.kill(pid, 0)
        assert core.controller.kill(run)
        core.until_idle()
        assert core.snapshot(run).outcome is Outcome.KILLED

        def is_gone() -> bool:
            # A container's first process may leave it unburied.
            with suppress(FileNotFoundError, ProcessLookupError):
                return _state(pid) == "Z"
            return True

        eventually(is_gone)


def test_a_run_is_killed_before_it_was_asked_and_only_once() -> None:
    with child_core() as core:
        run = core.start(strategy="event-wait", interval=60.0)
        core.until_line(run, "1")
        assert core.controller.kill(run)
        assert not core.controller.kill(run)
        core.until_idle()
        (killed,) = core.events(run, Killed)
        assert (killed.after, killed.clicked) == (None, None)
        snapshot = core.snapshot(run)
        assert (snapshot.outcome, snapshot.lines, snapshot.chain.requested) == (Outcome.KILLED, 1, None)
        assert snapshot.killed == core.instant(run, Killed)
        assert not core.controller.kill(run)
        # The worker may run again.
        again = core.start(strategy="event-wait", limit=1, interval=0.0)
        core.until_event(again, Ended)
        assert core.names[again].number == 2


def test_a_run_that_does_not_end_is_killed_after_a_time() -> None:
    with child_core() as core:
        core.child_engine.settings.kill_after = 0.05
        run = core.start(strategy="event-poll", workload="blocking-call", parameters=(("seconds", 60.0),))
        core.until_line(run, "1")
        core.controller.stop(run)
        core.until_idle()
        assert core.snapshot(run).outcome is Outcome.KILLED
        (killed,) = core.events(run, Killed)
        assert killed.after is not None


def test_shutting_down_leaves_no_process() -> None:
    core = child_core("os.write(2, b'now')\nctypes.PyDLL(None).sleep(1000)")
    run = core.start()
    eventually(lambda: _stands_still(core, None))
    (child,) = children_of(core)
    assert child.end is not None
    core.engine.close(0.0)
    core.engine.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(child.end.pid, 0)
    core.read()
    assert core.snapshot(run).outcome is Outcome.KILLED
    core._is_closed = True
    core.stream.close()


def test_lines_that_were_read_are_kept_whenever_the_child_is_killed() -> None:
    """Ten times at moments of its own: the lines stand without a gap up to the last that came."""
    with child_core() as core:
        for round_ in range(10):
            run = core.start(interval=0.0)
            core.until(lambda run=run, least=1 + round_ * 700: core.controller.state.line_records(run) > least)
            (child,) = children_of(core)
            assert child.end is not None
            os.kill(child.end.pid, signal.SIGKILL)
            core.until_event(run, Ended, None)
            texts = core.texts(run)
            assert texts == [str(number) for number in range(1, len(texts) + 1)]
            assert core.snapshot(run).lines == len(texts)
            assert [r.kind for r in core.of(run)][-2:] == [Kind.ERROR, Kind.CHAIN]
