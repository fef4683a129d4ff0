"""The colours of the command line, by what a word means; ``app.cli.console`` makes terminal text of them."""

Cell = str | tuple[str, str]  # of a table: a text, or a text and its style

GOOD, WARNING, BAD, NAME, TITLE = "green", "yellow", "bold red", "cyan", "bold"
# Of the names of workers that write side by side, one after the other.
WORKERS = ("cyan", "magenta", "yellow", "green", "blue", "bright_red")

_WORDS = {
    **dict.fromkeys(("completed", "interrupted", "pass", "agrees"), GOOD),
    **dict.fromkeys(("blocked", "not started"), WARNING),
    **dict.fromkeys(("failed", "released", "killed", "left behind", "never", "fail", "differs"), BAD),
}


def toned(words: str) -> Cell:
    """Return one of the program's own words, such as an outcome or a verdict, with the style of what it means."""
    style = WARNING if words.endswith(", was stuck") else _WORDS.get(words.partition(",")[0], "")
    return (words, style) if style else words
