"""What is known of a value on the stack: the names it was read from, and by which variable it is held."""

# The variable a value was loaded from: ("local", "global" or "cell", its name), and the attribute if it was loaded from one.
Source = tuple[str, ...] | None


class Read:
    """A name that the condition of a branch reads.

    Attributes:
        name: of the variable, attribute, item or method.
        kind: "variable", "cell", "attribute", "item", "method", "take" or "call".
        base: the variable that holds the object it is read from; None if that is not known.
        via: how the way to the condition is indirect: "a local", "a helper"; empty if it is not.
    """

    __slots__ = ("base", "kind", "name", "via")

    def __init__(self, name: str, kind: str, base: Source, via: str = "") -> None:
        self.name = name
        self.kind = kind
        self.base = base
        self.via = via

    def key(self) -> tuple[str, str, Source, str]:
        """Return what makes it equal to another."""
        return (self.name, self.kind, self.base, self.via)


class Value:
    """What is known of a value on the stack.

    Attributes:
        reads: the names it comes from, by their keys.
        source: the variable that holds it.
        truth: 1 if it is true when its one read is, -1 if it is false then, 0 if that is not known.
        callee: the name it is called by, if it is called.
        base: the variable that holds the object whose attribute it is.
        constant: what it is, as a tuple of one; empty if it is no constant.
    """

    __slots__ = ("base", "callee", "constant", "reads", "source", "truth")

    def __init__(
        self,
        reads: "dict[object, Read] | None" = None,
        source: Source = None,
        truth: int = 0,
        callee: str = "",
        base: Source = None,
        constant: tuple[object, ...] = (),
    ) -> None:
        self.reads = reads or {}
        self.source = source
        self.truth = truth
        self.callee = callee
        self.base = base
        self.constant = constant


NOTHING = Value()


def item_name(constant: tuple[object, ...]) -> str:
    """Return by what name an item is known: its key if that is a text, or the key in brackets; empty for others."""
    if not constant:
        return ""
    key = constant[0]
    if type(key) is str:
        return key
    return f"[{key}]" if type(key) is int else ""


def pop(stack: list[Value]) -> Value:
    """Take the uppermost value from a stack; nothing is known of what lies below what was followed."""
    return stack.pop() if stack else NOTHING


def only(read: Read) -> dict[object, Read]:
    """Return one read, by its key."""
    return {read.key(): read}


def union(values: "list[Value] | tuple[Value, ...]") -> dict[object, Read]:
    """Return what several values were read from."""
    found: dict[object, Read] = {}
    for value in values:
        found.update(value.reads)
    return found


def indirect(reads: dict[object, Read], via: str) -> dict[object, Read]:
    """Return reads that lead on in an indirect way."""
    # What was taken from a queue is looked at itself, whichever way it went.
    changed = [
        read if read.via or read.kind == "take" else Read(read.name, read.kind, read.base, via)
        for read in reads.values()
    ]
    return {read.key(): read for read in changed}


def merge(known: list[Value], values: list[Value]) -> bool:
    """Add what another way brings to what is known of a block's stack; return whether that has grown."""
    grown = False
    for place in range(1, min(len(known), len(values)) + 1):
        mine, other = known[-place], values[-place]
        if not other.reads.keys() <= mine.reads.keys():
            known[-place] = Value({**mine.reads, **other.reads}, mine.source if mine.source == other.source else None)
            grown = True
    return grown
