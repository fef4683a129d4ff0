"""Which highlight rule fits a row; no Qt."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from app.documents.highlights import Rule, compile_rule

# A rule is tried on every row that comes on the screen, in the window's own thread, where nothing can stop ``re``:
# ``regex`` gives up after so many seconds.
_LONGEST = 0.005


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

    return number if rules else lambda _text: 0


def _search(rule: Rule, too_slow: Callable[[Rule], None]) -> Callable[[str], bool]:
    if not rule.regex:
        plain = re.compile(re.escape(rule.pattern), 0 if rule.case else re.IGNORECASE)
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
