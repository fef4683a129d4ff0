"""How the rows of the log look: the kinds' colours, the workers' signs, and the highlight rules."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from PySide6.QtGui import QColor, QIcon

from app.core.batch import JOURNAL, Kind
from app.documents.highlights import Rule, compile_rule
from app.session.search.query import plain_pattern
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks

# A rule is tried on every row that comes on the screen, in the window's own thread, where nothing can stop ``re``:
# ``regex`` gives up after so many seconds.
_LONGEST = 0.005


class RowStyle:
    """The colours and highlight rules of one log; the GUI thread only.

    Args:
        store: the records.
        theme: the colours.
        marks: the workers' signs.
        say: called with a sentence for the person.

    Attributes:
        rules: the highlight rules, in order.
        rule_of: from a shown text to the number of the first rule that fits, from 1; 0 for none.
    """

    def __init__(self, store: LogStore, theme: Theme, marks: WorkerMarks, say: Callable[[str], object]) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.rule_of = matcher((), self._too_slow)
        self._store = store
        self._theme = theme
        self._marks = marks
        self._say = say

    def set_rules(self, rules: tuple[Rule, ...]) -> None:
        """Highlight the rows that these rules fit, from the next that are made on."""
        self.rules = rules
        self.rule_of = matcher(rules, self._too_slow)

    def _too_slow(self, rule: Rule) -> None:
        self._say(f"The highlight rule {rule.pattern!r} takes too long and is not tried any more.")

    def rule_colour(self, name: str) -> str:
        """Return the background of a rule's colour as ``#rrggbb``."""
        return self._theme.rule_colour(name)

    def kind_colours(self) -> dict[int, QColor]:
        """Return the colour of each kind's text, but of lines, which have the palette's."""
        words = {kind: kind.source or kind.word for kind in Kind if kind is not Kind.LINE}
        return {int(kind): QColor(self._theme.colour(word)) for kind, word in words.items()}

    def rule_colours(self) -> list[QColor]:
        """Return the background of each rule, in their order."""
        return [QColor(self._theme.rule_colour(rule.colour)) for rule in self.rules]

    def match_colour(self) -> QColor:
        """Return the colour that marks what a search has found, in the rows and beside them."""
        return QColor(self._theme.colour("stopping"))

    def marked_colour(self) -> QColor:
        """Return the colour of the bar beside the rows of the run that is meant."""
        return QColor(self._theme.colour("marked"))

    def worker_mark(self, run: int) -> tuple[QIcon, QColor]:
        """Return the sign and the colour of a run's worker."""
        if run == JOURNAL:
            return QIcon(), QColor(self._theme.colour("action"))  # what the person did is no worker's
        # By the name itself and not by how it is shown: the workers table knows it by that.
        return self._marks.mark(self._store.name(run).worker)


def matcher(rules: Sequence[Rule], too_slow: Callable[[Rule], None]) -> Callable[[str], int]:
    """Return a function from a row's text to the number of the first rule that fits, from 1; 0 for none.

    Args:
        rules: those that are right (see ``check_rule``).
        too_slow: called once with a rule that takes too long; it is not tried again.
    """
    searches = [_search(rule, too_slow) for rule in rules]

    @lru_cache(maxsize=1_024)
    def number(text: str) -> int:
        return next((place for place, search in enumerate(searches, 1) if search(text)), 0)

    return number if rules else _no_rule


def _no_rule(_text: str) -> int:
    return 0


def _search(rule: Rule, too_slow: Callable[[Rule], None]) -> Callable[[str], bool]:
    if not rule.regex:
        plain = re.compile(plain_pattern(rule.pattern), 0 if rule.case else re.IGNORECASE)
        return lambda text: plain.search(text) is not None
    pattern = compile_rule(rule)
    given_up = False

    def search(text: str) -> bool:
        nonlocal given_up
        if given_up:
            return False
        try:
            # Keeping the GIL: given up at each row, it would have to be won back from every thread that computes.
            return pattern.search(text, timeout=_LONGEST, concurrent=False) is not None
        except TimeoutError:
            given_up = True
            too_slow(rule)
            return False

    return search
