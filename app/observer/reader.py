"""What matters in a code object: the branches that leave a loop or turn in it, the names they read, and the stores.

The values on the stack are followed through the control flow; of each is known which names it was read from. Whatever is
not known of a value is left out, so that a link made from it says that it is only likely.
"""

import opcode
from types import CodeType

from .bytecode import Block, Graph, Instruction, decode

TYPE_CHECKING = False  # typing's own would be imported for it
if TYPE_CHECKING:
    from collections.abc import Callable

_MAKES_WITH_FLAGS = "SET_FUNCTION_ATTRIBUTE" not in opcode.opmap  # in 3.12
_NULL_IS_FIRST = _MAKES_WITH_FLAGS
# Methods that take something from a queue.
TAKES = ("get", "get_nowait", "popleft", "recv")
_ITEM_METHODS = ("get", "pop", "setdefault")
# What follows the loop's own jump when an iterator is exhausted, and is not executed then.
# What takes values from the stack and gives none.
_TAKES_ONLY = ("POP_TOP", "POP_ITER", "END_FOR", "LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE",
               "DICT_UPDATE", "DICT_MERGE", "DELETE_ATTR", "DELETE_SUBSCR", "RAISE_VARARGS")  # fmt: skip
_AFTER_EXHAUSTION = ("END_FOR", "POP_TOP", "POP_ITER")
# Methods whose arguments say nothing about what they wait for.
_WAITS = ("is_set", "isSet", "wait", "isInterruptionRequested", "acquire", "is_alive", "join")
STORED = ("variable", "cell", "attribute", "item")  # kinds of reads of what can be stored to
_CONSTRUCTORS = ("__init__", "__post_init__", "__attrs_init__", "__setstate__")
_CALLED = ("take", "call", "method")
# Calls that are looked at by their place, because what is called is written in C.
CALLS = ("put", "put_nowait", "cancel", "_exit", "exec", "exec_", "acquire", "release", "throw",
         "PyThreadState_SetAsyncExc", "interrupt_main", "raise_signal")  # fmt: skip

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


_NOTHING = Value()


def _instructions(function: object) -> list[Instruction]:
    return decode(function.__code__.co_code)  # type: ignore[attr-defined]


def _item(a: "list[int]", b: int) -> int:
    return a[b]


def _none() -> object:
    return None


def _true() -> object:
    return True


def _false() -> object:
    return False


# What the numbers of these versions mean is told by functions of which it is known what they do.
_GET_ITEM = next((each.arg for each in _instructions(_item) if each.name == "BINARY_OP"), -1)
_COMMON_CONSTANTS: dict[int, object] = {
    each.arg: constant
    for function, constant in ((_none, None), (_true, True), (_false, False))
    for each in _instructions(function)
    if each.name == "LOAD_COMMON_CONSTANT"
}
_HAS_ARGUMENT = frozenset(getattr(opcode, "hasarg", ()))


def _effect(each: Instruction) -> int:
    return opcode.stack_effect(each.number, each.arg if each.number in _HAS_ARGUMENT else None, jump=False)


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
        argument = arguments[0] if arguments else _NOTHING
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


def read_code(code: CodeType) -> Reading:
    """Read a code object; what is found depends on nothing else. Takes up to a millisecond for a long one."""
    return _Reader(code).read()


class _Reader:
    """Reads one code object, once."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self._graph = Graph(code)
        names = code.co_varnames
        self._slots = (*names, *(name for name in code.co_cellvars if name not in names), *code.co_freevars)
        self._cells = {*code.co_cellvars, *code.co_freevars}
        self._locals: dict[str, dict[object, Read]] = {}
        self._conditions: dict[int, Value] = {}
        self._reading = Reading(code)
        self._stores: dict[int, tuple[Store, int]] = {}
        self._keywords = 0

    def read(self) -> Reading:
        # Twice, for what reaches a condition through a local that is set further down.
        self._follow()
        if any(self._locals.values()):
            self._follow()
        lines = _Lines(self._code)
        in_loop: dict[object, set[int]] = {}
        later = []
        for number, block in enumerate(self._graph.blocks):
            last = block.instructions[-1]
            value = self._conditions.get(last.offset)
            if value is None or not value.reads:
                continue
            key = (lines.line(last.offset), tuple(sorted(map(repr, value.reads))))
            loop = self._graph.innermost(number)
            if loop is None:
                later.append((number, block, value, key))
                self._reading.returned.update(value.reads)
                continue
            in_loop[key] = loop
            self._add_branch(block, value, key[0], loop, is_inside=True)
        for _number, block, value, key in later:
            # Up to 3.13 the condition of a ``while`` is there twice: before the loop, and at its end.
            if loop := in_loop.get(key):
                self._add_branch(block, value, key[0], loop, is_inside=False)
        for number in self._graph.handling():
            self._reading.handling.update(lines.line(each.offset) for each in self._graph.blocks[number].instructions)
        self._find_withs()
        for offset, (store, number) in self._stores.items():
            if not self._is_no_request(store, number):
                self._reading.stores[offset] = store
        return self._reading

    def _find_withs(self) -> None:
        after = {}
        for block in self._graph.blocks:
            for each in block.instructions:
                name, owner = self._reading.callees.get(each.offset, ("", None))
                if name == "__enter__":
                    after[each.after] = (owner, each.offset)
        entered = {handler: after[begin] for begin, _end, handler, _depth in self._graph.protected if begin in after}
        if entered:
            for begin, end, handler, _depth in self._graph.protected:
                self._reading.protected.append((begin, end, handler, entered.get(handler)))

    def _is_no_request(self, store: Store, number: int) -> bool:
        """Return whether a store asks nothing: of an object that is being made, or in the loop whose condition reads it."""
        code = self._code
        if code.co_name in _CONSTRUCTORS and code.co_argcount and store.base == ("local", code.co_varnames[0]):
            return True
        loop = self._graph.innermost(number)
        if loop is None or store.constant:
            return False
        return any(
            read.name == store.name and read.base == store.base
            for each in self._reading.branches
            for read in each.reads
        )

    def _add_branch(self, block: Block, value: Value, line: int, loop: set[int], *, is_inside: bool) -> None:
        last = block.instructions[-1]
        reads = list(value.reads.values())
        takes = any(read.kind == "take" for read in reads)
        branch = Branch(last.offset, line, reads, value.source if takes else None, value.constant)
        for place, following in enumerate(block.following[:2]):
            jumps = last.target >= 0 and place == 0
            when = 0
            if last.name in ("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE"):
                when = value.truth if jumps is (last.name == "POP_JUMP_IF_TRUE") else -value.truth
            leaves = following not in loop if is_inside else not self._leads_to(following, loop)
            side = Side(branch, leaves, when)
            branch.sides.append(side)
            side.offsets = self._first_offsets(following)
            for offset in side.offsets:
                self._reading.sides.setdefault(offset, []).append(side)
        self._reading.branches.append(branch)

    def _leads_to(self, number: int, loop: set[int]) -> bool:
        """Return whether a loop can be reached from a block."""
        seen: set[int] = set()
        open_ = [number]
        while open_:
            each = open_.pop()
            if each in loop:
                return True
            if each not in seen:
                seen.add(each)
                open_ += self._graph.blocks[each].following
        return False

    def _first_offsets(self, number: int) -> list[int]:
        """Return the offsets at one of which a side begins: what ends an iterator may not be executed itself."""
        offsets: list[int] = []
        while number < len(self._graph.blocks):
            for each in self._graph.blocks[number].instructions:
                if each.name == "NOT_TAKEN" and each is not self._graph.blocks[number].instructions[-1]:
                    continue  # what follows it is executed in any case
                offsets.append(each.offset)
                if each.name not in _AFTER_EXHAUSTION:
                    return offsets
            number += 1
        return offsets

    # -- values ----------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Follow the values through all blocks, each as often as what comes into it grows."""
        blocks = self._graph.blocks
        incoming: dict[int, list[Value]] = {0: []}
        open_ = [0]
        seen: dict[int, int] = {}
        while open_:
            number = open_.pop()
            seen[number] = seen.get(number, 0) + 1
            stack = list(incoming[number])
            for each in blocks[number].instructions:
                self._step(each, stack, number)
            ways = [(each, stack) for each in blocks[number].following]
            ways += [(each, []) for each in blocks[number].handlers]
            for following, values in ways:
                if following not in incoming:
                    incoming[following] = list(values)
                    open_.append(following)
                elif seen.get(following, 0) < 3 and _merge(incoming[following], values):
                    open_.append(following)

    def _step(self, each: Instruction, stack: list[Value], number: int) -> None:
        step = _STEPS.get(each.name)
        if step is not None:
            step(self, each, stack, number)
        else:
            self._other(each, stack)

    def _load_fast(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(self._local(each.arg))

    def _load_fast_twice(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack += [self._local(each.arg >> 4), self._local(each.arg & 15)]

    def _store_fast(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._store_local(each.arg, _pop(stack))

    def _store_fast_twice(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._store_local(each.arg >> 4, _pop(stack))
        self._store_local(each.arg & 15, _pop(stack))

    def _store_and_load_fast(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._store_local(each.arg >> 4, _pop(stack))
        stack.append(self._local(each.arg & 15))

    def _load_const(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(Value(constant=(self._code.co_consts[each.arg],)))

    def _load_common_constant(self, each: Instruction, stack: list[Value], _number: int) -> None:
        known = each.arg in _COMMON_CONSTANTS
        stack.append(Value(constant=(_COMMON_CONSTANTS[each.arg],)) if known else _NOTHING)

    def _load_small_int(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(Value(constant=(each.arg,)))

    def _load_global(self, each: Instruction, stack: list[Value], _number: int) -> None:
        value = self._global(self._code.co_names[each.arg >> 1])
        if each.arg & 1:
            stack += [_NOTHING, value] if _NULL_IS_FIRST else [value, _NOTHING]
        else:
            stack.append(value)

    def _load_name(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "LOAD_FROM_DICT_OR_GLOBALS":
            _pop(stack)
        stack.append(self._global(self._code.co_names[each.arg]))

    def _global(self, variable: str) -> Value:
        return Value(_only(Read(variable, "variable", None)), ("global", variable), 1, variable)

    def _load_deref(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "LOAD_FROM_DICT_OR_DEREF":
            _pop(stack)
        variable = self._slots[each.arg]
        stack.append(Value(_only(Read(variable, "cell", None)), ("cell", variable), 1, variable))

    def _load_attr(self, each: Instruction, stack: list[Value], _number: int) -> None:
        owner = _pop(stack).source
        attribute = self._code.co_names[each.arg >> 1]
        source = (*owner, attribute) if owner is not None and len(owner) == 2 else None
        value = Value(_only(Read(attribute, "attribute", owner)), source, 1, attribute, owner)
        stack += [value, _NOTHING] if each.arg & 1 else [value]

    def _load_super_attr(self, each: Instruction, stack: list[Value], _number: int) -> None:
        del stack[-3:]
        attribute, owner = self._code.co_names[each.arg >> 2], ("local", "self")
        value = Value(_only(Read(attribute, "attribute", owner)), None, 1, attribute, owner)
        stack += [value, _NOTHING] if each.arg & 1 else [value]

    def _load_special(self, each: Instruction, stack: list[Value], _number: int) -> None:
        # Of a ``with``, from 3.14 on.
        owner = _pop(stack)
        method = "__enter__" if each.arg == 0 else "__exit__"
        stack += [Value(callee=method, base=owner.source), _NOTHING]

    def _before_with(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._reading.callees[each.offset] = ("__enter__", _pop(stack).source)
        stack += [_NOTHING, _NOTHING]

    def _push_null(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(_NOTHING)

    def _do_call(self, each: Instruction, stack: list[Value], number: int) -> None:
        if each.name == "CALL_KW":
            _pop(stack)
        values = [_pop(stack) for _ in range(each.arg + 2)][::-1]
        callee = values[0] if values[0].callee else values[1]
        stack.append(self._call(each, callee, values[2:], number))

    def _get_item(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "BINARY_OP" and each.arg != _GET_ITEM:
            self._other(each, stack)
            return
        key, owner = _pop(stack), _pop(stack)
        item = item_name(key.constant)
        reads = _only(Read(item, "item", owner.source)) if item else _union((key, owner))
        stack.append(Value(reads, truth=1 if item else 0))

    def _copy(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(stack[-each.arg] if each.arg <= len(stack) else _NOTHING)

    def _swap(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.arg <= len(stack):
            stack[-1], stack[-each.arg] = stack[-each.arg], stack[-1]

    def _leave(self, _each: Instruction, _stack: list[Value], _number: int) -> None:
        """Leave the stack as it is."""

    def _not(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        value = _pop(stack)
        stack.append(Value(value.reads, value.source, -value.truth))

    def _take(self, each: Instruction, stack: list[Value], _number: int) -> None:
        del stack[len(stack) + _effect(each) :]

    def _store_attr(self, each: Instruction, stack: list[Value], number: int) -> None:
        owner, value = _pop(stack), _pop(stack)
        self._store(each, Store(self._code.co_names[each.arg], "attribute", owner.source, value), number)

    def _store_subscr(self, each: Instruction, stack: list[Value], number: int) -> None:
        key, owner, value = _pop(stack), _pop(stack), _pop(stack)
        if item := item_name(key.constant):
            self._store(each, Store(item, "item", owner.source, value), number)

    def _store_name(self, each: Instruction, stack: list[Value], number: int) -> None:
        self._store(each, Store(self._code.co_names[each.arg], "variable", None, _pop(stack)), number)

    def _store_deref(self, each: Instruction, stack: list[Value], number: int) -> None:
        self._store(each, Store(self._slots[each.arg], "cell", None, _pop(stack)), number)

    def _jump(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._conditions[each.offset] = self._looked_at(_pop(stack), each.name)

    def _for_iter(self, each: Instruction, stack: list[Value], _number: int) -> None:
        iterator = next((value for value in stack[:-3:-1] if value.reads), _NOTHING)
        # What is iterated over may come to its end by itself; what is called for each item may be asked.
        reads = {key: read for key, read in iterator.reads.items() if read.via or read.kind in _CALLED}
        self._conditions[each.offset] = Value(reads, constant=iterator.constant)
        stack.append(Value(_via(iterator.reads, "a local")))

    def _get_iter(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if stack:
            stack[-1] = Value(stack[-1].reads, constant=stack[-1].constant)
        stack += [_NOTHING] * _effect(each)  # from 3.15 on there is an index beside the iterator

    def _make_function(self, each: Instruction, stack: list[Value], _number: int) -> None:
        inner = next((c for value in stack[-2:] for c in value.constant if isinstance(c, CodeType)), None)
        del stack[-(1 + (each.arg if _MAKES_WITH_FLAGS else 0).bit_count()) :]
        reads = _via(read_code(inner).returned, "a helper") if inner and inner is not self._code else {}
        stack.append(Value(reads))

    def _set_function_attribute(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        function = _pop(stack)
        _pop(stack)
        stack.append(function)

    def _return(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        if stack:
            self._reading.returned.update(stack[-1].reads)

    def _other(self, each: Instruction, stack: list[Value]) -> None:
        """Let an instruction that needs no words of its own take what it takes, and give what comes from that."""
        effect = _effect(each)
        if effect > 0:
            stack += [_NOTHING] * effect
            return
        values = [_pop(stack) for _ in range(1 - effect)]
        # What is compared with a sentinel is what was taken from the queue.
        taken = next((v.source for v in values if any(read.kind == "take" for read in v.reads.values())), None)
        stack.append(Value(_union(values), taken))

    def _looked_at(self, value: Value, jump: str) -> Value:
        """Return the value that a jump looks at; for None, its truth is not what is looked at."""
        truth = value.truth if jump in ("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE") and len(value.reads) == 1 else 0
        return Value(value.reads, value.source, truth, constant=value.constant)

    def _local(self, slot: int) -> Value:
        name = self._slots[slot]
        reads = self._locals.get(name)
        return Value(
            reads, ("cell" if name in self._cells else "local", name), 1 if reads and len(reads) == 1 else 0, name
        )

    def _store_local(self, slot: int, value: Value) -> None:
        known = self._locals.setdefault(self._slots[slot], {})
        known.update({key: read for key, read in _via(value.reads, "a local").items() if read.kind != "call"})

    def _store(self, each: Instruction, store: Store, number: int) -> None:
        self._stores[each.offset] = (store, number)

    def _well_known(self, each: Instruction, name: str, arguments: list[Value], number: int) -> Value | None:
        """Return what a call returns of which it is known; None for any other."""
        first = arguments[0] if arguments else _NOTHING
        key = arguments[1].constant if len(arguments) > 1 else ()
        if name == "py_object":
            return Value(source=first.source)
        if name == "getattr" and key and isinstance(key[0], str):
            return Value(_only(Read(key[0], "attribute", first.source)), None, 1)
        if name == "setattr" and key and isinstance(key[0], str) and len(arguments) > 2:
            self._store(each, Store(key[0], "attribute", first.source, arguments[2], "setattr()"), number)
            return _NOTHING
        if name == "iter" and len(arguments) == 2 and first.callee in TAKES:
            return Value(_only(Read(first.callee, "take", first.base)), constant=arguments[1].constant)
        return None

    def _call(self, each: Instruction, callee: Value, arguments: list[Value], number: int) -> Value:
        """Return what is known of what a call returns."""
        name, first = callee.callee, arguments[0] if arguments else _NOTHING
        self._reading.callees[each.offset] = (name, callee.base)
        if name in CALLS:
            self._reading.calls[each.offset] = Call(name, arguments)
        known = self._well_known(each, name, arguments, number)
        if known is not None:
            return known
        is_method = any(read.kind == "attribute" for read in callee.reads.values())
        if is_method and name in _ITEM_METHODS and first.constant and isinstance(first.constant[0], str):
            return Value(_only(Read(first.constant[0], "item", callee.base)), None, 1)
        if is_method and name in TAKES:
            return Value(_only(Read(name, "take", callee.base)))
        reads = _only(Read(name, "method" if is_method else "call", callee.base)) if name else {}
        if not (is_method and name in _WAITS):
            # What a function that a local holds reads, it may look at as well.
            of_callee = {key: read for key, read in callee.reads.items() if read.via}
            reads = {**reads, **_via(_union(arguments), "a helper"), **_via(of_callee, "a helper")}
        return Value(reads, None, 1 if len(reads) == 1 else 0)


_STEPS: "dict[str, Callable[[_Reader, Instruction, list[Value], int], None]]" = {
    **dict.fromkeys(("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_AND_CLEAR"), _Reader._load_fast),
    **dict.fromkeys(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"), _Reader._load_fast_twice),
    "STORE_FAST": _Reader._store_fast,
    "STORE_FAST_STORE_FAST": _Reader._store_fast_twice,
    "STORE_FAST_LOAD_FAST": _Reader._store_and_load_fast,
    "LOAD_CONST": _Reader._load_const,
    "LOAD_COMMON_CONSTANT": _Reader._load_common_constant,
    "LOAD_SMALL_INT": _Reader._load_small_int,
    "LOAD_GLOBAL": _Reader._load_global,
    **dict.fromkeys(("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"), _Reader._load_name),
    **dict.fromkeys(("LOAD_DEREF", "LOAD_FROM_DICT_OR_DEREF"), _Reader._load_deref),
    "LOAD_ATTR": _Reader._load_attr,
    "LOAD_SUPER_ATTR": _Reader._load_super_attr,
    "LOAD_SPECIAL": _Reader._load_special,
    "BEFORE_WITH": _Reader._before_with,
    "PUSH_NULL": _Reader._push_null,
    **dict.fromkeys(("CALL", "CALL_KW"), _Reader._do_call),
    **dict.fromkeys(("BINARY_SUBSCR", "BINARY_OP"), _Reader._get_item),
    "COPY": _Reader._copy,
    "SWAP": _Reader._swap,
    **dict.fromkeys(("TO_BOOL", "NOP", "RESUME", "NOT_TAKEN", "JUMP_BACKWARD", "JUMP_FORWARD"), _Reader._leave),
    "UNARY_NOT": _Reader._not,
    **dict.fromkeys(_TAKES_ONLY, _Reader._take),
    "STORE_ATTR": _Reader._store_attr,
    "STORE_SUBSCR": _Reader._store_subscr,
    **dict.fromkeys(("STORE_GLOBAL", "STORE_NAME"), _Reader._store_name),
    "STORE_DEREF": _Reader._store_deref,
    **dict.fromkeys((each for each in opcode.opmap if each.startswith("POP_JUMP_IF")), _Reader._jump),
    "FOR_ITER": _Reader._for_iter,
    "GET_ITER": _Reader._get_iter,
    "MAKE_FUNCTION": _Reader._make_function,
    "SET_FUNCTION_ATTRIBUTE": _Reader._set_function_attribute,
    **dict.fromkeys(("RETURN_VALUE", "YIELD_VALUE"), _Reader._return),
}


class _Lines:
    """Finds the line of an offset."""

    def __init__(self, code: CodeType) -> None:
        self._lines: dict[int, int] = {}
        for begin, end, line in code.co_lines():
            if line is not None:
                self._lines.update(dict.fromkeys(range(begin, end, 2), line))

    def line(self, offset: int) -> int:
        return self._lines.get(offset, 0)


def item_name(constant: tuple[object, ...]) -> str:
    """Return by what name an item is known: its key if that is a text, or the key in brackets; empty for others."""
    if not constant:
        return ""
    key = constant[0]
    if type(key) is str:
        return key
    return f"[{key}]" if type(key) is int else ""


def _pop(stack: list[Value]) -> Value:
    return stack.pop() if stack else _NOTHING


def _only(read: Read) -> dict[object, Read]:
    return {read.key(): read}


def _union(values: "list[Value] | tuple[Value, ...]") -> dict[object, Read]:
    found: dict[object, Read] = {}
    for value in values:
        found.update(value.reads)
    return found


def _via(reads: dict[object, Read], via: str) -> dict[object, Read]:
    # What was taken from a queue is looked at itself, whichever way it went.
    changed = [
        read if read.via or read.kind == "take" else Read(read.name, read.kind, read.base, via)
        for read in reads.values()
    ]
    return {read.key(): read for read in changed}


def _merge(known: list[Value], values: list[Value]) -> bool:
    """Add what another way brings to what is known of a block's stack; return whether that has grown."""
    grown = False
    for place in range(1, min(len(known), len(values)) + 1):
        mine, other = known[-place], values[-place]
        if not other.reads.keys() <= mine.reads.keys():
            known[-place] = Value({**mine.reads, **other.reads}, mine.source if mine.source == other.source else None)
            grown = True
    return grown
