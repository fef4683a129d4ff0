"""A wrong pattern is said in one sentence, whatever is wrong with it; a query survives the way to another process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.session.search.query import Query, check


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("abc(", "Invalid pattern at character 4: missing ), unterminated subpattern"),
        ("a**", "Invalid pattern at character 3: multiple repeat"),
        ("[b-a]", "Invalid pattern at character 2: bad character range b-a"),
        ("ab\\", "Invalid pattern at character 3: bad escape (end of pattern)"),
        ("(" * 5_000 + ")" * 5_000, "Invalid pattern: it is nested too deeply"),
        ("x(?i)", "Invalid pattern at character 2: global flags not at the start of the expression"),
    ],
)
@pytest.mark.parametrize("field", ["include", "exclude"])
def test_wrong_patterns(pattern: str, sentence: str, field: str) -> None:
    with pytest.raises(BadInput) as raised:
        check(Query(**{field: pattern}, regex=True))
    assert (str(raised.value), raised.value.field) == (sentence, field)
    check(Query(**{field: pattern}))


@pytest.mark.parametrize("field", ["include", "exclude"])
def test_repeats_that_would_take_gigabytes_are_refused(field: str) -> None:
    query = Query(**{field: "((a{99}){99}){99}"}, regex=True)
    with pytest.raises(BadInput, match="too large: its counted repeats") as raised:
        check(query)
    assert raised.value.field == field
    check(Query(**{field: "((a{99}){99}){99}"}))


@pytest.mark.parametrize("pattern", ["[[a]", "[a||b]", "[a&&b]", ""])
def test_what_is_only_doubtful_is_allowed_in_silence(pattern: str) -> None:
    check(Query(pattern, pattern, regex=True))  # a warning would fail the test


@given(st.text(st.sampled_from("ab()[]{}*+?|\\^$.,<>=!:P-iLuax#&~0123456789dwsAZbBN\n \ud800…")) | st.text())
def test_nothing_but_a_sentence_comes_of_any_pattern(pattern: str) -> None:
    said = ["Invalid pattern"]
    try:
        check(Query(pattern, regex=True))
    except BadInput as error:
        said.append(str(error))
    assert said[-1].startswith(said[0])


TEXTS = st.text(st.characters())


@given(
    st.builds(
        Query,
        TEXTS,
        TEXTS,
        st.booleans(),
        st.booleans(),
        st.none() | TEXTS,
        st.none() | st.integers(1),
        st.none() | st.frozensets(st.integers(0, 255)),
    )
)
def test_there_and_back(query: Query) -> None:
    text = query.to_json()
    assert text.isascii()
    assert "\n" not in text
    assert Query.from_json(text) == query


def test_empty() -> None:
    assert Query(regex=True, case=True).is_empty
    for query in (Query("a"), Query(exclude="a"), Query(worker=""), Query(run=1), Query(kinds=frozenset())):
        assert not query.is_empty
