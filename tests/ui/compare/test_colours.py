"""The colour scale: one way from light to dark, and always an ink that can be read on it."""

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.compare.grid import contrast, ink_on, on_scale
from app.ui.theme import Theme


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_scale_goes_one_way_and_can_be_written_on(qapp: QApplication, name: str) -> None:
    theme = Theme()
    theme.choose(name)
    stops = theme.scale()
    colours = [on_scale(stops, step / 100) for step in range(101)]
    distances = [contrast(colour, colours[0]) for colour in colours]
    assert distances == sorted(distances)
    assert distances[-1] > 10
    for colour in colours:
        assert contrast(ink_on(colour), colour) >= 4.5
    theme.choose("system")


def test_the_scale_ends_at_its_stops() -> None:
    stops = ("#000000", "#808080", "#ffffff")
    assert [on_scale(stops, share) for share in (-1, 0, 0.5, 1, 2)] == [
        "#000000",
        "#000000",
        "#808080",
        "#ffffff",
        "#ffffff",
    ]
    assert on_scale(stops, 0.25) == "#404040"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_code_can_be_read_on_every_mark(qapp: QApplication, name: str) -> None:
    theme = Theme()
    theme.choose(name)
    text = QApplication.palette().text().color().name()
    for word in ("differing", "filler", "lit"):
        assert contrast(text, theme.colour(word)) >= 4.5, word
    theme.choose("system")
