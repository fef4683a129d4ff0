"""Where a thread is."""

import threading

from app.core.stacks import calls_of, stack_text
from tests.core.mechanisms import Gate


def test_the_stack_of_a_waiting_thread_shows_its_calls_innermost_last() -> None:
    gate = Gate()

    def outer() -> None:
        gate.work()

    thread = threading.Thread(target=outer)
    thread.start()
    assert gate.entered.wait(20)
    stack = stack_text(calls_of(thread.ident))
    gate.open()
    thread.join()
    # The event may not have been waited on yet when the stack was taken: what is sure is the order of the calls.
    assert stack.index("in outer") < stack.index("in work")
    assert "_bootstrap" not in stack
    assert not stack.endswith("\n")
    assert stack_text(calls_of(thread.ident)) == ""


def test_no_thread_has_no_stack() -> None:
    assert stack_text(calls_of(None)) == ""
    assert "test_no_thread_has_no_stack" in stack_text(calls_of(threading.get_ident()))
