"""What was found in a code object: branches and their sides, stores, calls, and what is protected by a ``with``."""

from types import CodeType

from .values import NOTHING, Read, Source, Value

STORED = ("variable", "cell", "attribute", "item")  # kinds of reads of what can be stored to


class Side:
    """One side of a branch.

    Attributes:
        branch: the branch.
        leaves: whether this side leaves the innermost loop that the branch is in.
        when: whether the read is true (1) or false (-1) when this side is taken; 0 if that is not known.
        hits: how often it was taken without a request that fits.
        is_off: whether its events are off.
        offsets: where it begins; the last of them is executed whenever it is taken.
        begun: idents of the threads that are between the first and the last of them.
    """

    __slots__ = ("begun", "branch", "hits", "is_off", "leaves", "offsets", "when")

    def __init__(self, branch: "Branch", leaves: bool, when: int) -> None:
        self.branch = branch
        self.leaves = leaves
        self.when = when
        self.hits = 0
        self.is_off = False
        self.offsets: list[int] = []
        self.begun: set[int] = set()

    def is_taken_at(self, offset: int, ident: int) -> bool:
        """Return whether the side is taken when a thread reaches one of its offsets: at the first one that it reaches."""
        if offset != self.offsets[-1]:
            self.begun.add(ident)
            return True
        if ident in self.begun:
            self.begun.discard(ident)
            return False
        return True


class Branch:
    """A conditional jump in a loop.

    Attributes:
        offset: of the jump.
        line: of the condition.
        reads: the names that the condition reads.
        item: the variable that holds what was taken from a queue, if it is that which is looked at.
        sentinel: what ends the iterator, as a tuple of one; empty if that is no constant.
        sides: at most two.
    """

    __slots__ = ("item", "line", "offset", "reads", "sentinel", "sides")

    def __init__(self, offset: int, line: int, reads: list[Read], item: Source, sentinel: tuple[object, ...]) -> None:
        self.offset = offset
        self.line = line
        self.reads = reads
        self.item = item
        self.sentinel = sentinel
        self.sides: list[Side] = []

    def other(self, side: Side) -> "Side | None":
        """Return the other side."""
        return next((each for each in self.sides if each is not side), None)


class Store:
    """An instruction that stores to a name, or a call that does.

    Attributes:
        name: of the variable, attribute or item.
        kind: "variable", "cell", "attribute" or "item".
        base: the variable that holds the object it is stored to; None if that is not known.
        value: the variable that holds the value.
        constant: the value, as a tuple of one; empty if it is no constant.
        via: "setattr()" if it is that.
        hits: how often it was executed.
    """

    __slots__ = ("base", "constant", "hits", "kind", "name", "value", "via")

    def __init__(self, name: str, kind: str, base: Source, value: Value, via: str = "") -> None:
        self.name = name
        self.kind = kind
        self.base = base
        self.value = value.source
        self.constant = value.constant
        self.via = via
        self.hits = 0


class Call:
    """A call of a method that is written in C.

    Attributes:
        name: of the method.
        constant: its first argument, as a tuple of one; empty if it is no constant.
        value: the variable that holds its first argument.
        second: the variable that holds its second argument.
        arguments: how many there are.
        hits: how often it was executed, if that is counted.
    """

    __slots__ = ("arguments", "constant", "hits", "name", "second", "value")

    def __init__(self, name: str, arguments: "list[Value]") -> None:
        self.arguments = len(arguments)
        argument = arguments[0] if arguments else NOTHING
        self.second = arguments[1].source if len(arguments) > 1 else None
        self.hits = 0
        self.name = name
        self.constant = argument.constant
        self.value = argument.source


class Reading:
    """What was found in a code object.

    Attributes:
        code: the code object.
        branches: the branches in its loops that read something.
        sides: by offset, the sides that begin there.
        stores: by offset.
        calls: by offset.
        callees: by offset of a call, the name that is called and the object it is called on.
        protected: if it has a ``with``: begin, end and handler (offsets) of what is protected, and for the body of a
            ``with`` the object that was entered and the offset where that was.
        handling: lines that are in an ``except`` or a ``finally``.
        returned: the names that what it returns, or how it goes there, depends on.
    """

    __slots__ = ("branches", "callees", "calls", "code", "handling", "protected", "returned", "sides", "stores")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.branches: list[Branch] = []
        self.sides: dict[int, list[Side]] = {}
        self.stores: dict[int, Store] = {}
        self.calls: dict[int, Call] = {}
        self.callees: dict[int, tuple[str, Source]] = {}
        self.protected: list[tuple[int, int, int, tuple[Source, int] | None]] = []
        self.handling: set[int] = set()
        self.returned: dict[object, Read] = {}

    def entered(self, offset: int) -> "list[tuple[Source, int]]":
        """Return the objects whose ``with`` an offset is in, each with the offset where it was entered."""
        found: list[tuple[Source, int]] = []
        seen: set[int] = set()
        # What is protected twice is so by the inner handler, which is protected by the outer one.
        while offset not in seen:
            seen.add(offset)
            for begin, end, handler, entered in self.protected:
                if begin <= offset < end:
                    found += [entered] if entered is not None else []
                    offset = handler
                    break
        return found
