"""Tables and colours, by rich: imported only where something is made for a person to read.

Texts are made here and written elsewhere (``app.cli.stdout``, ``app.terminal``), where closed pipes and full disks are dealt
with. Outside text becomes a ``Text``: rich takes none of it for markup, and what cannot be seen stands there as escapes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TextIO

from rich.console import Console, Group, detect_legacy_windows
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.cli.styles import TITLE, Cell
from app.core.errors import one_line
from app.terminal import shows_colours

# Characters that a line may have where it goes to no terminal: nothing is wrapped or cut there.
_UNLIMITED = 2**20


class _Console(Console):
    """A console that leaves the cursor visible: a second Ctrl+C ends the process at once, and would leave it hidden."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


def console_for(stream: TextIO) -> Console:
    """Return a console for a stream, as wide as its terminal or as wide as it needs to be, in colour if that is shown."""
    is_terminal = stream.isatty()
    # Old Windows consoles know no escape sequences, and the texts that are made here go through no Windows API.
    in_colour = shows_colours(stream) and not detect_legacy_windows()
    return _Console(
        file=stream,
        color_system="auto" if in_colour else None,
        no_color=False,  # before version 14, rich took an empty NO_COLOR for a set one
        force_terminal=is_terminal,
        force_jupyter=False,
        legacy_windows=False,
        width=None if is_terminal else _UNLIMITED,
    )


def table_text(
    stream: TextIO, rows: Iterable[Sequence[Cell]], header: Sequence[str] = (), right: Collection[int] = ()
) -> str:
    """Return a table for a stream, a line or more a row, each with its line break.

    Args:
        stream: where it will be written.
        rows: the cells of each row.
        header: the titles of the columns; none for a table without titles.
        right: the columns that are set to the right.
    """
    table = _table(rows, header, right)
    if right and _widest(stream, table) > console_for(stream).width:
        table.padding = (0, 1, 0, 0)  # rather than broken names and figures; sentences are to be broken
    # Every cell is filled up to its column's width; at the end of a line that says nothing.
    return re.sub(r" +$", "", _rendered(stream, table), flags=re.MULTILINE)


def table_fits(stream: TextIO, rows: Iterable[Sequence[Cell]], header: Sequence[str] = ()) -> bool:
    """Return whether no cell of a table would be broken on a stream."""
    return _widest(stream, _table(rows, header, ())) <= console_for(stream).width


def entry_text(stream: TextIO, title: Cell, cells: Iterable[Cell]) -> str:
    """Return a title for a stream and, indented below it, some texts, which a terminal's width breaks between words."""
    lines = (Padding(_text(cell), (0, 0, 0, 4), expand=False) for cell in cells)
    return re.sub(r" +$", "", _rendered(stream, Group(_text(title), *lines)), flags=re.MULTILINE)


def _table(rows: Iterable[Sequence[Cell]], header: Sequence[str], right: Collection[int]) -> Table:
    rows = list(rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(header), header_style=TITLE)
    for place in range(len(header) or max(map(len, rows), default=0)):
        title = Text(header[place]) if header else ""
        table.add_column(title, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    return table


def _widest(stream: TextIO, table: Table) -> int:
    """Return how many characters a table would take without an end of the line."""
    console = console_for(stream)
    return console.measure(table, options=console.options.update(max_width=_UNLIMITED)).maximum


def paragraphs(stream: TextIO, sentences: Iterable[str]) -> str:
    """Return sentences for a stream, each on a line of its own, which a terminal's width breaks between words."""
    return "".join(_rendered(stream, Text(f"{one_line(sentence)}\n", end="")) for sentence in sentences)


def styled(stream: TextIO, text: str, style: str) -> str:
    """Return a text in one line for a stream, in a style if the stream shows colours."""
    if not shows_colours(stream):
        return one_line(text)
    return _rendered(stream, Text(one_line(text), style, end=""), wraps=False)


def painter(stream: TextIO, style: str) -> Callable[[str], str]:
    """Return what puts a text into a style, for a stream that is written to too often for ``styled``."""
    before, after = styled(stream, "|", style).split("|")
    return lambda text: f"{before}{text}{after}"


def _text(cell: Cell) -> Text:
    text, style = (cell, "") if isinstance(cell, str) else cell
    return Text(one_line(text), style)


def _rendered(stream: TextIO, renderable: Table | Text | Group, *, wraps: bool = True) -> str:
    console = console_for(stream)
    with console.capture() as capture:
        console.print(renderable, end="", soft_wrap=not wraps)
    return capture.get()
