"""What a workload can be told: numbers and switches with a range, a unit and a usual value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .errors import BadInput, quoted, unknown_name
from .number_words import check_number, field_title, figure

Value = bool | int | float
# By name, in the order of the workload's parameters; what is missing is as usual.
Values = tuple[tuple[str, Value], ...]

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a workload can be told; the usual value says of which type it is.

    Attributes:
        name: what worker sets call it, and the attribute of the workload that has its value.
        title: what the window calls it.
        sentence: what it does.
        usual: its value if nothing is said: a switch, a whole number or a number.
        least, most: the range of a number.
        unit: of a number; empty if it counts nothing.
    """

    name: str
    title: str
    sentence: str
    usual: Value
    least: float = 0
    most: float = 0
    unit: str = ""

    @property
    def field(self) -> str:
        """What sentences call it, and the window's form."""
        return f"parameters.{self.name}"

    @property
    def label(self) -> str:
        """What stands beside its field: the title, and the unit if it has one."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def choice(self) -> str:
        """What it may be, such as ``0.001 to 3,600 s``."""
        if isinstance(self.usual, bool):
            return "yes or no"
        return f"{figure(self.least)} to {figure(self.most)} {self.unit}".rstrip()

    @property
    def about(self) -> str:
        """What it does, what it may be, and its default."""
        usual = self.text(self.usual) if isinstance(self.usual, bool) else figure(self.usual)
        return f"{self.sentence} {self.choice[0].upper()}{self.choice[1:]}, default {usual}."

    def check(self, value: object, called: str = "") -> Value:
        """Return a value as the parameter has it; BadInput, naming the range, if it cannot be one.

        ``called`` is what the sentence calls it; if nothing is said, what the window does.
        """
        called = called or self.title
        if isinstance(self.usual, bool):
            if isinstance(value, bool):
                return value
            raise BadInput(f"{called} must be yes or no; in a file, true or false.", self.field)
        whole = isinstance(self.usual, int)
        check_number(self.field, value, self.least, self.most, title=called, whole=whole, unit=self.unit)
        number: float = value  # type: ignore[assignment]
        return number if whole else float(number)

    def read(self, text: str, called: str = "") -> Value:
        """Return the value that a person's text means; BadInput if it means none."""
        wanted = text.strip().lower()
        if isinstance(self.usual, bool):
            return wanted in _YES if wanted in _YES + _NO else self.check(text, called)
        try:
            number = int(wanted) if isinstance(self.usual, int) else float(wanted)
        except ValueError:
            return self.check(text, called)
        return self.check(number, called)

    def text(self, value: Value) -> str:
        """Return a value as a text that ``read`` understands."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _key(parameter: Parameter) -> str:
    return field_title(parameter.name)


def check_values(
    values: object, parameters: Iterable[Parameter], workload: str, called: Callable[[Parameter], str] = _key
) -> Values:
    """Return the values of a workload's parameters, in their order, without those that are as usual.

    Args:
        values: a table of them, by name.
        parameters: those that the workload has.
        workload: its id.
        called: what a sentence calls a parameter.

    Raises:
        BadInput: it is no table, a name that the workload does not know, or a value out of its range.
    """
    if not isinstance(values, Mapping):
        raise BadInput("Parameters must be a table of names and values, e.g. { seconds = 2 }.", "parameters")
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            if not known:
                raise BadInput(f"The workload {workload} has no parameters. Leave {quoted(name)} out.", "parameters")
            sentence = unknown_name(f"parameter of the workload {workload}", str(name), known)
            raise BadInput(sentence, "parameters")
    checked = (
        (name, parameter.check(values[name], called(parameter))) for name, parameter in known.items() if name in values
    )
    return tuple((name, value) for name, value in checked if value != known[name].usual)
