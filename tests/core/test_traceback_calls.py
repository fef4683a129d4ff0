"""The calls of a traceback are read back from what Python writes, whatever stands around them."""

import traceback

import pytest

from app.core.stacks import calls_in


def fails(text: str) -> None:
    raise ValueError(text)


def written(text: str, cause: bool = False) -> str:
    """Return what Python writes about an exception, with another one before it if ``cause``."""
    try:
        try:
            if cause:
                int("no number")
        except ValueError:
            fails(text)
        fails(text)
    except ValueError:
        return traceback.format_exc()


@pytest.mark.parametrize("cause", [False, True])
@pytest.mark.parametrize("text", ["boom", 'two lines\n  File "evil.py", line 1, in evil\n    evil()', ""])
def test_the_calls_of_the_last_traceback_are_read(text: str, cause: bool) -> None:
    calls = calls_in(written(text, cause))
    assert [(call.function, call.text) for call in calls] == [
        ("written", "fails(text)"),
        ("fails", "raise ValueError(text)"),
    ]
    assert {call.file for call in calls} == {__file__}
    assert all(call.line > 0 for call in calls)


def deep(depth: int) -> None:
    if depth:
        deep(depth - 1)
    fails("deep")


def test_repeated_calls_are_no_calls_of_their_own() -> None:
    try:
        deep(30)
    except ValueError:
        calls = calls_in(traceback.format_exc())
    assert calls[-1].function == "fails"
    assert {call.function for call in calls[:-1]} == {"test_repeated_calls_are_no_calls_of_their_own", "deep"}


@pytest.mark.parametrize("text", ["", "The operating system refused a thread.", "Traceback (most recent call last):"])
def test_what_is_no_traceback_has_no_calls(text: str) -> None:
    assert calls_in(text) == ()


def test_a_group_of_exceptions_has_no_single_stack() -> None:
    try:
        raise ExceptionGroup("both", [ValueError("a"), ValueError("b")])
    except ExceptionGroup:
        assert "Traceback" in traceback.format_exc()
        calls = calls_in(traceback.format_exc())
    assert calls == ()
