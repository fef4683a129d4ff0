"""The bar of a latency: how long it is, and how many colours it has."""

import pytest
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.workers.bars import WIDTH, BarPictures, Scale, bar_pixels, scale_words

MS = 1_000_000


@pytest.mark.parametrize(
    ("latency", "longest", "scale", "pixels"),
    [
        (None, 100 * MS, Scale.LINEAR, 0),
        (100 * MS, 100 * MS, Scale.LINEAR, 64),
        (50 * MS, 100 * MS, Scale.LINEAR, 32),
        (1_000, 100 * MS, Scale.LINEAR, 1),
        (0, 0, Scale.LINEAR, 64),
        (200 * MS, 100 * MS, Scale.LINEAR, 64),
        (100 * MS, 100 * MS, Scale.LOG, 64),
        (1 * MS, 100 * MS, Scale.LOG, 32),
        (1_000, 100 * MS, Scale.LOG, 1),
        (5_000, 5_000, Scale.LOG, 64),
    ],
)
def test_all_bars_have_one_scale(latency: int | None, longest: int, scale: Scale, pixels: int) -> None:
    assert bar_pixels(latency, longest, scale, 64) == pixels


def test_the_scale_is_said() -> None:
    assert scale_words(0, Scale.LOG) == ""
    assert scale_words(443 * MS, Scale.LINEAR) == "Bars: 0 to 443 ms, linear"
    assert scale_words(443 * MS, Scale.LOG) == "Bars: 10.0 µs to 443 ms, logarithmic"


def test_a_bar_is_drawn_once_and_as_long_as_it_says(qtbot: QtBot) -> None:
    theme = Theme()
    pictures = BarPictures(theme)
    picture = pictures.bar(WIDTH // 4, "stopping", 10, 2.0)
    assert pictures.bar(WIDTH // 4, "stopping", 10, 2.0) is picture
    image = picture.toImage()
    assert image.width() == 2 * WIDTH
    colours = [image.pixelColor(x, 10).name() for x in range(image.width())]
    assert colours == [theme.colour("stopping")] * (WIDTH // 2) + [theme.colour("filler")] * (WIDTH * 3 // 2)
