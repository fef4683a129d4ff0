"""Where our data is found."""

from pathlib import Path

import pytest

from app import resource_files
from app.resource_files import resource


def test_in_a_checkout_it_is_beside_the_package() -> None:
    assert resource("examples", "tutorial-event.toml").is_file()


@pytest.mark.parametrize("place", ["app/resources", "resources"])
def test_an_installed_package_is_looked_into_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(resource_files, "_HERE", tmp_path / "app")
    for folder in ("resources", place):  # the one beside the package is always there
        (tmp_path / folder / "examples").mkdir(parents=True, exist_ok=True)
    assert resource("examples") == tmp_path / place / "examples"


def test_what_is_missing_is_said() -> None:
    with pytest.raises(FileNotFoundError, match=r"examples/none\.toml is missing from the installation"):
        resource("examples", "none.toml")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("tutorial-event", "Event tutorial"),
        ("event-against-flag", "Event vs. flag"),
        ("fault-gallery", "Fault gallery"),
        ("tutorial", "Tutorial"),
    ],
)
def test_a_menu_shows_words_instead_of_a_file_name(name: str, shown: str) -> None:
    assert resource_files.display_name(name) == shown
