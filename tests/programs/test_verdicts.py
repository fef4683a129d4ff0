"""One verdict a thread, told from a stack and its source: no process is needed for it."""

import pytest

from app.core.verdicts import Verdict
from app.programs.clauses import BEGAN_LATER
from app.programs.diagnosis import diagnose
from app.programs.dump import Frame, Local, ProgramDump, ThreadDump
from app.programs.findings import Finding
from app.programs.objects import Value
from tests.programs.cases import (
    HERE,
    LIBRARY,
    Facts,
    Scope,
    diagnosed,
    finding_of,
    frame_of,
    thread_of,
    waiting_in,
)

SLEEPS = f"time.sleep(60) {HERE}"

# Ways in which a loop ends by a request: the source, what is read, and its value before and after the request. Each is at a
# sleep within its loop.
SHAPES: dict[str, tuple[str, str, object, object]] = {
    "while attribute": (f"while self.running:\n    {SLEEPS}", "self.running", True, False),
    "while not attribute": (f"while not self.stopped:\n    {SLEEPS}", "self.stopped", False, True),
    "while global": (f"while running:\n    {SLEEPS}", "running", True, False),
    "while item": (f"while not state['stop']:\n    {SLEEPS}", "state['stop']", False, True),
    "while getattr": (
        f"while getattr(t, 'do_run', True):\n    {SLEEPS}",
        "getattr(t, 'do_run', True)",
        True,
        False,
    ),
    "while not event": (f"while not stop.is_set():\n    {SLEEPS}", "stop", False, True),
    "if break": (f"while True:\n    if self.stop:\n        break\n    {SLEEPS}", "self.stop", False, True),
    "if return": (f"while 1:\n    if self.stop:\n        return\n    {SLEEPS}", "self.stop", False, True),
    "if raise": (f"while 1:\n    if self.stop:\n        raise SystemExit\n    {SLEEPS}", "self.stop", False, True),
    "else break": (
        f"while True:\n    if self.ok:\n        {SLEEPS}\n    else:\n        break",
        "self.ok",
        True,
        False,
    ),
    "elif": (
        f"while True:\n    if 0:\n        pass\n    elif self.stop:\n        break\n    {SLEEPS}",
        "self.stop",
        False,
        True,
    ),
    "if not: continue": (
        f"while True:\n    {SLEEPS}\n    if not self.stop:\n        continue\n    break",
        "self.stop",
        False,
        True,
    ),
    "for with break": (f"for i in range(9):\n    if self.stop:\n        break\n    {SLEEPS}", "self.stop", False, True),
    "nested": (f"while self.running:\n    for i in range(9):\n        {SLEEPS}", "self.running", True, False),
    "return from nested": (
        f"while True:\n    while True:\n        if self.stop:\n            return\n        {SLEEPS}",
        "self.stop",
        False,
        True,
    ),
    "in try": (
        f"while True:\n    try:\n        if self.stop:\n            break\n        {SLEEPS}\n    finally:\n        pass",
        "self.stop",
        False,
        True,
    ),
    "in with": (
        f"while True:\n    with x:\n        if self.stop:\n            break\n    {SLEEPS}",
        "self.stop",
        False,
        True,
    ),
    "not (a or b)": (f"while not (0 or self.stop):\n    {SLEEPS}", "self.stop", False, True),
    "a and b": (f"while True and self.running:\n    {SLEEPS}", "self.running", True, False),
    "is None": (f"while self.error is None:\n    {SLEEPS}", "self.error", None, "it broke"),
    "is True": (f"while self.stop is not True:\n    {SLEEPS}", "self.stop", False, True),
    "== text": (f"while self.state == 'running':\n    {SLEEPS}", "self.state", "running", "stopping"),
    "== number": (f"while self.state != 2:\n    {SLEEPS}", "self.state", 1, 2),
    "match": (
        f"while True:\n    match self.stop:\n        case True:\n            break\n    {SLEEPS}",
        "self.stop",
        False,
        True,
    ),
    "private": (f"while not self.__stop:\n    {SLEEPS}", "self.__stop", False, True),
    "current thread": (
        f"while not threading.current_thread().stopped:\n    {SLEEPS}",
        "threading.current_thread().stopped",
        False,
        True,
    ),
}


def in_function(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def work(self, t):\n{lines}\n"


@pytest.mark.parametrize("shape", SHAPES)
def test_whether_it_was_asked_is_told_by_what_the_loop_reads(shape: str) -> None:
    body, read, before, after = SHAPES[shape]
    source = in_function(body)
    waiting = finding_of(source, Scope({read: before}))
    assert waiting.verdict is Verdict.NEVER_ASKED, waiting.sentence
    asked = finding_of(source, Scope({read: after}))
    assert asked.verdict is Verdict.BLOCKED_IN_CALL, asked.sentence
    unknown = finding_of(source, Scope())
    assert unknown.verdict is Verdict.UNKNOWN, unknown.sentence
    assert "it is not in this test" in unknown.sentence


CLASS = f"""
class Worker:
    @property
    def running(self):
        "Whether it runs."
        with self.lock:
            return not self._stop
    def goes_on(self):
        return self.running
    def work(self):
        while WORD:
            {SLEEPS}
"""


@pytest.mark.parametrize("word", ["self.running", "self.goes_on()"])
def test_a_property_or_a_method_is_looked_into(word: str) -> None:
    source = CLASS.replace("WORD", word)
    assert finding_of(source, Scope({"self._stop": False}), function="Worker.work").verdict is Verdict.NEVER_ASKED
    found = finding_of(source, Scope({"self._stop": True}), function="Worker.work")
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert "`self._stop`, which is True" in found.sentence


def test_a_flag_that_reaches_the_loop_by_a_variable_is_likely() -> None:
    source = in_function(f"run = True\nwhile run:\n    {SLEEPS}\n    if self._stop:\n        run = False")
    found = finding_of(source, Scope({"self._stop": True}))
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert f"`self._stop`, which is True: likely it has been asked ({BEGAN_LATER})" in found.sentence
    assert finding_of(source, Scope({"self._stop": False})).verdict is Verdict.NEVER_ASKED


def test_the_sentence_of_the_issue() -> None:
    source = (
        f"class Reader:\n    def run(self):\n        while self.running:\n            data = self.s.recv(9)  {HERE}\n"
    )
    scope = Scope({"self.running": False}, timeouts={"self.s": None})
    found = finding_of(source, scope, function="Reader.run")
    assert found.sentence == (
        "worker is in `self.s.recv(9)` at app.py:4, without a time-out; the loop around it (line 3) reads `self.running`, "
        f"which is False: it has been asked ({BEGAN_LATER})."
    )
    assert (found.file, found.line, found.state) == ("/srv/app.py", 4, "waits")


TIMEOUTS = [
    ("time.sleep(2.5)", "for at most 2.5 s"),
    ("time.sleep(self.pause)", "for at most 0.5 s"),
    ("time.sleep(other)", "for at most other"),
    ("select.select([], [], [])", "without a time-out"),
    ("select.select([], [], [], 3)", "for at most 3 s"),
    ("os.read(0, 1)", "without a time-out"),
    ("self.s.recv(1)", "for at most 1.5 s"),
]


@pytest.mark.parametrize(("call", "words"), TIMEOUTS)
def test_a_time_out_is_told_from_the_call(call: str, words: str) -> None:
    scope = Scope({"self.stop": True, "self.pause": 0.5}, timeouts={"self.s": 1_500_000_000})
    found = finding_of(in_function(f"while not self.stop:\n    {call} {HERE}"), scope)
    assert f"is in `{call}` at app.py:3, {words};" in found.sentence


def test_a_socket_s_time_out_that_is_not_known_is_not_guessed() -> None:
    found = finding_of(in_function(f"while not self.stop:\n    s.recv(1) {HERE}"), Scope({"self.stop": True}))
    assert "is in `s.recv(1)` at app.py:3;" in found.sentence


@pytest.mark.parametrize(
    ("body", "end"),
    [
        (f"while True:\n    item = q.get() {HERE}\n    if item is None:\n        break", "`item is None`"),
        (f"while True:\n    item = q.get() {HERE}\n    if not item:\n        return", "`not item`"),
        (f"while (item := q.get()) is not None: {HERE}\n    pass", "`not ((item := q.get()) is not None)`"),
        (f"for item in iter(q.get, None): {HERE}\n    pass", "`q.get` returns `None`"),
    ],
)
def test_a_sentinel_that_has_not_come_was_not_sent(body: str, end: str) -> None:
    inner = waiting_in("Condition.wait") + waiting_in("Queue.get", file="queue.py")
    found = finding_of(in_function(body), Scope(), *inner)
    assert found.verdict is Verdict.NEVER_ASKED
    assert f"ends when {end}: that has not come" in found.sentence
    assert "without a time-out" in found.sentence


def test_a_sentinel_behind_a_flag_that_was_turned_is_a_blocked_call() -> None:
    body = f"while self.running:\n    item = q.get() {HERE}\n    if item is None:\n        break"
    found = finding_of(in_function(body), Scope({"self.running": False}), *waiting_in("Queue.get", file="queue.py"))
    assert found.verdict is Verdict.BLOCKED_IN_CALL


def test_an_event_that_is_waited_for_was_not_set() -> None:
    source = in_function(f"while not self.stop.wait(60): {HERE}\n    pass")
    inner = waiting_in("Condition.wait", "Event.wait", timeout="60")
    found = finding_of(source, Scope({"self.stop": False}), *inner)
    assert found.verdict is Verdict.NEVER_ASKED
    assert "is in `self.stop.wait(60)` at app.py:2, for at most 60 s" in found.sentence


def test_what_computes_without_a_look_was_asked_and_did_not_poll() -> None:
    source = in_function(f"while self.running:\n    for i in range(n):\n        x += i {HERE}")
    found = finding_of(source, Scope({"self.running": False}), computes=True)
    assert (found.verdict, found.state) == (Verdict.ASKED_NOT_POLLED, "computes")
    assert "computes at app.py:4" in found.sentence
    assert finding_of(source, Scope({"self.running": True}), computes=True).verdict is Verdict.NEVER_ASKED


def test_what_fills_and_empties_is_no_request() -> None:
    """An inner loop whose work is done is left as always; the outer one decides."""
    body = f"while self.running:\n    while self.items:\n        {SLEEPS}"
    empty = Value("list", "a list that is empty", False)
    found = finding_of(in_function(body), Scope({"self.running": True, "self.items": empty}))
    assert found.verdict is Verdict.NEVER_ASKED
    assert "`self.running`, which is True" in found.sentence


def test_what_waits_until_something_is_filled_was_not_asked() -> None:
    source = in_function(f"while not items:\n    changed.wait() {HERE}")
    scope = Scope({"items": Value("list", "a list that is empty", False)})
    found = finding_of(source, scope, *waiting_in("Condition.wait"))
    assert found.verdict is Verdict.NEVER_ASKED
    assert "reads `items`, which is a list that is empty" in found.sentence


def test_a_member_of_an_enum_is_compared_by_its_name() -> None:
    source = in_function(f"while self.state is State.RUN:\n    {SLEEPS}")
    run, stop = (Value("State", f"State.{name}", None, is_member=True) for name in ("RUN", "STOP"))
    waiting = finding_of(source, Scope({"self.state": run, "State.RUN": run}))
    assert waiting.verdict is Verdict.NEVER_ASKED
    assert "reads `self.state`, which is State.RUN: it has not been asked" in waiting.sentence
    asked = finding_of(source, Scope({"self.state": stop, "State.RUN": run}))
    assert asked.verdict is Verdict.BLOCKED_IN_CALL


def test_one_object_is_told_from_another_by_its_address() -> None:
    source = in_function(f"while self.token is current:\n    {SLEEPS}")
    value = Value("Token", "an object of type Token", True)
    for other, verdict in ((7, Verdict.NEVER_ASKED), (8, Verdict.BLOCKED_IN_CALL)):
        scope = Scope({"self.token": value, "current": value}, addresses={"self.token": 7, "current": other})
        found = finding_of(source, scope)
        assert found.verdict is verdict, found.sentence


def test_a_text_is_compared_and_not_shown() -> None:
    source = in_function(f"while self.state == 'running':\n    {SLEEPS}")
    for text, verdict in (("running", Verdict.NEVER_ASKED), ("a secret", Verdict.BLOCKED_IN_CALL)):
        found = finding_of(source, Scope({"self.state": Value("str", "a str that is not empty", True, repr(text))}))
        assert found.verdict is verdict
        assert "`self.state`, which is a str that is not empty" in found.sentence
        assert "secret" not in found.sentence


@pytest.mark.parametrize("first", ["ready", "self.ready"])
def test_what_is_partly_unknown_is_unknown(first: str) -> None:
    source = in_function(
        f"while 1:\n    if not {first}:\n        continue\n    if done or x:\n        break\n    {SLEEPS}"
    )
    assert finding_of(source, Scope({"done": False})).verdict is Verdict.UNKNOWN


def test_an_iteration_that_waits_has_had_no_end() -> None:
    source = in_function(f"for line in process.stdout: {HERE}\n    print(line)")
    frame = frame_of(source)
    facts = Facts({frame.file: source}, {"worker": Scope()})
    dump = ProgramDump(1, (thread_of(frame),))
    still = diagnose(dump, facts, {2: 0.0}).findings[0]
    assert still.verdict is Verdict.NEVER_ASKED
    assert "is in `for … in process.stdout`" in still.sentence
    assert "ends when `process.stdout` has no more" in still.sentence
    assert diagnose(dump, facts, {2: 0.9}).findings[0].state == "computes"
    assert diagnose(dump, facts, None).findings[0].verdict is Verdict.UNKNOWN


def test_what_a_method_hands_on_is_awaited_as_well() -> None:
    takes = f"class Listener:\n    def dequeue(self):\n        return self.queue.get() {HERE}\n"
    loops = (
        "class Listener:\n    def run(self):\n        while True:\n"
        f"            record = self.dequeue() {HERE}\n            if record is self.end:\n                break\n"
    )
    facts = Facts({"/srv/a.py": takes, "/srv/b.py": loops}, {"worker": Scope({"self.end": None})})
    inner = waiting_in("Queue.get", file="queue.py")
    own = frame_of(takes, "Listener.dequeue", "/srv/a.py"), frame_of(loops, "Listener.run", "/srv/b.py")
    thread = thread_of(*inner, *own)
    found = diagnosed(ProgramDump(1, (thread,)), facts).findings[0]
    assert found.verdict is Verdict.NEVER_ASKED
    assert "ends when `record is self.end`" in found.sentence


def test_what_a_call_of_another_returns_is_not_known() -> None:
    """Qt knows whether an interruption was requested, and no memory of Python's."""
    source = in_function(f"while not self.isInterruptionRequested():\n    {SLEEPS}")
    found = finding_of(source, Scope())
    assert found.verdict is Verdict.UNKNOWN
    assert "reads `self.isInterruptionRequested()`, whose value is not known" in found.sentence
    assert "its value would tell (it is the result of a call)" in found.sentence


def test_a_walrus_hands_on_what_it_reads() -> None:
    source = in_function(f"while (now := self.running):\n    {SLEEPS}")
    assert finding_of(source, Scope({"self.running": True})).verdict is Verdict.NEVER_ASKED
    assert finding_of(source, Scope({"self.running": False})).verdict is Verdict.BLOCKED_IN_CALL


def test_a_look_at_an_event_is_no_wait() -> None:
    source = in_function(f"while not stop.is_set(): {HERE}\n    x += 1")
    look = Frame("Event.is_set", f"{LIBRARY}threading.py", 600)
    found = finding_of(source, Scope({"stop": False}), look, computes=True)
    assert (found.verdict, found.state) == (Verdict.NEVER_ASKED, "computes")
    assert "computes at threading.py:600, in Event.is_set, called at app.py:2" in found.sentence


def test_a_line_with_a_lock_and_a_wait_may_be_either() -> None:
    scope = Scope({"self.stop": True}, types={"lock": "lock"})
    found = finding_of(in_function(f"while not self.stop:\n    with lock: time.sleep(9) {HERE}"), scope)
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert "is in a call at app.py:3" in found.sentence
    found = finding_of(in_function(f"while not self.stop:\n    with open(x) as f: f.read() {HERE}"), scope)
    assert "is in `f.read()` at app.py:3, without a time-out" in found.sentence


def test_a_join_says_which_thread_it_waits_for() -> None:
    source = in_function(f"t.join() {HERE}")
    join = Frame(
        "Thread.join",
        f"{LIBRARY}threading.py",
        1100,
        (Local("self", 77, "<Thread at 0x4d>"), Local("timeout", 1, "None")),
    )
    waits = ThreadDump("MainThread", 1, 1, is_active=False, frames=(join, frame_of(source)))
    bootstrap = Frame("Thread._bootstrap", f"{LIBRARY}threading.py", 1000, (Local("self", 77, "<Thread at 0x4d>"),))
    awaited = ThreadDump("reader", 2, 2, is_active=False, frames=(frame_of(in_function(SLEEPS)), bootstrap))
    found = diagnosed(ProgramDump(1, (waits, awaited)), Facts({"/srv/app.py": source}, {})).findings[0]
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert "is in `t.join()` at app.py:2 for the end of reader, without a time-out" in found.sentence


@pytest.mark.parametrize("function", ["<listcomp>", "<genexpr>", "<lambda>"])
def test_the_calls_of_a_comprehension_are_those_of_its_line(function: str) -> None:
    source = in_function(f"while self.running:\n    x = [time.sleep(9) for _ in y] {HERE}")
    thread = thread_of(frame_of(source, f"work.<locals>.{function}"), frame_of(source))
    facts = Facts({"/srv/app.py": source}, {"worker": Scope({"self.running": False})})
    found = diagnosed(ProgramDump(1, (thread,)), facts).findings[0]
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert "is in `time.sleep(9)` at app.py:3, for at most 9 s" in found.sentence


def test_a_call_of_a_library_says_where_the_program_made_it() -> None:
    library = f"def fetch(url):\n    sock.recv(1) {HERE}\n"
    source = in_function(f"while self.running:\n    fetch('x') {HERE}")
    path = "/usr/lib/python3.12/site-packages/web.py"
    facts = Facts({path: library, "/srv/app.py": source}, {"worker": Scope({"self.running": False})})
    found = diagnosed(ProgramDump(1, (thread_of(frame_of(library, "fetch", path), frame_of(source)),)), facts).findings[
        0
    ]
    assert found.verdict is Verdict.BLOCKED_IN_CALL
    assert "is in `sock.recv(1)` at web.py:2, called at app.py:3" in found.sentence


# -- locks -------------------------------------------------------------------------------------------------------------


def locked(how: str, **known: dict[str, int]) -> Finding:
    source = in_function(
        f"while not self.stop:\n    {how} {HERE}\n        pass" if how.endswith(":") else f"{how} {HERE}"
    )
    scope = Scope({"self.stop": True}, types={"self.lock": "RLock"}, **known)
    return finding_of(source, scope)


@pytest.mark.parametrize("how", ["with self.lock:", "self.lock.acquire()"])
def test_what_waits_for_a_lock_says_who_holds_it_if_that_is_known(how: str) -> None:
    found = locked(how, owners={"self.lock": 1002})
    assert found.verdict is Verdict.WAITING_FOR_LOCK
    assert "waits for the lock `self.lock`" in found.sentence
    assert "held by worker" in found.sentence
    assert "held by a thread that has ended" in locked(how, owners={"self.lock": 7}).sentence
    assert "holder unknown" in locked(how).sentence


def test_a_lock_is_held_by_the_thread_that_is_inside_of_its_with() -> None:
    waits = in_function(f"with lock: {HERE}\n    pass")
    holds = in_function(f"with other, lock:\n    {SLEEPS}")
    scope = Scope(types={"lock": "lock"}, addresses={"lock": 5})
    first = thread_of(frame_of(waits, file="/srv/a.py"), name="first")
    second = thread_of(frame_of(holds, file="/srv/b.py"), name="second", number=3)
    facts = Facts({"/srv/a.py": waits, "/srv/b.py": holds}, {"first": scope, "second": scope})
    found = diagnosed(ProgramDump(1, (first, second)), facts).findings[0]
    assert found.verdict is Verdict.WAITING_FOR_LOCK
    assert "held by second inside its `with` at b.py:3" in found.sentence


def test_what_is_no_lock_is_not_called_one() -> None:
    found = finding_of(in_function(f"with connection: {HERE}\n    pass"), Scope())
    assert found.verdict is Verdict.UNKNOWN
    assert "lock" not in found.sentence


def test_the_lock_inside_of_a_condition() -> None:
    source = in_function(f"with self.changed: {HERE}\n    pass")
    found = finding_of(source, Scope(), Frame("Condition.__enter__", f"{LIBRARY}threading.py", 300))
    assert found.verdict is Verdict.WAITING_FOR_LOCK
    assert "waits for the lock `self.changed`" in found.sentence


def test_two_that_wait_for_each_other_are_a_deadlock() -> None:
    sources = {
        f"/srv/{a}.py": in_function(f"with {a}:\n    with {b}: pass {HERE}") for a, b in (("a", "b"), ("b", "a"))
    }
    scope = Scope(types={"a": "lock", "b": "lock"}, addresses={"a": 5, "b": 6})
    threads = [
        thread_of(frame_of(source, file=file), name=file[5], number=number)
        for number, (file, source) in enumerate(sources.items(), 2)
    ]
    found = diagnosed(ProgramDump(1, tuple(threads)), Facts(sources, {"a": scope, "b": scope})).findings
    assert [finding.verdict for finding in found] == [Verdict.WAITING_FOR_LOCK] * 2
    for finding, other in zip(found, "ba", strict=True):
        assert f"held by {other} inside its `with` at {other}.py:3, which waits for a lock" in finding.sentence
        assert "a deadlock" in finding.sentence


# -- cleaning up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (f"try:\n    while self.running:\n        pass\nfinally:\n    {SLEEPS}", "finally"),
        (f"try:\n    serve()\nexcept KeyboardInterrupt:\n    {SLEEPS}", "except"),
    ],
)
def test_what_cleans_up_has_noticed(body: str, word: str) -> None:
    found = finding_of(in_function(body), Scope({"self.running": False}))
    assert found.verdict is Verdict.SLOW_CLEANUP
    assert f"is in the `{word}` of app.py:" in found.sentence


def test_a_finally_of_each_turn_is_no_cleaning_up() -> None:
    body = f"while self.running:\n    try:\n        pass\n    finally:\n        {SLEEPS}"
    assert finding_of(in_function(body), Scope({"self.running": True})).verdict is Verdict.NEVER_ASKED


def test_a_finally_in_a_call_of_a_loop_is_no_cleaning_up() -> None:
    inner = in_function(f"try:\n    pass\nfinally:\n    {SLEEPS}")
    outer = f"def run(self):\n    while self.running:\n        work(self) {HERE}\n"
    facts = Facts({"/srv/a.py": inner, "/srv/b.py": outer}, {"worker": Scope({"self.running": True})})
    thread = thread_of(frame_of(inner, file="/srv/a.py"), frame_of(outer, "run", "/srv/b.py"))
    assert diagnosed(ProgramDump(1, (thread,)), facts).findings[0].verdict is Verdict.NEVER_ASKED


def test_an_exit_of_a_context_is_cleaning_up() -> None:
    exits = f"class Pool:\n    def __exit__(self, *_):\n        time.sleep(9) {HERE}\n"
    uses = f"def work(self):\n    with Pool(): {HERE}\n        pass\n"
    facts = Facts({"/srv/a.py": exits, "/srv/b.py": uses}, {})
    thread = thread_of(frame_of(exits, "Pool.__exit__", "/srv/a.py"), frame_of(uses, file="/srv/b.py"))
    found = diagnosed(ProgramDump(1, (thread,)), facts).findings[0]
    assert found.verdict is Verdict.SLOW_CLEANUP
    assert "`Pool.__exit__`" in found.sentence


def test_what_has_left_its_loop_has_noticed() -> None:
    found = finding_of(in_function(f"while self.running:\n    pass\n{SLEEPS}"), Scope({"self.running": False}))
    assert found.verdict is Verdict.NOTICED_NOT_ENDED
    assert "has left the loop in line 2, which reads `self.running`, which is False: it has noticed" in found.sentence


def test_what_is_about_to_leave_its_loop_has_noticed() -> None:
    found = finding_of(
        in_function(f"while True:\n    if self.stop:\n        {SLEEPS}\n        break"), Scope({"self.stop": True})
    )
    assert found.verdict is Verdict.NOTICED_NOT_ENDED


# -- swallowed, elsewhere, unknown -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "locals_", "name"),
    [
        ("except KeyboardInterrupt:", {}, "KeyboardInterrupt"),
        ("except (SystemExit, asyncio.CancelledError):", {}, "SystemExit or CancelledError"),
        ("except BaseException as error:", {"error": "<KeyboardInterrupt at 0x7f00>"}, "KeyboardInterrupt"),
    ],
)
def test_an_exception_that_asks_and_is_caught_in_the_loop_is_swallowed(
    handler: str, locals_: dict[str, str], name: str
) -> None:
    body = f"while True:\n    try:\n        pass\n    {handler}\n        {SLEEPS}"
    found = finding_of(in_function(body), Scope(), locals_=locals_)
    assert found.verdict is Verdict.SWALLOWED
    assert f"has caught {name} in the `except` of app.py:5" in found.sentence


@pytest.mark.parametrize("handler", ["except OSError:", "except Exception as error:", "except:"])
def test_another_exception_is_no_request(handler: str) -> None:
    body = f"while True:\n    try:\n        pass\n    {handler}\n        {SLEEPS}"
    found = finding_of(in_function(body), Scope(), locals_={"error": "<ValueError at 0x7f00>"})
    assert found.verdict is Verdict.UNKNOWN


def test_another_object_that_was_signalled_is_said() -> None:
    found = finding_of(
        SHAPES["while attribute"][0].join(["def work(self):\n  ", "\n"]).replace("\n    ", "\n      "),
        Scope({"self.running": True}),
        signalled="likely another one was meant",
    )
    assert found.verdict is Verdict.ASKED_ELSEWHERE
    assert found.sentence.endswith("; likely another one was meant.")


def test_nothing_that_can_be_set_is_read() -> None:
    found = finding_of(in_function(f"while True:\n    x += 1 {HERE}"), Scope(), computes=True)
    assert found.verdict is Verdict.UNKNOWN
    assert "no loop around it reads what another thread could set" in found.sentence
    blocked = finding_of(in_function(f"os.read(0, 1) {HERE}"), Scope())
    assert blocked.verdict is Verdict.BLOCKED_IN_CALL
    assert "whether it has been asked cannot be seen" in blocked.sentence


def test_without_source_it_is_unknown_and_says_so() -> None:
    thread = thread_of(Frame("work", "/srv/gone.py", 3))
    found = diagnosed(ProgramDump(1, (thread,)), Facts({}, {})).findings[0]
    assert found.verdict is Verdict.UNKNOWN
    assert "its source cannot be read" in found.sentence


def test_a_thread_without_python_code() -> None:
    found = diagnosed(ProgramDump(1, (ThreadDump("", 9, 77, False, ()),)), Facts({}, {})).findings[0]
    assert (found.name, found.verdict, found.file, found.line) == ("thread 77", Verdict.UNKNOWN, "", 0)


# -- what keeps the process alive --------------------------------------------------------------------------------------


def test_what_keeps_the_process_alive() -> None:
    source = in_function(SHAPES["while attribute"][0])
    frame = frame_of(source)
    end = ThreadDump("MainThread", 1, 1, False, (Frame("_shutdown", f"{LIBRARY}threading.py", 1500),))
    threads = [thread_of(frame, name=name, number=number) for number, name in enumerate(("a", "b", "c", "d"), 2)]
    qt = ThreadDump("qt", 9, 9, False, (frame,))
    facts = Facts({frame.file: source}, {}, {"a": False, "b": True, "c": None, "d": False})
    found = diagnosed(ProgramDump(1, (end, *threads, qt)), facts)
    assert found.kept_alive_by == ("a", "d")
    assert found.alive == (
        "MainThread has ended; a and d keep the process alive; whether c would be waited for is not known."
    )
    assert [finding.keeps_alive for finding in found.findings] == [False, True, False, None, True, False]
    assert found.findings[0].verdict is Verdict.NOTICED_NOT_ENDED
    assert found.findings[0].state == "has ended"


def test_a_main_thread_that_runs_keeps_the_process_alive() -> None:
    source = f"x = 1\nwhile True:\n    {SLEEPS}\n"
    main = ThreadDump("MainThread", 1, 1, False, (frame_of(source, "<module>"),))
    found = diagnosed(ProgramDump(1, (main,)), Facts({"/srv/app.py": source}, {}))
    assert found.alive == "MainThread still runs; nothing else keeps the process alive."
    assert found.kept_alive_by == ("MainThread",)


# -- hostile text ------------------------------------------------------------------------------------------------------


def test_names_and_paths_are_escaped_and_cut() -> None:
    name, path = "\x1b[31m\n" + "n" * 1_000_000, "/srv/\x1b]0;\u202e" + "p" * 100_000 + ".py"
    thread = ThreadDump(name, 1, 2, False, (Frame("f\x1b\n" * 100, path, 3),))
    found = diagnosed(ProgramDump(1, (thread,)), Facts({}, {})).findings[0]
    assert len(found.name) <= 60
    assert len(found.sentence) < 1_500
    assert found.sentence.isprintable()


def test_what_could_have_left_its_loop_in_another_way_has_likely_noticed() -> None:
    body = f"for i in range(9):\n    if self.stop:\n        break\n{SLEEPS}"
    found = finding_of(in_function(body), Scope({"self.stop": True}))
    assert found.verdict is Verdict.NOTICED_NOT_ENDED
    assert "which reads `self.stop`, which is True: likely it has noticed" in found.sentence
