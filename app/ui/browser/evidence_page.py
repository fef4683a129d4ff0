"""The evidence of a recorded session: a table of the pieces, and the one that is chosen as a picture or a text."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QSplitter, QStackedWidget, QWidget

from app.core.catalogue import Catalogue
from app.session.journal_reader import Evidence
from app.ui.browser.choice_table import ChoiceTable
from app.ui.browser.logic import EVIDENCE_TITLES, Place, evidence_rows, evidence_text, is_picture
from app.ui.widgets import TextView


class Picture(QLabel):
    """A picture as large as its place, in its own proportions; the GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # Its place gives its size, and never the picture that is in it.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_data(self, data: bytes, name: str) -> bool:
        """Show a PNG or JPEG; False if it cannot be read."""
        self._whole = QPixmap()
        is_read = self._whole.loadFromData(data)
        self.setAccessibleName(name)
        self._fit()
        return is_read

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 40)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            self.clear()
            return
        ratio = self.devicePixelRatioF()
        size = (self.size() * ratio).boundedTo(self._whole.size())
        shown = self._whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        shown.setDevicePixelRatio(ratio)
        self.setPixmap(shown)


class EvidencePage(QSplitter):
    """Lists the evidence and shows what is chosen; the GUI thread only.

    Args:
        catalogue: has the titles that stand in place of ids.
    """

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._catalogue = catalogue
        self._pieces: Sequence[Evidence] = ()
        self.table = ChoiceTable(EVIDENCE_TITLES, "Evidence of the session", self)
        self.picture = Picture(self)
        self.text = TextView("Chosen evidence", self)
        self.shown = QStackedWidget(self)
        for part in (self.text, self.picture):
            self.shown.addWidget(part)
        self.addWidget(self.table)
        self.addWidget(self.shown)
        self.setSizes([1_000, 2_000])
        self.setChildrenCollapsible(False)
        self.text.read("Reading the evidence…")
        self.table.current_changed.connect(self._show)

    def show_evidence(self, pieces: Sequence[Evidence], problem: str) -> None:
        """List the evidence of a session; what went wrong while it was read stands in its place."""
        self._pieces = pieces
        self.table.show_choices(evidence_rows(pieces), [Place(piece.t_ns) for piece in pieces])
        nothing = "No evidence. Attach screenshot (F12) keeps one; a step that fails keeps what was known."
        self.text.read(problem or ("Choose a piece of evidence to see it." if pieces else nothing))

    @Slot(int)
    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._pieces):
            return
        piece = self._pieces[row]
        if is_picture(piece, self._catalogue) and self.picture.show_data(piece.data, piece.name):
            self.shown.setCurrentWidget(self.picture)
        else:
            self.text.read(evidence_text(piece, self._catalogue) or "This picture is damaged and cannot be shown.")
            self.shown.setCurrentWidget(self.text)
