"""Which time the timeline shows, and where its cursor is. No Qt."""

from app.ui.timeline import scale
from app.ui.timeline.scale import Span, span_of

FIRST_SPAN = 10 * 10**9  # ns
STEP = 1.25  # times as long or as short by one step of the wheel


class Navigation:
    """Instants are ns from the beginning of the session; one thread only.

    Attributes:
        span: what is shown.
        following: now is to be seen, at the right end.
        cursor: an instant, or None.
        current: the run of the lane that the cursor is in, or None.
        measure: the two instants between which is measured, or None.
    """

    def __init__(self) -> None:
        self.span = span_of(round(-FIRST_SPAN * scale.MARGIN), FIRST_SPAN)
        self.following = True
        self.cursor: int | None = None
        self.current: int | None = None
        self.measure: tuple[int, int] | None = None
        self._measures = False  # the end of what is measured goes with the cursor
        self._before_rest: int | None = None  # ns that were shown before all of it was
        self._at_rest: Span | None = None  # what was shown then

    # -- the span ------------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Say what time it is."""
        if self.following:
            self.span = scale.following(self.span, now)

    def zoom(self, steps: float, at: int | None, known: tuple[int, int]) -> None:
        """Zoom in by so many steps, or out by less than none, about an instant.

        Args:
            steps: each is ``STEP`` times.
            at: the instant that keeps its place; None for the cursor if it is on the screen, else now if that is followed,
                else the middle. Where one chooses it, now is no longer followed.
            known: the first and the last instant that there is anything of.
        """
        factor = STEP**-steps
        if at is not None:
            self.following = False
        elif self.cursor is not None and self.span.holds(self.cursor) and not self.following:
            at = self.cursor
        else:
            at = known[1] if self.following else (self.span.start + self.span.end) // 2
        self._show(scale.zoomed(self.span, factor, at), known)

    def pan(self, columns: int, width: int, known: tuple[int, int]) -> None:
        """Move the picture to the left by so many of ``width`` columns; now is no longer followed."""
        self.following = False
        self._show(scale.panned(self.span, columns, width), known)

    def fit(self, known: tuple[int, int]) -> None:
        """Show everything."""
        self.following = False
        self.span = scale.fitted(*known)

    def rest(self, known: tuple[int, int]) -> None:
        """Show everything, because nothing more comes for now; what was followed is followed again when something does."""
        if self._before_rest is None:
            self._before_rest = self.span.length
        self.span = self._at_rest = scale.fitted(*known)

    def wake(self) -> None:
        """Say that something comes again: as much time is shown as before the rest, unless another span was chosen in it."""
        if self._before_rest is not None and self.following and self.span == self._at_rest:
            self.span = span_of(self.span.end - self._before_rest, self._before_rest)
        self._before_rest = self._at_rest = None

    def show(self, span: Span) -> None:
        """Show exactly this."""
        self.following = False
        self.span = span

    def follow(self, now: int) -> None:
        """Go to now and stay with it."""
        self.following = True
        self.tick(now)

    def to_start(self, known: tuple[int, int]) -> None:
        """Go to the first instant."""
        self.following = False
        self.span = span_of(known[0] - round(self.span.length * scale.MARGIN), self.span.length)

    def _show(self, span: Span, known: tuple[int, int]) -> None:
        self.span = span if self.following else scale.clamped(span, *known)

    # -- the cursor ----------------------------------------------------------------------------------------------

    def put(self, instant: int, *, bring: bool = False) -> None:
        """Put the cursor at an instant, and if wanted bring it on the screen."""
        self.cursor = instant
        if bring:
            self.bring(instant)
        if self.measure is not None and self._measures:
            self.measure = self.measure[0], instant

    def bring(self, instant: int) -> None:
        """Have an instant be seen: where it is not, in the middle of as much time as was shown."""
        if not self.span.holds(instant):
            self.following = False
            self.span = span_of(instant - self.span.length // 2, self.span.length)

    def move(self, columns: int, width: int) -> None:
        """Move the cursor by some columns of ``width``; where there is none on the screen, from the middle."""
        span = self.span
        cursor = self.cursor
        if cursor is None or not span.holds(cursor):
            cursor = (span.start + span.end) // 2
        step = max(1, span.length // width)
        self.put(cursor + columns * step, bring=True)

    def begin_measure(self, instant: int) -> None:
        """Measure from an instant to the cursor, wherever it goes."""
        self.measure, self._measures = (instant, instant), True
        self.cursor = instant

    def end_measure(self) -> None:
        """Leave what was measured as it is; nothing at all if nothing was."""
        self._measures = False
        if self.measure is not None and self.measure[0] == self.measure[1]:
            self.measure = None

    def toggle_measure(self) -> None:
        """Begin to measure at the cursor, or leave it at that, or, after that, forget it."""
        if self._measures:
            self.end_measure()
        elif self.measure is not None:
            self.measure = None
        elif self.cursor is not None:
            self.begin_measure(self.cursor)

    def forget(self) -> None:
        """Take away what is measured; the next time, the cursor."""
        if self.measure is not None:
            self.measure, self._measures = None, False
        else:
            self.cursor = self.current = None
