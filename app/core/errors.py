"""The user's mistakes, as sentences."""

import re
from collections.abc import Iterable, Sequence

_LONGEST_WORD = 250  # characters; most systems' names of files are no longer
_LONGEST = 2_000  # characters of a sentence
_MOST_NAMES = 100  # that a sentence lists
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


class BadInput(Exception):  # noqa: N818 - no error of ours, and no ValueError: argparse would swallow its sentence
    """Something that a person gave us is wrong; the message is one sentence that says what, where and what would be right.

    Attributes:
        field: the name of the worker's field, the option or the key that is meant; empty where there is none.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(clipped(sentence))
        self.field = field


def clipped(sentence: str) -> str:
    """Return a sentence whose long words, such as paths of thousands of characters, are cut in the middle."""
    if len(sentence) <= _LONGEST_WORD:
        return sentence
    return _clip(_LONG_WORD.sub(lambda word: _clip(word[0], _LONGEST_WORD), sentence), _LONGEST)


def _clip(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def quoted(value: object, most: int = 40) -> str:
    """Return ``value`` for a sentence: quoted, escaped and cut to ``most`` characters."""
    try:
        text = repr(value)
    except ValueError:
        # Python refuses to write out whole numbers of more than 4,300 digits.
        text = "a number of thousands of digits"
    return text if len(text) <= most else text[: most - 1] + "…"


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: ``A, B and C``; empty if there are none."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def listed_names(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """Return names as a sentence lists them, of more than ``most`` how many others there are.

    Where one has a comma itself, as "Event, polled" has, all are in quotation marks.
    """
    every = list(names)
    shown = every if len(every) <= most + 1 else every[:most]
    if len(every) > 1 and any("," in name for name in shown):
        shown = [f"“{name}”" for name in shown]
    return listed(shown if len(shown) == len(every) else [*shown, f"{len(every) - most:,} others"])


def unknown_name(what: str, given: str, known: Iterable[str]) -> str:
    """Return the sentence about an unknown name: what was given, the nearest that exists, and all that exist."""
    import difflib  # here: most starts of the program need it for nothing

    names = list(known)
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else "."
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"No {what} is called {quoted(given)}{hint} There are: {', '.join(names[:_MOST_NAMES])}{more}."


def one_line(text: str) -> str:
    """Return a sentence for a terminal: what cannot be seen, line breaks too, as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
