"""How a function or a thread can be asked to stop, as far as its code tells."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.own_code.description import THREAD, StopKind, StopWay
from app.programs.flags import flags_of, own_name, place_of
from app.programs.syntax import Family, Function, Names, reachable, required

_EVENT, _ASYNCIO_EVENT = "threading.Event", "asyncio.Event"
# What an Event is asked, and what a thread that holds one calls.
_LOOKS = {"is_set", "isSet", "wait"}
# Names that say so by themselves, whatever is done with them.
_EVENT_NAME = re.compile(r"(?:.*_)?(?:event|evt)")
# Names that ask for a stop, of parameters that are only handed on.
_STOP_NAME = re.compile(
    r"(?:.*_)?(?:stop|stopped|stopping|quit|cancel|cancelled|shutdown|done|exit|terminate|finish|kill)"
)
_METHODS = ("request_stop", "stop", "cancel", "quit", "shutdown")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the code is read in: the names of its file."""

    names: Names

    def is_event_class(self, node: ast.AST | None) -> str:
        """Return which Event class an expression is; empty if none."""
        origin = self.names.origin(node)
        return origin if origin in (_EVENT, _ASYNCIO_EVENT) else ""

    def makes_event(self, node: ast.AST | None) -> str:
        """Return which Event an expression makes, ``given or Event()`` included; empty if none."""
        if isinstance(node, ast.BoolOp):
            return next(filter(None, map(self.makes_event, node.values)), "")
        return self.is_event_class(node.func) if isinstance(node, ast.Call) else ""


# -- what a function, a coroutine and a thread offer -----------------------------------------------------------------


def ways_of_function(node: Function, scope: Scope) -> Iterator[StopWay]:
    """Yield the ways for a function, the best first."""
    yield from _parameters(node, [node], scope)
    yield from _global_events([node], scope)
    yield from flags_of([node], scope.names, "")


def ways_of_coroutine(node: Function, scope: Scope) -> Iterator[StopWay]:
    """Yield the ways for a coroutine function, the best first; a task can always be cancelled."""
    parameters = list(_parameters(node, [node], scope))
    needed = set(required(node.args))
    # One that needs an Event is written for it; without it, it could not even be called.
    yield from (way for way in parameters if way.name in needed)
    yield StopWay(StopKind.CANCEL)
    yield from parameters
    yield from flags_of([node], scope.names, "")


def ways_of_thread(family: Family, scope: Scope) -> Iterator[StopWay]:
    """Yield the ways for a class derived from Thread, the best first."""
    methods = [method for method in family.methods.values() if method.args.args]
    init = family.methods.get("__init__")
    if init is not None:
        yield from _parameters(init, methods, scope, own=_kept_in(init))
    events = [*_own_events(family, methods, scope), *_global_events(methods, scope)]
    stops = [StopWay(StopKind.METHOD, name) for name in _METHODS if _can_be_called(family.methods.get(name))]
    if family.is_timer and "cancel" not in family.methods:
        stops.append(StopWay(StopKind.METHOD, "cancel"))
    if stops and not _only_sets(family.methods.get(stops[0].name), events):
        yield from stops
    yield from events
    yield from stops
    run = family.methods.get("run")
    if run is not None:
        yield from flags_of(
            [run, *(each for each in methods if each is not run)], scope.names, own_name(run), set(family.methods)
        )


# -- Events ----------------------------------------------------------------------------------------------------------


def _parameters(
    node: Function, users: Iterable[Function], scope: Scope, own: dict[str, set[str]] | None = None
) -> Iterator[StopWay]:
    """Yield a way for each parameter that is an Event: by its annotation, by what is done with it, or by its name.

    Args:
        node: the function whose parameters they are.
        users: the functions that use them.
        scope: the file.
        own: for a thread's ``__init__``, the attributes in which it keeps each parameter.
    """
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args][1 if own is not None else 0 :]
    defaults = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    defaults |= {each: value for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value}
    by_name: list[StopWay] = []
    for parameter in (*positional, *arguments.kwonlyargs):
        name, default = parameter.arg, defaults.get(parameter)
        kind = _annotated(parameter.annotation, scope)
        if kind is not None:
            yield StopWay(kind, name)
            continue
        if parameter.annotation is not None or not (default is None or _may_be_event(default, scope)):
            continue
        usual = StopKind.ASYNCIO_ARGUMENT if isinstance(node, ast.AsyncFunctionDef) else StopKind.ARGUMENT
        looks = _is_asked(name, [node]) or any(
            _is_asked(f"{THREAD}.{kept}", users) for kept in (own or {}).get(name, ())
        )
        awaits = any(_is_awaited_wait(each, name) for each in reachable(node))
        if looks and isinstance(node, ast.AsyncFunctionDef) and not awaits:
            usual = StopKind.ARGUMENT  # is_set() alone, as both have it: the one that any thread may set
        if looks:
            yield StopWay(usual, name)
        elif _EVENT_NAME.fullmatch(name) or (_STOP_NAME.fullmatch(name) and _is_only_handed_on(name, node)):
            by_name.append(StopWay(usual, name))
    yield from by_name


def _annotated(annotation: ast.expr | None, scope: Scope) -> StopKind | None:
    """Return which Event an annotation means, ``Optional[…]`` and texts included; None if none."""
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            try:
                inner: ast.AST = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
        else:
            inner = node
        for each in ast.walk(inner):
            found = scope.is_event_class(each)
            if found:
                return StopKind.ARGUMENT if found == _EVENT else StopKind.ASYNCIO_ARGUMENT
    return None


def _may_be_event(default: ast.expr, scope: Scope) -> bool:
    """Return whether a parameter with this default can be an Event: None, or one that is made."""
    return (isinstance(default, ast.Constant) and default.value is None) or bool(scope.makes_event(default))


def _is_asked(place: str, functions: Iterable[Function]) -> bool:
    """Return whether some functions ask what is kept at a place whether it is set, or wait for it."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in _LOOKS and place == place_of(node.value, own_name(function))
        for function in functions
        for node in reachable(function, into_nested=True)
    )


def _is_awaited_wait(node: ast.AST, name: str) -> bool:
    """Return whether a node awaits something that has ``name.wait()`` in it."""
    if not isinstance(node, ast.Await):
        return False
    return any(
        isinstance(each, ast.Attribute) and each.attr == "wait" and place_of(each.value, "") == name
        for each in ast.walk(node)
    )


def _is_only_handed_on(name: str, function: Function) -> bool:
    """Return whether a parameter is given to calls as it is, or kept, and not compared or computed with."""
    handed = False
    for node in reachable(function, into_nested=True):
        if isinstance(node, ast.Compare | ast.BinOp | ast.AugAssign | ast.UnaryOp | ast.Subscript | ast.While | ast.If):
            parts = [node.test] if isinstance(node, ast.While | ast.If) else list(ast.iter_child_nodes(node))
            if any(isinstance(part, ast.Name) and part.id == name for part in parts):
                return False
        elif isinstance(node, ast.Call):
            called = [*node.args, *(each.value for each in node.keywords)]
            if isinstance(node.func, ast.Name) and node.func.id in ("range", "print", "str", "int", "float"):
                continue
            handed |= any(isinstance(each, ast.Name) and each.id == name for each in called)
        elif isinstance(node, ast.Assign):
            handed |= isinstance(node.value, ast.Name) and node.value.id == name
    return handed


def _kept_in(init: Function) -> dict[str, set[str]]:
    """Return in which attributes of the object an ``__init__`` keeps each of its parameters."""
    kept: dict[str, set[str]] = {}
    me = own_name(init)
    for node in reachable(init):
        # ``self.stop = stop or threading.Event()`` as well
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        names = [each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)] if node.value else []
        for target in targets:
            place = place_of(target, me)
            if place.startswith(f"{THREAD}.") and place.count(".") == 1:
                for name in names:
                    kept.setdefault(name, set()).add(target.attr)  # type: ignore[attr-defined]
    return kept


def _global_events(functions: Iterable[Function], scope: Scope) -> Iterator[StopWay]:
    """Yield a way for each Event of the file that some functions look at."""
    functions = list(functions)
    for name, value in scope.names.values.items():
        if scope.makes_event(value) == _EVENT and _is_asked(name, functions):
            yield StopWay(StopKind.EVENT, name)


def _own_events(family: Family, methods: Iterable[Function], scope: Scope) -> Iterator[StopWay]:
    """Yield a way for each Event that the object makes for itself and looks at."""
    methods = list(methods)
    places = [f"{THREAD}.{name}" for each in family.classes for name in _made_events(each.body, scope)]
    for method in methods:
        made = _made_events((part for part in reachable(method) if isinstance(part, ast.stmt)), scope, own_name(method))
        places += made
    for place in dict.fromkeys(places):
        if place.startswith(f"{THREAD}.") and _is_asked(place, methods):
            yield StopWay(StopKind.EVENT, place)


def _made_events(body: Iterable[ast.stmt], scope: Scope, me: str = "") -> Iterator[str]:
    """Yield where some statements keep Events that they make."""
    for part in body:
        if isinstance(part, ast.Assign | ast.AnnAssign) and scope.makes_event(part.value) == _EVENT:
            yield from (
                place_of(each, me) for each in (part.targets if isinstance(part, ast.Assign) else [part.target])
            )


# -- methods ---------------------------------------------------------------------------------------------------------


def _can_be_called(method: Function | None) -> bool:
    """Return whether a method needs no arguments, and is neither a coroutine nor a property."""
    if method is None or isinstance(method, ast.AsyncFunctionDef):
        return False
    arguments = method.args
    without = any(default is None for default in arguments.kw_defaults)
    decorated = [each for each in method.decorator_list if not (isinstance(each, ast.Name) and each.id == "override")]
    return len(required(arguments)) == 1 and not without and not decorated


def _only_sets(method: Function | None, events: Iterable[StopWay]) -> bool:
    """Return whether a method does nothing but set one of some Events: then setting that says more."""
    if method is None:
        return False
    body = [each for each in method.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Expr) or not isinstance(body[0].value, ast.Call):
        return False
    called = body[0].value.func
    place = (
        place_of(called.value, own_name(method)) if isinstance(called, ast.Attribute) and called.attr == "set" else ""
    )
    return any(place == event.name for event in events)
