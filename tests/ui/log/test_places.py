"""What a person types for a place in the log."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.ui.log.actions import parse_line, parse_time, parse_wall_clock

STARTED = datetime(2026, 3, 5, 14, 3, 22, 500_000)
STARTED_NS = round(STARTED.timestamp() * 1e9)


@pytest.mark.parametrize(("text", "line"), [("0", 0), ("12,345", 12_345), (" 1 000 ", 1_000), ("9.999", 9_999)])
def test_line_numbers(text: str, line: int) -> None:
    assert parse_line(text, 20_000) == line


@pytest.mark.parametrize("text", ["", "x", "-1", "1e3", "²", "٣", "9" * 30])
def test_what_is_no_line_number_is_said(text: str) -> None:
    with pytest.raises(BadInput, match=r"is not a line number\. Enter one from 0 to 19,999"):
        parse_line(text, 20_000)


def test_lines_that_are_not_there_are_said() -> None:
    with pytest.raises(BadInput, match="There is no line 20,000 yet; the last is 19,999"):
        parse_line("20000", 20_000)
    with pytest.raises(BadInput, match="the log is empty"):
        parse_line("0", 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("12.5", 12.5), ("12,5 s", 12.5), ("1:02.5", 62.5), ("1:00:02.5", 3602.5), ("90:00", 5400)],
)
def test_times_in_the_session(text: str, seconds: float) -> None:
    assert parse_time(text) == round(seconds * 1e9)


@pytest.mark.parametrize("text", ["", "-1", "1:2:3:4", "nan", "inf", "1e9", "a:b", "1:"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="is not a time in the session"):
        parse_time(text)


def test_a_time_that_no_session_has_is_said() -> None:
    with pytest.raises(BadInput, match="later than any session"):
        parse_time("9" * 12)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("14:03:22.5", 0), ("14:03:23", 0.5), ("14:04", 37.5), ("14:03", 0), ("13:00", 86_400 - 3_802.5)],
)
def test_wall_clocks(text: str, seconds: float) -> None:
    assert parse_wall_clock(text, STARTED_NS) == pytest.approx(seconds * 1e9, abs=1e3)


@pytest.mark.parametrize("text", ["", "25:00", "12:60", "12:00:60", "12", "noon"])
def test_what_is_no_wall_clock_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="is not a time of day"):
        parse_wall_clock(text, STARTED_NS)


@given(st.text(max_size=20))
def test_nothing_but_a_sentence_comes_of_nonsense(text: str) -> None:
    for parse in (lambda t: parse_line(t, 10), parse_time, lambda t: parse_wall_clock(t, STARTED_NS)):
        try:
            assert parse(text) >= 0
        except BadInput as error:
            assert "\n" not in str(error)  # noqa: PT017 - not every text is wrong
