"""Pictures as values, asked for and made, and a thread that makes them while something runs."""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QFont, QImage

from app.ui.timeline.palette import Palette
from app.ui.timeline.shapes import Geometry


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What a picture is to be like.

    Attributes:
        width, height: in pixels of the screen.
        ratio: pixels of the screen for one that does not depend on the device.
        font, palette: of what is written, and the colours.
        focused: whether the keys go there.
        table: whether the same is wanted as a table.
    """

    width: int
    height: int
    ratio: float
    font: QFont
    palette: Palette
    focused: bool
    table: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, and what belongs to it.

    Attributes:
        image: the picture.
        geometry: where things are in it.
        runs: of the lanes in it, from the top.
        top, last_top, fits: how the lanes are scrolled.
        text: what is at the cursor, or, where there is none, a summary.
        summary: a sentence about everything.
        cells: the table's rows, each with its run; None if it was not wanted.
    """

    image: QImage
    geometry: Geometry
    runs: list[int]
    top: int
    last_top: int
    fits: int
    text: str
    summary: str
    cells: list[tuple[int, tuple[str, ...]]] | None


class FrameThread:
    """Makes one picture at a time; the GUI thread only, but for ``build``, which its thread calls.

    Beside busy threads a thread that works for half a millisecond has to give the interpreter up and to win it back, and
    numpy gives it up by itself at every larger array: the millisecond that a picture takes becomes 20 to 70 there. In the
    window's thread that would be its lag; here it is a picture that comes some frames later.

    Args:
        build: makes one.
        prepare: called first of all, by the thread: loads what making takes.
        clock: returns now, in ns; any thread.

    Attributes:
        took: ns that the last picture took: a millisecond where nothing else wants the interpreter.
    """

    def __init__(
        self,
        build: Callable[[FrameRequest | None], Frame | None],
        prepare: Callable[[], None],
        clock: Callable[[], int],
    ) -> None:
        self._build = build
        self._prepare = prepare
        self._clock = clock
        # Bounded: one is asked for at a time.
        self._asked: queue.SimpleQueue[tuple[int, FrameRequest | None] | None] = queue.SimpleQueue()
        self._number = 0  # of what was asked for last; what was made for another is out of date
        self._made: tuple[int, Frame | Exception | None] | None = None
        self.is_busy = False
        self.took = 0
        self._thread = threading.Thread(target=self._live, name="timeline-painter", daemon=True)
        self._thread.start()

    def ask(self, request: FrameRequest | None) -> None:
        """Have a picture made, or, with None, only have taken what has come in; not while it is busy."""
        self._number += 1
        self._made = None
        self.is_busy = True
        self._asked.put((self._number, request))

    def consume(self) -> Frame | None:
        """Return the picture that was made, once; None if there is none. What went wrong with it is raised here."""
        made = self._made
        if made is None or made[0] != self._number:
            return None
        self._made = None
        if isinstance(made[1], Exception):
            raise made[1]
        return made[1]

    def discard(self) -> None:
        """Want no picture that was asked for so far."""
        self._number += 1
        self._made = None

    def shutdown(self) -> None:
        """End the thread, and wait until it has ended."""
        self._asked.put(None)
        self._thread.join()

    def _live(self) -> None:
        # What goes wrong with loading goes wrong again with making, and is said there.
        with contextlib.suppress(Exception):
            self._prepare()
        while (asked := self._asked.get()) is not None:
            number, request = asked
            began = self._clock()
            made: Frame | Exception | None
            try:
                made = self._build(request)
            except Exception as error:  # noqa: BLE001 - raised where it can be said; a thread that ended would be missed
                made = error
            # First what was made, then that there is room for another: who sees the second sees the first.
            self._made = number, made
            if request is not None:
                self.took = self._clock() - began
            self.is_busy = False
