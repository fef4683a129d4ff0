"""The page: standard HTML without a script, that loads nothing, with every text as text."""

import re

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.reports.scale import round_step
from app.session.reports.words import visible
from app.session.reports.writing import render_report
from app.session.session_report import SessionReport
from tests.session.stories import CATALOGUE, HOSTILE

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_TAGS = frozenset(
    """html head meta title style body h1 h2 h3 p table thead tbody tr th td div span pre figure figcaption img
    svg line text circle rect a details summary dl dt dd""".split()  # noqa: SIM905 - readable
)
_ATTRIBUTES = frozenset(
    """lang charset http-equiv content name scope colspan class src alt role aria-label viewBox x y x1 x2 y1 y2 cx cy r width
    height text-anchor id href""".split()  # noqa: SIM905 - readable
)


@pytest.fixture(params=["hostile_report", "usual_report"])
def page(request: pytest.FixtureRequest) -> str:
    """Return the page of a report."""
    return b"".join(render_report(request.getfixturevalue(request.param), "html", CATALOGUE)).decode("utf-8")


def _elements(page: str) -> list[tuple[str, dict[str, str], str]]:
    """Return tag, attributes and text of each element, by a parser that refuses what is not standard HTML."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    return [(one.tag.rpartition("}")[2], dict(one.attrib), "".join(one.itertext())) for one in elements]


def test_the_page_is_standard_html_of_harmless_elements(page: str) -> None:
    for tag, attributes, _ in _elements(page):
        assert tag in _TAGS
        assert attributes.keys() <= _ATTRIBUTES, attributes
        assert re.fullmatch(
            r"#(run|evidence)-\d+", attributes.get("href", "#run-1")
        )  # nothing is loaded, nothing is left
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
    assert re.search(r"[^\t\n -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", page) is None


def test_the_policy_forbids_everything_but_its_own_pictures_and_style(page: str) -> None:
    elements = _elements(page)
    policies = [a["content"] for tag, a, _ in elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [_POLICY]
    order = [tag if tag != "meta" else attributes.get("http-equiv", tag) for tag, attributes, _ in elements]
    assert order.index("Content-Security-Policy") < order.index("style")  # it holds for what comes after it
    style = next(text for tag, _, text in elements if tag == "style")
    assert "@media print" in style
    assert "prefers-color-scheme: dark" in style
    assert "url(" not in style
    assert "@import" not in style


def test_hostile_texts_are_shown_as_they_are(hostile_report: SessionReport) -> None:
    page = b"".join(render_report(hostile_report, "html", CATALOGUE)).decode("utf-8")
    elements = _elements(page)
    cells = [text for tag, _, text in elements if tag == "td"]
    for text in HOSTILE:
        assert visible(text) in cells
    whole = " ".join(cells)
    assert r"\x1b[2J" in whole
    assert r"\u202e" in whole
    assert r"\ud800" in whole
    pictures = [attributes for tag, attributes, _ in elements if tag == "img"]
    assert len(pictures) == 1  # neither the one that lies about what it is, nor the SVG
    assert pictures[0]["alt"] == HOSTILE[0]


def test_the_gaps_of_a_stop_stand_under_its_run_in_the_whole_width(usual_report: SessionReport) -> None:
    elements = _elements(b"".join(render_report(usual_report, "html", CATALOGUE)).decode("utf-8"))
    wide = [text for tag, attributes, text in elements if tag == "td" and attributes.get("colspan")]
    assert len(wide) == sum(run.chain.requested is not None for run in usual_report.runs)
    assert all("requested → noticed" in text for text in wide)
    heads = [text for tag, _, text in elements if tag == "th"]
    assert heads.count("Predicted") == 1
    spans = {attributes["colspan"] for tag, attributes, _ in elements if tag == "td" and "colspan" in attributes}
    assert spans == {str(heads.index("Predicted") - heads.index("Run") + 1)}


def test_whatever_is_said_by_colour_is_named_beside_it(usual_report: SessionReport) -> None:
    elements = _elements(b"".join(render_report(usual_report, "html", CATALOGUE)).decode("utf-8"))
    style = next(text for tag, _, text in elements if tag == "style")
    bars = {attributes["class"] for tag, attributes, _ in elements if tag == "rect"}
    named = {
        attributes["class"].split()[-1] for _, attributes, _ in elements if "swatch" in attributes.get("class", "")
    }
    assert bars <= named
    assert all(f".swatch.{kind}" in style for kind in named)


@settings(max_examples=150)
@given(st.integers(1, 10**15))
def test_the_marks_of_the_timeline_stand_at_round_times(end: int) -> None:
    step = round_step(end)
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert end // step <= 5
    if end >= 10:
        assert end // step >= 2


def test_the_usual_page_has_the_figures(usual_report: SessionReport) -> None:
    elements = _elements(b"".join(render_report(usual_report, "html", CATALOGUE)).decode("utf-8"))
    cells = [text for tag, _, text in elements if tag == "td"]
    assert "Waiter #1" in cells
    assert any(re.fullmatch(r"0 to [\d.]+ ms", cell) for cell in cells)
    assert "How do they stop?" in [text for tag, _, text in elements if tag == "p"]
    drawn = [
        attributes["class"] for tag, attributes, _ in elements if tag in ("rect", "line") and "class" in attributes
    ]
    assert {"starting", "running", "stopping", "requested", "noticed"} <= set(drawn)
    width = [float(attributes["x"]) + float(attributes["width"]) for tag, attributes, _ in elements if tag == "rect"]
    assert max(width) <= 1_000
