"""The page: standard HTML without a script, that loads nothing, with every text as text."""

import re

import html5lib
import pytest

from app.session.reports.visible import visible
from app.session.reports.writing import report
from app.session.story import Story
from tests.session.stories import HOSTILE

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_TAGS = frozenset(
    """html head meta title style body h1 h2 h3 p table thead tbody tr th td div span pre figure figcaption img
    svg line text circle rect""".split()  # noqa: SIM905 - readable
)
_ATTRIBUTES = frozenset(
    """lang charset http-equiv content name scope class src alt role aria-label viewBox x y x1 x2 y1 y2 cx cy r width
    height text-anchor""".split()  # noqa: SIM905 - readable
)


@pytest.fixture(params=["hostile_story", "usual_story"])
def page(request: pytest.FixtureRequest) -> str:
    """Return the page of a story."""
    return b"".join(report(request.getfixturevalue(request.param), "html")).decode("utf-8")


def _elements(page: str) -> list[tuple[str, dict[str, str], str]]:
    """Return tag, attributes and text of each element, by a parser that refuses what is not standard HTML."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    return [(one.tag.rpartition("}")[2], dict(one.attrib), "".join(one.itertext())) for one in elements]


def test_the_page_is_standard_html_of_harmless_elements(page: str) -> None:
    for tag, attributes, _ in _elements(page):
        assert tag in _TAGS
        assert attributes.keys() <= _ATTRIBUTES, attributes
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


def test_hostile_texts_are_shown_as_they_are(hostile_story: Story) -> None:
    page = b"".join(report(hostile_story, "html")).decode("utf-8")
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


def test_the_usual_page_has_the_figures(usual_story: Story) -> None:
    elements = _elements(b"".join(report(usual_story, "html")).decode("utf-8"))
    cells = [text for tag, _, text in elements if tag == "td"]
    assert "Waiter #1" in cells
    assert "0 to 5.00 ms" in cells or any(re.fullmatch(r"0 to [\d.]+ ms", cell) for cell in cells)
    assert "How do they stop?" in [text for tag, _, text in elements if tag == "p"]
    drawn = [
        attributes["class"] for tag, attributes, _ in elements if tag in ("rect", "line") and "class" in attributes
    ]
    assert {"starting", "running", "stopping", "requested", "noticed"} <= set(drawn)
    width = [float(attributes["x"]) + float(attributes["width"]) for tag, attributes, _ in elements if tag == "rect"]
    assert max(width) <= 1_000
