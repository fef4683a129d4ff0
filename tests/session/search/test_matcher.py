"""The fast matching of a batch finds exactly what looking at each text by itself does."""

import contextlib
import re
import sys
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.batch import Batch, Kind, RunName
from app.session.record_words import record_words
from app.session.search import matcher as matching
from app.session.search.matcher import Matcher
from app.session.search.pattern import ALIKE, for_lines
from app.session.search.query import Query
from tests.session.search.reference import ANY_TEXT, PATTERNS, TEXTS, WITHOUT_BREAKS, expected, lines, matches


def found(query: Query, texts: list[str]) -> list[int]:
    """Return what the matcher finds in lines; unless one has a brace, it must not ask for columns."""
    batch = Batch(array("q", range(len(texts))), array("q", [1]) * len(texts), bytearray(len(texts)), texts)
    numbers, data = batch.to_bytes()

    def columns() -> bytes:
        assert b"{" in data
        return numbers

    several = set()
    # Hits are always few, as it comes, always many; looked for by the rarest byte or as a whole; marked or not.
    for many, sample, mark in (
        (0, 0, b"a"),
        (0, 10**9, b"\1"),
        (64, 4_096, b"\1"),
        (10**9, 0, b"\1"),
        (10**9, 10**9, b"a"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(matching, "_MANY", many)
            patch.setattr(matching, "_MARK", mark)
            patch.setattr(matching, "_UNMARKED", bytes({*range(256)} - {*mark, 10}))
            patch.setattr(matching, "_SAMPLE", sample)
            patch.setattr(matching, "_SPARSE", 1)
            matcher = Matcher(query)
            several.add(matcher.hits(len(texts), lambda: data, columns, None))
    assert len(several) == 1
    return lines(several.pop(), len(texts))


@settings(max_examples=750)
@given(TEXTS, PATTERNS, st.booleans())
@example(["", "a"], r"\B", True)
@example(["a", "b"], r"a\s*b|[^x]+x", True)
@example(["k", "\u212a"], "K", False)
@example(["", ""], "", True)
@example(["É"], r"(?a:[1\W])", False)
@example(["aa", "a{2}"], "(?x) a{ 2} # a{2}", True)
@example(["ab", "a b"], "(?x) a \\ [ ]? b # x\\\n c", False)
def test_patterns(texts: list[str], pattern: str, case: bool) -> None:
    query = Query(pattern, regex=True, case=case)
    assert found(query, texts) == expected(query, texts)


@settings(max_examples=250)
@given(TEXTS, ANY_TEXT.map(lambda text: text[:3]), st.booleans())
@example(["a", "b"], "a\nb", True)
@example(["a", "b"], "\0a", True)
@example(["\ud83d", "\ude00", "😀"], "\ud83d", True)
@example(["a…B"], "A…b", False)
@example(["\u0130"], "i", False)
def test_plain_text(texts: list[str], plain: str, case: bool) -> None:
    query = Query(plain, case=case)
    assert found(query, texts) == expected(query, texts)


def test_what_is_found_where_it_stands_in_many_texts() -> None:
    """Batches as they are in files: the text is rare, frequent, in every line, and stands at the ends."""
    texts = [f"running… {number}" for number in range(5_000)]
    texts[0], texts[-1], texts[77] = "needle", "a needle", "needle needle"
    texts[78] = "needl\x01e"
    for plain in ("needle", "running", "7", "e", "\x01", "NEEDLE", "nothing"):
        for case in (True, False):
            query = Query(plain, case=case)
            assert found(query, texts) == expected(query, texts)


@settings(max_examples=100)
@given(TEXTS, WITHOUT_BREAKS.map(lambda text: text[:2]), WITHOUT_BREAKS.map(lambda text: text[:1]), st.booleans())
def test_what_is_left_out(texts: list[str], include: str, exclude: str, case: bool) -> None:
    query = Query(include, exclude, case=case)
    assert found(query, texts) == expected(query, texts)


NAMES = {1: RunName("A", 1), 2: RunName("B", 1), 3: RunName("A", 2)}
DOTS = st.text(st.sampled_from("a….A"), max_size=7)


@settings(max_examples=200)
@given(st.lists(DOTS, min_size=1, max_size=8), DOTS, st.booleans())
@example(["running… 12", "running... 12", "running.. 12"], "running... 1", False)
@example(["…", "...", "..", "…."], "....", True)
def test_three_dots_are_an_ellipsis_as_well(texts: list[str], text: str, case: bool) -> None:
    query = Query(text, case=case)
    assert found(query, texts) == expected(query, texts)
    query = Query("a", exclude=text or "...", case=case)
    assert found(query, texts) == expected(query, texts)


RECORDS = st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 5), WITHOUT_BREAKS), min_size=1, max_size=12)


@settings(max_examples=100)
@given(RECORDS, st.sampled_from(["", "a"]), st.frozensets(st.integers(0, 5)) | st.none(), st.data())
def test_kinds_and_runs(
    records: list[tuple[int, int, str]], include: str, kinds: frozenset[int] | None, data: st.DataObject
) -> None:
    query = Query(
        include,
        kinds=kinds,
        worker=data.draw(st.none() | st.just("A")),
        run=data.draw(st.none() | st.just(1)),
        case=True,
    )
    runs, numbers, texts = zip(*records, strict=True)
    batch = Batch(
        array("q", range(len(texts))),
        array("q", runs),
        bytearray(numbers),
        list(texts),
        {r: NAMES[r] for r in set(runs)},
    )
    columns, blob = batch.to_bytes()
    wanted = frozenset(
        run for run, name in NAMES.items() if matches(Query(worker=query.worker, run=query.run), "", 0, name)
    )
    hits = Matcher(query).hits(len(texts), lambda: blob, lambda: columns, wanted)
    assert lines(hits, len(texts)) == [
        i for i, (run, kind, text) in enumerate(records) if matches(query, text, kind, NAMES[run])
    ]


_NOTE = '{"id": 1, "note": "it hangs", "kind": "bug", "typed_ns": 5, "link": null, "corrects": null}'
_STOP = '{"action": "stop", "clicked_ns": 7, "run": 3, "worker": "Counter"}'


@pytest.mark.parametrize("other_line", ["hangs", "two\nlines", "id"])
@pytest.mark.parametrize(
    ("query", "hits"),
    [
        (Query("hangs"), {1, 3}),
        (Query("BUG 1:"), {1}),
        (Query("You pressed Stop: asked Counter to stop$", regex=True, case=True), {2}),
        (Query("typed_ns"), {3}),
        (Query('"i', "hangs"), set()),
        (Query("clicked_ns|id", regex=True), {3}),
        (Query("", "you pressed"), {0, 1, 3, 4}),
        (Query("Counter", kinds=frozenset([Kind.STATE])), {4}),
        (Query("it hangs", case=True), {1, 3}),
    ],
)
def test_of_a_record_that_is_not_a_line_its_sentence_is_searched(query: Query, hits: set[int], other_line: str) -> None:
    records = [
        (Kind.LINE, "running… 1"),
        (Kind.NOTE, _NOTE),
        (Kind.ACTION, _STOP),
        (Kind.LINE, _NOTE),
        (Kind.STATE, "Counter: started"),
        (Kind.LINE, other_line),
    ]
    kinds, texts = zip(*records, strict=True)
    count = len(records)
    batch = Batch(array("q", range(count)), array("q", [1]) * count, bytearray(kinds), list(texts))
    columns, data = batch.to_bytes()
    found = set(lines(Matcher(query).hits(count, lambda: data, lambda: columns, None), count))
    assert found - {5} == hits
    shown = [record_words(kind, text) for kind, text in records]
    assert sorted(found) == [i for i, text in enumerate(shown) if matches(query, text, kinds[i])]


def test_a_batch_of_lines_alone_is_searched_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where they look like payloads: making sentences takes a hundred times as long as searching the bytes."""
    monkeypatch.setattr("app.session.search.matcher.record_words", pytest.fail)
    texts = [f'{{"event": "started", "number": {number}}}' for number in range(200)]
    batch = Batch(array("q", range(200)), array("q", [1]) * 200, bytearray(200), texts)
    columns, data = batch.to_bytes()
    assert lines(Matcher(Query('"number": 7}')).hits(200, lambda: data, lambda: columns, None), 200) == [7]


def test_the_bytes_are_asked_for_only_where_they_matter() -> None:
    _, texts = Batch(texts=["a", "b"]).to_bytes()

    def never() -> bytes:
        pytest.fail("not needed")

    assert Matcher(Query()).hits(2, never, never, None) == 0b11
    assert Matcher(Query("c", kinds=frozenset([1]))).hits(2, lambda: texts, never, frozenset([1])) == 0
    assert Matcher(Query("c", "a")).hits(2, lambda: texts, never, None) == 0


@pytest.mark.parametrize("texts", [b"", b"\2abc", b"\0a\nb\nc", b"\0a", b"\1\1", b"\0\xff"])
@pytest.mark.parametrize(
    "query", [Query("a"), Query("a", case=True), Query("a|ÿ", regex=True), Query(r"\B|", regex=True)]
)
def test_what_does_not_add_up_is_refused_or_has_no_hits(texts: bytes, query: Query) -> None:
    with contextlib.suppress(ValueError):
        assert Matcher(query).hits(2, lambda: texts, lambda: b"", None) == 0


def test_common_patterns_are_searched_for_in_all_lines_at_once() -> None:
    for text in (
        "error",
        r"running… [0-9]+$",
        r"\s\d|x",
        "[^;]*;",
        r"(a|b)+\W",
        r"(?i:x).(?=y)",
        r"[\W_]",
        r"\bfoo\b",
        "(?x) a # b",
    ):
        assert for_lines(re.compile(text, re.MULTILINE)) is not None, text
        assert for_lines(re.compile(text, re.MULTILINE | re.IGNORECASE), lowered=True) is not None, text
    for text in (r"\B", r"(a)\1", "(?>a)", "a*+"):
        assert for_lines(re.compile(text, re.MULTILINE)) is None, text


def test_a_pattern_that_matches_anything_stays_in_its_line() -> None:
    """In one string it would go through all lines from each line on, and take a minute."""
    texts = [f"running… {i}" for i in range(20_000)]
    assert found(Query("(?s)[^;]*;|.*;|\\s+$", regex=True), texts) == []


def test_the_letters_that_are_alike_are_all_there_are() -> None:
    others = "".join(map(chr, range(128, sys.maxunicode + 1)))
    for letter in map(chr, range(128)):
        alike = set(re.findall(re.escape(letter), others, re.IGNORECASE))
        assert alike == set(ALIKE.get(letter.lower(), "")), letter


def test_a_letter_without_case_is_like_itself_alone() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    cased = "".join(letter for letter in everything if not letter == letter.lower() == letter.upper())
    uncased = everything.translate(dict.fromkeys(map(ord, cased)))
    assert len(cased) + len(uncased) == len(everything)
    # What has case matches nothing that has none, so nothing without case is matched by another's like. Letters of 16 bits
    # by themselves: ``re`` looks those up in a table.
    for letters in ("".join(filter(is_wide, cased)) for is_wide in ("\uffff".__lt__, "\uffff".__ge__)):
        assert letters
        assert re.search(f"[{re.escape(letters)}]", uncased, re.IGNORECASE) is None


@pytest.mark.parametrize(
    "element", [r"\s", r"\S", r"\d", r"\D", r"\w", r"\W", r"[\s]", r"[^x]", r"[\0-a]", r"[\D_]", "."]
)
def test_an_element_matches_what_it_did_but_no_line_break(element: str) -> None:
    everything = "".join(map(chr, range(0x3100)))
    for flags in (re.ASCII, re.UNICODE, re.DOTALL):
        found = for_lines(re.compile(element, flags))
        assert found is not None
        assert set(filter(found.pattern.match, everything)) == {*re.findall(element, everything, flags)} - {"\n"}


def test_the_text_that_every_hit_has_is_found_in_the_pattern() -> None:
    required = {
        "ab": b"ab",
        r"ab+c\.de{2}f": b"c.d",
        "ab{2}+": b"",
        "a{,3}bc": b"bc",
        '{"a": [0-9]': b'"a": ',
        "abc|d": b"",
        "(abcd|x)ef": b"ef",
        "(?!abc)de": b"de",
        r"…\n": "…".encode(),
        "(?x) a b # c\n [ ] d": b"ab",
        "": b"",
    }
    for text, longest in required.items():
        found = for_lines(re.compile(text, re.MULTILINE))
        assert (found.required if found else b"") == longest, text
    assert [for_lines(re.compile(text)).is_plain for text in ("ab", "ab$", "ab*", "")] == [True, False, False, False]
