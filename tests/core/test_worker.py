"""The rules that a worker's fields obey, and the sentences about broken ones."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.catalogue import Catalogue
from app.core.errors import BadInput, quoted, unknown_name
from app.core.number_words import field_title
from app.core.worker import FIELDS, LONGEST_NAME, SAME_NAME, FreeNames, Worker, check_names_differ

HUGE = 10**400  # TOML has whole numbers without end; no float is as large

BAD = [
    ("name", "", "1 to 100"),
    ("name", "   ", "1 to 100"),
    ("name", "x" * 10_000, "at most 100"),
    ("name", "x" * 101, "at most 100"),
    ("name", "a\nb", "U+000A (character 2)"),
    ("name", "\u202eevil", "U+202E (character 1)"),
    ("name", "a\ud800", "U+D800 (character 2)"),
    ("name", 5, "must be text"),
    ("strategy", "event-pol", "did you mean event-poll"),
    ("strategy", "xyzzy", "event-poll, flag, event-wait"),
    ("strategy", None, "event-poll, flag, event-wait"),
    ("strategy", ["flag"], "event-poll, flag, event-wait"),
    ("workload", "slepe", "did you mean sleep"),
    ("workload", 1, "There are: sleep"),
    ("interval", -1, "0 to 3,600"),
    ("interval", -0.001, "0 to 3,600"),
    ("interval", float("nan"), "0 to 3,600"),
    ("interval", float("inf"), "0 to 3,600"),
    ("interval", 1e9, "0 to 3,600"),
    ("interval", 3600.001, "0 to 3,600"),
    ("interval", HUGE, "0 to 3,600"),
    ("interval", -HUGE, "0 to 3,600"),
    ("interval", "fast", "0 to 3,600"),
    ("interval", "0.5", "0 to 3,600"),
    ("interval", True, "0 to 3,600"),
    ("interval", None, "0 to 3,600"),
    ("limit", 0, "from 1"),
    ("limit", -5, "from 1"),
    ("limit", 1.5, "from 1"),
    ("limit", True, "from 1"),
    ("limit", "3", "from 1"),
    ("limit", 10**15 + 1, "from 1"),
    ("limit", HUGE, "from 1"),
    ("stop_after", -0.1, "0 to 604,800"),
    ("stop_after", float("nan"), "0 to 604,800"),
    ("stop_after", 604_801, "0 to 604,800"),
    ("stop_after", HUGE, "0 to 604,800"),
    ("stop_after", "never", "0 to 604,800"),
    ("text", "{", "{{ or }}"),
    ("text", "{x}", "{i} for the number"),
    ("text", 7, "quotation marks"),
    ("text", "x" * 1_000_001, "at most 1,000,000"),
    ("text_on_request", 7, "quotation marks"),
    ("text_on_request", "x" * 1_000_001, "at most 1,000,000"),
    ("text_at_end", "done", "a list of lines, e.g."),
    ("text_at_end", 7, "a list of lines, e.g."),
    ("text_at_end", {"a": "b"}, "a list of lines, e.g."),
    ("text_at_end", ["a", 7], "quotation marks"),
    ("text_at_end", [""] * 1_001, "at most 1,000"),
]

GOOD = [
    ("name", "x" * 100),
    ("name", "Größe 😀 <b>"),
    ("interval", 0),
    ("interval", 3600),
    ("limit", 1),
    ("limit", None),
    ("limit", 10**15),
    ("stop_after", 0),
    ("stop_after", 604_800),
    ("stop_after", None),
    ("text", ""),
    ("text", "{{{i}}} {name}\n\0\ud800"),
    ("text_on_request", None),
    ("text_on_request", "{ is no template here"),
]


def check(**values: Any) -> Worker:
    return Catalogue().worker({"strategy": "flag", **values})


@pytest.mark.parametrize(("field", "value", "right"), BAD, ids=lambda value: quoted(value, 24))
def test_bad_values_get_a_sentence_with_what_would_be_right(field: str, value: object, right: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(**{field: value})
    sentence = str(caught.value)
    assert caught.value.field == field
    assert sentence.startswith((field_title(field), "The brace", f"No {field} is called"))
    assert sentence.endswith(".")
    assert right in sentence
    assert "\n" not in sentence
    assert len(sentence) < 250


@pytest.mark.parametrize(("field", "value"), GOOD, ids=lambda value: quoted(value, 24))
def test_good_values_are_kept(field: str, value: object) -> None:
    assert getattr(check(**{field: value}), field) == value


def test_numbers_and_lists_take_one_form() -> None:
    worker = check(interval=1, stop_after=2, text_at_end=["", "done"])
    assert (type(worker.interval), type(worker.stop_after), worker.text_at_end) == (float, float, ("", "done"))


def test_what_is_missing_has_its_default() -> None:
    assert check() == Worker(name="flag", strategy="flag")
    assert check().text == "running… {i}"
    assert (check().interval, check().workload) == (0.5, "sleep")


def test_a_missing_strategy_and_an_unknown_key_are_refused() -> None:
    worker = Catalogue().worker
    with pytest.raises(BadInput, match=r'^Strategy is missing\..*strategy = "event-poll"\.$'):
        worker({"name": "a"})
    with pytest.raises(BadInput, match="did you mean interval") as caught:
        worker({"strategy": "flag", "intervall": 1})
    assert caught.value.field == "intervall"
    assert {*Catalogue().rules(), "parameters"} == set(FIELDS)


def test_two_workers_with_one_name_are_refused() -> None:
    check_names_differ([Worker("a", "flag"), Worker("A", "flag"), Worker("b", "flag")])
    with pytest.raises(BadInput, match=SAME_NAME.format("'a'")) as caught:
        check_names_differ([Worker("a", "flag"), Worker("b", "flag"), Worker("a", "event-poll")])
    assert caught.value.field == "name"


@given(st.text(min_size=1, max_size=LONGEST_NAME), st.integers(0, 12))
def test_free_names_are_free_and_short_enough(wanted: str, copies: int) -> None:
    taken: list[str] = []
    names = FreeNames()
    for _ in range(copies + 1):
        name = names.take(wanted)
        assert name not in taken
        assert len(name) <= LONGEST_NAME
        taken.append(name)
    assert taken[0] == wanted
    if len(wanted) < 90:
        assert taken[1:] == [f"{wanted} {number}" for number in range(2, copies + 2)]


def test_sentences_about_unknown_names() -> None:
    assert unknown_name("strategy", "flg", ["event", "flag"]) == (
        "No strategy is called 'flg'; did you mean flag? There are: event, flag."
    )
    assert unknown_name("strategy", "zzz", ["event"]) == "No strategy is called 'zzz'. There are: event."
    assert quoted("x" * 100) == "'" + "x" * 38 + "…"
    assert quoted("a\nb") == r"'a\nb'"
