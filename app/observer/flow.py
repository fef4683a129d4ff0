"""The values on the stack of a code object, followed through its control flow.

Of each is known which names it was read from. Whatever is not known of a value is left out, so that a link made from it says
that it is only likely.
"""

import opcode
from types import CodeType

from .bytecode import Graph, Instruction, decode
from .reading import Call, Store
from .values import NOTHING, Read, Source, Value, indirect, item_name, merge, only, pop, union

TYPE_CHECKING = False  # typing's own would be imported for it
if TYPE_CHECKING:
    from collections.abc import Callable

_MAKES_WITH_FLAGS = "SET_FUNCTION_ATTRIBUTE" not in opcode.opmap  # in 3.12
_NULL_IS_FIRST = _MAKES_WITH_FLAGS
# Methods that take something from a queue.
TAKES = ("get", "get_nowait", "popleft", "recv")
_ITEM_METHODS = ("get", "pop", "setdefault")
# What takes values from the stack and gives none.
_TAKES_ONLY = ("POP_TOP", "POP_ITER", "END_FOR", "LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE",
               "DICT_UPDATE", "DICT_MERGE", "DELETE_ATTR", "DELETE_SUBSCR", "RAISE_VARARGS")  # fmt: skip
# Methods whose arguments say nothing about what they wait for.
_WAITS = ("is_set", "isSet", "wait", "isInterruptionRequested", "acquire", "is_alive", "join")
_CALLED = ("take", "call", "method")
# Calls that are looked at by their place, because what is called is written in C.
CALLS = ("put", "put_nowait", "cancel", "_exit", "exec", "exec_", "acquire", "release", "throw",
         "PyThreadState_SetAsyncExc", "interrupt_main", "raise_signal")  # fmt: skip


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


class ValueFlow:
    """Follows the values of one code object, once.

    Args:
        code: the code object.
        graph: its control flow.
        returned_of: returns what the value that a function defined in it returns was read from.

    Attributes:
        conditions: by offset of a conditional jump, the value that it looks at.
        stores: by offset, with the number of the block.
        calls, callees, returned: as of a ``Reading``.
    """

    def __init__(self, code: CodeType, graph: Graph, returned_of: "Callable[[CodeType], dict[object, Read]]") -> None:
        self._code = code
        self._graph = graph
        self._returned_of = returned_of
        names = code.co_varnames
        self._slots = (*names, *(name for name in code.co_cellvars if name not in names), *code.co_freevars)
        self._cells = {*code.co_cellvars, *code.co_freevars}
        self._locals: dict[str, dict[object, Read]] = {}
        self.conditions: dict[int, Value] = {}
        self.stores: dict[int, tuple[Store, int]] = {}
        self.calls: dict[int, Call] = {}
        self.callees: dict[int, tuple[str, Source]] = {}
        self.returned: dict[object, Read] = {}
        # Twice, for what reaches a condition through a local that is set further down.
        self._follow()
        if any(self._locals.values()):
            self._follow()

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
                elif seen.get(following, 0) < 3 and merge(incoming[following], values):
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
        value = pop(stack)
        self._store_local(each.arg, value)
        if stack and stack[-1] is value and value is not NOTHING:
            stack[-1] = self._named(value, each.arg)  # by a walrus

    def _named(self, value: Value, slot: int) -> Value:
        """Return a value that is in a local as well."""
        source = ("cell" if self._slots[slot] in self._cells else "local", self._slots[slot])
        return Value(value.reads, source, value.truth, value.callee, value.base, value.constant)

    def _store_fast_twice(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self._store_local(each.arg >> 4, pop(stack))
        self._store_local(each.arg & 15, pop(stack))

    def _store_and_load_fast(self, each: Instruction, stack: list[Value], _number: int) -> None:
        value = pop(stack)
        self._store_local(each.arg >> 4, value)
        if stack and stack[-1] is value and value is not NOTHING:
            stack[-1] = self._named(value, each.arg >> 4)
        stack.append(self._local(each.arg & 15))

    def _load_const(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(Value(constant=(self._code.co_consts[each.arg],)))

    def _load_common_constant(self, each: Instruction, stack: list[Value], _number: int) -> None:
        known = each.arg in _COMMON_CONSTANTS
        stack.append(Value(constant=(_COMMON_CONSTANTS[each.arg],)) if known else NOTHING)

    def _load_small_int(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(Value(constant=(each.arg,)))

    def _load_global(self, each: Instruction, stack: list[Value], _number: int) -> None:
        value = self._global(self._code.co_names[each.arg >> 1])
        if each.arg & 1:
            stack += [NOTHING, value] if _NULL_IS_FIRST else [value, NOTHING]
        else:
            stack.append(value)

    def _load_name(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "LOAD_FROM_DICT_OR_GLOBALS":
            pop(stack)
        stack.append(self._global(self._code.co_names[each.arg]))

    def _global(self, variable: str) -> Value:
        return Value(only(Read(variable, "variable", None)), ("global", variable), 1, variable)

    def _load_deref(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "LOAD_FROM_DICT_OR_DEREF":
            pop(stack)
        variable = self._slots[each.arg]
        stack.append(Value(only(Read(variable, "cell", None)), ("cell", variable), 1, variable))

    def _load_attr(self, each: Instruction, stack: list[Value], _number: int) -> None:
        owner = pop(stack).source
        attribute = self._code.co_names[each.arg >> 1]
        source = (*owner, attribute) if owner is not None and len(owner) == 2 else None
        value = Value(only(Read(attribute, "attribute", owner)), source, 1, attribute, owner)
        stack += [value, NOTHING] if each.arg & 1 else [value]

    def _load_super_attr(self, each: Instruction, stack: list[Value], _number: int) -> None:
        del stack[-3:]
        attribute, owner = self._code.co_names[each.arg >> 2], ("local", "self")
        value = Value(only(Read(attribute, "attribute", owner)), None, 1, attribute, owner)
        stack += [value, NOTHING] if each.arg & 1 else [value]

    def _load_special(self, each: Instruction, stack: list[Value], _number: int) -> None:
        # Of a ``with``, from 3.14 on.
        owner = pop(stack)
        method = "__enter__" if each.arg == 0 else "__exit__"
        stack += [Value(callee=method, base=owner.source), NOTHING]

    def _before_with(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self.callees[each.offset] = ("__enter__", pop(stack).source)
        stack += [NOTHING, NOTHING]

    def _push_null(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(NOTHING)

    def _do_call(self, each: Instruction, stack: list[Value], number: int) -> None:
        if each.name == "CALL_KW":
            pop(stack)
        values = [pop(stack) for _ in range(each.arg + 2)][::-1]
        callee = values[0] if values[0].callee else values[1]
        stack.append(self._call(each, callee, values[2:], number))

    def _get_item(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.name == "BINARY_OP" and each.arg != _GET_ITEM:
            self._other(each, stack)
            return
        key, owner = pop(stack), pop(stack)
        item = item_name(key.constant)
        reads = only(Read(item, "item", owner.source)) if item else union((key, owner))
        stack.append(Value(reads, truth=1 if item else 0))

    def _copy(self, each: Instruction, stack: list[Value], _number: int) -> None:
        stack.append(stack[-each.arg] if each.arg <= len(stack) else NOTHING)

    def _swap(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if each.arg <= len(stack):
            stack[-1], stack[-each.arg] = stack[-each.arg], stack[-1]

    def _leave(self, _each: Instruction, _stack: list[Value], _number: int) -> None:
        """Leave the stack as it is."""

    def _not(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        value = pop(stack)
        stack.append(Value(value.reads, value.source, -value.truth))

    def _take(self, each: Instruction, stack: list[Value], _number: int) -> None:
        del stack[len(stack) + _effect(each) :]

    def _store_attr(self, each: Instruction, stack: list[Value], number: int) -> None:
        owner, value = pop(stack), pop(stack)
        self._store(each, Store(self._code.co_names[each.arg], "attribute", owner.source, value), number)

    def _store_subscr(self, each: Instruction, stack: list[Value], number: int) -> None:
        key, owner, value = pop(stack), pop(stack), pop(stack)
        if item := item_name(key.constant):
            self._store(each, Store(item, "item", owner.source, value), number)

    def _store_name(self, each: Instruction, stack: list[Value], number: int) -> None:
        self._store(each, Store(self._code.co_names[each.arg], "variable", None, pop(stack)), number)

    def _store_deref(self, each: Instruction, stack: list[Value], number: int) -> None:
        self._store(each, Store(self._slots[each.arg], "cell", None, pop(stack)), number)

    def _jump(self, each: Instruction, stack: list[Value], _number: int) -> None:
        self.conditions[each.offset] = self._looked_at(pop(stack), each.name)

    def _for_iter(self, each: Instruction, stack: list[Value], _number: int) -> None:
        iterator = next((value for value in stack[:-3:-1] if value.reads), NOTHING)
        # What is iterated over may come to its end by itself; what is called for each item may be asked.
        reads = {key: read for key, read in iterator.reads.items() if read.via or read.kind in _CALLED}
        self.conditions[each.offset] = Value(reads, constant=iterator.constant)
        stack.append(Value(indirect(iterator.reads, "a local")))

    def _get_iter(self, each: Instruction, stack: list[Value], _number: int) -> None:
        if stack:
            stack[-1] = Value(stack[-1].reads, constant=stack[-1].constant)
        stack += [NOTHING] * _effect(each)  # from 3.15 on there is an index beside the iterator

    def _make_function(self, each: Instruction, stack: list[Value], _number: int) -> None:
        inner = next((c for value in stack[-2:] for c in value.constant if isinstance(c, CodeType)), None)
        del stack[-(1 + (each.arg if _MAKES_WITH_FLAGS else 0).bit_count()) :]
        reads = indirect(self._returned_of(inner), "a helper") if inner and inner is not self._code else {}
        stack.append(Value(reads))

    def _set_function_attribute(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        function = pop(stack)
        pop(stack)
        stack.append(function)

    def _return(self, _each: Instruction, stack: list[Value], _number: int) -> None:
        if stack:
            self.returned.update(stack[-1].reads)

    def _other(self, each: Instruction, stack: list[Value]) -> None:
        """Let an instruction that needs no words of its own take what it takes, and give what comes from that."""
        effect = _effect(each)
        if effect > 0:
            stack += [NOTHING] * effect
            return
        values = [pop(stack) for _ in range(1 - effect)]
        # What is compared with a sentinel is what was taken from the queue.
        taken = next((v.source for v in values if any(read.kind == "take" for read in v.reads.values())), None)
        stack.append(Value(union(values), taken))

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
        known.update({key: read for key, read in indirect(value.reads, "a local").items() if read.kind != "call"})

    def _store(self, each: Instruction, store: Store, number: int) -> None:
        self.stores[each.offset] = (store, number)

    def _well_known(self, each: Instruction, name: str, arguments: list[Value], number: int) -> Value | None:
        """Return what a call returns of which it is known; None for any other."""
        first = arguments[0] if arguments else NOTHING
        key = arguments[1].constant if len(arguments) > 1 else ()
        if name == "py_object":
            return Value(source=first.source)
        if name == "getattr" and key and isinstance(key[0], str):
            return Value(only(Read(key[0], "attribute", first.source)), None, 1)
        if name == "setattr" and key and isinstance(key[0], str) and len(arguments) > 2:
            self._store(each, Store(key[0], "attribute", first.source, arguments[2], "setattr()"), number)
            return NOTHING
        if name == "iter" and len(arguments) == 2 and first.callee in TAKES:
            return Value(only(Read(first.callee, "take", first.base)), constant=arguments[1].constant)
        return None

    def _call(self, each: Instruction, callee: Value, arguments: list[Value], number: int) -> Value:
        """Return what is known of what a call returns."""
        name, first = callee.callee, arguments[0] if arguments else NOTHING
        self.callees[each.offset] = (name, callee.base)
        if name in CALLS:
            self.calls[each.offset] = Call(name, arguments)
        known = self._well_known(each, name, arguments, number)
        if known is not None:
            return known
        is_method = any(read.kind == "attribute" for read in callee.reads.values())
        if is_method and name in _ITEM_METHODS and first.constant and isinstance(first.constant[0], str):
            return Value(only(Read(first.constant[0], "item", callee.base)), None, 1)
        if is_method and name in TAKES:
            return Value(only(Read(name, "take", callee.base)))
        reads = only(Read(name, "method" if is_method else "call", callee.base)) if name else {}
        if not (is_method and name in _WAITS):
            # What a function that a local holds reads, it may look at as well.
            of_callee = {key: read for key, read in callee.reads.items() if read.via}
            reads = {**reads, **indirect(union(arguments), "a helper"), **indirect(of_callee, "a helper")}
        return Value(reads, None, 1 if len(reads) == 1 else 0)


_STEPS: "dict[str, Callable[[ValueFlow, Instruction, list[Value], int], None]]" = {
    **dict.fromkeys(("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_AND_CLEAR"), ValueFlow._load_fast),
    **dict.fromkeys(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"), ValueFlow._load_fast_twice),
    "STORE_FAST": ValueFlow._store_fast,
    "STORE_FAST_STORE_FAST": ValueFlow._store_fast_twice,
    "STORE_FAST_LOAD_FAST": ValueFlow._store_and_load_fast,
    "LOAD_CONST": ValueFlow._load_const,
    "LOAD_COMMON_CONSTANT": ValueFlow._load_common_constant,
    "LOAD_SMALL_INT": ValueFlow._load_small_int,
    "LOAD_GLOBAL": ValueFlow._load_global,
    **dict.fromkeys(("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"), ValueFlow._load_name),
    **dict.fromkeys(("LOAD_DEREF", "LOAD_FROM_DICT_OR_DEREF"), ValueFlow._load_deref),
    "LOAD_ATTR": ValueFlow._load_attr,
    "LOAD_SUPER_ATTR": ValueFlow._load_super_attr,
    "LOAD_SPECIAL": ValueFlow._load_special,
    "BEFORE_WITH": ValueFlow._before_with,
    "PUSH_NULL": ValueFlow._push_null,
    **dict.fromkeys(("CALL", "CALL_KW"), ValueFlow._do_call),
    **dict.fromkeys(("BINARY_SUBSCR", "BINARY_OP"), ValueFlow._get_item),
    "COPY": ValueFlow._copy,
    "SWAP": ValueFlow._swap,
    **dict.fromkeys(("TO_BOOL", "NOP", "RESUME", "NOT_TAKEN", "JUMP_BACKWARD", "JUMP_FORWARD"), ValueFlow._leave),
    "UNARY_NOT": ValueFlow._not,
    **dict.fromkeys(_TAKES_ONLY, ValueFlow._take),
    "STORE_ATTR": ValueFlow._store_attr,
    "STORE_SUBSCR": ValueFlow._store_subscr,
    **dict.fromkeys(("STORE_GLOBAL", "STORE_NAME"), ValueFlow._store_name),
    "STORE_DEREF": ValueFlow._store_deref,
    **dict.fromkeys((each for each in opcode.opmap if each.startswith("POP_JUMP_IF")), ValueFlow._jump),
    "FOR_ITER": ValueFlow._for_iter,
    "GET_ITER": ValueFlow._get_iter,
    "MAKE_FUNCTION": ValueFlow._make_function,
    "SET_FUNCTION_ATTRIBUTE": ValueFlow._set_function_attribute,
    **dict.fromkeys(("RETURN_VALUE", "YIELD_VALUE"), ValueFlow._return),
}
