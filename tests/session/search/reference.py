"""What a search means, said as plainly as it can be; and patterns of every sort to hold the fast one against it."""

import re
import warnings
from collections.abc import Sequence

from hypothesis import strategies as st

from app.core.batch import RunName
from app.session.search.query import Query

SOME_RUN = RunName("W1", 1)


def matches(query: Query, text: str, kind: int = 0, name: RunName = SOME_RUN) -> bool:
    """Return whether a record is a hit."""
    if query.kinds is not None and kind not in query.kinds:
        return False
    if query.worker not in (None, name.worker) or query.run not in (None, name.number):
        return False
    return _is_found(query, query.include, text) and not (query.exclude and _is_found(query, query.exclude, text))


def _is_found(query: Query, pattern: str, text: str) -> bool:
    flags = re.MULTILINE if query.case else re.MULTILINE | re.IGNORECASE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if query.regex:
            return re.search(pattern, text, flags) is not None
        # Three dots are an ellipsis as well, each time that they occur.
        pieces = map(re.escape, pattern.split("..."))
        return re.search(r"(?:\.\.\.|…)".join(pieces), text, flags) is not None


def lines(found: int, count: int) -> list[int]:
    """Return the lines of a set of hits."""
    return [line for line in range(count) if found >> (count - 1 - line) & 1]


def expected(query: Query, texts: Sequence[str]) -> list[int]:
    """Return the hits among some texts of one run."""
    return [line for line, text in enumerate(texts) if matches(query, text)]


# Few letters, so that patterns match; those that are alike where case does not count; what is white; what is awkward.
LETTERS = "aAbkK\u212asS\u017fiI\u0130\u0131ßéÉΣςσ…_19 \t\r\x0b\x1c\x85\u2028\0\ud800\udc00😀"
WITHOUT_BREAKS = st.text(st.sampled_from(LETTERS), max_size=8)
ANY_TEXT = st.text(st.sampled_from(LETTERS + "\n") | st.characters(), max_size=8)
TEXTS = st.lists(WITHOUT_BREAKS, min_size=1, max_size=12) | st.lists(ANY_TEXT, min_size=1, max_size=12)

_MEMBERS = st.sampled_from(
    [
        "[",
        "--",
        "a",
        "K",
        "s",
        "i",
        "1",
        "…",
        "_",
        " ",
        r"\n",
        r"\s",
        r"\S",
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        "A-Z",
        "a-k",
        r"\0-\x20",
    ]
)
_SETS = st.builds("[{}{}]".format, st.sampled_from(["", "^"]), st.lists(_MEMBERS, min_size=1, max_size=3).map("".join))
_ATOMS = (
    st.sampled_from(["a", "k", "K", "s", "I", "1", "…", "ß", "Σ", " ", ".", r"\s", r"\S", r"\d", r"\D", r"\w", r"\W"])
    | st.sampled_from(
        [r"\n", r"\r", "^", "$", r"\A", r"\Z", r"\b", r"\B", "", r"\0", "\n", "\ud800", "İ", "ſ", r"(?!)"]
    )
    | st.sampled_from(
        [
            r"\x0a",
            r"\x4B",
            r"\u212a",
            r"\012",
            r"\.",
            "\\\n",
            "{",
            "}",
            "]",
            r"[^]a]",
            r"[^-a]",
            r"[^]-a]",
            "[a-]",
            "#",
            "#a\n",
            r"[\]k]",
        ]
    )
    | _SETS
)
_REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}?", "{,2}", "{}", "*+", "++", "?+", "{1,2}+"]
_GROUPS = [
    "(?:{})",
    "({})",
    "(?P<x>{})",
    "(?im-s:{})",
    "(?={})",
    "(?!{})",
    "(?i:{})",
    "(?-i:{})",
    "(?s:{})",
    "(?-m:{})",
    "(?m-s:{})",
    "(?a:{})",
]
_BEHIND = ["(?<={})", "(?<!{})", "(?>{})", r"(?:({})x?\1)", "(?:({})?(?(1)a|b))"]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | st.builds("(?:{}|{})".format, inner, inner)
        | st.builds("(?:{}){}".format, inner, st.sampled_from(_REPEATS))
        | st.builds(str.format, st.sampled_from(_GROUPS + _BEHIND), inner)
    )


def _is_pattern(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
    except (re.error, OverflowError):
        return False
    return True


_START = st.sampled_from(["", "", "", "(?s)", "(?a)", "(?i)", "(?x)", "(?as)"])
# References must not count the groups around them, so a pattern with two of them is thrown away more often than not.
PATTERNS = st.builds(str.__add__, _START, st.recursive(_ATOMS, _larger, max_leaves=6)).filter(_is_pattern)
