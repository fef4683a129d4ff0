"""The README says what the program says."""

from pathlib import Path

from app.adapters import whole_catalogue
from app.cli.catalogue_list import strategies_markdown
from tests.cli.shell import run

README = Path(__file__).parents[2] / "README.md"


def test_its_table_of_mechanisms_is_the_catalogues() -> None:
    table = strategies_markdown(whole_catalogue())
    assert table in README.read_text("utf-8")


def test_the_table_can_be_printed() -> None:
    assert run("list", "--markdown").stdout.decode() == strategies_markdown(whole_catalogue())


def test_every_row_of_the_table_has_all_its_cells() -> None:
    rows = strategies_markdown(whole_catalogue()).splitlines()
    assert len({row.count(" | ") for row in (rows[0], *rows[2:])}) == 1
