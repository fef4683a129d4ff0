"""The fields of a workload's parameters, as its catalogue entry has them: in a worker's form, and where one is compared."""

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QWidget

from app.core.parameters import Parameter, Value
from app.core.workloads import Workload
from app.ui.widgets import plain_label


class WorkloadPart:
    """The rows below the choice of the workload, made anew when that is another one. The GUI thread only.

    Attributes:
        workload: the workload that these rows belong to; None for none.
        words: the workload's sentence, and its warning if it has one.
        fields: the editors of its parameters, by the name of the field; line edits, and check boxes for switches.

    Args:
        form: where the rows go.
        box: the choice of the workload; its row is in the form already.
        parent: of the editors.
    """

    def __init__(self, form: QFormLayout, box: QComboBox, parent: QWidget) -> None:
        self._form = form
        self._box = box
        self._parent = parent
        self.workload: type[Workload] | None = None
        self.fields: dict[str, QWidget] = {}
        self.words = plain_label("", parent, wraps=True)
        self.words.hide()
        form.addRow(self.words)

    def show(self, workload: type[Workload] | None) -> None:
        """Make the rows of a workload, none for None, in the place of those that are there."""
        self.workload = workload
        self._remove()
        words = "" if workload is None else _words(workload)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self._box.setAccessibleDescription(words)
        for parameter in () if workload is None else workload.parameters:
            self._add(parameter)

    def fill_usual(self) -> None:
        """Write the usual value into each field."""
        for parameter in self.workload.parameters if self.workload is not None else ():
            field = self.fields[parameter.field]
            if isinstance(field, QCheckBox):
                field.setChecked(bool(parameter.usual))
            elif isinstance(field, QLineEdit):
                field.setText(parameter.text(parameter.usual))

    def values(self) -> dict[str, Value]:
        """Return the value of each parameter by its name, a usual one for an empty field; BadInput if one is wrong."""
        return (
            {parameter.name: self._value(parameter) for parameter in self.workload.parameters} if self.workload else {}
        )

    def _value(self, parameter: Parameter) -> Value:
        field = self.fields[parameter.field]
        if isinstance(field, QCheckBox):
            return field.isChecked()
        text = field.text() if isinstance(field, QLineEdit) else ""
        return parameter.read(text) if text.strip() else parameter.usual

    def put_in_tab_order(self, following: QWidget) -> None:
        """Have Tab go from the choice through the fields to ``following``; by itself it goes in their order of creation."""
        before: QWidget = self._box
        for field in (*self.fields.values(), following):
            QWidget.setTabOrder(before, field)
            before = field

    def _add(self, parameter: Parameter) -> None:
        field: QCheckBox | QLineEdit
        row = self._form.getWidgetPosition(self.words)[0] + len(self.fields) + 1  # type: ignore[index]
        if isinstance(parameter.usual, bool):
            field = QCheckBox(parameter.label, self._parent)
            self._form.insertRow(row, field)
        else:
            field = QLineEdit(self._parent)
            field.setPlaceholderText(parameter.choice)
            label = plain_label(parameter.label, self._parent, buddy=field)
            self._form.insertRow(row, label, field)
        field.setObjectName(parameter.field)
        field.setAccessibleName(parameter.label)
        field.setAccessibleDescription(parameter.about)
        field.setToolTip(parameter.about)
        self.fields[parameter.field] = field

    def _remove(self) -> None:
        for field in self.fields.values():
            if field.hasFocus():
                self._box.setFocus()  # not wherever Qt would look for it next
            gone: list[QWidget] = [field]
            label = self._form.labelForField(field)
            if label is not None:
                gone.append(label)
            self._form.takeRow(field)
            for widget in gone:
                # Later: it may be an event of its own that brought us here.
                widget.hide()
                widget.deleteLater()
        self.fields.clear()


def _words(workload: type[Workload]) -> str:
    return f"{workload.sentence}\nWarning: {workload.warning}" if workload.warning else workload.sentence
