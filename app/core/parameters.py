"""What a workload can be told: numbers and switches with a range, a unit and a usual value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import BadInput, quoted, unknown_name

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
        return f"{_figure(self.least)} to {_figure(self.most)} {self.unit}".rstrip()

    @property
    def about(self) -> str:
        """What it does, what it may be, and its default."""
        usual = self.text(self.usual) if isinstance(self.usual, bool) else _figure(self.usual)
        return f"{self.sentence} {self.choice[0].upper()}{self.choice[1:]}, default {usual}."

    def check(self, value: object) -> Value:
        """Return a value as the parameter has it; BadInput, naming the range, if it cannot be one."""
        if isinstance(self.usual, bool):
            if isinstance(value, bool):
                return value
            raise BadInput(f"{self.field}: {quoted(value)} is neither yes nor no; write true or false.", self.field)
        whole = isinstance(self.usual, int)
        kind = "a whole number" if whole else "a number"
        right = f"write {kind} from {_figure(self.least)} to {_figure(self.most)}"
        right += f" ({self.unit})." if self.unit else "."
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise BadInput(f"{self.field}: {quoted(value)} is not {kind}; {right}", self.field)
        # Written so that NaN, of which every comparison is false, is refused as well.
        if not self.least <= value <= self.most:
            raise BadInput(f"{self.field}: {quoted(value)} is out of range; {right}", self.field)
        return value if whole else float(value)

    def read(self, text: str) -> Value:
        """Return the value that a person's text means; BadInput if it means none."""
        wanted = text.strip().lower()
        if isinstance(self.usual, bool):
            if wanted in _YES + _NO:
                return wanted in _YES
            return self.check(text)
        try:
            return self.check(int(wanted) if isinstance(self.usual, int) else float(wanted))
        except ValueError:
            return self.check(text)

    def text(self, value: Value) -> str:
        """Return a value as a text that ``read`` understands."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _figure(value: float) -> str:
    """Return a bound of a range as a person writes it, large ones with thousands apart."""
    return f"{value:,.15g}"


def check_values(values: object, parameters: Iterable[Parameter], workload: str) -> Values:
    """Return the values of a workload's parameters, in their order, without those that are as usual.

    Raises:
        BadInput: it is no table, a name that the workload does not know, or a value out of its range.
    """
    if not isinstance(values, Mapping):
        raise BadInput(
            f"parameters: {quoted(values)} is not a table; write names and values, such as {{ seconds = 2 }}.",
            "parameters",
        )
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            if not known:
                raise BadInput(f"parameters: the workload {workload} has none; leave {quoted(name)} out.", "parameters")
            sentence = unknown_name(f"parameter of the workload {workload}", str(name), known)
            raise BadInput(f"parameters: {sentence}", "parameters")
    checked = ((name, parameter.check(values[name])) for name, parameter in known.items() if name in values)
    return tuple((name, value) for name, value in checked if value != known[name].usual)
