"""Flags of the person's own code, in real child processes: when its thread has noticed, and when that stays unknown."""

import textwrap
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.batch import Kind
from app.core.catalogue import Catalogue
from app.core.events import StopRequested
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.own_code.description import OWN_CODE, OwnCode, read_stop
from app.core.own_code.notice_watch import unknown_notice
from app.core.states import Outcome
from app.core.worker import PROCESS, Worker, code_worker
from app.experiments.race import Race
from app.experiments.race_report import race_rows
from app.experiments.replay import Replay
from app.experiments.script import script_of
from app.experiments.to_test import session_test
from app.experiments.verdict import race_sentence
from app.session.reports.words import latency_words
from app.session.session_report import read_report
from tests.core.harness import Core
from tests.programs.children import SEES_FLAGS
from tests.session.stories import RecordedCore, record


@dataclass(frozen=True)
class Case:
    """A thread called Mine, of which ``run`` is the method that has the loop, or a whole file."""

    name: str
    stop: str
    run: str
    before: str = ""
    is_exact: bool = True

    @property
    def source(self) -> str:
        if "def Mine" in self.run:
            return f"import asyncio, threading, time\n{self.run}"
        body = textwrap.indent(self.run, "        ")
        before = textwrap.indent(textwrap.dedent(self.before), "    ")
        head = (
            "import sys, threading, time\nclass Mine(threading.Thread):\n    running, done, state = True, False, 'on'\n"
        )
        return f"{head}{before}\n    def run(self):\n        print('go')\n{body}\n"


CASES = [
    Case("while self.running", "flag thread.running = False", "while self.running: time.sleep(0.001)"),
    Case("a loop that computes", "flag thread.running = False", "n = 0\nwhile self.running: n += 1"),
    Case("return", "flag thread.done = True", "while True:\n    if self.done: return\n    time.sleep(0.001)"),
    Case("nested", "flag thread.done = True", "for _ in iter(int, 1):\n  for _ in range(9):\n    if self.done: return\n"),
    Case("compared", "flag thread.state = 'off'", "while self.state == 'on': time.sleep(0.001)"),
    Case("another tool", "flag thread.running = False", """\
if hasattr(sys, "monitoring"): sys.monitoring.use_tool_id(1, "another")
while self.running:
    time.sleep(0.001)
    if hasattr(sys, "monitoring"): sys.monitoring.restart_events()
"""),
    Case("global", "flag halt = True", """\
halt = False
def Mine():
    print("go")
    while not halt: time.sleep(0.001)
"""),
    Case("attribute of the current thread", "flag thread.do_run = False", """\
def Mine():
    thread = threading.current_thread()
    print("go")
    while getattr(thread, "do_run", True): time.sleep(0.001)
"""),
    Case("coroutine", "flag halt = True", """\
halt = False
async def Mine():
    print("go")
    while not halt: await asyncio.sleep(0.001)
"""),
    Case("method that sets a flag", "method stop", "while self.running: time.sleep(0.001)", """
        def stop(self):
            self.running = False
            self.join()
    """),
    Case("method that sets an Event", "method stop", "while not self.halt.wait(0.01): pass", """
        halt = threading.Event()
        def stop(self):
            print("stopping")
            self.halt.set()
    """),
    Case("method that puts a sentinel", "method stop", "while (_item := self.work.get()) is not None: pass", """
        def __init__(self):
            import queue
            super().__init__()
            self.work = queue.Queue()
        def stop(self): self.work.put(None)
    """),
    Case("setter", "flag thread.running = False", "while self._running: time.sleep(0.001)", """
        _running = True
        @property
        def running(self): return self._running
        @running.setter
        def running(self, value): self._running = value
    """),
    # Which object's flag a property reads is not known: the link is only likely.
    Case("property", "flag thread._done = True", "while not self.is_done: time.sleep(0.001)", """
        _done = False
        @property
        def is_done(self): return self._done
    """, is_exact=False),
    Case("local", "flag thread.running = False", "go = True\nwhile go: go = self.running", is_exact=False),
    Case("only another thread looks", "flag thread.running = False", "self.other.start(); self.other.join()", """
        def __init__(self):
            super().__init__()
            self.other = threading.Thread(target=self.help)
        def help(self):
            while self.running: time.sleep(0.001)
    """, is_exact=False),
]  # fmt: skip


def begin(core: Core, folder: Path, case: Case) -> int:
    path = folder / f"{case.name.replace(' ', '_')}.py"
    path.write_text(case.source, "utf-8")
    run = core.controller.start(code_worker(case.name, OwnCode(str(path), "Mine", read_stop(case.stop))))
    assert run is not None
    return run


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunSnapshot]:
    """Return the runs of all cases by name, each stopped once it has written its line; side by side."""
    with Core(kind="child") as core:
        runs = {case.name: begin(core, tmp_path_factory.mktemp("flags"), case) for case in CASES}
        for run in runs.values():
            core.until_line(run, "go")
            core.controller.stop(run)
        core.until_idle()
        return {name: core.snapshot(run) for name, run in runs.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_known_when_a_flag_was_noticed(ended: dict[str, RunSnapshot], case: Case) -> None:
    run = ended[case.name]
    assert (run.outcome, run.error) == (Outcome.INTERRUPTED, "")
    assert run.notice_unknown is not (case.is_exact and SEES_FLAGS)
    if not run.notice_unknown:
        chain = run.chain
        assert (chain.requested or 0) <= (chain.noticed or 0) <= (chain.ended or 0)


@pytest.fixture
def core() -> Iterator[Any]:
    with Core(kind="child") as made:
        yield made


def test_the_notice_is_the_read_of_the_run_s_own_thread(core: Core, tmp_path: Path) -> None:
    """The code stamps its own read; another thread has read the flag long before."""
    case = Case("both", "flag thread.running = False", """\
other = threading.Thread(target=self.help)
other.start()
other.join()
while True:
    before = time.perf_counter_ns()
    if not self.running: break
print(before, time.perf_counter_ns())
""", """
        def help(self):
            while self.running: time.sleep(0.001)
    """)  # fmt: skip
    run = begin(core, tmp_path, case)
    core.until_line(run, "go")
    core.controller.stop(run)
    core.until_idle()
    before, after = map(int, [each.text for each in core.of(run) if each.kind == Kind.LINE][-1].split())
    noticed = core.snapshot(run).chain.noticed
    if SEES_FLAGS:
        assert noticed is not None
        assert before <= noticed <= after
    else:
        assert noticed is None


def test_a_thread_that_never_looks_has_not_noticed(core: Core, tmp_path: Path) -> None:
    loop = "n = 0\nwhile True:\n    n += 1\n    print(n)\n    time.sleep(0.001)"
    run = begin(core, tmp_path, Case("deaf", "flag thread.running = False", loop))
    core.until_line(run, "go")
    core.controller.stop(run)
    core.until_event(run, StopRequested)
    core.until_line(run, str(len(core.texts(run)) + 5))  # it goes on
    core.controller.kill(run)
    core.until_idle()
    snapshot = core.snapshot(run)
    assert (snapshot.outcome, snapshot.chain.noticed, snapshot.never) == (Outcome.KILLED, None, True)


def test_record_report_replay_and_test_agree(tmp_path: Path) -> None:
    case = CASES[0]
    path = tmp_path / "mine.py"
    path.write_text(case.source, "utf-8")
    code = OwnCode(str(path), "Mine", read_stop(case.stop))

    def act(core: RecordedCore) -> None:
        run = core.begin(name="Mine", strategy=OWN_CODE, workload=OWN_CODE, interval=0.0, engine=PROCESS, code=code)
        core.until_line(run, "go")
        core.ask(run)

    report = read_report(record(tmp_path, act, kind="child"))
    (run,) = report.runs
    latency = run.chain.latency
    assert (latency is not None, run.notice_unknown) == (SEES_FLAGS, not SEES_FLAGS)
    assert latency_words(run) == ("not known" if latency is None else duration(latency))
    replay = Replay(Catalogue(), 5.0)
    (comparison,) = replay.play(report, script_of(report, Catalogue())).comparisons
    replay.close()
    assert comparison.differences == ()
    # One that is asked while it is still being imported is not started, which is known without a watch.
    assert not (SEES_FLAGS and comparison.again.notice_unknown)
    text = session_test(report, Catalogue())
    assert ("noticed" in text.partition("def test_")[2]) is SEES_FLAGS


def test_a_flag_races_against_what_is_built_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(CASES[0].source, "utf-8")
    mine = code_worker("Mine", OwnCode(str(path), "Mine", read_stop(CASES[0].stop)))
    result = Race(Catalogue(), [mine, Worker("Waiter", "event-wait", interval=0.01)], 1).run(threading.Event())
    assert [run.outcome for run in result.runs] == [Outcome.INTERRUPTED] * 2
    assert all(run.latency is not None for run in result.runs) is SEES_FLAGS
    assert (race_rows(result)[0][4] == "not known") is not SEES_FLAGS
    (python,) = {run.python for run in result.runs if run.python}
    assert (f"noticed is not known: {unknown_notice(python)}." in race_sentence(result, Catalogue())) is not SEES_FLAGS


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("3.11.7", "Python 3.12 and newer, and this was 3.11.7"),
        ("3.13.0t", "free-threaded Python, which this was (3.13.0t)"),
        ("3.12.1", "it was not seen for certain"),
        ("", "it was not seen for certain"),
        ("3.11.<b>", "it was not seen for certain"),
    ],
)
def test_it_is_said_why_a_notice_is_not_known(python: str, words: str) -> None:
    assert words in unknown_notice(python)
