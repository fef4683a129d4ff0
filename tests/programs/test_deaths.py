"""How a process died, in one sentence, and where its threads were."""

import pytest

from app.core.stacks import Call
from app.programs.deaths import death_sentence, last_line, stack_in, status_words, tail_text

DUMP = """\
Thread 0x00007f0a (most recent call first):
  File "/usr/lib/threading.py", line 320 in wait
  File "/x/core/timers.py", line 88 in _live

Current thread 0x00007f0b [worker #1] (most recent call first):
  File "/x/core/workloads/native.py", line 40 in work
  File "/x/core/run.py", line 120 in _live
  File "/usr/lib/threading.py", line 975 in run
"""


def test_the_stack_of_a_run_is_found_among_all_threads() -> None:
    calls = stack_in(DUMP, lambda file, line: f"  {file}:{line}\n")
    assert calls == (
        Call("/x/core/run.py", 120, "_live", "/x/core/run.py:120"),
        Call("/x/core/workloads/native.py", 40, "work", "/x/core/workloads/native.py:40"),
    )


@pytest.mark.parametrize(
    "dump", ["", "Thread 0x1 (most recent call first):", "x" * 10_000, DUMP.replace("_live", "_dead")]
)
def test_without_a_run_s_thread_there_is_no_stack(dump: str) -> None:
    assert stack_in(dump, lambda _file, _line: "") == ()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "left with exit status 0"),
        (3, "left with exit status 3"),
        (-11, "was ended by SIGSEGV (Segmentation fault)"),
        (-9, "was ended by SIGKILL, which Thread Controller did not send; the system may have run out of memory"),
        (-200, "was ended by signal 200"),
    ],
)
def test_the_status_is_said(status: int, words: str) -> None:
    assert status_words(status) == words


@pytest.mark.parametrize(
    ("tail", "line"),
    [
        ("", ""),
        ("\n \n", ""),
        ("a\nb\n\n", "b"),
        ("x\nFatal Python error: Aborted\n\nThread 0x1:\n  File y", "Fatal Python error: Aborted"),
        ("a" * 300, "a" * 199 + "…"),
    ],
)
def test_the_line_that_says_most(tail: str, line: str) -> None:
    assert last_line(tail) == line


def test_the_sentence_has_one_full_stop() -> None:
    assert death_sentence("left with exit status 1", "") == "Its process left with exit status 1."
    assert death_sentence("left", "no.") == "Its process left; it said last: no."
    assert death_sentence("left", "no") == "Its process left; it said last: no."


def test_whatever_it_wrote_is_text() -> None:
    assert tail_text(b"\xff\0a\n\n") == "\ufffd\ufffda"
