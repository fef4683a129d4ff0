"""A workload of the catalogue and its parameters, chosen in the compare window by the fields that a worker has."""

from collections.abc import Iterable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from app.core.parameters import check_values
from app.core.workloads import Workload
from app.experiments.columns import Column, spec_of
from app.ui.workers.workload_part import WorkloadPart


class WorkloadChoice(QWidget):
    """Offers workloads, with a field for each parameter of the one that is chosen; the GUI thread only.

    Args:
        word: what stands beside the choice, with its mnemonic.
        workloads: those that are offered.
    """

    def __init__(self, word: str, workloads: Iterable[type[Workload]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workloads = {workload.id: workload for workload in workloads}
        self.box = QComboBox(self)
        self.box.setAccessibleName(word.replace("&", ""))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.form.addRow(word, self.box)
        self._part = WorkloadPart(self.form, self.box, self)
        for workload in self._workloads.values():
            self.box.addItem(workload.title, workload.id)
        self.box.currentIndexChanged.connect(self._on_chosen)
        self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        self._part.show(self._workloads.get(str(self.box.currentData())))
        self._part.words.hide()  # it is in the tool tip: there is little room
        self.box.setToolTip(self._part.words.text())
        self._part.fill_usual()

    def choose(self, workload: str) -> None:
        """Choose a workload by its id."""
        self.box.setCurrentIndex(self.box.findData(workload))

    def field(self, name: str) -> QWidget:
        """Return the field of a parameter of the chosen workload; KeyError if it has none of that name."""
        return self._part.fields[f"parameters.{name}"]

    def column(self) -> Column:
        """Return what is chosen; BadInput if the text of a field means no value."""
        workload = self._workloads[str(self.box.currentData())]
        values = check_values(self._part.values(), workload.parameters, workload.id)
        return Column(spec_of(workload, values), workload, values)
