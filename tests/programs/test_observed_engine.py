"""Observed programs through the engine's seam: real programs, their threads as runs, and whatever a program may do."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.batch import LINES, Kind
from app.core.errors import BadInput
from app.core.events import (
    Asked,
    Ended,
    Failed,
    Killed,
    MainEnded,
    NoticedAt,
    ObservedThread,
    ObserverNote,
    ProgramEnded,
    Running,
    Started,
    Stuck,
    VerdictMade,
)
from app.core.program import Program
from app.core.states import Outcome, State
from app.core.verdicts import Verdict
from app.core.worker import Worker
from app.programs import observed_engine
from app.programs.process import APP
from app.session.requests import requests_of
from tests.core.harness import check_records, eventually
from tests.programs.children import lives
from tests.programs.observing import ObservingRuntime, a_program, needs_observable

pytestmark = needs_observable

_FLAG = """\
import threading, time
class Worker(threading.Thread):
    running = True
    def run(self):
        while self.running:
            time.sleep(0.001)
worker = Worker(name="worker")
worker.start()
time.sleep(0.05)
worker.running = False
worker.join()
"""
_HANGS = """\
import threading
event = threading.Event()
threading.Thread(target=threading.Event().wait, name="hangs").start()
event.wait()
"""


@pytest.fixture
def observing() -> Iterator[ObservingRuntime]:
    runtime = ObservingRuntime()
    yield runtime
    runtime.close()


def test_every_thread_is_a_run_and_its_stop_a_chain(observing: ObservingRuntime, tmp_path: Path) -> None:
    main = observing.observe(a_program(tmp_path, _FLAG))
    assert observing.named("MainThread").state is State.STARTING
    observing.until_idle()
    worker, first = observing.named("worker"), observing.named("MainThread")
    assert first.run == main
    assert (first.outcome, worker.outcome) == (Outcome.COMPLETED, Outcome.INTERRUPTED)
    kinds = [type(event) for event in observing.events("worker")]
    assert kinds == [Started, ObservedThread, Running, Asked, NoticedAt, Ended]
    kinds = [type(event) for event in observing.events("MainThread")]
    assert kinds == [Started, ObservedThread, Running, MainEnded, ProgramEnded, Ended]
    chain, thread = worker.chain, worker.observed
    assert thread is not None
    assert chain.is_ordered()
    assert chain.latency is not None
    assert 0 < chain.latency < 10**10
    assert (thread.place, thread.by, thread.daemon) == (
        (str(tmp_path / "program.py"), 8),
        (main, "MainThread", 1),
        False,
    )
    (stop,) = thread.stops
    assert (stop.asked.what, stop.asked.by, stop.exact) == ("running = bool", (main, "MainThread", 1), True)
    assert (stop.asked.place, stop.notice and stop.notice.place) == (
        (str(tmp_path / "program.py"), 10),
        (str(tmp_path / "program.py"), 5),
    )
    (request,) = [each for run in (first, worker) for each in requests_of(run.run, run.observed)]
    assert (request.by, request.run, request.instant, request.noticed) == (
        main,
        worker.run,
        chain.requested,
        chain.noticed,
    )
    for run in (main, worker.run):
        check_records([record for record in observing.records if record.run == run])
    assert worker.native_id != first.native_id
    assert first.observed is not None
    assert (first.observed.status, first.observed.main_ended is not None) == (0, True)


def test_names_are_numbered_and_shared_with_workers(observing: ObservingRuntime, tmp_path: Path) -> None:
    observing.controller.start(Worker("worker", "event-poll", limit=1, interval=0.0))
    observing.until_idle()
    for _ in range(2):
        observing.observe(a_program(tmp_path, _FLAG))
        observing.until_idle()
    numbers = [run.name.number for run in observing.controller.state.runs() if run.name.worker == "worker"]
    assert numbers == [1, 2, 3]
    assert len({run.run for run in observing.controller.state.runs()}) == 5


def test_it_cannot_be_asked_to_stop_and_can_be_killed(observing: ObservingRuntime, tmp_path: Path) -> None:
    main = observing.observe(a_program(tmp_path, _HANGS))
    observing.until(lambda: observing.has("hangs"))
    controller, hangs = observing.controller, observing.named("hangs").run
    assert not controller.stop(hangs)
    assert controller.stop_all() == 0
    assert not controller.let_go(hangs)
    abilities = controller.abilities_of(hangs)
    assert (abilities.stop, abilities.kill, abilities.let_go) == (False, True, False)
    assert controller.kill(hangs, 5)
    assert not controller.kill(hangs)
    observing.until_idle()
    assert [run.outcome for run in controller.state.runs()] == [Outcome.KILLED] * 2
    for name in ("hangs", "MainThread"):
        killed = [event for event in observing.events(name) if isinstance(event, Killed)]
        assert [(event.clicked, event.after) for event in killed] == [(5, None)]
    observed = observing.named("MainThread").observed
    assert observed is not None
    assert observed.status == -signal.SIGKILL
    assert not controller.kill(main)


def test_a_kill_that_is_ordered_before_it_runs_ends_it(observing: ObservingRuntime, tmp_path: Path) -> None:
    main = observing.observe(a_program(tmp_path, _HANGS))
    assert observing.controller.kill(main)
    observing.until_idle()
    assert observing.named("MainThread").outcome is Outcome.KILLED


def test_what_does_not_end_gets_its_verdict_and_is_stuck(observing: ObservingRuntime, tmp_path: Path) -> None:
    source = _FLAG.replace("time.sleep(0.001)", "time.sleep(600)").replace("worker.join()", "worker.join(600)")
    observing.observe(a_program(tmp_path, source))
    observing.until(lambda: observing.has("worker") and observing.named("worker").was_stuck)
    worker = observing.named("worker")
    assert worker.state is State.STUCK
    verdicts = [event for event in observing.events("worker") if isinstance(event, VerdictMade)]
    assert [(each.verdict, each.why) for each in verdicts] == [(Verdict.BLOCKED_IN_CALL, "deadline")]
    assert verdicts[0].place == (str(tmp_path / "program.py"), 6)
    assert verdicts[0].since == worker.chain.requested
    (stuck,) = [event for event in observing.events("worker") if isinstance(event, Stuck)]
    assert stuck.after >= 0.3e9
    observing.controller.kill(worker.run)
    observing.until_idle()
    assert observing.named("worker").outcome_words == "killed, was stuck"
    killed = [event.after for event in observing.events("worker") if isinstance(event, Killed)]
    assert killed[0] is not None
    assert killed[0] > 0


@pytest.mark.parametrize(
    ("end", "outcome", "words"),
    [
        ("import sys; sys.exit(3)", Outcome.FAILED, "left with exit status 3"),
        ("raise ValueError('no')", Outcome.FAILED, "it said last: ValueError: no"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Outcome.FAILED, "was ended by SIGKILL"),
        ("import os; os._exit(0)", Outcome.COMPLETED, ""),
    ],
)
def test_however_it_dies_every_run_ends(
    observing: ObservingRuntime, tmp_path: Path, end: str, outcome: Outcome, words: str
) -> None:
    source = (
        f"import threading\nthreading.Thread(target=threading.Event().wait, name='d', daemon=True).start()\n{end}\n"
    )
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    main = observing.named("MainThread")
    assert main.outcome is outcome
    assert words in (main.failures[-1].summary if main.failures else "")
    if observing.has("d"):  # what is killed at once may not have said that it has a thread
        by_signal = main.observed is not None and (main.observed.status or 0) < 0
        assert observing.named("d").outcome is (Outcome.FAILED if by_signal else Outcome.COMPLETED)


def test_an_exception_that_ends_a_thread_is_said(observing: ObservingRuntime, tmp_path: Path) -> None:
    source = "import threading\ndef f():\n    raise KeyError('x')\nthreading.Thread(target=f, name='f').start()\n"
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    thread = observing.named("f")
    assert (thread.outcome, thread.error) == (Outcome.FAILED, "KeyError")
    assert observing.named("MainThread").outcome is Outcome.COMPLETED


def test_what_is_not_observed_is_said(observing: ObservingRuntime, tmp_path: Path) -> None:
    observing.observe(a_program(tmp_path, "import os\nif not os.fork():\n    os._exit(0)\nos.wait()\n"))
    observing.until_idle()
    notes = [event.text for event in observing.events("MainThread") if isinstance(event, ObserverNote)]
    assert notes == ["A child process was forked; it is not observed."]
    assert observing.controller.is_idle()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (Program("/none/python", ("x.py",)), "is not a Python that can be run"),
        (Program("/bin/true", ("x.py",)), "is not a Python that can be run"),
    ],
)
def test_a_python_that_cannot_be_observed_fails_with_a_sentence(
    observing: ObservingRuntime, program: Program, words: str
) -> None:
    observing.observe(program)
    observing.until_idle()
    main = observing.named("MainThread")
    assert main.outcome is Outcome.FAILED
    assert words in main.failures[0].summary


def test_a_folder_that_is_not_there_fails_with_a_sentence(observing: ObservingRuntime, tmp_path: Path) -> None:
    program = a_program(tmp_path, _FLAG)
    observing.observe(Program(program.interpreter, program.arguments, str(tmp_path / "none")))
    observing.until_idle()
    assert observing.named("MainThread").failures[0].summary.startswith(f"{tmp_path / 'none'}: it cannot be started")


def test_a_program_that_the_observer_is_not_loaded_into_says_so(observing: ObservingRuntime, tmp_path: Path) -> None:
    program = a_program(tmp_path, "pass")
    observing.observe(Program(program.interpreter, ("-I", *program.arguments), str(tmp_path)))
    observing.until_idle()
    main = observing.named("MainThread")
    assert main.outcome is Outcome.FAILED
    assert main.failures[0].summary == "The program was not observed: its Python did not load the observer."


def test_closing_refuses_programs_and_leaving_kills_them(observing: ObservingRuntime, tmp_path: Path) -> None:
    observing.observe(a_program(tmp_path, _HANGS))
    observing.until(lambda: observing.has("hangs"))
    observing.controller.close(0)
    assert observing.controller.observe(a_program(tmp_path, _HANGS)) is None
    observing.controller.reopen()
    assert observing.has("hangs")
    assert not observing.controller.is_idle()
    observing.runtime.leave()
    observing.until_idle()
    assert observing.named("hangs").outcome is Outcome.KILLED
    assert not [thread for thread in threading.enumerate() if thread.name == "observed program"]


def test_it_has_nothing_to_read_and_its_streams_are_not_ours(
    observing: ObservingRuntime, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = "import sys\nprint('out')\nprint('oops', file=sys.stderr)\nassert sys.stdin.read() == ''\n"
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    assert observing.named("MainThread").outcome is Outcome.COMPLETED
    assert capfd.readouterr() == ("", "")
    lines = [(record.kind, record.text) for record in observing.records if record.kind in LINES]
    assert lines == [(Kind.LINE, "out"), (Kind.STDERR, "oops")]


def test_what_a_thread_prints_are_its_run_s_lines(observing: ObservingRuntime, tmp_path: Path) -> None:
    source = (
        "import threading\ndef work():\n    for i in range(3):\n        print('line', i)\n"
        "for name in 'ab':\n    t = threading.Thread(target=work, name=name)\n    t.start()\n    t.join()\n"
    )
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    for name in "ab":
        run = observing.named(name)
        texts = [record.text for record in observing.records if record.run == run.run and record.kind in LINES]
        assert texts == ["line 0", "line 1", "line 2"]
        assert run.lines == 3


# -- programs that lie, and that flood -----------------------------------------------------------------------------------

_WRITES = """\
import os
def write(data):
    for number in range(200, 250):
        try:
            os.write(number, data)
            return
        except OSError:
            pass
"""


def _record(values: dict[str, object]) -> bytes:
    return json.dumps(values).encode() + b"\n"


def test_whatever_a_program_writes_to_the_pipe_its_runs_end(observing: ObservingRuntime, tmp_path: Path) -> None:
    thread = {"kind": "thread", "daemon": None, "native_id": 5, "started_ns": 1, "at": None, "by": None}
    lies = [
        _record(thread | {"id": 9, "name": "x\0\x1b[31m", "by": 77}),
        _record(thread | {"id": 10, "name": "", "started_ns": 2**63 - 1, "at": ["", -5], "by": 9}),
        _record(thread | {"id": 1, "name": "again"}),
        _record(thread | {"id": 10**23, "name": "y"}),
        _record({"kind": "ended", "thread": 9, "t_ns": -5, "name": "x"}) * 2,
        _record({"kind": "notice", "request": 1, "thread": 10, "t_ns": 1, "at": None, "how": "", "link": "exact"}),
        _record({"kind": "verdict", "thread": 10, "verdict": "lost", "at": None, "since_ns": 1, "t_ns": 1}),
        _record({"kind": "printed", "thread": 9, "t_ns": 1, "stream": "stdout", "text": "after its end"}),
        b"[" * 5000 + b"\n",
        b"\xff\xfe\n{}\nnull\n",
    ]
    source = _WRITES + "".join(f"write({lie!r})\n" for lie in lies) + "write(b'x' * 3_000_000)\nwrite(b'\\n')\n"
    observing.observe(a_program(tmp_path, source + 'write(b\'{"kind": "note", "text": "last"}\\n\')\n'))
    observing.until_idle()
    runs = observing.controller.state.runs()
    assert sorted(run.name.worker for run in runs)[:1] == ["(no name)"]
    assert len(runs) == 3
    assert all(run.outcome is Outcome.COMPLETED for run in runs)
    assert all(run.chain.is_ordered() for run in runs)
    for run in runs:
        check_records([record for record in observing.records if record.run == run.run])
    notes = [event.text for event in observing.events("MainThread") if isinstance(event, ObserverNote)]
    assert notes == ["last"]


def test_a_flood_of_lines_does_not_make_the_program_wait(
    observing: ObservingRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed_engine, "MOST_LINES", 100)
    observing.is_holding = True  # a reader that is behind
    line = b'{"kind": "printed", "thread": 1, "t_ns": 1, "stream": "stdout", "text": "line\\\\n"}\n'
    source = _WRITES + f"for _ in range(200):\n    write({line!r} * 50)\n"
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    lines = sum(record.kind == Kind.LINE for record in observing.records)
    assert 0 < lines < 10_000
    assert observing.named("MainThread").outcome is Outcome.COMPLETED
    observing.runtime.stream.release(*observing.held)
    observing.is_holding = False
    observing.observe(a_program(tmp_path, _FLAG))
    observing.until_idle()
    assert observing.named("worker").outcome is Outcome.INTERRUPTED


def test_many_threads_are_many_runs(observing: ObservingRuntime, tmp_path: Path) -> None:
    source = (
        "import threading\nevent = threading.Event()\n"
        "threads = [threading.Thread(target=event.wait, name=f't{i}') for i in range(300)]\n"
        "for t in threads: t.start()\nevent.set()\nfor t in threads: t.join()\n"
    )
    observing.observe(a_program(tmp_path, source))
    observing.until_idle()
    runs = observing.controller.state.runs()
    assert len(runs) == 301
    assert all(run.chain.latency is not None for run in runs if run.name.worker != "MainThread")


def test_workers_do_not_run_there(observing: ObservingRuntime) -> None:
    assert observing.runtime.programs is not None
    with pytest.raises(BadInput, match="runs no worker"):
        observing.runtime.programs.check(Worker("a", "flag"))


def test_no_descriptor_is_left(observing: ObservingRuntime, tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("the system does not tell which descriptors are open")
    observing.observe(a_program(tmp_path, "pass"))
    observing.until_idle()
    observing.runtime.leave()
    before = len(list(folder.iterdir()))
    observing.controller.reopen()
    for _ in range(3):
        observing.observe(a_program(tmp_path, "pass"))
        observing.until_idle()
    observing.runtime.leave()
    assert len(list(folder.iterdir())) == before


def test_a_failure_is_an_event(observing: ObservingRuntime, tmp_path: Path) -> None:
    observing.observe(a_program(tmp_path, "import sys\nsys.exit('why')\n"))
    observing.until_idle()
    failed = [event for event in observing.events("MainThread") if isinstance(event, Failed)]
    assert [event.summary for event in failed] == ["Its process left with exit status 1; it said last: why."]


_OBSERVER = """\
import sys
from app.core.catalogue import Catalogue
from app.core.program import Program
from app.core.pump import Pump
from app.programs.runtime import build_runtime
runtime = build_runtime(Catalogue())
controller = runtime.controller
controller.observe(Program(sys.argv[1], (sys.argv[2],)))
pump = Pump(runtime.stream, controller.consume)
pump.wait(lambda: len(controller.state.live()) == 2)
print(runtime.programs._programs[0].process.pid, flush=True)
pump.wait(lambda: False)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="this system does not end a process with the one that started it")
def test_no_program_is_left_when_the_window_is_killed(tmp_path: Path) -> None:
    program = a_program(tmp_path, _HANGS)
    observer = subprocess.Popen(
        [sys.executable, "-c", _OBSERVER, program.interpreter, program.arguments[0]],
        stdout=subprocess.PIPE,
        cwd=APP.parent,
    )
    assert observer.stdout is not None
    with observer, observer.stdout:
        pid = int(observer.stdout.readline())
        assert lives(pid)
        observer.send_signal(signal.SIGKILL)
    eventually(lambda: not lives(pid))


def test_a_program_is_as_it_always_is(observing: ObservingRuntime, tmp_path: Path) -> None:
    source = (
        "import os, sys\nprint(sys.argv[1:], __name__, os.environ.get('PYTHONPATH'), os.getcwd(), sys.flags.isolated)\n"
    )
    observing.observe(a_program(tmp_path, source, "a b", "-c"))
    observing.until_idle()
    (line,) = [record.text for record in observing.records if record.kind == Kind.LINE]
    assert line == f"['a b', '-c'] __main__ {os.environ.get('PYTHONPATH')} {tmp_path} 0"


def test_a_system_without_a_thread_for_it_is_said(
    observing: ObservingRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        observing.observe(a_program(tmp_path, "pass"))
    observing.until_idle()
    assert observing.named("MainThread").failures[0].summary.endswith("the system refused a thread.")
