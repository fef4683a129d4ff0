"""What a record says to a person, and that no other module writes or reads these sentences."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import app
from app.core.batch import Kind
from app.core.events import (
    Ended,
    Event,
    Failed,
    Located,
    Noticed,
    Released,
    Running,
    Shown,
    SlowToNotice,
    Started,
    StopRequested,
    Stuck,
    encode,
)
from app.core.latency import StopChain, release_words
from app.core.prediction import Lateness, LateReason
from app.core.stacks import Call
from app.core.states import Outcome
from app.session.record_words import event_words, record_words

S = 1_000_000_000
CALLS = (Call("/a/work.py", 7, "work", "sleep(30)"),)
STACK = '  File "/a/work.py", line 7, in work\n    sleep(30)'
END = Ended(
    outcome=Outcome.INTERRUPTED,
    chain=StopChain(None, 10 * S, 10 * S + 1_230_000, 11 * S, 12 * S),
    lines=3,
    was_stuck=False,
    released=None,
    lateness=None,
    band=None,
    longest_work=0,
    strategy="flag",
    workload="sleep",
    interval=0.5,
)
NEVER = replace(END, chain=replace(END.chain, noticed=None))
SENTENCES: list[tuple[Event, str]] = [
    (Started("event-poll", "sleep", 0.05), "starting: event-poll, sleep, every 0.05 s"),
    (Running(1, 4_711), "running: native id 4711"),
    (StopRequested(), "stopping: asked to stop"),
    (Noticed(1), "noticed the stop"),
    (
        Noticed(1, Lateness(2_000_000, LateReason.PAUSE, 7_000_000)),
        "noticed the stop, noticed 2.00 ms later than predicted: the last pause was 7.00 ms longer than the interval",
    ),
    (SlowToNotice(S, None, CALLS), f"stopping: not noticed 1.00 s after it was asked; it is here\n{STACK}"),
    (SlowToNotice(S, 5, ()), "stopping: noticed, but not ended 1.00 s after it was asked; it is here"),
    (Stuck(5 * S, None, CALLS), f"stuck: not ended 5.00 s after it was asked to stop\n{STACK}"),
    (Located(CALLS), f"located: it is here\n{STACK}"),
    (
        Released(6 * S),
        "releasing: Thread Controller releases what its thread is blocked in, 6.00 s after it was asked to stop",
    ),
    (Failed("ValueError: boom", "Traceback"), "ValueError: boom\nTraceback"),
    (Failed("There is no thread."), "There is no thread."),
    (END, "ended: interrupted, noticed 1.23 ms after the request"),
    (NEVER, "ended: interrupted, never noticed"),
    (replace(NEVER, was_stuck=True), "ended: interrupted, never noticed, was stuck"),
    (
        replace(END, was_stuck=True, released=11 * S + 1_230_000),
        "ended: interrupted, noticed 1.23 ms after the request, was stuck, let go 1.00 s later",
    ),
    (
        replace(NEVER, outcome=Outcome.RELEASED, was_stuck=True, released=15 * S),
        f"ended: released, {release_words(10 * S, 15 * S)}",
    ),
    (replace(END, outcome=Outcome.COMPLETED, chain=StopChain(ended=12 * S)), "ended: completed"),
    (replace(END, outcome=Outcome.FAILED, chain=StopChain(None, 10 * S, ended=12 * S)), "ended: failed"),
    (Shown(13 * S, S), "shown: its end was painted 1.00 s after it"),
]


@pytest.mark.parametrize(("event", "sentence"), SENTENCES, ids=[event.name for event, _ in SENTENCES])
def test_an_event_says_what_happened(event: Event, sentence: str) -> None:
    assert event_words(event) == record_words(*encode(event)) == sentence


def test_a_line_says_its_own_text_whatever_that_is() -> None:
    _, payload = encode(END)
    assert record_words(Kind.LINE, payload) == payload


def test_what_cannot_be_read_says_its_own_text() -> None:
    assert record_words(Kind.CHAIN, '{"event": "ended"}') == '{"event": "ended"}'
    assert record_words(Kind.NOTE, "[]") == "[]"
    assert record_words(77, "x") == "x"


# -- one place where the sentences are made, and none where they are read ----------------------------------------------

APP = Path(app.__file__).parent
HOME = APP / "session" / "record_words.py"
_SENTENCE = re.compile(
    r"^(starting|running|stopping|stuck|ended|located|releasing|shown): |^: native id |^noticed the stop|its end was painted"
    r"|it was asked; it is here|releases what its thread"
)


def _sentences(path: Path) -> Iterator[str]:
    """Yield the texts in a module, but for docstrings, that are a sentence about a state or a part of one."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if _SENTENCE.search(node.value):
                yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from _after_a_state(node)


def _after_a_state(text: ast.JoinedStr) -> Iterator[str]:
    """Yield what an f-string has after the name of a state, as in ``f"{State.STUCK}: not ended"``."""
    for value, rest in zip(text.values, text.values[1:], strict=False):
        is_state = isinstance(value, ast.FormattedValue) and ast.unparse(value.value).startswith("State.")
        if is_state and isinstance(rest, ast.Constant) and str(rest.value).startswith(": "):
            yield str(rest.value)


def test_no_other_module_has_the_sentence_of_a_state() -> None:
    """One that did would say it otherwise some day, or would compare a text where it should ask for the event."""
    found = {str(path.relative_to(APP)): list(_sentences(path)) for path in sorted(APP.rglob("*.py"))}
    assert len(found.pop(str(HOME.relative_to(APP)))) > 6
    assert {path: texts for path, texts in found.items() if texts} == {}
