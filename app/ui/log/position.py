"""Where in the lines the log stands, and what the keys that scroll do; no Qt."""

from app.ui.log.shown import Shown

_WORDS = {"up": -1, "down": 1}
_PAGES = {"page up": -1, "page down": 1}


class Position:
    """Where in the lines the view stands: a line's number, so that it stays while others come before and after it.

    Attributes:
        following: the newest line is to be seen. While the view is paused, nothing moves all the same.
        line: the number of the line that is read, in the first row or, where it is not shown, the one before it. Only the
            person moves it: while the hits of a filter come in one by one, what is shown for the moment does not.
        paused_end: the number before which lines are shown, while the view is paused; None while it is not.
    """

    def __init__(self) -> None:
        self.following = True
        self.line = 0
        self.paused_end: int | None = None
        self._seen = 0  # the number after the newest line when the tail was last followed

    def end(self, end: int) -> int:
        """Return the number before which lines are shown, of ``end`` that there are."""
        return end if self.paused_end is None else min(end, self.paused_end)

    def pause(self, end: int | None) -> None:
        """Show no line from number ``end`` on, and move nothing; None to go on."""
        self.paused_end = end

    def stay(self, line: int, end: int) -> None:
        """Stay at a line, as if all ``end`` lines had been seen."""
        self.following, self.line, self._seen = False, line, end

    def last(self, shown: Shown, fits: int, covered: int) -> int:
        """Return the greatest place that the first row can have.

        Args:
            shown: the lines.
            fits: how many rows there is room for.
            covered: how many of them are covered at the lower end for as long as the view is paused.
        """
        return max(0, shown.count() - self._room(fits, covered))

    def _room(self, fits: int, covered: int) -> int:
        return fits if self.paused_end is None else max(1, fits - covered)

    def top(self, shown: Shown, fits: int, covered: int) -> int:
        """Return the place of the line in the first row; see ``last``."""
        last = self.last(shown, fits, covered)
        if self.following and self.paused_end is None:
            return last
        return min(shown.place(self.line), last)

    def settle(self, shown: Shown, top: int, end: int) -> None:
        """Take note of what is shown now: the line in the first row if the tail is followed, and that it was seen.

        Args:
            shown: the lines.
            top: what ``top`` returned.
            end: the number after the newest line that there is.
        """
        if self.following and self.paused_end is None:
            self._seen = end
            self.line = next(iter(shown.lines(top, 1)), self.line)

    def scrolled(self, place: int, shown: Shown, last: int) -> None:
        """Go to a place, as the scroll bar says; at the very end the tail is followed."""
        self.following = place >= last
        self.line = next(iter(shown.lines(place, 1)), self.line)

    def bring(self, line: int, shown: Shown, fits: int, covered: int, *, stay: bool) -> None:
        """Have a line on the screen, moving no more than that takes.

        Args:
            line: one that is shown.
            shown: the lines.
            fits: how many rows there is room for.
            covered: see ``last``.
            stay: it is to stay there, also if it is the newest.
        """
        place, top, room = shown.place(line), self.top(shown, fits, covered), self._room(fits, covered)
        if not top <= place < top + room:
            top = place if place < top else place - room + 1
            self.line = next(iter(shown.lines(max(0, top), 1)), line)
            self.following = place >= shown.count() - 1
        if stay:
            self.line = next(iter(shown.lines(max(0, top), 1)), line)
            self.following = False

    def centre(self, line: int, shown: Shown, fits: int, covered: int) -> None:
        """Have a line that is shown in the middle of the screen, and stay there; see ``last``."""
        top = min(max(0, shown.place(line) - self._room(fits, covered) // 2), self.last(shown, fits, covered))
        self.line = next(iter(shown.lines(top, 1)), line)
        self.following = False

    def new(self, everything: Shown) -> int:
        """Return how many lines have come since the tail was last followed, or since the pause began.

        Args:
            everything: the lines that are shown, and those that would be without the pause.
        """
        since = self._seen if self.paused_end is None else self.paused_end
        return max(0, everything.count() - everything.place(since))


def stepped(word: str, place: int, page: int, last: int) -> int:
    """Return the place to which a key moves, not clamped: beyond ``last`` the person scrolls past the end.

    Args:
        word: up, down, page up, page down, home or end.
        place: the place from which it moves.
        page: how many rows are on the screen.
        last: the place of the last line.
    """
    if word in _WORDS:
        return place + _WORDS[word]
    if word in _PAGES:
        return place + _PAGES[word] * page
    return 0 if word == "home" else last


def passes_end(word: str, place: int, last: int) -> bool:
    """Return whether a key, pressed at a place, means the newest line and whatever comes after it."""
    return word == "end" or (word in ("down", "page down") and place >= last)
