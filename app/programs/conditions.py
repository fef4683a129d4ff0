"""Whether a condition of a program holds, as far as the values that it reads are known."""

import ast
import builtins
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.programs.loop_exits import Condition
from app.programs.memory import UnreadableError
from app.programs.objects import Value
from app.programs.source import Place, returned

_LONGEST = 80  # characters of a piece of code in a sentence
_FILLED = {"list", "tuple", "dict", "set", "frozenset", "deque", "bytes", "bytearray"}
_DEEPEST = 4  # methods and properties that return each other

# Methods that tell whether an Event is set.
EVENT_READS = frozenset({"is_set", "isSet", "wait"})


@dataclass(frozen=True, slots=True)
class Read:
    """Something that a condition reads.

    Attributes:
        text: as it is written.
        value: what it is; None if that is not known.
        is_shared: whether another thread can change it: it is no variable of the function's own.
        reason: why the value is not known; may be empty.
        expression: of which this is the value, for finding the object.
    """

    text: str
    value: Value | None
    is_shared: bool
    reason: str = ""
    expression: ast.expr | None = None

    @property
    def is_flag(self) -> bool:
        """Whether it may be what asks the thread to stop: shared, and no container that is filled and emptied."""
        return self.is_shared and (self.value is None or self.value.type not in _FILLED)


class Scope(Protocol):
    """The values of one call of a stack."""

    def value(self, expression: ast.expr) -> Value:
        """Return the value of a name, an attribute, an item or the flag of an Event; UnreadableError if it is not known."""

    def address(self, expression: ast.expr) -> int:
        """Return the address of an object; UnreadableError if it is not known."""

    def type_name(self, expression: ast.expr) -> str:
        """Return the name of an object's type; UnreadableError if it is not known."""

    def lock_owner(self, expression: ast.expr) -> int | None:
        """Return the ident of the thread that holds an RLock, None for none; UnreadableError if it is not known."""

    def socket_timeout(self, expression: ast.expr) -> int | None:
        """Return the time-out of a socket in ns, None for none; UnreadableError if it is not known."""


def code(expression: ast.expr) -> str:
    """Return an expression as it is written, in one line and not too long."""
    try:
        text = " ".join(ast.unparse(expression).split())
    except RecursionError:
        return "…"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@dataclass(slots=True)
class Evaluation:
    """Evaluates conditions of one call, and keeps what they read.

    Args:
        place: where the call is.
        scope: its values.
        stale: variables that the loop itself sets: their values are of the turn before.
    """

    place: Place
    scope: Scope
    stale: frozenset[str]
    reads: dict[str, Read]

    def all_hold(self, conditions: Iterable[Condition]) -> bool | None:
        """Return whether all conditions hold; None if that is not known."""
        held = [self._holds(*condition) for condition in conditions]
        return False if False in held else None if None in held else True

    def _holds(self, expression: ast.expr, wanted: bool | None) -> bool | None:
        truth = self.truth(expression)
        return None if truth is None or wanted is None else truth is wanted

    def truth(self, expression: ast.expr, depth: int = 0) -> bool | None:
        """Return whether an expression is true; None if that is not known."""
        if isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.Not):
            truth = self.truth(expression.operand, depth)
            return None if truth is None else not truth
        if isinstance(expression, ast.BoolOp):
            truths = [self.truth(each, depth) for each in expression.values]
            decisive = isinstance(expression.op, ast.Or)
            return decisive if decisive in truths else None if None in truths else not decisive
        if isinstance(expression, ast.Compare):
            return self._compared(expression, depth)
        value = self._value(expression, depth)
        return None if value is None else value.truth

    def _value(self, expression: ast.expr, depth: int) -> Value | None:
        if isinstance(expression, ast.Constant):
            text = repr(expression.value)
            return Value(type(expression.value).__name__, text, bool(expression.value), text)
        if isinstance(expression, ast.NamedExpr) and is_readable(expression.value):
            return self._value(expression.value, depth)
        if isinstance(expression, ast.NamedExpr):
            self._keep(Read(code(expression.target), None, is_shared=False))
            return None
        inner = self._substitute(expression)
        if inner is not None and depth < _DEEPEST:
            truth = self.truth(inner, depth + 1)
            return None if truth is None else Value("bool", str(truth), truth, str(truth))
        return self._looked_up(expression)

    def _looked_up(self, expression: ast.expr) -> Value | None:
        is_local = isinstance(expression, ast.Name) and expression.id in self.place.locals
        is_stale = isinstance(expression, ast.Name) and expression.id in self.stale
        if not is_readable(expression):
            self._keep_parts(expression)
            return None
        value, reason = None, ""
        if not is_stale:
            try:
                value = self.scope.value(expression)
            except UnreadableError as error:
                reason = str(error)
        shared = not is_local and not is_stale
        self._keep(Read(code(expression), value, shared, reason, expression))
        return value

    def _substitute(self, expression: ast.expr) -> ast.expr | None:
        """Return what a method or a property of the same class returns, where that is all it does."""
        called = isinstance(expression, ast.Call) and not expression.args and not expression.keywords
        attribute = expression.func if isinstance(expression, ast.Call) and called else expression
        if (
            isinstance(attribute, ast.Attribute)
            and isinstance(attribute.value, ast.Name)
            and attribute.value.id == "self"
        ):
            found = returned(self.place.class_node, attribute.attr)
            if found is not None and found[1] is not called:
                return found[0]
        return None

    def _compared(self, expression: ast.Compare, depth: int) -> bool | None:
        left = self._value(expression.left, depth)
        # What it is compared with, such as a member of an Enum, is a read of its own only if nothing else is.
        other = Evaluation(self.place, self.scope, self.stale, {})
        right = other._value(expression.comparators[0], depth)
        if not any(read.is_shared for read in self.reads.values()):
            self.reads |= other.reads
        if len(expression.ops) != 1 or left is None or right is None:
            return None
        result = _compare(expression.ops[0], left, right)
        return self._is_the_same(expression) if result is None else result

    def _is_the_same(self, expression: ast.Compare) -> bool | None:
        """Return what ``is`` or ``is not`` says, by the addresses of the objects; None of other comparisons."""
        by = expression.ops[0]
        if not isinstance(by, ast.Is | ast.IsNot):
            return None
        try:
            same = self.scope.address(expression.left) == self.scope.address(expression.comparators[0])
        except UnreadableError:
            return None
        return same is isinstance(by, ast.Is)

    def _keep(self, read: Read) -> None:
        self.reads.setdefault(read.text, read)

    def _keep_parts(self, expression: ast.expr) -> None:
        """Keep what cannot be looked up, such as the result of a call, without a value."""
        names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
        called = expression.func if isinstance(expression, ast.Call) else None
        if isinstance(called, ast.Name):
            shared = not hasattr(builtins, called.id)  # a function of the program's may look anywhere
        elif isinstance(called, ast.Attribute):
            shared = not names & self.stale
        else:
            shared = not names <= (self.place.locals | self.stale) and not isinstance(expression, ast.Await)
        reason = "it is the result of a call" if called is not None else ""
        self._keep(Read(code(expression), None, shared, reason, expression))


def is_readable(expression: ast.expr) -> bool:
    """Return whether an expression is one whose value can be looked up without calling anything of the program."""
    if isinstance(expression, ast.Attribute):
        return is_readable(expression.value)
    if isinstance(expression, ast.Subscript):
        return is_readable(expression.value) and constant_key(expression) is not None
    if isinstance(expression, ast.Call):
        return _is_readable_call(expression)
    return isinstance(expression, ast.Name | ast.Constant)


def _is_readable_call(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name) and function.id == "getattr" and len(call.args) in (2, 3):
        return is_readable(call.args[0]) and isinstance(call.args[1], ast.Constant)
    if isinstance(function, ast.Attribute) and function.attr in EVENT_READS:
        return is_readable(function.value)
    return is_current_thread(call)


def constant_key(expression: ast.Subscript) -> str | int | None:
    """Return the key of an item that is written out; None if it is computed."""
    key = expression.slice
    if isinstance(key, ast.UnaryOp) and isinstance(key.op, ast.USub) and isinstance(key.operand, ast.Constant):
        return -key.operand.value if isinstance(key.operand.value, int) else None
    value = key.value if isinstance(key, ast.Constant) else None
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def is_current_thread(expression: ast.expr) -> bool:
    """Return whether an expression is ``threading.current_thread()``."""
    return isinstance(expression, ast.Call) and ast.unparse(expression) in (
        "threading.current_thread()",
        "current_thread()",
        "threading.currentThread()",
    )


def _compare(by: ast.cmpop, left: Value, right: Value) -> bool | None:
    compare = _COMPARISONS.get(type(by))
    if compare is None:
        return None
    if left.is_member and right.is_member:
        return compare(left.text, right.text) if isinstance(by, _EQUALITIES) else None
    if isinstance(by, ast.Is | ast.IsNot):
        # There is one None and one of each truth value; of other objects the identity is not known.
        is_known = {"NoneType", "bool"} & {left.type, right.type}
        return compare((left.type, left.text), (right.type, right.text)) if is_known else None
    if left.literal is None or right.literal is None:
        return None
    try:
        return compare(ast.literal_eval(left.literal), ast.literal_eval(right.literal))
    except (TypeError, ValueError, SyntaxError):
        return None


_EQUALITIES = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_COMPARISONS: dict[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.eq,
    ast.IsNot: operator.ne,
    ast.Lt: operator.lt,  # type: ignore[dict-item]
    ast.LtE: operator.le,  # type: ignore[dict-item]
    ast.Gt: operator.gt,  # type: ignore[dict-item]
    ast.GtE: operator.ge,  # type: ignore[dict-item]
}
