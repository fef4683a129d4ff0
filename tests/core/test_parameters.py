"""What workloads can be told: texts and values are two sides of one, and what is wrong is one sentence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.parameters import Parameter, check_values
from app.core.worker import Worker

SECONDS = Parameter("seconds", "Length", "How long.", usual=2.0, least=0.001, most=3_600, unit="s")
TIMES = Parameter("times", "Times", "How often.", usual=10, least=1, most=100_000_000)
SWITCH = Parameter("switch", "Switch", "Whether.", usual=True)
ALL = (SECONDS, TIMES, SWITCH)
EVERY = [*ALL, *(parameter for workload in Catalogue().workloads for parameter in workload.parameters)]
HUGE = 10**5_000  # more digits than Python writes out

ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.sampled_from([HUGE, -HUGE, 10**400, float("nan"), [HUGE], {}, {"a": HUGE}, object(), 1j])
    | st.lists(st.integers())
)


@given(st.sampled_from(EVERY), ANYTHING)
def test_a_value_is_right_or_one_sentence(parameter: Parameter, value: object) -> None:
    try:
        checked = parameter.check(value)
    except BadInput as error:
        check_sentence(error, parameter)
    else:
        assert type(checked) is type(parameter.usual)
        assert checked == value
        if not isinstance(checked, bool):
            assert parameter.least <= checked <= parameter.most


@given(st.sampled_from(EVERY), st.text() | st.floats().map(str) | st.integers().map(str) | st.just("9" * 5_000))
def test_a_text_is_right_or_one_sentence(parameter: Parameter, text: str) -> None:
    try:
        value = parameter.read(text)
    except BadInput as error:
        check_sentence(error, parameter)
    else:
        assert parameter.read(parameter.text(value)) == value


def check_sentence(error: BadInput, parameter: Parameter) -> None:
    sentence = str(error)
    assert sentence.startswith(f"{parameter.title} ")
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 200
    assert error.field == parameter.field


@st.composite
def parameter_and_value(draw: st.DrawFn) -> tuple[Parameter, Any]:
    parameter = draw(st.sampled_from(EVERY))
    if isinstance(parameter.usual, bool):
        return parameter, draw(st.booleans())
    if isinstance(parameter.usual, int):
        return parameter, draw(st.integers(int(parameter.least), int(parameter.most)))
    return parameter, draw(st.floats(parameter.least, parameter.most))


@given(parameter_and_value())
def test_what_is_shown_is_read_again(case: tuple[Parameter, Any]) -> None:
    parameter, value = case
    assert parameter.check(value) == value
    read = parameter.read(parameter.text(value))
    assert (type(read), read) == (type(parameter.usual), value)


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        (SECONDS, 0, "Length can't be less than 0.001 s. Enter 0.001 to 3,600 s."),
        (SECONDS, float("nan"), "Length must be a number. Enter 0.001 to 3,600 s."),
        (SECONDS, float("inf"), "Length can't be more than 3,600 s. Enter 0.001 to 3,600 s."),
        (SECONDS, 10**400, "can't be more than 3,600 s."),
        pytest.param(SECONDS, HUGE, "can't be more than 3,600 s.", id="huge"),
        (SECONDS, "2", "must be a number. Enter 0.001"),
        (SECONDS, True, "must be a number."),
        (SECONDS, None, "must be a number."),
        (TIMES, 0, "Times can't be less than 1. Enter 1 to 100,000,000."),
        (TIMES, 2.5, "Times must be a whole number. Enter 1"),
        (TIMES, 2.0, "must be a whole number."),
        (TIMES, True, "must be a whole number."),
        (SWITCH, 1, "Switch must be yes or no; in a file, true or false."),
        (SWITCH, "maybe", "must be yes or no"),
    ],
)
def test_what_is_wrong_is_said(parameter: Parameter, value: object, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parameter.check(value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (SECONDS, " 0.5 ", 0.5),
        (SECONDS, "1e-2", 0.01),
        (SECONDS, "3", 3.0),
        (TIMES, "7", 7),
        (SWITCH, "YES", True),
        (SWITCH, "true", True),
        (SWITCH, "1", True),
        (SWITCH, "off", False),
        (SWITCH, "No", False),
    ],
)
def test_texts_mean_values(parameter: Parameter, text: str, value: object) -> None:
    read = parameter.read(text)
    assert (type(read), read) == (type(value), value)


def test_a_parameter_in_words() -> None:
    assert [parameter.label for parameter in ALL] == ["Length (s)", "Times", "Switch"]
    assert [parameter.choice for parameter in ALL] == ["0.001 to 3,600 s", "1 to 100,000,000", "yes or no"]
    assert SECONDS.about == "How long. 0.001 to 3,600 s, default 2."
    assert SWITCH.about == "Whether. Yes or no, default yes."


# -- all of a workload -------------------------------------------------------------------------------------------


def test_values_keep_the_workload_s_order_and_leave_out_what_is_as_usual() -> None:
    assert check_values({"switch": False, "times": 10, "seconds": 1}, ALL, "w") == (("seconds", 1.0), ("switch", False))
    assert check_values({}, ALL, "w") == ()
    assert check_values({}, (), "w") == ()


@pytest.mark.parametrize(
    ("values", "known", "words"),
    [
        (
            {"second": 1},
            ALL,
            "No parameter of the workload w is called 'second'; did you mean seconds? There are: seconds, ",
        ),
        ({"seconds": 1}, (), "The workload w has no parameters. Leave 'seconds' out."),
        ([1], ALL, "Parameters must be a table of names and values, e.g. { seconds = 2 }."),
        (None, ALL, "Parameters must be a table"),
        ({7: 1}, ALL, "is called '7'"),
        ({"a\nb": 1}, (), r"Leave 'a\nb' out."),
    ],
)
def test_wrong_tables_are_one_sentence(values: object, known: tuple[Parameter, ...], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_values(values, known, "w")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.field == "parameters"


def check_field(error: BadInput) -> None:
    assert error.field.startswith("parameters")
    assert "\n" not in str(error)


@given(st.dictionaries(st.sampled_from(["seconds", "times", "switch", "other", ""]), ANYTHING) | ANYTHING)
def test_any_table_is_right_or_refused(values: object) -> None:
    try:
        checked = check_values(values, ALL, "w")
    except BadInput as error:
        check_field(error)
    else:
        assert check_values(dict(checked), ALL, "w") == checked


def test_the_catalogue_refuses_a_worker_whose_parameters_its_workload_has_not() -> None:
    catalogue = Catalogue()
    catalogue.check(Worker("a", "flag", workload="native", parameters=(("seconds", 0.1),)))
    with pytest.raises(BadInput, match="The workload sleep has no parameters"):
        catalogue.check(Worker("a", "flag", parameters=(("seconds", 0.1),)))
    with pytest.raises(BadInput, match="Seconds can't be more than 5 s"):
        catalogue.check(Worker("a", "flag", workload="native", parameters=(("seconds", 6.0),)))
