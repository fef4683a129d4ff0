"""Evidence: pictures of the window, and everything that was known when a step failed."""

import json
import threading
from collections.abc import Callable, Iterable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtWidgets import QWidget

from app.core.errors import BadInput
from app.core.stacks import calls_of, stack_text
from app.session.journal import Journal


def picture_of(widget: QWidget) -> bytes:
    """Return a picture of a widget as PNG; the GUI thread only."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    buffer.close()
    return bytes(data.data())


def all_stacks() -> str:
    """Return where every thread of the process is at this moment; any thread."""
    return "\n\n".join(
        f"{thread.name} ({thread.ident})\n{stack_text(calls_of(thread.ident))}" for thread in threading.enumerate()
    )


class Evidence:
    """Attaches evidence to the journal; the GUI thread only.

    Args:
        journal: keeps it.
        picture_source: what pictures are taken of.
        timeline: the timeline's widget; None where there is none.
        lines: returns the last lines around now, as text.
        chains: returns the stop chains of the last runs, as objects.
        environment: returns the surroundings in words.
    """

    def __init__(
        self,
        journal: Journal,
        picture_source: QWidget,
        timeline: QWidget | None,
        lines: Callable[[], str],
        chains: Callable[[], Iterable[dict[str, object]]],
        environment: Callable[[], dict[str, str]],
    ) -> None:
        self._journal = journal
        self._picture_source = picture_source
        self._timeline = timeline
        self._lines = lines
        self._chains = chains
        self._environment = environment

    def picture(self, why: str, step: int | None = None, *, timeline: bool = False) -> str:
        """Attach a picture of the window, or of the timeline, and return the sentence about it."""
        widget, name = (
            (self._timeline, "timeline.png") if timeline and self._timeline else (self._picture_source, "window.png")
        )
        try:
            number = self._journal.evidence(name, "image/png", picture_of(widget), why, step)
        except BadInput as error:
            return str(error)
        return f"Evidence {number}: a picture of the {name.removesuffix('.png')} was attached."

    def of_failure(self, step: int) -> str:
        """Attach all that is known now to a step (from 1) that failed, and return the sentence about it."""
        why = "fail"
        texts = (
            ("lines.txt", "text/plain", self._lines()),
            ("stacks.txt", "text/plain", all_stacks()),
            ("chains.json", "application/json", json.dumps(list(self._chains()), indent=1)),
            ("environment.json", "application/json", json.dumps(self._environment(), indent=1)),
        )
        self.picture(why, step)
        if self._timeline is not None:
            self.picture(why, step, timeline=True)
        for name, media_type, text in texts:
            try:
                self._journal.evidence(name, media_type, text.encode("utf-8", "surrogatepass"), why, step)
            except BadInput as error:
                return str(error)
        pieces = len(texts) + (2 if self._timeline is not None else 1)
        return f"Step {step} failed: {pieces} pieces of evidence were attached."
